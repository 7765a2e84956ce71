import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionOf, normalisePath } from './path.ts';

const cases: readonly (readonly [string, string, boolean])[] = [
  ['etc/passwd', 'etc/passwd', false],
  ['./etc/passwd', 'etc/passwd', false],
  ['/etc/passwd', 'etc/passwd', false],
  ['etc//passwd/', 'etc/passwd', false],
  ['a/./b', 'a/b', false],
  ['a/../b', 'b', false],
  ['../etc/passwd', 'etc/passwd', true],
  ['a/../../b', 'b', true],
  ['.', '', false],
  ['', '', false],
  ['..', '', true],
  ['a/..', '', false],
  ['..hidden/x', '..hidden/x', false],
  ['a/...', 'a/...', false],
  ['a\\..\\b', 'a\\..\\b', false],
];

for (const [name, path, escapes] of cases)
  test(`${JSON.stringify(name)} lands at ${JSON.stringify(path)}`, () => {
    assert.deepEqual(normalisePath(name), { path, escapes });
  });

test('an extension is what follows the last dot, but for a leading one', () => {
  assert.deepEqual(['a/b.PY', 'a/.profile', 'a.b/c', 'x.tar.gz', '.x.sh'].map(extensionOf), [
    '.py',
    '',
    '',
    '.gz',
    '.sh',
  ]);
});
