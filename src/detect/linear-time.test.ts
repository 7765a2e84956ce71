/** What catastrophic expressions cost: counted in looks at the text, so that no machine is too slow for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectionOf } from '../../test/builders/detecting.ts';
import { compileRules } from './compile-rules.ts';
import type { Criterion } from './criterion.ts';

type Looking = 'charCodeAt' | 'codePointAt' | 'charAt' | 'indexOf' | 'startsWith' | 'slice' | 'substring';
const looking: readonly Looking[] = [
  'charCodeAt',
  'codePointAt',
  'charAt',
  'indexOf',
  'startsWith',
  'slice',
  'substring',
];

/** A text that counts how often it is looked at. */
const counting = (text: string): { readonly text: string; readonly looks: () => number } => {
  let looks = 0;
  const counted = Object.assign(
    Object(text) as object,
    Object.fromEntries(
      looking.map((name) => [
        name,
        (...words: readonly unknown[]): unknown => {
          looks += 1;
          return Reflect.apply(String.prototype[name], text, words);
        },
      ]),
    ),
  );
  return { text: counted as unknown as string, looks: () => looks };
};

const regexOf = (expression: string): Extract<Criterion, { readonly kind: 'regex' }>['regex'] => {
  const { rules, refused } = compileRules([{ file: 'r', text: selectionOf(`f|re: '${expression}'`) }]);
  assert.deepEqual(refused, []);
  const [rule] = rules.rules;
  assert.ok(rule?.kind === 'detection' && rule.test.kind === 'regex');
  return rule.test.regex;
};

/** Each with what makes a backtracking engine try everything. */
const hostile: readonly (readonly [expression: string, text: (length: number) => string])[] = [
  ['(a+)+$', (length) => `${'a'.repeat(length)}!`],
  ['(a|a)*b$', (length) => 'a'.repeat(length)],
  ['(a|aa)+$', (length) => `${'a'.repeat(length)}!`],
  ['(x+x+)+y$', (length) => 'x'.repeat(length)],
  ['(.*)*,(.*)*;$', (length) => ','.repeat(length)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', (length) => 'a'.repeat(length)],
  ['(?:a?){30}a{30}$', (length) => `${'a'.repeat(length)}!`],
  ['(.{1,20}){1,20}[^a]{3}$', (length) => 'a'.repeat(length)],
];

for (const [expression, textOf] of hostile)
  test(`${expression} looks at each character no more than a few times`, () => {
    const regex = regexOf(expression);
    for (const length of [500, 1000, 2000]) {
      const counted = counting(textOf(length));
      assert.equal(regex.test(counted.text), false);
      const looks = counted.looks();
      assert.ok(looks > 0 && looks <= 4 * length + 100, `${looks} looks at ${length} characters`);
    }
  });
