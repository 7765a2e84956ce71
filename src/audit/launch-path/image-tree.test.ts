import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InventoryEntry, Observation } from '../../core/analyzer.ts';
import { ImageTree } from './image-tree.ts';

type Row = readonly [
  path: string,
  type?: InventoryEntry['type'],
  target?: string | undefined,
  more?: Partial<InventoryEntry>,
];

const tree = (...rows: readonly Row[]): ImageTree =>
  new ImageTree(
    rows.map(([path, type = 'file', target, more]) => ({
      path,
      type,
      mode: 0o755,
      uid: 0,
      gid: 0,
      size: 1,
      modified: 0,
      layerIndex: 0,
      hidden: false,
      ...(target === undefined ? {} : { target }),
      ...(type === 'file' ? { sha256: `of ${path}`, kind: 'script' as const } : {}),
      ...more,
    })),
    rows.map(([path]): Observation => ({
      path,
      sha256: `of ${path}`,
      size: 1,
      layerIndex: 0,
      hidden: false,
      facts: { text: path },
    })),
  );

const textAt = (image: ImageTree, path: string): string | undefined => {
  const bytes = image.readFile(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
};

test('links are followed inside the image, in every part of a path', () => {
  const image = tree(
    ['bin', 'symlink', 'usr/bin'],
    ['usr/bin/run'],
    ['opt/go', 'symlink', '../bin/run'],
    ['etc/alternatives/x', 'symlink', '/opt/go'],
  );
  assert.equal(image.locate('/bin/run'), 'usr/bin/run');
  assert.equal(image.locate('/etc/alternatives/x'), 'usr/bin/run');
  assert.equal(textAt(image, '/opt/../opt/./go'), 'usr/bin/run');
  assert.equal(image.locate('/../../bin/run'), 'usr/bin/run');
});

test('a hard link is the file that it was made to, whatever lies there later', () => {
  const shared = { sha256: 'of usr/a' };
  const image = tree(['usr/a'], ['b', 'hardlink', 'usr/a', shared], ['usr/c'], ['d', 'hardlink', 'usr/c', shared]);
  assert.equal(image.locate('/b'), 'usr/a');
  assert.equal(image.locate('/d'), 'd');
  assert.equal(textAt(image, '/d'), 'usr/a');
});

test('links without an end lead nowhere', () => {
  const image = tree(['a', 'symlink', 'b'], ['b', 'symlink', 'a'], ['c', 'symlink', 'c/c']);
  assert.equal(image.locate('/a'), undefined);
  assert.equal(image.locate('/c/x'), undefined);
  assert.equal(image.locate(`/${'x/'.repeat(5000)}`), undefined);
});

test('a hard link is the file that it leads to', () => {
  const image = tree(['usr/bin/run'], ['start', 'hardlink', 'usr/bin/run'], ['lost', 'hardlink', 'gone']);
  assert.equal(textAt(image, '/start'), 'usr/bin/run');
  assert.equal(image.locate('/lost'), undefined);
});

test('hidden files of lower layers are not there, and the upper of two counts', () => {
  const image = tree(
    ['run', 'file', undefined, { hidden: true, sha256: 'of old' }],
    ['old', 'file', undefined, { hidden: true }],
  );
  assert.equal(image.locate('/run'), undefined);
  const both = tree(
    ['old', 'file', undefined, { hidden: true }],
    ['run', 'file', undefined, { hidden: true, sha256: 'of old' }],
    ['run'],
  );
  assert.equal(textAt(both, '/run'), 'run');
});

test('folders list what lies in them, also folders that no entry states and links to folders', () => {
  const image = tree(['etc/init/b'], ['etc/init/a'], ['etc/init/deep/er/c'], ['service', 'symlink', 'etc/init']);
  assert.deepEqual(image.listFolder('/etc/init'), ['a', 'b', 'deep']);
  assert.deepEqual(image.listFolder('/service'), ['a', 'b', 'deep']);
  assert.deepEqual(image.listFolder('/'), ['etc', 'service']);
  assert.deepEqual(image.listFolder('/nowhere'), []);
});
