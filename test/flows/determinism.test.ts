/** The same records tell the same story: whatever order files are named in, however they are cut into batches, wherever a process ends and begins anew. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openFollower, type Follower, type FollowedEvent } from '../../src/app/follow/follower.ts';
import { locateRecords } from '../../src/app/follow/located-records.ts';
import { replayRecords, sensorOf, type ReplaySource } from '../../src/app/follow/replay.ts';
import { noWatchSettings } from '../../src/app/follow/watch-settings.ts';
import { builtInRulesFolder } from '../../src/app/rule-locations.ts';
import type { Incident } from '../../src/core/incident.ts';
import { openIncidentStore } from '../../src/store/backends/incidents.ts';
import { SensorReader } from '../../src/watch/framing/sensor-reader.ts';
import { openRandom, type Random } from '../builders/random.ts';
import { auditRecords, confusedLaunch, engineRecords, flowRecords, registryRecords } from '../builders/records.ts';

const root = await mkdtemp(join(tmpdir(), 'tw-same-'));
after(() => rm(root, { recursive: true, force: true }));

const seeds = [1, 2, 3, 4];

/** Two engines that saw the same, and a log with what cannot be read in it, so that times and files are tied. */
const logs: Readonly<Record<string, readonly [sensor: string, content: string]>> = {
  'docker.json': ['docker', engineRecords()],
  'second.json': ['docker', `${engineRecords()}{"Type":\n`],
  'registry.json': ['registry-notification', registryRecords()],
  'audit.log': ['auditd', auditRecords()],
  'conn.log': ['flow', flowRecords()],
  'trail.json': ['cloudtrail', confusedLaunch(false)],
};

const shuffled = <Item>(items: readonly Item[], random: Random): readonly Item[] => {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as Item);
};

const open = (memory?: ReturnType<typeof openIncidentStore>): Promise<Follower> =>
  openFollower({
    locations: { builtIn: builtInRulesFolder(), added: [] },
    watch: noWatchSettings,
    verdictOf: () => undefined,
    ...(memory === undefined ? {} : { memory }),
  });

const allEvents = (): readonly FollowedEvent[] =>
  Object.entries(logs)
    .flatMap(([name, [sensor, content]]) => {
      const located = locateRecords(sensorOf(sensor));
      const reader = new SensorReader(located.sensor, { where: name, now: () => 0 });
      return [reader.push(Buffer.from(content)), reader.finish()].flatMap(({ events }) => events);
    })
    .map((event) => ({ event }))
    .toSorted((one, other) => one.event.at - other.event.at);

/** Pieces of at most `longest`, none of them empty. */
const cut = <Item>(items: readonly Item[], random: Random, longest: number): readonly (readonly Item[])[] => {
  const pieces: (readonly Item[])[] = [];
  for (let from = 0; from < items.length;) {
    const to = from + 1 + random.below(longest);
    pieces.push(items.slice(from, to));
    from = to;
  }
  return pieces;
};

const bytes = (value: unknown): string => JSON.stringify(value);

test('files named in any order give the same bytes', async () => {
  const sources: ReplaySource[] = [];
  for (const [name, [sensor, content]] of Object.entries(logs)) {
    await writeFile(join(root, name), content);
    sources.push({ sensor, file: join(root, name) });
  }
  const replay = async (given: readonly ReplaySource[]): Promise<string> => {
    const lines: string[] = [];
    for await (const line of replayRecords(given, await open())) lines.push(bytes(line));
    return lines.join('\n');
  };
  const expected = await replay(sources);
  assert.match(expected, /"type":"gap"[^]*"type":"incident"/);
  for (const seed of seeds) assert.equal(await replay(shuffled(sources, openRandom(seed))), expected, `seed ${seed}`);
});

