/** A Repository in memory, for the tests of signature verifiers. It records what it was asked. */
import { createHash } from 'node:crypto';
import type { Digest } from '../../src/core/digest.ts';
import { overLimit, unavailable } from '../../src/core/fault.ts';
import type { Descriptor, Repository, StoredManifest } from '../../src/core/image.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

export const digestOf = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface MemoryRepository extends Repository {
  /** `manifest TAG`, `blob DIGEST`, `referrers DIGEST`, in order. */
  readonly asked: readonly string[];
  /** What matches one of these is `unavailable`: tested against the lines of `asked`. */
  readonly troubles: RegExp[];
  putBlob(content: Uint8Array | string, mediaType?: string): Descriptor;
  /**
   * A manifest as JSON, or as bytes. Whatever names a `subject` is listed among its referrers, with the artifact type that a
   * registry would give it, or with `artifactType` where a fallback index says another one.
   */
  putManifest(
    content: object | Uint8Array,
    options?: { readonly mediaType?: string; readonly tag?: string; readonly artifactType?: string },
  ): Descriptor;
  /** A small image of one layer; `seed` makes it another one. */
  putImage(seed: string, tag?: string): Descriptor;
  putIndex(manifests: readonly Descriptor[], tag?: string): Descriptor;
  /** An artifact with one layer for each blob, which names `subject` where it is given. */
  putArtifact(options: {
    readonly artifactType?: string;
    readonly configType?: string;
    readonly layers: readonly Descriptor[];
    readonly subject?: Descriptor;
    readonly tag?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    /** What the list of referrers says instead of the truth. */
    readonly listedAs?: string;
  }): Descriptor;
  untag(tag: string): void;
}

interface Shape {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Empty at first. `name` as `Repository.name`. */
export const memoryRepository = (name = 'registry.example/team/app'): MemoryRepository => {
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, StoredManifest>();
  const tags = new Map<string, Digest>();
  const listed = new Map<string, Descriptor[]>();
  const asked: string[] = [];
  const troubles: RegExp[] = [];

  const ask = (line: string): void => {
    asked.push(line);
    if (troubles.some((trouble) => trouble.test(line)))
      throw unavailable('REGISTRY_UNREACHABLE', 'it does not answer', name);
  };

  const repository: MemoryRepository = {
    name,
    asked,
    troubles,
    manifest: async (tagOrDigest) => {
      ask(`manifest ${tagOrDigest}`);
      return manifests.get(tags.get(tagOrDigest) ?? tagOrDigest);
    },
    blob: async ({ digest }, maximumBytes) => {
      ask(`blob ${digest}`);
      const bytes = blobs.get(digest);
      if (bytes === undefined) throw unavailable('REGISTRY_ANSWER', 'there is no such blob', digest);
      if (bytes.length > maximumBytes) throw overLimit('CONTENT_TOO_LARGE', `more than ${maximumBytes} bytes`, digest);
      return Uint8Array.from(bytes);
    },
    referrers: async (digest) => {
      ask(`referrers ${digest}`);
      return listed.get(digest) ?? [];
    },
    putBlob: (content, mediaType = 'application/octet-stream') => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const digest = digestOf(bytes);
      blobs.set(digest, bytes);
      return { mediaType, digest, size: bytes.length };
    },
    putManifest: (content, { mediaType, tag, artifactType } = {}) => {
      const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
      const shape: Shape = content instanceof Uint8Array ? {} : content;
      const descriptor: Descriptor = {
        mediaType: mediaType ?? shape.mediaType ?? manifestType,
        digest: digestOf(bytes),
        size: bytes.length,
      };
      manifests.set(descriptor.digest, { descriptor, bytes });
      if (tag !== undefined) tags.set(tag, descriptor.digest);
      if (shape.subject !== undefined) {
        const type = artifactType ?? shape.artifactType ?? shape.config?.mediaType;
        const entry = {
          ...descriptor,
          ...(type === undefined ? {} : { artifactType: type }),
          ...(shape.annotations === undefined ? {} : { annotations: shape.annotations }),
        };
        listed.set(shape.subject.digest, [...(listed.get(shape.subject.digest) ?? []), entry]);
      }
      return descriptor;
    },
    putImage: (seed, tag) => {
      const config = repository.putBlob(`{"seed":${JSON.stringify(seed)}}`, 'application/vnd.oci.image.config.v1+json');
      const layer = repository.putBlob(`layer ${seed}`, 'application/vnd.oci.image.layer.v1.tar');
      const image = { schemaVersion: 2, mediaType: manifestType, config, layers: [layer] };
      return repository.putManifest(image, tag === undefined ? {} : { tag });
    },
    putIndex: (entries, tag) => {
      const index = { schemaVersion: 2, mediaType: indexType, manifests: entries };
      return repository.putManifest(index, tag === undefined ? {} : { tag });
    },
    putArtifact: ({ artifactType, configType, layers, subject, tag, annotations, listedAs }) => {
      const config = repository.putBlob('{}', configType ?? 'application/vnd.oci.empty.v1+json');
      return repository.putManifest(
        {
          schemaVersion: 2,
          mediaType: manifestType,
          ...(artifactType === undefined ? {} : { artifactType }),
          config,
          layers,
          ...(subject === undefined ? {} : { subject }),
          ...(annotations === undefined ? {} : { annotations }),
        },
        { ...(tag === undefined ? {} : { tag }), ...(listedAs === undefined ? {} : { artifactType: listedAs }) },
      );
    },
    untag: (tag) => {
      tags.delete(tag);
    },
  };
  return repository;
};
