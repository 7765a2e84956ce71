import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LiteralFilter } from './literal-filter.ts';
import { chooseEngine } from './rule-engine.ts';
import { needOf } from './rule-need.ts';
import { parseYaraSource } from './yara-source.ts';

const strings = `
  $a1 = "marker-one"
  $a2 = /marker-(two|three)/
  $b1 = "fourth-word" nocase
  $b2 = "ab"
  $c = { 66 69 66 74 68 [0-4] 2d }`;
/** Patterns that no condition names are only allowed where their names begin so. */
const ruleOf = (condition: string): string =>
  `rule r { strings: ${strings} condition: ${condition} }`.replaceAll(/([$#@!])(?=[abc])/g, '$1_');

/** Conditions of every sort, whether they say something about patterns or not. */
const plain = fc.constantFrom(
  ...`
  $a1; $a2; $b1; $b2; $c; not $a1; any of them; all of them; none of them; 2 of them; 0 of them; 50% of them
  any of ($a*); all of ($a*); 1 of ($a1, $c); 3 of ($a*, $b*); none of ($b*); any of ($a1, $b2) and not $c
  #a1 > 0; #a1 == 0; #b1 < 2; #a1 + #b1 > 1; @a1[1] < 5; !a2[1] > 3; $a1 at 0; $b1 in (0..20); defined @a1[1]
  any of ($a*) in (0..9); all of them at 0; for any of them : ( $ at 0 ); for all of ($a*) : ( # > 0 )
  for none of ($a*) : ( $ ); for any i in (1..2) : ( @b2[i] >= 0 ); filesize > 3; true; false; filesize == 0 or $a1
  uint8(0) == 0x6d`
    .trim()
    .split(/[;\n]\s*/),
);
const condition = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plain,
    fc
      .tuple(tie('node'), fc.constantFrom('and', 'or'), tie('node'))
      .map(([one, word, other]) => `${one} ${word} ${other}`),
    tie('node').map((inner) => `(${inner})`),
    tie('node').map((inner) => `not (${inner})`),
  ),
})).node;
const piece = fc.constantFrom(
  ...'marker-one,marker-two,marker-three,marker-,FOURTH-word,ab,fifth-,fifth12-,x, '.split(','),
);

const { engine } = await chooseEngine();
const externals = { filename: '', filepath: '', extension: '', filetype: '', owner: '', whole_file_size: 0 };

/** In how many of the contents the engine finds a rule that needs something; each of them must meet the need. */
const countMet = (text: string, contents: readonly string[]): number => {
  const source = ruleOf(text);
  if (engine.validate(source).errors.length > 0) return 0;
  const need = parseYaraSource(source).rules.map(needOf)[0];
  if (need === undefined) return 0;
  const filter = new LiteralFilter([need]);
  const compiled = engine.compile([{ namespace: 'n', source }]);
  const found = contents.filter((content) => compiled.scan(Buffer.from(content), externals).length > 0);
  compiled.close();
  for (const content of found)
    assert.deepEqual(filter.met(Buffer.from(content)), [0], `${text}: ${content}: ${JSON.stringify(need)}`);
  return found.length;
};

test('contents that a rule matches meet its need', () => {
  const contents = [
    'marker-one',
    'marker-two ab',
    'ab',
    'marker-one FOURTH-word',
    'fifth12-',
    'marker-one marker-three',
  ];
  const cases: readonly (readonly [string, number])[] = [
    ['$a1', 3],
    ['all of ($a*)', 1],
    ['$a1 or $c', 4],
    ['$a1 and $b1', 1],
    ['2 of them', 3],
    ['$a1 and not $a2', 2],
    ['$a1 and #b1 == 0', 2],
    ['$a2 or filesize < 3', 0],
  ];
  for (const [text, count] of cases) assert.equal(countMet(text, contents), count, text);
});

test('so do those that any condition matches', () => {
  const content = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(condition, fc.array(content, { minLength: 6, maxLength: 6 }), (text, contents) => {
      countMet(text, contents);
    }),
    { numRuns: 1000 },
  );
});
