import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someVerdict } from '../../test/builders/dossier.ts';
import { exitStatus, worstStatus } from './exit-status.ts';

const clean = someVerdict();
const warned = someVerdict({ assessment: 'suspicious', decision: 'warn' });
const denied = someVerdict({ assessment: 'malicious', decision: 'deny' });
const ruledOut = someVerdict({ assessment: 'clean', decision: 'deny' });
const incomplete = someVerdict({ assessment: 'incomplete', decision: 'deny' });
const accepted = someVerdict({ assessment: 'incomplete', decision: 'allow' });

test('a denial is 1, an incomplete image 3, everything else 0', () => {
  assert.equal(exitStatus([denied], 'deny'), 1);
  assert.equal(exitStatus([ruledOut], 'deny'), 1);
  assert.equal(exitStatus([incomplete], 'deny'), 3);
  for (const verdict of [clean, warned, accepted]) assert.equal(exitStatus([verdict], 'deny'), 0);
});

test('fail-on warn fails on warnings too; fail-on never fails on nothing', () => {
  assert.equal(exitStatus([warned], 'warn'), 1);
  assert.equal(exitStatus([clean], 'warn'), 0);
  for (const verdict of [clean, warned, denied, incomplete]) assert.equal(exitStatus([verdict], 'never'), 0);
});

test('of several the worst counts: 2, then 1, then 3, then 0', () => {
  assert.equal(exitStatus([clean, incomplete, denied], 'deny'), 1);
  assert.equal(exitStatus([clean, incomplete], 'deny'), 3);
  assert.equal(worstStatus([0, 3, 1, 2]), 2);
  assert.equal(worstStatus([0, 0]), 0);
});

test('no verdict at all is not a success', () => {
  assert.equal(exitStatus([], 'deny'), 3);
});
