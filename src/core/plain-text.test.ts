import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPlainText } from './plain-text.ts';

const shown: Readonly<Record<string, string>> = {
  'usr/bin/café': 'usr/bin/café',
  '日本語 😀': '日本語 😀',
  '\u001b[2Jgone': '\\x1b[2Jgone',
  'a\u202etxt.exe': 'a\\u{202e}txt.exe',
  'a\u200bb': 'a\\u{200b}b',
  'line\nbreak\r\ttab': 'line\\nbreak\\r\\ttab',
  '\u009b31m': '\\x9b31m',
  'half \ud83d surrogate': 'half \\u{d83d} surrogate',
  '::set-output name=x::1': '\\x3a:set-output name=x\\x3a:1',
  '##vso[task.setvariable]': '\\x23#vso[task.setvariable]',
  '#comment a:b': '#comment a:b',
};

for (const [text, expected] of Object.entries(shown))
  test(`${JSON.stringify(text)} is shown as ${expected}`, () => {
    assert.equal(toPlainText(text), expected);
  });

test('three and more colons leave no pair', () => {
  assert.doesNotMatch(toPlainText(':::::error'), /::/);
  assert.doesNotMatch(toPlainText('#####[group]'), /##/);
});

test('a long text is cut and says so', () => {
  assert.equal(toPlainText('x'.repeat(50), 10), `${'x'.repeat(10)}…`);
  assert.equal(toPlainText('x'.repeat(10), 10), 'x'.repeat(10));
});
