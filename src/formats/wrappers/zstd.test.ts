import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { limitsWith, streamOf, type Unpacked, unpack } from '../../../test/builders/streams.ts';
import type { Limits } from '../../core/budget.ts';
import { type OnSkippableFrame, unwrapZstd, zstd } from './zstd.ts';

const unzstd = (data: Uint8Array, chunk?: number, limits?: Limits, hook?: OnSkippableFrame): Promise<Unpacked> =>
  unpack((budget, remark) => unwrapZstd(streamOf(data, chunk), budget, remark, hook), limits);

const skippable = (payload: string | Uint8Array, magic = 0x50): Uint8Array => {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  return Buffer.concat([Uint8Array.of(magic, 0x2a, 0x4d, 0x18), size, bytes]);
};

const first = Buffer.from('first '.repeat(20_000));
const second = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) & 0xff));
const frames = Buffer.concat([
  skippable('aa'),
  zstdCompressSync(first, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  skippable('bbb', 0x5f),
  zstdCompressSync(second),
  zstdCompressSync(Buffer.alloc(0)),
  skippable(''),
]);

test('all frames come out, with skippable ones before, between and after', async () => {
  for (const chunk of [1, 17, 23, 4096, frames.length]) {
    const result = await unzstd(frames, chunk);
    assert.equal(result.fault, undefined);
    assert.ok(result.content.equals(Buffer.concat([first, second])), `chunks of ${chunk}`);
    assert.deepEqual(result.remarks, []);
  }
});

test('the decoder of the runtime alone would drop the second frame', async () => {
  const { zstdDecompressSync } = await import('node:zlib');
  const two = Buffer.concat([zstdCompressSync(first), zstdCompressSync(second)]);
  assert.equal(zstdDecompressSync(two).length, first.length);
  assert.equal((await unzstd(two)).content.length, first.length + second.length);
});

test('the hook gets the payload of every skippable frame with its offset', async () => {
  for (const chunk of [1, 17, 1 << 20]) {
    const seen: string[] = [];
    const payload = 'table of contents of the layer';
    const data = Buffer.concat([zstdCompressSync(first), skippable(payload), skippable('x')]);
    await unzstd(data, chunk, undefined, (bytes, offset) => {
      seen.push(`${Buffer.from(bytes).toString()}@${data.indexOf(Buffer.from(bytes), offset)}=${offset}`);
    });
    const at = zstdCompressSync(first).length + 8;
    assert.deepEqual(seen, [`${payload}@${at}=${at}`, `x@${at + 38}=${at + 38}`]);
  }
});

test('without a hook a skippable frame that could hide content is a gap; a size note is not', async () => {
  const hidden = await unzstd(Buffer.concat([zstdCompressSync(first), skippable('x'.repeat(17))]));
  assert.deepEqual(
    hidden.remarks.map(({ kind, code, bytes }) => [kind, code, bytes]),
    [['gap', 'ZSTD_SKIPPABLE_FRAME', 17]],
  );
  assert.deepEqual((await unzstd(Buffer.concat([zstdCompressSync(first), skippable('x'.repeat(16))]))).remarks, []);
});

test('anything behind the last frame is remarked on, zeros too', async () => {
  for (const junk of ['junk', '\0\0\0\0', 'j']) {
    const result = await unzstd(Buffer.concat([zstdCompressSync(first), Buffer.from(junk)]));
    assert.ok(result.content.equals(first));
    assert.deepEqual(
      result.remarks.map(({ code, bytes }) => [code, bytes]),
      [['DATA_AFTER_END', junk.length]],
    );
  }
});

test('truncation is a Fault wherever it is', async () => {
  const large = zstdCompressSync(second);
  for (const length of [0, 3, 4, 5, 8, 100, large.length - 1]) {
    for (const chunk of [1, 1 << 20])
      assert.equal((await unzstd(large.subarray(0, length), chunk)).fault, 'ZSTD_TRUNCATED', `${length} bytes`);
  }
  const cutSkippable = Buffer.concat([zstdCompressSync(first), skippable('payload').subarray(0, 10)]);
  assert.equal((await unzstd(cutSkippable)).fault, 'ZSTD_TRUNCATED');
});

test('damage is a Fault, in small and in large frames', async () => {
  const flags = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
  for (const content of [Buffer.from('small content'), second]) {
    const data = Buffer.from(zstdCompressSync(content, flags));
    data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
    assert.equal((await unzstd(data)).fault, 'ZSTD_DATA_INVALID');
  }
  assert.equal((await unzstd(Buffer.from('no zstd'))).fault, 'ZSTD_HEADER_INVALID');
});

/** A frame with this descriptor and fields, and one empty last block. */
const emptyFrame = (...fields: readonly number[]): Uint8Array =>
  Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...fields, 1, 0, 0);

test('windows of 128 MiB are accepted, larger ones are a limit', async () => {
  assert.equal((await unzstd(emptyFrame(0, 17 << 3))).fault, undefined);
  const larger = await unzstd(emptyFrame(0, (17 << 3) | 1));
  assert.deepEqual([larger.fault, larger.faultKind], ['ZSTD_WINDOW_TOO_LARGE', 'limit']);
  // A single segment needs a window as large as its content, here 2^32 - 1 bytes.
  assert.equal((await unzstd(emptyFrame(0xa0, 255, 255, 255, 255))).fault, 'ZSTD_WINDOW_TOO_LARGE');
});

test('data for a dictionary are unavailable, a dictionary id of zero is none', async () => {
  assert.equal((await unzstd(emptyFrame(1, 0, 7))).faultKind, 'unavailable');
  assert.equal((await unzstd(emptyFrame(1, 0, 0))).fault, undefined);
});

test('the reserved header bit and block type are refused', async () => {
  assert.equal((await unzstd(emptyFrame(8, 0))).fault, 'ZSTD_HEADER_INVALID');
  assert.equal((await unzstd(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0, 7, 0, 0))).fault, 'ZSTD_DATA_INVALID');
});

test('a bomb ends at the budget', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(8_000_000));
  assert.equal((await unzstd(bomb, undefined, limitsWith({ bytes: 1_000_000 }))).fault, 'UNPACKED_TOO_LARGE');
  assert.equal((await unzstd(bomb, undefined, limitsWith({ ratioFloor: 1_000_000 }))).fault, 'RATIO_TOO_HIGH');
  const many = Buffer.concat(Array.from({ length: 20 }, () => zstdCompressSync('')));
  assert.equal((await unzstd(many, undefined, limitsWith({ entries: 19 }))).fault, 'ZSTD_FRAMES_TOO_MANY');
});

test('skippable frames are told as zstd, other magics are not', () => {
  assert.ok(zstd.detect(skippable('x')));
  assert.ok(zstd.detect(zstdCompressSync('x')));
  assert.ok(!zstd.detect(Uint8Array.of(0x60, 0x2a, 0x4d, 0x18)));
});
