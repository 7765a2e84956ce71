import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listen, listenerContext, type Listening, type Positions } from '../../../test/builders/listening.ts';
import { startFakeGrpcServer, type FakeProcedure } from '../../../test/fakes/grpc-server.ts';
import { encodeProtobuf, type ProtobufField } from '../../formats/records/protobuf.ts';
import { containerd } from '../sensors/containerd.ts';
import { containerdEvents } from './containerd-events.ts';

const root = await mkdtemp(join(tmpdir(), 'tw-containerd-'));
after(() => rm(root, { recursive: true }));
let sockets = 0;

const digest = `sha256:${'a'.repeat(64)}`;
const id = 'c'.repeat(64);
const name = 'registry.example/team/app:1';

const envelope = (
  topic: string,
  kind: string,
  fields: readonly ProtobufField[],
  nanoseconds = 5,
  namespace = 'k8s.io',
): Uint8Array =>
  encodeProtobuf([
    [
      1,
      encodeProtobuf([
        [1, 1_767_323_045],
        [2, nanoseconds],
      ]),
    ],
    [2, namespace],
    [3, topic],
    [
      4,
      encodeProtobuf([
        // Those of images are of another package.
        [1, `containerd.${kind.startsWith('Image') ? 'services.images.v1' : 'events'}.${kind}`],
        [2, encodeProtobuf(fields)],
      ]),
    ],
  ]);

const container = encodeProtobuf([
  [1, id],
  ...Object.entries({ 'io.kubernetes.pod.name': 'web-1', 'io.kubernetes.pod.namespace': 'shop', other: 'x' }).map(
    ([key, value]): ProtobufField => [
      2,
      encodeProtobuf([
        [1, key],
        [2, value],
      ]),
    ],
  ),
  [3, name],
  [5, encodeProtobuf([[2, JSON.stringify({ process: { args: ['sh', '-c', 'id'], env: ['TOKEN=hunter2'] } })]])],
]);

const paths = {
  events: '/containerd.services.events.v1.Events/Subscribe',
  image: '/containerd.services.images.v1.Images/Get',
  container: '/containerd.services.containers.v1.Containers/Get',
} as const;

const image: FakeProcedure = () => ({
  messages: [encodeProtobuf([[1, encodeProtobuf([[3, encodeProtobuf([[2, digest]])]])]])],
});

const start = async (procedures: Readonly<Record<string, FakeProcedure>>, positions: Positions = new Map()) => {
  const socketPath = join(root, `${(sockets += 1)}.sock`);
  const server = await startFakeGrpcServer(socketPath, {
    [paths.image]: image,
    [paths.container]: () => ({ messages: [encodeProtobuf([[1, container]])] }),
    ...procedures,
  });
  const listening = await listen(
    containerdEvents,
    { address: `unix://${socketPath}`, firstPauseMs: 5 },
    containerd,
    positions,
    { network: { timeoutMs: 5000 } },
  );
  return { server, listening };
};

const once = (messages: readonly Uint8Array[]): FakeProcedure => {
  let asked = 0;
  return () => ({ messages: (asked += 1) === 1 ? messages : [] });
};

const codesOf = ({ heard }: Listening): readonly string[] => heard.gaps.map(({ code }) => code);

test('images, containers and tasks, with what containerd says of them when it is asked', async () => {
  const messages = [
    envelope('/images/create', 'ImageCreate', [[1, name]], 1),
    envelope(
      '/containers/create',
      'ContainerCreate',
      [
        [1, id],
        [2, name],
      ],
      2,
    ),
    envelope(
      '/tasks/start',
      'TaskStart',
      [
        [1, id],
        [2, 77],
      ],
      3,
    ),
    envelope(
      '/tasks/exec-started',
      'TaskExecStarted',
      [
        [1, id],
        [2, 'x1'],
        [3, 78],
      ],
      4,
    ),
    envelope(
      '/tasks/exit',
      'TaskExit',
      [
        [1, id],
        [2, id],
        [3, 77],
        [4, 137],
      ],
      5,
    ),
    envelope('/content/create', 'ContentCreate', [[1, digest]], 6),
    envelope('/snapshot/prepare', 'SnapshotPrepare', [[1, 'x']], 7),
  ];
  const { server, listening } = await start({ [paths.events]: once(messages) });
  await using _server = server;
  await using _listening = listening;
  await listening.until(({ events }) => events.length === 5);
  const { events } = listening.heard;
  assert.deepEqual(
    events.map(({ action, at, outcome }) => [action, at, outcome]),
    [
      ['pull', 1_767_323_045_000, undefined],
      ['create', 1_767_323_045_000, undefined],
      ['start', 1_767_323_045_000, undefined],
      ['exec', 1_767_323_045_000, undefined],
      ['stop', 1_767_323_045_000, 'failure'],
    ],
  );
  const named = { kind: 'container', written: name, reference: name, resolved: digest };
  assert.deepEqual([events[0]?.image, events[1]?.image], [named, named]);
  assert.deepEqual(events[1]?.place, { engine: 'containerd', namespace: 'shop', pod: 'web-1', containerId: id });
  assert.deepEqual(events[1].process, { commandLine: 'sh -c id', arguments: ['sh', '-c', 'id'] });
  assert.deepEqual([events[2]?.process?.id, events[3]?.process?.id], [77, 78]);
  assert.doesNotMatch(JSON.stringify(events), /hunter2/);
  assert.equal(new Set(events.map((event) => event.id)).size, 5);
});

