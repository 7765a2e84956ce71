import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BoundedMap } from './bounded-map.ts';

suite('a map with a bound', () => {
  test('what was set longest ago is forgotten first, and told', () => {
    const forgotten: string[] = [];
    const map = new BoundedMap<number>(2, (key, value) => forgotten.push(`${key}=${value}`));
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.set('c', 4);
    map.set('d', 5);
    assert.deepEqual(forgotten, ['b=2', 'a=3']);
    assert.deepEqual(
      [...map.entries()],
      [
        ['c', 4],
        ['d', 5],
      ],
    );
  });

  test('as a plain list would do it, whatever is set, set again and deleted', () => {
    const map = new BoundedMap<number>(7);
    let list: (readonly [string, number])[] = [];
    let state = 1;
    for (let step = 0; step < 5000; step += 1) {
      state = (state * 48_271) % 2_147_483_647;
      const key = `k${state % 23}`;
      list = list.filter(([known]) => known !== key);
      if (state % 5 === 0) map.delete(key);
      else {
        map.set(key, step);
        list = [...list, [key, step] as const].slice(-7);
      }
      assert.deepEqual([...map.entries()], list);
      assert.equal(map.size, list.length);
    }
  });
});
