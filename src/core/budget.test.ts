import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget, defaultLimits } from './budget.ts';
import { isFault } from './fault.ts';

const code = (run: () => void): string => {
  try {
    run();
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return 'none';
};

test('bytes and entries are counted to the limit and not beyond', () => {
  const budget = new Budget({ ...defaultLimits, bytes: 10, entries: 2 });
  assert.equal(
    code(() => budget.spendBytes(10)),
    'none',
  );
  assert.equal(
    code(() => budget.spendBytes(1)),
    'UNPACKED_TOO_LARGE',
  );
  budget.spendEntry();
  budget.spendEntry();
  assert.equal(
    code(() => budget.spendEntry()),
    'ENTRIES_TOO_MANY',
  );
});

test('nested archives spend from the outer budget too', () => {
  const budget = new Budget({ ...defaultLimits, bytes: 10 });
  budget.nested('one').spendBytes(6);
  assert.equal(
    code(() => budget.nested('two').spendBytes(6)),
    'UNPACKED_TOO_LARGE',
  );
});

test('nesting ends at the depth limit', () => {
  const budget = new Budget({ ...defaultLimits, depth: 1 });
  const inner = budget.nested('one');
  assert.equal(
    code(() => inner.nested('two')),
    'NESTING_TOO_DEEP',
  );
});

test('a ratio counts only above the floor', () => {
  const budget = new Budget({ ...defaultLimits, ratio: 10, ratioFloor: 1000 });
  assert.equal(
    code(() => budget.checkRatio(1, 1000)),
    'none',
  );
  assert.equal(
    code(() => budget.checkRatio(100, 1001)),
    'RATIO_TOO_HIGH',
  );
  assert.equal(
    code(() => budget.checkRatio(101, 1001)),
    'none',
  );
});
