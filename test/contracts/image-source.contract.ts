/** What every image source owes: the same small image gives the same names, config, history and files, wherever it lies. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Budget } from '../../src/core/budget.ts';
import type { ByteStream } from '../../src/core/bytes.ts';
import { collect } from '../../src/core/collect.ts';
import type { Context } from '../../src/core/context.ts';
import { isFault } from '../../src/core/fault.ts';
import { isSameImage } from '../../src/core/identity.ts';
import type { Image, ImageSource, Layer } from '../../src/core/image.ts';
import type { PlatformChoice } from '../../src/core/platform.ts';
import { parseReference } from '../../src/core/reference.ts';
import type { Remark } from '../../src/core/remark.ts';
import { tar } from '../../src/formats/trees/tar.ts';
import { unwrapLayer } from '../../src/formats/unwrap-layer.ts';
import { buildImage, type BuiltImage } from '../../src/image/oci-layout-writer.ts';
import { fakeContext } from '../fakes/context.ts';
import { programOf } from '../builders/elf-program.ts';

export const sampleName = 'registry.example/team/app:1';

/** Three layers, each packed in another way, with everything that a tar has. */
export const sampleImage: BuiltImage = buildImage({
  layers: [
    {
      createdBy: 'COPY base /',
      entries: [
        { path: 'etc', type: 'directory' },
        { path: 'etc/passwd', content: 'root:x:0:0::/:/bin/sh\n' },
        { path: 'bin/sh', content: Buffer.concat([programOf(), Buffer.alloc(70_000, 'sh')]), mode: 0o755 },
        { path: 'bin/ash', type: 'hardlink', target: 'bin/sh' },
        { path: 'etc/issue', content: 'gone later' },
      ],
    },
    {
      createdBy: 'RUN make',
      compression: 'zstd',
      entries: [
        { path: 'etc/issue', type: 'deletion' },
        { path: 'usr/bin/tool', content: Buffer.alloc(300_000, 'tool'), mode: 0o4755, uid: 7, gid: 8 },
        { path: 'usr/bin/alias', type: 'symlink', target: '../../bin/sh' },
      ],
    },
    { createdBy: 'COPY app /srv', compression: 'none', entries: [{ path: 'srv/app.txt', content: 'the application' }] },
  ],
  config: {
    architecture: 'amd64',
    config: { Entrypoint: ['/bin/sh'], Env: ['A=1'] },
    history: [
      { created_by: 'COPY base /' },
      { created_by: 'ENV A=1', empty_layer: true },
      { created_by: 'RUN make' },
      { created_by: 'COPY app /srv' },
    ],
  },
});

export const takeAny: PlatformChoice = { all: false, platform: { os: 'linux', architecture: 'amd64' }, asked: false };

/** The uncompressed bytes of a layer; what its media type says must be so. */
export const unpacked = async (layer: Layer, context: Context): Promise<Uint8Array> => {
  const tell = (remark: Remark): void => assert.fail(JSON.stringify(remark));
  return collect(unwrapLayer(await layer.open(context), layer.mediaType, new Budget(), tell), 2 ** 30);
};

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** One line for each entry of a tar: everything that its header says, and the digest of its content. */
export const listTar = async (bytes: Uint8Array): Promise<readonly string[]> => {
  const lines: string[] = [];
  const whole = async function* (): ByteStream {
    yield bytes;
  };
  for await (const entry of tar.walk(whole(), new Budget(), (remark) => assert.fail(JSON.stringify(remark)))) {
    const digest = entry.type === 'file' ? sha256(await collect(entry.content(), 2 ** 30)) : '';
    // What is a function is no JSON.
    lines.push(JSON.stringify({ ...entry, digest }));
  }
  return lines;
};

/** Layer by layer, lowest first. */
export const listImage = async (image: Image, context: Context): Promise<readonly (readonly string[])[]> => {
  const layers: (readonly string[])[] = [];
  for (const layer of image.layers) layers.push(await listTar(await unpacked(layer, context)));
  return layers;
};

