import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Need } from './need.ts';
import { readRegex } from './regex-need.ts';
import { chooseEngine } from './rule-engine.ts';

const unknown = { need: undefined, longest: Infinity };

test('groups with names or flags are groups, flags alone are nothing', () => {
  for (const regex of [
    '(?:marker)',
    '(?P<name>marker)',
    '(?<name>marker)',
    '(?i:marker)',
    '(?i)marker',
    '(?s-i)marker',
  ])
    assert.deepEqual(readRegex(regex, 5), { need: { literals: ['marker'] }, longest: 6 }, regex);
});

test('of what is not read here nothing is known, whatever else there is', () => {
  for (const regex of [
    '(?x)mar ker',
    '[[:alpha:]]marker',
    '[a-z&&[^b]]marker',
    '\\x{61}marker',
    '\\u0061marker',
    'marker)',
  ])
    assert.deepEqual(readRegex(regex, 5), unknown, regex);
  assert.deepEqual(readRegex('[\\[a]marker', 5), { need: { literals: ['marker'] }, longest: 10 });
});

test('repetitions of repetitions', () => {
  assert.deepEqual(readRegex('(marker){2}{3}', 5), { need: { literals: ['marker'] }, longest: 36 });
  assert.deepEqual(readRegex('x**marker', 5), { need: { literals: ['marker'] }, longest: Infinity });
  assert.deepEqual(readRegex('x{,3}marker', 5), { need: { literals: ['marker'] }, longest: 9 });
});

const isMet = (need: Need, text: string): boolean =>
  'literals' in need
    ? need.literals.some((literal) => text.includes(literal.toLowerCase()))
    : need.of.filter((part) => isMet(part, text)).length >= need.count;

const words =
  'a b : ] } { - , 2 * abc marker tokens [ab] [^a] [[:alpha:]] [a-c&&[^b]] [a-] [-a] \\x61 \\x{61} \\u0061 . \\w \\. \\b \\A \\z (?i) (?: (?P<n> (?i: (?x) ( ) ) ) | ? * + {2} {,2} {1,} ?? *? é \\\\ \\- \\/';

const { engine } = await chooseEngine();
const externals = { filename: '', filepath: '', extension: '', filetype: '', owner: '', whole_file_size: 0 };

/** How many matches the engine finds; each of them must meet the need and be no longer than it can be. */
const countMatches = (text: string, contents: readonly string[]): number => {
  const source = `rule a { strings: $a = /${text}/ condition: $a }`;
  if (engine.validate(source).errors.length > 0) return 0;
  const compiled = engine.compile([{ namespace: 'a', source }]);
  const found = contents.flatMap((content) =>
    compiled
      .scan(Buffer.from(content), externals)
      .flatMap(({ matches }) => matches.map(({ offset, length }) => content.slice(offset, offset + length))),
  );
  compiled.close();
  for (const { need, longest } of [3, 5].map((shortest) => readRegex(text, shortest)))
    for (const match of found) {
      assert.ok(match.length <= longest, `${text} on ${match}: not ${longest} bytes`);
      assert.ok(need === undefined || isMet(need, match.toLowerCase()), `${text}: ${match}: ${JSON.stringify(need)}`);
    }
  return found.length;
};

test('matches of the engine meet the need, and are no longer than they can be', () => {
  const contents = ['marker', 'xmarker aMARKER', 'aab:marker', 'tokens', 'bb]marker-'];
  const cases: readonly (readonly [string, number])[] = [
    ['marker', 4],
    ['(?i)marker', 5],
    ['[[:alpha:]]marker', 1],
    ['[a-c&&[^b]]b:marker', 1],
    ['\\x{6d}arker', 4],
    ['\\u006darker', 4],
    ['(?P<n>mark)er|tokens', 5],
    ['b**\\]marker', 1],
  ];
  for (const [text, count] of cases)
    assert.ok(countMatches(text, contents) >= count, `${text}: ${countMatches(text, contents)}`);
});

test('so they do of whatever the engine takes', () => {
  const regex = fc.array(fc.constantFrom(...words.split(' ')), { minLength: 1, maxLength: 9 });
  const pieces = 'a,b,:,abc,marker,tokens,ABC,Marker,],-,2,.,0061,}'.split(',');
  const content = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 })
    .map((chosen) => chosen.join(''));
  fc.assert(
    fc.property(regex, fc.array(content, { minLength: 4, maxLength: 4 }), (parts, contents) => {
      countMatches(parts.join(''), contents);
    }),
    { numRuns: 600 },
  );
});
