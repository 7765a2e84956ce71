import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InventoryEntry } from '../../core/analyzer.ts';
import type { FileType } from '../../core/file-entry.ts';
import { FinalTree } from './final-tree.ts';

const entry = (path: string, type: FileType = 'file', target?: string, hidden = false): InventoryEntry => ({
  path,
  type,
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 1,
  modified: 0,
  layerIndex: 0,
  hidden,
  ...(target === undefined ? {} : { target }),
});

const pathsOf = (tree: FinalTree): readonly string[] => {
  const paths: string[] = [];
  tree.forEach((path) => paths.push(path));
  return paths;
};

test('folders that are links are followed, relative and absolute ones, in a row', () => {
  const tree = new FinalTree([
    entry('bin', 'symlink', 'usr/bin'),
    entry('usr/a', 'symlink', '/bin'),
    entry('usr/b', 'symlink', '../usr/a'),
    entry('bin/x'),
  ]);
  for (const path of ['bin/x', 'usr/bin/x', 'usr/a/x', 'usr/b/x'])
    assert.equal(tree.canonical(path), 'usr/bin/x', path);
  assert.equal(tree.canonical('bin'), 'bin');
  assert.equal(tree.at('usr/bin/x')?.path, 'bin/x');
});

test('what a later layer hides is not there', () => {
  const tree = new FinalTree([
    entry('bin', 'symlink', 'usr/bin', true),
    entry('bin/x'),
    entry('y', 'file', undefined, true),
  ]);
  assert.deepEqual(pathsOf(tree), ['bin/x']);
});

test('links lead to files, or nowhere', () => {
  const tree = new FinalTree([
    entry('a/x'),
    entry('a/y', 'symlink', 'x'),
    entry('b', 'symlink', '/a/y'),
    entry('c', 'hardlink', 'a/x'),
    entry('d', 'symlink', 'missing'),
    entry('e', 'symlink', 'f'),
    entry('f', 'symlink', 'e'),
  ]);
  for (const path of ['a/x', 'a/y', 'b', 'c']) assert.equal(tree.resolve(path)?.path, 'a/x', path);
  for (const path of ['d', 'e', 'g']) assert.equal(tree.resolve(path), undefined, path);
});

test('a hard link is the file that it was made to, whatever lies there later', () => {
  const one = { ...entry('a/x'), sha256: '1' };
  const tree = new FinalTree([
    one,
    { ...entry('b', 'hardlink', 'a/x'), sha256: '1' },
    { ...entry('c', 'hardlink', 'a/x'), sha256: '2' },
  ]);
  assert.equal(tree.resolve('b'), one);
  assert.deepEqual([tree.resolve('c')?.path, tree.resolve('c')?.type, tree.resolve('c')?.sha256], ['c', 'file', '2']);
});

test('circles of folders end', () => {
  const tree = new FinalTree([entry('a', 'symlink', 'b'), entry('b', 'symlink', 'a'), entry('a/x')]);
  assert.equal(pathsOf(tree).length, 3);
});

test('links that grow when they are followed end, soon', { timeout: 5000 }, () => {
  const links = ['a', 'b', 'c', 'd'].map((name) => entry(name, 'symlink', 'a/b/c/d/a/b/c/d'));
  const tree = new FinalTree([...links, ...Array.from({ length: 2000 }, (_, at) => entry(`a/b/c/d/${at}/x`))]);
  assert.equal(pathsOf(tree).length, 2004);
});

test('a path of very many folders is no recursion without end', () => {
  const deep = `${'d/'.repeat(8000)}x`;
  assert.equal(new FinalTree([entry(deep)]).at(deep)?.path, deep);
});

test('a link to the root is followed', () => {
  const tree = new FinalTree([entry('host', 'symlink', '/'), entry('host/etc/x'), entry('host/y')]);
  assert.deepEqual(pathsOf(tree), ['host', 'etc/x', 'y']);
  assert.equal(tree.canonical('host/etc/x'), 'etc/x');
});

test('of two files at one place the one of the higher layer is there, through a link or not', () => {
  const link = entry('bin', 'symlink', 'usr/bin');
  const [low, high] = [0, 1].map((layerIndex) => ({ layerIndex }));
  const through = new FinalTree([link, { ...entry('usr/bin/x'), ...low }, { ...entry('bin/x'), ...high }]);
  assert.equal(through.at('usr/bin/x')?.path, 'bin/x');
  const direct = new FinalTree([link, { ...entry('bin/x'), ...low }, { ...entry('usr/bin/x'), ...high }]);
  assert.equal(direct.at('usr/bin/x')?.path, 'usr/bin/x');
  for (const tree of [through, direct]) assert.deepEqual(pathsOf(tree), ['bin', 'usr/bin/x']);
});

test('a path as it was written is no place', () => {
  const tree = new FinalTree([entry('bin', 'symlink', 'usr/bin'), entry('bin/x'), entry('etc', 'directory')]);
  assert.equal(tree.at('bin/x'), undefined);
  assert.equal(tree.at('etc'), undefined);
});
