import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someEntry, someProgram, someSide, type SideSpec } from '../../../test/builders/difference.ts';
import type { InventoryEntry } from '../../core/analyzer.ts';
import type { FileChange, FileChanges } from '../../core/difference.ts';
import { compareFiles } from './files.ts';
import { finalTreeOf } from './final-tree.ts';

const sideOf = (given: SideSpec) => {
  const { audit } = someSide(given);
  assert.ok(audit !== undefined);
  return { tree: finalTreeOf(audit), packages: audit.packages };
};
const compare = (old: SideSpec, now: SideSpec): FileChanges => compareFiles(sideOf(old), sideOf(now));
const files = (old: readonly InventoryEntry[], now: readonly InventoryEntry[]): FileChanges =>
  compare({ inventory: old }, { inventory: now });
const only = ({ notable }: FileChanges): FileChange => {
  const [change] = notable;
  assert.ok(change !== undefined && notable.length === 1);
  return change;
};

test('files are counted as added, removed, changed or the same, by content and header, not by time or layer', () => {
  const { notable: _, ...counts } = files(
    [someEntry('gone'), someEntry('same'), someEntry('content'), someEntry('mode')],
    [
      someEntry('same', { modified: 9, layerIndex: 3 }),
      someEntry('content', { sha256: 'b'.repeat(64) }),
      someEntry('mode', { mode: 0o600 }),
      someEntry('new'),
    ],
  );
  assert.deepEqual(counts, { added: 1, removed: 1, changed: 2, same: 1, more: 0 });
});

test('only the final tree counts', () => {
  const hidden = someProgram('bin/x', { hidden: true });
  const deletion = someEntry('etc/x', { type: 'deletion' });
  assert.deepEqual(files([], [hidden, deletion]), { added: 0, removed: 0, changed: 0, same: 0, notable: [], more: 0 });
});

test('programs, scripts and what runs by itself are shown; texts and folders are only counted', () => {
  const now = [
    someProgram('usr/bin/x'),
    someEntry('opt/x.sh', { kind: 'script' }),
    someEntry('etc/cron.d/x'),
    someEntry('etc/x.conf'),
    someEntry('opt', { type: 'directory', mode: 0o755 }),
  ];
  const { notable, added } = files([], now);
  assert.deepEqual(
    notable.map(({ path, is }) => [path, is]),
    [
      ['etc/cron.d/x', ['start-up']],
      ['usr/bin/x', ['program']],
      ['opt/x.sh', ['script']],
    ],
  );
  assert.equal(added, 4);
});

test('rights given by mode or attribute are told, also when they are all that changed', () => {
  const change = only(files([someProgram('bin/x')], [someProgram('bin/x', { mode: 0o4755, capabilities: '01' })]));
  assert.deepEqual([change.change, change.is], ['changed', ['setuid', 'capabilities', 'program']]);
  assert.deepEqual([change.old?.mode, change.new?.mode], [0o755, 0o4755]);
});

test('a hard link is compared by what it leads to', () => {
  const link = someProgram('bin/y', { type: 'hardlink', target: 'bin/x' });
  const old = [someProgram('bin/x'), someProgram('bin/y')];
  assert.equal(files(old, [someProgram('bin/x'), link]).same, 2);
  const changed = someProgram('bin/x', { sha256: 'b'.repeat(64) });
  assert.equal(files(old, [changed, link]).changed, 2);
});

test('a ring of hard links is compared as it stands', () => {
  const ring = [
    someProgram('a', { type: 'hardlink', target: 'b' }),
    someProgram('b', { type: 'hardlink', target: 'a' }),
  ];
  assert.equal(files(ring, ring).same, 2);
});

const coreutils = (version: string) => [{ name: 'coreutils', version, ecosystem: 'deb' as const, purl: '' }];
const ownership = new Map([['bin/ls', { package: 'coreutils', state: 'matching' as const }]]);
const changedLs = (version: string): FileChange =>
  only(
    compare(
      { inventory: [someProgram('bin/ls')], dossier: { packages: coreutils('9.1-1') }, context: { ownership } },
      {
        inventory: [someProgram('bin/ls', { sha256: 'b'.repeat(64) })],
        dossier: { packages: coreutils(version) },
        context: { ownership },
      },
    ),
  );

test('a program that changed while its package did not is unexplained', () => {
  assert.deepEqual([changedLs('9.1-1').owner, changedLs('9.1-1').unexplained], ['coreutils', true]);
  assert.equal(changedLs('9.2-1').unexplained, undefined);
});

test('unowned is said only where packages are recorded', () => {
  const now = { inventory: [someProgram('opt/x')] };
  assert.equal(only(compare({}, { ...now, context: { ownership } })).unowned, true);
  assert.equal(only(compare({}, now)).unowned, undefined);
});

test('rights and starts come first, then what nobody owns, then the rest; removals last', () => {
  const { notable } = compare(
    { inventory: [someProgram('a-gone'), someProgram('bin/ls')], context: { ownership } },
    {
      inventory: [
        someProgram('bin/ls', { sha256: 'b'.repeat(64) }),
        someProgram('opt/unowned'),
        someProgram('opt/started'),
        someProgram('z/setuid', { mode: 0o4755 }),
      ],
      context: { ownership, launched: new Set(['opt/started']) },
    },
  );
  assert.deepEqual(
    notable.map(({ path }) => path),
    ['z/setuid', 'opt/started', 'opt/unowned', 'bin/ls', 'a-gone'],
  );
});

test('of very many notable files a thousand are kept and the rest is counted', () => {
  const { notable, more } = files(
    [],
    Array.from({ length: 1003 }, (_, index) => someProgram(`bin/${index}`)),
  );
  assert.deepEqual([notable.length, more], [1000, 3]);
});
