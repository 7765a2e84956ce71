import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streamOf } from '../../test/builders/streams.ts';
import type { ByteStream } from '../core/bytes.ts';
import { Fault, unavailable } from '../core/fault.ts';
import { ByteReader } from './byte-reader.ts';

const digits = '0123456789';
const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
const isTruncated = (thrown: unknown): boolean => thrown instanceof Fault && thrown.code === 'DATA_TRUNCATED';

test('reads of any size see the same bytes, whatever the chunks', async () => {
  for (const chunk of [1, 2, 3, 7, 100])
    for (const size of [1, 2, 3, 4, 9]) {
      const reader = new ByteReader(streamOf(digits, chunk));
      let seen = '';
      while ((await reader.peek(1)).length > 0) {
        const count = Math.min(size, digits.length - reader.position);
        seen += text(await reader.read(count)) ?? '';
      }
      assert.equal(seen, digits, `reads of ${size} from chunks of ${chunk}`);
      assert.ok(reader.ended);
    }
});

test('peek consumes nothing and comes back short only at the end', async () => {
  const reader = new ByteReader(streamOf(digits, 3));
  assert.equal(text(await reader.peek(5)), '01234');
  assert.equal(reader.position, 0);
  assert.equal(text(await reader.peek(2)), '01');
  assert.equal(text(await reader.read(4)), '0123');
  assert.equal(text(await reader.peek(50)), '456789');
  assert.equal(text(await reader.read(6)), '456789');
  assert.equal((await reader.peek(1)).length, 0);
});

test('the synchronous way answers only from what is buffered', async () => {
  const reader = new ByteReader(streamOf(digits, 4));
  assert.equal(reader.tryRead(1), undefined);
  await reader.peek(1);
  assert.equal(text(reader.tryRead(3)), '012');
  assert.equal(reader.tryRead(2), undefined);
  assert.equal(reader.trySkip(2), false);
  assert.equal(reader.position, 3);
  assert.ok(reader.trySkip(1));
  assert.equal(text(await reader.read(1)), '4');
});

test('reads across a chunk border go on in the newer chunk', async () => {
  const reader = new ByteReader(streamOf(digits, 4));
  await reader.read(3);
  assert.equal(text(await reader.peek(3)), '345');
  assert.equal(text(reader.tryRead(1)), '3');
  assert.equal(text(reader.tryRead(4)), '4567');
  assert.equal(text(await reader.read(2)), '89');
});

test('a read inside one chunk is a view of it', async () => {
  const chunk = Buffer.from(digits);
  const reader = new ByteReader(
    (async function* (): ByteStream {
      yield chunk;
    })(),
  );
  await reader.peek(1);
  assert.equal(reader.tryRead(4)?.buffer, chunk.buffer);
});

test('skip passes over many chunks, and over the end it is a Fault', async () => {
  const reader = new ByteReader(streamOf(digits, 2));
  await reader.skip(7);
  assert.equal(text(await reader.read(1)), '7');
  await assert.rejects(reader.skip(3), isTruncated);
});

test('a read past the end is a Fault with the code the reader was given', async () => {
  await assert.rejects(new ByteReader(streamOf(digits)).read(11), isTruncated);
  await assert.rejects(
    new ByteReader(streamOf(digits), 'x', 'X_TRUNCATED').read(11),
    (thrown) => thrown instanceof Fault && thrown.code === 'X_TRUNCATED' && thrown.where === 'x',
  );
});

test('stream gives exactly its bytes and leaves the rest', async () => {
  const reader = new ByteReader(streamOf(digits, 4));
  let seen = '';
  for await (const part of reader.stream(6)) seen += text(part) ?? '';
  assert.equal(seen, '012345');
  assert.equal(text(await reader.read(4)), '6789');
  await assert.rejects(async () => {
    for await (const _ of reader.stream(1));
  }, isTruncated);
});

test('after a failure of the source every call fails the same way', async () => {
  const reader = new ByteReader(
    (async function* (): ByteStream {
      yield Buffer.from('01');
      throw unavailable('SOURCE_STOPPED', 'stopped');
    })(),
  );
  const isStopped = (thrown: unknown): boolean => thrown instanceof Fault && thrown.code === 'SOURCE_STOPPED';
  await assert.rejects(reader.peek(3), isStopped);
  assert.equal(text(reader.tryRead(2)), '01');
  await assert.rejects(reader.peek(1), isStopped);
  await assert.rejects(reader.skip(1), isStopped);
  assert.equal(reader.ended, false);
});

test('empty chunks are no end', async () => {
  const reader = new ByteReader(
    (async function* (): ByteStream {
      yield new Uint8Array(0);
      yield Buffer.from('a');
      yield new Uint8Array(0);
      yield Buffer.from('b');
    })(),
  );
  assert.equal(text(await reader.read(2)), 'ab');
});
