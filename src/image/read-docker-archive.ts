/** A `docker save` archive → Images: `manifest.json` with folders or with OCI blobs (Docker 25 and later), or `repositories` of before 1.10. */
import type { Context } from '../core/context.ts';
import { isDigest, type Digest } from '../core/digest.ts';
import { isFault, malformed, misuse, overLimit, unavailable } from '../core/fault.ts';
import type { Finding } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import type { Image } from '../core/image.ts';
import { isPlatformMatch, type PlatformChoice } from '../core/platform.ts';
import { parseDockerSave, parseParent, parseRepositories, type SavedImage } from '../formats/records/docker-save.ts';
import type { ImageManifest } from '../formats/records/oci-manifest.ts';
import { assembleImage, type LayerSource } from './assemble.ts';
import { chooseManifests, indexLimits, requirePlatform } from './choose-platform.ts';
import { digestOf, pinned } from './digest-mismatch.ts';
import { canonicalName, namesOf } from './layout-root.ts';
import { openManifestReader, readLayout, readLayoutIndex, type LayoutRequest } from './read-layout.ts';
import { blobPath, readStored, shareFiles, type StoredFiles } from './stored-files.ts';

/** More layers than any engine can stack: a chain of parents that goes on is a loop or an attack. */
const maximumParents = 1000;

const listed = (names: readonly string[]): string =>
  names.slice(0, 30).join(', ') + (names.length > 30 ? `, and ${names.length - 30} more` : '');

const sameName = (one: string, other: string): boolean =>
  one === other || (canonicalName(one) !== undefined && canonicalName(one) === canonicalName(other));

/** `HEX.json`, `sha256:HEX` and `blobs/sha256/HEX` are how writers name a config after its digest. */
const claimedDigest = (path: string): Digest | undefined => {
  const hex = /(?:^|[/:])([0-9a-f]{64})(?:\.json)?$/.exec(path)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
};

const chooseSaved = (images: readonly SavedImage[], name: string | undefined, where: string): SavedImage => {
  const distinct = [...new Map(images.map((image) => [image.config, image])).values()];
  const names = images.flatMap((image) => (image.names.length > 0 ? image.names : [image.config]));
  let meant = distinct;
  if (name !== undefined) {
    const id = isDigest(name) ? name : /^[0-9a-f]{64}$/.test(name) ? `sha256:${name}` : undefined;
    const matching = images.filter((image) =>
      id === undefined ? image.names.some((one) => sameName(one, name)) : claimedDigest(image.config) === id,
    );
    meant = [...new Map(matching.map((image) => [image.config, image])).values()];
    if (meant.length === 0)
      throw misuse('IMAGE_NAME_NOT_FOUND', `${where} has no image "${name}"; it has: ${listed(names)}`);
    const ids = meant.flatMap(({ config }) => claimedDigest(config) ?? []);
    if (meant.length > 1 && ids.length > 0)
      throw misuse(
        'IMAGE_NAME_AMBIGUOUS',
        `${where} holds several images named "${name}"; write the id of one instead: ${listed(ids)}`,
      );
    if (meant.length > 1)
      throw malformed('ARCHIVE_MANIFEST_AMBIGUOUS', `several images are named "${name}", and have no ids`, where);
  }
  const [first, ...others] = meant;
  if (first === undefined) throw malformed('ARCHIVE_MANIFEST_INVALID', 'manifest.json lists no image', where);
  if (others.length > 0)
    throw misuse(
      'IMAGE_NAME_NEEDED',
      `${where} holds several images; write one of them after the path and a colon: ${listed(names)}`,
    );
  return first;
};

/** `manifest.json` states no media types: what a layer is, its first bytes say. */
const layerMediaType = async (files: StoredFiles, path: string): Promise<string> => {
  const [first = 0, second = 0, third = 0, fourth = 0] = (await (await files.find(path))?.read(0, 4)) ?? [];
  const type = 'application/vnd.oci.image.layer.v1.tar';
  if (first === 0x1f && second === 0x8b) return `${type}+gzip`;
  return first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd ? `${type}+zstd` : type;
};

const layerSource = async (files: StoredFiles, path: string): Promise<LayerSource> => {
  const found = await files.find(path);
  const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
  return {
    ...(hex === undefined ? {} : { digest: `sha256:${hex}` as Digest }),
    ...(found === undefined ? {} : { size: found.size }),
    mediaType: await layerMediaType(files, path),
  };
};

