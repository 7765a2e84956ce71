import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alphabetRun, bzip2Blocks, bzip2Lines, plainLines } from '../../../test/builders/packed.ts';
import { limitsWith, streamOf, type Unpacked, unpack } from '../../../test/builders/streams.ts';
import type { Limits } from '../../core/budget.ts';
import { bzip2 } from './bzip2.ts';

const bunzip = (data: Uint8Array, chunk?: number, limits?: Limits): Promise<Unpacked> =>
  unpack((budget, remark) => bzip2.unwrap(streamOf(data, chunk), budget, remark), limits);

test('one block and several come out, whatever the chunks', async () => {
  for (const chunk of [1, 13, 1 << 20]) {
    assert.equal((await bunzip(bzip2Lines, chunk)).content.toString(), plainLines);
    const blocks = await bunzip(bzip2Blocks, chunk);
    assert.deepEqual([blocks.fault, blocks.remarks], [undefined, []]);
    assert.ok(blocks.content.equals(alphabetRun));
  }
});

test('streams follow each other', async () => {
  const result = await bunzip(Buffer.concat([bzip2Lines, bzip2Blocks, bzip2Lines]));
  assert.equal(result.fault, undefined);
  assert.ok(result.content.equals(Buffer.concat([Buffer.from(plainLines), alphabetRun, Buffer.from(plainLines)])));
});

test('anything behind the last stream is remarked on', async () => {
  for (const junk of ['junk', '\0']) {
    const result = await bunzip(Buffer.concat([bzip2Lines, Buffer.from(junk)]));
    assert.equal(result.content.toString(), plainLines);
    assert.deepEqual(
      result.remarks.map(({ code, bytes }) => [code, bytes]),
      [['DATA_AFTER_END', junk.length]],
    );
  }
});

test('whole blocks before a cut are given, then the Fault', async () => {
  const result = await bunzip(bzip2Blocks.subarray(0, 400));
  assert.equal(result.fault, 'BZIP2_TRUNCATED');
  assert.ok(result.content.length >= 100_000 && result.content.equals(alphabetRun.subarray(0, result.content.length)));
  assert.equal((await bunzip(Buffer.alloc(0))).fault, 'BZIP2_TRUNCATED');
});

test('damage in a block is a Fault, and so is a wrong checksum of the whole', async () => {
  const block = Buffer.from(bzip2Lines);
  block[60] = (block[60] ?? 0) ^ 1;
  assert.equal((await bunzip(block)).fault, 'BZIP2_DATA_INVALID');
  const whole = Buffer.from(bzip2Lines);
  whole[whole.length - 3] = (whole[whole.length - 3] ?? 0) ^ 1;
  assert.equal((await bunzip(whole)).fault, 'BZIP2_CHECKSUM_WRONG');
  assert.equal((await bunzip(Buffer.from('no bzip2'))).fault, 'BZIP2_DATA_INVALID');
});

test('a bomb ends at the budget', async () => {
  assert.equal((await bunzip(bzip2Blocks, undefined, limitsWith({ bytes: 120_000 }))).fault, 'UNPACKED_TOO_LARGE');
  assert.equal(
    (await bunzip(bzip2Blocks, undefined, limitsWith({ ratio: 100, ratioFloor: 10_000 }))).fault,
    'RATIO_TOO_HIGH',
  );
  const many = Buffer.concat([bzip2Lines, bzip2Lines, bzip2Lines]);
  assert.equal((await bunzip(many, undefined, limitsWith({ entries: 2 }))).fault, 'BZIP2_STREAMS_TOO_MANY');
});

test('only a whole head is told as bzip2: text that begins with BZh is not', () => {
  assert.ok(bzip2.detect(bzip2Lines));
  assert.ok(!bzip2.detect(Buffer.from('BZh9 is a text about bzip2')));
});
