import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSemver } from './semver-order.ts';

test('the order of the specification', () => {
  const ordered = [
    '0.9.9',
    '1.0.0-0',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.9',
    '1.0.10',
    '1.2.0',
    '10.0.0',
    '99999999999999999999.0.0',
    '100000000000000000000.0.0',
  ];
  for (const [i, one] of ordered.entries())
    for (const [j, other] of ordered.entries())
      assert.equal(Math.sign(compareSemver(one, other)), Math.sign(i - j), `${one} and ${other}`);
});

test('build marks, a v in front, numbers left out and leading zeros make no difference', () => {
  for (const [one, other] of [
    ['1.0.0+a', '1.0.0+b'],
    ['v1.2.3', '1.2.3'],
    ['1.2', '1.2.0'],
    ['01.2.0', '1.2.0'],
  ] as const)
    assert.equal(compareSemver(one, other), 0, `${one} and ${other}`);
});

test('any two texts have an order, and the same both ways', () => {
  const texts = ['', '-', '+', 'x', '1.x', '1..2', '-1', '1-', 'é', '1.0.0-é'];
  for (const one of texts)
    for (const other of texts) assert.equal(compareSemver(one, other) + compareSemver(other, one), 0);
});
