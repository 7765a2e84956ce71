import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder, sampleImage } from '../../../test/contracts/image-source.contract.ts';
import { startFakeContainerd, type FakeNamespace } from '../../../test/fakes/containerd.ts';
import type { FakeProcedure } from '../../../test/fakes/grpc-server.ts';
import { listImages } from '../../formats/records/containerd-api.ts';
import { buildImage, buildIndex } from '../../image/oci-layout-writer.ts';
import type { Survey } from '../finder.ts';
import { containerd } from './containerd.ts';

const name = 'registry.example/team/app:1';
const arm = buildImage({
  layers: [{ entries: [{ path: 'etc/arch', content: 'arm64' }] }],
  config: { architecture: 'arm64' },
});
const provenance = buildImage({ layers: [{ tar: Buffer.from('{}'), compression: 'none' }] });
const index = buildIndex([
  { image: sampleImage },
  { image: arm },
  { image: provenance, platform: { os: 'unknown', architecture: 'unknown' } },
]);

const survey = async (
  namespaces: Readonly<Record<string, FakeNamespace>>,
  more: Readonly<Record<string, FakeProcedure>> = {},
): Promise<Survey & { readonly at: string }> => {
  let result: (Survey & { readonly at: string }) | undefined;
  await inFolder(async (folder, plain) => {
    const socket = join(folder, 'c.sock');
    await using _ = await startFakeContainerd(socket, namespaces, more);
    const context = { ...plain, environment: { CONTAINERD_ADDRESS: socket } };
    result = { ...(await containerd.find({ root: folder }, context)), at: `unix://${socket}` };
  });
  assert.ok(result !== undefined);
  return result;
};

test('an image of each namespace, with all its names; CRI’s second record is no name', async () => {
  const { holdings, at, answered } = await survey({
    'k8s.io': { images: { [name]: sampleImage, [sampleImage.configDigest]: sampleImage, 'other:1': sampleImage } },
    demo: { images: { [name]: sampleImage } },
  });
  assert.deepEqual(answered, [`containerd at ${at}`]);
  const reading = (namespace: string) => ({
    environment: { CONTAINERD_ADDRESS: at },
    reference: `containerd:${namespace}//${sampleImage.manifestDigest}`,
  });
  const use = { engine: 'containerd', at, state: 'stored' };
  const exact = [sampleImage.manifestDigest, sampleImage.configDigest];
  assert.deepEqual(holdings, [
    { exact, loose: [], reading: reading('k8s.io'), uses: [{ ...use, namespace: 'k8s.io', names: [name, 'other:1'] }] },
    { exact, loose: [], reading: reading('demo'), uses: [{ ...use, namespace: 'demo', names: [name] }] },
  ]);
});

test('containers are told by their tasks, with the pod that CRI’s labels name', async () => {
  const labels = {
    'io.kubernetes.pod.name': 'web-1',
    'io.kubernetes.pod.namespace': 'shop',
    'io.kubernetes.container.name': 'nginx',
  };
  const { holdings } = await survey({
    'k8s.io': {
      images: { [name]: sampleImage },
      containers: [
        { id: 'c1', image: name, task: 2, labels },
        { id: 'c2', image: name, task: 3 },
        { id: 'c3', image: name },
        { id: 'c4', image: name, task: 4 },
      ],
    },
  });
  assert.deepEqual(
    holdings.flatMap(({ uses }) => uses.map(({ state, container, pod }) => [state, container, pod])),
    [
      ['running', { id: 'c1', name: 'nginx' }, { namespace: 'shop', name: 'web-1' }],
      ['stopped', { id: 'c2' }, undefined],
      ['stopped', { id: 'c3' }, undefined],
      ['paused', { id: 'c4' }, undefined],
    ],
  );
});

test('of an index, what is stored is an image each; what is only listed is none', async () => {
  const both = await survey({ moby: { images: { many: index } } });
  assert.deepEqual(
    both.holdings.map(({ exact, loose, reading }) => [exact[0], loose, reading?.platform]),
    [
      [sampleImage.manifestDigest, [index.manifestDigest], 'linux/amd64'],
      [arm.manifestDigest, [index.manifestDigest], 'linux/arm64'],
    ],
  );
  const one = await survey({ moby: { images: { many: index }, without: [arm.configDigest] } });
  assert.deepEqual(
    one.holdings.map(({ exact }) => exact[0]),
    [sampleImage.manifestDigest],
  );
  // Nothing that runs is there: the record is judged as it is, and says so.
  const none = await survey({
    moby: { images: { many: index }, without: [arm.configDigest, sampleImage.configDigest] },
  });
  assert.deepEqual(
    none.holdings.map(({ exact, loose, reading }) => [exact, loose, reading?.reference]),
    [[[], [index.manifestDigest], `containerd:moby//${index.manifestDigest}`]],
  );
});

test('two builds for one platform are told apart by digest', async () => {
  const twin = buildImage({ layers: [{ entries: [{ path: 'etc/twin', content: 'x' }] }] });
  const pair = buildIndex([{ image: sampleImage }, { image: twin }]);
  const { holdings } = await survey({ default: { images: { pair } } });
  assert.deepEqual(
    holdings.map(({ reading }) => [reading?.reference, reading?.platform]),
    [sampleImage, twin].map(({ manifestDigest }) => [`containerd:default//${manifestDigest}`, undefined]),
  );
});

test('a container whose image is gone is told; one that Docker made of its own folder is Docker’s', async () => {
  const container = (image: string) => ({ containers: [{ id: 'c1', image, task: 2 }] });
  const { holdings, at } = await survey({ demo: container('gone:1'), moby: container(''), other: container('') });
  const use = { engine: 'containerd', at, state: 'running', container: { id: 'c1' } };
  assert.deepEqual(holdings, [
    { exact: [], loose: [], uses: [{ ...use, namespace: 'demo', names: ['gone:1'] }] },
    { exact: [], loose: [], uses: [{ ...use, namespace: 'other', names: [] }] },
  ]);
});

test('a list that is refused is a problem, never an empty list', async () => {
  const { holdings, problems } = await survey(
    { demo: { images: { [name]: sampleImage } } },
    { [listImages.path]: () => ({ status: 7, message: 'not%20you' }) },
  );
  assert.deepEqual(
    [holdings, problems.map(({ fault }) => [fault.code, /not you/.test(fault.message)])],
    [[], [['ENGINE_REFUSES', true]]],
  );
});

test('a manifest that is none makes the record one image, which its judgement then explains', async () => {
  const { holdings } = await survey({
    demo: { images: { [name]: sampleImage }, swapped: { [sampleImage.manifestDigest]: Buffer.from('{]') } },
  });
  assert.deepEqual(
    holdings.map(({ exact, loose }) => [exact, loose]),
    [[[], [sampleImage.manifestDigest]]],
  );
});
