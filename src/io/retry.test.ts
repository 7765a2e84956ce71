import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultRetries, parseRetryAfter, pause, retryPause } from './retry.ts';

const now = new Date('2026-01-01T00:00:00Z');

test('Retry-After is read as seconds and as a date', () => {
  assert.equal(parseRetryAfter('3', now), 3000);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now), 5000);
  assert.equal(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now), 0, 'in the past');
});

test('anything else says nothing', () => {
  for (const text of [undefined, '', 'soon', '-1', '1.5', 'Thu, nonsense'])
    assert.equal(parseRetryAfter(text, now), undefined, String(text));
});

test('pauses double, with jitter, and end', () => {
  assert.equal(retryPause(defaultRetries, 1, undefined, 0), 250);
  assert.ok((retryPause(defaultRetries, 1, undefined, 0.999) ?? 0) > 499);
  assert.equal(retryPause(defaultRetries, 3, undefined, 0), 1000);
  assert.equal(retryPause(defaultRetries, 4, undefined, 0), undefined);
});

test('the server decides the pause, up to a limit', () => {
  assert.equal(retryPause(defaultRetries, 1, 7000, 0.5), 7000);
  assert.equal(retryPause(defaultRetries, 1, 61_000, 0.5), undefined);
  assert.equal(retryPause(defaultRetries, 4, 1, 0.5), undefined);
});

test('a pause ends at once when the work is given up', async () => {
  const controller = new AbortController();
  const paused = pause(60_000, controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(paused, /enough/);
});
