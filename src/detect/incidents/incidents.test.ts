import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import type { Detection, Incident } from '../../core/incident.ts';
import { containerId, digestOf, found, happening, minute, named } from '../../../test/builders/happenings.ts';
import { openIncidents, type IncidentOptions } from './incidents.ts';

const reference = 'registry.example/team/app:1';
const container = containerId('c');
const place = { engine: 'docker', containerId: container, container: 'app' };

/** A registry sees the pull with its digest; the engine knows only the name; egress is seen by address alone. */
const story: readonly Event[] = [
  happening('pull', 0, 'pull', {
    image: named(reference, digestOf('a')),
    place: { registry: 'registry.example' },
    actor: { name: '', address: '192.0.2.5:40000' },
  }),
  happening('create', 1, 'create', { image: named(reference), place }),
  happening('start', 2, 'start', { image: named(reference), place }),
  happening('shim', 2, 'exec', {
    place: { host: 'node-1' },
    process: {
      id: 10,
      parentId: 1,
      commandLine: `/usr/bin/containerd-shim-runc-v2 -namespace moby -id ${container} -address x`,
    },
  }),
  happening('shell', 3, 'exec', { place: { host: 'node-1' }, process: { id: 11, parentId: 10, commandLine: 'sh' } }),
  happening('command', 4, 'exec', {
    place: { host: 'node-1' },
    process: { id: 12, parentId: 11, commandLine: 'curl http://192.0.2.7/x', user: '0' },
  }),
  happening('egress', 5, 'connect', {
    connection: { direction: 'out', sourceAddress: '192.0.2.5', address: '192.0.2.7', port: 3333 },
  }),
];

const findingsOf = (event: Event): readonly Detection[] =>
  event.id === 'command' ? [found(event, 'download', 'medium')] : [];

const run = (
  events: readonly Event[],
  options: IncidentOptions = {},
  findings: (event: Event) => readonly Detection[] = findingsOf,
): readonly Incident[] => {
  const join = openIncidents(options);
  for (const event of events) join.take(event, findings(event));
  return join.all();
};

const only = (incidents: readonly Incident[]): Incident => {
  assert.equal(incidents.length, 1);
  return incidents[0] as Incident;
};

test('what a registry, an engine, an audit log and a network sensor saw of one digest is one incident', () => {
  const incident = only(run(story));
  assert.deepEqual(incident.subject, { kind: 'digest', id: digestOf('a') });
  assert.equal(incident.id, `digest/${digestOf('a')}`);
  assert.deepEqual(
    incident.chain.map(({ step, event }) => [step, event]).filter(([, event]) => event !== 'shell'),
    [
      ['pull', 'pull'],
      ['create', 'create'],
      ['start', 'start'],
      ['command', 'command'],
      ['egress', 'egress'],
    ],
  );
  assert.deepEqual(incident.identity?.containers, [container]);
  assert.deepEqual(incident.identity.references, [reference]);
  assert.deepEqual([incident.opened, incident.updated], [minute(0), minute(5)]);
  for (const { what } of incident.chain) assert.match(what, /^[^a-z].*\.$/s);
});

test('in whatever order the events come, the same incident', () => {
  const expected = JSON.stringify(run(story));
  // What a process is, only its start tells: those stay in order among themselves.
  const processes = story.filter(({ process }) => process !== undefined);
  const others = story.filter(({ process }) => process === undefined);
  for (const events of [
    [...processes, ...others.toReversed()],
    [...others.toReversed(), ...processes],
  ])
    assert.equal(JSON.stringify(run(events)), expected);
  assert.equal(JSON.stringify(run([...story, ...story])), expected, 'events that come twice count once');
});

test('another digest under the same name later is another image', () => {
  const later = [
    happening('pull-2', 600, 'pull', { image: named(reference, digestOf('b')) }),
    happening('start-2', 601, 'start', { image: named(reference), place: { containerId: containerId('d') } }),
    happening('command-2', 602, 'exec', {
      place: { containerId: containerId('d') },
      process: { commandLine: 'nc 192.0.2.7 1' },
    }),
  ];
  const incidents = run([...story, ...later], {}, (event) =>
    event.id.startsWith('command') ? [found(event, 'tool', 'medium')] : [],
  );
  assert.deepEqual(
    incidents.map(({ subject }) => subject.id),
    [digestOf('a'), digestOf('b')],
  );
  assert.deepEqual(incidents[1]?.identity?.containers, [containerId('d')]);
});

test('a container whose image nobody tells is a subject of its own; a process of another container is none of it', () => {
  const own = happening('x', 1, 'exec', { place: { containerId: container }, process: { commandLine: 'id' } });
  const other = happening('y', 1, 'exec', { place: { containerId: containerId('e') }, process: { commandLine: 'id' } });
  const incident = only(run([own, other], {}, (event) => (event === own ? [found(event, 'tool', 'high')] : [])));
  assert.deepEqual(incident.subject, { kind: 'container', id: container });
  assert.deepEqual(
    incident.chain.map(({ event }) => event),
    ['x'],
  );
});

