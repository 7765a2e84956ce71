import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { literalLength, type Need } from './need.ts';
import { patternNeed, readPattern } from './pattern-need.ts';

const needOfRegex = (text: string): Need | undefined => patternNeed({ kind: 'regex', text, modifiers: [] });

const isMet = (need: Need, content: string): boolean => {
  const lower = content.toLowerCase();
  if ('literals' in need) return need.literals.some((literal) => lower.includes(literal.toLowerCase()));
  return need.of.filter((part) => isMet(part, content)).length >= need.count;
};

test('literals of regular expressions, texts and hexadecimal patterns', () => {
  const cases: readonly (readonly [string, Need | undefined])[] = [
    ['stratum\\+tcp', { literals: ['stratum+tcp'] }],
    ['(curl|wget) -O', { literals: ['curl -O', 'wget -O'] }],
    ['zgr[a]b2', { literals: ['zgrab2'] }],
    ['[a-z]+=[a-z]+', undefined],
    ['(abcde)?', undefined],
    ['(abcdef|[0-9])', undefined],
    ['[0-9]{3}trufflehog[a-z]', { literals: ['trufflehog'] }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(needOfRegex(text), expected, text);
  assert.deepEqual(patternNeed({ kind: 'text', text: 'kins\\x69ng', modifiers: [] }), { literals: ['kinsing'] });
  assert.deepEqual(patternNeed({ kind: 'hex', text: ' 6a 29 ?? 58 99 6a 02 5f [1-4] 01', modifiers: [] }), {
    literals: ['\x58\x99\x6a\x02\x5f'],
  });
});

test('where a modifier changes the bytes, nothing is known', () => {
  for (const modifier of ['xor', 'base64', 'wide'])
    assert.equal(patternNeed({ kind: 'text', text: 'trufflehog', modifiers: [modifier] }), undefined);
  assert.equal(literalLength(undefined), 0);
});

/** A regular expression with a text that it matches. */
const matching = fc.letrec<{ readonly node: readonly [string, string] }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('kinsing', 'ab', 'trufflehog', 'x').map((text) => [text, text] as const),
    fc
      .constantFrom(['[a-f]', 'c'], ['.', 'q'], ['\\d', '7'], ['\\.', '.'], ['[t]', 't'], ['\\x41', 'A'])
      .map(([regex, text]) => [regex ?? '', text ?? ''] as const),
    fc.tuple(tie('node'), tie('node')).map(([one, other]) => [one[0] + other[0], one[1] + other[1]] as const),
    fc
      .tuple(tie('node'), tie('node'), fc.boolean())
      .map(([one, other, first]) => [`(${one[0]}|${other[0]})`, first ? one[1] : other[1]] as const),
    fc.tuple(tie('node'), fc.boolean()).map(([one, present]) => [`(${one[0]})?`, present ? one[1] : ''] as const),
    fc
      .tuple(tie('node'), fc.integer({ min: 1, max: 3 }))
      .map(([one, count]) => [`(${one[0]}){1,3}`, one[1].repeat(count)] as const),
    fc
      .tuple(tie('node'), fc.integer({ min: 0, max: 2 }))
      .map(([one, count]) => [`(${one[0]})*`, one[1].repeat(count)] as const),
  ),
}));

test('every match of a regular expression meets its need and is no longer than it can be', () => {
  fc.assert(
    fc.property(matching.node, ([regex, text]) => {
      assert.match(text, new RegExp(`^${regex}$`, 's'));
      const need = needOfRegex(regex);
      assert.ok(text.length <= readPattern({ kind: 'regex', text: regex, modifiers: [] }, 5).longest, regex);
      if (need !== undefined) assert.ok(isMet(need, text), `${regex} on ${text}: ${JSON.stringify(need)}`);
    }),
    { numRuns: 3000 },
  );
});
