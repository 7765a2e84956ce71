/** Correlations of all types against windows that are looked at one by one: every group that should be told is, and no other. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { correlationOf, detectorOf, eventOf, namedRule } from '../../../test/builders/detecting.ts';
import { openRandom } from '../../../test/builders/random.ts';
import type { Event } from '../../core/event.ts';

type Field = 'kind' | 'n' | 'v' | 'u';
const of = (event: Event, field: Field): string => String(event.fields[field]);
const numbers = (window: readonly Event[]): readonly number[] => window.map((event) => Number(of(event, 'n')));
const sum = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The longest run of the rules in their order that ends at the window's last event, tried in every way. */
const longest = (window: readonly Event[], order: readonly string[]): number => {
  const from = (place: number, rule: number): number =>
    1 +
    Math.max(
      0,
      ...window.flatMap((event, before) =>
        before < place && order.indexOf(of(event, 'kind')) < rule
          ? [from(before, order.indexOf(of(event, 'kind')))]
          : [],
      ),
    );
  const last = window.length - 1;
  const end = window[last];
  return end === undefined ? 0 : from(last, order.indexOf(of(end, 'kind')));
};

interface Row {
  readonly type: string;
  readonly condition: string;
  readonly rules: readonly string[];
  /** Of a window, its events in order. */
  readonly holds: (window: readonly Event[]) => boolean;
}

const rows: readonly Row[] = [
  { type: 'event_count', condition: 'gte: 5', rules: ['a', 'b'], holds: (window) => window.length >= 5 },
  { type: 'event_count', condition: 'eq: 4', rules: ['a'], holds: (window) => window.length === 4 },
  {
    type: 'value_count',
    condition: 'field: v\ngt: 3',
    rules: ['a', 'b'],
    holds: (window) => new Set(window.map((event) => of(event, 'v'))).size > 3,
  },
  {
    type: 'temporal',
    condition: '',
    rules: ['a', 'b', 'c'],
    holds: (window) => new Set(window.map((event) => of(event, 'kind'))).size === 3,
  },
  {
    type: 'temporal_ordered',
    condition: '',
    rules: ['c', 'a', 'b'],
    holds: (window) => longest(window, ['c', 'a', 'b']) === 3,
  },
  {
    type: 'temporal_ordered',
    condition: 'eq: 2',
    rules: ['c', 'a', 'b'],
    holds: (window) => longest(window, ['c', 'a', 'b']) === 2,
  },
  {
    type: 'temporal_ordered',
    condition: 'gte: 3',
    rules: ['d', 'b', 'c', 'a'],
    holds: (window) => longest(window, ['d', 'b', 'c', 'a']) >= 3,
  },
  {
    type: 'value_sum',
    condition: 'field: n\ngte: 20',
    rules: ['a', 'b'],
    holds: (window) => sum(numbers(window)) >= 20,
  },
  {
    type: 'value_avg',
    condition: 'field: n\nlt: 2',
    rules: ['a', 'b'],
    holds: (window) => sum(numbers(window)) / window.length < 2,
  },
  {
    type: 'value_percentile',
    condition: 'field: v\nlte: 20',
    rules: ['a', 'b', 'c'],
    holds: (window) => {
      const last = window.at(-1);
      return (
        last !== undefined &&
        (100 * window.filter((event) => of(event, 'v') === of(last, 'v')).length) / window.length <= 20
      );
    },
  },
  {
    type: 'value_percentile',
    condition: 'field: n\npercentile: 75\ngte: 8',
    rules: ['a'],
    holds: (window) =>
      (numbers(window).toSorted((one, other) => one - other)[Math.ceil(0.75 * window.length) - 1] ?? 0) >= 8,
  },
];

const timespan = 8000;

describe('windows looked at one by one', () => {
  for (const [position, { type, condition, rules, holds }] of rows.entries())
    test(`${type} ${condition.replaceAll('\n', ' ')}`, () => {
      const random = openRandom(position);
      const documents = [
        ...['a', 'b', 'c', 'd'].map(namedRule),
        correlationOf(
          'C',
          `type: ${type}\nrules: [${rules.join(', ')}]\ngroup-by: [u]\ntimespan: 8s\n${condition === '' ? '' : `condition:\n${condition.replaceAll(/^/gm, '  ')}`}`,
        ),
      ];
      let told = 0;
      for (let round = 0; round < 30; round++) {
        // Every moment once: what happened together has no order to look at.
        const moments = Array.from({ length: 60 }, (_, number) => number * 500 + random.below(400));
        const events = moments.map((at, number) =>
          eventOf(
            { kind: random.pick(['a', 'b', 'c', 'd']), u: random.below(3), n: random.below(10), v: random.below(7) },
            at,
            `${number}`,
          ),
        );
        const detector = detectorOf(documents);
        const matches = events.flatMap((event) => detector.push(event)).filter(({ kind }) => kind === 'correlation');
        const groups = [...new Set(events.map((event) => of(event, 'u')))];
        const expected = groups.flatMap((group) => {
          const own = events.filter((event) => of(event, 'u') === group && rules.includes(of(event, 'kind')));
          const ends = own.filter((end) =>
            holds(own.filter((event) => event.at <= end.at && event.at >= end.at - timespan)),
          );
          // Told at the first, and again at the first that is more than the timespan behind the one told.
          let last = Number.NEGATIVE_INFINITY;
          return ends.flatMap(({ at }) => (at - last > timespan ? [`${group}@${(last = at)}`] : []));
        });
        assert.deepEqual(matches.map(({ group, at }) => `${group['u']}@${at}`).toSorted(), expected.toSorted());
        told += expected.length;
      }
      assert.ok(told > 20, `${told} told`);
    });
});
