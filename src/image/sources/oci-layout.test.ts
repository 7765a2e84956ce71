import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  faultOf,
  imageSourceContract,
  inFolder,
  sampleImage,
  takeAny,
} from '../../../test/contracts/image-source.contract.ts';
import { companionOf, layoutIndex, repositoryContract } from '../../../test/contracts/repository.contract.ts';
import type { Context } from '../../core/context.ts';
import { digestHex, type Digest } from '../../core/digest.ts';
import type { Image } from '../../core/image.ts';
import type { PlatformChoice } from '../../core/platform.ts';
import { parseReference } from '../../core/reference.ts';
import { digestOf } from '../digest-mismatch.ts';
import { buildImage, buildIndex, writeOciLayout, type Built } from '../oci-layout-writer.ts';
import { blobPath } from '../stored-files.ts';
import { ociLayout } from './oci-layout.ts';

imageSourceContract({
  about: 'one image with a tag',
  source: ociLayout,
  hasManifest: true,
  keepsSignatures: true,
  place: async (folder, image) => {
    await writeOciLayout(folder, image, '1');
    return { reference: `oci:${folder}:1` };
  },
});

imageSourceContract({
  about: 'one image without a name',
  source: ociLayout,
  hasManifest: true,
  keepsSignatures: true,
  place: async (folder, image) => {
    await writeOciLayout(folder, image);
    return { reference: `oci:${folder}` };
  },
});

for (const referrers of ['computed', 'tag'] as const)
  repositoryContract({
    about: `a layout with ${referrers === 'computed' ? 'manifests that name a subject' : 'a list of them'}`,
    source: ociLayout,
    referrers,
    place: async (folder, image, companions) => {
      for (const one of [image, ...companions]) await writeOciLayout(folder, one);
      await writeFile(join(folder, 'index.json'), layoutIndex(image, companions));
      return { reference: `oci:${folder}:1` };
    },
    alter: (folder, digest, bytes) => writeFile(join(folder, blobPath(digest)), bytes),
  });

test('signatures as cosign saves them are beside the image, and no images themselves', () =>
  inFolder(async (folder, context) => {
    const signature = companionOf('signed');
    await writeSeveral(folder, [
      { built: first, annotations: { kind: 'dev.cosignproject.cosign/image' } },
      { built: signature, annotations: { kind: 'dev.cosignproject.cosign/sigs' } },
    ]);
    const image = await one(`oci:${folder}`, context);
    assert.equal(image.digest, first.manifestDigest);
    const tag = first.manifestDigest.replace(':', '-');
    const found = await image.repository?.manifest(`${tag}.sig`, context);
    assert.equal(found?.descriptor.digest, signature.manifestDigest);
    assert.equal(await image.repository?.manifest(`${tag}.att`, context), undefined);
  }));

const resolve = (reference: string, context: Context, choice: PlatformChoice = takeAny): Promise<readonly Image[]> =>
  ociLayout.resolve(parseReference(reference), choice, context);

const one = async (reference: string, context: Context, choice: PlatformChoice = takeAny): Promise<Image> => {
  const [image] = await resolve(reference, context, choice);
  assert.ok(image);
  return image;
};

interface Entry {
  readonly built: Built;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: object;
  readonly artifactType?: string;
}

/** A layout with several entries in its index.json. */
const writeSeveral = async (folder: string, entries: readonly Entry[]): Promise<void> => {
  for (const { built } of entries) await writeOciLayout(folder, built);
  const manifests = entries.map(({ built, ...more }) => ({
    mediaType: built.mediaType,
    digest: built.manifestDigest,
    size: built.manifest.length,
    ...more,
  }));
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
};

const refName = 'org.opencontainers.image.ref.name';
const imageOf = (content: string, architecture = 'amd64') =>
  buildImage({ layers: [{ entries: [{ path: 'f', content }] }], config: { architecture } });
const first = imageOf('first');
const second = imageOf('second');

test('an image knows the names that the layout gives it, as written; without one it has none', async () => {
  await inFolder(async (folder, context) => {
    await writeSeveral(folder, [{ built: first, annotations: { [refName]: 'ngnix:1' } }]);
    assert.deepEqual((await one(`oci:${folder}`, context)).names, ['ngnix:1']);
    await writeSeveral(folder, [{ built: first }]);
    assert.equal((await one(`oci:${folder}`, context)).names, undefined);
  });
});

