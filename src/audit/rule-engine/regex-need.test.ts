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

test('whatever the engine takes and matches meets the need, and is no longer than it can be', async () => {
  const { engine } = await chooseEngine();
  const externals = { filename: '', filepath: '', extension: '', filetype: '', owner: '', whole_file_size: 0 };
  const regex = fc.array(fc.constantFrom(...words.split(' ')), { minLength: 1, maxLength: 9 });
  const content = fc.array(
    fc.constantFrom('a', 'b', ':', 'abc', 'marker', 'tokens', 'ABC', 'Marker', ']', '-', '2', '.', '0061', '}'),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  let matched = 0;
  fc.assert(
    fc.property(regex, fc.array(content, { minLength: 4, maxLength: 4 }), (parts, contents) => {
      const text = parts.join('');
      const source = `rule a { strings: $a = /${text}/ condition: $a }`;
      if (engine.validate(source).errors.length > 0) return;
      const compiled = engine.compile([{ namespace: 'a', source }]);
      const known = [3, 5].map((shortest) => readRegex(text, shortest));
      for (const pieces of contents) {
        const bytes = Buffer.from(pieces.join(''));
        for (const { offset, length } of compiled.scan(bytes, externals).flatMap(({ matches }) => matches)) {
          matched += 1;
          const found = bytes.toString('latin1', offset, offset + length);
          for (const { need, longest } of known) {
            assert.ok(length <= longest, `${text} on ${found}: ${length} bytes, not ${longest}`);
            assert.ok(
              need === undefined || isMet(need, found.toLowerCase()),
              `${text} on ${found}: ${JSON.stringify(need)}`,
            );
          }
        }
      }
      compiled.close();
    }),
    { numRuns: 600 },
  );
  assert.ok(matched > 40, `${matched} matches`);
});
