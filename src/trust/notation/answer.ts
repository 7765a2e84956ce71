/** The words of an attestation that say what came of looking for Notary signatures. */
import type { Attestation, AttestationCode, AttestationOutcome } from '../../core/attestation.ts';

/** What is said about the image, without what the verifier adds. */
export type Answer = Omit<Attestation, 'verifier' | 'kind' | 'digest' | 'trace'>;

export const answerOf = (code: AttestationCode, outcome: AttestationOutcome, reason: string): Answer => ({
  outcome,
  code,
  reason: reason.slice(0, 512),
});
