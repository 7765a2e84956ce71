import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, editDistance, nearest } from './nearest.ts';

test('a swap, an insertion, a deletion and a replacement each cost one', () => {
  for (const word of ['exceptoins', 'exceeptions', 'exceptons', 'axceptions'])
    assert.equal(editDistance(word, 'exceptions'), 1, word);
  assert.equal(editDistance('', 'abc'), 3);
});

test('the nearest known word is named, a far one is not', () => {
  assert.equal(nearest('Finding', ['gaps', 'findings', 'rules']), 'findings');
  assert.equal(nearest('colour', ['gaps', 'findings', 'rules']), undefined);
  assert.equal(didYouMean('colour', ['gaps']), '');
});
