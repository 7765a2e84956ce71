import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Event, EventProcess } from '../../core/event.ts';
import type { InventoryFile, ProgramInventory } from '../../core/program-inventory.ts';
import { digestOf, happening, named } from '../../../test/builders/happenings.ts';
import { driftOf, type DriftFacts } from './drift.ts';

const hash = (digit: string): string => digit.repeat(64);

const file = (path: string, more: Partial<InventoryFile> = {}): InventoryFile => ({
  path,
  layerIndex: 0,
  executable: true,
  program: true,
  sha256: hash('a'),
  ...more,
});

const inventoryWith = (files: readonly InventoryFile[], more: Partial<ProgramInventory> = {}): ProgramInventory => ({
  reference: 'registry.example/team/app:1',
  at: '2026-03-01T10:00:00.000Z',
  own: [digestOf('a')],
  layers: [{ digest: digestOf('1'), createdBy: 'COPY app /' }, { diffId: digestOf('2') }],
  volumes: [],
  launched: [],
  announced: { programs: [], hosts: [] },
  file: (path) => files.find((one) => one.path === path),
  holding: (sha256) => files.find((one) => one.sha256 === sha256),
  ...more,
});

const inventory = inventoryWith(
  [
    file('usr/bin/env'),
    file('bin', { target: 'usr/bin' }),
    file('usr/bin/sh', { target: 'busybox' }),
    file('usr/bin/busybox', { layerIndex: 1, sha256: hash('b') }),
    file('srv/notes.txt', { executable: false, program: false }),
    file('usr/lib/tool.so', { executable: false }),
  ],
  { volumes: ['/data', '/'] },
);

const ran = (process: EventProcess, more: Partial<Event> = {}): Event =>
  happening('run', 1, 'exec', {
    image: named('registry.example/team/app:1', digestOf('a')),
    place: { host: 'node-1', containerId: 'c'.repeat(64) },
    process,
    ...more,
  });

const factsOf = (executable: string, given: Partial<EventProcess> = {}, more: Partial<Event> = {}): DriftFacts =>
  driftOf(ran({ executable, ...given }, more), inventory);

const by = { drift_image: 'registry.example/team/app:1', drift_scanned: '2026-03-01T10:00:00.000Z' };
const first = { layer: digestOf('1'), layer_step: 'COPY app /' };

suite('what the image says of a program that runs', () => {
  const honest: readonly (readonly [string, string, Partial<EventProcess>?])[] = [
    ['a program of the image', '/usr/bin/env'],
    ['through a folder that is a link', '/bin/env'],
    ['an applet, by its link', '/bin/sh'],
    ['an interpreter of a script', '/usr/bin/busybox', { commandLine: '/bin/sh /tmp/script' }],
    ['a library that is run', '/usr/lib/tool.so'],
    ['itself, by its process', '/proc/self/exe'],
    ['a relative name', 'sh'],
    ['one that was replaced while it ran', '/usr/bin/env (deleted)'],
    ['by the path of the host', `/var/lib/docker/overlay2/${'f'.repeat(64)}/merged/usr/bin/env`],
  ];
  for (const [name, executable, given] of honest)
    test(`nothing has drifted: ${name}`, () => {
      assert.equal(factsOf(executable, given).drift, undefined);
    });

  test('the layer that a program is of is told', () => {
    assert.deepEqual(factsOf('/usr/bin/env'), first);
    assert.deepEqual(factsOf('/bin/sh'), { layer: digestOf('2') });
  });

  test('a file that the image does not hold', () => {
    assert.deepEqual(factsOf('/tmp/agent'), { drift: 'absent', ...by });
    assert.deepEqual(factsOf('/tmp/agent (deleted)'), { drift: 'absent', ...by });
  });

  test('a program that is in no file', () => {
    assert.deepEqual(factsOf('/memfd:x (deleted)'), { drift: 'absent', drift_where: 'memory', ...by });
  });

  test('the same content is the same, another is changed', () => {
    assert.deepEqual(factsOf('/usr/bin/env', { hash: `sha256:${hash('a')}` }), { drift: 'same', ...by, ...first });
    assert.deepEqual(factsOf('/usr/bin/env', { hash: `SHA256:${hash('C')}` }), { drift: 'changed', ...by, ...first });
  });

  test('a digest of another kind, or of a file that could not be read, is compared with nothing', () => {
    assert.equal(factsOf('/usr/bin/env', { hash: `md5:${'c'.repeat(32)}` }).drift, undefined);
    const unread = inventoryWith([{ path: 'bin/x', layerIndex: 0, executable: true, program: false }]);
    assert.equal(driftOf(ran({ executable: '/bin/x', hash: `sha256:${hash('c')}` }), unread).drift, undefined);
  });

  test('content that the image holds elsewhere has moved', () => {
    assert.deepEqual(factsOf('/tmp/busybox', { hash: `sha256:${hash('b')}` }), {
      drift: 'moved',
      layer: digestOf('2'),
      ...by,
    });
  });

  test('data that runs was made a program', () => {
    assert.equal(factsOf('/srv/notes.txt').drift, 'not-executable');
  });

  test('below a declared volume: said, with where it is', () => {
    assert.deepEqual(factsOf('/data/bin/tool'), { drift: 'absent', drift_where: 'volume', ...by });
    // That everything is a volume is no excuse.
    assert.equal(factsOf('/database/tool').drift_where, undefined);
  });

  test('below a folder that is mounted: said, and nothing is compared with what it hides', () => {
    const told = (executable: string, hash?: string): DriftFacts =>
      driftOf(ran({ executable, ...(hash === undefined ? {} : { hash: `sha256:${hash}` }) }), inventory, [
        '/usr',
        '/srv/',
        '/',
      ]);
    assert.deepEqual(told('/usr/local/tool'), { drift: 'absent', drift_where: 'mount', ...by });
    assert.deepEqual(told('/usr/bin/env', hash('c')), { drift: 'changed', drift_where: 'mount', ...by });
    assert.deepEqual(told('/usr/bin/env', hash('a')), {});
    assert.deepEqual(told('/srv/notes.txt'), {});
    assert.equal(told('/opt/tool').drift_where, undefined);
  });

  test('what engines mount as the first process is said to be theirs', () => {
    assert.equal(factsOf('/sbin/docker-init').drift_where, 'engine');
    assert.equal(factsOf('/sbin/docker-init2').drift_where, undefined);
  });

  test('what did not run, and what an inventory without all files says, is nothing', () => {
    for (const outcome of ['failure', 'denied'] as const) assert.deepEqual(factsOf('/tmp/agent', {}, { outcome }), {});
    const event = ran({ executable: '/tmp/agent' });
    assert.deepEqual(driftOf(event, { ...inventory, incomplete: 'it has too many files' }), {});
  });
});
