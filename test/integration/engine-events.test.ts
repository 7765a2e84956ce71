/** The event streams of real engines, broken and resumed: what happened meanwhile is there once, and what an engine forgot is told. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../src/core/event.ts';
import { buildImage, writeDockerArchive } from '../../src/image/oci-layout-writer.ts';
import { addressesOf } from '../../src/detect/incidents/event-names.ts';
import { engineEvents } from '../../src/watch/listeners/engine-events.ts';
import { docker } from '../../src/watch/sensors/docker.ts';
import { podman } from '../../src/watch/sensors/podman.ts';
import { listen, type Listening, type Positions } from '../builders/listening.ts';
import { openOwnNetwork, startContained, startOwnDocker } from './story-pull-to-egress-parts.ts';
import { askEngineOnce } from './engine-request.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 120_000 };

const name = 'registry.example/team/sleeper:1';

const create = async (socket: string, container: string): Promise<string> => {
  const body = { Image: name, HostConfig: { Privileged: true, Binds: ['/etc:/host:ro'] } };
  return (
    JSON.parse(await askEngineOnce(socket, 'POST', `/containers/create?name=${container}`, body)) as { Id: string }
  ).Id;
};

/** An image that sleeps, as a file to load. */
const writeSleeper = async (file: string): Promise<string> => {
  const busybox = await readFile('/bin/busybox');
  const image = buildImage({
    layers: [
      {
        entries: [
          { path: 'bin', type: 'directory' },
          { path: 'bin/busybox', content: busybox, mode: 0o755 },
        ],
      },
    ],
    config: { config: { Entrypoint: ['/bin/busybox', 'sleep', '60'] } },
  });
  await writeDockerArchive(file, image, { name, layout: 'classic' });
  return image.configDigest;
};

