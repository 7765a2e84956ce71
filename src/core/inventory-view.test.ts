import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InventoryEntry } from './analyzer.ts';
import { viewOf } from './inventory-view.ts';

const entry = (path: string, more: Partial<InventoryEntry> = {}): InventoryEntry => ({
  path,
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 1,
  modified: 0,
  layerIndex: 0,
  hidden: false,
  ...more,
});

test('the final tree is shown without what is hidden and without whiteouts', () => {
  const { shown } = viewOf([
    entry('a', { hidden: true }),
    entry('b'),
    entry('c', { type: 'deletion' }),
    entry('d', { type: 'opaque' }),
    entry('e', { type: 'symlink', target: 'b' }),
  ]);
  assert.deepEqual([...shown.keys()], ['b', 'e']);
});

test('of several entries of one path the last is shown, and a hidden one never takes its place', () => {
  const { shown } = viewOf([
    entry('etc', { type: 'directory' }),
    entry('etc', { type: 'directory', layerIndex: 1 }),
    entry('etc', { hidden: true, layerIndex: 2 }),
  ]);
  assert.equal(shown.get('etc')?.layerIndex, 1);
});

test('folders are those in which something is shown, stated or not', () => {
  const { folders } = viewOf([
    entry('a/b/c'),
    entry('a/b/d'),
    entry('x/y', { hidden: true }),
    entry('etc', { type: 'directory' }),
    entry('a/e'),
    entry('a/b/f'),
  ]);
  assert.deepEqual([...folders], ['a/b', '', 'a']);
});

test('programs are told by their content, hidden or not, and links are none', () => {
  const { programs } = viewOf([
    entry('a', { kind: 'elf', hidden: true }),
    entry('b', { kind: 'text' }),
    entry('c', { kind: 'script', mode: 0o644 }),
    entry('d', { kind: 'elf', type: 'hardlink', target: 'a' }),
    entry('e'),
  ]);
  assert.deepEqual(
    programs.map(({ path }) => path),
    ['a', 'c'],
  );
});

test('one inventory has one view', () => {
  const inventory = [entry('a')];
  assert.equal(viewOf(inventory), viewOf(inventory));
  assert.notEqual(viewOf(inventory), viewOf([...inventory]));
});
