import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { codesOf, limitsWith, streamOf, type Unpacked, unpack } from '../../../test/builders/streams.ts';
import { Budget, type Limits } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { gzip } from './gzip.ts';

const gunzip = (data: Uint8Array, chunk?: number, limits?: Limits): Promise<Unpacked> =>
  unpack((budget, remark) => gzip.unwrap(streamOf(data, chunk), budget, remark), limits);

const noise = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = 1; at < size; at += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
};

/** A member with any header. */
const member = (content: string, flags: number, optional: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(content);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes));
  trailer.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([
    Uint8Array.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255),
    optional,
    deflateRawSync(bytes),
    trailer,
  ]);
};

test('one member larger than every buffer comes out whole', async () => {
  const content = noise(3_000_000);
  for (const chunk of [999, 1 << 16, 1 << 22]) {
    const result = await gunzip(gzipSync(content), chunk);
    assert.equal(result.fault, undefined);
    assert.ok(result.content.equals(content), `chunks of ${chunk}`);
  }
});

test('small and large members follow each other in any order', async () => {
  const parts = [
    noise(10),
    noise(400_000),
    Buffer.alloc(0),
    noise(90_000),
    noise(1),
    Buffer.alloc(2_000_000),
    noise(5),
  ];
  const result = await gunzip(Buffer.concat(parts.map((part) => gzipSync(part))), 5000);
  assert.equal(result.fault, undefined);
  assert.ok(result.content.equals(Buffer.concat(parts)));
  assert.deepEqual(result.remarks, []);
});

test('all optional header fields are read', async () => {
  const header = Uint8Array.of(0x1f, 0x8b, 8, 0x1f, 0, 0, 0, 0, 0, 255);
  const fields = Buffer.concat([Uint8Array.of(3, 0), Buffer.from('abcname\0comment\0')]);
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc32(Buffer.concat([header, fields])) & 0xffff);
  const good = await gunzip(member('content', 0x1f, Buffer.concat([fields, checksum])));
  assert.deepEqual([good.content.toString(), good.fault, good.remarks], ['content', undefined, []]);
  checksum[0] = (checksum[0] ?? 0) ^ 1;
  const bad = await gunzip(member('content', 0x1f, Buffer.concat([fields, checksum])));
  assert.equal(bad.fault, 'GZIP_HEADER_INVALID');
});

test('reserved header flags are refused', async () => {
  assert.equal((await gunzip(member('x', 0x20, Buffer.alloc(0)))).fault, 'GZIP_HEADER_INVALID');
});

test('content hidden in a header comment is remarked on; a file name is not', async () => {
  const hidden = await gunzip(member('x', 16, Buffer.from(`${'secret'.repeat(500)}\0`)));
  assert.deepEqual(
    hidden.remarks.map(({ kind, code, bytes }) => [kind, code, bytes]),
    [['gap', 'GZIP_HEADER_DATA', 3001 - 1024]],
  );
  assert.deepEqual((await gunzip(member('x', 8, Buffer.from('layer.tar\0')))).remarks, []);
});

test('zeros after the last member are padding, anything else is remarked on with its size', async () => {
  const data = gzipSync('content');
  const padded = await gunzip(Buffer.concat([data, Buffer.alloc(5000)]));
  assert.deepEqual([padded.content.toString(), padded.fault, padded.remarks], ['content', undefined, []]);
  for (const junk of ['junk', '\0\0\0junk']) {
    const result = await gunzip(Buffer.concat([data, Buffer.from(junk)]));
    assert.equal(result.content.toString(), 'content');
    assert.deepEqual(
      result.remarks.map(({ kind, code, bytes }) => [kind, code, bytes]),
      [['ambiguity', 'DATA_AFTER_END', 4]],
    );
  }
});

test('a member behind padding is remarked on: some readers unpack it', async () => {
  const result = await gunzip(Buffer.concat([gzipSync('shown'), Buffer.alloc(3), gzipSync('hidden')]));
  assert.equal(result.content.toString(), 'shown');
  assert.deepEqual(codesOf(result), ['DATA_AFTER_END']);
});

