/** What was used longest ago goes first, in constant time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRandom } from '../../../test/builders/random.ts';
import { KnownIds } from './known-ids.ts';
import { Recency } from './recency.ts';

test('values leave in the order of their last use', () => {
  const random = openRandom(9);
  const recency = new Recency<string>();
  let order: string[] = [];
  for (let round = 0; round < 5000; round++) {
    if (random.below(3) === 0) assert.equal(recency.takeOldest(), order.shift());
    else {
      const key = random.word(1);
      const isNew = !order.includes(key);
      let made = false;
      recency.use(key, () => {
        made = true;
        return key;
      });
      assert.equal(made, isNew);
      order = [...order.filter((other) => other !== key), key];
    }
    assert.equal(recency.size, order.length);
    assert.equal(recency.oldest, order[0]);
  }
});

test('an id is known until as many others came as there is room for', () => {
  const ids = new KnownIds(2);
  assert.deepEqual(
    ['a', 'b', 'a', 'c', 'a', 'c', 'a'].map((id) => ids.isKnown(id)),
    [false, false, true, false, false, true, true],
  );
  assert.equal(new KnownIds(0).isKnown('a'), false);
});

test('many uses, each costing the same: a value that moves is never looked for', () => {
  const recency = new Recency<number>();
  const ids = new KnownIds(10_000);
  // To look for one among the others would take as many steps as there are of them: a thousand million, and this test minutes.
  for (let round = 0; round < 100_000; round++) {
    recency.use(`k${(round * 7919) % 10_000}`, () => round);
    ids.isKnown(`k${round}`);
    assert.ok(recency.oldest !== undefined);
  }
  assert.equal(recency.size, 10_000);
});
