/** What a watch knows over a restart: a story that is told over two kills is told once, and one wrong clock hides nothing. */
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openIncidentStore } from '../../src/store/backends/incidents.ts';
import { SensorReader } from '../../src/watch/framing/sensor-reader.ts';
import { docker } from '../../src/watch/sensors/docker.ts';
import { jsonLinesOf, startWatch, type WatchedFolder, type WatchProcess } from '../builders/watched.ts';

const root = await mkdtemp(join(tmpdir(), 'tw-restart-'));
const started: WatchProcess[] = [];
after(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await rm(root, { recursive: true, force: true });
});

const rules = `title: Out of memory
id: 0d2e6f0a-1f6b-4f0c-9d0e-7a1b2c3d4e5f
name: oom
status: test
logsource: { product: docker }
detection:
  selection: { Action: oom }
  condition: selection
level: informational
---
title: Out of memory again and again
id: 1d2e6f0a-1f6b-4f0c-9d0e-7a1b2c3d4e5f
name: ooms
status: test
correlation:
  type: event_count
  rules: [oom]
  group-by: [scope]
  timespan: 10m
  condition: { gte: 4 }
level: high
`;

/** Seconds after a beginning that lies an hour back. */
const beginning = Math.floor(Date.now() / 1000) - 3600;
const oom = (seconds: number): string => {
  const time = beginning + seconds;
  const actor = { ID: 'ab'.repeat(32), Attributes: { image: 'registry.example/app:1', name: 'app' } };
  return `${JSON.stringify({ Type: 'container', Action: 'oom', Actor: actor, scope: 'local', time }).slice(0, -1)},"timeNano":${time}000000000}\n`;
};

const until = async (holds: () => boolean, what: string): Promise<void> => {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`it never came: ${what}`);
    await sleep(50);
  }
};

interface Bench {
  readonly log: string;
  /** Ids of findings of the correlation, each time that one was sent. */
  told(): readonly string[];
  /** Starts a watch, writes, and waits until what was written is kept. */
  write(...lines: readonly string[]): Promise<WatchProcess>;
}

const open = async (): Promise<Bench> => {
  const folder = await mkdtemp(join(root, 'w-'));
  const log = join(folder, 'engine.log');
  await writeFile(log, '');
  await writeFile(join(folder, 'oom.yml'), rules);
  const watch = {
    sensors: [{ sensor: 'docker', files: [log] }],
    sinks: [{ sink: 'file', path: join(folder, 'out.jsonl'), types: ['finding'] }],
  };
  await writeFile(join(folder, 'tidewaiter.yaml'), JSON.stringify({ watch, rules: [join(folder, 'oom.yml')] }));
  const watched: WatchedFolder = { folder, state: join(folder, 'state') };
  return {
    log,
    told: () =>
      jsonLinesOf(join(folder, 'out.jsonl')).flatMap((line) =>
        line['title'] === 'Out of memory again and again' ? [String(line['id'])] : [],
      ),
    write: async (...lines) => {
      const process = startWatch(watched);
      started.push(process);
      await process.ready;
      await appendFile(log, lines.join(''));
      const { events } = new SensorReader(docker, { where: 'x', now: () => 0 }).push(Buffer.from(lines.join('')));
      assert.equal(events.length, lines.length);
      const store = openIncidentStore(join(watched.state, 'tidewaiter'));
      await until(() => store.unknownOf(events).size === 0, 'every event');
      store.close();
      return process;
    },
  };
};

const kill = async ({ child, ended }: WatchProcess): Promise<void> => {
  child.kill('SIGKILL');
  assert.equal(await ended, 'SIGKILL');
};

test('a window that lies over two kills is told once', async () => {
  const bench = await open();
  await kill(await bench.write(oom(0), oom(10)));
  await kill(await bench.write(oom(20)));
  assert.deepEqual(bench.told(), []);
  const third = await bench.write(oom(30));
  await until(() => bench.told().length > 0, 'the story');
  await kill(third);
  const last = await bench.write(oom(40), oom(50));
  last.child.kill('SIGTERM');
  assert.equal(await last.ended, 0);
  assert.equal(new Set(bench.told()).size, 1);
});

test('an event from the far future hides no window, neither at once nor after a kill', async () => {
  const bench = await open();
  const year = 365 * 86_400;
  await kill(await bench.write(oom(0), oom(10 * year), oom(10)));
  const second = await bench.write(oom(20), oom(30));
  await until(() => bench.told().length > 0, 'the story');
  second.child.kill('SIGTERM');
  assert.equal(await second.ended, 0);
  assert.equal(new Set(bench.told()).size, 1);
});
