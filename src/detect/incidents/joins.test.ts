import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import type { Incident } from '../../core/incident.ts';
import { containerId, digestOf, found, happening, named } from '../../../test/builders/happenings.ts';
import { openIncidents } from './incidents.ts';

const image = (letter: string) => named(`registry.example/${letter}:1`, digestOf(letter));

/** As the engine's record says it after it was asked. */
const asked = (address: string, more: object = {}) => ({
  asked: { container: { NetworkSettings: { Networks: { bridge: { IPAddress: address } } } } },
  ...more,
});

const starts = (letter: string, at: number, address?: string, id = containerId(letter)): Event =>
  happening(`start-${letter}-${at}`, at, 'start', {
    place: { engine: 'docker', containerId: id, container: `web-${letter}` },
    image: image(letter),
    fields: address === undefined ? {} : asked(address),
  });

const stops = (letter: string, at: number): Event =>
  happening(`stop-${letter}-${at}`, at, 'stop', {
    place: { engine: 'docker', containerId: containerId(letter), container: `web-${letter}` },
    image: image(letter),
  });

const joins = (letter: string, at: number): Event =>
  happening(`connect-${letter}-${at}`, at, 'change', {
    place: { engine: 'docker', containerId: containerId(letter) },
    fields: { Type: 'network', Action: 'connect' },
  });

const flow = (id: string, at: number, address = '172.17.0.2'): Event =>
  happening(id, at, 'connect', { connection: { sourceAddress: address, address: '192.0.2.7', port: 80 } });

const sees = (id: string, at: number, container: string, process: object = { commandLine: 'wget x' }): Event =>
  happening(id, at, 'exec', { place: { containerId: container }, process });

const run = (events: readonly Event[], bad: (id: string) => boolean): readonly Incident[] => {
  const join = openIncidents();
  for (const event of events) join.take(event, bad(event.id) ? [found(event, 'bad', 'high')] : []);
  return join.all();
};

const stepsOf = (incidents: readonly Incident[]) =>
  Object.fromEntries(incidents.map(({ subject, chain }) => [subject.id, chain.map(({ event }) => event)]));

const inEveryOrder = (events: readonly Event[], check: (ordered: readonly Event[]) => void): void => {
  check(events);
  check(events.toReversed());
  check([...events.slice(1), ...events.slice(0, 1)]);
};

test('a sensor that knows twelve or 31 digits of a container speaks of the same container', () => {
  const whole = containerId('a');
  for (const short of [whole.slice(0, 12), whole.slice(0, 31), whole.slice(0, 12).toUpperCase()])
    inEveryOrder([starts('a', 0), sees('bad', 1, short)], (events) => {
      const incidents = run(events, (id) => id === 'bad');
      assert.deepEqual(stepsOf(incidents), { [digestOf('a')]: ['start-a-0', 'bad'] });
      assert.deepEqual(incidents[0]?.identity?.containers, [whole]);
      assert.equal(incidents[0].chain[1]?.what, 'In container web-a (aaaaaaaaaaaa), “wget x” ran.');
    });
});

test('rules are asked with the whole id, so that what two sensors saw is counted together', () => {
  const join = openIncidents();
  join.place(starts('a', 0));
  const placed = join.place(sees('short', 1, containerId('a').slice(0, 12)));
  assert.equal(placed.place.containerId, containerId('a'));
  assert.deepEqual(placed.image, image('a'));
  assert.equal(join.place(sees('other', 1, containerId('b').slice(0, 12))).place.containerId, 'b'.repeat(12));
});

test('a beginning that two containers share is joined to neither, in whatever order they come', () => {
  const one = `${'a'.repeat(12)}${'1'.repeat(52)}`;
  const two = `${'a'.repeat(12)}${'2'.repeat(52)}`;
  inEveryOrder(
    [starts('c', 0, undefined, one), starts('d', 0, undefined, two), sees('bad', 1, 'a'.repeat(12))],
    (events) =>
      assert.deepEqual(
        run(events, (id) => id === 'bad').map(({ subject }) => subject),
        [{ kind: 'container', id: 'a'.repeat(12) }],
      ),
  );
  const longer = [starts('c', 0, undefined, one), starts('d', 0, undefined, two), sees('bad', 1, two.slice(0, 31))];
  assert.deepEqual(stepsOf(run(longer, (id) => id === 'bad')), { [digestOf('d')]: ['start-d-0', 'bad'] });
});

test('eleven digits, and names that begin alike, are no beginnings', () => {
  const incidents = run(
    [
      starts('a', 0),
      sees('bad-1', 1, 'a'.repeat(11)),
      sees('bad-2', 1, 'my-container-one'),
      sees('bad-3', 1, 'my-container-two'),
    ],
    (id) => id.startsWith('bad'),
  );
  assert.deepEqual(
    incidents.map(({ subject }) => subject.id),
    ['a'.repeat(11), 'my-container-one', 'my-container-two'],
  );
});

