import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correlationOf, namedRule, ruleOf, selectionOf } from '../../test/builders/detecting.ts';
import { compileRules } from '../detect/compile-rules.ts';
import { measureSigma } from './sigma-cost.ts';

const costOf = (...documents: readonly string[]) => {
  const { rules, refused } = compileRules(documents.map((text, number) => ({ file: `rule-${number}.yml`, text })));
  assert.deepEqual(refused, []);
  return measureSigma(rules);
};

test('without rules over events there is nothing to measure', () => {
  assert.equal(costOf(), undefined);
});

test('rules that are asked of every event, and large expressions, are named with the reason and their place', () => {
  const cost = costOf(
    namedRule('a'),
    ruleOf('s:\n  f|gt: 5\ncondition: s', 'title: Numbers'),
    selectionOf("f|re: 'ab(c[a-z]{1,400}d){1,2}'").replace('title: T', 'title: Large'),
    correlationOf('c', 'type: event_count\nrules: [a]\ngroup-by: [u]\ntimespan: 1m\ncondition:\n  gte: 2'),
  );
  assert.ok(cost !== undefined && cost.eventsPerSecond > 0);
  const reasons = new Map(cost.slow.map(({ id, line, reasons }) => [`${id}:${line}`, reasons.join(' ')]));
  assert.match(reasons.get('sigma/rule-1:1') ?? '', /requires no literal/);
  assert.match(reasons.get('sigma/rule-2:1') ?? '', /expression of \d{3,4} instructions/);
  assert.ok(!/literal|expression/.test(reasons.get('sigma/rule-0:1') ?? ''));
});

test('fields with names that mean something to the language are names like others', () => {
  const cost = costOf(
    selectionOf(
      "__proto__|contains: x\ntidewaiter.__proto__.polluted: y\ntidewaiter.process.commandLine|endswith: 'z'",
    ),
  );
  assert.ok((cost?.eventsPerSecond ?? 0) > 0);
  assert.equal(({} as { readonly polluted?: unknown }).polluted, undefined);
});
