/** `watch` is killed while it takes events through three sinks, one of them down: nothing is lost, and nothing is found twice. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdtemp, open, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../src/core/event.ts';
import { openSpool } from '../../src/report/delivery/spool.ts';
import { openIncidentStore } from '../../src/store/backends/incidents.ts';
import { docker } from '../../src/watch/sensors/docker.ts';
import { SensorReader } from '../../src/watch/framing/sensor-reader.ts';
import { openRandom } from '../builders/random.ts';
import { engineRecords, jsonLinesOf, startWatch, writeWatch, type WatchedFolder } from '../builders/watched.ts';
import { startHttpReceiver, type HttpReceiver } from '../fakes/http-receiver.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const [count, kills] = required ? [100_000, 8] : [3000, 2];

const root = await mkdtemp(join(tmpdir(), 'tw-faults-'));
after(() => rm(root, { recursive: true, force: true }));

const stateOf = ({ state }: WatchedFolder): string => join(state, 'tidewaiter');

const missing = (watched: WatchedFolder, events: readonly Event[]): number => {
  const store = openIncidentStore(stateOf(watched));
  try {
    return store.unknownOf(events).size;
  } finally {
    store.close();
  }
};

type Line = Readonly<Record<string, unknown>>;
const idsOf = (lines: readonly Line[], type: string): readonly string[] =>
  [...new Set(lines.filter((line) => line['type'] === type).map((line) => String(line['id'])))].toSorted();

const recordsOf = ({ taken }: HttpReceiver): readonly Line[] =>
  taken.flatMap(({ body }) => (JSON.parse(body) as { readonly records: readonly Line[] }).records);

const until = async (holds: () => boolean, what: string, timeoutMs = 300_000): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`it never came: ${what}`);
    await sleep(100);
  }
};

/** What waits for sinks when a process ends is sent by the next one: as often as it takes until all spools are empty. */
const settle = async (watched: WatchedFolder, sinks: readonly string[]): Promise<void> => {
  const isEmpty = async (sink: string): Promise<boolean> => {
    const folder = join(stateOf(watched), 'sinks', sink);
    assert.ok(existsSync(folder), `${sink} has a spool`);
    await using spool = openSpool(folder);
    return spool.waitingBytes === 0;
  };
  while (!(await Promise.all(sinks.map(isEmpty))).every(Boolean)) {
    const watch = startWatch(watched);
    await watch.ready;
    watch.child.kill('SIGTERM');
    assert.equal(await watch.ended, 0);
  }
};

const webhook = (name: string, { url }: HttpReceiver) => ({
  sink: 'webhook',
  name,
  url,
  key: 'a-key-of-some-length',
  types: ['finding', 'incident'],
});

