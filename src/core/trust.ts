/** Who must have signed: what verifiers are asked, and what they are given to answer. Evidence, trust and policy are three separate inputs. */
import type { Attestation } from './attestation.ts';
import type { Context } from './context.ts';
import type { Digest } from './digest.ts';
import type { Repository } from './image.ts';

/** The image whose signatures are asked for. The tag was resolved once, before. */
export interface SignatureSubject {
  /** Of the platform's manifest, or of whatever manifest was asked for. */
  readonly digest: Digest;
  /** The index through which it was reached. A signature of the index covers each manifest that it lists. */
  readonly index?: Digest;
  /** As asked: what a signature's claim may have to name. Absent for a layout or an archive. */
  readonly reference?: { readonly repository: string; readonly tag?: string; readonly digest?: Digest };
  /** Absent where the source keeps nothing beside the image: then there is nothing to find, which is `inconclusive`. */
  readonly repository?: Repository;
}

/** How the claim of a signature is compared with the reference that was asked for. */
export type ClaimMatch = 'digest' | 'repository' | 'reference';

/** Exact text, or a pattern that is anchored at both ends (linear time). */
export type IdentityPattern = { readonly exact: string } | { readonly pattern: string };

export interface CosignTrust {
  readonly verifier: 'cosign';
  /** PEM public keys (EC P-256, P-384, P-521, RSA, Ed25519): any one of them. */
  readonly keys?: readonly string[];
  /** Keyless: any one of them. */
  readonly identities?: readonly { readonly subject: IdentityPattern; readonly issuer: IdentityPattern }[];
  /** JSON of a sigstore trusted root; absent: the public good instance's, as last fetched and kept. */
  readonly trustedRoot?: string;
  /** Whether an entry in a transparency log is asked for. Default: for keyless yes, for keys no. */
  readonly log?: 'required' | 'optional';
  readonly claim: ClaimMatch;
}

export interface NotationTrust {
  readonly verifier: 'notation';
  /** Text of a `trustpolicy.json`. */
  readonly policy: string;
  /** PEM or DER certificates by trust store: `ca:company`, `signingAuthority:vendor`, `tsa:timestamps`. */
  readonly stores: Readonly<Record<string, readonly Uint8Array[]>>;
}

export interface DockerContentTrust {
  readonly verifier: 'docker-content-trust';
  /** Address of the Notary server; absent: that of the registry (`https://notary.docker.io` for Docker Hub, the registry itself for Azure). */
  readonly server?: string;
  /** PEM certificates or public keys of the root role, or their key ids; absent: first use is trusted and pinned. */
  readonly roots?: readonly string[];
  /** Targets roles that count: `targets`, `targets/releases`, `targets/alice`. Default: `targets/releases`, then `targets`. */
  readonly roles?: readonly string[];
}

export interface GpgTrust {
  readonly verifier: 'gpg';
  /** OpenPGP keyrings, armoured or binary. */
  readonly keyrings: readonly Uint8Array[];
  /** Where signatures lie: `https://…` or `file:///…`, as in `registries.d`. Absent: the user's and the system's `registries.d`. */
  readonly lookaside?: readonly string[];
  /** As containers-policy's `signedIdentity`. */
  readonly identity:
    | { readonly type: 'matchExact' | 'matchRepoDigestOrExact' | 'matchRepository' }
    | { readonly type: 'exactReference'; readonly dockerReference: string }
    | { readonly type: 'exactRepository'; readonly dockerRepository: string }
    | { readonly type: 'remapIdentity'; readonly prefix: string; readonly signedPrefix: string };
}

/** A Tidewaiter verdict, signed by somebody who scanned the image. */
export interface VerdictTrust {
  readonly verifier: 'verdict';
  /** PEM public keys: any one of them. */
  readonly keys: readonly string[];
  /** Days after which its rules are too old to be believed. */
  readonly maximumRuleAgeDays: number;
}

export type Trust = CosignTrust | NotationTrust | DockerContentTrust | GpgTrust | VerdictTrust;
export type VerifierId = Trust['verifier'];

/** Bounds of one verification. */
export interface TrustLimits {
  readonly manifestBytes: number;
  /** Of one signature, bundle, envelope or metadata file. */
  readonly signatureBytes: number;
  /** Signatures, referrers and statements that are looked at for one digest. */
  readonly signatures: number;
  readonly certificates: number;
}

export const trustLimits: TrustLimits = {
  manifestBytes: 4 * 2 ** 20,
  signatureBytes: 8 * 2 ** 20,
  signatures: 64,
  certificates: 16,
};

/** `notary`: versions and pins; `verdict`: the newest time of a key's verdicts on one image. */
export type TrustSpace = 'notary' | 'trusted-root' | 'verdict';

/** What is remembered from one verification to the next, durably, shared by all processes of a user. */
export interface TrustMemory {
  /** undefined: nothing is kept under this key. @throws {Fault} unavailable: it cannot be read (which is no first use) */
  recall(space: TrustSpace, key: string): string | undefined;
  /** Replaces what is kept if it is still `before`. False: another process was first; recall and decide again. @throws {Fault} unavailable */
  replace(space: TrustSpace, key: string, before: string | undefined, after: string): boolean;
}

export interface TrustContext extends Context {
  readonly trustLimits: TrustLimits;
  readonly trustMemory: TrustMemory;
}

/** One home of signatures. */
export interface TrustVerifier<Asked extends Trust = Trust> {
  readonly id: Asked['verifier'];
  readonly about: string;
  /**
   * Exactly one Attestation of the kind `signature` (none for `verdict`), and one `statement` for each statement found.
   * Never throws for what lies in the registry: that is an outcome. What cannot be reached is `inconclusive`.
   * @throws {Fault} misuse: the trust cannot work
   */
  verify(subject: SignatureSubject, trust: Asked, context: TrustContext): Promise<readonly Attestation[]>;
}
