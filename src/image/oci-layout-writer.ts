/** Entries written as code → an image, as an OCI layout, its archive, or a `docker save` archive. OCI image-layout.md; Docker image v1.2. Equal input gives equal bytes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { digestAlgorithm, digestHex, type Digest } from '../core/digest.ts';
import { formatReference, parseRegistryReference } from '../core/reference.ts';
import { tarOf, type TarEntrySpec } from '../formats/tar-writer.ts';
import { digestOf } from './digest-mismatch.ts';

export interface LayerSpec {
  readonly entries?: readonly TarEntrySpec[];
  /** A tar made elsewhere, instead of `entries`. */
  readonly tar?: Uint8Array;
  /** `gzip` when absent. */
  readonly compression?: 'gzip' | 'zstd' | 'none';
  readonly createdBy?: string;
}

/** Members of the config blob; `rootfs` and `history` are made from the layers unless given here. */
export interface ConfigSpec {
  readonly architecture?: string;
  readonly os?: string;
  readonly variant?: string;
  readonly created?: string;
  /** The runtime part: Entrypoint, Cmd, Env, User, … */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly history?: readonly Readonly<Record<string, unknown>>[];
  readonly [member: string]: unknown;
}

export interface ImageSpec {
  readonly layers: readonly LayerSpec[];
  readonly config?: ConfigSpec;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a layout's `index.json` can point to: an image or an index, with every blob below it. */
export interface Built {
  readonly mediaType: string;
  readonly manifestDigest: Digest;
  readonly manifest: Uint8Array;
  /** Manifest, config and layers too. */
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

export interface BuiltImage extends Built {
  readonly configDigest: Digest;
  /** Digests of the uncompressed layers. */
  readonly diffIds: readonly Digest[];
  /** Digests of the layer blobs. */
  readonly layerDigests: readonly Digest[];
  /** The uncompressed layers. */
  readonly tars: readonly Uint8Array[];
  readonly platform: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

const imageType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';
const suffixes = { gzip: '+gzip', zstd: '+zstd', none: '' } as const;

const toJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const packed = (tar: Uint8Array, compression: 'gzip' | 'zstd' | 'none'): Uint8Array => {
  if (compression === 'none') return tar;
  if (compression === 'zstd') return zstdCompressSync(tar);
  const bytes = gzipSync(tar);
  // RFC 1952, 2.3: the OS byte differs between builds of zlib.
  bytes[9] = 255;
  return bytes;
};

export const buildImage = ({ layers, config = {}, annotations }: ImageSpec): BuiltImage => {
  const blobs = new Map<Digest, Uint8Array>();
  const add = (bytes: Uint8Array): Digest => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return digest;
  };
  const made = layers.map(({ entries = [], tar = tarOf(entries), compression = 'gzip', createdBy }) => {
    const bytes = packed(tar, compression);
    const mediaType = `${layerType}${suffixes[compression]}`;
    return { tar, diffId: digestOf(tar), digest: add(bytes), size: bytes.length, mediaType, createdBy };
  });
  const { architecture = 'amd64', os = 'linux', variant } = config;
  const created = config.created ?? '1970-01-01T00:00:00Z';
  const diffIds = made.map(({ diffId }) => diffId);
  const configBytes = toJson({
    created,
    architecture,
    os,
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: made.map(({ createdBy }, position) => ({ created, created_by: createdBy ?? `layer ${position}` })),
    ...config,
  });
  const configDigest = add(configBytes);
  const manifest = toJson({
    schemaVersion: 2,
    mediaType: imageType,
    config: { mediaType: configType, digest: configDigest, size: configBytes.length },
    layers: made.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    ...(annotations === undefined ? {} : { annotations }),
  });
  return {
    mediaType: imageType,
    manifestDigest: add(manifest),
    manifest,
    blobs,
    configDigest,
    diffIds,
    layerDigests: made.map(({ digest }) => digest),
    tars: made.map(({ tar }) => tar),
    platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
  };
};

/** An index over images or other indexes, with the platforms that the images state unless others are given. */
export const buildIndex = (
  members: readonly {
    readonly image: Built & Partial<Pick<BuiltImage, 'platform'>>;
    readonly platform?: Readonly<Record<string, unknown>>;
    readonly annotations?: Readonly<Record<string, string>>;
  }[],
): Built => {
  const manifest = toJson({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: members.map(({ image, platform = image.platform, annotations }) => ({
      mediaType: image.mediaType,
      digest: image.manifestDigest,
      size: image.manifest.length,
      ...(platform === undefined ? {} : { platform }),
      ...(annotations === undefined ? {} : { annotations }),
    })),
  });
  const manifestDigest = digestOf(manifest);
  const blobs = new Map(members.flatMap(({ image }) => [...image.blobs]));
  blobs.set(manifestDigest, manifest);
  return { mediaType: indexType, manifestDigest, manifest, blobs };
};

const blobPath = (digest: Digest): string => `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;

/** Path → content of a layout with one image, in a fixed order. */
const layoutFiles = (
  image: Built,
  annotations: Readonly<Record<string, string>> | undefined,
): Map<string, Uint8Array> => {
  const { mediaType, manifestDigest: digest, manifest } = image;
  const entry = { mediaType, digest, size: manifest.length, ...(annotations === undefined ? {} : { annotations }) };
  const files = new Map<string, Uint8Array>([
    ['index.json', toJson({ schemaVersion: 2, mediaType: indexType, manifests: [entry] })],
    ['oci-layout', toJson({ imageLayoutVersion: '1.0.0' })],
  ]);
  for (const [digest, bytes] of [...image.blobs].sort(([one], [other]) => (one < other ? -1 : 1)))
    files.set(blobPath(digest), bytes);
  return files;
};

const tarOfFiles = (files: ReadonlyMap<string, Uint8Array>): Uint8Array =>
  tarOf([...files].map(([path, content]): TarEntrySpec => ({ path, content })));

const tagAnnotation = (tag: string | undefined): Readonly<Record<string, string>> | undefined =>
  tag === undefined ? undefined : { 'org.opencontainers.image.ref.name': tag };

/** Writes into `directory`, which is made when absent; a layout that is there already is replaced, its other blobs stay. */
export const writeOciLayout = async (directory: string, image: Built, tag?: string): Promise<void> => {
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
  for (const [path, bytes] of layoutFiles(image, tagAnnotation(tag))) await writeFile(join(directory, path), bytes);
};

export const writeOciArchive = async (file: string, image: Built, tag?: string): Promise<void> =>
  writeFile(file, tarOfFiles(layoutFiles(image, tagAnnotation(tag))));

export interface DockerArchiveOptions {
  /** `name:tag`, as `docker save` was told. */
  readonly name: string;
  /** `classic`: `manifest.json` beside `ID/layer.tar`. `oci`: the layout of Docker 25 and later, an OCI layout with a `manifest.json`. */
  readonly layout: 'classic' | 'oci';
}

const classicFiles = (image: BuiltImage, repoTag: string): Map<string, Uint8Array> => {
  const files = new Map<string, Uint8Array>();
  const layers = image.tars.map((tar, position) => {
    const id = digestHex(digestOf(Buffer.from(`${position} ${image.diffIds.slice(0, position + 1).join(' ')}`)));
    files.set(`${id}/VERSION`, Buffer.from('1.0'));
    files.set(`${id}/layer.tar`, tar);
    return `${id}/layer.tar`;
  });
  const config = `${digestHex(image.configDigest)}.json`;
  files.set(config, image.blobs.get(image.configDigest) ?? new Uint8Array());
  files.set('manifest.json', toJson([{ Config: config, RepoTags: [repoTag], Layers: layers }]));
  return files;
};

/** Docker ≥ 25: the blobs of the layout, and a `manifest.json` that names them by path. */
const dockerOciFiles = (image: BuiltImage, repoTag: string): Map<string, Uint8Array> => {
  const full = formatReference(parseRegistryReference(repoTag)).slice('docker://'.length);
  const tag = repoTag.slice(repoTag.lastIndexOf(':') + 1);
  const files = layoutFiles(image, {
    'io.containerd.image.name': full,
    'org.opencontainers.image.ref.name': tag,
  });
  files.set(
    'manifest.json',
    toJson([{ Config: blobPath(image.configDigest), RepoTags: [repoTag], Layers: image.layerDigests.map(blobPath) }]),
  );
  return files;
};

/** An archive as `docker save NAME` writes it. Classic layers are uncompressed, whatever the image's are. */
export const writeDockerArchive = async (
  file: string,
  image: BuiltImage,
  { name, layout }: DockerArchiveOptions,
): Promise<void> => {
  const repoTag = /:[^/]*$/.test(name) ? name : `${name}:latest`;
  await writeFile(
    file,
    tarOfFiles(layout === 'classic' ? classicFiles(image, repoTag) : dockerOciFiles(image, repoTag)),
  );
};