test('what was said while nobody listened is lost, which is told once for each break; so after a restart', async () => {
  const positions: Positions = new Map();
  const messages = [envelope('/images/delete', 'ImageDelete', [[1, name]])];
  {
    const { server, listening } = await start({ [paths.events]: once(messages) }, positions);
    await using _server = server;
    await using _listening = listening;
    await listening.until(({ gaps }) => gaps.length > 0);
    await listening.until(() => server.asked.filter((path) => path === paths.events).length > 3);
    assert.deepEqual(codesOf(listening), ['ENGINE_EVENTS_LOST']);
    assert.match(listening.heard.gaps[0]?.reason ?? '', /after 2026-01-02T03:04:05\.000000005Z$/);
  }
  const [source, position] = [...positions][0] ?? ['', ''];
  const { server, listening } = await start(
    { [paths.events]: once([]) },
    new Map([[`containerd:unix://${join(root, `${sockets + 1}.sock`)}`, position]]),
  );
  await using _server = server;
  await using _listening = listening;
  assert.match(source, /^containerd:unix:/);
  await listening.until(({ gaps }) => gaps.length > 0);
  assert.deepEqual(codesOf(listening), ['ENGINE_EVENTS_LOST']);
});

test('an event that cannot be read is a Gap, and the next one is there; one of a kind that nobody knows is an event', async () => {
  const messages = [
    Uint8Array.of(0xff, 0xff),
    envelope('/tasks/start', 'TaskStart', [[1, Uint8Array.of(0xff, 0xfe)]]),
    envelope('/tasks/start', 'TaskStart', [[1, 7]]),
    envelope('/tasks/dance', 'TaskDance', [[1, id]]),
    envelope('/images/create', 'ImageCreate', [[1, name]], 9, '../moby'),
  ];
  const { server, listening } = await start({ [paths.events]: once(messages) });
  await using _server = server;
  await using _listening = listening;
  await listening.until(({ events }) => events.length === 2);
  assert.deepEqual(
    listening.heard.events.map(({ action }) => action),
    ['other', 'pull'],
  );
  assert.deepEqual(codesOf(listening).slice(0, 3), ['RECORD_DAMAGED', 'RECORD_DAMAGED', 'RECORD_DAMAGED']);
  // A namespace that can be none is asked for nothing.
  assert.ok(!server.asked.includes(paths.image));
});

test('what is gone before it can be asked about is a Gap, and its event is there', async () => {
  const { server, listening } = await start({
    [paths.events]: once([
      envelope('/containers/create', 'ContainerCreate', [
        [1, id],
        [2, name],
      ]),
    ]),
    [paths.container]: () => ({ status: 5, message: 'not found' }),
  });
  await using _server = server;
  await using _listening = listening;
  await listening.until(({ events }) => events.length === 1);
  assert.ok(codesOf(listening).includes('ENGINE_FACTS_MISSING'));
  assert.equal(listening.heard.events[0]?.place.containerId, id);
});

test('who refuses to be listened to is told once; an address that is no socket of this machine is misuse', async () => {
  const { server, listening } = await start({ [paths.events]: () => ({ status: 7, message: 'no' }) });
  await using _server = server;
  await using _listening = listening;
  await listening.until(() => server.asked.length > 4);
  assert.deepEqual(codesOf(listening), ['ENGINE_REFUSES']);
  await assert.rejects(
    containerdEvents.open({ address: 'tcp://192.0.2.1:1' }, listenerContext(new Map())),
    /no unix:\/\/ address/,
  );
});
