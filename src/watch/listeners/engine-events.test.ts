import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listen, listenerContext, type Listening, type Positions } from '../../../test/builders/listening.ts';
import { addressesOf, tenureOf } from '../../detect/incidents/event-names.ts';
import { docker } from '../sensors/docker.ts';
import { engineEvents } from './engine-events.ts';

const root = await mkdtemp(join(tmpdir(), 'tw-engine-'));
after(() => rm(root, { recursive: true }));
let sockets = 0;

const line = (number: number): string => {
  const timeNano = 1_767_323_045_000_000_000n + BigInt(number) * 1_000_001n;
  return `{"Type":"image","Action":"pull","Actor":{"ID":"registry.example/a:${number}"},"time":1767323045,"timeNano":${timeNano}}\n`;
};
const timeOf = (text: string): bigint => BigInt(/"timeNano":(\d+)/.exec(text)?.[1] ?? 0);

/** Remembers events, as Docker does, and gives those since a time. */
const startEngine = async (remembers = 256, socketPath = join(root, `${(sockets += 1)}.sock`)) => {
  const asked: string[] = [];
  const known: string[] = [];
  const clients = new Set<ServerResponse>();
  /** Answers to other questions, by path. */
  const facts = new Map<string, object>();
  let isAway = false;
  const server = createServer((request, response) => {
    if (isAway) {
      response.destroy();
      return;
    }
    if (request.url?.startsWith('/events') !== true) {
      const path = request.url ?? '';
      const usual = path.startsWith('/images/') ? { Id: `sha256:${'d'.repeat(64)}` } : undefined;
      const fact = facts.get(path) ?? (path === '/containers/json' ? [] : usual);
      response.writeHead(fact === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(fact ?? { message: 'no such thing' }));
      return;
    }
    asked.push(request.url ?? '');
    const [seconds = '0', nanoseconds = '0'] = (/since=([\d.]+)/.exec(request.url ?? '')?.[1] ?? '').split('.');
    const since = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    response.write(known.filter((event) => timeOf(event) >= since).join(''));
    clients.add(response);
    response.on('close', () => clients.delete(response));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    asked,
    facts,
    forget: () => known.splice(0),
    say: (...events: readonly object[]) => {
      const lines = events.map((event) => `${JSON.stringify(event)}\n`);
      for (const text of lines) for (const client of clients) client.write(text);
    },
    happen: (...numbers: readonly number[]) => {
      isAway = false;
      for (const event of numbers.map(line)) {
        known.push(event);
        if (known.length > remembers) known.shift();
        for (const client of clients) client.write(event);
      }
    },
    /** In the middle of the next record, until something happens again. */
    breakOff: () => {
      isAway = true;
      for (const client of clients) {
        client.write('{"Type":"image","Act');
        setImmediate(() => client.destroy());
      }
    },
    get clients() {
      return clients.size;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const start = (socketPath: string, positions: Positions): Promise<Listening> =>
  listen(engineEvents, { engine: 'docker', address: `unix://${socketPath}`, firstPauseMs: 5 }, docker, positions, {
    now: () => new Date(1_767_323_045_000),
    network: { timeoutMs: 5000 },
  });

const numbers = ({ heard }: Listening): readonly number[] => [
  ...new Map(
    heard.events.map(({ id, image }) => [
      id,
      image?.kind === 'container' ? Number(image.written.split(':').at(-1)) : Number.NaN,
    ]),
  ).values(),
];

test('events come as they happen; after a break the stream goes on where it was, and nothing is missing or new twice', async () => {
  await using engine = await startEngine();
  await using listening = await start(engine.socketPath, new Map());
  await listening.until(() => engine.clients === 1);
  engine.happen(1, 2);
  await listening.until(({ events }) => events.length === 2);
  engine.breakOff();
  await listening.until(({ gaps }) => gaps.length === 1);
  engine.happen(3);
  await listening.until(() => numbers(listening).length === 3);
  engine.happen(4);
  await listening.until(() => numbers(listening).length === 4);
  assert.deepEqual(numbers(listening), [1, 2, 3, 4]);
  assert.deepEqual(
    listening.heard.gaps.map(({ code }) => code),
    ['ENGINE_UNREACHABLE'],
  );
  assert.equal(engine.asked[1], `/events?since=1767323045.002000002`);
});

test('what happens before the first event is missed by no break either', async () => {
  await using engine = await startEngine();
  await using listening = await start(engine.socketPath, new Map());
  await listening.until(() => engine.clients === 1);
  engine.breakOff();
  await listening.until(() => engine.clients === 0);
  engine.happen(1);
  await listening.until(() => numbers(listening).length === 1);
});

test('a new process goes on from the position of the last event', async () => {
  await using engine = await startEngine();
  const positions: Positions = new Map();
  {
    await using listening = await start(engine.socketPath, positions);
    await listening.until(() => engine.clients === 1);
    engine.happen(1);
    await listening.until(({ events }) => events.length === 1);
  }
  engine.happen(2, 3);
  await using listening = await start(engine.socketPath, positions);
  await listening.until(({ events }) => events.length === 3);
  assert.deepEqual(numbers(listening), [1, 2, 3]);
  assert.deepEqual(listening.heard.gaps, []);
});

test('an engine that has forgotten what was seen last may have forgotten more: a Gap', async () => {
  await using engine = await startEngine(3);
  const positions: Positions = new Map();
  {
    await using listening = await start(engine.socketPath, positions);
    await listening.until(() => engine.clients === 1);
    engine.happen(1);
    await listening.until(({ events }) => events.length === 1);
  }
  engine.happen(2, 3, 4, 5);
  await using listening = await start(engine.socketPath, positions);
  await listening.until(({ events }) => events.length === 3);
  assert.deepEqual(numbers(listening), [3, 4, 5]);
  assert.deepEqual(
    listening.heard.gaps.map(({ code }) => code),
    ['ENGINE_EVENTS_LOST'],
  );
});

test('an engine that is not there is told once, and found when it comes', async () => {
  const socketPath = join(root, 'late.sock');
  await using listening = await start(socketPath, new Map());
  await listening.until(({ gaps }) => gaps.length === 1);
  await using engine = await startEngine(256, socketPath);
  engine.happen(1);
  await listening.until(({ events }) => events.length === 1);
  assert.deepEqual(
    listening.heard.gaps.map(({ code }) => code),
    ['ENGINE_UNREACHABLE'],
  );
});

test('an address that is no socket of this machine is misuse', async () => {
  await assert.rejects(
    engineEvents.open({ engine: 'docker', address: 'tcp://192.0.2.1:2375' }, listenerContext(new Map())),
    /no unix:\/\/ address/,
  );
});

const container = 'c'.repeat(64);
const config = `sha256:${'d'.repeat(64)}`;
const manifest = `sha256:${'e'.repeat(64)}`;
const seconds = 1_767_323_045;
const told = (Action: string, more: object = {}) => ({
  Type: 'container',
  Action,
  from: 'registry.example/a:1',
  Actor: { ID: container, Attributes: { image: 'registry.example/a:1', name: 'web' } },
  time: seconds,
  timeNano: seconds * 1e9,
  ...more,
});
const inspected = {
  Image: config,
  Path: 'sh',
  Args: ['-c', 'id'],
  Config: { Env: ['TOKEN=hunter2'] },
  State: { Pid: 77, StartedAt: new Date(seconds * 1000 + 20).toISOString() },
  HostConfig: { Privileged: true, NetworkMode: 'default', PidMode: 'host', CapAdd: ['CAP_SYS_ADMIN'] },
  Mounts: [
    { Type: 'bind', Source: '/' },
    { Type: 'volume', Source: '/var/lib/docker/volumes/x' },
  ],
  NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2', GlobalIPv6Address: '' } } },
};

const startAsked = async () => {
  const engine = await startEngine();
  engine.facts.set('/info', { Name: 'node-1' });
  engine.facts.set(`/containers/${container}/json`, inspected);
  engine.facts.set(`/images/${config}/json`.replace(':', '%3A'), {
    Id: config,
    RepoDigests: [`registry.example/other@sha256:${'f'.repeat(64)}`, `registry.example/a@${manifest}`],
  });
  return engine;
};

test('what an engine only says when it is asked is part of the event: rights, command, digests, and addresses once it runs', async () => {
  await using engine = await startAsked();
  await using listening = await start(engine.socketPath, new Map());
  await listening.until(() => engine.clients === 1);
  engine.say(told('create'), told('start'), told('die'));
  await listening.until(({ events }) => events.length === 3);
  const [created, started, died] = listening.heard.events;
  assert.deepEqual(listening.heard.gaps, []);
  assert.deepEqual(created?.rights, {
    privileged: true,
    hostProcesses: true,
    hostPaths: ['/'],
    capabilities: ['SYS_ADMIN'],
  });
  assert.deepEqual(created.process, { commandLine: 'sh -c id', arguments: ['sh', '-c', 'id'] });
  assert.deepEqual(created.image, {
    kind: 'container',
    written: 'registry.example/a:1',
    reference: 'registry.example/a:1',
    resolved: manifest,
    id: config,
  });
  assert.deepEqual(created.place, { host: 'node-1', engine: 'docker', container: 'web', containerId: container });
  assert.deepEqual([addressesOf(created), started?.process?.id], [[], 77]);
  assert.deepEqual(started === undefined ? [] : addressesOf(started), ['172.17.0.2']);
  assert.equal(died?.rights, undefined);
  assert.doesNotMatch(JSON.stringify(listening.heard.events), /hunter2/);
});

test('a container that was started again since the event has other addresses now', async () => {
  await using engine = await startAsked();
  engine.facts.set(`/containers/${container}/json`, {
    ...inspected,
    State: { Pid: 99, StartedAt: '2030-01-01T00:00:00Z' },
  });
  await using listening = await start(engine.socketPath, new Map());
  await listening.until(() => engine.clients === 1);
  engine.say(told('start'));
  await listening.until(({ events }) => events.length === 1);
  const [started] = listening.heard.events;
  assert.deepEqual([started?.process?.id, started?.rights?.privileged], [undefined, true]);
  assert.deepEqual(started === undefined ? [] : addressesOf(started), []);
});

test('a container that is gone before it can be asked about is a Gap, and its event is there', async () => {
  await using engine = await startEngine();
  await using listening = await start(engine.socketPath, new Map());
  await listening.until(() => engine.clients === 1);
  engine.say(told('create'), told('die'));
  await listening.until(({ events }) => events.length === 2);
  assert.deepEqual(
    listening.heard.gaps.map(({ code, reason }) => [code, reason]),
    [
      [
        'ENGINE_FACTS_MISSING',
        'what 1 of 1 containers and images are and may do is not known: it was gone before it could be asked about',
      ],
    ],
  );
});

test('only ids and references by the grammar of registries are asked for', async () => {
  await using engine = await startEngine();
  await using listening = await start(engine.socketPath, new Map());
  await listening.until(() => engine.clients === 1);
  const image = (ID: string) => ({
    Type: 'image',
    Action: 'pull',
    Actor: { ID },
    time: seconds,
    timeNano: seconds * 1e9,
  });
  engine.say(
    told('create', { Actor: { ID: '../../info?x' } }),
    image('../containers/x'),
    image('registry.example/a:1?x=y'),
    { ...told('create'), time: undefined, timeNano: undefined, Actor: { ID: 7 } },
  );
  await listening.until(({ events }) => events.length === 4);
  assert.deepEqual(listening.heard.gaps, []);
  assert.ok(listening.heard.events.every(({ fields }) => !('asked' in fields)));
});

const listed = {
  Id: container,
  Image: 'registry.example/a:1',
  Names: ['/web'],
  Labels: { team: 'one' },
  State: 'running',
};

test('what ran before we came is known by its address and its first process, and is told once', async () => {
  await using engine = await startAsked();
  engine.facts.set('/containers/json', [listed, { Id: '../x' }, 7]);
  await using listening = await start(engine.socketPath, new Map());
  await listening.until(({ events }) => events.length === 1);
  const [running] = listening.heard.events;
  assert.deepEqual([running?.action, running?.process?.id, running?.rights?.privileged], ['other', 77, true]);
  assert.deepEqual(running === undefined ? [] : [addressesOf(running), tenureOf(running)], [['172.17.0.2'], 'began']);
  assert.deepEqual(running?.place, { host: 'node-1', engine: 'docker', container: 'web', containerId: container });
  await listening.until(() => engine.clients === 1);
  engine.breakOff();
  await listening.until(({ gaps }) => gaps.length === 1);
  engine.happen(1);
  await listening.until(() => engine.clients === 1 && listening.heard.events.length >= 2);
  assert.deepEqual(
    listening.heard.events.filter(({ place }) => place.containerId === container).map(({ action }) => action),
    ['other'],
  );
});

test('an engine that does not say what runs is listened to all the same; that is told once', async () => {
  await using engine = await startAsked();
  engine.facts.set('/containers/json', { message: 'no' });
  await using listening = await start(engine.socketPath, new Map());
  await listening.until(({ gaps }) => gaps.length === 1);
  engine.breakOff();
  await listening.until(({ gaps }) => gaps.some(({ code }) => code === 'ENGINE_UNREACHABLE'));
  engine.happen(1);
  await listening.until(() => numbers(listening).length === 1);
  assert.deepEqual(
    listening.heard.gaps.map(({ code }) => code),
    ['ENGINE_FACTS_MISSING', 'ENGINE_UNREACHABLE'],
  );
});
