import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { imageSourceContract, sampleImage, takeAny } from '../../../test/contracts/image-source.contract.ts';
import { companionOf, listOf, repositoryContract } from '../../../test/contracts/repository.contract.ts';
import { fakeContext, type FakeContextOptions } from '../../../test/fakes/context.ts';
import { startFakeRegistry, type FakeRegistry } from '../../../test/fakes/registry.ts';
import { collect } from '../../core/collect.ts';
import { isFault } from '../../core/fault.ts';
import type { Image } from '../../core/image.ts';
import type { PlatformChoice } from '../../core/platform.ts';
import { parseReference } from '../../core/reference.ts';
import { buildImage, buildIndex } from '../oci-layout-writer.ts';
import { registry } from './registry.ts';

const shared = await startFakeRegistry({ login: { kind: 'bearer' } });
after(() => shared[Symbol.asyncDispose]());

imageSourceContract({
  about: 'with tokens',
  source: registry,
  hasManifest: true,
  keepsSignatures: true,
  place: async (_folder, image) => {
    shared.put('team/app', image, '1');
    return { reference: `docker://${shared.host}/team/app:1` };
  },
});

for (const referrers of ['computed', 'tag'] as const) {
  const server = await startFakeRegistry({ hasReferrers: referrers === 'computed' });
  after(() => server[Symbol.asyncDispose]());
  let cases = 0;
  let repository = '';
  repositoryContract({
    about: referrers === 'computed' ? 'with the referrers API' : 'without it',
    source: registry,
    referrers,
    place: async (_folder, image, companions) => {
      cases += 1;
      repository = `team/app-${cases}`;
      server.troubles.length = 0;
      server.put(repository, image, '1');
      for (const companion of companions) server.put(repository, companion, companion.tag);
      return { reference: `docker://${server.host}/${repository}:1` };
    },
    alter: async (_folder, digest, bytes) => {
      const on = new RegExp(`/${repository}/(?:blobs|manifests)/${digest}`);
      server.troubles.push({ on, how: { kind: 'status', status: 200, body: Buffer.from(bytes).toString() } });
    },
  });
}

test('an API that knows of none does not hide what lies under the fallback tag', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  const signature = companionOf('pushed before the API was there');
  server.put('team/app', signature);
  const list = listOf(sampleImage, [signature]);
  server.put('team/app', list, list.tag);
  await using image = await one(server, 'team/app:1');
  const found = await image.repository?.referrers(sampleImage.manifestDigest, fakeContext());
  assert.deepEqual(
    found?.map(({ digest }) => digest),
    [signature.manifestDigest],
  );
});

test('what lies beside an image is fetched once, and what failed is tried again', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  server.put('team/app', companionOf('signed'), 'sha256-1.sig');
  await using image = await one(server, 'team/app:1');
  const { repository } = image;
  assert.equal(repository?.name, `${server.host}/team/app`);
  server.troubles.push({ on: /manifests\/sha256-1/, how: { kind: 'status', status: 403 }, times: 1 });
  await fails(repository.manifest('sha256-1.sig', fakeContext()), 'REGISTRY_FORBIDDEN');
  for (let time = 0; time < 3; time += 1)
    assert.ok((await repository.manifest('sha256-1.sig', fakeContext())) !== undefined);
  assert.equal(server.asked().filter((line) => line.endsWith('/manifests/sha256-1.sig')).length, 2);
});

const resolve = async (
  server: FakeRegistry,
  name: string,
  { choice = takeAny, ...surroundings }: FakeContextOptions & { readonly choice?: PlatformChoice } = {},
): Promise<readonly Image[]> =>
  registry.resolve(parseReference(`docker://${server.host}/${name}`), choice, fakeContext(surroundings));

const one = async (server: FakeRegistry, name: string): Promise<Image> => {
  const [image] = await resolve(server, name);
  assert.ok(image !== undefined);
  return image;
};

const fails = async (work: Promise<unknown>, code: string): Promise<void> => {
  await assert.rejects(work, (thrown) => {
    assert.ok(isFault(thrown), String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    return true;
  });
};

const arm = buildImage({
  layers: [{ entries: [{ path: 'etc/arch', content: 'arm64' }] }],
  config: { architecture: 'arm64' },
});
const index = buildIndex([{ image: sampleImage }, { image: arm }]);

test('the platform is chosen from an index, and the index is part of the identity', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', index, '1');
  await using image = await one(server, 'team/app:1');
  assert.equal(image.identity.index, index.manifestDigest);
  assert.equal(image.digest, sampleImage.manifestDigest);
  assert.equal(image.reference, `docker://${server.host}/team/app:1@${sampleImage.manifestDigest}`);
});

