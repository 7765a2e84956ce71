import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { resolveInImage, type InventoryFile } from './program-inventory.ts';

const imageOf = (targets: Readonly<Record<string, string>>): { file(path: string): InventoryFile | undefined } => ({
  file: (path) =>
    Object.hasOwn(targets, path)
      ? { path, layerIndex: 0, executable: false, program: false, target: targets[path] ?? '' }
      : undefined,
});

const cases: readonly (readonly [string, Readonly<Record<string, string>>, string, string | undefined])[] = [
  ['a plain path', {}, '/usr/bin/env', 'usr/bin/env'],
  ['dots and doubled slashes', {}, '/usr/./lib//../bin/env', 'usr/bin/env'],
  ['above the root', {}, '/../../bin/sh', 'bin/sh'],
  ['a folder that leads elsewhere', { bin: 'usr/bin' }, '/bin/env', 'usr/bin/env'],
  [
    'an absolute link',
    { 'usr/bin/vi': '/etc/alternatives/vi', 'etc/alternatives/vi': '/usr/bin/vim' },
    '/usr/bin/vi',
    'usr/bin/vim',
  ],
  ['a link relative to its own folder', { 'opt/a/run': '../b/run' }, '/opt/a/run', 'opt/b/run'],
  ['a link in the middle, and what follows', { 'opt/now': 'v2' }, '/opt/now/bin/x', 'opt/v2/bin/x'],
  ['links in a circle', { a: 'b', b: 'a' }, '/a', undefined],
  ['a link that grows', { a: 'a/a' }, '/a', undefined],
];

suite('a path in an image', () => {
  for (const [name, targets, path, wanted] of cases)
    test(name, () => {
      assert.equal(resolveInImage(imageOf(targets), path), wanted);
    });

  test('a path that no kernel takes is none', () => {
    assert.equal(resolveInImage(imageOf({}), `/${'a/'.repeat(3000)}`), undefined);
  });
});
