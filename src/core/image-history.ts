/** What was seen of an image and of its tag before, by our own clock: nothing here is believed because the image says it. */
import type { Digest } from './digest.ts';

/** Where and when an image was looked at. */
export interface Sighting {
  /** `registry.example/team/app`; absent for a layout, an archive or an engine. */
  readonly repository?: string;
  /** As asked for; absent where only a digest was asked for. */
  readonly tag?: string;
  readonly digest: Digest;
  /** The index through which it was reached. */
  readonly index?: Digest;
  readonly at: Date;
}

/** A signature that was found trusted. */
export interface ProvenSignature {
  readonly verifier: string;
  readonly identity: string;
  /** ISO 8601, by a clock that the signer does not own. */
  readonly signedAt?: string;
}

export interface SameTagElsewhere {
  readonly repository: string;
  readonly digest: Digest;
}

/** All times ISO 8601, UTC. */
export interface ImageHistory {
  /** When this digest was first seen here, under whatever name. */
  readonly firstSeen: string;
  /** False: it was never seen before now. */
  readonly seenBefore: boolean;
  /** The earlier of `firstSeen` and the time that a log or a time-stamping authority proves for a trusted signature. */
  readonly since: string;
  /** The earliest such proven time. */
  readonly loggedAt?: string;
  /** The tag that was asked for was seen to name another image before. */
  readonly tagMoved: boolean;
  readonly tagBefore?: Digest;
  /** When the tag was first seen to name this one, since it last named another. */
  readonly tagMovedAt?: string;
  /** Who was found to have signed images of this repository before: most recently seen first, at most 16. */
  readonly signersBefore: readonly string[];
  /** This image, or the one that the tag named before, was signed; now nobody's signature of that world is trusted, and everything was reached. */
  readonly signatureLost: boolean;
  /** It is signed, and by nobody who signed images of this repository in the same worlds before. */
  readonly signerChanged: boolean;
  /** Other registries where the same path and tag were last seen to name other content: at most 16. */
  readonly elsewhere: readonly SameTagElsewhere[];
}

export interface HistoryMemory {
  /**
   * Notes what was seen, and tells what was before. `missing`: ids of the verifiers that found no signature to trust, where every
   * verifier that was asked found out and none trusts any; who was not asked misses nothing.
   * @throws {Fault} unavailable: what is kept cannot be read or written, which is no first sight
   */
  observe(sighting: Sighting, missing: readonly string[], signatures: readonly ProvenSignature[]): ImageHistory;
  /** Whether it can be used. @throws {Fault} unavailable */
  check(): void;
  close(): void;
}
