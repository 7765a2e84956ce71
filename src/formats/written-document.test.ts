import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { isFault } from '../core/fault.ts';
import { parseWrittenDocument } from './written-document.ts';

const form = { code: 'X_INVALID', noun: 'thing', maximumCharacters: 4096 };
const schema = z.strictObject({ list: z.array(z.strictObject({ name: z.string() })).min(1) });

const refusal = (text: string): string => {
  try {
    parseWrittenDocument(text, 'f.yaml', form).check(schema);
  } catch (thrown) {
    assert.ok(isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'X_INVALID', String(thrown));
    return thrown.message;
  }
  return 'accepted';
};

test('what fits the schema is given as it stands, JSON too', () => {
  assert.deepEqual(parseWrittenDocument('list: [{ name: a }]', 'f', form).check(schema), { list: [{ name: 'a' }] });
  assert.equal(refusal('{"list":[{"name":"a"}]}'), 'accepted');
});

test('a mistake is told with file, line, path and what was probably meant', () => {
  assert.equal(
    refusal('list:\n  - name: a\n    nmae: b\n'),
    'f.yaml:3: list[0].nmae: unknown field; did you mean "name"?',
  );
  assert.match(refusal('list: []\n'), /f\.yaml:1: list: the list is empty/);
  assert.match(refusal('list:\n  - name: 1\n'), /f\.yaml:2: list\[0\]\.name/);
});

test('of many mistakes the first five are told, and the rest is counted', () => {
  const lines = refusal(
    `list: [{ name: a }]\n${'abcdefgh'
      .split('')
      .map((key) => `${key}: 1\n`)
      .join('')}`,
  ).split('\n');
  assert.equal(lines.length, 6);
  assert.match(lines.at(-1) ?? '', /and 3 more/);
});

test('what two readers would take differently, and what has no end, is refused', () => {
  assert.match(refusal('list: &a [{ name: x }]\nother: *a\n'), /aliases are not read/);
  assert.match(refusal('list: 1\nlist: 2\n'), /unique/);
  assert.match(refusal('['.repeat(4000)), /f\.yaml:/);
  assert.match(refusal(`#${'x'.repeat(5000)}`), /4 KiB, which no thing needs/);
});

test('the line of what is not there is that of what encloses it', () => {
  const document = parseWrittenDocument('a: 1\nlist:\n  - name: x\n', 'f.yaml', form);
  assert.equal(document.lineOf(['list', 0, 'name']), 3);
  assert.equal(document.lineOf(['list', 0, 'absent', 'deeper']), 3);
  assert.equal(document.lineOf(['absent']), 1);
  assert.equal(document.problem(['list', 0], 'x'), 'f.yaml:3: list[0]: x');
});

test('of several forms a value may have, the one that was meant is told', () => {
  const either = z.strictObject({
    at: z.union([z.string(), z.strictObject({ name: z.string(), age: z.int().optional() })]),
  });
  const said = (text: string): string => {
    try {
      parseWrittenDocument(text, 'f.yaml', form).check(either);
      return 'accepted';
    } catch (thrown) {
      assert.ok(isFault(thrown));
      return thrown.message;
    }
  };
  assert.equal(said('at: x\n'), 'accepted');
  assert.equal(said('at: { age: 1 }\n'), 'f.yaml:1: at.name: it is missing (string expected)');
  assert.equal(said('at:\n  name: x\n  age: old\n'), 'f.yaml:3: at.age: expected number, received string');
  assert.equal(said('at: { name: x, aeg: 1 }\n'), 'f.yaml:1: at.aeg: unknown field; did you mean "age"?');
  assert.match(said('at: 5\n'), /^f\.yaml:1: at: expected string, received number, or: expected object/);
});
