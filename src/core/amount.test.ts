import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, grouped } from './amount.ts';

test('three digits stand together, counted from the end', () => {
  assert.deepEqual([0, 7, 999, 1000, 63_412, 100_000, 1_234_567].map(grouped), [
    '0',
    '7',
    '999',
    '1,000',
    '63,412',
    '100,000',
    '1,234,567',
  ]);
});

test('numbers are written as the locale of the reports does', () => {
  for (const count of [0, 12, 1_000, 10_000, 999_999, 1_000_000, 2 ** 53 - 1, -1, -1_000, -100_000])
    assert.equal(grouped(count), count.toLocaleString('en-GB'), String(count));
});

test('one is said without an s', () => {
  assert.deepEqual(
    [0, 1, 2, 1_000].map((count) => counted(count, 'rule')),
    ['0 rules', '1 rule', '2 rules', '1,000 rules'],
  );
});