const disagreement = (field: string, here: string, there: string): Finding => ({
  rule: 'image/archive-disagrees',
  title: 'manifest.json and index.json of the archive describe different images',
  severity: 'high',
  confidence: 'high',
  intent: 'tampering',
  techniques: ['T1036', 'T1525'],
  advice: 'Do not load this archive: engines that read one file run another image than those that read the other.',
  evidence: [
    { kind: 'config', field: `${field} in manifest.json`, value: here },
    { kind: 'config', field: `${field} in index.json`, value: there },
  ],
});

interface Link {
  readonly manifest?: ImageManifest;
  readonly manifestDigest?: Digest;
  readonly indexDigest?: Digest;
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
}

/**
 * Since Docker 25 an archive is an OCI layout too, whose manifests tie the image to its names in a registry. Digests are taken
 * from bytes in the archive only. Engines with containerd's store read this side, so that it must tell of the same image.
 */
const linkLayout = async (
  files: StoredFiles,
  saved: SavedImage,
  configDigest: Digest,
  context: Context,
): Promise<Link> => {
  if ((await files.find('index.json')) === undefined) return { findings: [], gaps: [] };
  const reader = openManifestReader(files, context);
  const configs = new Set<string>();
  try {
    const { document } = await readLayoutIndex(files, context);
    const named = document.manifests.filter((entry) =>
      namesOf(entry).some((name) => saved.names.some((one) => sameName(one, name))),
    );
    for (const entry of (named.length > 0 ? named : document.manifests).slice(0, indexLimits.manifests)) {
      const isPresent = async ({ digest }: { readonly digest: Digest }): Promise<boolean> =>
        (await files.find(blobPath(digest))) !== undefined;
      if (!(await isPresent(entry))) continue;
      const root = { descriptor: entry, document: await reader.load(entry) };
      const limits = { ...indexLimits, isPresent };
      for (const chosen of await chooseManifests(root, { all: true }, (one) => reader.load(one), limits)) {
        const { document: manifest, descriptor, indexDigest } = chosen;
        configs.add(manifest.config.digest);
        if (manifest.config.digest !== configDigest) continue;
        const here = saved.layers.join(' ');
        const there = manifest.layers.map(({ digest }) => blobPath(digest)).join(' ');
        return {
          ...(here === there ? { manifest } : {}),
          manifestDigest: reader.actual(descriptor.digest),
          ...(indexDigest === undefined ? {} : { indexDigest: reader.actual(indexDigest) }),
          findings: [...reader.findings, ...(here === there ? [] : [disagreement('layers', here, there)])],
          gaps: [],
        };
      }
    }
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    const gap = { where: 'index.json', code: thrown.code, reason: thrown.message, bytes: 0, executable: true };
    return { findings: reader.findings, gaps: [gap] };
  }
  const findings =
    configs.size === 0 ? [] : [disagreement('config', configDigest, [...configs].slice(0, 10).join(', '))];
  return { findings: [...reader.findings, ...findings], gaps: [] };
};

const openStored = async (files: StoredFiles, path: string | undefined) => {
  const found = path === undefined ? undefined : await files.find(path);
  if (found !== undefined) return found.stream();
  throw unavailable('BLOB_MISSING', `there is no layer ${path ?? ''} in ${files.where}`, path);
};

const readSaved = async (
  { files, label }: LayoutRequest,
  saved: SavedImage,
  context: Context,
  dispose: () => Promise<void>,
): Promise<Image> => {
  const configBytes = await readStored(files, saved.config, context.limits.record);
  const configDigest = claimedDigest(saved.config) ?? digestOf(configBytes);
  const link = await linkLayout(files, saved, digestOf(configBytes), context);
  const { manifest, manifestDigest, indexDigest } = link;
  return assembleImage({
    reference: pinned(label, manifestDigest ?? digestOf(configBytes)),
    names: saved.names,
    ...(indexDigest === undefined ? {} : { indexDigest }),
    ...(manifestDigest === undefined ? {} : { manifestDigest }),
    ...(manifest === undefined ? {} : { manifest }),
    configBytes,
    configDigest,
    layers: manifest?.layers ?? (await Promise.all(saved.layers.map((path) => layerSource(files, path)))),
    openLayer: (position) => openStored(files, saved.layers[position]),
    dispose,
    findings: [...files.findings, ...link.findings],
    gaps: [...files.gaps, ...link.gaps],
  });
};