test('all platforms share one client, which closes with the last', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', index, '1');
  const images = await resolve(server, 'team/app:1', { choice: { all: true } });
  assert.deepEqual(
    images.map(({ platform }) => platform?.architecture),
    ['amd64', 'arm64'],
  );
  const [first, last] = images;
  await first?.[Symbol.asyncDispose]();
  await first?.[Symbol.asyncDispose]();
  const stream = await last?.layers[0]?.open(fakeContext());
  assert.ok(stream !== undefined && (await collect(stream, 1e6)).length > 0);
  await last?.[Symbol.asyncDispose]();
});

test('a platform whose config cannot be had is a gap of the others', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', index, '1');
  server.troubles.push({ on: new RegExp(sampleImage.configDigest), how: { kind: 'status', status: 404 } });
  const [image, ...others] = await resolve(server, 'team/app:1', { choice: { all: true } });
  assert.equal(others.length, 0);
  assert.deepEqual(
    image?.gaps.map(({ where, code }) => [where, code]),
    [['platform linux/amd64', 'BLOB_UNKNOWN']],
  );
  await image?.[Symbol.asyncDispose]();
  await fails(resolve(server, 'team/app:1'), 'BLOB_UNKNOWN');
});

test('the tag is asked for once; what it names later changes nothing', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  await using image = await one(server, 'team/app:1');
  server.put('team/app', arm, '1');
  const stream = await image.layers[2]?.open(fakeContext());
  assert.ok(stream !== undefined && (await collect(stream, 1e6)).length > 0);
  assert.equal(server.asked().filter((line) => line.endsWith('/manifests/1')).length, 1);
});

test('a digest decides, whatever the tag beside it names', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  server.put('team/app', arm, '2');
  await using image = await one(server, `team/app:2@${sampleImage.manifestDigest}`);
  assert.equal(image.digest, sampleImage.manifestDigest);
  assert.deepEqual(image.findings, []);
  assert.ok(!server.asked().some((line) => line.endsWith('/manifests/2')));
});

const rules = (image: Image): readonly string[] => image.findings.map(({ rule }) => rule);

test('bytes that are not those of the digest are tampering', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  server.putManifest('team/app', { mediaType: arm.mediaType, bytes: arm.manifest });
  for (const [digest, bytes] of arm.blobs) assert.equal(server.putBlob(bytes), digest);
  const swap = { kind: 'redirect', to: `/v2/team/app/manifests/${arm.manifestDigest}` } as const;
  server.troubles.push({ on: new RegExp(`manifests/${sampleImage.manifestDigest}`), how: swap });
  await using image = await one(server, `team/app@${sampleImage.manifestDigest}`);
  assert.deepEqual(rules(image), ['image/manifest-digest-mismatch']);
  assert.equal(image.digest, arm.manifestDigest, 'named by what was read, not by what was asked for');
});

test('a registry that states another digest than its bytes have is tampering', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  const headers = { 'docker-content-digest': arm.manifestDigest };
  server.troubles.push({ on: /manifests/, how: { kind: 'headers', headers } });
  await using image = await one(server, 'team/app:1');
  assert.deepEqual(rules(image), ['image/manifest-digest-mismatch']);
});

test('a config that was changed is tampering', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  const body = Buffer.from(sampleImage.blobs.get(sampleImage.configDigest) ?? [])
    .toString()
    .replace('amd64', 'AMD64');
  server.troubles.push({ on: new RegExp(sampleImage.configDigest), how: { kind: 'status', status: 200, body } });
  await using image = await one(server, 'team/app:1');
  assert.ok(rules(image).includes('image/config-digest-mismatch'));
});

/** The sample with a manifest that states other sizes than its blobs have. */
const missized = (change: (manifest: { config: { size: number }; layers: { size: number }[] }) => void) => {
  const manifest = JSON.parse(Buffer.from(sampleImage.manifest).toString()) as Parameters<typeof change>[0];
  change(manifest);
  return { ...sampleImage, manifest: Buffer.from(JSON.stringify(manifest)) };
};

test('a config with another size than the manifest states is tampering, and is read all the same', async () => {
  for (const difference of [-100, 100]) {
    await using server = await startFakeRegistry();
    const lie = missized(({ config }) => (config.size += difference));
    server.put('team/app', lie, '1');
    await using image = await one(server, 'team/app:1');
    assert.deepEqual(rules(image), ['image/config-size-mismatch']);
    assert.deepEqual(image.config?.entrypoint, ['/bin/sh']);
    assert.equal(image.identity.config, sampleImage.configDigest);
  }
});

