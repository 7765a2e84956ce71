import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stalePaths } from './prepack.ts';

test('a path that the compiler left pointing at source is found', () => {
  assert.deepEqual(stalePaths("fork(new URL('./scan-worker.ts', import.meta.url))"), ['./scan-worker.ts']);
});

test('imports that were rewritten, and words that end alike, are not', () => {
  assert.deepEqual(stalePaths("import x from './scan-worker.js'; const kind = 'video.ts'; const host = `x.ts`;"), []);
});
