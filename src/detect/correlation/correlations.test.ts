/** All seven types of correlations, over event time: windows, groups, aliases, chains, order and lateness. Correlation specification 2.1. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { correlationOf, detectorOf, eventOf, namedRule, toldBy } from '../../../test/builders/detecting.ts';
import type { Event } from '../../core/event.ts';
import type { DetectorLimits } from './state.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `kind` is the rule that matches; the id is its number. */
const events = (...given: readonly (readonly [at: number, kind: string, fields?: Fields])[]): readonly Event[] =>
  given.map(([at, kind, fields], number) => eventOf({ kind, u: 'x', ...fields }, at * 1000, String(number + 1)));

const told = (
  documents: readonly string[],
  given: readonly Event[],
  limits: Partial<DetectorLimits> = {},
): readonly string[] => {
  const detector = detectorOf(documents, limits);
  return toldBy(given.flatMap((event) => detector.push(event)));
};

const rules = ['a', 'b', 'c'].map(namedRule);

const correlation = (
  type: string,
  condition: string,
  more = 'rules: [a]\ngroup-by: [u]\ntimespan: 10s',
): readonly string[] => [
  ...rules,
  correlationOf(
    'C',
    `type: ${type}\n${more}\n${condition === '' ? '' : `condition:\n${condition.replaceAll(/^/gm, '  ')}`}`,
  ),
];

describe('event_count', () => {
  const three = correlation('event_count', 'gte: 3');
  test('as many as asked for within the timespan, both ends included', () => {
    assert.deepEqual(told(three, events([0, 'a'], [5, 'a'], [10, 'a'])), ['C@10000 3 [1 2 3]']);
    assert.deepEqual(told(three, events([0, 'a'], [5, 'a'], [10.001, 'a'])), []);
    assert.deepEqual(told(three, events([0, 'a'], [5, 'a'])), []);
  });
  test('windows slide: no border between them hides a burst', () => {
    assert.deepEqual(told(three, events([0, 'a'], [8, 'a'], [11, 'a'], [12, 'a'])), ['C@12000 3 [2 3 4]']);
  });
  test('it is told once a timespan for as long as it holds, and again behind it', () => {
    const flood = Array.from({ length: 40 }, (_, second) => [second, 'a'] as const);
    assert.deepEqual(
      told(three, events(...flood)).map((line) => line.split(' ')[0]),
      ['C@2000', 'C@13000', 'C@24000', 'C@35000'],
    );
  });
  test('each group is counted alone, whatever the case of its values', () => {
    const given = events(
      [0, 'a', { u: 'x' }],
      [1, 'a', { u: 'y' }],
      [2, 'a', { u: 'X' }],
      [3, 'a', { u: 'x' }],
      [4, 'a', { u: 'y' }],
    );
    assert.deepEqual(told(three, given), ['C@3000 3 [1 3 4]']);
    const detector = detectorOf(three);
    const [match] = given.flatMap((event) => detector.push(event));
    assert.deepEqual(match?.group, { u: 'x' });
    assert.deepEqual([match?.from, match?.at, match?.kind], [0, 3000, 'correlation']);
  });
  test('several fields make one group; without a value there is none', () => {
    const two = correlation('event_count', 'gte: 2', 'rules: [a]\ngroup-by: [u, v]\ntimespan: 10s');
    const given = events([0, 'a', { v: 1 }], [1, 'a', { v: 2 }], [2, 'a'], [3, 'a'], [4, 'a', { v: 1 }]);
    const detector = detectorOf(two);
    assert.deepEqual(toldBy(given.flatMap((event) => detector.push(event))), ['C@4000 2 [1 5]']);
    assert.equal(detector.figures().dropped.ungrouped, 2);
  });
  test('values that only run together differently are different groups', () => {
    const two = correlation('event_count', 'gte: 2', 'rules: [a]\ngroup-by: [u, v]\ntimespan: 10s');
    assert.deepEqual(told(two, events([0, 'a', { u: 'x,y', v: 'z' }], [1, 'a', { u: 'x', v: 'y,z' }])), []);
    const long = 'x'.repeat(5000);
    assert.deepEqual(told(two, events([0, 'a', { u: `${long}1`, v: 1 }], [1, 'a', { u: `${long}2`, v: 1 }])), []);
  });
  test('without group-by all are one group', () => {
    const all = correlation('event_count', 'gte: 2', 'rules: [a]\ntimespan: 10s');
    assert.deepEqual(told(all, events([0, 'a', { u: 1 }], [1, 'a', { u: 2 }])), ['C@1000 2 [1 2]']);
  });
  test('several rules are counted together', () => {
    const both = correlation('event_count', 'gte: 2', 'rules: [a, b]\ngroup-by: [u]\ntimespan: 10s');
    assert.deepEqual(told(both, events([0, 'a'], [1, 'c'], [2, 'b'])), ['c@1000 [2]', 'C@2000 2 [1 3]']);
  });
  const comparisons: readonly (readonly [condition: string, counts: readonly number[]])[] = [
    ['gt: 2', [3]],
    ['gte: 2', [2]],
    ['lt: 2', [1]],
    ['lte: 1', [1]],
    ['eq: 2', [2]],
    ['neq: 1', [2]],
    ['gt: 1\nlte: 2', [2]],
    ['gte: 9', []],
  ];
  for (const [condition, counts] of comparisons)
    test(condition.replace('\n', ' and '), () =>
      assert.deepEqual(
        told(correlation('event_count', condition), events([0, 'a'], [1, 'a'], [2, 'a'])).map((line) =>
          Number(line.split(' ')[1]),
        ),
        counts,
      ),
    );
});

