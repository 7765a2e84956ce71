import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knowledgeAges } from './amounts.ts';

test('how old knowledge was at the time of the verdict', () => {
  const at = '2026-03-31T12:00:00Z';
  assert.deepEqual(knowledgeAges({ b: '2026-03-31', a: '2026-03-29' }, at), [
    'a up to 2026-03-29, 2 days old',
    'b up to 2026-03-31',
  ]);
  assert.deepEqual(knowledgeAges({ a: '2026-03-30' }, at), ['a up to 2026-03-30, 1 day old']);
});

test('what nothing tells, and a day that is none, has no age', () => {
  assert.deepEqual(knowledgeAges(undefined, '2026-03-31T12:00:00Z'), []);
  assert.deepEqual(knowledgeAges({ a: 'soon' }, '2026-03-31T12:00:00Z'), ['a up to soon']);
});
