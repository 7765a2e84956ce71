/** Layer files on disk → an OCI image layout. Streams: a layer may be larger than memory. */
import { createHash } from 'node:crypto';
import { createReadStream, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';

export interface LayerFile {
  /** A gzipped tar. */
  readonly path: string;
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
  readonly unpacked: number;
  readonly createdBy: string;
}

/** Reads the file once: its digest, and digest and size of what it unpacks to. */
export const measureLayer = async (path: string, createdBy: string): Promise<LayerFile> => {
  const packedHash = createHash('sha256');
  const unpackedHash = createHash('sha256');
  let unpacked = 0;
  const packed = createReadStream(path, { highWaterMark: 1 << 20 });
  packed.on('data', (chunk) => packedHash.update(chunk));
  const gunzip = packed.on('error', (error) => gunzip.destroy(error)).pipe(createGunzip({ chunkSize: 1 << 20 }));
  for await (const chunk of gunzip as AsyncIterable<Buffer>) {
    unpackedHash.update(chunk);
    unpacked += chunk.length;
  }
  return {
    path,
    digest: `sha256:${packedHash.digest('hex')}`,
    diffId: `sha256:${unpackedHash.digest('hex')}`,
    size: statSync(path).size,
    unpacked,
    createdBy,
  };
};

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface LayoutOptions {
  /** As Go names it; that of the machine when absent. */
  readonly architecture?: string;
  /** The runtime part of the config. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Full name, as an engine that saves an image notes it. */
  readonly name?: string;
}

const benchConfig = {
  Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
  Entrypoint: ['/usr/bin/node'],
  Cmd: ['/app/server.js'],
};

/** Writes `folder` anew; the layers are hard links. */
export const writeLayout = (folder: string, layers: readonly LayerFile[], options: LayoutOptions = {}): void => {
  rmSync(folder, { recursive: true, force: true });
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (mediaType: string, value: object) => {
    const bytes = Buffer.from(JSON.stringify(value));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  // Equal layers are one blob.
  for (const [digest, path] of new Map(layers.map((layer) => [layer.digest, layer.path])))
    linkSync(path, join(blobs, digest.slice('sha256:'.length)));
  const created = '2024-01-01T00:00:00Z';
  const config = put('application/vnd.oci.image.config.v1+json', {
    created,
    architecture: options.architecture ?? architectures[process.arch] ?? process.arch,
    os: 'linux',
    config: options.config ?? benchConfig,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map((layer) => ({ created, created_by: layer.createdBy })),
  });
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = put(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config,
    layers: layers.map(({ digest, size }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest,
      size,
    })),
  });
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const named =
    options.name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': options.name } };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, ...named }] };
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
};
