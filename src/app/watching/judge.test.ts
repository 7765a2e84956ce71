import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeContext } from '../../../test/fakes/context.ts';
import type { Digest } from '../../core/digest.ts';
import type { Event } from '../../core/event.ts';
import type { KeptImage } from '../../core/follow-memory.ts';
import type { Intake } from '../../core/listener.ts';
import { IntakeReader } from '../../watch/framing/intake-reader.ts';
import { judgement } from '../../watch/sensors/judgement.ts';
import { toJudgeSettings } from './judge-settings.ts';
import type { JudgeAnswer, JudgeOrder } from './judge-words.ts';
import { Judge } from './judge.ts';

const digestOf = (number: number): Digest => `sha256:${number.toString(16).padStart(64, '0')}`;

const push = (number: number, registry = 'registry.example'): Event => {
  const reference = `${registry}/team/app:${number}`;
  const digest = digestOf(number);
  return {
    id: `push ${number}`,
    at: number,
    logsource: {},
    action: 'push',
    place: { registry },
    image: { kind: 'container', written: reference, reference, digest },
    fields: {},
  };
};

const imageOf = (digest: Digest): KeptImage => ({
  reference: 'x',
  at: '2026-01-01T00:00:00.000Z',
  verdict: { assessment: 'malicious', decision: 'deny', because: ['a miner'] },
  digests: [digest],
  layers: [],
  packages: [],
  files: [],
});

type Order = Omit<JudgeOrder, 'settings'>;

const open = (
  given: object,
  answer: (order: Order) => JudgeAnswer = ({ reference }) => ({
    kind: 'judged',
    image: imageOf(reference.slice(reference.indexOf('@') + 1) as Digest),
  }),
) => {
  const stop = new AbortController();
  const orders: Order[] = [];
  const kept = new Map<string, KeptImage>();
  const settings = toJudgeSettings({ registries: ['registry.example'], ...given }, { PASSWORD: 'secret' });
  assert.ok(settings !== undefined);
  const judge = new Judge({
    settings,
    engines: [],
    context: fakeContext({ signal: stop.signal }),
    judged: (digest) => kept.get(digest),
    judge: async (order) => {
      orders.push(order);
      return answer(order);
    },
  });
  const reader = new IntakeReader(
    () => judgement,
    () => 0,
  );
  /** Everything that waits, taken as the watch takes it. */
  const drain = async (): Promise<readonly { readonly event?: Event; readonly intake: Intake }[]> => {
    judge.finish();
    const taken: { readonly event?: Event; readonly intake: Intake }[] = [];
    for await (const intake of judge.listener().intakes) {
      const [event] = reader.take(intake).events;
      const image = event === undefined ? undefined : judge.imageOf(event);
      for (const digest of image?.digests ?? []) if (image !== undefined) kept.set(digest, image);
      if (event !== undefined) judge.see(event);
      intake.settle?.(true);
      taken.push({ intake, ...(event === undefined ? {} : { event }) });
    }
    return taken;
  };
  return { judge, orders, drain };
};

test('each digest is judged once, the oldest first, by its digest and without anybody’s login', async () => {
  const { judge, orders, drain } = open({});
  for (const number of [1, 2, 1]) judge.see(push(number));
  const taken = await drain();
  assert.deepEqual(
    orders.map(({ reference }) => reference),
    [1, 2].map((number) => `docker://registry.example/team/app@${digestOf(number)}`),
  );
  for (const name of ['HOME', 'DOCKER_CONFIG', 'REGISTRY_AUTH_FILE', 'DOCKER_AUTH_CONFIG', 'XDG_RUNTIME_DIR'])
    assert.equal(orders[0]?.environment[name], '', name);
  const [first] = taken;
  assert.deepEqual([first?.event?.action, first?.event?.outcome], ['judge', 'success']);
  assert.match(first?.event?.target ?? '', /malicious, deny: a miner/);
  judge.see(push(1));
  assert.equal(judge.figures().waiting, 0);
});

test('the login that is configured goes to its registry alone', async () => {
  const login = { registry: 'Registry.example', user: 'ann', password: { variable: 'PASSWORD' } };
  const { judge, orders, drain } = open({ registries: [login, 'other.example'] });
  judge.see(push(1));
  judge.see(push(2, 'other.example'));
  await drain();
  assert.deepEqual(JSON.parse(orders[0]?.environment['DOCKER_AUTH_CONFIG'] ?? ''), {
    auths: { 'registry.example': { auth: Buffer.from('ann:secret').toString('base64') } },
  });
  assert.equal(orders[1]?.environment['DOCKER_AUTH_CONFIG'], '');
});

