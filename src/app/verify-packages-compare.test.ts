import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveredPackage } from '../archive/distribution.ts';
import type { FileOwner, InventoryEntry } from '../core/analyzer.ts';
import type { FileKind } from '../core/file-kind.ts';
import { compareWithArchive } from './verify-packages-compare.ts';

const digest = (text: string): string => text.repeat(64).slice(0, 64);
const entry = (
  path: string,
  content: string,
  kind: FileKind = 'elf',
  more: Partial<InventoryEntry> = {},
): InventoryEntry => ({
  path,
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 3,
  modified: 0,
  layerIndex: 0,
  hidden: false,
  sha256: digest(content),
  kind,
  ...more,
});
const link = (path: string, target: string): InventoryEntry => {
  const { sha256: _, kind: __, ...rest } = entry(path, '');
  return { ...rest, type: 'symlink', target, size: 0 };
};
const delivers = (
  name: string,
  files: Readonly<Record<string, string>>,
  conffiles: readonly string[] = [],
  links: Readonly<Record<string, string>> = {},
): DeliveredPackage => ({
  links: Object.entries(links).map(([path, target]) => ({ path, target })),
  name,
  version: '9.1-1',
  architecture: 'amd64',
  source: 'bookworm of 2026-03-29',
  files: Object.entries(files).map(([path, content]) => ({
    path,
    sha256: digest(content),
    size: 3,
    conffile: conffiles.includes(path),
  })),
});
const owned = (name: string, state: FileOwner['state']): FileOwner => ({ package: name, ecosystem: 'deb', state });

const compare = (
  inventory: readonly InventoryEntry[],
  ownership: Readonly<Record<string, FileOwner>>,
  ...packages: readonly DeliveredPackage[]
): readonly string[] =>
  compareWithArchive(
    {
      inventory,
      layers: [],
      packages: packages.map(({ name, version }) => ({ name, version, ecosystem: 'deb', purl: '' })),
      context: { launched: new Set(), ownership: new Map(Object.entries(ownership)) },
    },
    packages,
  ).map(({ rule, severity, confidence }) => `${rule.replace('package-integrity/', '')} ${severity} ${confidence}`);

const coreutils = delivers('coreutils', { 'bin/ls': 'a' });

test('what the archive delivers is silent, through a merged /usr too', () => {
  assert.deepEqual(compare([link('bin', 'usr/bin'), entry('usr/bin/ls', 'a')], {}, coreutils), []);
});

test('a database that vouches for another content was doctored', () => {
  const tree = [link('bin', 'usr/bin'), entry('usr/bin/ls', 'b')];
  assert.deepEqual(compare(tree, { 'usr/bin/ls': owned('coreutils', 'matching') }, coreutils), [
    'database-doctored critical high',
  ]);
  assert.deepEqual(compare(tree, { 'usr/bin/ls': owned('coreutils', 'expected') }, coreutils), [
    'database-doctored critical high',
  ]);
});

test('one that tells of the change, or knows no digest, is not', () => {
  for (const state of ['changed', 'unchecked'] as const)
    assert.deepEqual(compare([entry('bin/ls', 'b')], { 'bin/ls': owned('coreutils', state) }, coreutils), [
      'archive-file-differs high high',
    ]);
});

test('a package that cannot be compared may have taken the path: said with less certainty', () => {
  const tree = [entry('bin/ls', 'b')];
  assert.deepEqual(compare(tree, { 'bin/ls': owned('other', 'matching') }, coreutils), [
    'archive-file-differs high medium',
  ]);
});

test('two packages of the archive may deliver one path by right', () => {
  const other = delivers('other', { 'bin/ls': 'b' });
  assert.deepEqual(compare([entry('bin/ls', 'b')], { 'bin/ls': owned('other', 'matching') }, coreutils, other), []);
});

test('conffiles of the archive may differ; what only the image calls one may not', () => {
  const tree = [entry('etc/init.d/x', 'b', 'script')];
  const state = { 'etc/init.d/x': owned('x', 'expected') };
  assert.deepEqual(compare(tree, state, delivers('x', { 'etc/init.d/x': 'a' }, ['etc/init.d/x'])), []);
  assert.deepEqual(compare(tree, state, delivers('x', { 'etc/init.d/x': 'a' })), ['database-doctored high medium']);
});

test('patched texts are information, files that were slimmed away nothing', () => {
  const text = delivers('x', { 'usr/share/x/a': 'a', 'usr/share/x/b': 'b', 'usr/share/doc/x': 'c' });
  assert.deepEqual(compare([entry('usr/share/x/a', 'd', 'text'), entry('usr/share/x/b', 'e', 'text')], {}, text), [
    'archive-file-differs info medium',
  ]);
});

test('a link to a program of the archive is an arrangement, a link to a stranger is not', () => {
  const init = delivers('init', { 'sbin/init': 'a', 'bin/true': 'b' });
  assert.deepEqual(compare([entry('bin/true', 'b'), link('sbin/init', '/bin/true')], {}, init), []);
  assert.deepEqual(compare([entry('bin/true', 'b'), entry('opt/x', 'c'), link('sbin/init', '/opt/x')], {}, init), [
    'archive-file-differs high medium',
  ]);
});

test('a program that the database counts to a package which does not hold it was written into the list', () => {
  const tree = [link('bin', 'usr/bin'), entry('usr/bin/ls', 'a'), entry('usr/bin/helper', 'c')];
  assert.deepEqual(compare(tree, { 'usr/bin/helper': owned('coreutils', 'matching') }, coreutils), [
    'archive-lacks-file critical high',
  ]);
  assert.deepEqual(compare(tree, { 'usr/bin/helper': owned('other', 'matching') }, coreutils), []);
});

test('a diverted file, a module compiled from a package, and a list that still names an old conffile were not', () => {
  const moved = entry('usr/bin/ls.distrib', 'a');
  const compiled = entry('usr/lib/python3/x.pyc', 'd', 'python-bytecode');
  const old = entry('etc/init.d/old', 'e', 'script');
  const state = owned('coreutils', 'matching');
  const ownership = { [moved.path]: state, [compiled.path]: state, [old.path]: state };
  assert.deepEqual(compare([moved, compiled, old], ownership, coreutils), []);
});

test('a package of which one architecture was not compared says nothing about what it lacks', () => {
  const said = compareWithArchive(
    {
      inventory: [entry('usr/bin/helper', 'c')],
      layers: [],
      packages: ['amd64', 'i386'].map((arch) => ({
        name: 'coreutils',
        version: '9.1-1',
        ecosystem: 'deb',
        purl: arch,
      })),
      context: { launched: new Set(), ownership: new Map([['usr/bin/helper', owned('coreutils', 'matching')]]) },
    },
    [coreutils],
  );
  assert.deepEqual(said, []);
});

test('a strange program in the place of a link is told, a copy of what the archive delivers is not', () => {
  const dash = delivers('dash', { 'bin/dash': 'a' }, [], { 'bin/sh': 'dash' });
  const state = { 'bin/sh': owned('dash', 'unchecked') };
  assert.deepEqual(compare([entry('bin/dash', 'a'), entry('bin/sh', 'c')], state, dash), [
    'archive-file-differs high medium',
  ]);
  assert.deepEqual(compare([entry('bin/dash', 'a'), entry('bin/sh', 'a')], state, dash), []);
  assert.deepEqual(compare([entry('bin/dash', 'a'), link('bin/sh', 'bash')], state, dash), []);
});

test('files that a later layer deleted are not compared', () => {
  assert.deepEqual(compare([entry('bin/ls', 'b', 'elf', { hidden: true })], {}, coreutils), []);
});
