import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAffected, type RangeEvent } from './affected-versions.ts';
import type { Ecosystem } from '../../core/package-record.ts';

const inRange = (ecosystem: Ecosystem, events: readonly RangeEvent[]) => (version: string) =>
  isAffected(ecosystem, version, { versions: [], ranges: [events] });

const check = (holds: (version: string) => boolean, inside: readonly string[], outside: readonly string[]): void => {
  for (const version of inside) assert.ok(holds(version), `${version} is inside`);
  for (const version of outside) assert.ok(!holds(version), `${version} is outside`);
};

test('exact versions, and no statement about versions at all', () => {
  const exact = { versions: ['1.0', '1.1'], ranges: [] };
  assert.ok(isAffected('npm', '1.1', exact));
  assert.ok(!isAffected('npm', '1.1.0', exact));
  assert.ok(isAffected('npm', '', { versions: [], ranges: [] }));
});

test('from 0 on everything, a version that nobody stated apart', () => {
  const all = inRange('npm', [['introduced', '0']]);
  check(all, ['0.0.1', '9.9.9', '1.0.0-rc.1'], ['']);
});

test('SEMVER: pre-releases come before the release', () => {
  const range = inRange('npm', [
    ['introduced', '1.0.0-0'],
    ['fixed', '2.0.0'],
  ]);
  check(range, ['1.0.0-alpha', '1.0.0', '1.10.0', '2.0.0-rc.1'], ['0.9.9', '2.0.0', '2.0.1', '10.0.0']);
});

test('several spans in one range, in any order, and the last affected one', () => {
  const range = inRange('pypi', [
    ['fixed', '1.5'],
    ['introduced', '2.0'],
    ['introduced', '1.0'],
    ['last_affected', '2.3'],
  ]);
  check(range, ['1.0', '1.4.9', '2.0', '2.3', '2.3.0'], ['0.9', '1.5', '1.9', '2.3.1', '3.0']);
});

test('limits bound what a range says', () => {
  check(
    inRange('go', [
      ['introduced', '0'],
      ['limit', '1.3.0'],
    ]),
    ['1.2.9'],
    ['1.3.0', '2.0.0'],
  );
  check(
    inRange('go', [
      ['introduced', '1.0.0'],
      ['limit', '*'],
    ]),
    ['1.3.0'],
    ['0.9.0'],
  );
});

test('the backdoored xz in every distribution’s way to write it, and the honest ones around it', () => {
  const deb = inRange('deb', [
    ['introduced', '5.5.1alpha-0.1'],
    ['fixed', '5.6.1+really'],
  ]);
  check(
    deb,
    ['5.5.1alpha-0.1', '5.6.0-0.2', '5.6.1-1', '5.6.1-1+b1', '5.6.1-1ubuntu1'],
    ['5.4.1-1', '5.4.5-0.3', '5.6.1+really5.4.5-1', '5.6.1+really5.4.5-1ubuntu0.2', '5.6.2-1', '5.8.1-1'],
  );
  check(
    inRange('apk', [
      ['introduced', '5.6.0-r0'],
      ['fixed', '5.6.1-r2'],
    ]),
    ['5.6.0-r1', '5.6.1-r0', '5.6.1-r1'],
    ['5.4.6-r0', '5.6.1-r2', '5.6.1-r3', '5.6.2-r0'],
  );
  check(
    inRange('rpm', [
      ['introduced', '5.6.0-0'],
      ['fixed', '5.6.1.a'],
    ]),
    ['5.6.0-1.fc40', '5.6.0-2.fc41', '5.6.1-1.1'],
    ['5.4.6-3.fc40', '1:5.4.6-1.fc41', '5.6.1.revertto5.4-3.2', '5.6.2-1.fc41'],
  );
});
