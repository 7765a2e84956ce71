/** What every sink is held to: whatever its receiver does, each record arrives in order, whole, and no other sink or caller waits for it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Context } from '../../src/core/context.ts';
import type { Sink, SinkContext, SinkRecord } from '../../src/core/sink.ts';
import { startDelivery, type Delivery, type DeliveryLimits } from '../../src/report/delivery/deliver.ts';
import { readSinkSettings } from '../../src/report/delivery/sink-settings.ts';
import { openSpool } from '../../src/report/delivery/spool.ts';
import { hostileTexts } from '../builders/hostile-verdict.ts';
import { fakeContext } from '../fakes/context.ts';

/** Short pauses; an attempt may take as long as a slow machine needs, so that nothing is sent twice for that. */
export const patientLimits: DeliveryLimits = {
  batchRecords: 4,
  batchBytes: 1 << 20,
  attemptMs: 60_000,
  pauseMs: 5,
  longestPauseMs: 20,
  longestRetryAfterMs: 60,
};

/** Short attempts too, so that a receiver that never answers costs a test little: a slow machine may send twice. */
export const hastyLimits: DeliveryLimits = { ...patientLimits, attemptMs: 250 };

/** How long a test waits for what must come, however slow the machine is. */
export const patienceMs = 60_000;

export interface Received {
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** A sink's receiver, as it can be and as it fails. */
export interface SinkBench extends AsyncDisposable {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly context?: Partial<Context>;
  readonly print?: SinkContext['print'];
  /** In the order of arrival, doubles included. */
  received(): readonly Received[];
  /** By name: makes the receiver fail in that way from now on. */
  readonly troubles: Readonly<Record<string, () => Promise<void> | void>>;
  heal(): Promise<void> | void;
}

export const someRecord = (number: number, given: Partial<SinkRecord> = {}): SinkRecord => ({
  type: 'finding',
  id: `record-${number}`,
  at: '2026-06-01T10:00:00.000Z',
  value: { rule: 'sigma/x', title: `number ${number}`, severity: 'high', evidence: [] },
  ...given,
});

const secret = 'do-not-show-this-to-anybody';

/** A delivery with a spool in a folder, and everything that it logged. */
export const openBench = async (
  sink: Sink,
  bench: Pick<SinkBench, 'settings' | 'context' | 'print'>,
  folder: string,
  log: string[] = [],
  limits: DeliveryLimits = patientLimits,
): Promise<Delivery> => {
  const context: SinkContext = {
    ...fakeContext({ onLog: (line) => log.push(line) }),
    ...bench.context,
    print: bench.print ?? (async () => undefined),
  };
  const settings = readSinkSettings(sink, bench.settings, {});
  const opened = await sink.open(settings, context);
  return startDelivery({ name: sink.id, sink: opened, spool: openSpool(folder), limits }, context);
};

/** Each id once, in the order in which it came first. */
const firstOf = (received: readonly Received[]): readonly string[] => [...new Set(received.map(({ id }) => id))];

const until = async (what: string, holds: () => boolean): Promise<void> => {
  const end = Date.now() + patienceMs;
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(holds(), what);
};

export const sinkContract = (sink: Sink, open: (secret: string) => Promise<SinkBench>): void => {
  const inFolder = async (run: (bench: SinkBench, folder: string) => Promise<void>): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-sink-'));
    try {
      await using bench = await open(secret);
      await run(bench, join(folder, 'spool'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const some = (from: number, to: number): readonly SinkRecord[] =>
    Array.from({ length: to - from }, (_, index) => someRecord(from + index));
  const ids = (from: number, to: number): readonly string[] => some(from, to).map(({ id }) => id);

  describe(`the sink ${sink.id}`, () => {
    test('records arrive once, in order, with what they hold', () =>
      inFolder(async (bench, folder) => {
        const delivery = await openBench(sink, bench, folder);
        await delivery.offer(some(0, 10));
        assert.ok(await delivery.drain(patienceMs));
        assert.deepEqual(
          bench.received().map(({ id }) => id),
          ids(0, 10),
        );
        assert.equal(bench.received()[3]?.document['title'], 'number 3');
        assert.equal(delivery.state().delivered, 10);
        await delivery.close();
      }));

    test('what is in a record stays in its place', () =>
      inFolder(async (bench, folder) => {
        const delivery = await openBench(sink, bench, folder);
        const texts = [...hostileTexts, hostileTexts.join('\n'), '\r\n{"create":{}}\r\n', '] evil="1'];
        const records = texts.map((text, number) =>
          someRecord(number, {
            value: { rule: text, title: text, severity: text, subject: { kind: 'digest', id: text }, [text]: text },
          }),
        );
        await delivery.offer(records);
        assert.ok(await delivery.drain(patienceMs));
        assert.deepEqual(
          bench.received().map(({ id }) => id),
          ids(0, texts.length),
        );
        bench.received().forEach(({ document }, position) => {
          assert.equal(document['title'], texts[position]);
        });
        await delivery.close();
      }));

    test('the receiver fails in every way that it can: nothing is lost, and the order is kept', () =>
      inFolder(async (bench, folder) => {
        const log: string[] = [];
        const delivery = await openBench(sink, bench, folder, log, hastyLimits);
        let sent = 0;
        for (const [name, enter] of Object.entries(bench.troubles)) {
          await enter();
          // Whoever offers does not wait: nobody heals the receiver before this ends.
          await delivery.offer(some(sent, sent + 6));
          await until(`${name}: it is tried`, () => delivery.state().failures > 0);
          assert.match(delivery.state().problem ?? '', /\w/);
          assert.ok(!(await delivery.drain(20)), `${name}: it is not delivered`);
          await bench.heal();
          assert.ok(await delivery.drain(patienceMs), `${name}: it is delivered`);
          sent += 6;
          assert.deepEqual(firstOf(bench.received()), ids(0, sent), name);
          assert.equal(delivery.state().problem, undefined);
        }
        assert.ok(Object.keys(bench.troubles).length > 0);
        assert.ok(!log.join('').includes(secret), 'no secret in the log');
        await delivery.close();
      }));

    test('the next process delivers what this one could not', () =>
      inFolder(async (bench, folder) => {
        const [enter] = Object.values(bench.troubles);
        await enter?.();
        const first = await openBench(sink, bench, folder);
        await first.offer(some(0, 6));
        await first.close();
        await bench.heal();
        const second = await openBench(sink, bench, folder);
        await second.offer(some(6, 8));
        assert.ok(await second.drain(patienceMs));
        assert.deepEqual(firstOf(bench.received()), ids(0, 8));
        await second.close();
      }));

    test('settings are known, of their kind, and said in words', () => {
      for (const { name, about } of sink.settings) assert.match(`${name} ${about}`, /^[a-z][a-z-]* \S/);
      assert.throws(() => readSinkSettings(sink, { nonsense: 1 }, {}), { code: 'SINK_SETTING_INVALID' });
      for (const setting of sink.settings)
        assert.throws(() => readSinkSettings(sink, { [setting.name]: [] }, {}), { code: 'SINK_SETTING_INVALID' });
    });
  });
};