/** A temporary folder, and a Context that keeps its own files there. */
export const inFolder = async (
  run: (folder: string, context: Context) => Promise<void>,
  options: Parameters<typeof fakeContext>[0] = {},
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-source-'));
  try {
    await run(folder, { ...fakeContext(options), temporaryFolder: async () => folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

export const faultOf = async (run: Promise<unknown>): Promise<string> => {
  try {
    await run;
  } catch (thrown) {
    if (isFault(thrown)) return `${thrown.kind} ${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'no fault';
};

export interface SourceCase {
  /** What is special about this place, for the test's name. */
  readonly about: string;
  readonly source: ImageSource;
  /** Puts the image there, under `sampleName` where the place has names, and says how to refer to it. */
  readonly place: (
    folder: string,
    image: BuiltImage,
  ) => Promise<{ readonly reference: string; readonly context?: Partial<Context> }>;
  /** The place keeps manifests, so that the identity has the manifest's digest. */
  readonly hasManifest: boolean;
  /** The place is one where signatures lie (repository.contract.ts says what it owes then); else nothing is absent from it. */
  readonly keepsSignatures?: boolean;
}

/** Run by every source that keeps configs: all but rootfs. */
export const imageSourceContract = ({
  about,
  source,
  place,
  hasManifest,
  keepsSignatures = false,
}: SourceCase): void => {
  const withImage = (run: (image: Image, context: Context) => Promise<void>): Promise<void> =>
    inFolder(async (folder, plain) => {
      const { reference, context: special } = await place(folder, sampleImage);
      const context = { ...plain, ...special };
      const [image, ...others] = await source.resolve(parseReference(reference), takeAny, context);
      assert.ok(image !== undefined && others.length === 0);
      try {
        await run(image, context);
      } finally {
        await image[Symbol.asyncDispose]();
      }
    });

  void suite(`${source.id}, ${about}`, () => {
    test('names the image by the digests of its config and uncompressed layers', () =>
      withImage(async (image) => {
        assert.equal(image.identity.config, sampleImage.configDigest);
        assert.deepEqual(image.identity.diffIds, sampleImage.diffIds);
        assert.equal(image.identity.manifest, hasManifest ? sampleImage.manifestDigest : undefined);
        assert.equal(image.digest, hasManifest ? sampleImage.manifestDigest : sampleImage.configDigest);
        assert.ok(isSameImage(image.identity, { config: sampleImage.configDigest, diffIds: [] }));
        assert.ok(image.reference.endsWith(`@${image.digest}`), image.reference);
      }));

    test('reads config and platform, and finds nothing wrong', () =>
      withImage(async (image) => {
        assert.deepEqual(image.config?.entrypoint, ['/bin/sh']);
        assert.deepEqual(image.platform, { os: 'linux', architecture: 'amd64' });
        assert.deepEqual([image.findings, image.gaps], [[], []]);
      }));

    test(keepsSignatures ? 'has what lies beside the image' : 'keeps nothing beside the image', () =>
      withImage(async (image, context) => {
        assert.equal(image.repository !== undefined, keepsSignatures);
        assert.deepEqual(await image.referrers(context), []);
      }),
    );

    test('names the build step of each layer', () =>
      withImage(async (image) => {
        assert.deepEqual(
          image.layers.map(({ createdBy, diffId }) => [createdBy, diffId]),
          ['COPY base /', 'RUN make', 'COPY app /srv'].map((step, position) => [step, sampleImage.diffIds[position]]),
        );
      }));

    test('gives the same files in every layer, twice when asked twice', () =>
      withImage(async (image, context) => {
        const expected = await Promise.all(sampleImage.tars.map(listTar));
        assert.deepEqual(await listImage(image, context), expected);
        assert.deepEqual(await listImage(image, context), expected);
      }));

    test('states sizes and digests of blobs as they are', () =>
      withImage(async (image, context) => {
        for (const layer of image.layers) {
          const bytes = await collect(await layer.open(context), 2 ** 30);
          if (layer.size !== undefined) assert.equal(bytes.length, layer.size);
          if (layer.digest !== undefined) assert.equal(`sha256:${sha256(bytes)}`, layer.digest);
        }
      }));

    test('refuses another platform when one was asked for', () =>
      inFolder(async (folder, plain) => {
        const { reference, context: special } = await place(folder, sampleImage);
        const choice: PlatformChoice = { all: false, platform: { os: 'linux', architecture: 's390x' }, asked: true };
        const run = source.resolve(parseReference(reference), choice, { ...plain, ...special });
        assert.match(await faultOf(run), /^unavailable PLATFORM_NOT_FOUND: .*s390x.*linux\/amd64/);
      }));

    test('a layer that is left half read does no harm', () =>
      withImage(async (image, context) => {
        for (const layer of image.layers)
          for await (const chunk of await layer.open(context)) {
            assert.ok(chunk.length > 0);
            break;
          }
        assert.equal((await listImage(image, context)).length, 3);
      }));
  });
};
