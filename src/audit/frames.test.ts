import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encodeMessage, frameHeader, FrameReader, frameTypes } from './frames.ts';

const messagesOf = (chunks: readonly Uint8Array[]): readonly unknown[] => {
  const reader = new FrameReader();
  return chunks.flatMap((chunk) =>
    [...reader.read(chunk)].map(({ type, payload }) =>
      type === frameTypes.message ? JSON.parse(Buffer.from(payload).toString()) : Buffer.from(payload).toString(),
    ),
  );
};

test('messages come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string().map((text) => ({ text }))), fc.integer({ min: 1, max: 50 }), (messages, size) => {
      const bytes = Buffer.concat(messages.map(encodeMessage));
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      assert.deepEqual(messagesOf(chunks), messages);
    }),
  );
});

test('data are handed on in the pieces in which they come', () => {
  const bytes = Buffer.concat([frameHeader(frameTypes.data, 4), Buffer.from('data'), encodeMessage({ a: 1 })]);
  assert.deepEqual(messagesOf([bytes.subarray(0, 7), bytes.subarray(7)]), ['da', 'ta', { a: 1 }]);
});

test('a frame larger than any of ours is refused', () => {
  assert.throws(() => [...new FrameReader().read(Buffer.from([255, 255, 255, 255, 2]))], RangeError);
});