/** A socket that leads to another one, and can be cut. */
const openDoor = async (path: string, target: string) => {
  const open = new Set<Socket>();
  let shut = false;
  const server = createServer((near) => {
    if (shut) {
      near.destroy();
      return;
    }
    const far = connect(target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const cut = (): void => {
    for (const one of open) one.destroy();
  };
  return {
    shut: () => {
      shut = true;
      cut();
    },
    open: () => {
      shut = false;
    },
    get connections() {
      return open.size;
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const listenTo = (engine: 'docker' | 'podman', socket: string, positions: Positions): Promise<Listening> =>
  listen(
    engineEvents,
    { engine, address: `unix://${socket}`, firstPauseMs: 50 },
    engine === 'docker' ? docker : podman,
    positions,
    { network: { timeoutMs: 10_000 } },
  );

/** `create one`: what was done to which container, each event once. */
const deedsOf = ({ heard: { events } }: Listening): readonly string[] =>
  [...new Map(events.map((event) => [event.id, event])).values()].flatMap(({ action, place, image }) =>
    image?.kind === 'container' && place.containerId !== undefined ? [`${action} ${place.container}`] : [],
  );

const codesOf = ({ heard: { gaps } }: Listening): readonly string[] => gaps.map(({ code }) => code);

/** An engine that was away for long is asked again after a long pause. */
const until = async (holds: () => boolean, { heard }: Listening): Promise<void> => {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 1800, `it never came: ${heard.events.length} events, ${JSON.stringify(heard.gaps)}`);
    await sleep(50);
  }
};

const has = (listening: Listening, deed: string): Promise<void> =>
  until(() => deedsOf(listening).includes(deed), listening);

const openFolder = async (t: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-ee-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
};

suite('event streams of real engines', when, () => {
  test('Docker: what happens during a break is there once; what is asked for besides, too', async (t) => {
    const folder = await openFolder(t);
    const config = await writeSleeper(join(folder, 'image.tar'));
    await using network = await openOwnNetwork();
    await using engine = await startOwnDocker(network, join(folder, 'd'));
    await askEngineOnce(engine.socket, 'POST', '/images/load?quiet=1', join(folder, 'image.tar'));
    const path = join(folder, 'door.sock');
    await using door = await openDoor(path, engine.socket);
    const positions: Positions = new Map();
    {
      await using listening = await listenTo('docker', path, positions);
      await until(() => door.connections > 0, listening);
      await create(engine.socket, 'one');
      await has(listening, 'create one');
      door.shut();
      await create(engine.socket, 'two');
      await until(() => codesOf(listening).length === 1, listening);
      door.open();
      await has(listening, 'create two');
      const id = await create(engine.socket, 'three');
      await has(listening, 'create three');
      assert.deepEqual(deedsOf(listening), ['create one', 'create two', 'create three']);
      assert.deepEqual(codesOf(listening), ['ENGINE_UNREACHABLE']);
      const created = listening.heard.events.find(({ place }) => place.container === 'three') as Event;
      assert.ok(created.image?.kind === 'container' && created.image.id === config);
      assert.deepEqual(created.rights, { privileged: true, hostPaths: ['/etc'] });
      assert.equal(created.process?.commandLine, '/bin/busybox sleep 60');
      assert.equal(typeof created.place.host, 'string');
      await askEngineOnce(engine.socket, 'POST', `/containers/${await engine.create(name, 'four')}/start`);
      await has(listening, 'start four');
      const started = listening.heard.events.find(({ action }) => action === 'start') as Event;
      assert.match(addressesOf(started).join(), /^172\.\d+\.\d+\.\d+$/);
      assert.ok((started.process?.id ?? 0) > 1);
      assert.notEqual(id, started.place.containerId);
    }
    // While nobody listens, more happens than the engine remembers.
    await create(engine.socket, 'five');
    for (let tag = 0; tag < 300; tag += 1)
      await askEngineOnce(engine.socket, 'POST', `/images/${name}/tag?repo=registry.example/team/other&tag=${tag}`);
    await create(engine.socket, 'six');
    await using again = await listenTo('docker', path, positions);
    await has(again, 'create six');
    assert.ok(!deedsOf(again).includes('create five'));
    assert.deepEqual(codesOf(again), ['ENGINE_EVENTS_LOST']);
  });

  test('Docker: an engine that was stopped has forgotten what was before', async (t) => {
    const folder = await openFolder(t);
    await writeSleeper(join(folder, 'image.tar'));
    await using network = await openOwnNetwork();
    const first = await startOwnDocker(network, join(folder, 'd'));
    let stopped = false;
    t.after(() => (stopped ? undefined : first[Symbol.asyncDispose]()));
    await askEngineOnce(first.socket, 'POST', '/images/load?quiet=1', join(folder, 'image.tar'));
    await using listening = await listenTo('docker', first.socket, new Map());
    await create(first.socket, 'one');
    await has(listening, 'create one');
    await first[Symbol.asyncDispose]();
    stopped = true;
    await until(() => codesOf(listening).includes('ENGINE_UNREACHABLE'), listening);
    await using second = await startOwnDocker(network, join(folder, 'd'));
    await create(second.socket, 'two');
    await has(listening, 'create two');
    assert.deepEqual(
      deedsOf(listening).filter((deed) => deed.startsWith('create')),
      ['create one', 'create two'],
    );
    assert.ok(codesOf(listening).includes('ENGINE_EVENTS_LOST'));
  });

  test('Podman: what happens while its service is away is there once, and nothing is forgotten', async (t) => {
    const folder = await openFolder(t);
    const config = await writeSleeper(join(folder, 'image.tar'));
    const socket = join(folder, 'p.sock');
    await mkdir(join(folder, 'tmp'));
    await writeFile(join(folder, 'containers.conf'), '[engine]\nevents_logger = "file"\ncgroup_manager = "cgroupfs"\n');
    const places = ['--root', `${folder}/data`, '--runroot', `${folder}/exec`, '--tmpdir', `${folder}/tmp`];
    const serve = async (): Promise<AsyncDisposable> => {
      const service = startContained(
        'env',
        `CONTAINERS_CONF=${folder}/containers.conf`,
        'podman',
        ...places,
        '--storage-driver=vfs',
        'system',
        'service',
        '--time=0',
        `unix://${socket}`,
      );
      for (let tries = 0; !(await askEngineOnce(socket, 'GET', '/_ping').catch(() => '')).includes('OK'); tries += 1) {
        assert.ok(tries < 300 && service.child.exitCode === null, `podman did not come up:\n${service.output()}`);
        await sleep(100);
      }
      return service;
    };
    const positions: Positions = new Map();
    {
      await using _service = await serve();
      await askEngineOnce(socket, 'POST', '/images/load', join(folder, 'image.tar'));
      await using listening = await listenTo('podman', socket, positions);
      await create(socket, 'one');
      await has(listening, 'create one');
      const created = listening.heard.events.find(({ action }) => action === 'create') as Event;
      assert.ok(created.image?.kind === 'container' && created.image.id === config);
      assert.deepEqual([created.rights?.privileged, created.rights?.hostPaths], [true, ['/etc']]);
    }
    await using _service = await serve();
    await create(socket, 'two');
    await using listening = await listenTo('podman', socket, positions);
    await has(listening, 'create two');
    await create(socket, 'three');
    await has(listening, 'create three');
    assert.deepEqual(
      deedsOf(listening).filter((deed) => /two|three/.test(deed)),
      ['create two', 'create three'],
    );
    assert.deepEqual(codesOf(listening), []);
  });
});
