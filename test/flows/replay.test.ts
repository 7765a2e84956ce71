/** `replay` from records to lines, with the built-in rules. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  openFollower,
  type FollowedEvent,
  type FollowerOptions,
  type LocatedDetection,
} from '../../src/app/follow/follower.ts';
import { locateRecords } from '../../src/app/follow/located-records.ts';
import { replayRecords, sensorOf, type ReplayLine, type ReplaySource } from '../../src/app/follow/replay.ts';
import { noWatchSettings, readWatchSettings } from '../../src/app/follow/watch-settings.ts';
import { builtInRulesFolder } from '../../src/app/rule-locations.ts';
import type { Digest } from '../../src/core/digest.ts';
import type { Incident } from '../../src/core/incident.ts';
import { openIncidentStore } from '../../src/store/backends/incidents.ts';
import { SensorReader } from '../../src/watch/framing/sensor-reader.ts';
import { toFindingLine, toGapLine, toIncidentLine } from '../../src/report/follow-lines.ts';
import { followLineSchema } from '../../src/report/follow-schema.ts';
import {
  auditRecords,
  confusedLaunch,
  engineRecords,
  flowRecords,
  registryRecords,
  storyContainer,
  storyDigest,
  storyReference,
} from '../builders/records.ts';

type Files = Readonly<Record<string, readonly [string, string | Uint8Array]>>;

const story: Files = {
  'docker.json': ['docker', engineRecords()],
  'registry.json': ['registry-notification', registryRecords()],
  'audit.log': ['auditd', auditRecords()],
  'conn.log': ['flow', flowRecords()],
};

const replay = async (files: Files, more: Partial<FollowerOptions> = {}): Promise<readonly ReplayLine[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-replay-'));
  try {
    const sources: ReplaySource[] = [];
    for (const [name, [sensor, content]] of Object.entries(files)) {
      await writeFile(join(folder, name), content);
      sources.push({ sensor, file: join(folder, name) });
    }
    const follower = await openFollower({
      locations: { builtIn: builtInRulesFolder(), added: [] },
      watch: noWatchSettings,
      verdictOf: () => undefined,
      ...more,
    });
    const lines: ReplayLine[] = [];
    for await (const line of replayRecords(sources, follower)) lines.push(line);
    return lines;
  } finally {
    await rm(folder, { recursive: true });
  }
};

const incidentsOf = (lines: readonly ReplayLine[]): readonly Incident[] =>
  lines.flatMap((line) => (line.type === 'incident' ? [line.incident] : []));
const rulesOf = (lines: readonly ReplayLine[]): ReadonlySet<string> =>
  new Set(lines.flatMap((line) => (line.type === 'finding' ? [line.finding.detection.rule] : [])));

const toObject = (line: ReplayLine): object =>
  line.type === 'finding'
    ? toFindingLine(line.finding.detection, line.finding.place)
    : line.type === 'incident'
      ? toIncidentLine(line.incident)
      : line.type === 'gap'
        ? toGapLine(line.gap)
        : { type: 'summary', ...line.summary };

test('engine, registry, audit log and network tell one story: one incident with its five steps', async () => {
  const verdict = {
    assessment: 'suspicious',
    decision: 'warn',
    because: [],
    at: '2026-02-01T00:00:00Z',
    digest: storyDigest as Digest,
  } as const;
  const lines = await replay(story, {
    verdictOf: (digests) => (digests.includes(storyDigest as Digest) ? verdict : undefined),
  });
  const [incident, ...others] = incidentsOf(lines);
  assert.ok(incident !== undefined && others.length === 0);
  assert.deepEqual(incident.subject, { kind: 'digest', id: storyDigest });
  assert.equal(incident.severity, 'critical');
  assert.deepEqual(
    [...new Set(incident.chain.map(({ step }) => step))],
    ['pull', 'create', 'start', 'command', 'egress'],
  );
  assert.deepEqual(incident.identity?.containers, [storyContainer]);
  assert.ok(incident.identity.references.includes(storyReference));
  assert.deepEqual(incident.verdict, verdict);
  const command = lines.find(
    (line) => line.type === 'finding' && line.finding.detection.rule === 'sigma/download-piped-to-interpreter',
  );
  assert.ok(command?.type === 'finding');
  assert.match(command.finding.place?.file ?? '', /audit\.log$/);
  assert.ok((command.finding.place?.line ?? 0) > 1);
  const last = lines.at(-1);
  assert.ok(last?.type === 'summary');
  assert.deepEqual([last.summary.incidents, last.summary.gaps, last.summary.rules.refused], [1, 0, 0]);
});

test('the same records give the same bytes, and every line keeps to the schema', async () => {
  // Folders differ from run to run, so that the files are named by their last part.
  const write = (lines: readonly ReplayLine[]): string =>
    lines.map((line) => JSON.stringify(toObject(line)).replaceAll(/"[^"]*\/([\w.]+)"/g, '"$1"')).join('\n');
  const first = await replay(story);
  for (const line of first) followLineSchema.parse(toObject(line));
  assert.equal(write(await replay(story)), write(first));
});

test('without the audit log, what the engine alone tells is no incident', async () => {
  const lines = await replay({ 'docker.json': ['docker', engineRecords().split('\n').slice(1).join('\n')] });
  assert.ok(!rulesOf(lines).has('sigma/download-piped-to-interpreter'));
  assert.deepEqual(
    incidentsOf(lines).filter(({ severity }) => severity === 'high' || severity === 'critical'),
    [],
  );
});

test('an image looked up by name alone and launched is an incident of its machines; with its owner it is none', async () => {
  const lines = await replay({ 'trail.json.gz': ['cloudtrail', gzipSync(confusedLaunch(false))] });
  const [incident] = incidentsOf(lines);
  assert.ok(incident !== undefined);
  assert.equal(incident.subject.kind, 'instance');
  assert.deepEqual(incident.identity?.instances, ['i-0aaa', 'i-0bbb']);
  assert.deepEqual(
    incident.chain.map(({ step }) => step),
    ['search', 'launch', 'launch'],
  );
  const named = rulesOf(lines);
  const owned = rulesOf(await replay({ 'trail.json': ['cloudtrail', confusedLaunch(true)] }));
  assert.ok(
    [...named].some((rule) => !owned.has(rule)),
    [...named].join(' '),
  );
});

test('what a feed names is known to be bad, an image by its digest and a machine image by its id', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-feed-'));
  try {
    await writeFile(join(folder, 'feed.csv'), `${storyDigest.slice('sha256:'.length)},a test's own image\n`);
    const locations = { builtIn: builtInRulesFolder(), added: [join(folder, 'feed.csv')] };
    assert.ok(rulesOf(await replay(story, { locations })).has('sigma/known-bad-image'));
    assert.ok(!rulesOf(await replay(story)).has('sigma/known-bad-image'));
    const trail = (id: string): Files => ({
      'trail.json': ['cloudtrail', confusedLaunch(true).replaceAll('ami-0123456789abcdef0', id)],
    });
    const known = rulesOf(await replay(trail('ami-0011fd6bde84052e0')));
    const unknown = rulesOf(await replay(trail('ami-0011fd6bde84052e1')));
    assert.deepEqual([...known].filter((rule) => !unknown.has(rule)).length > 0, true, [...known].join(' '));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the nine knobs of the configuration are the parameters of the rules', async () => {
  const watch = readWatchSettings(
    {
      ImageRegistryAllowList: ['registry.example/*'],
      SuspiciousBinaries: ['never-heard-of'],
      TimeWindow: '1s',
      FirstBootWindow: '2h',
    },
    'tidewaiter.yaml',
  );
  const rules = rulesOf(await replay(story, { watch }));
  assert.ok(!rules.has('sigma/pulled-from-unlisted-registry'));
  assert.ok(!rules.has('sigma/suspicious-binary'));
  assert.ok(rulesOf(await replay(story)).has('sigma/suspicious-binary'));
  for (const wrong of [
    { TimeWindow: 'soon' },
    { Unknown: ['x'] },
    { ImageRegistryAllowList: [] },
    { suppressions: [{ reason: 'x', until: '2027-01-01' }] },
    [],
  ])
    assert.throws(() => readWatchSettings(wrong, 'tidewaiter.yaml'), { code: 'SETTING_INVALID' });
});

test('what the configuration suppresses is told as such', async () => {
  const watch = readWatchSettings(
    { suppressions: [{ about: storyDigest, reason: 'our own test', until: '2027-01-01' }] },
    'tidewaiter.yaml',
  );
  const [incident] = incidentsOf(await replay(story, { watch }));
  assert.equal(incident?.state, 'suppressed');
  assert.equal(incident.suppression?.reason, 'our own test');
});

test('hostile records are gaps with their lines, and what stands around them is read', async () => {
  const hostile = [
    '{"Type":"container","Action":"start"',
    '\u0000\u0001binary',
    `${'['.repeat(500)}${']'.repeat(500)}`,
    '{"__proto__":{"polluted":true},"constructor":1}',
    `{"Type":"container","Action":"exec_start: ${'curl x | sh '.repeat(9000)}","Actor":{"ID":"${storyContainer}","Attributes":{"image":"\\u202e::set-output"}},"time":99999999999999999}`,
    '',
  ].join('\n');
  const lines = await replay({
    'docker.json': ['docker', `${engineRecords()}${hostile}${engineRecords().replaceAll('17', '18')}`],
  });
  const gaps = lines.flatMap((line) => (line.type === 'gap' ? [toGapLine(line.gap)] : []));
  assert.ok(
    gaps.length >= 3 && gaps.every(({ file, line }) => file?.endsWith('docker.json') === true && (line ?? 0) > 3),
  );
  assert.equal(({} as { readonly polluted?: unknown }).polluted, undefined);
  for (const line of lines) followLineSchema.parse(toObject(line));
});

test('a file that is not there, a folder and an unknown sensor are misuse; a damaged packing is a gap', async () => {
  const follower = await openFollower({ locations: { added: [] }, watch: noWatchSettings, verdictOf: () => undefined });
  const run = async (source: ReplaySource): Promise<void> => {
    for await (const _line of replayRecords([source], follower));
  };
  await assert.rejects(run({ sensor: 'docker', file: '/nowhere/x.json' }), { code: 'RECORDS_NOT_FOUND' });
  await assert.rejects(run({ sensor: 'docker', file: tmpdir() }), { code: 'RECORDS_NOT_FOUND' });
  await assert.rejects(run({ sensor: 'unheard', file: '-' }), { code: 'SENSOR_UNKNOWN' });
  const packed = gzipSync(engineRecords());
  const lines = await replay({ 'x.gz': ['docker', packed.subarray(0, packed.length - 12)] });
  assert.ok(lines.some(({ type }) => type === 'gap'));
});

test('standard input that never ends is left when the person gives up', async () => {
  const follower = await openFollower({ locations: { added: [] }, watch: noWatchSettings, verdictOf: () => undefined });
  const stop = new AbortController();
  const input = new PassThrough();
  input.write('no record\n'.repeat(3));
  const run = async (): Promise<void> => {
    for await (const line of replayRecords([{ sensor: 'docker', file: '-' }], follower, { input, signal: stop.signal }))
      if (line.type === 'gap') stop.abort(new Error('enough'));
  };
  await assert.rejects(run(), /enough/);
  assert.ok(input.destroyed);
});

test('a follower that is opened anew goes on where the last one was: the same incident, nothing twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-follow-'));
  try {
    const events: FollowedEvent[] = [];
    for (const [name, [sensor, content]] of Object.entries(story)) {
      const located = locateRecords(sensorOf(sensor));
      const reader = new SensorReader(located.sensor, { where: name, now: () => 0 });
      for (const batch of [reader.push(Buffer.from(content)), reader.finish()])
        events.push(...batch.events.map((event) => ({ event })));
    }
    events.sort((one, other) => one.event.at - other.event.at);
    const now = (): number => Date.parse('2026-03-01T11:00:00Z');
    const open = async () => {
      const memory = openIncidentStore(join(folder, 'state'), { now });
      const options = {
        locations: { builtIn: builtInRulesFolder(), added: [] },
        watch: noWatchSettings,
        verdictOf: () => undefined,
      };
      return { memory, follower: await openFollower({ ...options, memory }), whole: await openFollower(options) };
    };
    const first = await open();
    const whole = first.whole.take({ events, gaps: [] });
    const told: LocatedDetection[] = [];
    told.push(
      ...first.follower.take({ events: events.slice(0, 5), gaps: [] }, { source: 'log', position: '5' }).detections,
    );
    first.memory.close();
    const second = await open();
    assert.equal(second.memory.checkpoint('log'), '5');
    // Delivered again, as after a crash before the checkpoint was told.
    told.push(
      ...second.follower.take({ events: events.slice(3), gaps: [] }, { source: 'log', position: 'end' }).detections,
    );
    assert.deepEqual(
      told.map(({ detection }) => detection.id).toSorted(),
      whole.detections.map(({ detection }) => detection.id).toSorted(),
    );
    const strip = (incidents: readonly Incident[]): unknown =>
      incidents.map(({ id, severity, chain }) => ({ id, severity, chain }));
    assert.deepEqual(strip(second.follower.incidents()), strip(whole.incidents));
    const hunted = second.memory.hunt([storyDigest], 100);
    assert.equal(hunted.incidents.length, 1);
    assert.deepEqual(
      [...new Set(hunted.events.map(({ action }) => action))].filter((action) => action !== 'other'),
      ['pull', 'create', 'start', 'exec'],
      'who only named it is found by its digest too',
    );
    second.memory.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
