import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Ecosystem } from './package-record.ts';
import { compareVersions } from './package-version.ts';

/** Each list from the oldest to the newest. */
const ascending: Readonly<Partial<Record<Ecosystem, readonly (readonly string[])[]>>> = {
  deb: [
    [
      '1.0~~',
      '1.0~~a',
      '1.0~',
      '1.0',
      '1.0-0.1',
      '1.0-1',
      '1.0-1+b1',
      '1.0-10',
      '1.0a',
      '1.0+b',
      '1.1',
      '1.10',
      '1:0.1',
    ],
    ['2.36-9+deb12u8', '2.36-9+deb12u10', '2.37-1'],
    ['1.0~rc1-1', '1.0-1', '1.0.1-1'],
  ],
  rpm: [
    ['1.0~rc1-1', '1.0-1', '1.0^git1-1', '1.0.1-1', '1.0.10-1', '2:0.1-1'],
    ['5.14.0-1.el9', '5.14.0-1.el10', '5.14.0-70.el9'],
    ['1.0a-1', '1.0.1-1'],
  ],
  apk: [
    [
      '1.0_alpha1-r0',
      '1.0_beta-r0',
      '1.0_rc2-r0',
      '1.0-r0',
      '1.0-r1',
      '1.0-r10',
      '1.0_p1-r0',
      '1.0a-r0',
      '1.0.1-r0',
      '1.10-r0',
    ],
    ['1.2.4_git20230717-r4', '1.2.5-r0'],
  ],
  npm: [['0.9.0', '1.0.0-alpha.1', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.10', '10.0.0']],
  go: [['v0.0.0-20200101000000-abcdefabcdef', 'v0.0.0-20210101000000-abcdefabcdef', 'v0.1.0', 'v1.0.0', 'v1.21.3']],
  cargo: [['0.1.0-pre', '0.1.0', '0.1.1']],
  gem: [['1.0.a', '1.0', '1.0.1']],
  pypi: [['1.0.dev1', '1.0a1', '1.0b2', '1.0rc1', '1.0', '1.0+local', '1.0.post1', '1.1', '1!0.1']],
  maven: [['1.0-SNAPSHOT', '1.0-alpha-1', '1.0-M2', '1.0-rc1', '1.0', '1.0-sp1', '1.0-jre', '1.1']],
};

for (const [ecosystem, lists] of Object.entries(ascending) as [Ecosystem, readonly (readonly string[])[]][])
  test(`versions of ${ecosystem} stand in its order`, () => {
    for (const list of lists)
      for (const [index, older] of list.entries())
        for (const newer of list.slice(index + 1)) {
          assert.ok(compareVersions(ecosystem, older, newer) < 0, `${older} < ${newer}`);
          assert.ok(compareVersions(ecosystem, newer, older) > 0, `${newer} > ${older}`);
        }
  });

test('what differs in writing only is the same version', () => {
  for (const [ecosystem, one, other] of [
    ['deb', '0:1.0-1', '1.0-1'],
    ['deb', '1.0', '1.0-0'],
    ['rpm', '1.01', '1.1'],
    ['npm', '1.0.0+build1', '1.0.0+build2'],
    ['go', 'v1.2.0', '1.2.0'],
    ['maven', '1.0', '1.0.0'],
    ['maven', '1.0', '1.0-ga'],
    ['pypi', '1.0', '1.0.0'],
  ] as const)
    assert.equal(compareVersions(ecosystem, one, other), 0, `${one} = ${other}`);
});

test('numbers longer than a machine word are not rounded', () => {
  assert.ok(compareVersions('deb', '1.99999999999999999998', '1.99999999999999999999') < 0);
  assert.ok(compareVersions('npm', '1.99999999999999999998.0', '1.99999999999999999999.0') < 0);
});

test('any two texts have an order, and it turns around with them', () => {
  const ecosystems = ['deb', 'rpm', 'apk', 'pypi', 'npm', 'gem', 'go', 'maven', 'composer', 'cargo'] as const;
  const text = fc.stringMatching(/^[0-9a-c.~^:+_\-r!é]{0,12}$/);
  fc.assert(
    fc.property(fc.constantFrom(...ecosystems), text, text, (ecosystem, one, other) => {
      const back = compareVersions(ecosystem, other, one);
      assert.equal(compareVersions(ecosystem, one, other), back === 0 ? 0 : -back);
    }),
    { numRuns: 2000 },
  );
});
