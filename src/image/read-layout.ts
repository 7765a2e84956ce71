/** An OCI layout, in a folder or an archive → Images. OCI image specification 1.1, image-layout.md. */
import type { ByteStream } from '../core/bytes.ts';
import type { Context } from '../core/context.ts';
import type { Digest } from '../core/digest.ts';
import { malformed, misuse, unavailable } from '../core/fault.ts';
import type { Finding } from '../core/finding.ts';
import type { Descriptor, Image, Repository } from '../core/image.ts';
import type { PlatformChoice } from '../core/platform.ts';
import { parseManifest, type IndexManifest, type ManifestDocument } from '../formats/records/oci-manifest.ts';
import { isJsonObject, parseStrictJson } from '../formats/strict-json.ts';
import { assembleImage } from './assemble.ts';
import {
  chooseManifests,
  indexLimits,
  requirePlatform,
  type ChosenManifest,
  type LoadedRoot,
} from './choose-platform.ts';
import { digestMismatch, digestOf, pinned, sizeMismatch } from './digest-mismatch.ts';
import { chooseLayoutRoot, namesOf } from './layout-root.ts';
import { layoutPlace } from './layout-place.ts';
import { openRepository } from './repository.ts';
import { blobPath, readStored, shareFiles, type StoredFiles } from './stored-files.ts';

export interface LayoutRequest {
  readonly files: StoredFiles;
  /** Canonical reference without digest. */
  readonly label: string;
  readonly name?: string | undefined;
  /** False: such a file holds images only, whatever its index.json lists; so nothing is said to be absent from it. */
  readonly beside?: boolean;
}

/** Manifests by digest, read once, with what did not fit noted. */
export interface ManifestReader {
  readonly findings: readonly Finding[];
  load(descriptor: Descriptor): Promise<ManifestDocument>;
  /** Digest of the bytes that a loaded descriptor led to. */
  actual(claimed: Digest): Digest;
}

export const openManifestReader = (files: StoredFiles, { limits }: Pick<Context, 'limits'>): ManifestReader => {
  const findings: Finding[] = [];
  const loaded = new Map<Digest, { readonly document: ManifestDocument; readonly digest: Digest }>();
  return {
    findings,
    actual: (claimed) => loaded.get(claimed)?.digest ?? claimed,
    load: async (descriptor) => {
      const known = loaded.get(descriptor.digest);
      if (known !== undefined) return known.document;
      const bytes = await readStored(files, blobPath(descriptor.digest), limits.record);
      const digest = digestOf(bytes, descriptor.digest);
      const document = parseManifest(bytes, { mediaType: descriptor.mediaType }, `manifest ${descriptor.digest}`);
      if (digest !== descriptor.digest)
        findings.push(digestMismatch(document.kind === 'index' ? 'index' : 'manifest', descriptor.digest, digest));
      else if (bytes.length !== descriptor.size) findings.push(sizeMismatch('manifest', descriptor.size, bytes.length));
      loaded.set(descriptor.digest, { document, digest });
      return document;
    },
  };
};

/** @throws {Fault} misuse `LAYOUT_EXPECTED`, malformed `LAYOUT_VERSION_UNKNOWN`, and what the manifest parser throws */
export const readLayoutIndex = async (
  files: StoredFiles,
  { limits }: Pick<Context, 'limits'>,
): Promise<{ readonly document: IndexManifest; readonly bytes: Uint8Array }> => {
  if ((await files.find('index.json')) === undefined) {
    const [damage] = files.gaps;
    // A damaged archive may have lost its index.json.
    if (damage === undefined && (await files.find('manifest.json')) !== undefined)
      throw misuse('LAYOUT_EXPECTED', `${files.where} was made by docker save: write docker-archive: before it`);
    if (files.paths === undefined)
      throw misuse(
        'LAYOUT_EXPECTED',
        `${files.where} is no OCI layout: it has no index.json; a root file system is read with rootfs:DIR`,
      );
    const because = damage === undefined ? '' : `; the archive is damaged: ${damage.reason}`;
    throw malformed('LAYOUT_EXPECTED', `no OCI layout: there is no index.json${because}`, files.where);
  }
  const marker = await files.find('oci-layout');
  if (marker !== undefined) {
    const where = `${files.where}: oci-layout`;
    const text = await readStored(files, 'oci-layout', limits.record);
    const body = parseStrictJson(text, { where, subject: 'LAYOUT', maximumBytes: limits.record });
    const version = isJsonObject(body) ? body['imageLayoutVersion'] : undefined;
    if (typeof version !== 'string' || !version.startsWith('1.'))
      throw malformed('LAYOUT_VERSION_UNKNOWN', 'imageLayoutVersion is not 1.0.0', where);
  }
  const bytes = await readStored(files, 'index.json', limits.record);
  const document = parseManifest(bytes, {}, `${files.where}: index.json`);
  if (document.kind !== 'index') throw malformed('MANIFEST_KIND_DISAGREES', 'index.json is no index', files.where);
  return { document, bytes };
};