test('a connection is of the container that had the address when it was made, and is told with its name', () => {
  const events = [
    starts('a', 0, '172.17.0.2'),
    flow('bad-1', 5),
    stops('a', 10),
    starts('b', 10.2, '172.17.0.2'),
    flow('bad-2', 9.9),
    flow('bad-3', 10.3),
  ];
  inEveryOrder(events, (ordered) => {
    const incidents = run(ordered, (id) => id.startsWith('bad'));
    assert.deepEqual(stepsOf(incidents), {
      [digestOf('a')]: ['start-a-0', 'bad-1', 'bad-2'],
      [digestOf('b')]: ['start-b-10.2', 'bad-3'],
    });
    assert.equal(
      incidents[1]?.chain[1]?.what,
      'Container web-b (bbbbbbbbbbbb) at 172.17.0.2 connected to 192.0.2.7:80.',
    );
  });
});

test('what a container does before its engine says that it started is its own', () => {
  const events = [
    starts('a', 0, '172.17.0.2'),
    stops('a', 9.9),
    joins('b', 10),
    flow('bad', 10.01),
    starts('b', 10.2, '172.17.0.2'),
  ];
  inEveryOrder(events, (ordered) =>
    // Within seconds the start comes first; twelve of them are too many for that.
    assert.deepEqual(stepsOf(run(ordered, (id) => id === 'bad')), { [digestOf('b')]: ['bad', 'start-b-10.2'] }),
  );
});

test('long after a container stopped, its address is nobody’s; one that starts again has what it is given then', () => {
  const events = [
    starts('a', 0, '172.17.0.2'),
    stops('a', 10),
    flow('bad-late', 20),
    starts('a', 30, '172.17.0.3'),
    flow('bad-old', 31, '172.17.0.2'),
    flow('bad-new', 31, '172.17.0.3'),
  ];
  assert.deepEqual(
    run(events, (id) => id.startsWith('bad')).map(({ subject, events: own }) => [
      subject.id,
      own.filter((id) => id.startsWith('bad')),
    ]),
    [
      [digestOf('a'), ['bad-new']],
      ['172.17.0.2', ['bad-late', 'bad-old']],
    ],
  );
});

test('a machine that speaks with itself is no egress, unless a rule finds something in it', () => {
  const own = happening('own', 1, 'connect', {
    connection: { sourceAddress: '172.17.0.2', address: '127.0.0.1', port: 5000 },
  });
  const [incident] = run([starts('a', 0, '172.17.0.2'), own, flow('bad', 2)], (id) => id === 'bad');
  assert.deepEqual(
    incident?.chain.map(({ event }) => event),
    ['start-a-0', 'bad'],
  );
  const [found] = run([starts('a', 0, '172.17.0.2'), own, flow('bad', 2)], () => true);
  assert.deepEqual(
    found?.chain.map(({ event }) => event),
    ['start-a-0', 'own', 'bad'],
  );
});

const command = (id: string, at: number, own: number, parentId: number, commandLine: string): Event =>
  happening(id, at, 'exec', { place: { host: 'node-1' }, process: { id: own, parentId, commandLine } });
const shim = (letter: string) =>
  `/usr/bin/containerd-shim-runc-v2 -namespace moby -id ${containerId(letter)} -address x`;

test('what runc is before it is the program of the container is no step', () => {
  const events = [
    starts('a', 0),
    command('shim', 0, 10, 1, shim('a')),
    command('create', 0, 11, 10, `runc create --bundle /run/${containerId('a')} ${containerId('a')}`),
    command('init', 0, 12, 11, 'runc init'),
    command('bad', 1, 13, 10, 'wget x'),
  ];
  assert.deepEqual(stepsOf(run(events, (id) => id === 'bad')), { [digestOf('a')]: ['start-a-0', 'bad'] });
});

test('a program in a container that calls itself the runtime of another one stays where it is', () => {
  const events = [
    starts('a', 0),
    starts('b', 0),
    command('shim', 0, 10, 1, shim('a')),
    command('shell', 1, 11, 10, 'sh'),
    command('liar', 2, 12, 11, shim('b')),
    command('bad', 3, 13, 12, 'wget x'),
  ];
  assert.deepEqual(stepsOf(run(events, (id) => id === 'bad')), {
    [digestOf('a')]: ['start-a-0', 'shell', 'liar', 'bad'],
  });
});

test('the first process of a container is known by its engine; a process id that is used again is another process', () => {
  const first = happening('start-a-0', 0, 'start', {
    place: { host: 'node-1', containerId: containerId('a') },
    image: image('a'),
    process: { id: 20 },
  });
  const events = [first, command('bad-1', 1, 21, 20, 'wget x'), command('bad-2', 60, 21, 1, 'make')];
  assert.deepEqual(
    run(events, (id) => id.startsWith('bad')).map(({ subject, chain }) => [
      subject.id,
      chain.map(({ event }) => event),
    ]),
    [
      [digestOf('a'), ['start-a-0', 'bad-1']],
      ['node-1', ['bad-2']],
    ],
  );
});

