import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
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
import type { Context } from '../../core/context.ts';
import { digestHex } from '../../core/digest.ts';
import { isSameImage } from '../../core/identity.ts';
import type { Image } from '../../core/image.ts';
import type { PlatformChoice } from '../../core/platform.ts';
import { parseReference } from '../../core/reference.ts';
import { tarOf, type TarEntrySpec } from '../../formats/tar-writer.ts';
import { buildImage, buildIndex, writeDockerArchive, type BuiltImage } from '../oci-layout-writer.ts';
import { blobPath } from '../stored-files.ts';
import { dockerArchive } from './docker-archive.ts';

for (const layout of ['classic', 'oci'] as const)
  imageSourceContract({
    about: `${layout} layout`,
    source: dockerArchive,
    hasManifest: layout === 'oci',
    place: async (folder, image) => {
      await writeDockerArchive(join(folder, 'x.tar'), image, { name: sampleName, layout });
      return { reference: `docker-archive:${folder}/x.tar:${sampleName}` };
    },
  });

imageSourceContract({
  about: 'packed with gzip, no name',
  source: dockerArchive,
  hasManifest: false,
  place: async (folder, image) => {
    await writeDockerArchive(join(folder, 'x.tar'), image, { name: sampleName, layout: 'classic' });
    await writeFile(join(folder, 'x.tar.gz'), gzipSync(await readFile(join(folder, 'x.tar'))));
    return { reference: `docker-archive:${folder}/x.tar.gz` };
  },
});

const opened: Image[] = [];
afterEach(async () => {
  for (const image of opened.splice(0)) await image[Symbol.asyncDispose]();
});

const resolve = async (file: string, context: Context, choice: PlatformChoice = takeAny): Promise<readonly Image[]> => {
  const images = await dockerArchive.resolve(parseReference(`docker-archive:${file}`), choice, context);
  opened.push(...images);
  return images;
};

const one = async (file: string, context: Context): Promise<Image> => {
  const [image] = await resolve(file, context);
  assert.ok(image);
  return image;
};

interface Saved {
  readonly Config: string;
  readonly RepoTags?: readonly string[];
  readonly Layers: readonly string[];
}

const write = async (
  folder: string,
  manifest: readonly Saved[] | undefined,
  entries: readonly TarEntrySpec[],
): Promise<string> => {
  const file = join(folder, 'x.tar');
  const own = manifest === undefined ? [] : [{ path: 'manifest.json', content: JSON.stringify(manifest) }];
  await writeFile(file, tarOf([...entries, ...own]));
  return file;
};

const imageOf = (content: string, architecture = 'amd64'): BuiltImage =>
  buildImage({ layers: [{ entries: [{ path: 'f', content }] }], config: { architecture } });
const first = imageOf('first');
const second = imageOf('second');
const configPath = (image: BuiltImage): string => `${digestHex(image.configDigest)}.json`;
const entriesOf = (image: BuiltImage, name: string): TarEntrySpec[] => [
  { path: configPath(image), content: image.blobs.get(image.configDigest) ?? '' },
  { path: `${name}/layer.tar`, content: image.tars[0] ?? '' },
];
const savedOf = (image: BuiltImage, name: string): Saved => ({
  Config: configPath(image),
  RepoTags: [`app:${name}`],
  Layers: [`${name}/layer.tar`],
});

test('of several images the named one is taken, by name or by id; without a name they are listed', () =>
  inFolder(async (folder, context) => {
    const manifest = [savedOf(first, 'a'), savedOf(second, 'b')];
    const file = await write(folder, manifest, [...entriesOf(first, 'a'), ...entriesOf(second, 'b')]);
    for (const name of ['app:b', 'docker.io/library/app:b', second.configDigest, digestHex(second.configDigest)])
      assert.equal((await one(`${file}:${name}`, context)).identity.config, second.configDigest, name);
    assert.match(await faultOf(resolve(file, context)), /^misuse IMAGE_NAME_NEEDED: .*app:a, app:b/);
    assert.match(await faultOf(resolve(`${file}:app:c`, context)), /^misuse IMAGE_NAME_NOT_FOUND: .*app:a, app:b/);
  }));

