import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { bzip2Lines, plainLines, xzLines } from '../../test/builders/packed.ts';
import { codesOf, limitsWith, streamOf, type Unpacked, unpack } from '../../test/builders/streams.ts';
import type { Limits } from '../core/budget.ts';
import { tarOf } from './tar-writer.ts';
import { type LayerHooks, statedCompression, unwrapLayer } from './unwrap-layer.ts';

const oci = 'application/vnd.oci.image.layer.v1.tar';
const docker = 'application/vnd.docker.image.rootfs.diff.tar';
const open = (data: Uint8Array, mediaType: string, hooks?: LayerHooks, limits?: Limits): Promise<Unpacked> =>
  unpack((budget, remark) => unwrapLayer(streamOf(data, 100), mediaType, budget, remark, hooks), limits);

const layer = Buffer.from(tarOf([{ path: 'etc/hostname', content: 'harbour\n' }]));

test('every media type of a layer states its compression; others state none', () => {
  const stated: readonly (readonly [string, string | undefined])[] = [
    [oci, 'none'],
    [`${oci}+gzip`, 'gzip'],
    [`${oci}+zstd`, 'zstd'],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar', 'none'],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'gzip'],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'zstd'],
    [docker, 'none'],
    [`${docker}.gzip`, 'gzip'],
    [`${docker}.zstd`, 'zstd'],
    ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'gzip'],
    [`${oci}+gzip; charset=binary`, 'gzip'],
    [`${oci}+gzip+encrypted`, 'gzip'],
    ['application/vnd.oci.image.manifest.v1+json', undefined],
    ['', undefined],
  ];
  for (const [mediaType, compression] of stated) assert.equal(statedCompression(mediaType), compression, mediaType);
});

test('each compression is opened, and agrees with its media type', async () => {
  for (const [data, mediaType] of [
    [layer, oci],
    [layer, docker],
    [gzipSync(layer), `${oci}+gzip`],
    [gzipSync(layer), `${docker}.gzip`],
    [zstdCompressSync(layer), `${oci}+zstd`],
  ] as const) {
    const result = await open(data, mediaType);
    assert.deepEqual([result.fault, result.remarks], [undefined, []]);
    assert.ok(result.content.equals(layer), mediaType);
  }
});

test('a media type that says otherwise is remarked on, and the content is opened as what it is', async () => {
  for (const [data, mediaType] of [
    [layer, `${oci}+gzip`],
    [gzipSync(layer), oci],
    [gzipSync(layer), `${oci}+zstd`],
    [zstdCompressSync(layer), `${docker}.gzip`],
  ] as const) {
    const result = await open(data, mediaType);
    assert.ok(result.content.equals(layer));
    assert.deepEqual(
      result.remarks.map(({ kind, code }) => [kind, code]),
      [['ambiguity', 'LAYER_MEDIA_TYPE_DISAGREES']],
    );
  }
  assert.deepEqual((await open(gzipSync(layer), '')).remarks, []);
});

test('xz and bzip2 are opened with a remark', async () => {
  for (const data of [xzLines, bzip2Lines]) {
    const result = await open(data, '');
    assert.equal(result.content.toString(), plainLines);
    assert.deepEqual(codesOf(result), ['LAYER_COMPRESSION_UNUSUAL']);
  }
});

test('lz4 and lzma, which no engine unpacks, are unavailable', async () => {
  const lz4 = Buffer.concat([Uint8Array.of(0x04, 0x22, 0x4d, 0x18), layer]);
  const lzma = Buffer.concat([Uint8Array.of(0x5d, 0, 0, 0x80, 0), Buffer.alloc(8, 0xff), layer]);
  for (const data of [lz4, lzma]) {
    const result = await open(data, oci);
    assert.deepEqual([result.fault, result.faultKind], ['LAYER_COMPRESSION_UNSUPPORTED', 'unavailable']);
  }
});

test('an encrypted layer is unavailable, without reading it', async () => {
  const result = await open(layer, `${oci}+gzip+encrypted`);
  assert.deepEqual([result.fault, result.faultKind, result.content.length], ['LAYER_ENCRYPTED', 'unavailable', 0]);
});

test('an empty tar, an empty stream and unknown bytes are given as they are', async () => {
  for (const data of [new Uint8Array(1024), new Uint8Array(0), Buffer.from('no tar')]) {
    const result = await open(data, oci);
    assert.deepEqual([result.fault, result.remarks], [undefined, []]);
    assert.ok(result.content.equals(data));
  }
});

test('a tar whose first name begins like gzip is a tar', async () => {
  const data = tarOf([{ path: '\u001f\u008b\u0008', content: 'x' }]);
  assert.ok((await open(data, oci)).content.equals(data));
});

test('the hook sees the skippable frames of a zstd layer', async () => {
  const frame = Buffer.concat([Buffer.from('502a4d1805000000', 'hex'), Buffer.from('table')]);
  const seen: string[] = [];
  const result = await open(Buffer.concat([zstdCompressSync(layer), frame]), `${oci}+zstd`, {
    onSkippableFrame: (payload) => seen.push(Buffer.from(payload).toString()),
  });
  assert.ok(result.content.equals(layer));
  assert.deepEqual(seen, ['table']);
});

test('an uncompressed layer spends its bytes too', async () => {
  assert.equal((await open(layer, oci, {}, limitsWith({ bytes: 1000 }))).fault, 'UNPACKED_TOO_LARGE');
});
