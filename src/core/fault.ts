/** The one error class. What goes wrong in an expected way is a Fault; anything else thrown is a bug. */

/**
 * - `malformed`: the bytes are not what they claim to be.
 * - `limit`: a budget was used up; the rest was not read.
 * - `unavailable`: the outside did not give what was asked for (network, permission, a missing file).
 * - `misuse`: the person or program that called us must change something.
 */
export type FaultKind = 'malformed' | 'limit' | 'unavailable' | 'misuse';

/** `SUBJECT_PROBLEM`, upper case: public, explained by `tidewaiter explain CODE`. */
export type FaultCode = string;

export interface FaultDetails {
  /** What was being read: a file inside an image, a URL without credentials, an option's name. */
  readonly where?: string;
  readonly cause?: unknown;
}

/**
 * An expected failure. The first three kinds become Gaps (or an inconclusive attestation) in the
 * engine's guard; `misuse` ends the command with exit status 2, and its message says what to change.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;
  readonly code: FaultCode;
  readonly where: string;

  constructor(kind: FaultKind, code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.code = code;
    this.where = details.where ?? '';
  }
}

export const malformed = (code: FaultCode, message: string, where?: string): Fault =>
  new Fault('malformed', code, message, where === undefined ? {} : { where });
export const overLimit = (code: FaultCode, message: string, where?: string): Fault =>
  new Fault('limit', code, message, where === undefined ? {} : { where });
export const unavailable = (code: FaultCode, message: string, where?: string, cause?: unknown): Fault =>
  new Fault('unavailable', code, message, { ...(where === undefined ? {} : { where }), cause });
export const misuse = (code: FaultCode, message: string): Fault => new Fault('misuse', code, message);

export const isFault = (thrown: unknown): thrown is Fault => thrown instanceof Fault;