test('an image knows all the names that the archive gives it, as written', () =>
  inFolder(async (folder, context) => {
    const saved = { ...savedOf(first, 'a'), RepoTags: ['app:a', 'registry.example/app:1'] };
    const file = await write(
      folder,
      [saved, savedOf(second, 'b')],
      [...entriesOf(first, 'a'), ...entriesOf(second, 'b')],
    );
    assert.deepEqual((await one(`${file}:app:a`, context)).names, ['app:a', 'registry.example/app:1']);
    assert.deepEqual((await one(`${file}:app:b`, context)).names, ['app:b']);
  }));

test('one name for two images is refused', () =>
  inFolder(async (folder, context) => {
    const manifest = [savedOf(first, 'a'), { ...savedOf(second, 'b'), RepoTags: ['app:a'] }];
    const file = await write(folder, manifest, [...entriesOf(first, 'a'), ...entriesOf(second, 'b')]);
    const fault = await faultOf(resolve(`${file}:app:a`, context));
    assert.match(fault, /^misuse IMAGE_NAME_AMBIGUOUS/);
    assert.ok(fault.includes(first.configDigest) && fault.includes(second.configDigest), fault);
    assert.equal((await one(`${file}:${first.configDigest}`, context)).identity.config, first.configDigest);
    const unnamed = manifest.map((saved, position) => ({ ...saved, RepoTags: ['app:a'], Config: `${position}.json` }));
    const other = await write(folder, unnamed, [...entriesOf(first, 'a'), ...entriesOf(second, 'b')]);
    assert.match(await faultOf(resolve(`${other}:app:a`, context)), /^malformed ARCHIVE_MANIFEST_AMBIGUOUS/);
  }));

for (const [type, target] of [
  ['symlink', '../a/layer.tar'],
  ['hardlink', 'a/layer.tar'],
] as const)
  test(`a layer that occurs twice may be a ${type}`, () =>
    inFolder(async (folder, context) => {
      const doubled = buildImage({
        layers: [{ tar: first.tars[0] ?? Buffer.alloc(0) }, { tar: first.tars[0] ?? Buffer.alloc(0) }],
      });
      const file = await write(
        folder,
        [{ Config: configPath(doubled), Layers: ['a/layer.tar', 'b/layer.tar'] }],
        [...entriesOf(first, 'a'), ...entriesOf(doubled, 'c'), { path: 'b/layer.tar', type, target }],
      );
      const image = await one(file, context);
      const expected = await listTar(first.tars[0] ?? Buffer.alloc(0));
      assert.deepEqual(await listImage(image, context), [expected, expected]);
      assert.deepEqual(image.findings, []);
    }));

test('a layer path that leads out is refused when it is opened or before', () =>
  inFolder(async (folder, context) => {
    for (const path of ['../../etc/passwd', '/etc/passwd']) {
      const file = await write(folder, [{ ...savedOf(first, 'a'), Layers: [path] }], entriesOf(first, 'a'));
      assert.match(await faultOf(resolve(file, context)), /^malformed PATH_ESCAPES/);
    }
    const gone = await write(folder, [{ ...savedOf(first, 'a'), Layers: ['z/layer.tar'] }], entriesOf(first, 'a'));
    const image = await one(gone, context);
    assert.match(await faultOf(image.layers[0]?.open(context) ?? Promise.resolve()), /^unavailable BLOB_MISSING/);
  }));

test('a config that is not the one its name says is critical tampering; a plain name says nothing', () =>
  inFolder(async (folder, context) => {
    const [config, layer] = entriesOf(first, 'a');
    assert.ok(config && layer);
    const content = Buffer.concat([first.blobs.get(first.configDigest) ?? Buffer.alloc(0), Buffer.from('\n')]);
    const changed = await one(await write(folder, [savedOf(first, 'a')], [{ ...config, content }, layer]), context);
    assert.deepEqual(
      changed.findings.map(({ rule, severity }) => [rule, severity]),
      [['image/config-digest-mismatch', 'critical']],
    );
    const plain = await write(
      folder,
      [{ ...savedOf(first, 'a'), Config: 'config.json' }],
      [{ ...config, path: 'config.json' }, layer],
    );
    const image = await one(plain, context);
    assert.deepEqual([image.findings, image.identity.config], [[], first.configDigest]);
  }));