test('a weak sign alone is no incident; two at different steps are, and a degree worse', () => {
  const low =
    (...ids: readonly string[]) =>
    (event: Event) =>
      ids.includes(event.id) ? [found(event, event.id, 'low')] : [];
  assert.deepEqual(run(story, {}, low('pull')), []);
  assert.equal(only(run(story, {}, low('pull', 'create'))).severity, 'medium');
  assert.deepEqual(
    run(story, {}, (event) => [found(event, event.id, 'info')]),
    [],
  );
});

test('a command that is a weak sign makes nothing worse by a connection after it', () => {
  const told =
    (severity: 'medium' | 'low' | 'info') =>
    (event: Event): ReturnType<typeof found>[] =>
      ['pull', 'create'].includes(event.id)
        ? [found(event, event.id, 'low')]
        : event.id === 'command'
          ? [found(event, 'tool', severity)]
          : [];
  assert.equal(only(run(story, {}, told('info'))).severity, 'medium');
  assert.equal(only(run(story, {}, told('low'))).severity, 'medium');
  assert.equal(only(run(story, {}, told('medium'))).severity, 'high');
});

test('severity grows with the chain, and with the verdict of the image', () => {
  assert.equal(only(run(story.slice(0, -1))).severity, 'medium');
  assert.equal(only(run(story)).severity, 'high', 'it spoke to the outside after the command');
  const verdict = {
    assessment: 'malicious',
    decision: 'deny',
    because: ['a miner'],
    at: '2026-01-01T00:00:00Z',
    digest: digestOf('a'),
  } as const;
  const incident = only(
    run(story, { verdictOf: (digests) => (digests.includes(digestOf('a')) ? verdict : undefined) }),
  );
  assert.equal(incident.severity, 'critical');
  assert.deepEqual(incident.verdict, verdict);
});

test('the same rule is one finding, with how often it was there', () => {
  const again = happening('command-2', 9, 'exec', { place, process: { commandLine: 'curl x' } });
  const incident = only(
    run([...story, again], {}, (event) =>
      event.action === 'exec' && event.id !== 'shim' ? [found(event, 'tool', 'medium')] : [],
    ),
  );
  assert.equal(incident.findings.length, 1);
  assert.equal(incident.findings[0]?.more, 2);
  assert.deepEqual(incident.findings[0]?.events, ['command-2']);
});

test('what is suppressed stays visible as such, with reason and end; what comes after the end opens it again', () => {
  const suppressions = [{ rule: 'sigma/tool', about: reference, reason: 'a known job', until: minute(8) }];
  const later = happening('command-2', 9, 'exec', { place, process: { commandLine: 'curl x' } });
  const findings = (event: Event) => (event.id.startsWith('command') ? [found(event, 'tool', 'high')] : []);
  const quiet = only(run(story, { suppressions }, findings));
  assert.deepEqual([quiet.state, quiet.suppression?.reason, quiet.reopened], ['suppressed', 'a known job', undefined]);
  const again = only(run([...story, later], { suppressions }, findings));
  assert.deepEqual([again.state, again.suppression, again.reopened], ['open', undefined, minute(9)]);
  const other = only(
    run(
      story,
      { suppressions: [{ ...suppressions[0], about: 'registry.example/other:1', reason: '', until: minute(99) }] },
      findings,
    ),
  );
  assert.equal(other.state, 'open');
});

test('an incident that was told keeps its id when the digest becomes known', () => {
  const join = openIncidents();
  const [pull, ...rest] = story;
  for (const event of rest) join.take(event, findingsOf(event));
  const [first] = join.changed();
  assert.deepEqual(first?.subject, { kind: 'image', id: reference });
  assert.deepEqual(join.changed(), [], 'nothing changed since');
  join.take(pull as Event, []);
  const [second] = join.changed();
  assert.equal(second?.id, first.id);
  assert.deepEqual(second.subject, { kind: 'digest', id: digestOf('a') });
});

