import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allOf, frequencyOf, type Need } from './need.ts';

const literals = (...texts: readonly string[]): Need => ({ literals: texts });

test('beside a part that is met often another one is looked for', () => {
  const parts = [literals('curl '), literals('chmod ')];
  assert.deepEqual(allOf(parts), { count: 2, of: parts });
});

test('beside a part that is hardly ever met none is', () => {
  const rare = literals('qzjx-vwkq-0123456789');
  assert.deepEqual(allOf([literals('curl '), rare]), rare);
});

test('a part that is met everywhere is not looked for beside a rarer one', () => {
  const rarer = literals('vermagic=');
  assert.deepEqual(allOf([literals('http://'), rarer]), rarer);
});

test('the only part is looked for however often it is met', () => {
  const everywhere = literals('http://', 'https://', 'import ', 'include', 'require', 'function(', 'return ', 'class ');
  assert.ok(frequencyOf(everywhere) > 1);
  assert.deepEqual(allOf([everywhere]), everywhere);
  assert.equal(allOf([]), undefined);
});

test('words that many files hold say little, whatever their length', () => {
  assert.ok(frequencyOf(literals('subprocess')) > frequencyOf(literals('vlqxzw')));
  assert.ok(frequencyOf(literals('function')) > frequencyOf(literals('subprocess')));
});
