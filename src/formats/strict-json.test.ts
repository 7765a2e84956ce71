import assert from 'node:assert/strict';
import { test } from 'node:test';

import { array, assert as holds, constantFrom, jsonValue, property } from 'fast-check';

import { isFault } from '../core/fault.ts';
import { foldName, parseStrictJson } from './strict-json.ts';

const parse = (text: string | Uint8Array, maximumBytes = 10_000): unknown =>
  parseStrictJson(Buffer.from(text), { where: 'test', subject: 'SAMPLE', maximumBytes });

const codeOf = (text: string | Uint8Array, maximumBytes?: number): string => {
  try {
    parse(text, maximumBytes);
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return 'accepted';
};

for (const [about, text] of [
  ['twice in an object', '{"a":1,"a":2}'],
  ['twice, once escaped', '{"layers":1,"\\u006cayers":2}'],
  ['twice in an inner object', '[{"x":{"a":1,"b":2,"a":3}}]'],
  ['twice with spaces before the colon', '{"a" : 1, "a" : 2}'],
  ['twice, around an object with it', '{"a":{"a":1},"a":2}'],
] as const)
  test(`a name ${about} is ambiguous`, () => {
    assert.equal(codeOf(text), 'SAMPLE_AMBIGUOUS');
  });

for (const text of [
  '{"a":{"a":1},"b":{"a":1}}',
  '{"a":"a","b":["a","a"]}',
  '{"a":"\\"a\\":1,\\"a\\":2"}',
  '[{"a":1},{"a":1}]',
])
  test(`no name occurs twice in one object of ${text}`, () => {
    assert.equal(codeOf(text), 'accepted');
  });

test('refuses what is no JSON, no UTF-8, too long or too deep', () => {
  assert.equal(codeOf('{"a":1'), 'SAMPLE_INVALID');
  assert.equal(codeOf('{} {}'), 'SAMPLE_INVALID');
  assert.equal(codeOf('\ufeff{}'), 'SAMPLE_INVALID');
  assert.equal(codeOf(Buffer.from([0x22, 0xff, 0x22])), 'SAMPLE_INVALID');
  assert.equal(codeOf('[1,2]', 4), 'SAMPLE_TOO_LARGE');
  assert.equal(codeOf(`${'['.repeat(64)}${']'.repeat(64)}`), 'accepted');
  assert.equal(codeOf(`${'['.repeat(65)}${']'.repeat(65)}`), 'SAMPLE_TOO_LARGE');
  assert.equal(codeOf('['.repeat(9999)), 'SAMPLE_TOO_LARGE');
});

test('a name like a prototype’s is a name', () => {
  assert.deepEqual(Object.keys(parse('{"__proto__":1,"constructor":2}') as object), ['__proto__', 'constructor']);
});

test('gives what JSON.parse gives, for every value', () => {
  holds(
    property(jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(parse(text, 10 ** 6), JSON.parse(text));
    }),
  );
});

test('any bytes end in a value or a Fault', () => {
  holds(
    property(
      array(constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', 'a', '1', ' ', '\\u0061'), { maxLength: 40 }),
      (parts) => {
        codeOf(parts.join(''));
      },
    ),
  );
});

test('folds names as Go does', () => {
  assert.equal(foldName('layerſ'), foldName('Layers'));
  assert.equal(foldName('\u212aind'), 'kind');
  assert.notEqual(foldName('layer'), foldName('layers'));
});