test('an address is whose it is at the time; behind one that pulled several images nobody is guessed', () => {
  const pod = (name: string, at: number, image: string): Event =>
    happening(`start-${name}`, at, 'start', {
      place: { namespace: 'shop', pod: name, container: 'web' },
      image: named(`registry.example/${image}:1`),
      fields: { responseObject: { status: { podIP: '10.1.0.9' } } },
    });
  const flow = (id: string, at: number, source = '10.1.0.9'): Event =>
    happening(id, at, 'connect', { connection: { direction: 'out', sourceAddress: source, address: '192.0.2.7' } });
  const bad = (event: Event) => (event.id.startsWith('bad') ? [found(event, 'pool', 'high')] : []);
  const events = [pod('one', 0, 'one'), flow('bad-1', 5), pod('two', 60, 'two'), flow('bad-2', 65)];
  assert.deepEqual(
    run(events, {}, bad).map(({ subject, chain }) => [subject.id, chain.map(({ event }) => event)]),
    [
      ['registry.example/one:1', ['start-one', 'bad-1']],
      ['registry.example/two:1', ['start-two', 'bad-2']],
    ],
  );
  const second = happening('pull-2', 1, 'pull', {
    image: named('registry.example/other:1', digestOf('e')),
    actor: { name: '', address: '192.0.2.5' },
  });
  const join = openIncidents();
  for (const event of [...story, second, flow('bad-3', 6, '192.0.2.5')]) join.take(event, bad(event));
  assert.deepEqual(
    join.all().map(({ subject }) => subject),
    [{ kind: 'instance', id: '192.0.2.5' }],
  );
  assert.equal(join.figures().dropped.ambiguous, 1);
});

test('machines that one request launched are one subject, with the search that came before', () => {
  const actor = { name: 'arn:aws:iam::123456789012:user/ann' };
  const image = { kind: 'machine', cloud: 'aws', written: 'ami-1', name: 'debian-12' } as const;
  const events = [
    happening('search', 0, 'image-search', { actor, place: { cloud: 'aws' }, target: 'name debian-*' }),
    happening('run/0', 1, 'launch', { actor, image, place: { cloud: 'aws', instance: 'i-1' } }),
    happening('run/1', 1, 'launch', { actor, image, place: { cloud: 'aws', instance: 'i-2' } }),
  ];
  const incident = only(
    run(events, {}, (event) =>
      event.action === 'launch' ? [found(event, 'confusion', 'high', { events: ['search', event.id] })] : [],
    ),
  );
  assert.deepEqual(incident.subject, { kind: 'instance', id: 'i-1' });
  assert.deepEqual(incident.identity?.instances, ['i-1', 'i-2']);
  assert.equal(incident.identity.ami, 'ami-1');
  assert.deepEqual(
    incident.chain.map(({ step }) => step),
    ['search', 'launch', 'launch'],
  );
});

test('what floods is bounded, and what was dropped is counted', () => {
  const limits = { nodes: 100, findings: 50, events: 200, processes: 50 };
  const join = openIncidents({ limits });
  for (let number = 0; number < 2000; number++) {
    const event = happening(`e${number}`, number, 'exec', {
      place: { containerId: `${number.toString(16).padStart(12, '0')}${'0'.repeat(52)}` },
      process: { commandLine: 'x', id: number, parentId: number - 1 },
    });
    join.take(event, [found(event, 'tool', 'medium')]);
  }
  const { nodes, findings, dropped } = join.figures();
  assert.ok(nodes <= 100 && findings <= 50, `${nodes} nodes, ${findings} findings`);
  assert.ok(dropped.nodes >= 1900 && dropped.findings >= 1900);
  assert.ok(join.all().length <= 50);
});

test('a flood of weak findings pushes out no strong one', () => {
  const join = openIncidents({ limits: { findings: 20 } });
  const strong = happening('strong', 0, 'exec', { place, process: { commandLine: 'x' } });
  join.take(strong, [found(strong, 'bad', 'high')]);
  for (let number = 0; number < 200; number++) {
    const event = happening(`e${number}`, 1, 'exec', { place, process: { commandLine: 'x' } });
    join.take(event, [found(event, 'weak', 'low')]);
  }
  assert.equal(join.figures().findings, 20);
  assert.ok(only(join.all()).findings.some(({ rule }) => rule === 'sigma/bad'));
});

test('names made to break a report are harmless in every sentence', () => {
  const hostile = 'x\u001b[31m\n::set-output name=a::b \u202e' + 'y'.repeat(5000);
  const event = happening('h', 0, 'exec', {
    place: { containerId: container, container: hostile, namespace: '__proto__', pod: 'constructor' },
    actor: { name: hostile },
    process: { commandLine: hostile, user: hostile },
  });
  const incident = only(run([event], {}, () => [found(event, 'tool', 'high')]));
  const [step] = incident.chain;
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(`${step?.what}${incident.title}`, /[\u0000-\u001f\u202e]/);
  assert.ok((step?.what.length ?? 0) < 1500);
});

test('an incident that is worse than its findings is called by its steps, any other by its worst finding', () => {
  const low = run(story, {}, (event) =>
    ['pull', 'command', 'egress'].includes(event.id) ? [found(event, event.id, 'low')] : [],
  );
  assert.equal(only(low).title, `Pulled, ran commands, connected out: ${reference}`);
  assert.equal(only(low).severity, 'high', 'weak signs of its coming, inside and on the way out');
  assert.equal(only(run(story.slice(0, -1))).title, `Title of download: ${reference}`);
  const high = run(story, {}, (event) => (event.id === 'command' ? [found(event, 'shell', 'high')] : []));
  assert.equal(only(high).title, `Title of shell: ${reference}`);
});
