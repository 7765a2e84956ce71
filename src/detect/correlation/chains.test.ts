/** Aliases, correlations of correlations, and who is told. Correlation specification 2.1, “Field Name Aliases”, “Generate”. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { correlation, events, rules, told } from '../../../test/builders/correlating.ts';
import { correlationOf } from '../../../test/builders/detecting.ts';

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
