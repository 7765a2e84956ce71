import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LiteralFilter } from './literal-filter.ts';

test('literals are found at every place and alignment, in either case', () => {
  const filter = new LiteralFilter([{ literals: ['Kinsing'] }, { literals: ['zgrab'] }, { literals: ['pnscan'] }]);
  for (const [position, literal] of ['KINsing', 'zGrab', 'pnscan'].entries())
    for (let before = 0; before < 9; before += 1)
      for (let after = 0; after < 9; after += 1)
        for (let offset = 0; offset < 4; offset += 1) {
          const text = Buffer.from(`${'.'.repeat(before)}${literal}${'.'.repeat(after)}`);
          const memory = new Uint8Array(text.length + offset);
          memory.set(text, offset);
          assert.deepEqual(filter.met(memory.subarray(offset)), [position], `${literal} ${before} ${after} ${offset}`);
        }
});

test('a part of a literal is not the literal', () => {
  const filter = new LiteralFilter([{ literals: ['kinsing'] }, { literals: ['zgrab'] }]);
  for (const text of ['', 'k', 'kinsin', 'insing', 'zgra', 'grab!', 'kinsi ng kin sing'])
    assert.deepEqual(filter.met(Buffer.from(text)), [], text);
});

test('counts and nested needs hold together', () => {
  const filter = new LiteralFilter([
    {
      count: 2,
      of: [{ literals: ['first-literal'] }, { literals: ['second-literal'] }, { literals: ['third-literal'] }],
    },
    {
      count: 1,
      of: [
        { literals: ['first-literal'] },
        { count: 2, of: [{ literals: ['left-half'] }, { literals: ['right-half'] }] },
      ],
    },
  ]);
  const met = (text: string): readonly number[] => filter.met(Buffer.from(text));
  assert.deepEqual(met('first-literal'), [1]);
  assert.deepEqual(met('first-literal third-literal'), [0, 1]);
  assert.deepEqual(met('left-half'), []);
  assert.deepEqual(met('left-half right-half'), [1]);
  assert.deepEqual(met('nothing'), [], 'nothing is kept from one content to the next');
});

test('the filter says what a plain search says', () => {
  const literal = fc.string({ unit: fc.constantFrom('a', 'b', 'C', '/', '\n', '\u00e9'), minLength: 5, maxLength: 9 });
  fc.assert(
    fc.property(
      fc.array(literal, { minLength: 1, maxLength: 6 }),
      fc.array(literal, { maxLength: 6 }),
      (literals, pieces) => {
        const content = Buffer.from(pieces.join('x'), 'latin1');
        const text = content.toString('latin1').replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
        const expected = literals.flatMap((one, position) =>
          text.includes(one.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())) ? [position] : [],
        );
        assert.deepEqual(new LiteralFilter(literals.map((one) => ({ literals: [one] }))).met(content), expected);
      },
    ),
    { numRuns: 500 },
  );
});