test('more files than are open at once are read in the order of their first events, whatever they are called', async () => {
  const names = (number: number): string => join(root, `many-${(number * 37) % 70}.json`);
  const sources: ReplaySource[] = [];
  for (let number = 0; number < 70; number += 1) {
    const record = JSON.stringify({
      Type: 'image',
      Action: 'pull',
      id: `registry.example/a:${number}`,
      time: 1_767_323_045 + number,
    });
    await writeFile(names(number), `${record}\n`);
    sources.push({ sensor: 'docker', file: names(number) });
  }
  const order: number[] = [];
  for await (const line of replayRecords(sources, await open()))
    if (line.type === 'finding' && line.finding.detection.rule === 'sigma/pulled-first-seen-image')
      order.push(line.finding.detection.at);
  assert.equal(order.length, 70);
  assert.deepEqual(
    order,
    order.toSorted((one, other) => one - other),
  );
});

test('batches of any size give the same findings in the same order, and the same incidents', async () => {
  const events = allEvents();
  const follow = async (batches: readonly (readonly FollowedEvent[])[]): Promise<string> => {
    const follower = await open();
    const detections = batches.flatMap((batch) => follower.take({ events: batch, gaps: [] }).detections);
    return bytes([detections, follower.incidents()]);
  };
  const expected = await follow([events]);
  assert.ok(expected.includes('"chain"'));
  for (const seed of seeds) assert.equal(await follow(cut(events, openRandom(seed), 5)), expected, `seed ${seed}`);
});

/** What a person acts upon. */
const essence = (incidents: readonly Incident[]): string =>
  bytes(incidents.map(({ id, subject, severity, state, chain }) => ({ id, subject, severity, state, chain })));

test('processes that end anywhere, and are given again what they may not have kept, tell each finding once and the same incidents', async () => {
  const events = allEvents();
  const whole = await open();
  const told = whole.take({ events, gaps: [] }).detections.map(({ detection }) => detection.id);
  for (const seed of seeds.slice(0, 2)) {
    const random = openRandom(seed);
    const folder = join(root, `state-${seed}`);
    const now = (): number => Date.parse('2026-03-01T11:00:00Z');
    const ids: string[] = [];
    let from = 0;
    for (let last: readonly Incident[] = []; ;) {
      const memory = openIncidentStore(folder, { now });
      const follower = await open(memory);
      const to = from + 1 + random.below(10);
      const begin = Math.max(0, from - random.below(4));
      for (const batch of cut(events.slice(begin, to), random, 3))
        ids.push(...follower.take({ events: batch, gaps: [] }).detections.map(({ detection }) => detection.id));
      last = follower.incidents();
      memory.close();
      from = to;
      if (from < events.length) continue;
      assert.equal(essence(last), essence(whole.incidents()), `seed ${seed}`);
      break;
    }
    assert.deepEqual(ids.toSorted(), told.toSorted(), `seed ${seed}`);
  }
});

/** Each log in its own order, none waiting for another. */
const interleaved = (events: readonly FollowedEvent[], random: Random): readonly FollowedEvent[] => {
  const queues = [...Map.groupBy(events, ({ event }) => event.id.split(':', 1)[0] ?? '').values()].map((queue) => [
    ...queue,
  ]);
  const out: FollowedEvent[] = [];
  while (queues.some(({ length }) => length > 0)) {
    const next = random.pick(queues).shift();
    if (next !== undefined) out.push(next);
  }
  return out;
};

test('logs that are ahead of each other, and events that come twice, make the same incidents', async () => {
  const events = allEvents();
  const follow = async (given: readonly FollowedEvent[]): Promise<string> => {
    const follower = await open();
    // An incident that was told keeps its id, so that nobody asks before the end.
    for (const event of given) follower.take({ events: [event], gaps: [] }, undefined, false);
    return essence(follower.incidents());
  };
  const expected = await follow(events);
  for (const seed of seeds) {
    const random = openRandom(seed);
    assert.equal(await follow(interleaved([...events, ...events], random)), expected, `seed ${seed}`);
  }
});
