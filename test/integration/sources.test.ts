/** Images made and copied by skopeo, buildah and umoci, read through our sources: one identity, the same files, nothing to complain of. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { collect } from '../../src/core/collect.ts';
import type { Context } from '../../src/core/context.ts';
import { isSameImage } from '../../src/core/identity.ts';
import type { Image } from '../../src/core/image.ts';
import { parseReference, type Reference } from '../../src/core/reference.ts';
import { buildImage, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { dockerArchive } from '../../src/image/sources/docker-archive.ts';
import { ociArchive } from '../../src/image/sources/oci-archive.ts';
import { ociLayout } from '../../src/image/sources/oci-layout.ts';
import { rootfs } from '../../src/image/sources/rootfs.ts';
import { listImage, listTar, sha256, takeAny, unpacked } from '../contracts/image-source.contract.ts';
import { fakeContext } from '../fakes/context.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const sources = { oci: ociLayout, 'oci-archive': ociArchive, 'docker-archive': dockerArchive, rootfs } as const;
const isFileScheme = (reference: Reference): reference is Reference & { scheme: keyof typeof sources } =>
  Object.hasOwn(sources, reference.scheme);

let folder = '';
let context: Context;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-tools-'));
  context = { ...fakeContext(), temporaryFolder: async () => folder };
});
const opened: Image[] = [];
after(async () => {
  for (const image of opened) await image[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const run = (program: string, ...parameters: readonly string[]): string =>
  execFileSync(program, parameters, { encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const skopeo = (...parameters: readonly string[]): string => run('skopeo', '--insecure-policy', ...parameters);
const buildah = (...parameters: readonly string[]): string =>
  run(
    'buildah',
    '--root',
    join(folder, 'storage'),
    '--runroot',
    join(folder, 'run'),
    '--storage-driver',
    'vfs',
    ...parameters,
  );

const openImage = async (text: string): Promise<Image> => {
  const reference = parseReference(text);
  assert.ok(isFileScheme(reference));
  const [image, ...others] = await sources[reference.scheme].resolve(reference, takeAny, context);
  assert.ok(image !== undefined && others.length === 0);
  opened.push(image);
  return image;
};

/** Blob digests and diffIDs of all layers are right, each file is listed as `tar` lists it, and nothing is wrong with the image. */
const check = async (image: Image): Promise<readonly (readonly string[])[]> => {
  assert.deepEqual([image.findings, image.gaps], [[], []]);
  for (const [position, layer] of image.layers.entries()) {
    const blob = await collect(await layer.open(context), 2 ** 30);
    if (layer.digest !== undefined) assert.equal(`sha256:${sha256(blob)}`, layer.digest);
    if (layer.size !== undefined) assert.equal(blob.length, layer.size);
    const bytes = await unpacked(layer, context);
    assert.equal(`sha256:${sha256(bytes)}`, image.identity.diffIds[position]);
    const names = execFileSync('tar', ['-tf', '-', '--quoting-style=literal'], { input: bytes, encoding: 'utf8' });
    assert.equal((await listTar(bytes)).length, names.split('\n').length - 1);
  }
  return listImage(image, context);
};

const image = buildImage({
  layers: [
    {
      createdBy: 'COPY base /',
      entries: [
        { path: 'etc/passwd', content: 'root:x:0:0' },
        { path: 'bin/sh', content: Buffer.alloc(50_000, 'sh'), mode: 0o755 },
      ],
    },
    {
      createdBy: 'RUN rm',
      entries: [
        { path: 'etc/passwd', type: 'deletion' },
        { path: 'bin/ash', type: 'symlink', target: 'sh' },
      ],
    },
    {
      createdBy: 'COPY base /',
      entries: [
        { path: 'etc/passwd', content: 'root:x:0:0' },
        { path: 'bin/sh', content: Buffer.alloc(50_000, 'sh'), mode: 0o755 },
      ],
    },
  ],
  config: { config: { Entrypoint: ['/bin/sh'] } },
});
const expected = async (): Promise<readonly (readonly string[])[]> => Promise.all(image.tars.map(listTar));

test('what we write is what skopeo reads', when, async () => {
  await writeOciLayout(join(folder, 'layout'), image, 'v1');
  const inspected = JSON.parse(skopeo('inspect', '--raw', 'oci:layout:v1')) as { config: { digest: string } };
  assert.equal(inspected.config.digest, image.configDigest);
  run('umoci', 'stat', '--image', 'layout:v1');
});