test('of several images the named one is taken: by tag, by full or short name, by digest', () =>
  inFolder(async (folder, context) => {
    await writeSeveral(folder, [
      { built: first, annotations: { [refName]: 'v1' } },
      { built: second, annotations: { 'io.containerd.image.name': 'docker.io/library/app:2', [refName]: '2' } },
    ]);
    for (const [name, image] of [
      ['v1', first],
      ['2', second],
      ['app:2', second],
      ['docker.io/library/app:2', second],
      [first.manifestDigest, first],
    ] as const)
      assert.equal((await one(`oci:${folder}:${name}`, context)).digest, image.manifestDigest, name);
  }));

test('several images and no name is misuse that lists them; so is a name that is not there', () =>
  inFolder(async (folder, context) => {
    await writeSeveral(folder, [
      { built: first, annotations: { [refName]: 'v1' } },
      { built: second, annotations: { [refName]: 'v2' } },
    ]);
    assert.match(await faultOf(resolve(`oci:${folder}`, context)), /^misuse IMAGE_NAME_NEEDED: .*v1, v2/);
    assert.match(await faultOf(resolve(`oci:${folder}:v3`, context)), /^misuse IMAGE_NAME_NOT_FOUND: .*v1, v2/);
  }));

test('one name for two different images is misuse; for the same image twice it is not', () =>
  inFolder(async (folder, context) => {
    const annotations = { [refName]: 'v1' };
    await writeSeveral(folder, [
      { built: first, annotations },
      { built: second, annotations },
    ]);
    assert.match(await faultOf(resolve(`oci:${folder}:v1`, context)), /^misuse IMAGE_NAME_AMBIGUOUS/);
    await writeSeveral(folder, [
      { built: first, annotations },
      { built: first, annotations },
    ]);
    assert.equal((await one(`oci:${folder}:v1`, context)).digest, first.manifestDigest);
  }));

test('signatures beside one image need no name', () =>
  inFolder(async (folder, context) => {
    await writeSeveral(folder, [
      { built: first, annotations: { [refName]: 'v1' } },
      { built: second, annotations: { [refName]: `sha256-${digestHex(first.manifestDigest)}.sig` } },
    ]);
    assert.equal((await one(`oci:${folder}`, context)).digest, first.manifestDigest);
  }));

test('an index gives the platform, its own digest, and with all platforms every image', () =>
  inFolder(async (folder, context) => {
    const arm = imageOf('first', 'arm64');
    const index = buildIndex([{ image: first }, { image: arm }]);
    await writeOciLayout(folder, index, 'v1');
    const chosen = await one(`oci:${folder}:v1`, context);
    assert.deepEqual([chosen.identity.index, chosen.digest], [index.manifestDigest, first.manifestDigest]);
    const all = await resolve(`oci:${folder}`, context, { all: true });
    assert.deepEqual(
      all.map(({ digest }) => digest),
      [first.manifestDigest, arm.manifestDigest],
    );
  }));

test('entries of index.json that differ only by platform are one index', () =>
  inFolder(async (folder, context) => {
    const arm = imageOf('first', 'arm64');
    await writeSeveral(folder, [
      { built: first, platform: { os: 'linux', architecture: 'amd64' } },
      { built: arm, platform: { os: 'linux', architecture: 'arm64' } },
    ]);
    assert.equal((await one(`oci:${folder}`, context)).digest, first.manifestDigest);
  }));

const corrupt = async (folder: string, digest: Digest, bytes: Uint8Array): Promise<void> =>
  writeFile(join(folder, blobPath(digest)), bytes);

test('a manifest that is not the one of its digest is critical tampering, named by what it is', () =>
  inFolder(async (folder, context) => {
    await writeSeveral(folder, [{ built: first }, { built: second }]);
    await writeOciLayout(folder, first, 'v1');
    await corrupt(folder, first.manifestDigest, second.manifest);
    const image = await one(`oci:${folder}`, context);
    assert.deepEqual(
      image.findings.map(({ rule, severity }) => [rule, severity]),
      [['image/manifest-digest-mismatch', 'critical']],
    );
    assert.equal(image.identity.manifest, second.manifestDigest);
  }));

test('a config that is not the one of its digest is critical tampering', () =>
  inFolder(async (folder, context) => {
    await writeOciLayout(folder, first);
    await corrupt(
      folder,
      first.configDigest,
      Buffer.concat([first.blobs.get(first.configDigest) ?? Buffer.alloc(0), Buffer.from(' ')]),
    );
    const image = await one(`oci:${folder}`, context);
    assert.equal(image.findings[0]?.rule, 'image/config-digest-mismatch');
  }));

