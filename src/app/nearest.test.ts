import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

const words = ['format', 'output', 'LAYER_TRUNCATED', 'docker', 'verify-packages'];

test('a word that was mistyped, swapped or shortened is known again', () => {
  assert.equal(nearest('fromat', words), 'format');
  assert.equal(nearest('ouput', words), 'output');
  assert.equal(nearest('LAYER_TRUNCTED', words), 'LAYER_TRUNCATED');
  assert.equal(nearest('layer_truncated', words), 'LAYER_TRUNCATED');
  assert.equal(nearest('dokcer', words), 'docker');
  assert.equal(nearest('verify', words), 'verify-packages');
});

test('another word is not', () => {
  for (const word of ['severity', 'x', 'zzzz', ''])
    assert.equal(nearest(word, ['format', 'output']), word === '' ? 'format' : undefined);
  assert.equal(nearest('format', []), undefined);
});
