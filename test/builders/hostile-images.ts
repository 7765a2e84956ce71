/** Layers, config and manifest byte by byte → an image in which every digest and size is right, so that only what is inside can be wrong. */
import { createHash } from 'node:crypto';
import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Digest } from '../../src/core/digest.ts';
import type { Built } from '../../src/image/oci-layout-writer.ts';

export const digestOf = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const imageType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
export const configType = 'application/vnd.oci.image.config.v1+json';
export const layerType = 'application/vnd.oci.image.layer.v1.tar';

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
export const isZstd = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;

/** As much as comes out, as readers that do not look at checksums and ends would have it. */
const unpackLeniently = (bytes: Uint8Array): Uint8Array => {
  try {
    if (isGzip(bytes)) return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 26 });
    if (isZstd(bytes)) return zstdDecompressSync(bytes, { maxOutputLength: 2 ** 26 });
  } catch {
    return bytes;
  }
  return bytes;
};

export interface StoredLayer {
  readonly blob: Uint8Array;
  /** Else what the first bytes say. */
  readonly mediaType?: string;
  /** Else that of the unpacked bytes. */
  readonly diffId?: string;
}

export interface StoredImage {
  readonly layers: readonly StoredLayer[];
  /** Changes the config; bytes are taken as they are. */
  readonly config?: (config: Record<string, unknown>) => object | Uint8Array;
  /** Changes the manifest; bytes are taken as they are. */
  readonly manifest?: (manifest: ManifestBody) => object | Uint8Array;
  /** What the descriptor of the manifest says. */
  readonly mediaType?: string;
}

interface DescriptorBody {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface ManifestBody {
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly config: DescriptorBody;
  readonly layers: readonly DescriptorBody[];
}

const toBytes = (body: object): Uint8Array =>
  body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body), 'utf8');

const layerTypeOf = (blob: Uint8Array): string => `${layerType}${isGzip(blob) ? '+gzip' : isZstd(blob) ? '+zstd' : ''}`;

export const storedImage = ({ layers, config, manifest, mediaType = imageType }: StoredImage): Built => {
  const blobs = new Map<Digest, Uint8Array>();
  const add = (bytes: Uint8Array): Digest => {
    blobs.set(digestOf(bytes), bytes);
    return digestOf(bytes);
  };
  const plainConfig = {
    created: '2026-01-01T00:00:00Z',
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/app'] },
    rootfs: {
      type: 'layers',
      diff_ids: layers.map(({ blob, diffId }) => diffId ?? digestOf(unpackLeniently(blob))),
    },
    history: layers.map((_, position) => ({ created_by: `step ${position}` })),
  };
  const configBytes = toBytes(config === undefined ? plainConfig : config(plainConfig));
  const plainManifest: ManifestBody = {
    schemaVersion: 2,
    mediaType: imageType,
    config: { mediaType: configType, digest: add(configBytes), size: configBytes.length },
    layers: layers.map(({ blob, mediaType: type }) => ({
      mediaType: type ?? layerTypeOf(blob),
      digest: add(blob),
      size: blob.length,
    })),
  };
  const manifestBytes = toBytes(manifest === undefined ? plainManifest : manifest(plainManifest));
  return { mediaType, manifestDigest: add(manifestBytes), manifest: manifestBytes, blobs };
};

/** The same blobs with one of them exchanged under its old name. */
export const withBlob = (image: Built, digest: Digest, bytes: Uint8Array): Built => ({
  ...image,
  ...(digest === image.manifestDigest ? { manifest: bytes } : {}),
  blobs: new Map([...image.blobs, [digest, bytes]]),
});

/** Numbers that are the same on every run. */
export const seededNumbers = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

/** Text that does not pack well. */
export const noise = (seed: number, length: number): string => {
  const random = seededNumbers(seed);
  return Array.from(
    { length },
    () => 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/'[random(64)],
  ).join('');
};
