import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDate } from './date.ts';

test('a date is one that exists', () => {
  for (const good of ['2028-02-29', '2027-12-31', '2027-01-01T00:00:00Z', '2027-01-01T00:00:00.5+02:00'])
    assert.ok(isDate(good), good);
  for (const bad of ['2027-02-29', '2027-00-10', '2027-1-1', '2027-01-01T25:00:00Z', '2027-01-01T00:00:00', 'x', ''])
    assert.ok(!isDate(bad), bad);
});
