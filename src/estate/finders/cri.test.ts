import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder } from '../../../test/contracts/image-source.contract.ts';
import { startFakeGrpcServer, type FakeProcedure } from '../../../test/fakes/grpc-server.ts';
import { listRuntimeContainers, listRuntimeImages, listRuntimePods } from '../../formats/records/cri-api.ts';
import { encodeProtobuf, type ProtobufField } from '../../formats/records/protobuf.ts';
import type { Survey } from '../finder.ts';
import { cri } from './cri.ts';

const id = (digit: string): string => `sha256:${digit.repeat(64)}`;
const listed =
  (...messages: readonly (readonly ProtobufField[])[]): FakeProcedure =>
  () => ({
    messages: [encodeProtobuf(messages.map((message) => [1, encodeProtobuf(message)]))],
  });

const survey = async (procedures: Readonly<Record<string, FakeProcedure>>, chosen = true): Promise<Survey> => {
  let result: Survey | undefined;
  await inFolder(async (folder, plain) => {
    const socket = join(folder, 'run/crio/crio.sock');
    await mkdir(join(folder, 'run/crio'), { recursive: true });
    await using _ = await startFakeGrpcServer(socket, procedures);
    const environment = chosen ? { CONTAINER_RUNTIME_ENDPOINT: `unix://${socket}` } : {};
    result = await cri.find({ root: folder }, { ...plain, environment });
  });
  assert.ok(result !== undefined);
  return result;
};

const runtime = {
  [listRuntimeImages.path]: listed(
    [
      [1, id('a')],
      [2, 'registry.example/app:1'],
      [3, `registry.example/app@${id('b')}`],
    ],
    [[1, 'c'.repeat(64)]],
  ),
  [listRuntimeContainers.path]: listed(
    [
      [1, 'c1'],
      [2, 'p1'],
      [3, encodeProtobuf([[1, 'web']])],
      [4, encodeProtobuf([[1, 'registry.example/app:1']])],
      [5, `registry.example/app@${id('b')}`],
      [6, 1],
    ],
    [
      [1, 'c2'],
      [5, id('d')],
      [6, 2],
    ],
  ),
  [listRuntimePods.path]: listed([
    [1, 'p1'],
    [
      2,
      encodeProtobuf([
        [1, 'web-1'],
        [3, 'shop'],
      ]),
    ],
  ]),
};

test('images with the pods that run them; a container of an image that no list has is told too', async () => {
  const { holdings, problems } = await survey(runtime);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    holdings.map(({ exact, loose, reading, uses }) => [
      exact,
      loose,
      reading,
      uses.map(({ state, names, container, pod }) => [state, names, container, pod]),
    ]),
    [
      [
        [id('a')],
        [id('b')],
        undefined,
        [['running', ['registry.example/app:1'], { id: 'c1', name: 'web' }, { namespace: 'shop', name: 'web-1' }]],
      ],
      [[id('c')], [], undefined, [['stored', [], undefined, undefined]]],
      [[], [id('d')], undefined, [['stopped', [], { id: 'c2' }, undefined]]],
    ],
  );
});

test('containerd without CRI is no runtime of Kubernetes, unless somebody named it as one', async () => {
  const usual = await survey({}, false);
  assert.deepEqual([usual.answered, usual.problems], [[], []]);
  assert.ok(usual.absent.some((where) => where.includes('crio.sock')));
  const { problems } = await survey({});
  assert.deepEqual(
    problems.map(({ fault }) => fault.code),
    ['ENGINE_REFUSES'],
  );
});
