import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileType } from '../core/file-entry.ts';
import { fileTypes, type HeaderRow } from './protocol.ts';
import { resolveLayers, type Visibility } from './visibility.ts';

type Entry = readonly [path: string, type?: FileType, target?: string];

const row = ([path, type = 'file', target]: Entry): HeaderRow => [
  path,
  fileTypes.indexOf(type),
  0o644,
  0,
  0,
  0,
  0,
  target ?? 0,
  0,
];

const resolve = (...layers: readonly (readonly Entry[])[]): Visibility =>
  resolveLayers(layers.map((entries) => entries.map(row)));

/** `layer:path` of every hidden entry. */
const hidden = (...layers: readonly (readonly Entry[])[]): readonly string[] =>
  resolve(...layers).hidden.flatMap((flags, layer) =>
    flags.flatMap((flag, index) => (flag ? [`${layer}:${layers[layer]?.[index]?.[0]}`] : [])),
  );

/** `layer:path kind` of every oddity. */
const odd = (...layers: readonly (readonly Entry[])[]): readonly string[] =>
  resolve(...layers).oddities.flatMap((oddities, layer) =>
    [...oddities].map(([index, oddity]) =>
      [`${layer}:${layers[layer]?.[index]?.[0]}`, oddity.kind, ...('landed' in oddity ? [oddity.landed] : [])].join(
        ' ',
      ),
    ),
  );

test('a whiteout hides the file in lower layers', () => {
  assert.deepEqual(hidden([['a/x'], ['a/y']], [['a/x', 'deletion']]), ['0:a/x']);
});

test('a whiteout of a directory hides everything below it, and nothing with a like name', () => {
  assert.deepEqual(hidden([['a', 'directory'], ['a/b/x'], ['ab']], [['a', 'deletion']]), ['0:a', '0:a/b/x']);
});

test('a whiteout says nothing about its own layer, wherever it stands', () => {
  assert.deepEqual(hidden([['a/x']], [['a/x'], ['a/x', 'deletion']]), ['0:a/x']);
  assert.deepEqual(hidden([['a/x']], [['a/x', 'deletion'], ['a/x']]), ['0:a/x']);
});

test('an opaque directory hides what lower layers have in it, but not what its own layer has', () => {
  assert.deepEqual(hidden([['a/x'], ['b']], [['a/y'], ['a', 'opaque']]), ['0:a/x']);
});

test('an opaque root hides all lower layers', () => {
  assert.deepEqual(hidden([['a/x'], ['b']], [['', 'opaque'], ['c']]), ['0:a/x', '0:b']);
});

test('a file over a file hides the lower one', () => {
  assert.deepEqual(hidden([['a']], [['a']], [['b']]), ['0:a']);
});

test('a directory over a directory hides nothing', () => {
  assert.deepEqual(hidden([['a', 'directory'], ['a/x']], [['a', 'directory']]), []);
});

test('a file over a directory hides everything below', () => {
  assert.deepEqual(hidden([['a', 'directory'], ['a/b/x']], [['a']]), ['0:a', '0:a/b/x']);
});

test('a file at a parent of a later path is hidden by it', () => {
  assert.deepEqual(hidden([['a']], [['a/b/x']]), ['0:a']);
});

test('of one path twice in a layer the last one counts', () => {
  assert.deepEqual(hidden([['a'], ['b'], ['a']]), ['0:a']);
  assert.deepEqual(
    resolve([['a'], ['a']]).hidden.map((flags) => [...flags]),
    [[true, false]],
  );
});

test('what a hard link still shows is not hidden', () => {
  assert.deepEqual(hidden([['a'], ['b', 'hardlink', 'a']], [['a', 'deletion']]), []);
});

test('it is once the last link is gone', () => {
  assert.deepEqual(
    hidden([['a'], ['b', 'hardlink', 'a'], ['c', 'hardlink', 'b']], [['a', 'deletion']], [['b'], ['c', 'deletion']]),
    ['0:a', '0:b', '0:c'],
  );
});

test('a hard link into a lower layer keeps that content shown', () => {
  assert.deepEqual(hidden([['a']], [['b', 'hardlink', 'a']], [['a']]), []);
});

test('a link to itself, or to nothing, changes nothing else', () => {
  assert.deepEqual(
    hidden(
      [['a']],
      [
        ['a', 'hardlink', 'a'],
        ['b', 'hardlink', 'nowhere'],
      ],
    ),
    [],
  );
});

test('paths lead through symbolic links of their own layer', () => {
  const merged: readonly Entry[] = [['usr/bin', 'directory'], ['bin', 'symlink', 'usr/bin'], ['usr/bin/x']];
  assert.deepEqual(hidden([...merged, ['bin/x']]), ['0:usr/bin/x']);
  assert.deepEqual(hidden([...merged, ['sbin', 'symlink', '/bin'], ['sbin/x']]), ['0:usr/bin/x']);
  assert.deepEqual(hidden([['usr/x'], ['a/b', 'symlink', '../usr'], ['a/b/x']]), ['0:usr/x']);
  assert.deepEqual(odd([...merged, ['bin/x']]), []);
});

