/** A real containerd: what its API gives is the image that was imported, in whichever namespace; what it has dropped is said. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Context } from '../../src/core/context.ts';
import { isSameImage } from '../../src/core/identity.ts';
import type { Image } from '../../src/core/image.ts';
import type { PlatformChoice } from '../../src/core/platform.ts';
import { parseReference } from '../../src/core/reference.ts';
import { containerd as finder } from '../../src/estate/finders/containerd.ts';
import { cri } from '../../src/estate/finders/cri.ts';
import { buildImage, buildIndex, writeOciArchive } from '../../src/image/oci-layout-writer.ts';
import { containerd } from '../../src/image/sources/containerd.ts';
import { ociArchive } from '../../src/image/sources/oci-archive.ts';
import { faultOf, listImage, listTar, sampleImage, takeAny } from '../contracts/image-source.contract.ts';
import { fakeContext } from '../fakes/context.ts';
import { startContainedContainerd, type ContainedContainerd } from './contained-containerd.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const name = 'registry.example/team/app:1';
const large = buildImage({
  layers: [
    // More than one message, and more than a window of the connection.
    {
      entries: [{ path: 'srv/large', content: Buffer.alloc(40_000_000, 'nothing repeats as well as this') }],
      compression: 'none',
    },
  ],
});
const arm = buildImage({
  layers: [{ entries: [{ path: 'etc/arch', content: 'arm64' }] }],
  config: { architecture: 'arm64' },
});
const index = buildIndex([{ image: sampleImage }, { image: arm }]);

void suite('containerd', when, () => {
  let folder = '';
  let engine: ContainedContainerd;
  let context: Context;

  before(async () => {
    if (!required) return;
    folder = await mkdtemp(join(tmpdir(), 'tw-ctr-'));
    engine = await startContainedContainerd(join(folder, 'c'));
    context = {
      ...fakeContext({
        environment: { CONTAINERD_ADDRESS: engine.socket, CONTAINER_RUNTIME_ENDPOINT: engine.socket },
        network: { timeoutMs: 30_000 },
      }),
      temporaryFolder: async () => folder,
    };
    const add = async (image: Parameters<typeof writeOciArchive>[1], as: string, ...words: readonly string[]) => {
      const file = join(folder, 'import.tar');
      await writeOciArchive(file, image, as);
      await engine.ctr(...words.slice(0, 2), 'images', 'import', ...words.slice(2), file);
    };
    await add(sampleImage, name, '-n', 'demo');
    await add(sampleImage, name, '-n', 'k8s.io');
    await add(large, 'registry.example/team/large:1', '-n', 'demo');
    await add(index, 'registry.example/team/many:1', '-n', 'demo', '--all-platforms');
  });

  after(async () => {
    await engine?.[Symbol.asyncDispose]();
    if (folder !== '') await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const open = async (reference: string, choice: PlatformChoice = takeAny): Promise<Image> => {
    const [image, ...others] = await containerd.resolve(parseReference(reference), choice, context);
    assert.ok(image !== undefined && others.length === 0);
    return image;
  };

  test('gives the image that was imported, by name and by digest, in any namespace', async () => {
    for (const reference of [
      name,
      `demo//${name}`,
      `k8s.io//${sampleImage.configDigest}`,
      sampleImage.manifestDigest,
    ]) {
      const image = await open(`containerd:${reference}`);
      assert.deepEqual([image.findings, image.gaps, image.names], [[], [], [name]]);
      assert.deepEqual(await listImage(image, context), await Promise.all(sampleImage.tars.map(listTar)));
      await image[Symbol.asyncDispose]();
    }
  });

  test('its image is the one in the archive', async () => {
    const file = join(folder, 'same.tar');
    await writeOciArchive(file, sampleImage, name);
    const image = await open(`containerd:${name}`);
    const [archive] = await ociArchive.resolve(parseReference(`oci-archive:${file}`), takeAny, context);
    assert.ok(archive !== undefined && isSameImage(image.identity, archive.identity));
    await Promise.all([image, archive].map((one) => one[Symbol.asyncDispose]()));
  });

  test('a layer of many messages comes whole, and several at once', async () => {
    const image = await open('containerd:registry.example/team/large:1');
    const read = async (): Promise<number> => {
      let bytes = 0;
      const [layer] = image.layers;
      assert.ok(layer !== undefined);
      for await (const chunk of await layer.open(context)) bytes += chunk.length;
      return bytes;
    };
    const [whole] = large.tars;
    assert.deepEqual(await Promise.all([read(), read(), read()]), Array(3).fill(whole?.length));
    await image[Symbol.asyncDispose]();
  });

  test('of an index every stored platform is told, and each can be read', async () => {
    const { holdings } = await finder.find({ root: '/' }, context);
    const many = holdings.filter(({ uses }) => uses[0]?.names.includes('registry.example/team/many:1'));
    assert.deepEqual(
      many.map(({ reading }) => reading?.platform ?? '').toSorted((one, two) => one.localeCompare(two)),
      ['linux/amd64', 'linux/arm64'],
    );
    const image = await open('containerd:registry.example/team/many:1', {
      all: false,
      platform: { os: 'linux', architecture: 'arm64' },
      asked: true,
    });
    assert.deepEqual([image.identity.config, image.identity.index], [arm.configDigest, index.manifestDigest]);
    await image[Symbol.asyncDispose]();
  });

  test('CRI names the image by its config, without a way to its bytes', async () => {
    const { holdings, answered } = await cri.find({ root: '/' }, context);
    assert.equal(answered.length, 1);
    assert.deepEqual(
      holdings.map(({ exact, reading, uses }) => [exact, reading, uses[0]?.names]),
      [[[sampleImage.configDigest], undefined, [name]]],
    );
  });

  test('an image that no namespace has is a clear error that lists where was looked', async () => {
    assert.match(await faultOf(open('containerd:nginx')), /ENGINE_IMAGE_MISSING.*demo, k8s\.io/);
    assert.match(await faultOf(open(`containerd:nowhere//${name}`)), /ENGINE_IMAGE_MISSING.*nowhere/);
  });

  test('a layer that was dropped from the content store is told, with the way out', async () => {
    const [, middle] = sampleImage.layerDigests;
    assert.ok(middle !== undefined);
    await engine.ctr('-n', 'demo', 'content', 'rm', middle);
    const image = await open(`containerd:demo//${name}`);
    assert.match(
      await faultOf(image.layers[1]?.open(context) ?? Promise.resolve()),
      /CONTAINERD_CONTENT_MISSING.*namespace demo.*ctr content fetch/,
    );
    await image[Symbol.asyncDispose]();
    // The other namespace keeps its own.
    const other = await open(`containerd:k8s.io//${name}`);
    assert.equal((await listImage(other, context)).length, 3);
    await other[Symbol.asyncDispose]();
  });
});

test('containerd without CRI is no runtime of Kubernetes', when, async () => {
  if (!required) return;
  const folder = await mkdtemp(join(tmpdir(), 'tw-ctr-'));
  try {
    await using engine = await startContainedContainerd(join(folder, 'c'), { criDisabled: true });
    const context = fakeContext({ environment: { CONTAINER_RUNTIME_ENDPOINT: engine.socket } });
    const { problems } = await cri.find({ root: '/' }, context);
    assert.match(problems[0]?.fault.message ?? '', /unknown service runtime\.v1/);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
