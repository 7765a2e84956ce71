import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lzmaLines, lzmaOddLines, plainLines } from '../../../test/builders/packed.ts';
import { limitsWith, streamOf, type Unpacked, unpack } from '../../../test/builders/streams.ts';
import type { Limits } from '../../core/budget.ts';
import { lzma } from './lzma.ts';

const unlzma = (data: Uint8Array, chunk?: number, limits?: Limits): Promise<Unpacked> =>
  unpack((budget, remark) => lzma.unwrap(streamOf(data, chunk), budget, remark), limits);

/** With the size in the header, in the place of the mark or beside it. */
const sized = (size: number): Buffer => {
  const data = Buffer.from(lzmaLines);
  data.writeBigUInt64LE(BigInt(size), 5);
  return data;
};

test('what was packed comes out, whatever the properties and the chunks', async () => {
  for (const data of [lzmaLines, lzmaOddLines, sized(plainLines.length)])
    for (const chunk of [1, 13, 1 << 20]) {
      const { content, fault, remarks } = await unlzma(data, chunk);
      assert.deepEqual([content.toString(), fault, remarks], [plainLines, undefined, []]);
    }
});

test('a size that is not that of the content is damage', async () => {
  assert.equal((await unlzma(sized(plainLines.length - 1))).fault, 'LZMA_DATA_INVALID');
  assert.equal((await unlzma(sized(plainLines.length + 1))).fault, 'LZMA_DATA_INVALID');
});

test('truncation is a Fault wherever it is', async () => {
  for (let length = 0; length < lzmaLines.length; length += 1)
    assert.equal((await unlzma(lzmaLines.subarray(0, length))).fault, 'LZMA_TRUNCATED', `${length} bytes`);
});

test('what follows is remarked on', async () => {
  const { content, remarks } = await unlzma(Buffer.concat([lzmaLines, Buffer.from('junk')]));
  assert.equal(content.toString(), plainLines);
  assert.deepEqual(
    remarks.map(({ kind, code, bytes }) => [kind, code, bytes]),
    [['ambiguity', 'DATA_AFTER_END', 4]],
  );
});

test('properties that are none, and the start of another coder, are damage', async () => {
  for (const [at, byte] of [
    [0, 225],
    [13, 1],
  ] as const) {
    const data = Buffer.from(lzmaLines);
    data[at] = byte;
    assert.equal((await unlzma(data)).fault, 'LZMA_DATA_INVALID');
  }
});

test('dictionaries of 64 MiB are accepted, larger ones are a limit', async () => {
  const data = Buffer.from(lzmaLines);
  data.writeUInt32LE(2 ** 26, 1);
  assert.equal((await unlzma(data)).content.toString(), plainLines);
  data.writeUInt32LE(2 ** 26 + 1, 1);
  const { fault, faultKind } = await unlzma(data);
  assert.deepEqual([fault, faultKind], ['LZMA_DICTIONARY_TOO_LARGE', 'limit']);
});

test('a bomb ends at the budget', async () => {
  assert.equal((await unlzma(lzmaLines, undefined, limitsWith({ bytes: 1000 }))).fault, 'UNPACKED_TOO_LARGE');
});

test('is told by what encoders write, and by nothing that is a text', () => {
  assert.ok(lzma.detect(lzmaLines.subarray(0, 16)));
  assert.ok(!lzma.detect(lzmaOddLines.subarray(0, 16)));
  assert.ok(!lzma.detect(Buffer.from('] is how a text may begin')));
  assert.ok(!lzma.detect(lzmaLines.subarray(0, 12)));
});