test('a registry that is not named is never asked, and told once; its images have the gap', async () => {
  const { judge, orders, drain } = open({});
  for (const number of [1, 2]) judge.see(push(number, 'evil.example'));
  const taken = await drain();
  assert.deepEqual(orders, []);
  assert.deepEqual(
    taken.flatMap(({ intake }) => intake.gaps.map(({ code, where }) => [code, where])),
    [['JUDGE_REGISTRY_UNLISTED', 'evil.example']],
  );
  const identity = {
    digests: [digestOf(1)],
    references: ['evil.example/team/app:1'],
    containers: [],
    pods: [],
    instances: [],
    addresses: [],
  };
  assert.deepEqual(
    judge.gapsOf(identity, undefined).map(({ code }) => code),
    ['JUDGE_REGISTRY_UNLISTED'],
  );
  const verdict = { ...imageOf(digestOf(1)).verdict, at: '', digest: digestOf(1) };
  assert.deepEqual(judge.gapsOf(identity, verdict), []);
});

test('more than the queue holds is counted and told, and judged when it is seen again', async () => {
  const { judge, orders, drain } = open({ queue: 2 });
  for (const number of [1, 2, 3, 4]) judge.see(push(number));
  assert.deepEqual([judge.figures().waiting, judge.figures().dropped], [2, 2]);
  const taken = await drain();
  assert.equal(orders.length, 2);
  const gap = taken.flatMap(({ intake }) => intake.gaps).find(({ code }) => code === 'JUDGE_QUEUE_FULL');
  assert.match(gap?.reason ?? '', /^2 images/);
  judge.see(push(3));
  assert.equal(judge.figures().waiting, 1);
});

test('what cannot be had is a gap of its incident with the reason, and asked for again later, not at once', async () => {
  const gap = { where: '', code: 'MANIFEST_UNKNOWN', reason: 'no such image', bytes: 0 };
  const { judge, drain } = open({}, () => ({ kind: 'unread', gap }));
  judge.see(push(1));
  const [taken] = await drain();
  assert.deepEqual(
    taken?.intake.gaps.map(({ code }) => code),
    ['MANIFEST_UNKNOWN'],
  );
  assert.equal(taken?.event?.outcome, 'failure');
  const identity = { digests: [digestOf(1)], references: [], containers: [], pods: [], instances: [], addresses: [] };
  assert.deepEqual(
    judge.gapsOf(identity, undefined).map(({ code, reason }) => [code, reason]),
    [['MANIFEST_UNKNOWN', 'no such image']],
  );
  judge.see(push(1));
  assert.equal(judge.figures().waiting, 0);
});

test('whoever begins anew judges what was not answered, under the same id', async () => {
  const first = open({});
  first.judge.see(push(1));
  first.judge.see(push(2));
  const [answered] = await first.drain();
  const second = open({});
  for (const event of [push(1), push(2), answered?.event]) if (event !== undefined) second.judge.see(event);
  const again = await second.drain();
  assert.deepEqual(
    second.orders.map(({ reference }) => reference.slice(-64)),
    [digestOf(2).slice(-64)],
  );
  const third = open({});
  third.judge.see(push(2));
  const [same] = await third.drain();
  assert.equal(same?.event?.id, again[0]?.event?.id);
});

test('an image that a feed names later is judged again, once, also over a restart', async () => {
  const first = open({});
  first.judge.see(push(1));
  const [answered] = await first.drain();
  const hunted: Event = {
    ...push(1),
    id: 'judgement:feed:1',
    action: 'judge',
    outcome: 'success',
    fields: { type: 'hunted' },
  };
  const second = open({});
  for (const event of [push(1), answered?.event, hunted]) if (event !== undefined) second.judge.see(event);
  const [again] = await second.drain();
  assert.equal(second.orders.length, 1);
  const third = open({});
  for (const event of [push(1), answered?.event, hunted, again?.event]) if (event !== undefined) third.judge.see(event);
  assert.equal(third.judge.figures().waiting, 0);
});

test('the verdict itself is at hand for sinks until what follows is kept', async () => {
  const { judge } = open({}, ({ reference }) => ({
    kind: 'judged',
    image: imageOf(reference.slice(reference.indexOf('@') + 1) as Digest),
    document: { schema: 'tidewaiter/verdict/v1' },
  }));
  judge.see(push(1));
  judge.finish();
  const reader = new IntakeReader(
    () => judgement,
    () => 0,
  );
  for await (const intake of judge.listener().intakes) {
    const [event] = reader.take(intake).events;
    assert.ok(event !== undefined);
    assert.deepEqual(judge.documentOf(event), { schema: 'tidewaiter/verdict/v1' });
    intake.settle?.(true);
    assert.equal(judge.documentOf(event), undefined);
  }
  assert.equal(judge.figures().judged, 1);
});
