import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Settings } from '../settings.ts';
import { openJudgeProcess, type JudgeProcess } from './judge-process.ts';

const entry = join(import.meta.dirname, '../../../test/fakes/judge-worker.ts');
const patienceMs = 60_000;

const ask = async (
  process: JudgeProcess,
  reference: string,
  timeoutMs = patienceMs,
  signal = new AbortController().signal,
): Promise<{ readonly code: string; readonly reason: string }> => {
  const answer = await process.judge({ settings: {} as Settings, reference, environment: {} }, timeoutMs, signal);
  assert.ok(answer.kind === 'unread');
  return answer.gap;
};

// What is waited for is another process, which keeps nobody alive.
const alive = setInterval(() => undefined, 1000);
test.after(() => clearInterval(alive));

test('one process judges one image after the other, until what it knows is out of date', async () => {
  using process = openJudgeProcess({}, entry);
  const first = await ask(process, 'a');
  assert.equal(first.code, 'X');
  assert.equal((await ask(process, 'b')).reason, first.reason);
  process.renew();
  const fresh = await ask(process, 'c');
  assert.notEqual(fresh.reason, first.reason);
  const running = ask(process, 'd');
  process.renew();
  assert.equal((await running).reason, fresh.reason, 'what is being judged is judged to its end');
  assert.notEqual((await ask(process, 'e')).reason, fresh.reason);
});

test('a process that dies, hangs or cannot be begun is a gap, and the next image is judged by another', async () => {
  using process = openJudgeProcess({}, entry);
  assert.deepEqual([(await ask(process, 'dies')).code, (await ask(process, 'a')).code], ['JUDGE_FAILED', 'X']);
  assert.deepEqual([(await ask(process, 'hangs', 200)).code, (await ask(process, 'b')).code], ['JUDGE_TIMED_OUT', 'X']);
  const stop = new AbortController();
  const waiting = ask(process, 'hangs', patienceMs, stop.signal);
  stop.abort(new Error('the watch ends'));
  assert.equal((await waiting).code, 'JUDGE_FAILED');
  using nowhere = openJudgeProcess({}, join(import.meta.dirname, 'no-such-file.ts'));
  assert.equal((await ask(nowhere, 'a')).code, 'JUDGE_FAILED');
});
