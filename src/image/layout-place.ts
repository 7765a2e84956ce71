/** A layout's files and the entries of its `index.json` → where its Repository reads: by tag, by digest, by subject. OCI image-layout.md; `cosign save`. */
import type { Context } from '../core/context.ts';
import { isDigest, referrersTag, type Digest } from '../core/digest.ts';
import { isFault, overLimit, unavailable } from '../core/fault.ts';
import type { Descriptor } from '../core/image.ts';
import { parseManifest, type ManifestDocument } from '../formats/records/oci-manifest.ts';
import { indexLimits } from './choose-platform.ts';
import { companionKind, namesOf } from './layout-root.ts';
import type { ReferrerList, RepositoryPlace } from './repository.ts';
import { blobPath, readStored, type StoredFiles } from './stored-files.ts';

/** A name is a tag alone, or a whole name that ends in it. */
const isTagged = (descriptor: Descriptor, tag: string): boolean =>
  namesOf(descriptor).some((name) => name === tag || name.endsWith(`:${tag}`));

/** The entry that a tag means; one of `cosign save` has a kind instead of the tag that it was read from. */
const entryOf = (entries: readonly Descriptor[], tag: string): Descriptor | undefined => {
  const tagged = entries.find((entry) => isTagged(entry, tag));
  if (tagged !== undefined) return tagged;
  const suffix = /^sha256-[0-9a-f]{64}\.(sig|att)$/.exec(tag)?.[1];
  return suffix === undefined ? undefined : entries.find((entry) => companionKind(entry) === suffix);
};

export const layoutPlace = (files: StoredFiles, entries: readonly Descriptor[]): RepositoryPlace => {
  const read = async ({ digest }: Pick<Descriptor, 'digest'>, { limits }: Context) =>
    (await files.find(blobPath(digest))) === undefined
      ? undefined
      : { bytes: await readStored(files, blobPath(digest), limits.record) };

  const load = async (descriptor: Descriptor, context: Context): Promise<ManifestDocument | undefined> => {
    const found = await read(descriptor, context);
    if (found === undefined) return undefined;
    try {
      return parseManifest(found.bytes, { mediaType: descriptor.mediaType }, descriptor.digest);
    } catch (thrown) {
      // A neighbour that cannot be read names no subject; its own scan says what is wrong with it.
      if (isFault(thrown) && thrown.kind === 'malformed') return undefined;
      throw thrown;
    }
  };

  async function* walkReferrers(subject: Digest, context: Context): AsyncGenerator<ReferrerList> {
    if (entries.length > indexLimits.manifests)
      throw overLimit('REFERRERS_TOO_MANY', `index.json has ${entries.length} entries`, files.where);
    const tag = referrersTag(subject);
    const found: Descriptor[] = [];
    for (const descriptor of entries) {
      if (descriptor.digest === subject) continue;
      const document = await load(descriptor, context);
      if (document?.subject?.digest === subject) found.push(descriptor);
      if (document?.kind === 'index' && isTagged(descriptor, tag)) found.push(...document.manifests);
    }
    if (found.length > 0) yield { from: 'written', descriptors: found };
  }

  return {
    where: files.where,
    readManifest: async (tagOrDigest, context) => {
      const entry = isDigest(tagOrDigest) ? { digest: tagOrDigest } : entryOf(entries, tagOrDigest);
      return entry === undefined ? undefined : read(entry, context);
    },
    openBlob: async ({ digest }) => {
      const found = await files.find(blobPath(digest));
      if (found === undefined)
        throw unavailable('BLOB_MISSING', `there is no blob ${digest} in ${files.where}`, digest);
      return found.stream();
    },
    walkReferrers,
  };
};
