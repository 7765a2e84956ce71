/** Every form of condition, over searches of which each holds or not. Rules specification 2.1, “Condition”. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isMatch, refusalOf, ruleOf } from '../../test/builders/detecting.ts';

const names = ['a', 'b', 'c', 'sel_one', 'sel_two', 'filter_x', '_hidden', 'not_me', 'sel-dash'];

const rule = (condition: string): string =>
  ruleOf(`${names.map((name) => `${name}:\n  f: ${name}`).join('\n')}\ncondition: ${condition}`);

/** The searches named hold, the others do not. */
const holds = (condition: string, ...held: readonly string[]): boolean => isMatch(rule(condition), { f: held, g: 1 });

type Held = readonly string[];

const rows: readonly (readonly [condition: string, yes: readonly Held[], no: readonly Held[]])[] = [
  ['a', [['a']], [[], ['b']]],
  ['a and b', [['a', 'b']], [['a'], ['b']]],
  ['a or b', [['a'], ['b']], [['c']]],
  ['not a', [[], ['b']], [['a']]],
  ['not not a', [['a']], [[]]],
  ['a and not b', [['a']], [['a', 'b'], []]],
  // Least binding first: or, and, not.
  ['a or b and c', [['a'], ['b', 'c']], [['b'], ['c']]],
  ['a and b or c', [['c'], ['a', 'b']], [['a'], ['b']]],
  ['not a or b', [[], ['a', 'b']], [['a']]],
  ['not a and b', [['b']], [[], ['a', 'b']]],
  [
    '(a or b) and c',
    [
      ['a', 'c'],
      ['b', 'c'],
    ],
    [['a'], ['c']],
  ],
  ['not (a or b)', [[], ['c']], [['a'], ['b']]],
  ['((a))and(b)', [['a', 'b']], [['a']]],
  ['a AND NOT b Or c', [['a'], ['c']], [['a', 'b']]],
  // Quantities.
  ['1 of sel_*', [['sel_one'], ['sel_two']], [['a'], []]],
  ['any of sel_*', [['sel_one'], ['sel_two']], [['a'], []]],
  ['all of sel_*', [['sel_one', 'sel_two']], [['sel_one'], ['sel_two']]],
  ['1 of sel*', [['sel-dash']], [['a']]],
  ['1 of *_t*', [['sel_two']], [['sel_one']]],
  ['all of a', [['a']], [['b']]],
  ['1 of them', [['a'], ['filter_x']], [['_hidden'], []]],
  ['all of them', [names.filter((name) => name !== '_hidden')], [['a', 'b', 'c']]],
  ['1 of _*', [['_hidden']], [['a']]],
  ['_hidden', [['_hidden']], [['a']]],
  ['a and not 1 of filter_*', [['a']], [['a', 'filter_x']]],
  ['a and 1 of sel_* and not 1 of filter_*', [['a', 'sel_one']], [['a'], ['a', 'sel_one', 'filter_x']]],
  ['not all of sel_*', [['sel_one'], []], [['sel_one', 'sel_two']]],
  ['not_me', [['not_me']], [[]]],
  ['sel-dash', [['sel-dash']], [[]]],
  // Lists are linked by or.
  ['[a and b, c]', [['a', 'b'], ['c']], [['a']]],
  ['[a]', [['a']], [['b']]],
];

describe('conditions', () => {
  for (const [condition, yes, no] of rows)
    test(condition, () => {
      for (const held of yes) assert.ok(holds(condition, ...held), `holds with ${held.join(' ') || 'nothing'}`);
      for (const held of no) assert.ok(!holds(condition, ...held), `does not hold with ${held.join(' ') || 'nothing'}`);
    });

  test('a search may have the name of a word of the language', () => {
    const named = ruleOf('and:\n  f: x\nof:\n  f: y\ncondition: and or of');
    assert.ok(isMatch(named, { f: 'x' }));
    assert.ok(isMatch(named, { f: 'y' }));
    assert.ok(!isMatch(named, { f: 'z' }));
  });
});

const refusals: readonly (readonly [condition: string, reason: RegExp])[] = [
  ['a and', /ends too early/],
  ['', /must be a text|ends too early/],
  ['[]', /list of conditions is empty/],
  ['[[a]]', /condition must be a text/],
  ['7', /condition must be a text/],
  ['a b', /does not go on with “b”/],
  ['(a', /lacks a closing bracket/],
  ['a)', /does not go on with “\)”/],
  ['missing', /names “missing”, which is not defined/],
  ['2 of sel_*', /names “2”/],
  ['1 of', /needs a name or “them”/],
  ['1 of (a)', /needs a name or “them”/],
  ['1 of nothing*', /No search identifier is meant by “nothing\*”/],
  ['a | count() > 5', /write a correlation rule/],
  ['a near b', /does not go on with “near”/],
  [`${'('.repeat(70)}a${')'.repeat(70)}`, /nested deeper than 64/],
  [`${'not '.repeat(70)}a`, /nested deeper than 64/],
  [Array.from({ length: 1001 }, () => 'a').join(' or '), /more than 2000 words/],
];

describe('conditions that are refused', () => {
  for (const [condition, reason] of refusals)
    test(condition.slice(0, 40) || 'none', () => assert.match(refusalOf([rule(condition)]), reason));

  test('no condition, no searches, an old timeframe', () => {
    assert.match(refusalOf([ruleOf('a:\n  f: x')]), /^5: The detection has no condition/);
    assert.match(refusalOf([ruleOf('condition: a')]), /no search identifier/);
    assert.match(refusalOf([ruleOf('a:\n  f: x\ntimeframe: 5m\ncondition: a')]), /“timeframe” is no longer/);
  });
});
