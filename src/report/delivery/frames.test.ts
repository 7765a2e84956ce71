import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someRecord } from '../../../test/contracts/sink.contract.ts';
import { largestRecordBytes, readFrame, toFrame } from './frames.ts';

const frame = toFrame(someRecord(1)) ?? new Uint8Array();

test('a frame gives back its record', () => {
  assert.deepEqual(readFrame(frame, 0), { state: 'record', record: someRecord(1), next: frame.length });
});

test('cut at every length it is torn; changed at every byte it is never taken for a record', () => {
  for (let length = 0; length < frame.length; length += 1)
    assert.equal(readFrame(frame.subarray(0, length), 0).state, 'torn');
  for (let position = 0; position < frame.length; position += 1)
    for (const bit of [1, 0x80]) {
      const changed = Uint8Array.from(frame);
      changed[position] = (changed[position] ?? 0) ^ bit;
      assert.notEqual(readFrame(changed, 0).state, 'record', `byte ${position}`);
    }
});

test('a whole frame that holds something else is damaged, whatever its checksum says', () => {
  for (const value of [
    null,
    5,
    [],
    {},
    { type: 'other', id: 'x', at: 'y', value: {} },
    { type: 'gap', id: 'x', at: 'y' },
  ]) {
    const made = toFrame(value as never);
    assert.equal(made === undefined ? '' : readFrame(made, 0).state, 'damaged');
  }
});

test('a record beyond the bound makes no frame', () => {
  assert.equal(toFrame(someRecord(1, { value: { text: 'x'.repeat(largestRecordBytes) } })), undefined);
});
