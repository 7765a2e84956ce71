import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventOf } from '../../../test/builders/detecting.ts';
import { correlation, told } from '../../../test/builders/correlating.ts';
import { Newest } from './newest.ts';

const day = 86_400_000;
const after = (...times: readonly number[]): number => {
  const newest = new Newest();
  for (const at of times) newest.see(at);
  return newest.at;
};
const many = (count: number, at: number): readonly number[] => Array.from({ length: count }, (_, index) => at + index);

test('it follows the newest event, and is not moved back by late ones', () => {
  assert.equal(after(1000, 3000, 2000), 3000);
  assert.equal(after(1000, day + 1000), day + 1000);
});

test('one clock that is wrong by years moves nothing; many that agree do, and by no more than they agree on', () => {
  assert.equal(after(1000, 400 * day, 2000), 2000);
  assert.equal(after(1000, ...many(15, 400 * day), 2000), 2000);
  assert.equal(after(1000, ...many(16, 7 * day)), 7 * day);
  assert.equal(after(1000, 900 * day, ...many(15, 7 * day)), 7 * day);
});

test('when the first of all was wrong, those that follow are believed', () => {
  assert.equal(after(400 * day, ...many(15, 1000)), 400 * day);
  assert.equal(after(400 * day, ...many(16, 1000)), 1015);
});

const failing = correlation('event_count', 'gte: 3');
const stories = (given: Parameters<typeof told>[1]): number =>
  told(failing, given).filter((line) => line.startsWith('C')).length;

test('an event from the far future in the middle of a story hides neither it nor those to come', () => {
  const at = (seconds: number, id: string) => eventOf({ kind: 'a', u: 'x' }, seconds * 1000, id);
  const story = [at(1, 'one'), at(2, 'two')];
  const wild = eventOf({ kind: 'b', u: 'y' }, 40_000 * day, 'wild');
  assert.equal(stories([...story, wild, at(3, 'three')]), 1);
  const others = many(16, 0).map((index) => eventOf({ kind: 'b', u: 'y' }, index, `other ${index}`));
  assert.equal(stories([wild, ...others, ...story, at(3, 'three')]), 1);
});
