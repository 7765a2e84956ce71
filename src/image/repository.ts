/** Where the manifests and blobs of one repository can be had → a Repository: every digest verified, within budgets, each thing fetched once. */
import { collect } from '../core/collect.ts';
import type { ByteStream } from '../core/bytes.ts';
import type { Context } from '../core/context.ts';
import { isDigest, type Digest } from '../core/digest.ts';
import { isFault, malformed, overLimit } from '../core/fault.ts';
import type { Descriptor, Repository, StoredManifest } from '../core/image.ts';
import { trustLimits } from '../core/trust.ts';
import { isImageConfigType } from '../formats/media-type.ts';
import { parseManifest, type ManifestDocument } from '../formats/records/oci-manifest.ts';
import { digestOf } from './digest-mismatch.ts';

/** Some of what names a manifest as its subject. `written`: by whoever pushed it; `computed`: by a server, from the manifests. */
export interface ReferrerList {
  readonly from: 'computed' | 'written';
  readonly descriptors: readonly Descriptor[];
}

export interface RepositoryPlace {
  /** As `Repository.name`. */
  readonly name?: string;
  /** For messages. */
  readonly where: string;
  /** Bytes as they lie there, not verified; undefined when there is no such thing. */
  readManifest(
    tagOrDigest: string,
    context: Context,
  ): Promise<{ readonly bytes: Uint8Array; readonly contentType?: string } | undefined>;
  /** @throws {Fault} unavailable, also when it is absent */
  openBlob(descriptor: Descriptor, maximumBytes: number, context: Context): Promise<ByteStream>;
  walkReferrers(digest: Digest, context: Context): AsyncIterable<ReferrerList>;
}

const maximumReferrers = 10_000;
/** Entries of a written list that are put right; a longer list is no list that a person made. */
const maximumWritten = 256;
/** What one repository keeps, so that several verifiers may read the same. */
const keptBytes = 32 * 2 ** 20;

/** OCI distribution, "Listing Referrers": what a list says of a manifest, from the manifest. */
const describe = (document: ManifestDocument, digest: Digest, bytes: Uint8Array): Descriptor => {
  const { mediaType, annotations } = document;
  const artifactType = document.artifactType ?? (document.kind === 'image' ? document.config.mediaType : undefined);
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
};

/** Not so where it states no artifact type, and its config is of a kind that anything may have. */
const saysWhatItIs = (document: ManifestDocument): boolean =>
  document.artifactType !== undefined ||
  (document.kind === 'image' &&
    !isImageConfigType(document.config.mediaType) &&
    document.config.mediaType !== 'application/vnd.oci.empty.v1+json');

/** A failure is not kept: the next who asks tries again. */
const once = <Value>(kept: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> => {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = make();
  kept.set(key, made);
  made.catch(() => kept.delete(key));
  return made;
};

/** A tag that was read once names the same manifest as long as the image is open. */
export const openRepository = (place: RepositoryPlace): Repository => {
  const manifests = new Map<string, Promise<StoredManifest | undefined>>();
  const blobs = new Map<string, Promise<Uint8Array>>();
  const lists = new Map<string, Promise<readonly Descriptor[]>>();
  let kept = 0;

  const readManifest = async (tagOrDigest: string, context: Context): Promise<StoredManifest | undefined> => {
    const answer = await place.readManifest(tagOrDigest, context);
    if (answer === undefined) return undefined;
    const { bytes, contentType } = answer;
    if (bytes.length > trustLimits.manifestBytes)
      throw overLimit('CONTENT_TOO_LARGE', `${bytes.length} bytes of a manifest`, `${tagOrDigest} in ${place.where}`);
    const where = `manifest ${tagOrDigest} in ${place.where}`;
    const digest = digestOf(bytes, isDigest(tagOrDigest) ? tagOrDigest : undefined);
    if (isDigest(tagOrDigest) && digest !== tagOrDigest)
      throw malformed('MANIFEST_ALTERED', `the bytes have the digest ${digest}`, where);
    return { descriptor: describe(parseManifest(bytes, { contentType }, where), digest, bytes), bytes };
  };

  const manifest: Repository['manifest'] = (tagOrDigest, context) =>
    once(manifests, tagOrDigest, async () => {
      const stored = await readManifest(tagOrDigest, context);
      const size = stored?.bytes.length ?? 0;
      if (kept + size > keptBytes) manifests.delete(tagOrDigest);
      else kept += size;
      return stored;
    });

  const readBlob = async (descriptor: Descriptor, context: Context): Promise<Uint8Array> => {
    const { digest, size } = descriptor;
    const where = `blob ${digest} in ${place.where}`;
    const bytes = await collect(await place.openBlob(descriptor, size, context), size, where);
    const actual = digestOf(bytes, digest);
    if (actual !== digest) throw malformed('BLOB_ALTERED', `the bytes have the digest ${actual}`, where);
    if (bytes.length !== size)
      throw malformed('BLOB_ALTERED', `it has ${bytes.length} bytes, its descriptor says ${size}`, where);
    return bytes;
  };

  /**
   * Whoever pushed a written list may have given an entry no artifact type, or a wrong one (older tools write the config's, or none),
   * and may list what names another subject: the manifests themselves say what they are. One that is gone or cannot be read stays as
   * it is written: whoever asks for it learns why.
   */
  const putRight = async (written: Descriptor, subject: Digest, context: Context): Promise<readonly Descriptor[]> => {
    try {
      const stored = await manifest(written.digest, context);
      if (stored === undefined) return [written];
      const document = parseManifest(stored.bytes, {}, written.digest);
      if (document.subject !== undefined && document.subject.digest !== subject) return [];
      const annotations = { ...written.annotations, ...stored.descriptor.annotations };
      const artifactType = saysWhatItIs(document) ? stored.descriptor.artifactType : written.artifactType;
      return [
        {
          ...stored.descriptor,
          ...(artifactType === undefined ? {} : { artifactType }),
          ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
        },
      ];
    } catch (thrown) {
      if (isFault(thrown) && thrown.kind === 'malformed') return [written];
      throw thrown;
    }
  };

  const readReferrers = async (digest: Digest, context: Context): Promise<readonly Descriptor[]> => {
    const found = new Map<Digest, Descriptor>();
    const where = `referrers of ${digest} in ${place.where}`;
    for await (const { from, descriptors } of place.walkReferrers(digest, context)) {
      if (from === 'written' && descriptors.length > maximumWritten)
        throw overLimit('REFERRERS_TOO_MANY', `a list of ${descriptors.length} that was not made by a server`, where);
      for (const one of descriptors)
        for (const right of from === 'written' ? await putRight(one, digest, context) : [one])
          found.set(right.digest, right);
      if (found.size > maximumReferrers)
        throw overLimit('REFERRERS_TOO_MANY', `more than ${maximumReferrers} referrers`, where);
    }
    return [...found.values()];
  };

  return {
    ...(place.name === undefined ? {} : { name: place.name }),
    manifest,
    async blob(descriptor, maximumBytes, context) {
      const { digest, size } = descriptor;
      if (size > maximumBytes)
        throw overLimit('CONTENT_TOO_LARGE', `${size} bytes; ${maximumBytes} are read at most`, `blob ${digest}`);
      const key = `${digest} ${size}`;
      if (!blobs.has(key) && kept + size > keptBytes) return readBlob(descriptor, context);
      if (!blobs.has(key)) kept += size;
      return once(blobs, key, () => readBlob(descriptor, context));
    },
    referrers: (digest, context) => once(lists, digest, () => readReferrers(digest, context)),
  };
};
