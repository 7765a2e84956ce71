/** What one verifier says about who signed one digest. */
import type { Digest } from './digest.ts';

export type AttestationOutcome = 'trusted' | 'untrusted' | 'inconclusive';

export interface Attestation {
  readonly verifier: string;
  readonly digest: Digest;
  readonly outcome: AttestationOutcome;
  readonly identity?: string;
  readonly signedAt?: string;
  readonly reason: string;
  /** What was looked for, where, and what came of it, in order. */
  readonly trace: readonly string[];
}