test('packed layers are said to be packed', () =>
  inFolder(async (folder, context) => {
    const [config] = entriesOf(first, 'a');
    assert.ok(config);
    const layer = { path: 'a/layer.tar', content: gzipSync(first.tars[0] ?? '') };
    const image = await one(await write(folder, [savedOf(first, 'a')], [config, layer]), context);
    assert.deepEqual(
      image.layers.map(({ mediaType }) => mediaType),
      ['application/vnd.oci.image.layer.v1.tar+gzip'],
    );
  }));

const topId = 'b'.repeat(64);
const baseId = 'a'.repeat(64);
const oldEntries = (parentOfBase?: string): TarEntrySpec[] => [
  { path: 'repositories', content: JSON.stringify({ 'team/app': { '1': topId } }) },
  {
    path: `${topId}/json`,
    content: JSON.stringify({ id: topId, parent: baseId, os: 'linux', architecture: 'amd64', config: { Cmd: ['x'] } }),
  },
  { path: `${topId}/layer.tar`, content: second.tars[0] ?? '' },
  {
    path: `${baseId}/json`,
    content: JSON.stringify({ id: baseId, ...(parentOfBase === undefined ? {} : { parent: parentOfBase }) }),
  },
  { path: `${baseId}/layer.tar`, content: first.tars[0] ?? '' },
];

test('an archive of before manifest.json is read along its parents, and has no digest', () =>
  inFolder(async (folder, context) => {
    const file = await write(folder, undefined, oldEntries());
    const image = await one(`${file}:team/app:1`, context);
    assert.deepEqual([image.digest, image.identity, image.findings], [null, { diffIds: [] }, []]);
    assert.deepEqual(image.config?.command, ['x']);
    const expected = await Promise.all([first, second].map(({ tars }) => listTar(tars[0] ?? Buffer.alloc(0))));
    assert.deepEqual(await listImage(image, context), expected);
    assert.match(await faultOf(resolve(`${file}:other:1`, context)), /^misuse IMAGE_NAME_NOT_FOUND: .*team\/app:1/);
    const empty = await write(folder, undefined, [{ path: 'repositories', content: '{}' }]);
    assert.match(await faultOf(resolve(empty, context)), /^malformed ARCHIVE_MANIFEST_INVALID/);
  }));

test('parents in a circle are refused', () =>
  inFolder(async (folder, context) => {
    assert.match(
      await faultOf(resolve(await write(folder, undefined, oldEntries(topId)), context)),
      /^malformed ARCHIVE_PARENT_LOOP/,
    );
  }));

const blobEntries = (...images: readonly Pick<BuiltImage, 'blobs'>[]): TarEntrySpec[] =>
  [...new Map(images.flatMap(({ blobs }) => [...blobs]))].map(([digest, content]) => ({
    path: blobPath(digest),
    content,
  }));

const indexEntry = (image: Pick<BuiltImage, 'mediaType' | 'manifestDigest' | 'manifest'>): TarEntrySpec => ({
  path: 'index.json',
  content: JSON.stringify({
    schemaVersion: 2,
    manifests: [
      {
        mediaType: image.mediaType,
        digest: image.manifestDigest,
        size: image.manifest.length,
        annotations: { 'io.containerd.image.name': 'docker.io/library/app:a' },
      },
    ],
  }),
});

const blobSaved = (image: BuiltImage): Saved => ({
  Config: blobPath(image.configDigest),
  RepoTags: ['app:a'],
  Layers: image.layerDigests.map(blobPath),
});

