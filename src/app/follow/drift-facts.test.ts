import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { noInventories, type ProgramInventories, type ProgramInventory } from '../../core/program-inventory.ts';
import { containerId, digestOf, happening, named } from '../../../test/builders/happenings.ts';
import { windowOf, withRunFacts } from './drift-facts.ts';

const inventory: ProgramInventory = {
  reference: 'registry.example/team/app:1',
  at: '2026-03-01T10:00:00.000Z',
  own: [digestOf('a')],
  layers: [],
  volumes: [],
  launched: ['start'],
  announced: { programs: [], hosts: [] },
  file: (path) => (path === 'start' ? { path, layerIndex: 0, executable: true, program: true } : undefined),
  holding: () => undefined,
};
const inventories: ProgramInventories = { of: (digests) => (digests.includes(digestOf('a')) ? inventory : undefined) };

const place = { host: 'node-1', containerId: containerId('c') };
const image = named('registry.example/team/app:1', digestOf('a'));
let count = 0;
const exec = (executable: string, more: Partial<Event> = {}, ids: { id?: number; parentId?: number } = {}): Event =>
  happening(`g${(count += 1)}`, count, 'exec', {
    image,
    place,
    process: { executable, commandLine: executable, ...ids },
    ...more,
  });

const tellAll = (events: readonly Event[], known = inventories): readonly Event[] => {
  const facts = withRunFacts({ tell: (event) => event }, known, 600_000);
  return events.map((event) => facts.tell(event));
};

const driftOf = (event: Event | undefined): unknown => (event?.process as { drift?: unknown } | undefined)?.drift;

suite('what is known of what runs', () => {
  test('in a container of a scanned image', () => {
    assert.equal(driftOf(tellAll([exec('/tmp/agent')])[0]), 'absent');
    assert.equal(driftOf(tellAll([exec('/start')])[0]), undefined);
  });

  test('on a host, of an image that was not scanned, and of one that nobody names, nothing', () => {
    const others = [
      exec('/tmp/agent', { place: { host: 'node-1' } }),
      exec('/tmp/agent', { image: named('registry.example/other:1', digestOf('b')) }),
      exec('/tmp/agent', { image: named('registry.example/team/app:1') }),
    ];
    for (const [index, told] of tellAll(others).entries()) assert.equal(told, others[index]);
    const [one] = tellAll([exec('/tmp/agent')], noInventories);
    assert.equal(driftOf(one), undefined);
  });

  test('the runtime and its hooks are no programs of the container', () => {
    const [create, hook] = tellAll([
      exec('/usr/bin/runc', { place: { host: 'node-1' }, process: { id: 5, commandLine: 'runc --root /r create x' } }),
      exec('/usr/sbin/dockerd', {}, { id: 6, parentId: 5 }),
    ]);
    assert.deepEqual([driftOf(create), driftOf(hook)], [undefined, undefined]);
  });

  test('programs and connections of the first minutes', () => {
    const told = tellAll([
      happening('create', 0, 'create', { image, place }),
      happening('a', 1, 'exec', { image, place, process: { executable: '/start' } }),
      happening('b', 2, 'exec', { image, place, process: { executable: '/tmp/agent' } }),
      happening('c', 3, 'connect', { image, place, connection: { address: '192.0.2.1' } }),
      happening('d', 30, 'connect', { image, place, connection: { address: '192.0.2.1' } }),
    ]);
    assert.deepEqual(
      told
        .map(({ process, connection }) => ({ ...process, ...connection }) as { first_behaviour?: string })
        .map(({ first_behaviour: said }) => said),
      [undefined, 'announced', 'unannounced', 'unannounced', undefined],
    );
  });

  test('a program that ran before its image was known is told when it is', () => {
    const facts = withRunFacts({ tell: (event) => event }, inventories, 600_000);
    const early = exec('/tmp/agent', { image: named('registry.example/team/app:1') });
    assert.equal(driftOf(facts.tell(early)), undefined);
    const start = facts.tell(happening('start', 1, 'start', { image, place }));
    const told = facts.late(start, (event) => ({ ...event, image }));
    assert.deepEqual(
      told.map((event) => [event.id, driftOf(event)]),
      [[early.id, 'absent']],
    );
    assert.deepEqual(
      facts.late(start, (event) => event),
      [],
    );
  });

  test('and not where it was in the image, nor where the image still is not known', () => {
    const facts = withRunFacts({ tell: (event) => event }, inventories, 600_000);
    const start = happening('start', 1, 'start', { image, place });
    facts.tell(exec('/start', { image: named('registry.example/team/app:1') }));
    assert.deepEqual(
      facts.late(start, (event) => ({ ...event, image })),
      [],
    );
    facts.tell(exec('/tmp/agent', { image: named('registry.example/team/app:1') }));
    assert.deepEqual(
      facts.late(start, (event) => event),
      [],
    );
    assert.equal(facts.late(start, (event) => ({ ...event, image })).length, 1);
  });

  test('the parameter says how long the first minutes are', () => {
    assert.equal(windowOf({ FirstDeployWindow: ['90s'] }), 90_000);
    assert.equal(windowOf({ FirstDeployWindow: ['2h'] }), 7_200_000);
    for (const wrong of [{}, { FirstDeployWindow: [] }, { FirstDeployWindow: ['soon'] }])
      assert.equal(windowOf(wrong), 600_000);
  });
});
