import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../core/digest.ts';
import { isFault, unavailable } from '../core/fault.ts';
import type { Descriptor } from '../core/image.ts';
import { parsePlatform, type PlatformChoice } from '../core/platform.ts';
import { parseManifest, type ManifestDocument } from '../formats/records/oci-manifest.ts';
import { chooseManifests, requirePlatform, type ChosenManifest, type LoadedRoot } from './choose-platform.ts';
import { digestOf } from './digest-mismatch.ts';
import { buildImage, buildIndex, type Built } from './oci-layout-writer.ts';

const asked = (text: string): PlatformChoice => ({ all: false, platform: parsePlatform(text), asked: true });
const unasked = (text = 'linux/amd64'): PlatformChoice => ({ all: false, platform: parsePlatform(text), asked: false });
const imageFor = (text: string, content = text) =>
  buildImage({ layers: [{ entries: [{ path: 'f', content }] }], config: { ...parsePlatform(text) } });

const descriptorOf = (built: Built): Descriptor => ({
  mediaType: built.mediaType,
  digest: built.manifestDigest,
  size: built.manifest.length,
});

const documentOf = (built: Built): ManifestDocument => parseManifest(built.manifest, {}, '');

/** Chooses from an index whose blobs are all at hand, or lie in `blobs`. */
const choose = async (
  root: Built,
  choice: PlatformChoice,
  absent: readonly Digest[] = [],
): Promise<readonly ChosenManifest[]> => {
  const loaded: LoadedRoot = { descriptor: descriptorOf(root), document: documentOf(root) };
  return chooseManifests(
    loaded,
    choice,
    async ({ digest, mediaType }) => {
      const bytes = root.blobs.get(digest);
      if (bytes === undefined) throw unavailable('BLOB_MISSING', 'absent');
      return parseManifest(bytes, { mediaType }, digest);
    },
    { depth: 4, manifests: 20, isPresent: async ({ digest }) => !absent.includes(digest) },
  );
};

