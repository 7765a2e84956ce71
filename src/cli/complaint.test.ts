import assert from 'node:assert/strict';
import { test } from 'node:test';
import { misuse, unavailable } from '../core/fault.ts';
import { complaintOf } from './complaint.ts';

test('one line stays one, with its code', () => {
  assert.equal(complaintOf(misuse('TRUST_INVALID', 'a.yaml:1: odd')), 'tidewaiter: a.yaml:1: odd (TRUST_INVALID)');
});

test('each mistake in a file has a line of its own, set in, and harmless', () => {
  const fault = misuse('TRUST_INVALID', 'a.yaml:1: odd\na.yaml:2: \u001b[2J::set-env name=x\ntidewaiter: all is well');
  assert.equal(
    complaintOf(fault),
    [
      'tidewaiter: what must be changed (TRUST_INVALID):',
      '  a.yaml:1: odd',
      '  a.yaml:2: \\x1b[2J\\x3a:set-env name=x',
      '  tidewaiter: all is well',
    ].join('\n'),
  );
});

test('thousands of lines are cut, and it says so', () => {
  const said = complaintOf(misuse('TRUST_INVALID', 'x\n'.repeat(5000))).split('\n');
  assert.deepEqual([said.length, said.at(-1)], [52, '  … and 4951 more']);
});

test('what comes from outside is one line, whatever it holds', () => {
  assert.equal(complaintOf(unavailable('X_GONE', 'no\ntidewaiter: yes')), 'tidewaiter: no\\ntidewaiter: yes (X_GONE)');
});