/** Docker before 1.10: each layer is a folder `ID` with `json` and `layer.tar`, and names its parent. Such an image has no digest of its own. */
const readOldest = async (
  { files, label, name }: LayoutRequest,
  context: Context,
  dispose: () => Promise<void>,
): Promise<Image> => {
  const { record } = context.limits;
  const repositories = parseRepositories(await readStored(files, 'repositories', record), 'repositories');
  const meant = name === undefined ? repositories : repositories.filter((one) => sameName(one.name, name));
  const [first] = meant;
  const names = listed(repositories.map((one) => one.name));
  if (repositories.length === 0)
    throw malformed('ARCHIVE_MANIFEST_INVALID', 'repositories lists no image', files.where);
  if (first === undefined)
    throw misuse('IMAGE_NAME_NOT_FOUND', `${files.where} has no image "${name}"; it has: ${names}`);
  if (meant.some(({ top }) => top !== first.top))
    throw misuse(
      'IMAGE_NAME_NEEDED',
      `${files.where} holds several images; write one of them after the path and a colon: ${names}`,
    );

  const chain: string[] = [];
  for (let id: string | undefined = first.top; id !== undefined;) {
    if (chain.includes(id)) throw malformed('ARCHIVE_PARENT_LOOP', 'a layer is its own ancestor', id);
    if (chain.length >= maximumParents)
      throw overLimit('ARCHIVE_PARENTS_TOO_MANY', `more than ${maximumParents} layers on each other`, id);
    chain.unshift(id);
    id = parseParent(await readStored(files, `${id}/json`, record), `${id}/json`);
  }
  const paths = chain.map((id) => `${id}/layer.tar`);
  return assembleImage({
    reference: label,
    names: meant.map(({ name: written }) => written),
    configBytes: await readStored(files, `${first.top}/json`, record),
    layers: await Promise.all(paths.map((path) => layerSource(files, path))),
    openLayer: (position) => openStored(files, paths[position]),
    dispose,
    findings: files.findings,
    gaps: files.gaps,
  });
};

const matches = (image: Image, choice: Extract<PlatformChoice, { all: false }>): boolean =>
  !choice.asked || image.platform === undefined || isPlatformMatch(image.platform, choice.platform);

/**
 * The images that are meant. On return the images own `files`; when it throws, the caller still does.
 * @throws {Fault} misuse `IMAGE_NAME_NEEDED`, `IMAGE_NAME_NOT_FOUND`, `IMAGE_NAME_AMBIGUOUS`, `ARCHIVE_EXPECTED`; malformed `ARCHIVE_MANIFEST_…`, `ARCHIVE_PARENT_LOOP`; unavailable `BLOB_MISSING`
 */
export const readDockerArchive = async (
  request: LayoutRequest,
  choice: PlatformChoice,
  context: Context,
): Promise<readonly Image[]> => {
  const { files } = request;
  const has = async (path: string): Promise<boolean> => (await files.find(path)) !== undefined;
  const hasLayout = await has('index.json');
  if (!(await has('manifest.json'))) {
    if (await has('repositories')) {
      const image = await readOldest(request, context, shareFiles(files, 1));
      requirePlatform(image, choice);
      return [image];
    }
    const [damage] = files.gaps;
    // A damaged archive may have lost its manifest.json.
    if (hasLayout && damage === undefined)
      throw misuse(
        'ARCHIVE_EXPECTED',
        `${files.where} holds an OCI layout: write oci-archive: instead of docker-archive:`,
      );
    const because = damage === undefined ? '' : `; the archive is damaged: ${damage.reason}`;
    throw malformed('ARCHIVE_EXPECTED', `not made by docker save: there is no manifest.json${because}`, files.where);
  }
  const saved = chooseSaved(
    parseDockerSave(await readStored(files, 'manifest.json', context.limits.record), 'manifest.json'),
    request.name,
    files.where,
  );
  const release = shareFiles(files, hasLayout ? 2 : 1);
  const image = await readSaved(request, saved, context, release);
  if (!hasLayout || (choice.all ? false : matches(image, choice))) {
    requirePlatform(image, choice);
    if (hasLayout) await release();
    return [image];
  }
  // manifest.json tells of one platform only; the layout beside it of all that the archive holds.
  const shared: StoredFiles = { ...files, [Symbol.asyncDispose]: release };
  const wanted = { ...request, files: shared, name: request.name ?? saved.names[0], beside: false };
  const others = await readLayout(wanted, choice, context);
  if (choice.all && others.every(({ identity }) => identity.config !== image.identity.config))
    return [image, ...others];
  await image[Symbol.asyncDispose]();
  return others;
};
