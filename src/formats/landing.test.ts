import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../core/fault.ts';
import type { FileEntry, FileType } from '../core/file-entry.ts';
import type { Remark } from '../core/remark.ts';
import { Landing } from './landing.ts';

const silent = (): void => undefined;

type Name = readonly [path: string, type?: FileType, target?: string];

const entryOf = ([path, type = 'file', target]: Name): FileEntry => ({
  path,
  type,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  modified: 0,
  ...(target === undefined ? {} : { target }),
  async *content() {
    // Nothing is stored.
  },
});

/** Where the last of these names lands. */
const landed = (...names: readonly Name[]): string => {
  const landing = new Landing(silent);
  return names.map((name) => landing.land(entryOf(name)).path).at(-1) ?? '';
};

test('a path through a link of the same layer lands where the link leads, and keeps the name that the layer gives it', () => {
  const remarks: Remark[] = [];
  const landing = new Landing((said) => remarks.push(said));
  landing.land(entryOf(['a', 'symlink', 'etc']));
  const { path, storedAs } = landing.land(entryOf(['a/cron.d/x']));
  assert.deepEqual([path, storedAs], ['etc/cron.d/x', 'a/cron.d/x']);
  assert.deepEqual(
    remarks.map(({ code, where, reason }) => [code, where, /\ba\/cron\.d\/x\b/.test(reason)]),
    [['LAYER_PATH_THROUGH_LINK', 'etc/cron.d/x', true]],
  );
});

test('one that meets no link stays the same object', () => {
  const landing = new Landing(silent);
  landing.land(entryOf(['a', 'symlink', 'etc']));
  landing.land(entryOf(['deep/in/it', 'symlink', 'x']));
  for (const path of ['b/x', 'x', 'ab/x', 'b/a/x', 'deep/in/y']) {
    const entry = entryOf([path]);
    assert.equal(landing.land(entry), entry, path);
    landing.land(entryOf(['deep/in/z', 'symlink', 'x']));
  }
});

test('targets are followed inside the layer: absolute, upwards, in chains, and through folders that are links', () => {
  assert.equal(landed(['a', 'symlink', '/etc'], ['a/x']), 'etc/x');
  assert.equal(landed(['d/a', 'symlink', '../etc'], ['d/a/x']), 'etc/x');
  assert.equal(landed(['a', 'symlink', '../../../etc'], ['a/x']), 'etc/x');
  assert.equal(
    landed(['c', 'symlink', 'usr/./../etc'], ['b', 'symlink', '/c'], ['a', 'symlink', 'b'], ['a/x']),
    'etc/x',
  );
  assert.equal(landed(['a', 'symlink', 'd'], ['a/b', 'symlink', 'f'], ['d/b/x']), 'd/f/x');
  // `..` is taken where the link before it leads, not where it lies.
  assert.equal(landed(['b', 'symlink', 'x/y'], ['a', 'symlink', 'b/../etc'], ['a/z']), 'x/etc/z');
});

test('only what comes behind the link goes through it', () => {
  assert.equal(landed(['a/x'], ['a', 'symlink', 'etc']), 'a');
  const landing = new Landing(silent);
  assert.equal(landing.land(entryOf(['a/x'])).path, 'a/x');
});

test('what is unpacked over a link takes its place', () => {
  assert.equal(landed(['a', 'symlink', 'etc'], ['a', 'directory'], ['a/x']), 'a/x');
  assert.equal(landed(['a', 'symlink', 'etc'], ['a', 'symlink', 'usr'], ['a/x']), 'usr/x');
  // The link itself is no folder of the path to it.
  assert.equal(landed(['a', 'symlink', 'etc'], ['a', 'symlink', 'usr']), 'a');
});

test('a hard link to a link is a link, one to a file is none', () => {
  const link: Name = ['d/s', 'symlink', '/etc'];
  assert.equal(landed(link, ['h', 'hardlink', 'd/s'], ['h/x']), 'etc/x');
  assert.equal(landed(link, ['f'], ['h', 'hardlink', 'f'], ['h/x']), 'h/x');
  assert.equal(landed(link, ['e', 'symlink', 'd'], ['h', 'hardlink', '/e/s'], ['h/x']), 'etc/x');
});

test('a whiteout behind a link deletes where the link leads, and is no entry over one', () => {
  assert.equal(landed(['a', 'symlink', 'etc'], ['a/.wh.passwd']), 'etc/.wh.passwd');
  assert.equal(landed(['a', 'symlink', 'etc'], ['.wh.a'], ['a/x']), 'etc/x');
});

test('circles and paths that cannot be stay as they are written', () => {
  assert.equal(landed(['a', 'symlink', 'b'], ['b', 'symlink', 'a'], ['a/x']), 'a/x');
  assert.equal(landed(['a', 'symlink', 'a/a'], ['a/x']), 'a/x');
  const long = `${'d/'.repeat(3000)}x`;
  assert.equal(landed(['a', 'symlink', 'etc'], [`a/${long}`]), `a/${long}`);
  assert.equal(landed(['a', 'symlink', 'e/'.repeat(3000)], ['a/x']), 'a/x');
});

test('a circle is remarked on once for a folder', () => {
  const remarks: Remark[] = [];
  const landing = new Landing((said) => remarks.push(said));
  for (const name of [['a', 'symlink', 'a'], ['a/x'], ['a/y'], ['b/y']] as const) landing.land(entryOf(name));
  assert.deepEqual(
    remarks.map(({ code, where }) => [code, where]),
    [['LAYER_LINK_BROKEN', 'a/x']],
  );
});

test('forty links are followed, one more is a circle', () => {
  const chain = (count: number): readonly Name[] =>
    Array.from({ length: count }, (_, index) => [
      `l${index}`,
      'symlink',
      index + 1 === count ? 'etc' : `l${index + 1}`,
    ]);
  assert.equal(landed(...chain(40), ['l0/x']), 'etc/x');
  assert.equal(landed(...chain(41), ['l0/x']), 'l0/x');
});

test('a layer made to be dear to follow ends at the limit', () => {
  const landing = new Landing(silent);
  const far = `${'d/'.repeat(1990)}e`;
  landing.land(entryOf(['z', 'symlink', 'etc']));
  const spend = (): void => {
    for (let index = 0; index < 3000; index += 1) landing.land(entryOf([`${far}${index}/x`]));
  };
  assert.throws(spend, (thrown) => isFault(thrown) && thrown.code === 'LAYER_LINKS_TOO_MANY');
});
