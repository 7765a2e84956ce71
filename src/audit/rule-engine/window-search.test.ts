import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WindowSearch, type SoughtPattern } from './window-search.ts';

const text = (pattern: string, words: string, { ignoresCase = false, isFullWord = false } = {}): SoughtPattern => ({
  rule: 1,
  pattern,
  place: { text: words, ignoresCase, isFullWord },
});
const near = (pattern: string, literals: readonly string[], longest: number): SoughtPattern => ({
  rule: 2,
  pattern,
  place: { literals, longest },
});
const never = (): boolean => false;
const offsetsOf = (search: WindowSearch, content: string, overlap = 0, isEnough = never): readonly string[] =>
  [...search.search(Buffer.from(content, 'latin1'), overlap, isEnough).texts.values()]
    .flat()
    .map(({ pattern, offset, length }) => `${pattern} ${offset}+${length}`);

test('texts are found in their case or in any, as words or within them', () => {
  const search = new WindowSearch([
    text('$exact', 'Mirai'),
    text('$any', 'mirai', { ignoresCase: true }),
    text('$word', 'mirai', { ignoresCase: true, isFullWord: true }),
  ]);
  assert.deepEqual(offsetsOf(search, '.Mirai_'), ['$exact 1+5', '$any 1+5', '$word 1+5']);
  assert.deepEqual(offsetsOf(search, 'xMIRAI'), ['$any 1+5']);
  assert.deepEqual(offsetsOf(search, 'mirai9'), ['$any 0+5']);
  assert.deepEqual(offsetsOf(search, 'mira'), []);
});

test('what ends in the overlap was told before; what goes beyond it was not', () => {
  const search = new WindowSearch([text('$a', 'marker')]);
  assert.deepEqual(offsetsOf(search, '..marker..marker', 8), ['$a 10+6']);
  assert.deepEqual(offsetsOf(search, '..marker..marker', 7), ['$a 2+6', '$a 10+6']);
});

test('of one text so many matches are told, and none where there is enough', () => {
  const search = new WindowSearch([text('$a', 'marker'), text('$b', 'other')]);
  const content = `${'marker '.repeat(500)}other`;
  assert.equal(offsetsOf(search, content).filter((match) => match.startsWith('$a')).length, 64);
  assert.deepEqual(offsetsOf(search, content, 0, (({ pattern }: SoughtPattern) => pattern === '$a') as () => boolean), [
    '$b 3500+5',
  ]);
  assert.equal(offsetsOf(search, content).length, 65, 'nothing is kept from one window to the next');
});

test('a word that ends the matches of one pattern does not end those of another', () => {
  const search = new WindowSearch([text('$a', 'marker', { isFullWord: true }), near('$r', ['MARKER'], 10)]);
  const content = `${'marker '.repeat(70)}${' '.repeat(9000)}marker`;
  assert.deepEqual(search.search(Buffer.from(content), 0, never).spans, [
    { start: 0, end: 69 * 7 + 11 },
    { start: 9490 - 11, end: 9496 },
  ]);
});

test('spans hold the longest match on either side, are joined, and keep to the window', () => {
  const search = new WindowSearch([near('$a', ['curl '], 100), near('$b', ['curl ', 'wget '], 300)]);
  const content = Buffer.alloc(100_000, '.');
  const spans = (overlap = 0): unknown => search.search(content, overlap, never).spans;
  assert.deepEqual(spans(), []);
  content.write('wget ', 50_000);
  assert.deepEqual(spans(), [{ start: 49_699, end: 50_301 }]);
  content.write('CURL ', 10);
  content.write('curl ', 2000);
  content.write('curl ', 99_995);
  assert.deepEqual(spans(), [
    { start: 0, end: 2301 },
    { start: 49_699, end: 50_301 },
    { start: 99_694, end: 100_000 },
  ]);
  assert.deepEqual(spans(50_301), [{ start: 99_694, end: 100_000 }]);
});

test('where too much would have to be looked at, all of it is one span', () => {
  const search = new WindowSearch([near('$a', ['curl '], 2000)]);
  const content = Buffer.alloc(40_000, '.');
  for (let at = 0; at < 40_000; at += 4000) content.write('curl ', at);
  assert.deepEqual(search.search(content, 0, never).spans, [{ start: 0, end: 40_000 }]);
});

test('a pattern without a bound is told by its literal', () => {
  const search = new WindowSearch([near('$a', ['sntrys_eyJ'], Infinity)]);
  assert.deepEqual(search.search(Buffer.from('x SNTRYS_eyj'), 0, never), {
    texts: new Map(),
    spans: [],
    isUnbounded: true,
  });
  assert.equal(search.search(Buffer.from('x sntrys_ey'), 0, never).isUnbounded, false);
  assert.equal(search.search(Buffer.from('x sntrys_eyJ'), 0, () => true).isUnbounded, false);
});
