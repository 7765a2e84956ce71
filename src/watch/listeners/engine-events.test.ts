import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listen, listenerContext, type Listening, type Positions } from '../../../test/builders/listening.ts';
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
  let isAway = false;
  const server = createServer((request, response) => {
    if (isAway) {
      response.destroy();
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
    forget: () => known.splice(0),
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
