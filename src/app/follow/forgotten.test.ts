import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noneDropped } from '../../detect/correlation/state.ts';
import { openDetector } from '../../detect/detector.ts';
import { openIncidents } from '../../detect/incidents/incidents.ts';
import { ForgottenTelling, forgottenOf } from './forgotten.ts';

const nothing = {
  detector: openDetector({ rules: [] }).figures(),
  join: openIncidents({ suppressions: [], verdictOf: () => undefined, redact: (text) => text }).figures(),
};
const withLate = (late: number, more: object = {}) => ({
  ...nothing,
  detector: { ...nothing.detector, dropped: { ...noneDropped(), late, ...more } },
});

test('nothing is told while nothing is left out; events that come again, and groups without a value, are nothing', () => {
  assert.deepEqual(forgottenOf(nothing), {});
  assert.deepEqual(forgottenOf(withLate(0, { doubled: 5, ungrouped: 7 })), {});
  assert.deepEqual(new ForgottenTelling().tell(withLate(0, { doubled: 5, ungrouped: 7 })), []);
});

test('a count is told at the first, and whenever it is ten times as high', () => {
  const telling = new ForgottenTelling();
  const told = [0, 1, 2, 9, 10, 11, 250, 999, 1000].map((late) => telling.tell(withLate(late)).length);
  assert.deepEqual(told, [0, 1, 0, 0, 1, 0, 1, 0, 1]);
});

test('what is told names every count', () => {
  const telling = new ForgottenTelling();
  const [gap] = telling.tell(withLate(3, { groups: 40 }));
  assert.equal(gap?.code, 'EVENTS_FORGOTTEN');
  assert.match(gap.reason, /: correlation-late 3, correlation-groups 40$/);
});