test('a container starts before what is done in it, although its engine says so a moment later', () => {
  const events = [joins('a', 0), sees('bad', 0.01, containerId('a')), starts('a', 0.02, '172.17.0.2')];
  inEveryOrder(events, (ordered) =>
    assert.deepEqual(stepsOf(run(ordered, (id) => id === 'bad')), { [digestOf('a')]: ['start-a-0.02', 'bad'] }),
  );
});

test('one pull is told once by its registry, with its tag; another engine’s is another', () => {
  const pull = (id: string, at: number, reference: string, address: string): Event =>
    happening(id, at, 'pull', {
      image: named(reference, digestOf('a')),
      place: { registry: 'registry.example' },
      actor: { name: '', address },
    });
  const name = 'registry.example/a';
  const events = [
    pull('tag', 0, `${name}:1`, '192.0.2.5:4000'),
    pull('digest', 0.01, `${name}@${digestOf('a')}`, '192.0.2.5:4001'),
    pull('other', 0.02, `${name}:1`, '192.0.2.6:4000'),
    pull('later', 5, `${name}:1`, '192.0.2.5:4002'),
    starts('a', 6),
    sees('bad', 7, containerId('a')),
  ];
  const [incident] = run(events, (id) => id === 'bad');
  assert.deepEqual(
    incident?.chain.map(({ event }) => event),
    ['tag', 'other', 'later', 'start-a-6', 'bad'],
  );
  assert.equal(
    incident.chain[0]?.what,
    `192.0.2.5 pulled registry.example/a:1 (sha256:aaaaaaaaaaaa) from registry registry.example.`,
  );
});

test('hooks of the engine are no steps; what a rule finds in one is', () => {
  const events = [
    starts('a', 0),
    command('shim', 0, 10, 1, shim('a')),
    command('create', 0, 11, 10, `runc --root /run/x create --bundle /run/${containerId('a')} ${containerId('a')}`),
    command('hook', 0, 12, 11, `setkey ${containerId('a')}`),
    command('bad-hook', 0.5, 13, 11, 'sh -c id'),
    command('bad', 1, 14, 10, 'wget x'),
  ];
  assert.deepEqual(stepsOf(run(events, (id) => id.startsWith('bad'))), {
    [digestOf('a')]: ['start-a-0', 'bad-hook', 'bad'],
  });
});

test('a container that was found running is joined by its address and its first process for as long as nobody says that it ended', () => {
  const days = 3 * 24 * 60;
  const found = happening('found', 0, 'other', {
    place: { engine: 'docker', host: 'node-1', containerId: containerId('a'), container: 'web-a' },
    image: image('a'),
    process: { id: 20, commandLine: 'web' },
    fields: asked('172.17.0.2', { Action: 'running' }),
  });
  const events = [
    found,
    flow('bad-1', days),
    command('bad-2', days, 21, 20, 'wget x'),
    stops('a', days + 10),
    flow('bad-3', days + 20),
  ];
  assert.deepEqual(stepsOf(run(events, (id) => id.startsWith('bad'))), {
    [digestOf('a')]: ['bad-1', 'bad-2'],
    '172.17.0.2': ['bad-3'],
  });
});

test('one shim of a pod has several containers: a program is of the one that was last told to start', () => {
  const runc = (id: string, at: number, own: number, word: string, letter: string) =>
    command(id, at, own, 10, `runc --root /run/x ${word} --bundle /run/${containerId(letter)} ${containerId(letter)}`);
  const events = [
    starts('a', 0),
    starts('b', 0),
    command('shim', 0, 10, 1, shim('f')),
    runc('create-a', 1, 11, 'create', 'a'),
    runc('start-a', 1, 12, 'start', 'a'),
    command('bad-a', 1, 13, 10, 'wget x'),
    runc('create-b', 2, 14, 'create', 'b'),
    runc('kill-a', 2, 15, 'kill', 'a'),
    runc('start-b', 2, 16, 'start', 'b'),
    runc('state-a', 2, 17, 'state', 'a'),
    command('bad-b', 3, 18, 10, 'wget y'),
    command('child-a', 4, 19, 13, 'sh'),
  ];
  assert.deepEqual(stepsOf(run(events, (id) => id.startsWith('bad'))), {
    [digestOf('a')]: ['start-a-0', 'bad-a', 'child-a'],
    [digestOf('b')]: ['start-b-0', 'bad-b'],
  });
});

test('the first process that an engine tells is of its container whoever its parent is, until the container ends', () => {
  const begin = (letter: string, at: number, id: number): Event => ({
    ...starts(letter, at),
    place: { host: 'node-1', containerId: containerId(letter) },
    process: { id },
  });
  const events = [
    begin('a', 0, 20),
    command('bad-own', 1, 20, 5, 'wget x'),
    command('bad-again', 2, 20, 6, 'wget y'),
    stops('a', 3),
    command('bad-host', 4, 20, 1, 'wget z'),
  ];
  assert.deepEqual(
    run(events, (id) => id.startsWith('bad')).map(({ subject, chain }) => [
      subject.id,
      chain.map(({ event }) => event),
    ]),
    [
      [digestOf('a'), ['start-a-0', 'bad-own', 'bad-again']],
      ['node-1', ['bad-host']],
    ],
  );
});
