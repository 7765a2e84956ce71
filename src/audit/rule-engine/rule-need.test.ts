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
const ruleOf = (condition: string): string => `rule r { strings: ${strings} condition: ${condition} }`;

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

test('a rule that the engine finds in a content is one whose need the content meets', async () => {
  const { engine } = await chooseEngine();
  const externals = { filename: '', filepath: '', extension: '', filetype: '', owner: '', whole_file_size: 0 };
  let needed = 0;
  fc.assert(
    fc.property(
      condition,
      fc.array(fc.array(piece, { maxLength: 5 }), { minLength: 6, maxLength: 6 }),
      (text, contents) => {
        const source = ruleOf(text);
        if (engine.validate(source).errors.length > 0) return;
        const need = needOf(parseYaraSource(source).rules[0]!);
        if (need === undefined) return;
        const filter = new LiteralFilter([need]);
        const compiled = engine.compile([{ namespace: 'n', source }]);
        for (const content of contents.map((pieces) => Buffer.from(pieces.join('')))) {
          if (compiled.scan(content, externals).length === 0) continue;
          needed += 1;
          assert.deepEqual(filter.met(content), [0], `${text}: ${content.toString()}: ${JSON.stringify(need)}`);
        }
        compiled.close();
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(needed > 30, `${needed} contents`);
});
