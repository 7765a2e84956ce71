import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Event, EventConnection } from '../../core/event.ts';
import type { ProgramInventory } from '../../core/program-inventory.ts';
import { containerId, digestOf, happening, named } from '../../../test/builders/happenings.ts';
import { openFirstBehaviours } from './first-behaviour.ts';

const windowMs = 600_000;
const image = named('registry.example/team/app:1', digestOf('a'));

const inventory: ProgramInventory = {
  reference: 'registry.example/team/app:1',
  at: '2026-03-01T10:00:00.000Z',
  own: [digestOf('a')],
  layers: [],
  volumes: [],
  launched: ['start.sh', 'usr/bin/server'],
  announced: { programs: ['server', 'wget'], hosts: ['files.example', '192.0.2.9'] },
  file: (path) =>
    ['start.sh', 'usr/bin/server', 'bin/busybox', 'usr/bin/worker'].includes(path)
      ? { path, layerIndex: 0, executable: true, program: true }
      : undefined,
  holding: () => undefined,
};

let count = 0;
const event = (run: string, minutes: number, action: Event['action'], more: Partial<Event> = {}): Event =>
  happening(`f${(count += 1)}`, minutes, action, { image, place: { containerId: containerId(run) }, ...more });
const exec = (run: string, minutes: number, ...words: readonly string[]): Event =>
  event(run, minutes, 'exec', { process: { executable: words[0] ?? '', arguments: words.slice(1) } });
const connect = (run: string, minutes: number, connection: EventConnection): Event =>
  event(run, minutes, 'connect', { connection: { direction: 'out', ...connection } });

/** What is told of each, in order. */
const toldOf = (events: readonly Event[], scanned = true) => {
  const behaviours = openFirstBehaviours({ windowMs });
  return events.map((one) => behaviours.tell(one, () => (scanned ? inventory : undefined)));
};

const begun = (run: string, minutes = 0): readonly Event[] => [
  event(run, minutes, 'create'),
  exec(run, minutes, '/bin/busybox', '/bin/busybox', 'sh', '/start.sh'),
];

suite('what a container does in its first minutes', () => {
  test('the script that the image starts, by its interpreter, and what the story says', () => {
    const [, ...told] = toldOf([
      ...begun('a'),
      exec('a', 1, '/usr/bin/server'),
      exec('a', 1, '/bin/busybox', 'wget', 'x'),
    ]);
    assert.deepEqual(told, ['announced', 'announced', 'announced']);
  });

  test('a program of the image that no story speaks of', () => {
    assert.equal(toldOf([...begun('a'), exec('a', 1, '/usr/bin/worker')]).at(-1), 'unannounced');
  });

  test('a program that is called like an announced one, and is none of the image', () => {
    assert.equal(toldOf([...begun('a'), exec('a', 1, '/tmp/x', 'wget', '/start.sh')]).at(-1), 'unannounced');
  });

  test('hosts by name, by address, and by an answer to the question for the name', () => {
    const told = toldOf([
      ...begun('a'),
      connect('a', 1, { name: 'Files.example.', address: '198.51.100.1' }),
      connect('a', 1, { address: '192.0.2.9', port: 80 }),
      connect('a', 1, { address: '198.51.100.7' }),
      event('a', 2, 'resolve', { connection: { name: 'files.example', answers: ['198.51.100.8'] } }),
      connect('a', 2, { address: '198.51.100.8' }),
      connect('a', 2, { address: '198.51.100.9', direction: 'in' }),
    ]);
    assert.deepEqual(told.slice(2), ['announced', 'announced', 'unannounced', 'announced', 'announced', undefined]);
  });

  test('what comes after the first minutes, or of a container whose start nobody saw, is not told', () => {
    assert.equal(toldOf([...begun('a'), exec('a', 11, '/usr/bin/worker')]).at(-1), undefined);
    assert.equal(toldOf([exec('a', 1, '/usr/bin/worker')]).at(-1), undefined);
  });

  test('what was made long before begins when it starts', () => {
    const told = toldOf([
      event('a', 0, 'create'),
      event('a', 60, 'start'),
      exec('a', 60, '/usr/bin/server'),
      exec('a', 61, '/usr/bin/worker'),
    ]);
    assert.deepEqual(told.slice(2), ['announced', 'unannounced']);
  });

  test('whoever gives another command is not held to the story', () => {
    const told = toldOf([
      event('a', 0, 'create'),
      exec('a', 0, '/bin/busybox', 'sleep', '1'),
      exec('a', 1, '/usr/bin/worker'),
    ]);
    assert.deepEqual(told, [undefined, undefined, undefined]);
  });

  test('an init of the engine’s is neither the image’s nor another command', () => {
    const init = exec('a', 0, '/sbin/docker-init', '/sbin/docker-init', '--', '/start.sh');
    const told = toldOf([
      event('a', 0, 'create'),
      init,
      exec('a', 0, '/bin/busybox', '/bin/sh', '/start.sh'),
      exec('a', 1, '/usr/bin/worker'),
    ]);
    assert.deepEqual(told, [undefined, undefined, 'announced', 'unannounced']);
  });

  test('what another run did is usual; what none of two did is unlike them', () => {
    const told = toldOf([
      ...begun('a'),
      exec('a', 1, '/usr/bin/worker'),
      ...begun('b', 20),
      exec('b', 21, '/usr/bin/worker'),
      exec('b', 21, '/tmp/x'),
      ...begun('c', 40),
      exec('c', 41, '/tmp/y'),
      exec('c', 41, '/tmp/x'),
    ]);
    assert.deepEqual(told, [
      undefined,
      'announced',
      'unannounced',
      undefined,
      'announced',
      'usual',
      'unannounced',
      undefined,
      'announced',
      'unlike-others',
      'usual',
    ]);
  });

  test('runs that are not over their first minutes are nothing to be unlike of', () => {
    const told = toldOf([...begun('a', 0), ...begun('b', 1), ...begun('c', 2), exec('c', 3, '/tmp/y')]);
    assert.equal(told.at(-1), 'unannounced');
  });

  test('of an image that was not scanned, only other runs speak', () => {
    const events = [
      ...begun('a'),
      exec('a', 1, '/usr/bin/worker'),
      ...begun('b', 20),
      exec('b', 21, '/usr/bin/worker'),
      ...begun('c', 40),
      exec('c', 41, '/tmp/y'),
    ];
    assert.deepEqual(toldOf(events, false), [
      undefined,
      undefined,
      undefined,
      undefined,
      'usual',
      'usual',
      undefined,
      'usual',
      'unlike-others',
    ]);
  });

  test('runs of another digest are no others', () => {
    const other = named('registry.example/team/app:2', digestOf('b'));
    const lastOf = (image: Event['image']): unknown =>
      toldOf(
        [...begun('a'), ...begun('b', 20), ...begun('c', 40), exec('c', 41, '/tmp/y')].map((one) =>
          one.place.containerId === containerId('c') && image !== undefined ? { ...one, image } : one,
        ),
        false,
      ).at(-1);
    assert.equal(lastOf(undefined), 'unlike-others');
    assert.equal(lastOf(other), undefined);
  });
});