const findRoot = async (
  index: IndexManifest,
  bytes: Uint8Array,
  { files, name }: LayoutRequest,
  reader: ManifestReader,
): Promise<LoadedRoot & { readonly named: boolean; readonly names: readonly string[] }> => {
  const root = chooseLayoutRoot(index.manifests, name, files.where);
  if (root.kind === 'one') {
    const { descriptor } = root;
    const document = await reader.load(descriptor);
    return {
      descriptor: { ...descriptor, digest: reader.actual(descriptor.digest) },
      document,
      named: true,
      names: namesOf(descriptor),
    };
  }
  return {
    descriptor: { mediaType: index.mediaType, digest: digestOf(bytes), size: bytes.length },
    document: { ...index, manifests: root.manifests },
    named: root.whole,
    names: root.manifests.flatMap(namesOf),
  };
};

/** Opens a layer's blob. @throws {Fault} unavailable `BLOB_MISSING` */
export const openBlob = async (files: StoredFiles, descriptor: Pick<Descriptor, 'digest' | 'urls'>) => {
  const found = await files.find(blobPath(descriptor.digest));
  if (found !== undefined) return found.stream();
  const elsewhere = descriptor.urls?.length ? '; the manifest says that it lies elsewhere (a foreign layer)' : '';
  throw unavailable(
    'BLOB_MISSING',
    `there is no blob ${descriptor.digest} in ${files.where}${elsewhere}`,
    descriptor.digest,
  );
};

export interface RootRequest {
  readonly files: StoredFiles;
  /** Canonical reference without digest. */
  readonly label: string;
  readonly root: LoadedRoot;
  /** False: the root's own digest is none of the image's names. */
  readonly named: boolean;
  /** As `Image.names`. */
  readonly names: readonly string[];
  readonly reader: ManifestReader;
  /** Default: the blob that the descriptor names. */
  readonly openLayer?: (descriptor: Descriptor) => Promise<ByteStream>;
  /** As `Image.repository`. */
  readonly repository?: Repository;
}

/** The images below an index or manifest. On return the images own `files`; when it throws, the caller still does. */
export const readRoot = async (
  request: RootRequest,
  choice: PlatformChoice,
  context: Context,
): Promise<readonly Image[]> => {
  const { files, label, reader, openLayer = (layer) => openBlob(files, layer) } = request;
  const chosen = await chooseManifests(request.root, choice, (descriptor) => reader.load(descriptor), {
    ...indexLimits,
    isPresent: async ({ digest }) => (await files.find(blobPath(digest))) !== undefined,
  });
  const dispose = shareFiles(files, chosen.length);
  const images: Image[] = [];
  for (const one of chosen) {
    if (one.note !== undefined) context.log.warn(one.note, { image: label });
    images.push(await readChosen(one));
  }
  return images;

  async function readChosen(one: ChosenManifest): Promise<Image> {
    const { document } = one;
    const manifestDigest = reader.actual(one.descriptor.digest);
    const image = assembleImage({
      reference: pinned(label, manifestDigest),
      names: [...new Set(request.names)],
      ...(one.indexDigest === undefined || !request.named ? {} : { indexDigest: one.indexDigest }),
      manifestDigest,
      manifest: document,
      configBytes: await readStored(files, blobPath(document.config.digest), context.limits.record),
      configDigest: document.config.digest,
      ...(one.platform === undefined ? {} : { indexPlatform: one.platform }),
      openLayer: async (position) => {
        const layer = document.layers[position];
        if (layer === undefined) throw unavailable('LAYER_MISSING', `there is no layer ${position}`, files.where);
        return openLayer(layer);
      },
      ...(request.repository === undefined ? {} : { repository: request.repository }),
      dispose,
      findings: [...files.findings, ...reader.findings, ...one.findings],
      gaps: [...files.gaps, ...one.gaps],
    });
    if (chosen.length === 1) requirePlatform(image, choice);
    return image;
  }
};

/**
 * The images that are meant. On return the images own `files`; when it throws, the caller still does.
 * Blobs are found by digest only, whatever the JSON says.
 */
export const readLayout = async (
  request: LayoutRequest,
  choice: PlatformChoice,
  context: Context,
): Promise<readonly Image[]> => {
  const { files, label } = request;
  const { document: index, bytes } = await readLayoutIndex(files, context);
  const reader = openManifestReader(files, context);
  const { named, names, ...root } = await findRoot(index, bytes, request, reader);
  const repository = request.beside === false ? undefined : openRepository(layoutPlace(files, index.manifests));
  const beside = repository === undefined ? {} : { repository };
  return readRoot({ files, label, root, named, names, reader, ...beside }, choice, context);
};
