/** Why one signature is not believed. Thrown by the steps of this folder, and turned into an answer before it is left. */
import type { AttestationCode, AttestationOutcome } from '../../core/attestation.ts';
import { isFault } from '../../core/fault.ts';

/** What is kept of one text from outside. */
const maximumText = 512;

export const clip = (text: string): string => (text.length > maximumText ? `${text.slice(0, maximumText - 1)}…` : text);

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: Exclude<AttestationCode, 'trusted'>;

  constructor(code: Exclude<AttestationCode, 'trusted'>, reason: string) {
    super(clip(reason));
    this.code = code;
  }
}

/** What could not be found out is neither trusted nor untrusted. */
const open: ReadonlySet<AttestationCode> = new Set(['unreachable', 'limit', 'unsupported', 'skipped']);

export const outcomeOf = (code: AttestationCode): AttestationOutcome => {
  if (code === 'trusted') return 'trusted';
  return open.has(code) ? 'inconclusive' : 'untrusted';
};

const codes = { malformed: 'malformed', limit: 'limit', unavailable: 'unreachable' } as const;

/** A Fault about bytes or about the way to them as a Refusal. Anything else, `misuse` too, is thrown on. */
export const toRefusal = (thrown: unknown): Refusal => {
  if (thrown instanceof Refusal) return thrown;
  if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
  const { kind, message } = thrown;
  return new Refusal(codes[kind], kind === 'malformed' ? `it cannot be read: ${message}` : message);
};

/**
 * Runs code of a library over hostile bytes: those of sigstore throw plain errors (TypeError, RangeError) where DER or JSON is not
 * as they expect, and all of them mean that the bytes are not believed.
 */
export const guarded = <Value>(code: Refusal['code'], what: string, run: () => Value): Value => {
  try {
    return run();
  } catch (thrown) {
    if (thrown instanceof Refusal || isFault(thrown)) throw thrown;
    throw new Refusal(code, `${what}: ${thrown instanceof Error ? thrown.message : 'unreadable'}`);
  }
};
