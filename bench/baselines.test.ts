import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitRules } from './baselines.ts';
import { looseRules } from './rules-pack.ts';

test('a rule file is cut into its imports and its rules, private ones too', () => {
  const { imports, rules } = splitRules(
    'import "elf"\nprivate rule a { condition: true }\n\nrule b : tag\n{ condition: a }\n',
  );
  assert.deepEqual(imports, ['import "elf"']);
  assert.deepEqual(
    rules.map((rule) => rule.trim()),
    ['private rule a { condition: true }', 'rule b : tag\n{ condition: a }'],
  );
});

test('the word rule inside a string begins nothing', () => {
  assert.equal(splitRules('rule a { strings: $a = "a rule x" condition: $a }').rules.length, 1);
});

test('the loose pack has as many rules as asked for, and is the same each time', () => {
  assert.equal(splitRules(looseRules(50)).rules.length, 50);
  assert.equal(looseRules(50), looseRules(50));
  assert.notEqual(looseRules(50), looseRules(51));
});