const codeOf = async (run: Promise<unknown>): Promise<string> => {
  try {
    await run;
  } catch (thrown) {
    if (isFault(thrown)) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'no fault';
};

const amd64 = imageFor('linux/amd64');
const arm64 = imageFor('linux/arm64/v8');
const armV6 = imageFor('linux/arm/v6');
const armV7 = imageFor('linux/arm/v7');
const attestation = {
  image: imageFor('linux/amd64', 'statement'),
  platform: { os: 'unknown', architecture: 'unknown' },
};
const index = buildIndex([{ image: amd64 }, { image: arm64 }, { image: armV6 }, { image: armV7 }, attestation]);

test('a manifest that is no index is taken as it is, without an index digest', async () => {
  const [chosen] = await choose(amd64, asked('linux/arm64'));
  assert.equal(chosen?.descriptor.digest, amd64.manifestDigest);
  assert.equal(chosen?.indexDigest, undefined);
});

test('the platform asked for is taken, with the digest of the index', async () => {
  const [chosen, ...others] = await choose(index, asked('linux/arm64'));
  assert.equal(chosen?.descriptor.digest, arm64.manifestDigest);
  assert.equal(chosen?.indexDigest, index.manifestDigest);
  assert.equal(others.length, 0);
});

test('variants follow containerd: arm means v7, and v6 only when written', async () => {
  assert.equal((await choose(index, asked('linux/arm/v6')))[0]?.descriptor.digest, armV6.manifestDigest);
  assert.equal((await choose(index, asked('linux/arm/v7')))[0]?.descriptor.digest, armV7.manifestDigest);
  assert.equal((await choose(index, asked('linux/arm')))[0]?.descriptor.digest, armV7.manifestDigest);
  assert.equal((await choose(buildIndex([{ image: armV6 }]), asked('linux/arm'))).length, 1);
  const plain = buildIndex([{ image: armV6 }, { image: armV7, platform: { os: 'linux', architecture: 'arm' } }]);
  assert.equal((await choose(plain, asked('linux/arm/v7')))[0]?.descriptor.digest, armV7.manifestDigest);
  assert.equal((await choose(plain, asked('linux/arm')))[0]?.descriptor.digest, armV7.manifestDigest);
});

test('a platform that is not there is a Fault that lists what is', async () => {
  assert.match(
    await codeOf(choose(index, asked('linux/s390x'))),
    /^PLATFORM_NOT_FOUND: .*linux\/s390x.*linux\/amd64, linux\/arm64\/v8, linux\/arm\/v6, linux\/arm\/v7/,
  );
});

test('not asked for, the only runnable image is taken and said so; of two, none', async () => {
  const one = buildIndex([{ image: arm64 }, attestation]);
  const [chosen] = await choose(one, unasked());
  assert.equal(chosen?.descriptor.digest, arm64.manifestDigest);
  assert.match(chosen?.note ?? '', /no linux\/amd64; took the only one/);
  assert.match(await codeOf(choose(one, asked('linux/amd64'))), /^PLATFORM_NOT_FOUND/);
  assert.match(
    await codeOf(choose(buildIndex([{ image: arm64 }, { image: armV7 }]), unasked())),
    /^PLATFORM_NOT_FOUND/,
  );
});

test('an image found by its platform carries no note', async () => {
  assert.equal((await choose(index, unasked()))[0]?.note, undefined);
});

test('an attestation is never an image, alone neither', async () => {
  assert.match(await codeOf(choose(buildIndex([attestation]), unasked())), /^PLATFORM_NOT_FOUND: .*no runnable image/);
  assert.match(await codeOf(choose(buildIndex([attestation]), { all: true })), /^PLATFORM_NOT_FOUND/);
});

test('all platforms means every image of all nested indexes, once, without attestations', async () => {
  const nested = buildIndex([{ image: index }, { image: amd64 }, { image: imageFor('linux/s390x') }]);
  const chosen = await choose(nested, { all: true });
  assert.deepEqual(
    chosen.map(({ platform }) => platform?.architecture),
    ['amd64', 'arm64', 'arm', 'arm', 's390x'],
  );
  assert.ok(chosen.every(({ indexDigest }) => indexDigest === nested.manifestDigest));
});

test('what an index lists and a copy does not hold is a gap of the first image, and no choice', async () => {
  const absent = [amd64.manifestDigest, armV6.manifestDigest];
  const chosen = await choose(index, { all: true }, absent);
  assert.deepEqual(
    chosen.map(({ descriptor }) => descriptor.digest),
    [arm64.manifestDigest, armV7.manifestDigest],
  );
  assert.deepEqual(
    chosen.map(({ gaps }) => gaps.map(({ code }) => code)),
    [['PLATFORM_NOT_STORED', 'PLATFORM_NOT_STORED'], []],
  );
  assert.match(await codeOf(choose(index, asked('linux/amd64'), absent)), /linux\/amd64 \(not in this copy\)/);
  const held = await choose(index, unasked(), [...absent, armV7.manifestDigest]);
  assert.equal(held[0]?.descriptor.digest, arm64.manifestDigest);
});

test('two images under one platform are a tampering finding; the same one twice is none', async () => {
  const [doubled] = await choose(
    buildIndex([{ image: amd64 }, { image: imageFor('linux/amd64', 'other') }]),
    unasked(),
  );
  assert.equal(doubled?.descriptor.digest, amd64.manifestDigest);
  assert.deepEqual(
    doubled?.findings.map(({ rule, intent }) => [rule, intent]),
    [['image/platform-ambiguous', 'tampering']],
  );
  const [same] = await choose(buildIndex([{ image: amd64 }, { image: amd64 }]), unasked());
  assert.deepEqual(same?.findings, []);
});

test('Windows builds of one architecture are told apart by their version', async () => {
  const windows = (version: string) => ({
    image: imageFor('windows/amd64', version),
    platform: { os: 'windows', architecture: 'amd64', 'os.version': version },
  });
  const [chosen] = await choose(buildIndex([windows('10.0.1'), windows('10.0.2')]), asked('windows/amd64'));
  assert.deepEqual(chosen?.findings, []);
});

test('indexes nested to the limit are walked, deeper ones refused', async () => {
  const nest = (levels: number): Built => (levels === 0 ? amd64 : buildIndex([{ image: nest(levels - 1) }]));
  assert.equal((await choose(nest(4), unasked()))[0]?.descriptor.digest, amd64.manifestDigest);
  assert.match(await codeOf(choose(nest(5), unasked())), /^INDEX_TOO_DEEP/);
});

test('an index with more entries than the limit is refused', async () => {
  const members = Array.from({ length: 21 }, (_, position) => ({ image: imageFor('linux/amd64', `${position}`) }));
  assert.match(await codeOf(choose(buildIndex(members), unasked())), /^INDEX_TOO_LARGE/);
  assert.equal((await choose(buildIndex(members.slice(0, 20)), unasked())).length, 1);
});

test('an index that is said to contain itself is refused', async () => {
  const digest = digestOf(Buffer.from('x'));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const document: ManifestDocument = {
    kind: 'index',
    mediaType,
    annotations: {},
    manifests: [{ mediaType, digest, size: 1 }],
  };
  const run = chooseManifests(
    { descriptor: { mediaType, digest, size: 1 }, document },
    unasked(),
    async () => document,
  );
  assert.match(await codeOf(run), /^INDEX_LOOP/);
  const inner = digestOf(Buffer.from('y'));
  const outer: ManifestDocument = { ...document, manifests: [{ mediaType, digest: inner, size: 1 }] };
  const second = chooseManifests(
    { descriptor: { mediaType, digest, size: 1 }, document: outer },
    unasked(),
    async () => outer,
  );
  assert.match(await codeOf(second), /^INDEX_LOOP/);
});

test('entries without a platform are taken only when there is no choice', async () => {
  const nameless = (content: string) => {
    const { platform, ...image } = imageFor('linux/amd64', content);
    assert.equal(platform.os, 'linux');
    return { image };
  };
  assert.equal((await choose(buildIndex([nameless('a')]), asked('linux/arm64'))).length, 1);
  const mixed = buildIndex([nameless('a'), { image: amd64 }]);
  assert.equal((await choose(mixed, unasked()))[0]?.descriptor.digest, amd64.manifestDigest);
  assert.match(await codeOf(choose(buildIndex([nameless('a'), nameless('b')]), unasked())), /^PLATFORM_NOT_FOUND/);
});

test('an image of another platform than the one asked for is refused; not asked for, it is taken', () => {
  const image = { platform: parsePlatform('linux/arm64'), reference: 'r' };
  assert.throws(
    () => requirePlatform(image, asked('linux/amd64')),
    /no image for linux\/amd64; there is: linux\/arm64/,
  );
  requirePlatform(image, unasked());
  requirePlatform(image, { all: true });
  requirePlatform(image, asked('linux/arm64/v8'));
});
