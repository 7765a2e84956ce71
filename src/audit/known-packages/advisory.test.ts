import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparedName, parseAdvisory } from './advisory.ts';

const record = (affected: readonly unknown[], more: object = {}): object => ({
  schema_version: '1.5.0',
  id: 'MAL-2024-1',
  modified: '2024-05-06T07:08:09Z',
  published: '2024-01-02T00:00:00Z',
  summary: 'Malicious code in x (npm)',
  affected,
  ...more,
});
const x = { package: { ecosystem: 'npm', name: 'X' }, versions: ['1.0.0'] };

test('a record of a malicious package', () => {
  assert.deepEqual(parseAdvisory(record([x]), false), [
    {
      id: 'MAL-2024-1',
      ecosystem: 'npm',
      name: 'x',
      distribution: '',
      summary: 'Malicious code in x (npm)',
      date: '2024-05-06',
      source: 'OpenSSF malicious packages',
      versions: ['1.0.0'],
      ranges: [],
    },
  ]);
});

test('records of flaws, and those that were withdrawn, say nothing of malice', () => {
  assert.deepEqual(parseAdvisory(record([x], { id: 'GHSA-1' }), false), []);
  assert.deepEqual(parseAdvisory(record([x], { withdrawn: '2024-05-07T00:00:00Z' }), false), []);
  assert.equal(parseAdvisory(record([x], { id: 'GHSA-1', aliases: ['MAL-2024-1'] }), false)?.length, 1);
  assert.equal(parseAdvisory(record([x], { id: 'OWN-1' }), true)?.length, 1);
});

test('ranges of versions are read, ranges of commits are not, and mean not every version', () => {
  const ranges = (type: string) => [{ type, events: [{ introduced: '0' }, { fixed: '1.2' }, { other: '3' }] }];
  const entry = (type: string) => ({ package: x.package, ranges: ranges(type) });
  assert.deepEqual(parseAdvisory(record([entry('SEMVER')]), false)?.[0]?.ranges, [
    [
      ['introduced', '0'],
      ['fixed', '1.2'],
    ],
  ]);
  assert.deepEqual(parseAdvisory(record([entry('GIT')]), false), []);
});

test('releases of distributions are the distribution; ecosystems that we cannot read are left out', () => {
  const of = (ecosystem: string) => parseAdvisory(record([{ package: { ecosystem, name: 'x' } }]), false) ?? [];
  assert.deepEqual(
    ['Debian:12', 'Alpine:v3.19', 'Rocky Linux:9', 'crates.io']
      .flatMap(of)
      .map((one) => [one.ecosystem, one.distribution]),
    [
      ['deb', 'debian'],
      ['apk', 'alpine'],
      ['rpm', 'rocky'],
      ['cargo', ''],
    ],
  );
  for (const ecosystem of ['VSCode', 'constructor', '']) assert.deepEqual(of(ecosystem), []);
});

test('names that a registry takes for one are one', () => {
  assert.equal(comparedName('pypi', 'My_Package.x'), comparedName('pypi', 'my-package-x'));
  assert.equal(comparedName('cargo', 'a_b'), comparedName('cargo', 'a-b'));
  assert.notEqual(comparedName('go', 'example.com/A'), comparedName('go', 'example.com/a'));
});

test('what is no record is told apart from one that says nothing', () => {
  for (const value of [null, 7, 'x', [], {}, { id: 'MAL-1' }, { affected: [] }, { id: 7, affected: [] }])
    assert.equal(parseAdvisory(value, false), undefined);
  for (const affected of [[], [7], [{}], [{ package: {} }], [{ package: { ecosystem: 'npm' } }]])
    assert.deepEqual(parseAdvisory(record(affected), false), []);
});
