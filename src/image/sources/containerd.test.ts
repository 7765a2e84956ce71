import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  faultOf,
  imageSourceContract,
  inFolder,
  listImage,
  listTar,
  sampleImage,
  sampleName,
  takeAny,
} from '../../../test/contracts/image-source.contract.ts';
import { repositoryContract } from '../../../test/contracts/repository.contract.ts';
import { startFakeContainerd, type FakeNamespace } from '../../../test/fakes/containerd.ts';
import { fakeContext } from '../../../test/fakes/context.ts';
import type { Context } from '../../core/context.ts';
import type { Image } from '../../core/image.ts';
import { parseReference } from '../../core/reference.ts';
import { buildImage, buildIndex } from '../oci-layout-writer.ts';
import { containerd } from './containerd.ts';

const servers: AsyncDisposable[] = [];
const swaps = new Map<string, Record<string, Uint8Array>>();
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

imageSourceContract({
  about: 'a namespace of containerd',
  source: containerd,
  hasManifest: true,
  place: async (folder, image) => {
    const socket = join(folder, 'contract.sock');
    servers.push(await startFakeContainerd(socket, { 'k8s.io': { images: { [sampleName]: image } } }));
    return { reference: `containerd:${sampleName}`, context: { environment: { CONTAINERD_ADDRESS: socket } } };
  },
});

repositoryContract({
  about: 'a namespace that holds signatures too',
  source: containerd,
  referrers: 'tag',
  place: async (folder, image, companions) => {
    const socket = join(folder, 'beside.sock');
    const [repository] = sampleName.split(':');
    const named = companions.map((one, position) => [`${repository}:${one.tag ?? `untagged-${position}`}`, one]);
    const images = Object.fromEntries([[sampleName, image], ...named]);
    const namespace = { images, swapped: {} };
    swaps.set(folder, namespace.swapped);
    servers.push(await startFakeContainerd(socket, { 'k8s.io': namespace }));
    return { reference: `containerd:${sampleName}`, context: { environment: { CONTAINERD_ADDRESS: socket } } };
  },
  alter: async (folder, digest, bytes) => {
    Object.assign(swaps.get(folder) ?? {}, { [digest]: bytes });
  },
});

const other = buildImage({ layers: [{ entries: [{ path: 'etc/other', content: 'another image' }] }] });
const arm = buildImage({
  layers: [{ entries: [{ path: 'etc/arch', content: 'arm64' }] }],
  config: { architecture: 'arm64' },
});
const index = buildIndex([{ image: sampleImage }, { image: arm }]);

const withContainerd = (
  namespaces: Readonly<Record<string, FakeNamespace>>,
  run: (open: (reference: string) => Promise<Image>, context: Context) => Promise<void>,
): Promise<void> =>
  inFolder(async (folder, plain) => {
    const socket = join(folder, 'c.sock');
    await using _ = await startFakeContainerd(socket, namespaces);
    const context = { ...plain, environment: { CONTAINERD_ADDRESS: `unix://${socket}` } };
    await run(async (reference) => {
      const [image, ...others] = await containerd.resolve(parseReference(reference), takeAny, context);
      assert.ok(image !== undefined && others.length === 0);
      return image;
    }, context);
  });

