import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../core/digest.ts';
import type { Event, EventImage } from '../../core/event.ts';
import type { Severity } from '../../core/finding.ts';
import type { Detection } from '../../core/incident.ts';
import { containerId, digestOf, found, happening, named } from '../../../test/builders/happenings.ts';
import { openRandom, type Random } from '../../../test/builders/random.ts';
import { openIncidents, type IncidentJoin, type IncidentOptions } from './incidents.ts';

const letters = ['a', 'b', 'c'];
const addresses = ['10.1.0.1', '10.1.0.2', '10.1.0.3'];

/** Names, digests, containers, pods, addresses, machines and people that come to hang together in whatever order. */
const byId = (reference: string, id: string, digest?: string): EventImage => ({
  kind: 'container',
  written: reference,
  reference,
  id: digestOf(id),
  ...(digest === undefined ? {} : { resolved: digestOf(digest) }),
});

const makers: readonly ((id: string, at: number, random: Random) => Event)[] = [
  (id, at, random) =>
    happening(id, at, 'pull', {
      actor: { name: 'node', address: `${random.pick(addresses)}:4100` },
      place: { registry: 'registry.example' },
      image: named(`registry.example/${random.pick(letters)}:1`, digestOf(random.pick(letters))),
    }),
  (id, at, random) => {
    const letter = random.pick(letters);
    const address = random.pick(addresses);
    return happening(id, at, random.pick(['create', 'start', 'stop']), {
      place: { engine: 'docker', containerId: containerId(letter), container: `web-${letter}` },
      image: random.below(2) === 0 ? named(`registry.example/${letter}:1`) : byId(`x/${letter}`, 'd'),
      fields: { asked: { container: { NetworkSettings: { Networks: { bridge: { IPAddress: address } } } } } },
    });
  },
  (id, at, random) =>
    happening(id, at, 'exec', {
      place: { containerId: containerId(random.pick(letters)).slice(0, random.pick([12, 31, 64])) },
      process: { commandLine: 'wget x' },
    }),
  (id, at, random) =>
    happening(id, at, 'connect', {
      connection: { direction: 'out', sourceAddress: random.pick(addresses), address: '192.0.2.7' },
    }),
  (id, at, random) =>
    happening(id, at, 'start', {
      place: { namespace: 'shop', pod: random.pick(letters), container: 'web' },
      image: named(`registry.example/${random.pick(letters)}:1`),
      fields: { responseObject: { status: { podIP: random.pick(addresses) } } },
    }),
  (id, at, random) =>
    happening(id, at, random.pick(['launch', 'image-search', 'exec']), {
      actor: { name: random.pick(letters) },
      place: { cloud: 'aws', instance: `i-${random.pick(letters)}`, host: `host-${random.pick(letters)}` },
      image: { kind: 'machine', cloud: 'aws', written: `ami-${random.pick(letters)}` },
    }),
  (id, at, random) =>
    happening(id, at, 'push', {
      image: byId(`registry.example/${random.pick(letters)}:1`, 'e', random.pick(letters)),
    }),
];

const severities: readonly Severity[] = ['info', 'low', 'medium', 'high'];

const toldIn = (join: IncidentJoin, anew: boolean, told: Map<string, string>): void => {
  for (const incident of join.changed(anew)) told.set(incident.id, JSON.stringify(incident));
};

const hold = (seed: number, options: IncidentOptions): number => {
  const random = openRandom(seed);
  const join = openIncidents(options);
  const told = new Map<string, string>();
  let seen = 0;
  for (let count = 0; count < 120; count += 1) {
    const at = random.below(200);
    const event = random.pick(makers)(`event ${seed} ${count}`, at, random);
    const earlier = `event ${seed} ${random.below(count + 1)}`;
    const findings: readonly Detection[] =
      random.below(3) === 0
        ? [found(event, random.pick(letters), random.pick(severities), { events: [earlier, event.id] })]
        : [];
    join.place(event);
    join.take(event, findings, random.below(9) === 0 ? 'drift' : undefined);
    if (random.below(4) > 0) continue;
    toldIn(join, false, told);
    for (const incident of join.all()) {
      assert.equal(told.get(incident.id), JSON.stringify(incident), `seed ${seed}, after event ${count}`);
      seen += 1;
    }
  }
  return seen;
};

test('what was told of an incident is how it is, whatever joined it to what since', () => {
  let seen = 0;
  for (let seed = 0; seed < 60; seed += 1) seen += hold(seed, {});
  assert.ok(seen > 2000, `${seen} incidents`);
});

test('the same where the bounds make it forget', () => {
  const limits = { nodes: 12, findings: 15, processes: 5, events: 30, momentsOfStep: 2, flaggedMoments: 3 };
  let seen = 0;
  for (let seed = 1000; seed < 1080; seed += 1) seen += hold(seed, { limits });
  assert.ok(seen > 200, `${seen} incidents`);
});

test('a verdict that no event speaks of is told once everything is looked at anew', () => {
  const known = new Set<Digest>();
  const join = openIncidents({
    verdictOf: ([digest]) =>
      digest === undefined || !known.has(digest)
        ? undefined
        : { assessment: 'malicious', decision: 'deny', because: [], at: '2026-03-01T00:00:00Z', digest },
  });
  const event = happening('one', 0, 'create', {
    place: { containerId: containerId('a') },
    image: named('registry.example/a:1', digestOf('a')),
  });
  join.take(event, [found(event, 'bad', 'high')]);
  assert.equal(join.changed().length, 1);
  known.add(digestOf('a'));
  assert.deepEqual(join.changed(), []);
  assert.deepEqual(
    join.changed(true).map(({ verdict }) => verdict?.assessment),
    ['malicious'],
  );
  assert.deepEqual(join.changed(true), []);
});
