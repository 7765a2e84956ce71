import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChallenges } from './auth-challenge.ts';

const plain = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test('a bearer challenge of a registry', () => {
  assert.deepEqual(
    plain('Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"'),
    [
      [
        'bearer',
        { realm: 'https://auth.example/token', service: 'registry.example', scope: 'repository:a/b:pull,push' },
      ],
    ],
  );
});

test('several challenges in one header', () => {
  assert.deepEqual(plain('Negotiate YIIabc==, Basic realm="a, b", Bearer realm=https://x.example/t , service = s'), [
    ['negotiate', {}],
    ['basic', { realm: 'a, b' }],
    ['bearer', { realm: 'https://x.example/t', service: 's' }],
  ]);
  assert.deepEqual(plain('Negotiate, Basic realm="x"'), [
    ['negotiate', {}],
    ['basic', { realm: 'x' }],
  ]);
});

test('quotes may be escaped, names are compared without case, the first of two counts', () => {
  assert.deepEqual(plain(String.raw`BEARER Realm="a\"b\\c", REALM="other"`), [
    ['bearer', { realm: String.raw`a"b\c` }],
  ]);
});

test('broken headers give what stands before the break', () => {
  assert.deepEqual(plain(''), []);
  assert.deepEqual(plain('   ,,, '), []);
  assert.deepEqual(plain('="x"'), []);
  assert.deepEqual(plain('Bearer realm="never closed'), [['bearer', { realm: 'never closed' }]]);
  assert.deepEqual(plain('Bearer realm'), [['bearer', {}]]);
  assert.deepEqual(plain('Bearer realm="x"\u0000, Basic'), [['bearer', { realm: 'x' }]]);
  assert.deepEqual(plain('Basic realm="back\\'), [['basic', { realm: 'back' }]]);
});

test('of a huge header only the beginning is read', () => {
  const [challenge] = parseChallenges(`Bearer ${'a=b,'.repeat(1_000_000)}end=x`);
  assert.equal(challenge?.parameters.get('a'), 'b');
  assert.ok(!challenge.parameters.has('end'));
});