test('an image in any namespace is found by name, by digest, and by both', () =>
  withContainerd({ default: {}, 'k8s.io': { images: { [sampleName]: sampleImage } } }, async (open, context) => {
    for (const name of [
      sampleName,
      `k8s.io//${sampleName}`,
      sampleImage.manifestDigest,
      sampleImage.manifestDigest.slice(7),
    ]) {
      const image = await open(`containerd:${name}`);
      assert.deepEqual([image.findings, image.gaps], [[], []]);
      assert.equal(image.identity.manifest, sampleImage.manifestDigest);
      assert.equal(image.identity.config, sampleImage.configDigest);
      assert.match(image.reference, /^containerd:k8s\.io\/\//);
      assert.deepEqual(image.names, [sampleName]);
      assert.deepEqual(await listImage(image, context), await Promise.all(sampleImage.tars.map(listTar)));
      await image[Symbol.asyncDispose]();
    }
  }));

test("CRI's second name for an image, the digest of its config, leads to it", () =>
  withContainerd({ 'k8s.io': { images: { [sampleImage.configDigest]: sampleImage } } }, async (open) => {
    const image = await open(`containerd:${sampleImage.configDigest}`);
    assert.equal(image.identity.manifest, sampleImage.manifestDigest);
    await image[Symbol.asyncDispose]();
  }));

test('of an index the platform is taken; a manifest inside it is found by its own digest', () =>
  withContainerd({ moby: { images: { 'docker.io/library/many:latest': index } } }, async (open) => {
    const chosen = await open('containerd:many');
    assert.deepEqual(
      [chosen.identity.index, chosen.identity.manifest],
      [index.manifestDigest, sampleImage.manifestDigest],
    );
    await chosen[Symbol.asyncDispose]();
    const inner = await open(`containerd:moby//${arm.manifestDigest}`);
    assert.deepEqual([inner.identity.manifest, inner.platform?.architecture], [arm.manifestDigest, 'arm64']);
    await inner[Symbol.asyncDispose]();
  }));

test('one name for different images is misuse that lists the namespaces; one image in two is none', async () => {
  await withContainerd(
    { one: { images: { [sampleName]: sampleImage } }, two: { images: { [sampleName]: other } } },
    async (open) => {
      assert.match(
        await faultOf(open(`containerd:${sampleName}`)),
        /IMAGE_NAME_AMBIGUOUS.*containerd:one\/\/registry\.example\/team\/app:1, containerd:two\/\//,
      );
      const image = await open(`containerd:two//${sampleName}`);
      assert.equal(image.identity.manifest, other.manifestDigest);
      await image[Symbol.asyncDispose]();
    },
  );
  await withContainerd(
    { one: { images: { [sampleName]: sampleImage } }, two: { images: { [sampleName]: sampleImage } } },
    async (open) => (await open(`containerd:${sampleName}`))[Symbol.asyncDispose](),
  );
});

test('a layer that containerd has dropped is said, with the way out', () =>
  withContainerd(
    { 'k8s.io': { images: { [sampleName]: sampleImage }, without: [sampleImage.layerDigests[1] ?? ''] } },
    async (open, context) => {
      const image = await open(`containerd:${sampleName}`);
      await image.layers[0]?.open(context);
      const said = await faultOf(image.layers[1]?.open(context) ?? Promise.resolve());
      assert.match(said, /CONTAINERD_CONTENT_MISSING.*docker:\/\/registry\.example\/team\/app:1/);
      await image[Symbol.asyncDispose]();
    },
  ));

test('bytes that are not those of their digest are a finding', () => {
  const manifest = Buffer.concat([sampleImage.manifest, Buffer.from('\n')]);
  return withContainerd(
    { default: { images: { [sampleName]: sampleImage }, swapped: { [sampleImage.manifestDigest]: manifest } } },
    async (open) => {
      const image = await open(`containerd:${sampleName}`);
      assert.deepEqual(
        image.findings.map(({ rule }) => rule),
        ['image/manifest-digest-mismatch'],
      );
      assert.notEqual(image.identity.manifest, sampleImage.manifestDigest);
      await image[Symbol.asyncDispose]();
    },
  );
});

test('an image that is not there, and a containerd that is not, are different errors', async () => {
  await withContainerd({ default: { images: { [sampleName]: sampleImage } }, moby: {} }, async (open) => {
    const said = await faultOf(open('containerd:nginx'));
    assert.match(said, /ENGINE_IMAGE_MISSING.*default, moby.*docker:\/\/docker\.io\/library\/nginx:latest/);
    assert.match(await faultOf(open(`containerd:moby//${sampleName}`)), /ENGINE_IMAGE_MISSING/);
  });
  const context = fakeContext({ environment: { CONTAINERD_ADDRESS: '/nonexistent/c.sock' } });
  assert.match(
    await faultOf(containerd.resolve(parseReference('containerd:nginx'), takeAny, context)),
    /ENGINE_UNREACHABLE.*\/nonexistent\/c\.sock/,
  );
});
