import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGlobMatch } from './glob.ts';

const cases: readonly (readonly [pattern: string, text: string, fits: boolean])[] = [
  ['a/b', 'a/b', true],
  ['a/b', 'a/bc', false],
  ['a.b', 'axb', false],
  ['a/*', 'a/b', true],
  ['a/*', 'a/', true],
  ['a/*', 'a/b/c', false],
  ['a/**', 'a/b/c', true],
  ['a/**', 'a', false],
  ['**', '', true],
  ['**', 'x/y', true],
  ['**/x', 'x', true],
  ['**/x', 'a/b/x', true],
  ['**/x', 'a/bx', false],
  ['a/**/z', 'a/z', true],
  ['a/**/z', 'a/b/c/z', true],
  ['a/**/z', 'az', false],
  ['a**z', 'a/b/z', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['?', '😀', true],
  ['TAR_*', 'TAR_TRUNCATED', true],
  ['TAR_*', 'XTAR_TRUNCATED', false],
  ['[a]', '[a]', true],
  ['', '', true],
  ['*', 'a\nb', true],
];

for (const [pattern, text, fits] of cases)
  test(`"${pattern}" ${fits ? 'fits' : 'does not fit'} ${JSON.stringify(text)}`, () => {
    assert.equal(isGlobMatch(pattern, text), fits);
  });

test('a pattern that would make a backtracking matcher hang is quick', () => {
  const started = performance.now();
  assert.equal(isGlobMatch('**a*a**a*a**a*a**a*b', 'a'.repeat(5000)), false);
  assert.ok(performance.now() - started < 2000);
});