test('the index of the layout beside manifest.json links the image to its names in a registry', () =>
  inFolder(async (folder, context) => {
    const arm = imageOf('first', 'arm64');
    const index = buildIndex([{ image: first }, { image: arm }]);
    const file = await write(folder, [blobSaved(first)], [...blobEntries(index), indexEntry(index)]);
    const image = await one(file, context);
    assert.deepEqual(image.identity, {
      index: index.manifestDigest,
      manifest: first.manifestDigest,
      config: first.configDigest,
      diffIds: first.diffIds,
    });
    assert.deepEqual(image.findings, []);
    const all = await resolve(file, context, { all: true });
    assert.deepEqual(
      all.map(({ digest }) => digest),
      [first.manifestDigest, arm.manifestDigest],
    );
    const asked: PlatformChoice = { all: false, platform: { os: 'linux', architecture: 'arm64' }, asked: true };
    assert.equal((await resolve(file, context, asked))[0]?.digest, arm.manifestDigest);
  }));

test('a partial copy of an index, as docker save makes it, is no complaint', () =>
  inFolder(async (folder, context) => {
    const arm = imageOf('first', 'arm64');
    const index = buildIndex([{ image: arm }, { image: first }]);
    const entries = blobEntries(first).concat({ path: blobPath(index.manifestDigest), content: index.manifest });
    const image = await one(await write(folder, [blobSaved(first)], [...entries, indexEntry(index)]), context);
    assert.deepEqual([image.identity.index, image.findings, image.gaps], [index.manifestDigest, [], []]);
  }));

test('manifest.json and index.json that describe different images are tampering', () =>
  inFolder(async (folder, context) => {
    const file = await write(folder, [blobSaved(first)], [...blobEntries(first, second), indexEntry(second)]);
    const image = await one(file, context);
    assert.deepEqual(
      image.findings.map(({ rule, severity }) => [rule, severity]),
      [['image/archive-disagrees', 'high']],
    );
    assert.equal(image.identity.config, first.configDigest);
    const swapped = { ...blobSaved(first), Layers: second.layerDigests.map(blobPath) };
    const layers = await one(
      await write(folder, [swapped], [...blobEntries(first, second), indexEntry(first)]),
      context,
    );
    assert.deepEqual(
      layers.findings.map(({ rule }) => rule),
      ['image/archive-disagrees'],
    );
    assert.deepEqual(
      layers.layers.map(({ digest }) => digest),
      second.layerDigests,
    );
  }));

test('an index.json that cannot be read is a gap, since engines with another store read it', () =>
  inFolder(async (folder, context) => {
    const file = await write(folder, [blobSaved(first)], [...blobEntries(first), { path: 'index.json', content: '{' }]);
    assert.deepEqual(
      (await one(file, context)).gaps.map(({ code, executable }) => [code, executable]),
      [['MANIFEST_INVALID', true]],
    );
  }));

test('both layouts of one image name the same image', () =>
  inFolder(async (folder, context) => {
    const images: Image[] = [];
    for (const layout of ['classic', 'oci'] as const) {
      const file = join(folder, `${layout}.tar`);
      await writeDockerArchive(file, sampleImage, { name: sampleName, layout });
      images.push(await one(file, context));
    }
    const [classic, oci] = images;
    assert.ok(classic && oci && isSameImage(classic.identity, oci.identity));
    assert.ok(!isSameImage(classic.identity, { config: first.configDigest, diffIds: first.diffIds }));
  }));

test('what is no such archive is a clear error', () =>
  inFolder(async (folder, context) => {
    assert.match(
      await faultOf(resolve(await write(folder, undefined, [{ path: 'x' }]), context)),
      /^malformed ARCHIVE_EXPECTED/,
    );
    const layout = await write(folder, undefined, [...blobEntries(first), indexEntry(first)]);
    assert.match(await faultOf(resolve(layout, context)), /^misuse ARCHIVE_EXPECTED: .*oci-archive:/);
    assert.match(
      await faultOf(resolve(await write(folder, [], [{ path: 'x' }]), context)),
      /^malformed ARCHIVE_MANIFEST_INVALID/,
    );
    assert.match(
      await faultOf(resolve(await write(folder, [savedOf(first, 'a')], []), context)),
      /^unavailable BLOB_MISSING/,
    );
  }));