describe('value_count', () => {
  test('different values, not events', () => {
    const two = correlation('value_count', 'field: v\ngte: 2');
    assert.deepEqual(told(two, events([0, 'a', { v: 1 }], [1, 'a', { v: 1 }], [2, 'a', { v: 2 }])), [
      'C@2000 2 [1 2 3]',
    ]);
    assert.deepEqual(told(two, events([0, 'a', { v: 'q' }], [1, 'a', { v: 'Q' }], [2, 'a'])), []);
    assert.deepEqual(told(two, events([0, 'a', { v: 1 }], [11, 'a', { v: 2 }])), []);
  });
  test('several fields are counted as combinations', () => {
    const three = correlation('value_count', 'field: [v, w]\ngte: 3');
    assert.deepEqual(
      told(
        three,
        events([0, 'a', { v: 1, w: 1 }], [1, 'a', { v: 1, w: 2 }], [2, 'a', { v: 1, w: 1 }], [3, 'a', { v: 2, w: 1 }]),
      ),
      ['C@3000 3 [1 2 3 4]'],
    );
  });
});

describe('temporal', () => {
  const all = correlation('temporal', '', 'rules: [a, b, c]\ngroup-by: [u]\ntimespan: 10s');
  test('all rules, in any order, within the timespan, of one group', () => {
    assert.deepEqual(told(all, events([0, 'c'], [1, 'a'], [2, 'a'], [10, 'b'])), ['C@10000 3 [1 2 3 4]']);
    assert.deepEqual(told(all, events([0, 'c'], [1, 'a'], [11, 'b'])), []);
    assert.deepEqual(told(all, events([0, 'c'], [1, 'a', { u: 'y' }], [2, 'b'])), []);
  });
  test('a condition says how many of the rules', () => {
    const two = correlation('temporal', 'gte: 2', 'rules: [a, b, c]\ngroup-by: [u]\ntimespan: 10s');
    assert.deepEqual(told(two, events([0, 'c'], [1, 'c'], [2, 'a'])), ['C@2000 2 [1 2 3]']);
  });
});

