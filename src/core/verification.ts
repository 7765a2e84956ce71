/** The answer to `verify`: who signed one image, what was looked for, and what lies beside it. */
import type { Attestation, TraceStep } from './attestation.ts';
import type { Digest } from './digest.ts';
import type { Identity } from './identity.ts';
import type { ImageHistory } from './image-history.ts';
import type { ImageKind } from './image.ts';
import type { VerifierId } from './trust.ts';
import type { TrustSummary } from './trust-summary.ts';

/** Something that lies beside an image and says that it is about it. Nothing of it was checked. */
export interface Companion {
  /** The manifest or the index that it is about. */
  readonly subject: Digest;
  /** `tag sha256-….sig`, `referrer`. */
  readonly place: string;
  readonly digest: Digest;
  readonly type: string;
  /** `2 cosign signatures`, `a Notation signature`. */
  readonly what: string;
  /** Who would check it; absent for an inventory and for what is not known. */
  readonly verifier?: VerifierId;
}

export interface Discovery {
  readonly companions: readonly Companion[];
  readonly trace: readonly TraceStep[];
}

export interface Verification {
  readonly reference: string;
  readonly asked: string;
  /** null: the image could not be had, or has no digest. */
  readonly digest: Digest | null;
  readonly identity: Identity;
  readonly kind: ImageKind;
  readonly platform: string;
  readonly trust: TrustSummary;
  readonly attestations: readonly Attestation[];
  /** What else lies beside it; absent where everybody who was asked for has signed. */
  readonly discovery?: Discovery;
  readonly history?: ImageHistory;
  /** Why there is no history. */
  readonly historyProblem?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}
