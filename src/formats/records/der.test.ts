import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { derBits, derBoolean, derInteger, derNamedBits, derOid, DerReader, derTime, openDer, parseDer } from './der.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const value = (hex: string) => parseDer(bytes(hex), 'x');
const isInvalid = (thrown: unknown): boolean => isFault(thrown) && thrown.code === 'DER_INVALID';
const refuses = (work: () => unknown): void => assert.throws(work, isInvalid);

test('a structure is read value by value, and its end is known', () => {
  const reader = openDer(bytes('30 06 02 01 05 02 01 7f'), 'x');
  assert.equal(derInteger(reader.next(), 'x'), 5n);
  assert.equal(reader.optional(0x04), undefined);
  assert.equal(derInteger(reader.next(0x02), 'x'), 127n);
  assert.ok(reader.done);
  reader.end();
  refuses(() => reader.next());
});

test('what another reader could understand otherwise is refused: long, indefinite and overlong lengths, long tags, bytes behind', () => {
  assert.equal(value(`04 81 80 ${'00'.repeat(128)}`).content.length, 128);
  for (const hex of [
    '04 81 01 00',
    '04 82 00 80 00',
    '30 80 00 00',
    '04 85 00 00 00 00 01 00',
    '1f 81 01 00',
    '02 01 05 00',
  ])
    refuses(() => value(hex));
});

test('every truncation is refused', () => {
  const whole = bytes('30 0b 02 01 05 06 03 55 1d 0f 02 01 00');
  for (let end = 0; end < whole.length; end += 1) refuses(() => parseDer(whole.subarray(0, end), 'x'));
});

test('object identifiers, also with large arcs', () => {
  assert.equal(derOid(value('06 03 55 1d 0f'), 'x'), '2.5.29.15');
  assert.equal(derOid(value('06 09 2a 86 48 86 f7 0d 01 01 0b'), 'x'), '1.2.840.113549.1.1.11');
  assert.equal(derOid(value('06 03 88 37 03'), 'x'), '2.999.3');
  for (const hex of ['06 00', '06 02 2a 86', '06 03 2a 80 01']) refuses(() => derOid(value(hex), 'x'));
});

test('integers are signed and as short as can be', () => {
  assert.equal(derInteger(value('02 02 00 80'), 'x'), 128n);
  assert.equal(derInteger(value('02 01 80'), 'x'), -128n);
  for (const hex of ['02 00', '02 02 00 7f', '02 02 ff 80']) refuses(() => derInteger(value(hex), 'x'));
});

test('truth values and bit strings', () => {
  assert.equal(derBoolean(value('01 01 ff'), 'x'), true);
  refuses(() => derBoolean(value('01 01 01'), 'x'));
  assert.deepEqual([...derNamedBits(value('03 02 01 06'), 'x')], [5, 6]);
  assert.deepEqual([...derBits(value('03 03 00 ab cd'), 'x')], [0xab, 0xcd]);
  refuses(() => derBits(value('03 02 01 06'), 'x'));
});

test('times of both kinds, and none that does not exist', () => {
  const time = (tag: number, text: string): Date =>
    derTime(new DerReader(Buffer.concat([Uint8Array.of(tag, text.length), Buffer.from(text)]), 'x').next(), 'x');
  assert.equal(time(0x17, '491231235959Z').toISOString(), '2049-12-31T23:59:59.000Z');
  assert.equal(time(0x17, '500101000000Z').toISOString(), '1950-01-01T00:00:00.000Z');
  assert.equal(time(0x18, '20260203040506.25Z').toISOString(), '2026-02-03T04:05:06.250Z');
  for (const text of ['20260230000000Z', '20260203040506', '20260203040506+0100', '20261301000000Z'])
    refuses(() => time(0x18, text));
  refuses(() => time(0x17, '20260203040506Z'));
});