test('where a lower layer has the link, engines differ: hidden is only what neither shows', () => {
  const merged: readonly Entry[] = [['usr/bin', 'directory'], ['bin', 'symlink', 'usr/bin'], ['usr/bin/x']];
  // Engines that stack layers show both, those that copy them one.
  assert.deepEqual(hidden(merged, [['bin/x']]), []);
  assert.deepEqual(odd(merged, [['bin/x']]), ['1:bin/x path-over-link usr/bin/x']);
  assert.deepEqual(hidden(merged, [['bin/x', 'deletion']]), []);
  assert.deepEqual(odd(merged, [['bin/x', 'deletion']]), ['1:bin/x path-over-link usr/bin/x']);
  assert.deepEqual(odd(merged, [['bin', 'opaque']]), ['1:bin path-over-link usr/bin']);
  // Under its own name it is gone for all.
  assert.deepEqual(hidden(merged, [['bin/x']], [['usr/bin/x']]), ['0:usr/bin/x']);
});

test('a folder that a layer states over a link of a lower one is no path through it', () => {
  const links: readonly Entry[] = [['etc', 'directory'], ['a', 'symlink', 'etc'], ['etc/x']];
  assert.deepEqual(odd(links, [['a', 'directory'], ['a/x']]), []);
  assert.deepEqual(hidden(links, [['a', 'directory'], ['a/x']]), ['0:a']);
  assert.deepEqual(odd(links, [['a']]), []);
});

test('links of links, upwards and from the root, are followed to where the path lands', () => {
  const links: readonly Entry[] = [
    ['etc', 'directory'],
    ['a', 'symlink', 'b'],
    ['b', 'symlink', '/c'],
    ['c', 'symlink', 'usr/../etc'],
  ];
  assert.deepEqual(odd(links, [['a/cron.d/x']]), ['1:a/cron.d/x path-over-link etc/cron.d/x']);
  assert.deepEqual(odd([...links, ['u', 'symlink', '../../etc']], [['u/x']]), ['1:u/x path-over-link etc/x']);
});

test('a hard link shows the content that it was made to, whatever comes to lie there', () => {
  const shown = resolve([['zz'], ['x', 'hardlink', 'zz'], ['y', 'hardlink', 'x']], [['zz']]);
  assert.deepEqual(
    [...(shown.linked[0] ?? [])],
    [
      [1, [0, 0]],
      [2, [0, 0]],
    ],
  );
  assert.deepEqual(shown.hidden[0], [false, false, false]);
  assert.deepEqual(odd([['zz'], ['x', 'hardlink', 'zz']], [['zz']]), []);
});

test('hard links that engines refuse, or make only when they copy layers, are odd', () => {
  assert.deepEqual(odd([['x', 'hardlink', 'nowhere']]), ['0:x link-to-nothing']);
  assert.deepEqual(odd([['x', 'hardlink', 'zz'], ['zz']]), ['0:x link-to-nothing']);
  assert.deepEqual(
    odd([
      ['d', 'directory'],
      ['x', 'hardlink', 'd'],
    ]),
    ['0:x link-to-folder'],
  );
  assert.deepEqual(odd([['x', 'hardlink', '']]), ['0:x link-to-folder']);
  assert.deepEqual(odd([['zz']], [['x', 'hardlink', 'zz']]), ['1:x link-below']);
  assert.deepEqual(odd([['zz']], [['zz'], ['x', 'hardlink', 'zz']]), []);
  assert.deepEqual(odd([['d/zz'], ['a', 'symlink', 'd'], ['x', 'hardlink', './a/zz']]), []);
});

test('links in a loop are an end, not a hang', () => {
  assert.deepEqual(
    hidden(
      [
        ['a', 'symlink', 'b'],
        ['b', 'symlink', 'a'],
      ],
      [['a/x']],
    ).length,
    1,
  );
});

test('a path of thousands of parts is no deep recursion', () => {
  const deep = 'd/'.repeat(8000);
  assert.deepEqual(hidden([[`${deep}x`]], [['d', 'deletion']]), [`0:${deep}x`]);
});

test('whiteouts themselves are never hidden', () => {
  assert.deepEqual(hidden([['a', 'deletion']], [['a']], [['a', 'deletion']]), ['1:a']);
});

test('a link that a folder of the same layer replaces is followed no more', () => {
  assert.deepEqual(
    hidden(
      [['x', 'directory'], ['d', 'symlink', 'x'], ['d/y'], ['d', 'directory'], ['d/z'], ['e/d/y']],
      [['x', 'deletion']],
    ),
    ['0:x', '0:d', '0:d/y'],
  );
});

test('a folder that is gone takes nothing in, and the one that comes in its place does', () => {
  assert.deepEqual(hidden([['a/b/x'], ['a', 'file'], ['a/b/y']]), ['0:a/b/x', '0:a']);
  assert.deepEqual(hidden([['a/b/x']], [['a/b/y'], ['a', 'symlink', 'c'], ['a/b/z']], [['c', 'deletion']]), [
    '0:a/b/x',
    '1:a/b/y',
    '1:a/b/z',
  ]);
});
