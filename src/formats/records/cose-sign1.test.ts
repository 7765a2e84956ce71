import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, Tag } from 'cbor2';
import { isFault } from '../../core/fault.ts';
import { coseTime, parseCoseSign1 } from './cose-sign1.ts';

const head = encode(new Map([[1, -7]]));
const payload = Uint8Array.of(1, 2, 3);
const signature = Uint8Array.of(9);
const message = (...parts: readonly unknown[]): Uint8Array => encode(new Tag(18, parts));
const whole = message(head, new Map(), payload, signature);
const parse = (bytes: Uint8Array) => parseCoseSign1(bytes, 1000, 'x');
const refuses = (bytes: Uint8Array, code = 'COSE_INVALID'): void =>
  assert.throws(
    () => parse(bytes),
    (thrown) => isFault(thrown) && thrown.code === code,
  );

test('the parts, and what is signed of them', () => {
  const parsed = parse(whole);
  assert.equal(parsed.protectedHeaders.get(1), -7);
  assert.deepEqual(parsed.payload, payload);
  const expected = Buffer.concat([
    Buffer.from('846a5369676e617475726531', 'hex'),
    Uint8Array.of(0x43),
    head,
    Buffer.from('4043010203', 'hex'),
  ]);
  assert.equal(Buffer.from(parsed.signed).toString('hex'), expected.toString('hex'));
});

test('bytes that come as a Buffer are signed the same', () => {
  assert.deepEqual(parse(Buffer.from(whole)).signed, parse(whole).signed);
});

test('what is no tagged COSE_Sign1, or can be read in two ways, is refused', () => {
  refuses(encode([head, new Map(), payload, signature]));
  refuses(message(head, new Map(), payload));
  refuses(message(head, new Map(), null, signature));
  refuses(message(head, [], payload, signature));
  refuses(message(encode([1]), new Map(), payload, signature));
  refuses(Buffer.concat([whole, Uint8Array.of(0)]));
  // The same name twice; an array without a length.
  refuses(message(Buffer.from('a201260126', 'hex'), new Map(), payload, signature));
  refuses(Buffer.from('d29f43a10126a04301020341 09ff'.replace(' ', ''), 'hex'));
  refuses(Buffer.alloc(1001), 'COSE_TOO_LARGE');
});

test('nesting and promised lengths cost nothing', () => {
  refuses(Buffer.concat([Buffer.alloc(900, 0x81), Uint8Array.of(0)]));
  refuses(Buffer.from('d29affffffff', 'hex'));
  refuses(Buffer.from('d25bffffffffffffffff', 'hex'));
});

test('every truncation is refused', () => {
  for (let end = 0; end < whole.length; end += 1) refuses(whole.subarray(0, end));
});

test('a time has its tag', () => {
  assert.equal(coseTime(new Tag(1, 1_667_411_812))?.toISOString(), '2022-11-02T17:56:52.000Z');
  for (const value of [
    1_667_411_812,
    new Tag(0, '2022-11-02T17:56:52Z'),
    new Tag(1, 'x'),
    new Tag(1, Infinity),
    undefined,
  ])
    assert.equal(coseTime(value), undefined);
});

test('more values than an envelope has are not decoded; text is no value of its own', () => {
  const parseLarge = (bytes: Uint8Array) => parseCoseSign1(bytes, 2 ** 20, 'x');
  const names = new Map(Array.from({ length: 30_000 }, (_, name) => [name, 0]));
  for (const bytes of [
    message(head, names, payload, signature),
    message(encode(names), new Map(), payload, signature),
    message(head, new Map([[1, Array.from({ length: 2000 }, () => 1)]]), payload, signature),
  ])
    assert.throws(() => parseLarge(bytes), { code: 'COSE_TOO_LARGE' });
  for (const size of [23, 24, 255, 256, 65_535, 65_536]) {
    const long = new Uint8Array(size).fill(1);
    assert.deepEqual(parseLarge(message(head, new Map([['x', 'a'.repeat(size)]]), long, signature)).payload, long);
  }
});
