/** All seven types of correlations: windows and groups. Correlation specification 2.1, “Correlation Types”. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { correlation, events, told } from '../../../test/builders/correlating.ts';
import { correlationOf, detectorOf, namedRule, toldBy } from '../../../test/builders/detecting.ts';

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
