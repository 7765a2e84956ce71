import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertProperty, constantFrom, property, string } from 'fast-check';

import {
  compareApkVersions,
  compareDebVersions,
  compareRpmParts,
  compareRpmVersions,
  isApkVersion,
  splitDebVersion,
  splitRpmVersion,
} from './version-order.ts';

type Compare = (one: string, other: string) => number;

/** Each line is in rising order; versions joined by `=` are equal. */
const check = (compare: Compare, lines: readonly string[]): void => {
  for (const line of lines) {
    const ranks = line.split(/\s+/).map((rank) => rank.split('='));
    for (const [rank, versions] of ranks.entries())
      for (const one of versions) {
        for (const same of versions) assert.equal(compare(one, same), 0, `${one} = ${same}`);
        for (const later of ranks.slice(rank + 1).flat()) {
          assert.equal(compare(one, later), -1, `${one} < ${later}`);
          assert.equal(compare(later, one), 1, `${later} > ${one}`);
        }
      }
  }
};

test('dpkg: tildes, letters, signs, epochs, revisions', () => {
  check(compareDebVersions, [
    '1.0~~ 1.0~~a 1.0~ 1.0 1.0a 1.0+ 1.0.1',
    '9 1:0 1:1 2:0',
    '1.0=1.0-0=0:1.0=01.0 1.0-1 1.0-1.1 1.0-2 1.0-10',
    '1.2.3=1.2.03 1.2.3-1 1.2.3+dfsg-1 1.2.4',
    '5.6.1-1 5.6.1+really5.4.5-1',
    '1-1~bpo12+1 1-1 1-1+b1 1-1+deb12u1',
    'a a0.1',
    '99999999999999999999 100000000000000000000',
  ]);
});

test('dpkg: the last hyphen divides, the first colon too', () => {
  assert.deepEqual(splitDebVersion('2:1.0-rc1-3'), { epoch: '2', upstream: '1.0-rc1', revision: '3' });
  assert.deepEqual(splitDebVersion('1.0'), { epoch: '', upstream: '1.0', revision: '' });
});

test('rpm: tildes, carets, segments of unlike kinds', () => {
  check(compareRpmParts, [
    '1.0~rc1 1.0~rc1^git1 1.0 1.0^git1~pre 1.0^git1 1.0^git2 1.0.1 1.1',
    '1.0~~ 1.0~',
    'a 1 1a 1.1',
    '2.50=2_50=2-50 2.50.1',
    '1.05=1.5 1.10',
    '5.5p9 5.5p10 5.6p1',
    'xyz10 xyz10.1 10xyz',
    '99999999999999999999 100000000000000000000',
  ]);
  assert.equal(compareRpmParts('é1', '1'), 0, 'what is neither letter nor digit only divides');
});

test('rpm: epochs come first, a missing release before any', () => {
  check(compareRpmVersions, ['9-9 1:0-1 1:0-2 1:0^-1', '1.0-1=0:1.0-1 1.0-1.el9 1.0-2']);
  check(compareRpmVersions, ['1.0 1.0-0 1.0-5']);
  assert.deepEqual(splitRpmVersion('2:1.0-3.fc40'), { epoch: '2', version: '1.0', release: '3.fc40' });
  assert.deepEqual(splitRpmVersion(':1'), { epoch: '0', version: '1' });
});

test('apk: suffixes, letters, hashes, revisions, leading zeros', () => {
  check(compareApkVersions, [
    '1.2_alpha 1.2_alpha2 1.2_beta 1.2_pre 1.2_rc1 1.2 1.2_cvs 1.2_git20240101 1.2_p1 1.2.0',
    '1.2-r0 1.2-r1 1.2-r10 1.2_p1-r0 1.2a 1.2b 1.2.1',
    '1.01 1.1',
    '1.2~abc 1.2~abd',
    '9 10 10.0',
    '99999999999999999999 100000000000000000000',
  ]);
});

test('apk: what is no version is told from what is', () => {
  for (const version of ['1', '1.2.3', '1a_p1~0f-r3', '0.1_alpha1_pre2']) assert.ok(isApkVersion(version), version);
  for (const version of ['', 'v1', '1.', '1.2bc', '1_foo', '1_pree', '1-r', '1~', '1~xyz', '1-r1-r2', '1 '])
    assert.ok(!isApkVersion(version), version);
});

test('any texts have an order, and it is the same from both sides', () => {
  const versions = string({ unit: constantFrom(...'01aZp._~^-:+r é'.split('')), maxLength: 12 });
  for (const compare of [compareDebVersions, compareRpmVersions, compareRpmParts, compareApkVersions])
    assertProperty(
      property(versions, versions, (one, other) => {
        const order = compare(one, other);
        return [-1, 0, 1].includes(order) && compare(one, one) === 0 && compare(other, one) + order === 0;
      }),
      { numRuns: 2000, seed: 7 },
    );
});

test('long versions take no longer than their length', { timeout: 5000 }, () => {
  for (const part of ['0', '~', '^', 'a1.', '_p1', '9'])
    for (const compare of [compareDebVersions, compareRpmVersions, compareApkVersions])
      assert.equal(compare(`1${part.repeat(200_000)}`, `1${part.repeat(200_000)}`), 0);
});