test('copies by skopeo among layouts and archives are one image with the same files', when, async () => {
  skopeo('copy', '-q', 'oci:layout:v1', 'oci-archive:copy.tar:v1');
  skopeo('copy', '-q', 'oci:layout:v1', 'docker-archive:docker.tar:registry.example/team/app:1');
  skopeo('copy', '-q', 'docker-archive:docker.tar', 'oci:back:v2');
  skopeo('copy', '-q', '--dest-compress-format', 'zstd', 'docker-archive:docker.tar', 'oci:zstd:v3');
  skopeo('copy', '-q', 'oci:layout:v1', 'dir:dir');
  skopeo('copy', '-q', 'dir:dir', 'oci-archive:dir.tar');
  run('gzip', '-k', 'docker.tar');
  run('zstd', '-q', 'copy.tar');
  const images: Image[] = [];
  for (const text of [
    `oci:${folder}/layout:v1`,
    `oci-archive:${folder}/copy.tar:v1`,
    `oci-archive:${folder}/copy.tar.zst`,
    `docker-archive:${folder}/docker.tar:registry.example/team/app:1`,
    `docker-archive:${folder}/docker.tar.gz`,
    `oci:${folder}/back`,
    `oci:${folder}/zstd:v3`,
    `oci-archive:${folder}/dir.tar`,
  ]) {
    const copy = await openImage(text);
    images.push(copy);
    assert.deepEqual(await check(copy), await expected(), text);
    assert.deepEqual(copy.identity.diffIds, image.diffIds, text);
    assert.deepEqual(
      copy.layers.map(({ createdBy }) => createdBy),
      ['COPY base /', 'RUN rm', 'COPY base /'],
      text,
    );
  }
  const [first, ...copies] = images;
  for (const copy of copies) assert.ok(first && isSameImage(first.identity, copy.identity), copy.reference);
  await Promise.all(images.map((one) => one[Symbol.asyncDispose]()));
});

test('an image that buildah made from scratch is read from each of its formats', when, async () => {
  await mkdir(join(folder, 'add'));
  await writeFile(join(folder, 'add', 'program'), '#!/bin/sh\necho harmless\n');
  await chmod(join(folder, 'add', 'program'), 0o755);
  const container = buildah('from', 'scratch').trim();
  buildah('copy', container, join(folder, 'add'), '/opt');
  buildah('config', '--entrypoint', '["/opt/program"]', '--env', 'A=1', '--created-by', 'COPY add /opt', container);
  buildah('commit', '-q', container, `oci:${folder}/built:v1`);
  buildah('commit', '-q', container, 'local/built:v1');
  buildah('push', '-q', 'local/built:v1', `docker-archive:${folder}/built.tar:local/built:v1`);
  buildah('push', '-q', 'local/built:v1', `oci-archive:${folder}/built-oci.tar:v1`);
  const fromArchive = await openImage(`docker-archive:${folder}/built.tar`);
  const fromOci = await openImage(`oci-archive:${folder}/built-oci.tar`);
  const direct = await openImage(`oci:${folder}/built:v1`);
  assert.deepEqual(direct.config?.entrypoint, ['/opt/program']);
  for (const one of [fromArchive, fromOci, direct]) {
    const lines = (await check(one)).flat();
    assert.ok(
      lines.some((line) => line.includes('"opt/program"')),
      one.reference,
    );
  }
  assert.ok(isSameImage(fromArchive.identity, fromOci.identity));
});

test('an image that buildah built from a file with a chroot has its steps', when, async () => {
  await mkdir(join(folder, 'context'));
  await writeFile(join(folder, 'context', 'a.txt'), 'a');
  await writeFile(
    join(folder, 'context', 'Containerfile'),
    'FROM scratch\nCOPY a.txt /a.txt\nENV B=2\nCOPY a.txt /b.txt\nCMD ["/a.txt"]\n',
  );
  buildah('bud', '-q', '--layers', '--isolation', 'chroot', '-t', `oci:${folder}/bud:v1`, join(folder, 'context'));
  const built = await openImage(`oci:${folder}/bud:v1`);
  await check(built);
  assert.equal(built.layers.length, 2);
  assert.ok(built.layers.every(({ createdBy }) => createdBy?.includes('COPY')));
});