describe('temporal_ordered', () => {
  const all = correlation('temporal_ordered', '', 'rules: [a, b, c]\ngroup-by: [u]\ntimespan: 10s');
  test('all rules in the given order', () => {
    assert.deepEqual(told(all, events([0, 'a'], [1, 'b'], [2, 'c'])), ['C@2000 3 [1 2 3]']);
    assert.deepEqual(told(all, events([0, 'a'], [1, 'c'], [2, 'b'])), []);
    assert.deepEqual(told(all, events([0, 'b'], [1, 'a'], [2, 'b'], [3, 'c'])), ['C@3000 3 [2 3 4]']);
  });
  test('within the timespan, by the latest that lead there', () => {
    assert.deepEqual(told(all, events([0, 'a'], [5, 'a'], [9, 'b'], [15, 'c'])), ['C@15000 3 [2 3 4]']);
    assert.deepEqual(told(all, events([0, 'a'], [9, 'b'], [11, 'c'])), []);
  });
  test('what happened in the same moment is in any order, but one event is not two steps', () => {
    assert.deepEqual(told(all, events([0, 'c'], [0, 'b'], [0, 'a'])), ['C@0 3 [3 2 1]']);
    const same = [
      ...['a', 'b'].map((name) => namedRule(name).replace(`kind: ${name}`, 'kind: x')),
      correlationOf('C', 'type: temporal_ordered\nrules: [a, b]\ngroup-by: [u]\ntimespan: 10s'),
    ];
    assert.deepEqual(told(same, events([0, 'x'])), []);
    assert.deepEqual(told(same, events([0, 'x'], [1, 'x'])), ['C@1000 2 [1 2]']);
  });
  test('a condition asks for the length of the chain', () => {
    const two = correlation('temporal_ordered', 'gte: 2', 'rules: [a, b, c]\ngroup-by: [u]\ntimespan: 10s');
    assert.deepEqual(told(two, events([0, 'a'], [1, 'c'])), ['C@1000 2 [1 2]']);
    assert.deepEqual(told(two, events([0, 'c'], [1, 'a'])), []);
  });
});

describe('value_sum, value_avg, value_percentile', () => {
  test('a sum of numbers, also where they are texts', () => {
    const sum = correlation('value_sum', 'field: n\ngt: 100');
    assert.deepEqual(told(sum, events([0, 'a', { n: 60 }], [1, 'a', { n: '40' }], [2, 'a', { n: 0.5 }])), [
      'C@2000 100.5 [1 2 3]',
    ]);
    assert.deepEqual(told(sum, events([0, 'a', { n: 60 }], [11, 'a', { n: 60 }])), []);
  });
  test('what is no number is counted as unusable, and poisons nothing', () => {
    const detector = detectorOf(correlation('value_sum', 'field: n\ngt: 100'));
    const given = events(
      [0, 'a', { n: 'many' }],
      [1, 'a'],
      [2, 'a', { n: '1e999' }],
      [3, 'a', { n: -1e308 }],
      [14, 'a', { n: 101 }],
    );
    assert.deepEqual(toldBy(given.flatMap((event) => detector.push(event))), ['C@14000 101 [5]']);
    assert.equal(detector.figures().dropped.unusable, 3);
  });
  test('sums do not drift as numbers come and go', () => {
    const sum = correlation('value_sum', 'field: n\neq: 0.3');
    const many = Array.from(
      { length: 5000 },
      (_, number) => [number * 11, 'a', { n: number % 7 === 0 ? 1e14 : 0.1 }] as const,
    );
    const last = 5000 * 11;
    const lines = told(sum, events(...many, [last, 'a', { n: 0.1 }], [last + 1, 'a', { n: 0.2 }]));
    assert.deepEqual(lines, []);
    const close = correlation('value_sum', 'field: n\ngt: 0.2999\nlt: 0.3001');
    assert.equal(told(close, events(...many, [last, 'a', { n: 0.1 }], [last + 1, 'a', { n: 0.2 }])).length, 1);
  });
  test('a mean', () => {
    const mean = correlation('value_avg', 'field: n\ngt: 10');
    assert.deepEqual(told(mean, events([0, 'a', { n: 6 }], [1, 'a', { n: 12 }], [2, 'a', { n: 15 }])), [
      'C@2000 11 [1 2 3]',
    ]);
  });
  test('the share of the event’s own value: what is rare among many', () => {
    const rare = correlation('value_percentile', 'field: v\nlte: 5', 'rules: [a]\ngroup-by: [u]\ntimespan: 1h');
    const many = Array.from({ length: 19 }, (_, second) => [second, 'a', { v: 'common' }] as const);
    assert.deepEqual(
      told(rare, events(...many, [20, 'a', { v: 'rare' }])).map((line) => line.split(' ').slice(0, 2).join(' ')),
      ['C@20000 5'],
    );
    assert.deepEqual(told(rare, events(...many.slice(1), [20, 'a', { v: 'rare' }])), []);
  });
  test('a percentile of numbers, by the nearest rank', () => {
    const median = correlation('value_percentile', 'field: n\npercentile: 50\ngte: 10');
    assert.deepEqual(told(median, events([0, 'a', { n: 1 }], [1, 'a', { n: 10 }], [2, 'a', { n: 11 }])), [
      'C@2000 10 [1 2 3]',
    ]);
  });
});

