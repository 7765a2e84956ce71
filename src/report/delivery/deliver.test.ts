import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { hastyLimits, openBench, patienceMs, someRecord } from '../../../test/contracts/sink.contract.ts';
import { fakeContext } from '../../../test/fakes/context.ts';
import { malformed, misuse, unavailable } from '../../core/fault.ts';
import type { OpenSink, SinkRecord } from '../../core/sink.ts';
import { file } from '../sinks/file.ts';
import { pauseAfter, startDelivery, usualDeliveryLimits } from './deliver.ts';
import { openSpool } from './spool.ts';

const folderOf = (context: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-delivery-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const start = (folder: string, send: OpenSink['send'], log: string[] = []) =>
  startDelivery(
    {
      name: 'test',
      sink: { send, close: async () => undefined },
      spool: openSpool(folder),
      limits: hastyLimits,
      random: () => 0.5,
    },
    { ...fakeContext({ onLog: (line) => log.push(line) }), print: async () => undefined },
  );

const records = (count: number): readonly SinkRecord[] =>
  Array.from({ length: count }, (_, number) => someRecord(number));

test('a sink that hangs holds up no other', async (context) => {
  const folder = folderOf(context);
  const taken: string[] = [];
  const dead = start(join(folder, 'dead'), () => new Promise(() => undefined));
  const well = start(join(folder, 'well'), async (batch) => {
    taken.push(...batch.map(({ id }) => id));
    return { state: 'taken', refused: [] };
  });
  await Promise.all([dead, well].map((delivery) => delivery.offer(records(20))));
  assert.ok(await well.drain(patienceMs));
  assert.equal(taken.length, 20);
  assert.ok(dead.state().waitingBytes > 0);
  await Promise.all([well.close(), dead.close()]);
});

test('one record that is never taken does not take its neighbours along', async (context) => {
  const taken: string[] = [];
  const delivery = start(folderOf(context), async (batch) => {
    if (batch.some(({ id }) => id === 'record-2')) throw malformed('SINK_BATCH_REFUSED', 'no');
    taken.push(...batch.map(({ id }) => id));
    return { state: 'taken', refused: [] };
  });
  await delivery.offer(records(6));
  assert.ok(await delivery.drain(patienceMs));
  assert.deepEqual(taken.slice(0, 5), ['record-0', 'record-1', 'record-3', 'record-4', 'record-5']);
  assert.deepEqual(taken.slice(5), ['sink-refused:record-2']);
  assert.equal(delivery.state().refused, 1);
  await delivery.close();
});

test('a mistake in settings and a spool that cannot be read are told, and nothing is given up for them', async (context) => {
  const folder = folderOf(context);
  let broken = true;
  const taken: string[] = [];
  const delivery = start(folder, async (batch) => {
    if (broken) throw misuse('CERTIFICATE_UNREADABLE', 'no such certificate');
    taken.push(...batch.map(({ id }) => id));
    return { state: 'taken', refused: [] };
  });
  await delivery.offer(records(2));
  assert.equal(await delivery.drain(50), false);
  assert.match(delivery.state().problem ?? '', /no such certificate/);
  const spool = join(folder, '000000000001.spool');
  renameSync(spool, `${spool}.away`);
  assert.equal(await delivery.drain(100), false);
  assert.equal(delivery.state().refused, 0);
  broken = false;
  renameSync(`${spool}.away`, spool);
  assert.ok(await delivery.drain(patienceMs));
  assert.deepEqual(taken, ['record-0', 'record-1']);
  await delivery.close();
});

test('a spool whose file is gone is a problem that is told', async (context) => {
  const folder = folderOf(context);
  await using spool = openSpool(folder);
  await spool.append(records(1));
  rmSync(join(folder, '000000000001.spool'));
  assert.throws(() => spool.peek({ records: 1, bytes: 100 }), { code: 'SINK_SPOOL_FAILED', kind: 'unavailable' });
});

test('a failure is told once as a warning, however long it lasts', async (context) => {
  const log: string[] = [];
  let attempts = 0;
  const delivery = start(
    folderOf(context),
    async () => {
      attempts += 1;
      if (attempts < 6) throw unavailable('SINK_UNREACHABLE', 'nobody there \u001b[2J');
      return { state: 'taken', refused: [] };
    },
    log,
  );
  await delivery.offer(records(1));
  assert.ok(await delivery.drain(patienceMs));
  assert.equal(attempts, 6);
  assert.equal(log.filter((line) => line.startsWith('a sink takes nothing')).length, 1);
  assert.ok(!log.join('').includes('\u001b'));
  await delivery.close();
});

test('pauses double up to a ceiling, scatter, and keep to what the receiver asks for within reason', () => {
  const after = (failures: number, afterMs?: number, random = 0.999) =>
    Math.round(pauseAfter(usualDeliveryLimits, failures, afterMs, random) / 100) * 100;
  assert.deepEqual(
    [1, 2, 3, 7, 8, 9, 5000].map((failures) => after(failures)),
    [500, 1000, 2000, 32_000, 60_000, 60_000, 60_000],
  );
  assert.equal(after(3, undefined, 0), 1000);
  assert.equal(after(1, 90_000), 90_000);
  assert.equal(after(1, 1), 500);
  assert.equal(after(1, 1e12), usualDeliveryLimits.longestRetryAfterMs);
});

/** Until it is killed while it goes on, `more` confirmed records later; what it had confirmed by then. */
const runAndKill = async (folder: string, first: number, more: number): Promise<number> => {
  const writer = join(import.meta.dirname, '../../../test/fakes/record-writer.ts');
  const child = spawn(process.execPath, [writer, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
    if (said.split('\n').length > more) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  const lines = said.split('\n').slice(0, -1);
  return Math.max(first, Number(lines.at(-1) ?? first));
};

test('a process that is killed at any moment loses nothing that it confirmed, and keeps the order', async (context) => {
  const folder = folderOf(context);
  let confirmed = 0;
  // Each goes on behind what was confirmed, so that some records are offered twice, as after a crash.
  for (const more of [1, 2, 5, 9, 14, 23]) confirmed = await runAndKill(folder, confirmed, more);
  assert.ok(confirmed > 40, `${confirmed} confirmed`);
  const delivery = await openBench(file, { settings: { path: join(folder, 'records.jsonl') } }, join(folder, 'spool'));
  assert.ok(await delivery.drain(patienceMs));
  await delivery.close();
  const lines = readFileSync(join(folder, 'records.jsonl'), 'utf8').split('\n').slice(0, -1);
  const numbers = lines.map((line) =>
    Number(/^record-(\d+)$/.exec((JSON.parse(line) as { record: string }).record)?.[1]),
  );
  const firsts = [...new Set(numbers)];
  assert.deepEqual(
    firsts,
    firsts.toSorted((one, other) => one - other),
  );
  assert.deepEqual(
    firsts.slice(0, confirmed),
    Array.from({ length: confirmed }, (_, number) => number),
  );
});
