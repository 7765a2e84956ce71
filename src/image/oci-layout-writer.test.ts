import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parseImageConfig } from '../formats/records/image-config.ts';
import { parseManifest } from '../formats/records/oci-manifest.ts';
import { tarOf } from '../formats/tar-writer.ts';
import { digestOf } from './digest-mismatch.ts';
import { buildImage, buildIndex, writeDockerArchive, writeOciArchive } from './oci-layout-writer.ts';

const spec = {
  layers: [
    { entries: [{ path: 'a', content: 'a' }], createdBy: 'COPY a' },
    { entries: [{ path: 'b', content: 'b' }], compression: 'zstd' },
    { tar: tarOf([{ path: 'c', content: 'c' }]), compression: 'none' },
  ],
  config: { architecture: 'arm64', variant: 'v8', config: { Cmd: ['x'] } },
  annotations: { 'org.example.note': 'n' },
} as const;

test('every blob lies under its digest, and manifest and config name them', () => {
  const image = buildImage(spec);
  for (const [digest, bytes] of image.blobs) assert.equal(digestOf(bytes), digest);
  const manifest = parseManifest(image.manifest, { mediaType: image.mediaType }, '');
  assert.ok(manifest.kind === 'image');
  assert.equal(manifest.config.digest, image.configDigest);
  assert.deepEqual(
    manifest.layers.map(({ digest, mediaType }) => [digest, mediaType.split('.').at(-1)]),
    image.layerDigests.map((digest, position) => [digest, ['tar+gzip', 'tar+zstd', 'tar'][position]]),
  );
  assert.deepEqual(manifest.annotations, spec.annotations);
  for (const { digest, size } of [manifest.config, ...manifest.layers])
    assert.equal(image.blobs.get(digest)?.length, size);
});

test('diffIDs are the digests of the unpacked layers', () => {
  const image = buildImage(spec);
  const [first, second, third] = image.layerDigests.map((digest) => image.blobs.get(digest) ?? new Uint8Array());
  assert.ok(first && second && third);
  const tars = [gunzipSync(first), zstdDecompressSync(second), third];
  assert.deepEqual(
    image.diffIds,
    tars.map((tar) => digestOf(tar)),
  );
  const { config, platform, diffIds } = parseImageConfig(image.blobs.get(image.configDigest) ?? new Uint8Array(), '');
  assert.deepEqual(diffIds, image.diffIds);
  assert.deepEqual(platform, { os: 'linux', architecture: 'arm64', variant: 'v8' });
  assert.deepEqual(config.command, ['x']);
  assert.deepEqual(
    config.history.map(({ createdBy }) => createdBy),
    ['COPY a', 'layer 1', 'layer 2'],
  );
});

test('equal input gives equal bytes, in every form; other input gives others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-writer-'));
  try {
    const other = buildImage({ ...spec, layers: spec.layers.slice(0, 2) });
    const written = async (image = buildImage(spec)): Promise<readonly string[]> => {
      const file = join(folder, 'x');
      const digests: string[] = [];
      const write = [
        () => writeOciArchive(file, image, 't'),
        () => writeDockerArchive(file, image, { name: 'app', layout: 'classic' }),
        () => writeDockerArchive(file, image, { name: 'app', layout: 'oci' }),
      ];
      for (const one of write) {
        await one();
        digests.push(digestOf(await readFile(file)));
      }
      return digests;
    };
    const first = await written();
    assert.deepEqual(await written(), first);
    for (const [position, digest] of (await written(other)).entries()) assert.notEqual(digest, first[position]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('an index lists its images with their platforms, and holds their blobs', () => {
  const image = buildImage(spec);
  const index = buildIndex([
    { image },
    { image: buildIndex([{ image }]), platform: { os: 'linux', architecture: 'amd64' } },
  ]);
  const document = parseManifest(index.manifest, { mediaType: index.mediaType }, '');
  assert.ok(document.kind === 'index');
  assert.deepEqual(
    document.manifests.map(({ platform }) => platform),
    [
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
      { os: 'linux', architecture: 'amd64' },
    ],
  );
  for (const { digest } of document.manifests) assert.ok(index.blobs.has(digest));
  assert.equal(digestOf(index.manifest), index.manifestDigest);
});
