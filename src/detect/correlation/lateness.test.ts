/** Correlations over event time: what comes out of order, too late, or from the future; and what is remembered, within its limits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { correlation, events, rules, told } from '../../../test/builders/correlating.ts';
import { correlationOf, detectorOf, eventOf, toldBy } from '../../../test/builders/detecting.ts';
import type { Event } from '../../core/event.ts';

describe('time', () => {
  const three = correlation('event_count', 'gte: 3');
  const ordered = correlation('temporal_ordered', '', 'rules: [a, b, c]\ngroup-by: [u]\ntimespan: 10s');
  test('events that come out of order are counted where they belong', () => {
    assert.deepEqual(told(three, events([9, 'a'], [1, 'a'], [5, 'a'])), ['C@9000 3 [2 3 1]']);
    assert.deepEqual(told(three, events([0, 'a'], [20, 'a'], [1, 'a'], [2, 'a'])), ['C@2000 3 [1 3 4]']);
    assert.deepEqual(told(ordered, events([2, 'c'], [0, 'a'], [1, 'b'])), ['C@2000 3 [2 3 1]']);
  });
  test('where several happen in one moment, a late event is counted before none or all of them', () => {
    const sum = correlation('value_sum', 'field: n\neq: 7');
    assert.deepEqual(told(sum, events([10, 'a', { n: 5 }], [10, 'a', { n: 3 }], [5, 'a', { n: 2 }])), []);
    assert.deepEqual(told(sum, events([10, 'a', { n: 3 }], [10, 'a', { n: 1 }], [5, 'a', { n: 3 }])), [
      'C@10000 7 [3 1 2]',
    ]);
  });
  test('later than the lateness is too late: counted, not correlated, still matched', () => {
    const detector = detectorOf([...three.slice(0, -1), `${three.at(-1) ?? ''}generate: true\n`], { latenessMs: 5000 });
    const given = events([10, 'a'], [11, 'a'], [5, 'a'], [6, 'a']);
    assert.deepEqual(
      given.map((event) => toldBy(detector.push(event)).length),
      [1, 1, 1, 2],
    );
    assert.equal(detector.figures().dropped.late, 1);
  });
  test('an event from the future, by the caller’s clock, does not make the others late', () => {
    const detector = detectorOf(three, { latenessMs: 1000 });
    const given = events([0, 'a'], [1_000_000, 'a'], [1, 'a'], [2, 'a']);
    assert.deepEqual(toldBy(given.flatMap((event) => detector.push(event, 60_000))), ['C@2000 3 [1 3 4]']);
    assert.equal(detector.figures().dropped.early, 1);
    const broken = detectorOf(three);
    assert.deepEqual(broken.push(eventOf({ kind: 'a', u: 1 }, Number.NaN)), []);
    assert.equal(broken.figures().dropped.early, 1);
  });
  test('in any order within the lateness, the same groups are told; twice the same order gives the same bytes', () => {
    const kinds = ['a', 'b', 'c'];
    const documents = [
      ...rules,
      ...['event_count', 'temporal', 'temporal_ordered'].map((type) =>
        correlationOf(
          type,
          `type: ${type}\nrules: [a, b, c]\ngroup-by: [u]\ntimespan: 7s\n${type === 'event_count' ? 'condition:\n  gte: 6' : ''}`,
        ),
      ),
      correlationOf(
        'value',
        'type: value_sum\nrules: [a]\ngroup-by: [u]\ntimespan: 5s\ncondition:\n  field: n\n  gte: 9',
      ),
    ];
    let state = 7;
    const next = (limit: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % limit;
    };
    const given = events(
      ...Array.from({ length: 400 }, () => [next(90), kinds[next(3)] ?? 'a', { u: next(12), n: next(5) }] as const),
    );
    const groupsOf = (order: readonly Event[]): readonly string[] => {
      const detector = detectorOf(documents);
      return [
        ...new Set(order.flatMap((event) => detector.push(event).map(({ rule, group }) => `${rule.id} ${group['u']}`))),
      ].toSorted();
    };
    const inOrder = given.toSorted((one, other) => one.at - other.at || Number(one.id) - Number(other.id));
    const expected = groupsOf(inOrder);
    assert.ok(expected.length > 10);
    assert.deepEqual(groupsOf(given), expected);
    assert.deepEqual(groupsOf(inOrder.toReversed()), expected);
    assert.deepEqual(told(documents, given), told(documents, given));
  });
});

describe('starting anew', () => {
  const documents = [
    correlationOf('top', 'type: temporal_ordered\nrules: [many, b]\ngroup-by: [u]\ntimespan: 20s'),
    correlationOf('many', 'type: event_count\nrules: [a]\ngroup-by: [u]\ntimespan: 10s\ncondition:\n  gte: 3'),
    ...rules,
  ];
  test('a detector that is handed the events within its reach tells what the old one would have told', () => {
    const old = detectorOf(documents, { latenessMs: 5000 });
    assert.equal(old.reachMs, 35_000);
    const given = events(
      ...Array.from({ length: 40 }, (_, number) => [number * 3, number % 13 === 12 ? 'b' : 'a'] as const),
      [120, 'a'],
      [122, 'a'],
      [124, 'a'],
      [140, 'b'],
    );
    for (const event of given.slice(0, -1)) old.push(event);
    const fresh = detectorOf(documents, { latenessMs: 5000 });
    for (const event of given.slice(0, -1).filter(({ at }) => at >= 140_000 - old.reachMs)) fresh.push(event);
    const last = given.slice(-1);
    const expected = last.flatMap((event) => old.push(event));
    assert.equal(expected.length, 1);
    assert.deepEqual(
      last.flatMap((event) => fresh.push(event)),
      expected,
    );
  });
  test('the id of a match is that of its rule, group and last event', () => {
    const detector = detectorOf(documents);
    const ids = events([0, 'a'], [1, 'a'], [2, 'a'], [3, 'b'], [3, 'c'])
      .flatMap((event) => detector.push(event))
      .map(({ id }) => id);
    assert.deepEqual(ids, ['["top","x","4"]', '["c","5"]']);
  });
});

describe('what is remembered stays within its limits, and what was dropped is counted', () => {
  const three = correlation('event_count', 'gte: 3');
  test('groups: the ones unused for longest go', () => {
    const detector = detectorOf(three, { groups: 10 });
    for (let number = 0; number < 100; number++)
      detector.push(eventOf({ kind: 'a', u: `g${number}` }, number, `${number}`));
    const { groups, entries, dropped } = detector.figures();
    assert.deepEqual([groups, entries, dropped.groups, dropped.entries], [10, 10, 90, 90]);
  });
  test('entries of one group: the oldest go', () => {
    const many = correlation('value_count', 'field: v\ngte: 3');
    const detector = detectorOf(many, { entriesOfGroup: 5 });
    for (let number = 0; number < 20; number++) detector.push(eventOf({ kind: 'a', u: 1, v: 1 }, number, `${number}`));
    assert.deepEqual([detector.figures().entries, detector.figures().dropped.entries], [5, 15]);
    const [match] = [2, 3].flatMap((v) => detector.push(eventOf({ kind: 'a', u: 1, v }, 30 + v, `v${v}`)));
    assert.equal(match?.value, 3);
  });
  test('a count that asks for more than a group holds gets that much', () => {
    const detector = detectorOf(correlation('event_count', 'gte: 50'), { entriesOfGroup: 5 });
    const matches = Array.from({ length: 50 }, (_, number) =>
      detector.push(eventOf({ kind: 'a', u: 1 }, number, `${number}`)),
    ).flat();
    assert.equal(matches.length, 1);
  });
  test('a flooded correlation gives way, a quiet one keeps what it knows', () => {
    const documents = [
      ...rules,
      correlationOf('flooded', 'type: event_count\nrules: [a]\ngroup-by: [u]\ntimespan: 1h\ncondition:\n  gte: 9'),
      correlationOf('quiet', 'type: event_count\nrules: [b]\ngroup-by: [u]\ntimespan: 1h\ncondition:\n  gte: 2'),
    ];
    const detector = detectorOf(documents, { entries: 50 });
    detector.push(eventOf({ kind: 'b', u: 'x' }, 0, 'first'));
    for (let number = 0; number < 500; number++)
      detector.push(eventOf({ kind: 'a', u: `g${number}` }, number, `${number}`));
    assert.deepEqual(toldBy(detector.push(eventOf({ kind: 'b', u: 'x' }, 600, 'second'))), [
      'quiet@600 2 [first second]',
    ]);
    assert.ok(detector.figures().entries <= 50);
  });
  test('what no window can hold any more is forgotten without being counted as dropped', () => {
    const detector = detectorOf(three, { latenessMs: 1000 });
    for (let number = 0; number < 2000; number++)
      detector.push(eventOf({ kind: 'a', u: `g${number}` }, number * 5000, `${number}`));
    const { groups, entries, dropped } = detector.figures();
    assert.ok(groups < 10 && entries < 10, `${groups} groups, ${entries} entries`);
    assert.deepEqual([dropped.groups, dropped.entries], [0, 0]);
  });
  test('a flood out of order costs little, and what was not looked at is counted', () => {
    for (const [type, condition] of [
      ['event_count', 'gte: 3'],
      ['temporal_ordered', ''],
    ] as const) {
      const detector = detectorOf(correlation(type, condition, 'rules: [a, b]\ngroup-by: [u]\ntimespan: 1h'));
      const kinds = ['b', 'a'];
      for (let number = 0; number < 4000; number++)
        detector.push(eventOf({ kind: kinds[number % 2], u: 1 }, 10_000 + number, `${number}`));
      assert.equal(detector.figures().dropped.windows, 0);
      detector.push(eventOf({ kind: 'a', u: 1 }, 10_000, 'late'));
      assert.equal(detector.figures().dropped.windows, 1);
      assert.equal(detector.figures().entries, 4001);
    }
  });
  test('an event that comes again counts once, for as many events as ids are remembered', () => {
    const again = (ids: number): readonly [number, number] => {
      const detector = detectorOf(three, { ids });
      const order = [1, 2, 1, 2, 1];
      const matches = order.flatMap((id) => detector.push(eventOf({ kind: 'a', u: 1 }, 0, `${id}`)));
      return [matches.length, detector.figures().dropped.doubled];
    };
    assert.deepEqual(again(2), [0, 3]);
    assert.deepEqual(again(1), [1, 0]);
  });
  test('a match names its last hundred events and counts the others; long values are cut', () => {
    const detector = detectorOf(correlation('event_count', 'gte: 250'));
    const matches = Array.from({ length: 250 }, (_, number) =>
      detector.push(eventOf({ kind: 'a', u: 'y'.repeat(10_000) }, number, `${number}`)),
    ).flat();
    assert.deepEqual(
      [matches.length, matches[0]?.events.length, matches[0]?.more, matches[0]?.events.at(-1)],
      [1, 100, 150, '249'],
    );
    assert.ok((matches[0]?.group['u']?.length ?? 0) < 300);
  });
});