test('a layout that umoci made and repacked is read, and its unpacked tree as a rootfs', when, async () => {
  run('umoci', 'init', '--layout', 'umoci');
  run('umoci', 'new', '--image', 'umoci:v1');
  run('umoci', 'unpack', '--image', 'umoci:v1', 'bundle');
  await mkdir(join(folder, 'bundle/rootfs/usr/bin'), { recursive: true });
  await writeFile(join(folder, 'bundle/rootfs/usr/bin/tool'), 'tool');
  run('umoci', 'repack', '--image', 'umoci:v2', 'bundle');
  run('umoci', 'config', '--image', 'umoci:v2', '--config.entrypoint', '/usr/bin/tool');
  const repacked = await openImage(`oci:${folder}/umoci:v2`);
  const lines = (await check(repacked)).flat();
  assert.deepEqual(repacked.config?.entrypoint, ['/usr/bin/tool']);
  assert.ok(lines.some((line) => line.includes('"usr/bin/tool"')));
  const tree = await openImage(`rootfs:${folder}/bundle/rootfs`);
  const [layer = []] = await listImage(tree, context);
  const line = layer.find((one) => one.includes('"usr/bin/tool"'));
  assert.ok(line?.includes(sha256(Buffer.from('tool'))));
});

test('a rootfs with devices, another file system and an unreadable file is told as it is', when, async () => {
  const root = join(folder, 'live');
  await mkdir(join(root, 'proc'), { recursive: true });
  await mkdir(join(root, 'mnt'), { recursive: true });
  run('mknod', join(root, 'null'), 'c', '1', '3');
  await writeFile(join(root, 'z'), 'readable');
  run('mount', '-t', 'proc', 'proc', join(root, 'proc'));
  run('mount', '-t', 'tmpfs', 'tmpfs', join(root, 'mnt'));
  try {
    const live = await openImage(`rootfs:${root}`);
    const entries = (await listImage(live, context))
      .flat()
      .map((line) => JSON.parse(line) as { path: string; type: string });
    assert.deepEqual(
      entries.map(({ path, type }) => `${type} ${path}`),
      ['directory mnt', 'character-device null', 'directory proc', 'file z'],
    );
    assert.deepEqual(
      live.gaps.map(({ code, where, executable }) => [code, where, executable]),
      [['ROOTFS_OTHER_FILESYSTEM', 'proc', undefined]],
    );
    await writeFile(join(root, 'mnt', 'hidden'), 'x');
    await listImage(live, context);
    assert.deepEqual(
      live.gaps.map(({ where, executable }) => [where, executable]),
      [
        ['mnt', true],
        ['proc', undefined],
      ],
    );
  } finally {
    run('umount', join(root, 'mnt'));
    run('umount', join(root, 'proc'));
  }
});

test('a file that the user may not read is an empty entry and a gap', when, async () => {
  const root = join(folder, 'private');
  await mkdir(root);
  await chmod(folder, 0o755);
  await writeFile(join(root, 'secret'), 'secret', { mode: 0o700 });
  await writeFile(join(root, 'z'), 'readable');
  const program = `
    import { rootfs } from ${JSON.stringify(join(import.meta.dirname, '../../src/image/sources/rootfs.ts'))};
    import { fakeContext } from ${JSON.stringify(join(import.meta.dirname, '../fakes/context.ts'))};
    process.setgid(65534);
    process.setuid(65534);
    const context = fakeContext();
    const [image] = await rootfs.resolve({ scheme: 'rootfs', path: process.argv[1] }, { all: true }, context);
    let text = '';
    for await (const chunk of await image.layers[0].open(context)) text += Buffer.from(chunk).toString('latin1');
    console.log(JSON.stringify({ gaps: image.gaps, has: text.includes('readable') }));`;
  const output = JSON.parse(run(process.execPath, '--input-type=module', '-e', program, root)) as {
    gaps: readonly { code: string; where: string; bytes: number; executable: boolean }[];
    has: boolean;
  };
  assert.ok(output.has);
  assert.deepEqual(
    output.gaps.map(({ code, where, bytes, executable }) => [code, where, bytes, executable]),
    [['ROOTFS_UNREADABLE', 'secret', 6, true]],
  );
});
