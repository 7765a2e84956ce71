import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineCode, plainLines, xzFiltered, xzLines, xzSha256Blocks } from '../../../test/builders/packed.ts';
import { limitsWith, streamOf, type Unpacked, unpack } from '../../../test/builders/streams.ts';
import { xzStream } from '../../../test/builders/xz.ts';
import { Budget, type Limits } from '../../core/budget.ts';
import { xz } from './xz.ts';

const unxz = (data: Uint8Array, chunk?: number, limits?: Limits): Promise<Unpacked> =>
  unpack((budget, remark) => xz.unwrap(streamOf(data, chunk), budget, remark), limits);

test('coded and stored data come out, whatever the chunks', async () => {
  const large = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index * 7));
  for (const chunk of [1, 13, 1 << 20]) {
    assert.equal((await unxz(xzLines, chunk)).content.toString(), plainLines);
    const stored = await unxz(xzStream(large, { chunk: 60_000 }), chunk);
    assert.equal(stored.fault, undefined);
    assert.ok(stored.content.equals(large));
  }
});

test('streams follow each other, with padding of four zeros between', async () => {
  for (const zeros of [0, 4, 8000]) {
    const result = await unxz(Buffer.concat([xzLines, Buffer.alloc(zeros), xzStream('next'), Buffer.alloc(zeros)]));
    assert.deepEqual([result.content.toString(), result.fault], [`${plainLines}next`, undefined]);
    assert.deepEqual(result.remarks, []);
  }
});

test('an empty stream is a stream', async () => {
  const result = await unxz(xzStream(''));
  assert.deepEqual([result.content.length, result.fault], [0, undefined]);
});

test('several streams are unpacked at once: one waiting does not lock the others', async () => {
  const outer = xz.unwrap(streamOf(xzLines), new Budget(), () => undefined)[Symbol.asyncIterator]();
  await outer.next();
  assert.equal((await unxz(xzStream('inner'))).content.toString(), 'inner');
  while ((await outer.next()).done !== true);
});

test('padding that is no multiple of four, and junk, are remarked on', async () => {
  for (const [junk, bytes] of [
    ['\0\0\0', 3],
    ['junk', 4],
    ['\0\0\0\0junk of twelve', 14],
  ] as const) {
    const result = await unxz(Buffer.concat([xzLines, Buffer.from(junk)]));
    assert.equal(result.content.toString(), plainLines);
    assert.deepEqual(
      result.remarks.map(({ kind, code, bytes: size }) => [kind, code, size]),
      [['ambiguity', 'DATA_AFTER_END', bytes]],
    );
  }
});

test('truncation is a Fault wherever it is', async () => {
  for (let length = 0; length < xzLines.length; length += 1)
    assert.equal((await unxz(xzLines.subarray(0, length))).fault, 'XZ_TRUNCATED', `${length} bytes`);
});

test('a wrong check, and damage, are a Fault', async () => {
  const data = Buffer.from(xzStream('content'));
  const at = data.indexOf('content');
  data[at] = (data[at] ?? 0) ^ 1;
  assert.equal((await unxz(data)).fault, 'XZ_DATA_INVALID');
  assert.equal((await unxz(Buffer.from('no xz data here'))).fault, 'XZ_DATA_INVALID');
});

test('SHA-256 checks are verified, in every block', async () => {
  for (const chunk of [1, 13, 1 << 20]) {
    const result = await unxz(Buffer.concat([xzSha256Blocks, new Uint8Array(4), xzSha256Blocks, xzLines]), chunk);
    assert.deepEqual([result.content.toString(), result.fault], [plainLines.repeat(3), undefined]);
    assert.deepEqual(result.remarks, []);
  }
});

for (const [name, packed] of Object.entries(xzFiltered))
  test(`machine code comes out as it went in: ${name}`, async () => {
    for (const chunk of [1, 1 << 20]) {
      const { content, fault, remarks } = await unxz(packed, chunk);
      assert.deepEqual([fault, remarks], [undefined, []]);
      assert.ok(content.equals(machineCode));
    }
  });

test('of streams that take the longer way every byte counts too', async () => {
  for (const packed of [xzSha256Blocks, xzFiltered['x86'] ?? xzLines, xzFiltered['delta'] ?? xzLines]) {
    for (let length = 0; length < packed.length; length += 1)
      assert.equal((await unxz(packed.subarray(0, length))).fault, 'XZ_TRUNCATED', `${length} bytes`);
    const whole = await unxz(packed);
    for (let at = 0; at < packed.length; at += 1) {
      const damaged = Uint8Array.from(packed);
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      const { fault, content } = await unxz(damaged);
      // The first byte of LZMA's range coder is nobody's: it is shifted out.
      assert.ok(fault !== undefined || content.equals(whole.content), `byte ${at}`);
    }
  }
});

test('several of them are unpacked at once', async () => {
  const outer = xz.unwrap(streamOf(xzSha256Blocks), new Budget(), () => undefined)[Symbol.asyncIterator]();
  await outer.next();
  assert.equal((await unxz(xzSha256Blocks)).content.toString(), plainLines);
  while ((await outer.next()).done !== true);
});

test('what the decoder lacks is unavailable: checks and filters that no tool writes', async () => {
  for (const [options, code] of [
    [{ check: 15 }, 'XZ_CHECK_UNSUPPORTED'],
    [{ filter: 4 }, 'XZ_FILTER_UNSUPPORTED'],
    [{ filter: 0x41 }, 'XZ_FILTER_UNSUPPORTED'],
  ] as const) {
    const result = await unxz(xzStream('content', options));
    assert.deepEqual([result.fault, result.faultKind], [code, 'unavailable']);
  }
  assert.equal((await unxz(xzStream('content', { check: 0 }))).content.toString(), 'content');
});

test('dictionaries of 64 MiB are accepted, larger ones are a limit', async () => {
  assert.equal((await unxz(xzStream('content', { dictionary: 28 }))).fault, undefined);
  const larger = await unxz(xzStream('content', { dictionary: 29 }));
  assert.deepEqual([larger.fault, larger.faultKind], ['XZ_DICTIONARY_TOO_LARGE', 'limit']);
});

test('a bomb ends at the budget', async () => {
  assert.equal((await unxz(xzLines, undefined, limitsWith({ bytes: 1000 }))).fault, 'UNPACKED_TOO_LARGE');
  assert.equal((await unxz(xzLines, undefined, limitsWith({ ratio: 2, ratioFloor: 10 }))).fault, 'RATIO_TOO_HIGH');
  const many = Buffer.concat(Array.from({ length: 5 }, () => xzStream('')));
  assert.equal((await unxz(many, undefined, limitsWith({ entries: 4 }))).fault, 'XZ_STREAMS_TOO_MANY');
});
