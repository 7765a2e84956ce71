/** What an image record of containerd points to → the images of it that are really in the content store, each by its own digests. */
import type { Digest } from '../core/digest.ts';
import { isFault } from '../core/fault.ts';
import type { Descriptor } from '../core/image.ts';
import { formatPlatform } from '../core/platform.ts';
import { parseManifest, type ManifestDocument } from '../formats/records/oci-manifest.ts';

export interface StoredPlatform {
  readonly manifest: Digest;
  readonly config: Digest;
  readonly platform?: string;
}

/** Reads one blob whole; undefined when it is not stored. @throws {Fault} when it cannot be read */
export type ReadBlob = (digest: Digest) => Promise<Uint8Array | undefined>;

/** As engines do: an index deeper or longer than this is not followed, and its whole is judged instead. */
const maximumDepth = 4;
const maximumManifests = 1000;

const isRunnable = ({ platform }: Descriptor): boolean =>
  !(platform?.os === 'unknown' && platform.architecture === 'unknown');

/**
 * Empty when nothing of it can be told apart: the record then stands for itself.
 * An index lists more platforms than are stored; only what has manifest and config is one.
 */
export const storedPlatforms = async (
  target: Descriptor,
  readBlob: ReadBlob,
  hasBlob: (digest: Digest) => Promise<boolean>,
): Promise<readonly StoredPlatform[]> => {
  const found = new Map<Digest, StoredPlatform>();
  let seen = 0;
  const visit = async (descriptor: Descriptor, inherited: string | undefined, depth: number): Promise<void> => {
    seen += 1;
    if (seen > maximumManifests || depth > maximumDepth || !isRunnable(descriptor)) return;
    const platform = descriptor.platform === undefined ? inherited : formatPlatform(descriptor.platform);
    const bytes = await readBlob(descriptor.digest);
    if (bytes === undefined) return;
    const document: ManifestDocument = parseManifest(bytes, { mediaType: descriptor.mediaType }, descriptor.digest);
    if (document.kind === 'index') {
      for (const inner of document.manifests) await visit(inner, platform, depth + 1);
      return;
    }
    if (!(await hasBlob(document.config.digest))) return;
    found.set(descriptor.digest, {
      manifest: descriptor.digest,
      config: document.config.digest,
      ...(platform === undefined ? {} : { platform }),
    });
  };
  try {
    await visit(target, undefined, 0);
  } catch (thrown) {
    // Whoever judges the record says what is wrong with it.
    if (!isFault(thrown) || thrown.kind !== 'malformed') throw thrown;
    return [];
  }
  return [...found.values()];
};
