import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lz4Lines, lz4OldLines, plainLines } from '../../../test/builders/packed.ts';
import { limitsWith, streamOf, type Unpacked, unpack } from '../../../test/builders/streams.ts';
import type { Limits } from '../../core/budget.ts';
import { decodeLz4Block } from './lz4.block.ts';
import { Xxh32, xxh32 } from './lz4.checksum.ts';
import { lz4 } from './lz4.ts';

const unlz4 = (data: Uint8Array, chunk?: number, limits?: Limits): Promise<Unpacked> =>
  unpack((budget, remark) => lz4.unwrap(streamOf(data, chunk), budget, remark), limits);

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

interface Block {
  readonly bytes: Uint8Array;
  readonly isPacked?: boolean;
}

/** A frame with blocks as they are; `flags` beside the version. */
const frameOf = (blocks: readonly Block[], flags = 0, more: Uint8Array = Buffer.alloc(0)): Buffer => {
  const header = Buffer.concat([Uint8Array.of(0x40 | flags, 0x40), more]);
  return Buffer.concat([
    word(0x184d2204),
    header,
    Uint8Array.of((xxh32(header) >>> 8) & 255),
    ...blocks.flatMap(({ bytes, isPacked = false }) => [word(bytes.length + (isPacked ? 0 : 0x80000000)), bytes]),
    word(0),
  ]);
};
const skippable = (size: number): Buffer => Buffer.concat([word(0x184d2a53), word(size), Buffer.alloc(size, 7)]);

test('frames and old frames come out, one after the other, whatever the chunks', async () => {
  for (const chunk of [1, 13, 1 << 20]) {
    const { content, fault, remarks } = await unlz4(
      Buffer.concat([lz4Lines, lz4OldLines, lz4OldLines, lz4Lines]),
      chunk,
    );
    assert.deepEqual([content.toString(), fault, remarks], [plainLines.repeat(4), undefined, []]);
  }
});

test('blocks may refer to what the blocks before them gave, where the frame says so', async () => {
  // No literals, a match of four at a distance of four; then a literal as the last.
  const again = { bytes: Uint8Array.of(0x00, 4, 0, 0x10, 0x21), isPacked: true };
  const blocks = [{ bytes: Buffer.from('abcd') }, again, again];
  assert.equal((await unlz4(frameOf(blocks))).content.toString(), 'abcdabcd!bcd!!');
  assert.equal((await unlz4(frameOf(blocks, 0x20))).fault, 'LZ4_DATA_INVALID');
});

test('a size that is not that of the content is damage', async () => {
  const size = (bytes: number): Buffer => Buffer.concat([word(bytes), word(0)]);
  assert.equal((await unlz4(frameOf([{ bytes: Buffer.from('abcd') }], 8, size(4)))).fault, undefined);
  assert.equal((await unlz4(frameOf([{ bytes: Buffer.from('abcd') }], 8, size(5)))).fault, 'LZ4_DATA_INVALID');
});

test('every byte of a frame with checksums counts', async () => {
  for (let at = 0; at < lz4Lines.length; at += 1) {
    const damaged = Uint8Array.from(lz4Lines);
    damaged[at] = (damaged[at] ?? 0) ^ 0x41;
    assert.ok((await unlz4(damaged)).fault !== undefined, `byte ${at}`);
    assert.equal((await unlz4(lz4Lines.subarray(0, at))).fault, at < 4 ? 'LZ4_DATA_INVALID' : 'LZ4_TRUNCATED', `${at}`);
  }
});

test('a frame that needs a dictionary is unavailable', async () => {
  const { fault, faultKind } = await unlz4(frameOf([], 1, word(7)));
  assert.deepEqual([fault, faultKind], ['LZ4_DICTIONARY_UNSUPPORTED', 'unavailable']);
});

test('large skippable frames, and what is behind the last frame, are remarked on', async () => {
  const codes = async (data: Uint8Array): Promise<readonly unknown[]> =>
    (await unlz4(data)).remarks.map(({ kind, code, bytes }) => [kind, code, bytes]);
  assert.deepEqual(await codes(Buffer.concat([skippable(64), lz4Lines])), []);
  assert.deepEqual(await codes(Buffer.concat([lz4Lines, skippable(65)])), [['gap', 'LZ4_SKIPPABLE_FRAME', 65]]);
  assert.deepEqual(await codes(Buffer.concat([lz4Lines, Buffer.from('junk!')])), [['ambiguity', 'DATA_AFTER_END', 5]]);
  // The size that kernels have behind an old frame.
  assert.deepEqual(await codes(Buffer.concat([lz4OldLines, word(0x10000000)])), [['ambiguity', 'DATA_AFTER_END', 4]]);
});

test('a bomb ends at the budget', async () => {
  assert.equal((await unlz4(lz4Lines, undefined, limitsWith({ bytes: 1000 }))).fault, 'UNPACKED_TOO_LARGE');
});

test('a block never reads or writes beyond its room', () => {
  const damageOf = (...input: readonly number[]): string | undefined => {
    const result = decodeLz4Block(Uint8Array.from(input), new Uint8Array(16), 4, 2);
    return 'damage' in result ? result.damage : undefined;
  };
  assert.equal(damageOf(0x10, 7), undefined);
  assert.equal(damageOf(), 'an empty block');
  assert.equal(damageOf(0x20, 7), 'literals beyond the end of their block');
  assert.equal(damageOf(0xf0), 'literals beyond the end of their block');
  assert.equal(damageOf(0x00, 1), 'a match without its distance');
  assert.equal(damageOf(0x00, 0, 0), 'a match before the beginning');
  assert.equal(damageOf(0x00, 3, 0), 'a match before the beginning');
  assert.equal(damageOf(0x00, 2, 0), 'a block that ends with a match');
  assert.equal(damageOf(0x0f, 2, 0, 255, 255), 'a block larger than stated');
  assert.equal(damageOf(0xd0, ...Array.from({ length: 13 }, () => 1)), 'a block larger than stated');
});

test('xxHash gives the digests that its specification is known by, in any pieces', () => {
  assert.equal(xxh32(Buffer.from('')), 0x02cc5d05);
  assert.equal(xxh32(Buffer.from('abc')), 0x32d153ff);
  const text = Buffer.from('Nobody inspects the spammish repetition');
  assert.equal(xxh32(text), 0xe2293b2f);
  for (let cut = 0; cut <= text.length; cut += 1)
    assert.equal(new Xxh32().update(text.subarray(0, cut)).update(text.subarray(cut)).digest(), 0xe2293b2f);
});
