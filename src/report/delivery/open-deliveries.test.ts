import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { patienceMs, patientLimits, someRecord } from '../../../test/contracts/sink.contract.ts';
import { fakeContext } from '../../../test/fakes/context.ts';
import { startHttpReceiver } from '../../../test/fakes/http-receiver.ts';
import { sinks } from '../sinks/index.ts';
import { openDeliveries, type SinkEntry } from './open-deliveries.ts';

const inFolder = (context: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-deliveries-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const printed: string[] = [];
  const open = (entries: readonly SinkEntry[]) =>
    openDeliveries(
      entries,
      { folder: join(folder, 'spools'), limits: patientLimits },
      {
        ...fakeContext(),
        print: async (text) => {
          printed.push(text);
        },
      },
    );
  return { folder, printed, open };
};

test('each sink gets what it wants, and a dead one keeps nothing from the others', async (context) => {
  const { folder, printed, open } = inFolder(context);
  const path = join(folder, 'incidents.jsonl');
  await using dead = await startHttpReceiver(() => ({ status: 200, body: '' }));
  await dead.troubles['answers 500']?.();
  const deliveries = await open([
    { sink: 'file', types: ['incident'], settings: { path } },
    { sink: 'stdout', settings: {} },
    { sink: 'webhook', name: 'dead', settings: { url: dead.url, key: 'k' } },
  ]);
  await deliveries.offer([someRecord(1), someRecord(2, { type: 'incident' })]);
  for (const delivery of deliveries.all.slice(0, 2)) assert.ok(await delivery.drain(patienceMs));
  assert.equal(await deliveries.drain(10), false);
  assert.deepEqual(
    deliveries.all.map((delivery) => [delivery.name, delivery.state().delivered]),
    [
      ['file', 1],
      ['stdout', 2],
      ['dead', 0],
    ],
  );
  await deliveries.close();
  assert.equal(readFileSync(path, 'utf8').split('\n').length, 2);
  assert.match(printed.join(''), /"record":"record-1"[^]*"record":"record-2"/);
});

test('a disk that fails one sink is told, and the others have the records', async (context) => {
  const { printed, open } = inFolder(context);
  const deliveries = await open([
    { sink: 'stdout', name: 'one', settings: {} },
    { sink: 'stdout', name: 'two', settings: {} },
  ]);
  const [first] = deliveries.all;
  await first?.close();
  await deliveries.offer([someRecord(1)]).catch(() => undefined);
  await deliveries.all[1]?.drain(patienceMs);
  assert.equal(printed.length, 1);
  await deliveries.all[1]?.close();
});

test('what is configured wrongly is refused as a whole, and holds no spool', async (context) => {
  const { folder, open } = inFolder(context);
  const good: SinkEntry = { sink: 'stdout', settings: {} };
  writeFileSync(join(folder, 'x'), '');
  for (const [bad, pattern] of [
    [{ sink: 'webhok', settings: {} }, /no sink "webhok"; did you mean "webhook"/],
    [{ sink: 'file', settings: {} }, /path .* is missing/],
    [{ sink: 'file', name: '../up', settings: { path: 'x' } }, /no name of a sink/],
    [{ sink: 'stdout', settings: {} }, /two sinks are called stdout/],
  ] as const)
    await assert.rejects(open([good, bad]), { code: 'SINK_SETTING_INVALID', kind: 'misuse', message: pattern });
  const deliveries = await open([good]);
  await deliveries.close();
});

test('the documentation names every sink and each of its settings', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/sinks.md'), 'utf8');
  for (const sink of sinks) {
    const section = new RegExp(`\n## ${sink.id}\n([^]*?)(?=\n## |$)`).exec(text)?.[1] ?? '';
    for (const { name } of sink.settings.filter((setting) => setting.name !== 'format'))
      assert.ok(section.includes(`\`${name}\``), `${sink.id}: ${name}`);
  }
});
