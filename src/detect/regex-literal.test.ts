/** Literals of regular expressions: what is required, what is not, and that no match is ever without it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RE2JS } from 're2js';
import { openRandom } from '../../test/builders/random.ts';
import { fold } from './fold.ts';
import { literalOf } from './regex-literal.ts';

const rows: readonly (readonly [source: string, literal: string])[] = [
  ['abc', 'abc'],
  ['^abc$', 'abc'],
  ['ab.cde', 'cde'],
  ['ab?cd', 'cd'],
  ['abc*', 'ab'],
  ['ab+c', 'ab'],
  ['ab{0,2}cd', 'cd'],
  ['a{b', 'a{b'],
  ['ab(cdef)gh', 'ab'],
  ['(?:x|y)abc', 'abc'],
  ['[abc]de', 'de'],
  ['[]x]de', 'de'],
  ['[^]x]de', 'de'],
  [String.raw`[\]x]de`, 'de'],
  ['[[:alpha:]]de', 'de'],
  [String.raw`\.exe\s`, '.exe'],
  [String.raw`a\\b`, String.raw`a\b`],
  ['abc|d', ''],
  [String.raw`\x41bc`, ''],
  [String.raw`\Qa|b\E`, ''],
  [String.raw`\pLbc`, ''],
  ['(a|b(c|d))ef', 'ef'],
  ['(?i)abcs', 'abc'],
  ['.*', ''],
  ['', ''],
];

describe('the literal of an expression', () => {
  for (const [source, literal] of rows) test(source, () => assert.equal(literalOf(source, false), literal));
});

test('whatever an expression matches holds its literal', () => {
  const random = openRandom(11);
  const atoms = [
    'a',
    'b',
    's',
    'K',
    '-',
    '.',
    '[ab]',
    '[^]a]',
    '(a|b)',
    '(?:ab)',
    String.raw`\.`,
    String.raw`\s`,
    String.raw`\w`,
    '(?i:as)',
    '^',
    '$',
    String.raw`\b`,
    '{',
    '}',
    ']',
  ];
  const repeats = ['', '', '', '', '?', '*', '+', '{2}', '{0,1}', '{1,}', '??', '+?'];
  const letters = ['a', 'b', 'A', 's', 'ſ', 'S', 'k', 'K', '-', '.', ' ', '{', '}', ']'];
  let matched = 0;
  let found = 0;
  for (let round = 0; round < 30_000; round++) {
    const source = Array.from(
      { length: 1 + random.below(5) },
      () => `${random.pick(atoms)}${random.pick(repeats)}`,
    ).join(random.below(12) === 0 ? '|' : '');
    const insensitive = random.below(2) === 0;
    let regex: RE2JS;
    try {
      regex = RE2JS.compile(source, insensitive ? RE2JS.CASE_INSENSITIVE : 0);
    } catch (thrown) {
      assert.ok(thrown instanceof Error);
      continue;
    }
    const literal = literalOf(source, insensitive);
    if (literal !== '') found++;
    const text = Array.from({ length: random.below(9) }, () => random.pick(letters)).join('');
    if (!regex.test(text)) continue;
    matched++;
    assert.ok(fold(text).includes(fold(literal)), `${source} matches ${text} without ${literal}`);
  }
  assert.ok(matched > 3000 && found > 5000, `${matched} matched, ${found} literals`);
});
