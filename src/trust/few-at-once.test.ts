/** Answers in the order of the list, few of them read at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fewAtOnce, type Reading } from './few-at-once.ts';

const collect = async <Answer>(readings: AsyncIterable<Reading<number, Answer>>): Promise<readonly Answer[]> => {
  const all: Answer[] = [];
  for await (const { answer } of readings) all.push(answer());
  return all;
};

test('answers come in the order of the list, however long each takes, and never more than four are read at once', async () => {
  let running = 0;
  let most = 0;
  const read = async (item: number): Promise<number> => {
    running += 1;
    most = Math.max(most, running);
    await sleep(12 - item);
    running -= 1;
    return item * 10;
  };
  const items = Array.from({ length: 12 }, (_, index) => index);
  assert.deepEqual(
    await collect(fewAtOnce(items, read)),
    items.map((item) => item * 10),
  );
  assert.equal(most, 4);
  assert.deepEqual(await collect(fewAtOnce([], read)), []);
});

test('a failure is thrown in its turn, and takes no other answer with it', async () => {
  const heard: number[] = [];
  const read = async (item: number): Promise<number> => {
    if (item === 2) throw new Error('the third');
    await sleep(5);
    return item;
  };
  for await (const { item, answer } of fewAtOnce([0, 1, 2, 3], read))
    if (item === 2) assert.throws(answer, /the third/);
    else heard.push(answer());
  assert.deepEqual(heard, [0, 1, 3]);
});

test('where nobody listens any more nothing further is read, and late failures harm nobody', async () => {
  const begun: number[] = [];
  const read = async (item: number): Promise<number> => {
    begun.push(item);
    await sleep(1);
    if (item > 0) throw new Error('late');
    return item;
  };
  for await (const { answer } of fewAtOnce([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], read)) {
    assert.equal(answer(), 0);
    break;
  }
  await sleep(20);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
});
