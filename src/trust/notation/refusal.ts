/** Why one signature does not count, in words of an attestation. Thrown inside this folder, and always caught in it. */
import type { AttestationCode, AttestationOutcome } from '../../core/attestation.ts';
import { isFault } from '../../core/fault.ts';

export type RefusalCode = Exclude<AttestationCode, 'trusted' | 'absent' | 'skipped'>;

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly outcome: Exclude<AttestationOutcome, 'trusted'>;

  constructor(code: RefusalCode, reason: string, outcome: Exclude<AttestationOutcome, 'trusted'>) {
    super(reason.slice(0, 512));
    this.code = code;
    this.outcome = outcome;
  }
}

/**
 * `inconclusive` is for what a place does not answer, and for what a trusted signer wrote and we cannot read. What anybody may put
 * beside an image must not turn "not signed" into "not known".
 */
export const refusal = (
  code: RefusalCode,
  reason: string,
  outcome: Exclude<AttestationOutcome, 'trusted'> = code === 'unreachable' ? 'inconclusive' : 'untrusted',
): Refusal => new Refusal(code, reason, outcome);

/** What parsers throw about the bytes of a signature is about the signature. */
export const toRefusal = (thrown: unknown): Refusal => {
  if (thrown instanceof Refusal) return thrown;
  if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
  const codes = { malformed: 'malformed', limit: 'limit', unavailable: 'unreachable' } as const;
  return refusal(codes[thrown.kind], thrown.message);
};
