/** What one verifier says about who signed one digest. */
import type { Digest } from './digest.ts';

/** `inconclusive`: it could not be found out; never read as signed, nor as unsigned. */
export type AttestationOutcome = 'trusted' | 'untrusted' | 'inconclusive';

/** A statement about an image (provenance, an inventory, a verdict) never counts as a signature of the image. */
export type AttestationKind = 'signature' | 'statement';

/** Why the outcome is what it is, in one word for machines; `reason` says it to people. */
export type AttestationCode =
  | 'trusted'
  /** Nothing was found in any place where this world keeps signatures. */
  | 'absent'
  /** Signed, by somebody else. */
  | 'other-signer'
  /** A true signature for another digest. */
  | 'other-digest'
  /** A true signature whose claim names another repository or tag. */
  | 'other-reference'
  /** A true signature for another platform of the same index. */
  | 'other-platform'
  | 'expired'
  | 'not-yet-valid'
  | 'revoked'
  /** Older than what was seen before. */
  | 'replayed'
  /** Cannot be read, is cut off, or its parts contradict each other. */
  | 'malformed'
  /** It is true, and speaks against the image: a signed verdict that denies it. */
  | 'denied'
  /** Its chain ends at no root that is trusted here. */
  | 'untrusted-root'
  /** A log entry or a signed time that is asked for is missing or false. */
  | 'unproven-time'
  /** More of it than the budget allows. */
  | 'limit'
  /** A place where it may be did not answer, or answered with an error. */
  | 'unreachable'
  /** It cannot be checked here: no keys, no program, a form that is not supported. */
  | 'unsupported'
  /** The user's configuration says not to check. */
  | 'skipped';

export type TraceResult = 'found' | 'absent' | 'refused' | 'unreachable' | 'verified';

/** One thing that was looked for or checked, and what came of it. Text from outside is made harmless before it is shown. */
export interface TraceStep {
  /** `signature tag sha256-….sig in registry.example/team/app`. */
  readonly lookedFor: string;
  readonly result: TraceResult;
  readonly detail?: string;
}

/** A fact that policy may ask for: `issuer`, `repositoryId`, `sourceRepository`, `predicateType`, `builder`. */
export type AttestationFacts = Readonly<Record<string, string | number | boolean>>;

export interface Attestation {
  /** Id of the verifier. */
  readonly verifier: string;
  /** Name of the signer in the trust file who was looked for; the option where it came from the command line. */
  readonly signer?: string;
  readonly kind: AttestationKind;
  /** The digest that it was asked about. */
  readonly digest: Digest;
  readonly outcome: AttestationOutcome;
  readonly code: AttestationCode;
  /** Who signed: a key's fingerprint (`sha256:…`), a certificate's subject, an e-mail or workflow address. Only of proven signatures. */
  readonly identity?: string;
  /** ISO 8601, UTC, by a clock that the signer does not own (a log, a time-stamping authority). */
  readonly signedAt?: string;
  /** ISO 8601, UTC: from here on it is no longer believed. */
  readonly expires?: string;
  /** One sentence. */
  readonly reason: string;
  readonly facts?: AttestationFacts;
  /** In order. Never empty. */
  readonly trace: readonly TraceStep[];
}
