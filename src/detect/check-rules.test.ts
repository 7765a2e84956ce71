/** Rules with their proofs: what fires, what must not, what is missing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correlationOf, eventOf, namedRule, ruleOf, selectionOf } from '../../test/builders/detecting.ts';
import { checkRules } from './check-rules.ts';

const rules = [
  namedRule('a'),
  namedRule('b').replace('title:', 'level: high\ntitle:'),
  correlationOf('c', 'type: event_count\nrules: [b]\ngroup-by: [u]\ntimespan: 1m\ncondition:\n  gte: 2'),
];
const texts = rules.map((text, number) => ({ file: `${number}.yml`, text }));
const a = eventOf({ kind: 'a' }, 0, '1');
const b = [0, 1].map((at) => eventOf({ kind: 'b', u: 1 }, at, `b${at}`));

test('proofs that hold, of rules, of rules below a correlation, and of correlations', () => {
  const { failed, unproven, refused } = checkRules(texts, {}, [
    { rule: 'a', fires: true, events: [a] },
    { rule: 'a', fires: false, events: b },
    { rule: 'b', fires: true, events: b },
    { rule: 'c', fires: true, events: b },
    { rule: 'c', fires: false, events: b.slice(1) },
  ]);
  assert.deepEqual([failed, unproven, refused], [[], [], []]);
});

test('proofs that do not, and rules without', () => {
  const { failed, unproven } = checkRules(texts, {}, [
    { rule: 'a', fires: true, events: b },
    { rule: 'a', fires: false, events: [a] },
    { rule: 'd', fires: true, events: [a] },
    { rule: 'c', fires: false, events: [] },
  ]);
  assert.deepEqual(
    failed.map(({ proof, reason }) => `${proof} ${reason}`),
    ['0 “a” does not fire.', '1 “a” fires.', '2 “d” is not loaded.', '3 The proof has no events.'],
  );
  assert.deepEqual(unproven, ['c']);
});

test('remarks: a rule without a literal, one that nobody hears, a search that no condition names', () => {
  const { remarks } = checkRules([
    ...texts,
    { file: 'x.yml', text: selectionOf('f|gt: 5') },
    { file: 'y.yml', text: ruleOf('s:\n  f: x\nt:\n  f: y\ncondition: s', 'title: U') },
  ]);
  assert.deepEqual(
    remarks.map(({ file, reason }) => `${file} ${reason.slice(0, 40)}`),
    [
      'y.yml The condition does not name the search “',
      'x.yml The rule requires no literal, so that it',
      '1.yml The rule is of level high, and only corr',
    ],
  );
});