describe('aliases', () => {
  const aliased = [
    ...rules,
    correlationOf(
      'C',
      'type: temporal\nrules: [a, b]\ngroup-by: [inside]\ntimespan: 10s\naliases:\n  inside:\n    a: dst.ip\n    b: src.ip',
    ),
  ];
  test('a value that different rules find in different fields', () => {
    assert.deepEqual(
      told(aliased, events([0, 'a', { dst: { ip: '192.0.2.1' } }], [1, 'b', { 'src.ip': '192.0.2.1' }])),
      ['C@1000 2 [1 2]'],
    );
    assert.deepEqual(
      told(aliased, events([0, 'a', { src: { ip: '192.0.2.1' } }], [1, 'b', { dst: { ip: '192.0.2.1' } }])),
      [],
    );
  });
  test('counted as a value as well', () => {
    const counted = [
      ...rules,
      correlationOf(
        'C',
        'type: value_count\nrules: [a, b]\ngroup-by: [u]\ntimespan: 10s\naliases:\n  who:\n    a: x\n    b: y\ncondition:\n  field: who\n  gte: 2',
      ),
    ];
    assert.deepEqual(told(counted, events([0, 'a', { x: 1, y: 2 }], [1, 'b', { x: 2, y: 1 }], [2, 'b', { y: 2 }])), [
      'C@2000 2 [1 2 3]',
    ]);
  });
});

