import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clamavDatabase, textsOf } from './software.ts';

test('texts of rules are read as YARA reads them, patterns and bytes left out', () => {
  const rules = String.raw`rule a { strings:
    $one = "plain \"quoted\""
    $two = "\x6fne\ttab" nocase
    $again = "plain \"quoted\""
    $pattern = /never/
    $bytes = { 01 02 }
  condition: any of them }`;
  assert.deepEqual(textsOf(rules), ['plain "quoted"', 'one\ttab']);
});

test('the database holds a signature for each text that is long enough', () => {
  const lines = clamavDatabase().trimEnd().split('\n');
  assert.ok(lines.length > 500);
  assert.ok(lines.every((line) => /^Unix\.Tool\.Sample-\d+:0:\*:(?:[0-9a-f]{2}){4,}$/.test(line)));
});