test(`${count} events, ${kills} kills, a log that is rotated twice, three sinks and one of them down`, async () => {
  const events = new SensorReader(docker, { where: 'x', now: () => 0 }).push(
    Buffer.from(engineRecords(1, count)),
  ).events;
  assert.equal(events.length, count);

  const folder = await mkdtemp(join(root, 'killed-'));
  const log = join(folder, 'engine.log');
  await using up = await startHttpReceiver(() => ({ status: 200, body: '' }));
  await using down = await startHttpReceiver(() => ({ status: 200, body: '' }));
  await down.troubles['is down']?.();
  const sinks = [{ sink: 'file', path: join(folder, 'out.jsonl') }, webhook('up', up), webhook('down', down)];
  const watched = await writeWatch(folder, { sensors: [{ sensor: 'docker', files: [log] }], sinks });

  const random = openRandom(5);
  const part = Math.ceil(count / (kills + 1));
  await writeFile(log, engineRecords(1, Math.min(part, count)));
  for (let kill = 1; kill <= kills; kill += 1) {
    const watch = startWatch(watched);
    await watch.ready;
    await sleep(random.below(required ? 2500 : 800));
    watch.child.kill('SIGKILL');
    assert.equal(await watch.ended, 'SIGKILL');
    // Rotation goes on while nobody looks: once by a new name, once by a copy.
    if (kill === 1) {
      await rename(log, `${log}.1`);
      await writeFile(log, '');
    }
    if (kill === 2) {
      await rename(`${log}.1`, `${log}.2`);
      await copyFile(log, `${log}.1`);
      await truncate(log, 0);
    }
    await appendFile(log, engineRecords(kill * part + 1, Math.min((kill + 1) * part, count)));
  }
  const watch = startWatch(watched);
  await watch.ready;
  await until(() => missing(watched, events) === 0, 'every event');
  await down.heal();
  await until(() => recordsOf(down).length > 0, 'what waited for the sink');
  watch.child.kill('SIGTERM');
  assert.equal(await watch.ended, 0);
  await settle(watched, ['file', 'up', 'down']);

  // The same log, never interrupted.
  const calm = await mkdtemp(join(root, 'calm-'));
  await writeFile(join(calm, 'engine.log'), engineRecords(1, count));
  const quiet = await writeWatch(calm, {
    sensors: [{ sensor: 'docker', files: [join(calm, 'engine.log')] }],
    sinks: [{ sink: 'file', path: join(calm, 'out.jsonl') }],
  });
  const whole = startWatch(quiet);
  await whole.ready;
  await until(() => missing(quiet, events) === 0, 'every event of the calm run');
  whole.child.kill('SIGTERM');
  assert.equal(await whole.ended, 0);
  await settle(quiet, ['file']);
  const right = jsonLinesOf(join(calm, 'out.jsonl'));
  assert.ok(idsOf(right, 'finding').length >= count / 50 && idsOf(right, 'incident').length > 0);

  const seen = { file: jsonLinesOf(join(folder, 'out.jsonl')), up: recordsOf(up), down: recordsOf(down) };
  for (const [name, lines] of Object.entries(seen)) {
    assert.deepEqual(idsOf(lines, 'finding'), idsOf(right, 'finding'), `findings of ${name}`);
    assert.deepEqual(idsOf(lines, 'incident'), idsOf(right, 'incident'), `incidents of ${name}`);
    assert.deepEqual(
      lines.filter((line) => line['type'] === 'gap'),
      [],
      `gaps of ${name}`,
    );
  }
});

test('rotated, cut, interleaved, binary and 100 MB-line logs: Gaps with line numbers, and the flow goes on', async () => {
  const folder = await mkdtemp(join(root, 'logs-'));
  const log = join(folder, 'engine.log');
  const megabytes = required ? 100 : 70;
  const handle = await open(log, 'w');
  await handle.write(engineRecords(1, 10));
  await handle.write(Buffer.alloc(4096, 0x81));
  await handle.write('\n');
  // Two writers, one of which broke into the other's line.
  const [one, two] = [engineRecords(11, 11), engineRecords(12, 12)];
  await handle.write(one.slice(0, 40) + two + one.slice(40));
  for (let written = 0; written < megabytes; written += 1) await handle.write(Buffer.alloc(2 ** 20, 0x78));
  await handle.write('\n');
  await handle.write(engineRecords(13, 20));
  await handle.close();
  const watched = await writeWatch(folder, {
    sensors: [{ sensor: 'docker', files: [log] }],
    sinks: [{ sink: 'file', path: join(folder, 'out.jsonl') }],
  });
  const later = new SensorReader(docker, { where: 'x', now: () => 0 }).push(Buffer.from(engineRecords(13, 40))).events;
  const watch = startWatch(watched);
  await watch.ready;
  await until(() => missing(watched, later.slice(0, 8)) === 0, 'what stands behind the long line');
  await rename(log, `${log}.1`);
  await writeFile(log, engineRecords(21, 30));
  await until(() => missing(watched, later.slice(0, 18)) === 0, 'what stands in the new log');
  await truncate(log, 0);
  // Less than before: shorter whenever it is looked at.
  await appendFile(log, engineRecords(31, 35));
  await until(() => missing(watched, later.slice(0, 23)) === 0, 'what stands behind the cut');
  await appendFile(log, engineRecords(36, 40));
  await until(() => missing(watched, later) === 0, 'what comes then');
  watch.child.kill('SIGTERM');
  assert.equal(await watch.ended, 0);
  await settle(watched, ['file']);
  const gaps = jsonLinesOf(join(folder, 'out.jsonl')).filter(({ type }) => type === 'gap');
  assert.deepEqual(
    gaps.map(({ code, where }) => `${String(code)} ${String(where).slice(log.length)}`),
    // The binary line, and both that two writers made of theirs.
    ['RECORD_UNRECOGNISED : lines 11 to 13', 'RECORD_BEYOND_BOUNDS : line 14', 'LOG_LOST '],
  );
});
