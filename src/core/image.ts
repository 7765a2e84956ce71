/** An image as every source gives it: a config, layers that can be opened, and its names. */
import type { ByteStream } from './bytes.ts';
import type { Context } from './context.ts';
import type { Digest } from './digest.ts';
import type { Finding } from './finding.ts';
import type { Gap } from './gap.ts';
import type { Identity } from './identity.ts';
import type { Platform, PlatformChoice } from './platform.ts';
import type { Reference } from './reference.ts';

/** One layer. Nothing about it is verified yet: the audit engine checks size, digest and diffID while it reads. */
export interface Layer {
  /** Digest of the blob as the manifest names it; undefined where the source has only the unpacked tar (rootfs, old archives). */
  readonly digest?: Digest;
  /** Digest of the uncompressed tar as the config claims it. */
  readonly diffId?: Digest;
  readonly mediaType: string;
  /** Bytes of the blob as the manifest claims them. */
  readonly size?: number;
  /** The build step, from the config's history. */
  readonly createdBy?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * The blob's bytes as stored, from the start, without any verification. May be called again after a failure.
   * Throws a Fault `unavailable` when they cannot be had, also in the middle.
   */
  open(context: Context): Promise<ByteStream>;
}

export interface HistoryStep {
  readonly created?: string;
  readonly createdBy: string;
  readonly comment?: string;
  readonly emptyLayer: boolean;
}

/** The runtime part of an image's config, in one shape for OCI and Docker. */
export interface ImageConfig {
  readonly created?: string;
  readonly author?: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: readonly string[];
  readonly workingDirectory: string;
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly shell: readonly string[];
  readonly onBuild: readonly string[];
  /** `NONE`, `CMD …` or `CMD-SHELL …` in Docker's form. */
  readonly healthcheck: readonly string[];
  readonly history: readonly HistoryStep[];
  /** The config blob as parsed JSON, for analyzers that look for more. */
  readonly raw: unknown;
}

/** A descriptor of the OCI image specification, read strictly. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly urls?: readonly string[];
}

/** A manifest as stored; its digest was computed from these bytes. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** What lies beside an image, read within budgets. Every digest is verified before bytes are given. */
export interface Repository {
  /** `registry.example/team/app`, as the source knows it; undefined for a layout or an archive. */
  readonly name?: string;
  /** undefined: there is none (a plain 404). @throws {Fault} unavailable, malformed, limit */
  manifest(tagOrDigest: string, context: Context): Promise<StoredManifest | undefined>;
  /** The whole blob. @throws {Fault} unavailable (also: absent), malformed, limit beyond `maximumBytes` */
  blob(descriptor: Descriptor, maximumBytes: number, context: Context): Promise<Uint8Array>;
  /** What names this manifest as its subject, by the referrers API or the fallback tag. @throws {Fault} unavailable, malformed, limit */
  referrers(digest: Digest, context: Context): Promise<readonly Descriptor[]>;
}

export type ImageKind = 'container' | 'machine';

export interface Image extends AsyncDisposable {
  /** Canonical reference with the digest it was pinned to. */
  readonly reference: string;
  /** The platform manifest's digest; the config's where the source has no manifest; null for a rootfs or disk. */
  readonly digest: Digest | null;
  readonly identity: Identity;
  /** What the archive or layout itself calls the image, as written there: a claim, and no part of the reference. */
  readonly names?: readonly string[];
  readonly kind: ImageKind;
  readonly platform?: Platform;
  /** undefined for a rootfs or a disk. */
  readonly config?: ImageConfig;
  readonly layers: readonly Layer[];
  /** What the source itself noticed: a manifest whose digest differs, an artifact that is no image. */
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  /** What lies beside it, for signatures. Absent where the source keeps nothing beside an image. */
  readonly repository?: Repository;
  /** Descriptors of what names this image as its subject. Empty where the source has none. */
  referrers(context: Context): Promise<readonly Descriptor[]>;
}

/** A place where images are. The tag is pinned to a digest here, once. */
export interface ImageSource {
  readonly id: string;
  readonly about: string;
  /**
   * Gives one Image, or one for each platform when all were asked for. The caller disposes of them.
   * @throws {Fault} misuse for a reference that cannot work, unavailable, malformed
   */
  resolve(reference: Reference, choice: PlatformChoice, context: Context): Promise<readonly Image[]>;
}

/** Of a file system that no config belongs to. */
export const noConfig: ImageConfig = {
  user: '',
  entrypoint: [],
  command: [],
  environment: [],
  workingDirectory: '',
  exposedPorts: [],
  volumes: [],
  labels: {},
  shell: [],
  onBuild: [],
  healthcheck: [],
  history: [],
  raw: {},
};
