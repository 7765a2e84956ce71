/**
 * Images whose headers were changed at random, with every digest made right again: never an exception, never a broken parser, and clean
 * only if every marker was found that any reader, however lenient, could get out of the bytes.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { isFault } from '../../src/core/fault.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { tarOf } from '../../src/formats/tar-writer.ts';
import { writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { mutate } from '../contracts/format.contract.ts';
import { arOf, cpioOf, rpmOf } from '../builders/archives.ts';
import { elfOf } from '../builders/elf.ts';
import { inShort, markerOf, markersFound, openHostileFlow } from '../builders/hostile-flow.ts';
import { storedImage, type StoredImage } from '../builders/hostile-images.ts';
import { mutateJson, mutateTarHeaders } from '../builders/hostile-mutations.ts';
import { markersInside } from '../builders/hostile-readers.ts';
import { bzip2Lines, xzLines } from '../builders/packed.ts';
import { xzStream } from '../builders/xz.ts';
import { zipOf } from '../builders/zip.ts';

/** More seeds find rarer things. */
const thorough = process.env['TIDEWAITER_REQUIRE_ALL'] === '1' ? 8 : 1;
const timeout = 110_000;

const flow = await openHostileFlow({ severity: 'info' });
after(() => flow[Symbol.asyncDispose]());

const text = (number: number, length = 60): string => `${'-'.repeat(length)} ${markerOf(number)}\n`;

const tar = tarOf([
  { path: 'usr/', type: 'directory' },
  { path: 'usr/bin/app', content: text(1, 700), mode: 0o755 },
  { path: `usr/share/${'long-name/'.repeat(12)}file`, content: text(2) },
  { path: 'usr/bin/link', type: 'symlink', target: 'app' },
  { path: 'usr/bin/hard', type: 'hardlink', target: 'usr/bin/app' },
  {
    path: 'etc/f\u00fcr',
    content: text(3),
    uid: 3_000_000,
    userName: 'app',
    xattrs: { 'user.note': Buffer.from('value') },
  },
  { path: 'etc/old', type: 'deletion' },
  { path: 'srv', type: 'opaque' },
  { path: 'dev/null', type: 'character-device', device: { major: 1, minor: 3 } },
  { path: 'srv/last', content: text(4) },
]);

const layer = (blob: Uint8Array): StoredImage => ({ layers: [{ blob }] });
/** One file in an honest layer, with another one after it. */
const file = (path: string, content: Uint8Array): StoredImage =>
  layer(
    tarOf([
      { path, content, mode: 0o755 },
      { path: 'etc/after', content: text(9) },
    ]),
  );

const members = [
  { name: 'META-INF/MANIFEST.MF', content: `Manifest-Version: 1.0\n${text(5)}` },
  { name: 'a/B.class', content: text(6, 300), method: 0 },
  { name: 'a/C.class', content: text(7, 300) },
];
const packages = {
  deb: arOf([
    { field: 'debian-binary', content: '2.0\n' },
    { field: 'control.tar.gz', content: gzipSync(tarOf([{ path: 'control', content: text(5) }])) },
    { field: 'data.tar.zst', content: zstdCompressSync(tarOf([{ path: 'usr/bin/tool', content: text(6) }])) },
  ]),
  cpio: cpioOf([
    { name: './usr/bin/tool', content: text(5), mode: 0o104755, inode: 2 },
    { name: './usr/bin/other', content: text(6), inode: 3 },
  ]),
  rpm: rpmOf(
    { 1000: 'tool', 1117: ['tool'], 1116: [0], 1118: ['/usr/bin/'], 1028: [80], 1125: 'gzip', 1124: 'cpio' },
    gzipSync(cpioOf([{ name: './usr/bin/tool', content: text(5) }])),
  ),
};
const elf = elfOf({
  interpreter: '/lib64/ld-linux-x86-64.so.2',
  libraries: ['libc.so.6'],
  runpath: '$ORIGIN',
  overlay: Buffer.from(text(5)),
});

interface Subject {
  readonly seeds: number;
  /** False where no reader looks at the structure: then every mutant stays clean. */
  readonly isParsed?: boolean;
  readonly make: (seed: number) => StoredImage;
}

