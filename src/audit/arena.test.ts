import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Arena } from './arena.ts';

test('extents never overlap, whatever is released in between', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constant(0))), (steps) => {
      const arena = new Arena(8192);
      const held: { offset: number; size: number }[] = [];
      for (const step of steps) {
        if (step === 0) {
          const oldest = held.shift();
          if (oldest !== undefined) arena.release(oldest.offset);
          continue;
        }
        const offset = arena.tryAllocate(step);
        if (offset === undefined) continue;
        assert.ok(offset + step <= 8192);
        assert.ok(held.every((other) => offset >= other.offset + other.size || offset + step <= other.offset));
        held.push({ offset, size: step });
      }
    }),
  );
});

test('what was released is used again, lowest first', () => {
  const arena = new Arena(1024);
  const first = arena.tryAllocate(512) ?? -1;
  arena.tryAllocate(512);
  assert.equal(arena.tryAllocate(64), undefined);
  arena.release(first);
  assert.equal(arena.tryAllocate(64), first);
});

test('an allocation waits for room', async () => {
  const arena = new Arena(1024);
  const first = await arena.allocate(1024);
  let given: number | undefined;
  const waiting = arena.allocate(100).then((offset) => (given = offset));
  await new Promise(setImmediate);
  assert.equal(given, undefined);
  arena.release(first);
  assert.equal(await waiting, 0);
});

test('the end of an extent can be given back', () => {
  const arena = new Arena(1024);
  const first = arena.tryAllocate(1024) ?? -1;
  arena.shrink(first, 100);
  assert.equal(arena.tryAllocate(512), 128);
});

test('more than there is at all is refused at once', async () => {
  await assert.rejects(new Arena(64).allocate(65), RangeError);
});
