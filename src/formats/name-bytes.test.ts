import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertProperty, property, uint8Array } from 'fast-check';
import { isDamagedName, nameFromBytes, nameToBytes } from './name-bytes.ts';

test('valid UTF-8 is read as it is', () => {
  for (const name of ['', 'plain', 'größe', '日本', '🜁', '\ufeffmark']) {
    assert.equal(nameFromBytes(Buffer.from(name)), name);
    assert.equal(isDamagedName(name), false);
  }
});

test('each byte outside valid UTF-8 becomes its own surrogate', () => {
  assert.equal(nameFromBytes(Uint8Array.of(0x61, 0xff, 0x62)), 'a\udcff\u0062');
  assert.equal(nameFromBytes(Uint8Array.of(0xe2, 0x82)), '\udce2\udc82');
  assert.ok(isDamagedName(nameFromBytes(Uint8Array.of(0x80))));
});

test('overlong forms and encoded surrogates are damage, not the character they imitate', () => {
  assert.equal(nameFromBytes(Uint8Array.of(0xc0, 0xaf)), '\udcc0\udcaf');
  assert.equal(nameFromBytes(Uint8Array.of(0xe0, 0x80, 0xaf)), '\udce0\udc80\udcaf');
  assert.equal(nameFromBytes(Uint8Array.of(0xed, 0xb3, 0xbf)), '\udced\udcb3\udcbf');
  assert.equal(nameFromBytes(Uint8Array.of(0xf4, 0x90, 0x80, 0x80)), '\udcf4\udc90\udc80\udc80');
});

test('every name turns back into its bytes', () => {
  assertProperty(
    property(uint8Array({ maxLength: 40 }), (bytes) => {
      assert.deepEqual([...nameToBytes(nameFromBytes(bytes))], [...bytes]);
    }),
    { seed: 1, numRuns: 2000 },
  );
});
