import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  faultOf,
  imageSourceContract,
  inFolder,
  listImage,
  sampleImage,
  takeAny,
} from '../../../test/contracts/image-source.contract.ts';
import { collect } from '../../core/collect.ts';
import type { Context } from '../../core/context.ts';
import type { Image } from '../../core/image.ts';
import { parseReference } from '../../core/reference.ts';
import { tarHeader, tarOf, type TarEntrySpec } from '../../formats/tar-writer.ts';
import { buildImage, writeDockerArchive, writeOciArchive, writeOciLayout } from '../oci-layout-writer.ts';
import { blobPath } from '../stored-files.ts';
import { ociArchive } from './oci-archive.ts';

imageSourceContract({
  about: 'not packed',
  source: ociArchive,
  hasManifest: true,
  keepsSignatures: true,
  place: async (folder, image) => {
    await writeOciArchive(join(folder, 'x.tar'), image, '1');
    return { reference: `oci-archive:${folder}/x.tar:1` };
  },
});

for (const [name, pack] of [
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)
  imageSourceContract({
    about: `packed with ${name}`,
    source: ociArchive,
    hasManifest: true,
    keepsSignatures: true,
    place: async (folder, image) => {
      await writeOciArchive(join(folder, 'x.tar'), image);
      await writeFile(join(folder, 'x.packed'), pack(await readFile(join(folder, 'x.tar'))));
      return { reference: `oci-archive:${folder}/x.packed` };
    },
  });

const one = async (file: string, context: Context): Promise<Image> => {
  const [image] = await ociArchive.resolve(parseReference(`oci-archive:${file}`), takeAny, context);
  assert.ok(image);
  opened.push(image);
  return image;
};

const opened: Image[] = [];
afterEach(async () => {
  for (const image of opened.splice(0)) await image[Symbol.asyncDispose]();
});

const archiveOf = async (folder: string, image = sampleImage): Promise<{ file: string; entries: TarEntrySpec[] }> => {
  await writeOciLayout(join(folder, 'layout'), image);
  const names = await readdir(join(folder, 'layout'), { recursive: true, withFileTypes: true });
  const entries = await Promise.all(
    names
      .filter((name) => name.isFile())
      .map(async (name) => {
        const path = join(name.parentPath, name.name);
        return { path: path.slice(join(folder, 'layout/').length), content: await readFile(path) };
      }),
  );
  return { file: join(folder, 'x.tar'), entries };
};

test('names with ./ before them are the same names', () =>
  inFolder(async (folder, context) => {
    const { file, entries } = await archiveOf(folder);
    await writeFile(file, tarOf(entries.map((entry) => ({ ...entry, path: `./${entry.path}` }))));
    const image = await one(file, context);
    assert.equal(image.digest, sampleImage.manifestDigest);
    assert.equal((await listImage(image, context)).length, 3);
    await image[Symbol.asyncDispose]();
  }));

test('a packed archive leaves nothing in the temporary folder once disposed of', () =>
  inFolder(async (folder, context) => {
    const { file, entries } = await archiveOf(folder);
    await writeFile(file, gzipSync(tarOf(entries)));
    const spools = async (): Promise<number> =>
      (await readdir(folder)).filter((name) => name.startsWith('spool-')).length;
    const image = await one(file, context);
    assert.equal(await spools(), 1);
    await image[Symbol.asyncDispose]();
    assert.equal(await spools(), 0);
    await writeFile(file, gzipSync(tarOf([{ path: 'x', content: 'x' }])));
    assert.match(await faultOf(one(file, context)), /^malformed LAYOUT_EXPECTED/);
    assert.equal(await spools(), 0);
  }));

test('two different index.json are told as ambiguity, and the last is taken; two equal ones are not told', () =>
  inFolder(async (folder, context) => {
    const { file, entries } = await archiveOf(folder);
    const index = entries.find(({ path }) => path === 'index.json');
    assert.ok(index);
    await writeFile(file, tarOf([{ ...index, content: '{"schemaVersion":2,"manifests":[]}' }, ...entries]));
    const image = await one(file, context);
    assert.deepEqual(
      image.findings.map(({ rule, intent }) => [rule, intent]),
      [['image/archive-ambiguous', 'tampering']],
    );
    assert.equal(image.digest, sampleImage.manifestDigest);
    await writeFile(file, tarOf([...entries, index]));
    assert.deepEqual((await one(file, context)).findings, []);
  }));

test('blobs behind links inside the archive are found; links that leave it or go round are refused', () =>
  inFolder(async (folder, context) => {
    const { file, entries } = await archiveOf(folder);
    const digest = sampleImage.layerDigests[0] ?? 'sha256:';
    const withLink = (...links: readonly TarEntrySpec[]): Uint8Array =>
      tarOf([
        ...entries.map((entry) => (entry.path === blobPath(digest) ? { ...entry, path: 'elsewhere' } : entry)),
        ...links,
      ]);
    const openFirst = async (bytes: Uint8Array): Promise<string> => {
      await writeFile(file, bytes);
      const image = await one(file, context);
      return faultOf(image.layers[0]?.open(context) ?? Promise.resolve());
    };
    const path = blobPath(digest);
    assert.equal(await openFirst(withLink({ path, type: 'symlink', target: '../../elsewhere' })), 'no fault');
    assert.equal(await openFirst(withLink({ path, type: 'hardlink', target: 'elsewhere' })), 'no fault');
    for (const target of ['../../../elsewhere', '/etc/passwd'])
      assert.match(await openFirst(withLink({ path, type: 'symlink', target })), /^malformed PATH_ESCAPES/);
    const other: TarEntrySpec = { path: 'a', type: 'symlink', target: path };
    assert.match(await openFirst(withLink({ path, type: 'symlink', target: '../../a' }, other)), /ARCHIVE_LINK_LOOP/);
    assert.match(await openFirst(withLink()), /^unavailable BLOB_MISSING/);
  }));

test('an archive cut at any length is a Fault, or an image that says that it is damaged', () =>
  inFolder(async (folder, context) => {
    const small = buildImage({
      layers: [{ entries: [{ path: 'f', content: 'x'.repeat(3000) }], compression: 'none' }],
    });
    const { file, entries } = await archiveOf(folder, small);
    const whole = tarOf(entries);
    for (let length = whole.length - 1; length >= 0; length -= 509) {
      await writeFile(file, whole);
      await truncate(file, length);
      const [image] = await ociArchive
        .resolve(parseReference(`oci-archive:${file}`), takeAny, context)
        .catch((thrown: unknown) => {
          assert.equal((thrown as Error).name, 'Fault', String(thrown));
          return [];
        });
      if (image === undefined) continue;
      const fault = await faultOf(
        image.layers[0]?.open(context).then((stream) => collect(stream, 1e6)) ?? Promise.resolve(),
      );
      // All that is left off may be the end mark's last block.
      assert.ok(image.gaps.length > 0 || fault !== 'no fault' || length >= whole.length - 512, `${length}: ${fault}`);
      await image[Symbol.asyncDispose]();
    }
  }));

test('what is no such archive is a clear error', () =>
  inFolder(async (folder, context) => {
    const file = join(folder, 'x.tar');
    assert.match(await faultOf(one(file, context)), /^misuse FILE_NOT_FOUND/);
    assert.match(await faultOf(one(folder, context)), /^misuse FILE_NOT_REGULAR/);
    await writeFile(file, 'no tar');
    assert.match(await faultOf(one(file, context)), /^malformed ARCHIVE_EXPECTED/);
    await writeDockerArchive(file, sampleImage, { name: 'a:1', layout: 'classic' });
    assert.match(await faultOf(one(file, context)), /^misuse LAYOUT_EXPECTED: .*docker-archive:/);
  }));

test('a pipe instead of a file does not make us wait', { skip: process.platform === 'win32' }, () =>
  inFolder(async (folder, context) => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    assert.match(await faultOf(one(join(folder, 'pipe'), context)), /^misuse FILE_NOT_REGULAR/);
  }),
);

test('an unpacking that goes beyond the budget ends, and leaves nothing behind', () =>
  inFolder(
    async (folder, context) => {
      const file = join(folder, 'x.tar.gz');
      const header = tarHeader({ path: 'zeros', size: 5_000_000 });
      await writeFile(file, gzipSync(Buffer.concat([header, Buffer.alloc(5_000_000)])));
      assert.match(await faultOf(one(file, context)), /^limit /);
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('spool-')),
        [],
      );
    },
    { limits: { bytes: 1_000_000 } },
  ));
