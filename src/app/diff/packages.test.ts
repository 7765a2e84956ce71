import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstalledPackage } from '../../core/dossier.ts';
import { comparePackages } from './packages.ts';

const installed = (
  name: string,
  version: string,
  ecosystem: InstalledPackage['ecosystem'] = 'deb',
): InstalledPackage => ({
  ecosystem,
  name,
  version,
  purl: `pkg:${ecosystem}/${name}@${version}`,
});

const words = (
  old: readonly InstalledPackage[],
  now: readonly InstalledPackage[],
): Record<string, readonly string[]> => {
  const { same, ...groups } = comparePackages(old, now);
  const shown = Object.entries(groups).map(([word, changes]) => [
    word,
    changes.map(({ name, old: was, new: is }) => `${name} ${was}>${is}`),
  ]);
  return { ...Object.fromEntries(shown), same: [String(same)] } as Record<string, readonly string[]>;
};
const none = { added: [], removed: [], upgraded: [], downgraded: [], same: ['0'] };

test('added, removed, upgraded, downgraded and the same are told apart', () => {
  const old = [installed('a', '1'), installed('b', '1.9'), installed('c', '2'), installed('d', '1')];
  const now = [installed('b', '1.10'), installed('c', '2~rc1'), installed('d', '1'), installed('e', '1')];
  assert.deepEqual(words(old, now), {
    added: ['e >1'],
    removed: ['a 1>'],
    upgraded: ['b 1.9>1.10'],
    downgraded: ['c 2>2~rc1'],
    same: ['1'],
  });
});

test('one name in two ecosystems is two packages', () => {
  assert.deepEqual(words([installed('x', '2')], [installed('x', '1', 'npm')]), {
    ...none,
    added: ['x >1'],
    removed: ['x 2>'],
  });
});

test('of several versions of one package only those that changed are told', () => {
  const npm = (version: string): InstalledPackage => installed('ms', version, 'npm');
  assert.deepEqual(words([npm('2.0.0'), npm('2.1.2')], [npm('2.1.2'), npm('2.1.3')]), {
    ...none,
    upgraded: ['ms 2.0.0>2.1.3'],
    same: ['1'],
  });
  assert.deepEqual(words([npm('1.0.0')], [npm('1.0.0'), npm('2.0.0')]), { ...none, added: ['ms >2.0.0'], same: ['1'] });
  assert.deepEqual(words([npm('1.0.0'), npm('1.0.0')], [npm('1.0.0')]), { ...none, same: ['1'] });
});

test('another build of the same version counts as an upgrade', () => {
  assert.deepEqual(words([installed('x', '1.0.0+a', 'npm')], [installed('x', '1.0.0+b', 'npm')]), {
    ...none,
    upgraded: ['x 1.0.0+a>1.0.0+b'],
  });
});
