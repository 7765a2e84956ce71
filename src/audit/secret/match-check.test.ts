import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepLikely, toMatchCheck } from './match-check.ts';
import { hasTokenChecksum, isLikelySecret, redactSecret } from './token.ts';

/** Published with GitHub's description of the format, and revoked. */
const published = ['ghp', 'zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'].join('_');

test('the checksum in a token tells it from one that only looks like it', () => {
  assert.equal(hasTokenChecksum(published), true);
  assert.equal(hasTokenChecksum(published.replace('zQW', 'zQV')), false);
  assert.equal(hasTokenChecksum(published.slice(0, -1)), false);
  assert.equal(hasTokenChecksum(''), false);
});

test('what people write where a secret is to be put is none', () => {
  for (const text of [
    'AKIAIOSFODNN7EXAMPLE',
    'changeme-changeme',
    'your-token-here',
    'xxxxxxxxxxxxxxxx',
    '${TOKEN}',
    'abababababababababababab',
  ])
    assert.equal(isLikelySecret(text), false, text);
  assert.equal(isLikelySecret('kR7vXq2LzM9tWc4HnB8y'), true);
});

test('of a pair both halves must be likely', () => {
  const content = Buffer.from('kR7vXq2LzM9tWc4HnB8y EXAMPLEKEYEXAMPLEKEY');
  const first = { pattern: '$a', offset: 0, length: 20 };
  const second = { pattern: '$b', offset: 21, length: 20 };
  assert.deepEqual(keepLikely('token', [first, second], content), [first]);
  assert.deepEqual(keepLikely('token-pair', [first, second], content), []);
  assert.deepEqual(keepLikely('token-pair', [first], content), [first]);
});

test('other words ask for nothing', () => {
  assert.equal(toMatchCheck('token'), 'token');
  for (const word of ['constructor', '', 7, undefined]) assert.equal(toMatchCheck(word), undefined);
});

test('a secret is told by its beginning and length, a short one by less', () => {
  assert.equal(redactSecret('kR7vXq2LzM9tWc4HnB8y'), 'kR7v…(20 characters)');
  assert.equal(redactSecret('abcd'), 'a…(4 characters)');
});