test('what came before the cut is given, then the Fault', async () => {
  const content = noise(600_000);
  const data = gzipSync(content);
  const result = await gunzip(data.subarray(0, 400_000));
  assert.deepEqual([result.fault, result.faultKind], ['GZIP_TRUNCATED', 'malformed']);
  assert.ok(result.content.length > 300_000 && content.subarray(0, result.content.length).equals(result.content));
  assert.equal((await gunzip(data.subarray(0, data.length - 3))).fault, 'GZIP_TRUNCATED');
  assert.equal((await gunzip(Buffer.alloc(0))).fault, 'GZIP_TRUNCATED');
});

test('a wrong checksum or size in the trailer is a Fault', async () => {
  const data = gzipSync(noise(100_000));
  for (const back of [8, 4]) {
    const wrong = Buffer.from(data);
    wrong[wrong.length - back] = (wrong[wrong.length - back] ?? 0) ^ 1;
    assert.equal((await gunzip(wrong)).fault, 'GZIP_CHECKSUM_WRONG');
  }
});

test('damaged data are a Fault', async () => {
  const data = Buffer.from(gzipSync(noise(300_000), { level: 0 }));
  data.fill(0xff, 150_000, 300_000);
  assert.equal((await gunzip(data)).fault, 'GZIP_DATA_INVALID');
  assert.equal((await gunzip(Buffer.from('no gzip at all'))).fault, 'GZIP_HEADER_INVALID');
});

test('a bomb ends at the budget, for bytes and for the ratio', async () => {
  const bomb = gzipSync(Buffer.alloc(4_000_000));
  const bytes = await gunzip(bomb, undefined, limitsWith({ bytes: 1_000_000 }));
  assert.deepEqual([bytes.fault, bytes.faultKind], ['UNPACKED_TOO_LARGE', 'limit']);
  const ratio = await gunzip(bomb, undefined, limitsWith({ ratio: 100, ratioFloor: 500_000 }));
  assert.equal(ratio.fault, 'RATIO_TOO_HIGH');
  assert.equal((await gunzip(bomb)).content.length, 4_000_000);
});

test('members without end are limited like entries', async () => {
  const many = Buffer.concat(Array.from({ length: 30 }, () => gzipSync('')));
  assert.equal((await gunzip(many, undefined, limitsWith({ entries: 29 }))).fault, 'GZIP_MEMBERS_TOO_MANY');
  assert.equal((await gunzip(many, undefined, limitsWith({ entries: 31 }))).fault, undefined);
});

test('the decoder waits for a slow consumer', async () => {
  const data = gzipSync(Buffer.alloc(20_000_000, 'x'), { level: 0 });
  let asked = 0;
  const source = async function* (): ByteStream {
    for (let at = 0; at < data.length; at += 1 << 16) {
      asked += 1 << 16;
      yield data.subarray(at, at + (1 << 16));
    }
  };
  const iterator = gzip.unwrap(source(), new Budget(), () => undefined)[Symbol.asyncIterator]();
  await iterator.next();
  await setTimeout(50);
  assert.ok(asked < 4_000_000, `${asked} bytes were read ahead`);
  let size = 0;
  for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) size += step.value.length;
  assert.ok(size > 19_000_000);
  assert.ok(asked >= data.length);
});

test("eStargz's footer, an empty member with an extra field, is an ordinary member", async () => {
  const subfield = Buffer.from(`SG\u0016\0${'0'.repeat(15)}aSTARGZ`, 'latin1');
  const footer = member('', 4, Buffer.concat([Uint8Array.of(subfield.length, 0), subfield]));
  const result = await gunzip(Buffer.concat([gzipSync('layer'), footer]));
  assert.deepEqual([result.content.toString(), result.fault, result.remarks], ['layer', undefined, []]);
});
