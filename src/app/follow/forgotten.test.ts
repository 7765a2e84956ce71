import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noneDropped } from '../../detect/correlation/state.ts';
import { openDetector } from '../../detect/detector.ts';
import { openIncidents } from '../../detect/incidents/incidents.ts';
import { builtInRulesFolder } from '../rule-locations.ts';
import { openFollower } from './follower.ts';
import { ForgottenTelling, forgottenOf } from './forgotten.ts';
import { noWatchSettings } from './watch-settings.ts';

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
  const steps = { ...nothing, join: { ...nothing.join, dropped: { ...nothing.join.dropped, moments: 9 } } };
  assert.deepEqual(forgottenOf(steps), {}, 'the incident counts them');
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

test('a live follower tells of what came too late among the gaps; one that replays leaves it to its summary', async () => {
  const pull = (number: number, at: number) => ({
    event: {
      id: `pull-${number}`,
      at,
      logsource: { product: 'docker' },
      action: 'pull' as const,
      place: { host: 'gate' },
      image: { kind: 'container' as const, written: 'registry.example/a:1', reference: 'registry.example/a:1' },
      fields: {},
    },
  });
  const now = Date.parse('2026-03-01T12:00:00Z');
  for (const [ceiling, codes] of [
    [() => now, ['EVENTS_FORGOTTEN']],
    [undefined, []],
  ] as const) {
    const follower = await openFollower({
      locations: { builtIn: builtInRulesFolder(), added: [] },
      watch: noWatchSettings,
      verdictOf: () => undefined,
      ...(ceiling === undefined ? {} : { ceiling }),
    });
    assert.deepEqual(follower.take({ events: [pull(1, now)], gaps: [] }).gaps, []);
    const { gaps } = follower.take({ events: [pull(2, now - 3_600_000)], gaps: [] });
    assert.deepEqual(
      gaps.map(({ code }) => code),
      codes,
    );
    assert.ok((forgottenOf(follower.figures())['correlation-late'] ?? 0) > 0);
  }
});
