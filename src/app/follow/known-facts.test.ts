import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Event, EventImage } from '../../core/event.ts';
import { huntNamesOf } from '../../core/follow-memory.ts';
import { openKnownFacts } from './known-facts.ts';

const locations = { builtIn: join(import.meta.dirname, '../../../rules'), added: [] };
const open = (awaits?: (event: Event) => boolean) =>
  openKnownFacts({
    locations,
    verdictOf: () => undefined,
    seenBefore: () => false,
    ...(awaits === undefined ? {} : { awaits }),
  });

const hour = 3_600_000;
const at = Date.parse('2026-03-01T10:00:00Z');
const learn = (image: Partial<EventImage & { readonly kind: 'machine' }>, more: Partial<Event> = {}): Event => ({
  id: 'e',
  at,
  logsource: {},
  action: 'learn',
  actor: { name: 'ann' },
  place: { cloud: 'aws', account: '123456789012' },
  image: { kind: 'machine', cloud: 'aws', written: 'ami-0123456789abcdef0', ...image },
  fields: {},
  ...more,
});
const told = (known: Event): Readonly<Record<string, unknown>> =>
  ({ ...known }).image as unknown as Record<string, unknown>;

const ubuntu = 'ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20991231';

test('a stranger’s image with a known name is a lookalike, and its age is known', async () => {
  const facts = await open();
  const { lookalike, own, age_hours } = told(
    facts.tell(learn({ owner: '999999999999', name: ubuntu, created: at - 5 * hour })),
  );
  assert.deepEqual([lookalike, own, age_hours], ['Canonical', false, 5]);
});

test('a copy in one’s own account is none, until others are let in', async () => {
  const facts = await open();
  const copy = { owner: '123456789012', name: ubuntu };
  assert.deepEqual(
    [told(facts.tell(learn(copy)))['lookalike'], told(facts.tell(learn(copy)))['own']],
    [undefined, true],
  );
  assert.equal(told(facts.tell(learn(copy, { action: 'image-share' })))['lookalike'], 'Canonical');
});

test('what a list names by id, or by name and tag, is known to be bad', async () => {
  const facts = await open();
  assert.equal(told(facts.tell(learn({ written: 'ami-0011fd6bde84052e0' })))['known_bad'], true);
  assert.equal(told(facts.tell(learn({})))['known_bad'], undefined);
  const container = (reference: string, more: object = {}): unknown =>
    told(facts.tell({ ...learn({}), image: { kind: 'container', written: reference, reference, ...more } }))[
      'known_bad'
    ];
  assert.equal(container('docker.io/aquasec/trivy:0.69.5'), true);
  assert.equal(container('docker.io/aquasec/trivy:0.70.0'), undefined);
  // Where the digest is known and nobody names it, the name leads elsewhere by now.
  assert.equal(container('docker.io/aquasec/trivy:0.69.5', { resolved: `sha256:${'0'.repeat(64)}` }), undefined);
});

test('whoever makes or shares a machine image for the first time is new, once, where others did so before', async () => {
  const facts = await open();
  const first = (action: Event['action'], id: string, name = 'ann'): unknown =>
    (
      facts.tell(learn({}, { action, id, actor: { name }, at: name === 'bob' ? at - 24 * hour : at })).actor as
        | { readonly first_seen?: boolean }
        | undefined
    )?.first_seen;
  first('image-register', '0', 'bob');
  assert.deepEqual(
    [first('image-register', '1'), first('image-copy', '2'), first('launch', '3'), first('push', '4')],
    [true, false, undefined, undefined],
  );
});

test('script and tags that were learnt, and that an answer is awaited, are said to rules', async () => {
  const facts = await open(({ action }) => action === 'launch');
  const learnt = { event: 'x', about: 'launch', script: '#!/bin/sh', tags: ['prod'] } as const;
  const known = facts.tell(learn({}, { learnt })) as unknown as Record<string, unknown>;
  assert.deepEqual([known['user_data'], known['tags'], known['enrichment']], ['#!/bin/sh', ['prod'], undefined]);
  const launch = facts.tell(learn({}, { action: 'launch' })) as unknown as Record<string, unknown>;
  assert.equal(launch['enrichment'], 'awaited');
});

test('who pushes for the first time is new where others pushed on an earlier day, and not while that is being learnt', async () => {
  const day = 24 * hour;
  const pushed = (name: string, days: number): Event =>
    learn({}, { id: `${name} ${days}`, action: 'push', actor: { name }, at: at + days * day });
  const isNew = (known: Event): unknown => (known.actor as { readonly first_seen?: boolean } | undefined)?.first_seen;
  const facts = await open();
  assert.deepEqual(
    [pushed('ann', 0), pushed('bob', 0), pushed('ann', 1), pushed('eve', 1), pushed('eve', 2), pushed('zoe', 40)].map(
      (event) => isNew(facts.tell(event)),
    ),
    [undefined, undefined, false, true, false, undefined],
  );
});

test('what earlier runs kept counts, by the names under which they keep it', async () => {
  const kept = new Set(huntNamesOf(learn({}, { action: 'push', actor: { name: 'ann' }, at: at - 48 * hour })));
  const facts = await openKnownFacts({
    locations,
    verdictOf: () => undefined,
    seenBefore: (name) => kept.has(name),
  });
  const isNew = (name: string): unknown =>
    (facts.tell(learn({}, { action: 'push', actor: { name } })).actor as { readonly first_seen?: boolean }).first_seen;
  assert.deepEqual([isNew('ann'), isNew('eve')], [false, true]);
});
