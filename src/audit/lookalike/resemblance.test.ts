import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, resemblanceOf } from './resemblance.ts';

const cases: readonly (readonly [word: string, original: string, expected: string | undefined])[] = [
  ['ng1nx', 'nginx', 'look'],
  ['rnysql', 'mysql', 'look'],
  ['0penjdk', 'openjdk', 'look'],
  ['per1', 'perl', 'look'],
  ['peri', 'perl', undefined],
  ['ngnix', 'nginx', 'swap'],
  ['onde', 'node', 'swap'],
  ['gninx', 'nginx', 'swap'],
  ['nxgin', 'nginx', undefined],
  ['nginxx', 'nginx', 'double'],
  ['wordpres', 'wordpress', 'double'],
  ['phpp', 'php', undefined],
  ['pyton', 'python', 'letter'],
  ['pythion', 'python', 'letter'],
  ['ubunto', 'ubuntu', 'letter'],
  ['cradle', 'gradle', undefined],
  ['rocker', 'docker', undefined],
  ['mongod', 'mongo', undefined],
  ['elasticserhc', 'elasticsearch', 'letter'],
  ['elasticsearch7', 'elasticsearch', undefined],
  ['memcache', 'memcached', undefined],
  ['eclipse_temurin', 'eclipse-temurin', 'separator'],
  ['rabbit-mq', 'rabbitmq', 'separator'],
  ['nginx', 'nginx', undefined],
  ['apache', 'nginx', undefined],
];

for (const [word, original, expected] of cases)
  test(`${word} is ${expected === undefined ? 'no slip' : `a slip (${expected})`} of ${original}`, () => {
    assert.equal(resemblanceOf(word, original), expected);
  });

test('the distance counts a swap once, and is given up beyond its limit', () => {
  assert.equal(editDistance('ngnix', 'nginx', 2), 1);
  assert.equal(editDistance('kitten', 'sitting', 3), 3);
  assert.equal(editDistance('kitten', 'sitting', 2), 3);
  assert.equal(editDistance('', 'ab', 2), 2);
  assert.equal(editDistance('abcdef', 'ab', 2), 3);
});

test('a word of any length costs next to nothing', () => {
  const long = 'a'.repeat(1_000_000);
  assert.equal(resemblanceOf(long, 'nginx'), undefined);
  assert.equal(editDistance(long, `${long}b`, 2), 3);
});
