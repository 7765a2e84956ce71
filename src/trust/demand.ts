/** Who must have signed which images, as a trust file or the command line says: rules, and what is demanded of one reference. */
import type { Digest } from '../core/digest.ts';
import type { Trust } from '../core/trust.ts';

/** Somebody whose signature is looked for. */
export interface TrustSigner {
  /** Handed to the verifier's caller as `Attestation.signer`. Unique within a rule. */
  readonly name: string;
  readonly trust: Trust;
  /** ISO 8601, UTC: a signature counts only if its proven time is not before. */
  readonly since?: string;
  /** ISO 8601, UTC: a signature counts only if its proven time is not after. */
  readonly until?: string;
  /** Whether a signature without a proven time counts where `since` or `until` is there. */
  readonly untimed: 'accept' | 'refuse';
}

/** What one reference must fulfil. `nothing`: nobody is asked, which is never trust; `refuse`: no signature makes it trusted. */
export interface TrustDemand {
  /** Name of the rule; `default` where no rule matched. */
  readonly rule: string;
  readonly ask: 'signatures' | 'nothing' | 'refuse';
  /** Empty unless `signatures` are asked for. */
  readonly signers: readonly TrustSigner[];
  /** How many different signers must have signed: 1 to the number of signers; 0 unless `signatures` are asked for. */
  readonly require: number;
  /** Each signer is a condition of its own, and one identity may meet several of them, as in a containers policy. */
  readonly each?: true;
}

/** As asked for: repository with its registry, `docker.io/library/nginx`. */
export interface AskedReference {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export type TrustFindingSeverity =
  /** It cannot mean what it says: never used, whatever the file allows. */
  | 'fatal'
  /** Dangerous: not used unless the file allows it, with a reason. */
  | 'error'
  | 'warning';

/** One thing that the linter has to say about a trust file. */
export interface TrustFinding {
  readonly code: string;
  readonly severity: TrustFindingSeverity;
  readonly file: string;
  /** From 1; absent where it is about the whole file, or the command line. */
  readonly line?: number;
  /** `references[0].signers[1].cosign.key`. */
  readonly path: string;
  /** What is wrong, and what to write instead. */
  readonly message: string;
  /** Reason with which the file allows it. */
  readonly allowed?: string;
}

export interface TrustConfiguration {
  /** As named by the user; `the command line`. */
  readonly file: string;
  readonly kind: 'tidewaiter' | 'notation' | 'containers-policy' | 'command-line';
  /** `sha256:` of the file's text; of the keys for the command line. */
  readonly version: string;
  /** What the linter says, without what would have refused the file. */
  readonly findings: readonly TrustFinding[];
  /** undefined: an image without a name in a registry (a layout, an archive). Pure; the first rule that matches decides. */
  readonly demandFor: (reference: AskedReference | undefined) => TrustDemand;
}
