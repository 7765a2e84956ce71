import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageFile } from '../../core/package-record.ts';
import { isPackedFiles, keptDigits, packFiles, packPaths, unpackFiles, unpackPaths } from './packed-files.ts';

test('paths come back as they were, long ones and odd ones too', () => {
  const paths = [
    '',
    'usr',
    'usr/bin',
    'usr/bin/a',
    'usr/bin/ab',
    'é/\ud83d\ude00',
    'a\nb',
    `${'x/'.repeat(300)}y`,
    `${'x/'.repeat(300)}z`,
  ];
  assert.deepEqual(unpackPaths(packPaths(paths)), paths);
  assert.deepEqual(unpackPaths(packPaths([])), []);
});

test('files come back with shortened digests and all that counts', () => {
  const files: readonly PackageFile[] = [
    { path: 'a', digests: { sha256: 'ab'.repeat(32) }, type: 'file', mode: 0o4755, size: 7 },
    { path: 'b', digests: {}, type: 'symlink', mode: 0o777, size: 0 },
    { path: 'c', digests: {}, type: 'file', mode: 0o600, size: 1, conffile: true, ghost: true, state: 'wrong-colour' },
  ];
  const packed: unknown = JSON.parse(JSON.stringify(packFiles(files)));
  assert.ok(isPackedFiles(packed as never));
  assert.deepEqual(unpackFiles(packed as never), [
    { ...files[0], digests: { sha256: 'ab'.repeat(keptDigits / 2) } },
    files[1],
    files[2],
  ]);
});

test('no column for what no file states; the root and names that no tree can have are left out', () => {
  const packed = packFiles([
    { path: '', digests: {} },
    { path: 'a\0b', digests: {} },
    { path: 'a', digests: {} },
  ]);
  assert.deepEqual([packed.flags, packed.sizes, packed.modes, packed.digests], [[], [], [], '']);
  assert.deepEqual(unpackFiles(packed), [{ path: 'a', digests: {} }]);
});

test('a text that unfolds without end is cut off', () => {
  const bomb = `${String.fromCharCode(32)}${'x'.repeat(90)}${`\0${String.fromCharCode(32 + 90)}${'y'.repeat(200_000)}`.repeat(2000)}`;
  let length = 0;
  for (const path of unpackPaths(bomb)) length += path.length;
  assert.ok(length <= 256 * 2 ** 20);
});

test('what is no such object is refused', () => {
  for (const value of [
    null,
    'x',
    [],
    {},
    { paths: '', algorithm: '', digests: '', flags: ['x'], sizes: [], modes: [] },
  ])
    assert.equal(isPackedFiles(value as never), false);
});