test('a config to which the server adds something is tampering; one without end is given up', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  server.troubles.push({ on: new RegExp(sampleImage.configDigest), how: { kind: 'longer', more: 10_000 } });
  await using image = await one(server, 'team/app:1');
  assert.deepEqual(rules(image), ['image/config-digest-mismatch']);
  assert.notEqual(image.identity.config, sampleImage.configDigest, 'named by what was read');
  await fails(resolve(server, 'team/app:1', { limits: { record: 8000 } }), 'CONTENT_TOO_LARGE');
});

test('a layer that is longer than the manifest states is given whole, for the audit to compare', async () => {
  await using server = await startFakeRegistry();
  const lie = missized(({ layers }) => layers.forEach((layer) => (layer.size -= 50)));
  server.put('team/app', lie, '1');
  await using image = await one(server, 'team/app:1');
  const read = async (context = fakeContext()) => collect((await image.layers[1]?.open(context)) ?? assert.fail(), 1e7);
  const expected = sampleImage.blobs.get(sampleImage.layerDigests[1] ?? 'sha256:') ?? new Uint8Array();
  assert.deepEqual(Buffer.from(await read()), Buffer.from(expected));
  assert.equal(image.layers[1]?.size, expected.length - 50);
  await fails(read(fakeContext({ limits: { bytes: expected.length - 1 } })), 'BLOB_TOO_LONG');
});

test('Content-Type, media type and shape must agree', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  const headers = { 'content-type': index.mediaType };
  server.troubles.push({ on: /manifests/, how: { kind: 'headers', headers } });
  await fails(resolve(server, 'team/app:1'), 'MEDIA_TYPE_DISAGREES');
});

test('an artifact that is no image says so', async () => {
  await using server = await startFakeRegistry();
  const config = Buffer.from('{}');
  const chart = Buffer.from('chart');
  const type = 'application/vnd.cncf.helm.config.v1+json';
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const layer = {
    mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    digest: server.putBlob(chart),
    size: 5,
  };
  const body = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: type, digest: server.putBlob(config), size: 2 },
    layers: [layer],
  };
  server.putManifest('team/chart', { mediaType, bytes: Buffer.from(JSON.stringify(body)) }, '1');
  await using image = await one(server, 'team/chart:1');
  assert.equal(image.config, undefined);
  assert.deepEqual(
    image.gaps.map(({ code }) => code),
    ['ARTIFACT_NOT_IMAGE'],
  );
  assert.deepEqual(
    image.layers.map(({ mediaType: kind }) => kind),
    [layer.mediaType],
  );
});

test('referrers of the manifest and of its index are listed, with and without the API', async () => {
  for (const hasReferrers of [true, false]) {
    await using server = await startFakeRegistry({ hasReferrers });
    server.put('team/app', index, '1');
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const signature = (digest: string) => {
      const empty = {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: server.putBlob(Buffer.from('{}')),
        size: 2,
      };
      const subject = { mediaType, digest, size: 9 };
      return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: empty, layers: [], subject }));
    };
    const expected = [sampleImage.manifestDigest, index.manifestDigest].map((digest) => {
      const bytes = signature(digest);
      const referrer = server.putManifest('team/app', { mediaType, bytes });
      const list = {
        schemaVersion: 2,
        mediaType: index.mediaType,
        manifests: [{ mediaType, digest: referrer, size: bytes.length }],
      };
      const fallback = { mediaType: index.mediaType, bytes: Buffer.from(JSON.stringify(list)) };
      if (!hasReferrers) server.putManifest('team/app', fallback, digest.replace(':', '-'));
      return referrer;
    });
    await using image = await one(server, 'team/app:1');
    assert.deepEqual(
      (await image.referrers(fakeContext())).map(({ digest }) => digest),
      expected,
    );
  }
});

test('a layer that breaks off arrives whole, a registry that keeps stalling does not', async () => {
  await using server = await startFakeRegistry();
  server.put('team/app', sampleImage, '1');
  const [image] = await resolve(server, 'team/app:1', { network: { timeoutMs: 250 } });
  assert.ok(image !== undefined);
  const layer = image.layers[1];
  const expected = sampleImage.blobs.get(sampleImage.layerDigests[1] ?? 'sha256:');
  server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 50 }, times: 1 });
  const read = async () =>
    collect((await layer?.open(fakeContext({ network: { timeoutMs: 250 } }))) ?? assert.fail(), 1e7);
  assert.deepEqual(Buffer.from(await read()), Buffer.from(expected ?? []));
  server.troubles.push({ on: /blobs/, how: { kind: 'stall', bytes: 50 } });
  await fails(read(), 'REGISTRY_STALLED');
  await image[Symbol.asyncDispose]();
});

test('another scheme is misuse', async () => {
  await fails(registry.resolve(parseReference('oci:somewhere'), takeAny, fakeContext()), 'REFERENCE_INVALID');
});
