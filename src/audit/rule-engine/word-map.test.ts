import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WordMap } from './word-map.ts';

const placesOf = (literals: readonly string[], content: Buffer, found = new Uint8Array(literals.length)): string[] => {
  const map = new WordMap();
  for (const [index, literal] of literals.entries()) map.add(index, literal);
  const places: string[] = [];
  map.visit(content, found, (literal, start) => places.push(`${literals[literal]}@${start}`));
  return places.sort();
};

test('literals of every length, at every place from the first byte to the last, in either case', () => {
  for (const literal of ['H/s', 'UPX!', 'zgrab', 'pnscan', 'kinsing', 'stratum+tcp'])
    for (let before = 0; before < 9; before += 1)
      for (let after = 0; after < 9; after += 1)
        for (const written of [literal, literal.toLowerCase(), literal.toUpperCase()]) {
          const content = Buffer.from(`${'.'.repeat(before)}${written}${'.'.repeat(after)}`);
          assert.deepEqual(placesOf([literal], content), [`${literal}@${before}`], `${before} ${after}`);
        }
});

test('every place of a literal, also where two of them overlap', () => {
  assert.deepEqual(placesOf(['aba'], Buffer.from('ababa.aba')), ['aba@0', 'aba@2', 'aba@6']);
  assert.deepEqual(placesOf(['xmr', 'xmrig'], Buffer.from('.xmrig')), ['xmr@1', 'xmrig@1']);
});

test('what is marked is not visited, and visiting may mark', () => {
  const content = Buffer.from('http http exec exec');
  assert.deepEqual(placesOf(['http', 'exec'], content, Uint8Array.of(1, 0)), ['exec@10', 'exec@15']);
  const map = new WordMap();
  map.add(0, 'http');
  const found = Uint8Array.of(0);
  const places: number[] = [];
  map.visit(content, found, (literal, start) => {
    places.push(start);
    found[literal] = 1;
  });
  assert.deepEqual(places, [0]);
});

test('it finds what a plain search finds', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'C', '/', '\0', '\u00ff'), minLength: 3, maxLength: 8 });
  fc.assert(
    fc.property(
      fc.uniqueArray(piece, { minLength: 1, maxLength: 5, selector: (text) => text.toLowerCase() }),
      fc.array(piece, { maxLength: 8 }),
      (literals, pieces) => {
        const content = Buffer.from(pieces.join('a'), 'latin1');
        const fold = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
        const text = fold(content.toString('latin1'));
        const expected: string[] = [];
        for (const literal of literals)
          for (let at = text.indexOf(fold(literal)); at !== -1; at = text.indexOf(fold(literal), at + 1))
            expected.push(`${literal}@${at}`);
        assert.deepEqual(placesOf(literals, content), expected.sort());
      },
    ),
    { numRuns: 500 },
  );
});