const subjects: Readonly<Record<string, Subject>> = {
  'the tar headers of a layer': { seeds: 100, make: (seed) => layer(mutateTarHeaders(tar, seed)) },
  'any bytes of a tar': { seeds: 60, make: (seed) => layer(mutate(tar, seed)) },
  'the tar inside a gzip layer': { seeds: 30, make: (seed) => layer(gzipSync(mutateTarHeaders(tar, 1000 + seed))) },
  'a gzip layer': { seeds: 40, make: (seed) => layer(mutate(gzipSync(tar), seed)) },
  'a zstd layer': { seeds: 40, make: (seed) => layer(mutate(zstdCompressSync(tar), seed)) },
  'a manifest': {
    seeds: 40,
    make: (seed) => ({
      ...layer(gzipSync(tar)),
      manifest: (body) => mutateJson(Buffer.from(JSON.stringify(body)), seed),
    }),
  },
  'the bytes of a manifest': {
    seeds: 20,
    make: (seed) => ({ ...layer(gzipSync(tar)), manifest: (body) => mutate(Buffer.from(JSON.stringify(body)), seed) }),
  },
  'a config': {
    seeds: 40,
    make: (seed) => ({
      ...layer(gzipSync(tar)),
      config: (body) => mutateJson(Buffer.from(JSON.stringify(body)), seed),
    }),
  },
  'the bytes of a config': {
    seeds: 20,
    make: (seed) => ({ ...layer(gzipSync(tar)), config: (body) => mutate(Buffer.from(JSON.stringify(body)), seed) }),
  },
  'a zip': { seeds: 60, make: (seed) => file('opt/app.jar', mutate(zipOf(members), seed)) },
  'a zip with 64-bit fields': {
    seeds: 30,
    make: (seed) => file('opt/a.zip', mutate(zipOf(members, { wide: true }), seed)),
  },
  'a zip with data descriptors': {
    seeds: 30,
    make: (seed) =>
      file('opt/a.zip', mutate(zipOf(members.map((one) => ({ ...one, descriptor: 'marked' as const }))), seed)),
  },
  'a Debian package': { seeds: 25, make: (seed) => file('opt/tool.deb', mutate(packages.deb, seed)) },
  'a cpio archive': { seeds: 25, make: (seed) => file('opt/tool.cpio', mutate(packages.cpio, seed)) },
  'an RPM package': { seeds: 25, make: (seed) => file('opt/tool.rpm', mutate(packages.rpm, seed)) },
  'a tar in a gzip file': {
    seeds: 25,
    make: (seed) => file('opt/a.tar.gz', gzipSync(mutateTarHeaders(tar, 2000 + seed))),
  },
  'a gzip file': { seeds: 25, make: (seed) => file('opt/a.gz', mutate(gzipSync(text(5, 300)), seed)) },
  'a zstd file': { seeds: 25, make: (seed) => file('opt/a.zst', mutate(zstdCompressSync(text(5, 300)), seed)) },
  'an xz file': {
    seeds: 40,
    make: (seed) => file('opt/a.xz', mutate(seed % 2 === 0 ? xzLines : xzStream(text(5)), seed)),
  },
  'a bzip2 file': { seeds: 30, make: (seed) => file('opt/a.bz2', mutate(bzip2Lines, seed)) },
  'an ELF program': { seeds: 40, make: (seed) => file('usr/bin/app', mutate(elf, seed)) },
};

const assertNothingMissed = (verdict: Verdict, image: StoredImage, about: string): void => {
  if (verdict.assessment !== 'clean') return;
  const found = markersFound(verdict);
  for (const { blob } of image.layers)
    for (const number of markersInside(blob))
      assert.ok(found.has(number), `${about}: marker ${number} is missed: ${inShort(verdict)}`);
};

for (const [name, { seeds, isParsed = true, make }] of Object.entries(subjects)) {
  test(`mutations of ${name}`, { timeout }, async () => {
    let told = 0;
    for (let seed = 0; seed < seeds * thorough; seed += 1) {
      const image = make(seed);
      const verdict = await flow.judge(storedImage(image));
      assertNothingMissed(verdict, image, `seed ${seed}`);
      if (verdict.assessment !== 'clean') told += 1;
    }
    assert.equal(told > 0, isParsed, 'the mutations change something');
  });
}

test('mutations of an index.json', { timeout }, async () => {
  const layout = flow.path();
  const image = storedImage(layer(gzipSync(tar)));
  await writeOciLayout(layout, image, 'v1');
  const index = join(layout, 'index.json');
  const bytes = await readFile(index);
  for (let seed = 0; seed < 40 * thorough; seed += 1) {
    await writeFile(index, seed % 3 === 0 ? mutate(bytes, seed) : mutateJson(bytes, seed));
    try {
      assertNothingMissed(await flow.inspect(`oci:${layout}`), layer(gzipSync(tar)), `seed ${seed}`);
    } catch (thrown) {
      // Several images, and none was named: the person must choose.
      if (!isFault(thrown) || thrown.kind !== 'misuse') throw thrown;
      assert.match(thrown.code, /^IMAGE_NAME_/);
    }
  }
});
