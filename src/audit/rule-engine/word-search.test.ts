import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordAt, WordSearch } from './word-search.ts';

const marked = (...words: readonly string[]): WordSearch => {
  const search = new WordSearch();
  for (const word of words) search.mark(wordAt(Buffer.from(word), 0));
  return search;
};

const placesOf = (search: WordSearch, content: Uint8Array): readonly number[] => {
  const places: number[] = [];
  search.visit(content, (place) => places.push(place));
  return places;
};

/** Of what is visited, the places that hold the word: others may share its hash. */
const found = (search: WordSearch, content: Buffer, word: string): readonly number[] =>
  placesOf(search, content).filter((place) => content.toString('latin1', place, place + 4).toLowerCase() === word);

test('visits every even place of a marked word, in order, whatever its case', () => {
  const content = Buffer.from('wor1xxWOR1 wor1wor1');
  assert.deepEqual(found(marked('wor1'), content, 'wor1'), [0, 6]);
  assert.deepEqual(found(marked('wor1'), content.subarray(1), 'wor1'), [10, 14]);
});

test('contents shorter than a word hold none, and one that is a word is found', () => {
  const search = marked('abcd', 'bcd\0');
  for (const size of [0, 1, 2, 3]) assert.deepEqual(placesOf(search, Buffer.from('abcd').subarray(0, size)), []);
  assert.deepEqual(placesOf(search, Buffer.from('abcd')), [0]);
});

test('words at the edges of blocks, at every length of content', () => {
  const search = marked('edge');
  for (let at = 262_130; at < 262_160; at += 2)
    for (const behind of [0, 1, 2, 5, 40]) {
      const content = Buffer.alloc(at + 4 + behind, '.');
      content.write('edge', at);
      assert.deepEqual(found(search, content, 'edge'), [at], `${at} of ${content.length}`);
    }
});

test('more places than there is room for', () => {
  const content = Buffer.from('same'.repeat(200_000));
  const search = marked('same');
  assert.equal(found(search, content, 'same').length, 200_000);
});

test('what is marked for one is not found for another, however many there are', () => {
  const searches = Array.from({ length: 70 }, (_, index) => marked(`w${String(index).padStart(3, '0')}`));
  const content = Buffer.from('w003w034w069');
  for (const [index, search] of searches.entries())
    assert.equal(placesOf(search, content).length, [3, 34, 69].includes(index) ? 1 : 0, `${index}`);
});

test('what was searched before does not show', () => {
  const search = marked('secr');
  assert.deepEqual(placesOf(search, Buffer.from('....secret..')), [4]);
  assert.deepEqual(placesOf(search, Buffer.from('......')), []);
});
