/** What came of the demand for signatures on one image, for policy and reports. */
import type { AttestationCode, AttestationOutcome } from './attestation.ts';

/** What came of one signer who was asked for. */
export interface SignerSummary {
  readonly signer: string;
  readonly outcome: AttestationOutcome;
  readonly code: AttestationCode;
  readonly reason: string;
  /** Of proven signatures. */
  readonly identity?: string;
  readonly signedAt?: string;
}

export interface TrustSummary {
  /** False: the configuration asks nobody to have signed this image. Then nothing follows from the outcome. */
  readonly asked: boolean;
  readonly outcome: AttestationOutcome;
  /** Why, in one word: an AttestationCode, `not-asked` or `refused`. */
  readonly code: string;
  /** Name of the rule of the trust configuration. */
  readonly rule: string;
  /** Signers that count. */
  readonly by: readonly string[];
  readonly reason: string;
  /** In the order of the configuration. */
  readonly signers: readonly SignerSummary[];
  /** The trust file, or the command line, and the digest of its text. */
  readonly configuration: { readonly name: string; readonly version: string };
}