describe('chains and generate', () => {
  const chain = [
    correlationOf('top', 'type: temporal_ordered\nrules: [many, b]\ngroup-by: [u]\ntimespan: 10s'),
    correlationOf('many', 'type: event_count\nrules: [a]\ngroup-by: [u, h]\ntimespan: 10s\ncondition:\n  gte: 3'),
    ...rules,
  ];
  test('a correlation of a correlation, by its own grouping, with all its events', () => {
    const given = events([0, 'a', { h: 1 }], [1, 'a', { h: 1 }], [2, 'a', { h: 1 }], [5, 'b']);
    assert.deepEqual(told(chain, given), ['top@5000 2 [1 2 3 4]']);
    assert.deepEqual(told(chain, events([0, 'b'], [1, 'a', { h: 1 }], [2, 'a', { h: 1 }], [3, 'a', { h: 1 }])), []);
    assert.deepEqual(told(chain, events([0, 'a', { h: 1 }], [1, 'a', { h: 2 }], [2, 'a', { h: 3 }], [5, 'b'])), []);
  });
  test('one that goes on holding long after it was told still leads to the next', () => {
    const flood = Array.from({ length: 18 }, (_, second) => [second, 'a', { h: 1 }] as const);
    assert.deepEqual(
      told(chain, events(...flood, [26, 'b'])).map((line) => line.split(' ')[0]),
      ['top@26000'],
    );
  });
  test('fields that the correlation below does not share are its last event’s', () => {
    const above = [
      correlationOf(
        'top',
        'type: value_count\nrules: [many]\ngroup-by: [h]\ntimespan: 1m\ncondition:\n  field: v\n  gte: 2',
      ),
      correlationOf('many', 'type: event_count\nrules: [a]\ngroup-by: [h]\ntimespan: 10s\ncondition:\n  gte: 2'),
      ...rules,
    ];
    const given = events([0, 'a', { h: 1, v: 1 }], [1, 'a', { h: 1, v: 2 }], [2, 'a', { h: 1, v: 3 }]);
    assert.deepEqual(told(above, given), ['top@2000 2 [1 2 3]']);
  });
  test('what is counted is how often one below was told, not how long it held', () => {
    const documents = [
      ...rules,
      correlationOf('many', 'type: event_count\nrules: [a]\ngroup-by: [u]\ntimespan: 10s\ncondition:\n  gte: 3'),
      correlationOf('top', 'type: event_count\nrules: [many]\ngroup-by: [u]\ntimespan: 1m\ncondition:\n  gte: 2'),
    ];
    const flood = Array.from({ length: 18 }, (_, second) => [second, 'a'] as const);
    assert.deepEqual(
      told(documents, events(...flood)).map((line) => line.split(' ')[0]),
      ['top@13000'],
    );
  });
  test('one below shares what it calls by an alias', () => {
    const documents = [
      ...rules,
      correlationOf(
        'both',
        'type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 10s\naliases:\n  who:\n    a: x\n    b: y',
      ),
      correlationOf('top', 'type: event_count\nrules: [both]\ngroup-by: [who]\ntimespan: 10s\ncondition:\n  gte: 1'),
    ];
    assert.deepEqual(told(documents, events([0, 'a', { x: 1 }], [1, 'b', { y: 1 }])), ['top@1000 1 [1 2]']);
  });
  test('what follows from one event is told in the order of the rules', () => {
    const one = (name: string): string =>
      correlationOf(name, 'type: event_count\nrules: [a]\ngroup-by: [u]\ntimespan: 10s\ncondition:\n  gte: 1');
    const above = correlationOf(
      'X',
      'type: event_count\nrules: [Z]\ngroup-by: [u]\ntimespan: 10s\ngenerate: true\ncondition:\n  gte: 1',
    );
    assert.deepEqual(
      told([...rules, above, one('Z'), one('Y')], events([0, 'a'])).map((line) => line.split('@')[0]),
      ['Z', 'Y', 'X'],
    );
  });
  test('an alias names a field for a correlation below, or for the rules below that', () => {
    const aliased = (rule: string): readonly string[] => [
      ...rules,
      correlationOf('many', 'type: event_count\nrules: [a]\ngroup-by: [h]\ntimespan: 10s\ncondition:\n  gte: 2'),
      correlationOf(
        'top',
        `type: temporal\nrules: [many, b]\ngroup-by: [who]\ntimespan: 10s\naliases:\n  who:\n    ${rule}: h\n    b: y`,
      ),
    ];
    const given = events([0, 'a', { h: 'p', y: 'q' }], [1, 'a', { h: 'p', y: 'q' }], [2, 'b', { y: 'p', h: 'q' }]);
    for (const rule of ['many', 'a']) assert.deepEqual(told(aliased(rule), given), ['top@2000 2 [1 2 3]']);
    assert.deepEqual(
      told(aliased('many'), events([0, 'a', { h: 'p' }], [1, 'a', { h: 'p' }], [2, 'b', { h: 'p' }])),
      [],
    );
  });
  test('what a correlation goes by is told on its own only where one says so', () => {
    const given = events([0, 'a'], [1, 'a']);
    const quiet = correlation('event_count', 'gte: 2');
    assert.deepEqual(told(quiet, given), ['C@1000 2 [1 2]']);
    const loud = [...rules, `${quiet.at(-1) ?? ''}generate: true\n`];
    assert.deepEqual(told(loud, given), ['a@0 [1]', 'a@1000 [2]', 'C@1000 2 [1 2]']);
    const inside = [
      ...rules,
      correlationOf(
        'C',
        'type: event_count\nrules: [a]\ngroup-by: [u]\ntimespan: 10s\ngenerate: true\ncondition:\n  gte: 2',
      ),
    ];
    assert.deepEqual(told(inside, given), ['a@0 [1]', 'a@1000 [2]', 'C@1000 2 [1 2]']);
    const both = [
      ...loud,
      correlationOf('D', 'type: event_count\nrules: [a]\ngroup-by: [u]\ntimespan: 10s\ncondition:\n  gte: 9'),
    ];
    assert.deepEqual(told(both, given), ['a@0 [1]', 'a@1000 [2]', 'C@1000 2 [1 2]']);
  });
});

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
