import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRandom } from '../../../test/builders/random.ts';
import { isFault } from '../../core/fault.ts';
import { getContainer, getImageDigest, parseContainerdEvent } from './containerd-events.ts';
import { encodeProtobuf, type ProtobufField } from './protobuf.ts';

const envelope = (
  topic: string,
  type: string,
  fields: readonly ProtobufField[],
  time: readonly ProtobufField[] = [
    [1, 1_767_323_045],
    [2, 42],
  ],
): Uint8Array =>
  encodeProtobuf([
    [1, encodeProtobuf(time)],
    [2, 'moby'],
    [3, topic],
    [
      4,
      encodeProtobuf([
        [1, type],
        [2, encodeProtobuf(fields)],
      ]),
    ],
  ]);

const exit = envelope('/tasks/exit', 'containerd.events.TaskExit', [
  [1, 'c1'],
  [2, 'e1'],
  [3, 77],
  [4, 137],
]);

test('an envelope gives its time to the nanosecond, its namespace, its topic and the event inside', () => {
  assert.deepEqual(parseContainerdEvent(exit, 'x'), {
    timestamp: '2026-01-02T03:04:05.000000042Z',
    namespace: 'moby',
    topic: '/tasks/exit',
    event: { container_id: 'c1', id: 'e1', pid: 77, exit_status: 137 },
  });
});

const kinds: readonly (readonly [string, string, readonly ProtobufField[], object])[] = [
  ['/images/create', 'containerd.services.images.v1.ImageCreate', [[1, 'a:1']], { name: 'a:1' }],
  ['/images/create', 'types.example/containerd.events.ImageCreate', [[1, 'a:1']], { name: 'a:1' }],
  [
    '/tasks/exec-started',
    'containerd.events.TaskExecStarted',
    [
      [1, 'c'],
      [2, 'e'],
      [3, 5],
    ],
    { container_id: 'c', exec_id: 'e', pid: 5 },
  ],
  ['/tasks/start', 'containerd.other.TaskStart', [[1, 'c']], {}],
  ['/tasks/start', 'containerd.events.constructor', [[1, 'c']], {}],
  ['/tasks/start', '', [[1, 'c']], {}],
];
for (const [topic, type, fields, event] of kinds)
  test(`${topic} of the type "${type}"`, () => {
    assert.deepEqual(parseContainerdEvent(envelope(topic, type, fields), 'x')?.event, event);
  });

test('what concerns neither images nor containers is passed over', () => {
  for (const topic of ['/content/create', '/snapshot/prepare', '/namespaces/create', '', '/imagesx/create'])
    assert.equal(parseContainerdEvent(envelope(topic, 'containerd.events.TaskExit', []), 'x'), undefined);
});

test('a time that can be none is left out', () => {
  const times: readonly (readonly ProtobufField[])[] = [
    [],
    [[1, Number.MAX_SAFE_INTEGER]],
    [
      [1, 1],
      [2, 2_000_000_000],
    ],
  ];
  for (const time of times)
    assert.equal(
      parseContainerdEvent(envelope('/tasks/oom', 'containerd.events.TaskOOM', [[1, 'c']], time), 'x')?.timestamp,
      '',
    );
});

test('what an image and a container are, with what the container runs; a specification that is none says nothing', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const image = encodeProtobuf([[1, encodeProtobuf([[3, encodeProtobuf([[2, digest]])]])]]);
  assert.equal(getImageDigest.decode(image, 'x'), digest);
  const container = (spec: string) =>
    encodeProtobuf([
      [
        1,
        encodeProtobuf([
          [1, 'c'],
          [3, 'a:1'],
          [5, encodeProtobuf([[2, spec]])],
        ]),
      ],
    ]);
  const argsOf = (spec: string) => getContainer.decode(container(spec), 'x').args;
  assert.deepEqual(argsOf('{"process":{"args":["sh",7,"-c"]}}'), ['sh', '-c']);
  for (const spec of ['', '{', '[]', 'null', '{"process":null}', '{"process":{"args":"sh"}}'])
    assert.deepEqual(argsOf(spec), [], spec);
});

test('cut at any length and changed anywhere, it is read or refused', () => {
  const random = openRandom(7);
  const read = (bytes: Uint8Array): void => {
    for (const work of [
      () => parseContainerdEvent(bytes, 'x'),
      () => getContainer.decode(bytes, 'x'),
      () => getImageDigest.decode(bytes, 'x'),
    ])
      try {
        work();
      } catch (thrown) {
        if (!isFault(thrown) || thrown.kind !== 'malformed') throw thrown;
      }
  };
  for (let length = 0; length <= exit.length; length += 1) read(exit.subarray(0, length));
  for (let round = 0; round < 500; round += 1) {
    const changed = Uint8Array.from(exit);
    changed[random.below(changed.length)] = random.below(256);
    read(changed);
  }
});
