import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import type { Incident } from '../../core/incident.ts';
import { found, happening } from '../../../test/builders/happenings.ts';
import { openIncidents } from './incidents.ts';

const hour = 60;
const name = 'ip-192-0-2-7.eu-central-1.compute.internal';

const launch = (instance: string, at: number, host = name): Event =>
  happening(`launch-${instance}`, at, 'launch', {
    actor: { name: 'ann' },
    place: { cloud: 'aws', account: '123456789012', instance },
    image: { kind: 'machine', cloud: 'aws', written: 'ami-0123456789abcdef0' },
    fields: { responseElements: { instancesSet: { items: [{ instanceId: instance, privateDnsName: host }] } } },
  });

const runs = (id: string, at: number, host: string): Event =>
  happening(id, at, 'exec', { place: { host }, process: { commandLine: 'wget x', id: 7 } });

const run = (events: readonly Event[]): readonly Incident[] => {
  const join = openIncidents();
  for (const event of events) join.take(event, event.action === 'exec' ? [found(event, 'bad', 'high')] : []);
  return join.all();
};

const stepsOf = (incidents: readonly Incident[]) =>
  Object.fromEntries(incidents.map(({ subject, chain }) => [subject.id, chain.map(({ event }) => event)]));

for (const host of [name, 'ip-192-0-2-7'])
  test(`what a machine that calls itself ${host} does belongs to its launch, in either order`, () => {
    const events = [launch('i-0a', 0), runs('act', 1000, host)];
    for (const ordered of [events, events.toReversed()]) {
      const incidents = run(ordered);
      assert.deepEqual(stepsOf(incidents), { 'i-0a': ['launch-i-0a', 'act'] });
      assert.deepEqual(incidents[0]?.identity?.addresses, []);
    }
  });

test('another host is another machine', () => {
  assert.deepEqual(stepsOf(run([launch('i-0a', 0), runs('act', 1000, 'ip-192-0-2-8')])), { 'ip-192-0-2-8': ['act'] });
});

test('a name that is given again belongs to whoever got it last before', () => {
  const events = [
    launch('i-0a', 0),
    runs('first', hour, name),
    launch('i-0b', 2 * hour),
    runs('second', 3 * hour, name),
  ];
  assert.deepEqual(stepsOf(run(events)), { 'i-0a': ['launch-i-0a', 'first'], 'i-0b': ['launch-i-0b', 'second'] });
});

test('rules are told which machine it is, and nothing of machines that are none of a cloud', () => {
  const join = openIncidents();
  join.take(launch('i-0a', 0), []);
  assert.equal(join.place(runs('act', 1000, name)).place.instance, 'i-0a');
  assert.equal(join.place(runs('other', 1000, 'web-1')).place.instance, undefined);
});

test('what its cloud told of its names and addresses counts too', () => {
  const join = openIncidents();
  const learnt = { event: 'x', about: 'launch', hostNames: ['vm1'], addresses: ['192.0.2.9'] } as const;
  join.take(happening('l', 0, 'learn', { place: { cloud: 'gcp', account: 'p', instance: '42' }, learnt }), []);
  assert.equal(join.place(runs('act', 1000, 'vm1')).place.instance, '42');
  const flow = happening('f', 1000, 'connect', { connection: { sourceAddress: '192.0.2.9', address: '198.51.100.7' } });
  assert.equal(join.place(flow).place.instance, '42');
});