test('a missing layer fails when it is opened, the rest is there', () =>
  inFolder(async (folder, context) => {
    await writeOciLayout(folder, sampleImage);
    await rm(join(folder, blobPath(sampleImage.layerDigests[1] ?? 'sha256:')));
    const image = await one(`oci:${folder}`, context);
    assert.match(await faultOf(image.layers[1]?.open(context) ?? Promise.resolve()), /^unavailable BLOB_MISSING/);
    assert.ok(await image.layers[0]?.open(context));
  }));

test('a blob that is a link out of the layout is refused; a link inside is followed', () =>
  inFolder(async (folder, context) => {
    const layout = join(folder, 'layout');
    await writeOciLayout(layout, first);
    const blob = join(layout, blobPath(first.layerDigests[0] ?? 'sha256:'));
    await rename(blob, join(folder, 'outside'));
    await symlink(join(folder, 'outside'), blob);
    const outside = await one(`oci:${layout}`, context);
    assert.match(await faultOf(outside.layers[0]?.open(context) ?? Promise.resolve()), /^malformed PATH_ESCAPES/);
    await rm(blob);
    await rename(join(folder, 'outside'), join(layout, 'inside'));
    await symlink('../../inside', blob);
    assert.ok(await (await one(`oci:${layout}`, context)).layers[0]?.open(context));
  }));

test('a folder of blobs that is a link out of the layout is refused', () =>
  inFolder(async (folder, context) => {
    const layout = join(folder, 'layout');
    await writeOciLayout(layout, first);
    await rename(join(layout, 'blobs'), join(folder, 'blobs'));
    await symlink('../blobs', join(layout, 'blobs'));
    assert.match(await faultOf(resolve(`oci:${layout}`, context)), /^malformed PATH_ESCAPES/);
  }));

test('a blob that is a pipe is refused at once', { skip: process.platform === 'win32' }, () =>
  inFolder(async (folder, context) => {
    await writeOciLayout(folder, first);
    const blob = join(folder, blobPath(first.layerDigests[0] ?? 'sha256:'));
    await rm(blob);
    await mkdir(blob);
    const image = await one(`oci:${folder}`, context);
    assert.match(await faultOf(image.layers[0]?.open(context) ?? Promise.resolve()), /^malformed FILE_NOT_REGULAR/);
  }),
);

test('what is no layout is a clear error', () =>
  inFolder(async (folder, context) => {
    assert.match(await faultOf(resolve(`oci:${folder}`, context)), /^misuse LAYOUT_EXPECTED/);
    assert.match(await faultOf(resolve(`oci:${folder}/none`, context)), /^misuse FILE_NOT_FOUND/);
    await writeFile(join(folder, 'file'), 'x');
    assert.match(await faultOf(resolve(`oci:${folder}/file`, context)), /^misuse FOLDER_EXPECTED/);
    await writeOciLayout(folder, first);
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
    assert.match(await faultOf(resolve(`oci:${folder}`, context)), /^malformed LAYOUT_VERSION_UNKNOWN/);
    await writeOciLayout(folder, first);
    await writeFile(join(folder, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    assert.match(await faultOf(resolve(`oci:${folder}`, context)), /^malformed LAYOUT_EMPTY/);
    await writeFile(join(folder, 'index.json'), '{"schemaVersion":2,"manif');
    assert.match(await faultOf(resolve(`oci:${folder}`, context)), /^malformed MANIFEST_INVALID/);
  }));

test('what names the image as its subject is a referrer, and a neighbour is none', () =>
  inFolder(async (folder, context) => {
    const subject = { mediaType: first.mediaType, digest: first.manifestDigest, size: first.manifest.length };
    const manifest = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(second.manifest).toString()), subject }));
    const digest = digestOf(manifest);
    const signature: Built = {
      ...second,
      manifest,
      manifestDigest: digest,
      blobs: new Map([...second.blobs, [digest, manifest]]),
    };
    await writeSeveral(folder, [
      { built: first, annotations: { [refName]: 'v1' } },
      { built: imageOf('third'), annotations: { [refName]: 'v3' } },
      { built: signature, artifactType: 'application/vnd.example.signature' },
    ]);
    const image = await one(`oci:${folder}:v1`, context);
    assert.deepEqual(
      (await image.referrers(context)).map((descriptor) => [descriptor.digest, descriptor.artifactType]),
      [[digest, 'application/vnd.example.signature']],
    );
  }));

test('an index in the layout that states another platform than its image is tampering', () =>
  inFolder(async (folder, context) => {
    const lying = buildIndex([{ image: imageOf('x', 'arm64'), platform: { os: 'linux', architecture: 'amd64' } }]);
    await writeOciLayout(folder, lying);
    assert.deepEqual(
      (await one(`oci:${folder}`, context)).findings.map(({ rule }) => rule),
      ['image/platform-mismatch'],
    );
  }));
