/** Bombs: small images that unpack to much, to many, or to themselves. Each ends soon, in bounded memory, and is clean only when all of it was read. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Verdict } from '../../src/core/verdict.ts';
import { paxHeader, paxRecord, tarEnd, tarHeader, tarOf } from '../../src/formats/tar-writer.ts';
import {
  fortyTwo,
  gzipOfZeros,
  gzipQuine,
  layerOfZeros,
  nestedGzip,
  overlappingZip,
  zstdOfZeros,
} from '../builders/hostile-bombs.ts';
import { gapCodes, inShort, markerOf, markersFound, openHostileFlow } from '../builders/hostile-flow.ts';
import { digestOf, storedImage, type StoredLayer } from '../builders/hostile-images.ts';
import { base256, octal, rawTar, rawTarBlock, rawTarEntry } from '../builders/tar.ts';
import { zipOf } from '../builders/zip.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const slow = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' } as const;

const flow = await openHostileFlow({ severity: 'info' });
after(() => flow[Symbol.asyncDispose]());

const marker = Buffer.from(markerOf(1));

const judgeLayer = (layer: StoredLayer): Promise<Verdict> => flow.judge(storedImage({ layers: [layer] }));
/** One file, and another one behind it that must be examined whatever the first does. */
const judgeFile = async (content: Uint8Array, path = 'opt/file'): Promise<Verdict> => {
  const verdict = await judgeLayer({
    blob: tarOf([
      { path, content },
      { path: 'opt/after', content: markerOf(2) },
    ]),
  });
  assert.ok(markersFound(verdict).has(2), `the file after it: ${inShort(verdict)}`);
  return verdict;
};

const assertGap = (verdict: Verdict, code: string): void => {
  assert.equal(verdict.assessment, 'incomplete', inShort(verdict));
  assert.ok(gapCodes(verdict).includes(code), inShort(verdict));
};
const assertClean = (verdict: Verdict, ...found: readonly number[]): void => {
  assert.equal(verdict.assessment, 'clean', inShort(verdict));
  for (const number of found) assert.ok(markersFound(verdict).has(number));
};

interface Case {
  readonly name: string;
  readonly judge: () => Promise<Verdict>;
  /** Code of the gap; absent: clean. */
  readonly gap?: string;
  /** Markers that must be found. */
  readonly found?: readonly number[];
}

const manyFiles = (count: number): Uint8Array =>
  Buffer.concat([
    ...Array.from({ length: count }, (_, number) => tarHeader({ path: `srv/${number % 500}/f${number}`, size: 0 })),
    tarHeader({ path: 'srv/last', size: marker.length }),
    Buffer.concat([marker], 512),
    tarEnd,
  ]);

const sparseFile = (size: number): Uint8Array => {
  const records = { major: '1', minor: '0', name: 'var/sparse', realsize: `${size}` };
  const map = Buffer.from(`1\n${size - 512}\n512\n`.padEnd(512, '\0'));
  return rawTar(
    paxHeader(Object.entries(records).map(([key, value]) => paxRecord(`GNU.sparse.${key}`, value))),
    rawTarEntry({ name: 'GNUSparseFile.0/sparse' }, Buffer.concat([map, Buffer.alloc(512, 'x')])),
  );
};

const cases: readonly Case[] = [
  {
    name: 'a gzip layer that is a thousand times larger unpacked is read to its end',
    judge: () =>
      judgeLayer({
        blob: layerOfZeros(64, 'gzip'),
        diffId: digestOf(
          Buffer.concat([tarHeader({ path: 'var/zeros', size: 2 ** 26 }), Buffer.alloc(2 ** 26), tarEnd]),
        ),
      }),
  },
  {
    name: 'a zstd layer that is thirty thousand times larger unpacked is given up',
    judge: () => judgeLayer({ blob: layerOfZeros(16_384, 'zstd') }),
    gap: 'RATIO_TOO_HIGH',
  },
  { name: 'a gzip file of zeros is read to its end', judge: () => judgeFile(gzipOfZeros(96)) },
  { name: 'a zstd bomb in a file', judge: () => judgeFile(zstdOfZeros(16_384)), gap: 'RATIO_TOO_HIGH' },
  { name: 'a gzip bomb in gzip', judge: () => judgeFile(gzipSync(gzipOfZeros(4096))), gap: 'UNPACKED_TOO_LARGE' },
  {
    name: 'a zip bomb in a tar in gzip',
    judge: () => judgeFile(gzipSync(tarOf([{ path: 'a.zip', content: overlappingZip(2000, 8) }])), 'opt/a.tgz'),
    gap: 'UNPACKED_TOO_LARGE',
  },
  {
    name: 'a zip of members that share their bytes',
    judge: () => judgeFile(overlappingZip(1500, 16)),
    gap: 'RATIO_TOO_HIGH',
  },
  { name: 'zips of zips of zips of zeros', judge: () => judgeFile(fortyTwo(4, 16, 16)), gap: 'UNPACKED_TOO_LARGE' },
  {
    name: 'packed as often as is read',
    judge: () => judgeFile(nestedGzip(5, marker)),
    found: [1],
  },
  { name: 'packed once more than is read', judge: () => judgeFile(nestedGzip(6, marker)), gap: 'NESTING_TOO_DEEP' },
  { name: 'packed two hundred times', judge: () => judgeFile(nestedGzip(200, marker)), gap: 'NESTING_TOO_DEEP' },
  {
    name: 'a zip in a tar in a gzip file in a zip',
    judge: () => {
      const zip = zipOf([{ name: 'inner', content: marker }]);
      const tgz = gzipSync(tarOf([{ path: 'b.zip', content: zip }]));
      return judgeFile(zipOf([{ name: 'a.tgz', content: tgz }]), 'opt/a.zip');
    },
    found: [1],
  },
  { name: 'a gzip file that unpacks to itself', judge: () => judgeFile(gzipQuine()), gap: 'NESTING_TOO_DEEP' },
  { name: 'a layer that unpacks to itself', judge: () => judgeLayer({ blob: gzipQuine() }), gap: 'NESTING_TOO_DEEP' },
  {
    name: 'five hundred files that unpack to themselves',
    judge: () =>
      judgeLayer({
        blob: tarOf(Array.from({ length: 500 }, (_, number) => ({ path: `opt/${number}.gz`, content: gzipQuine() }))),
      }),
    gap: 'NESTING_TOO_DEEP',
  },
  {
    name: 'a layer of twenty thousand empty files',
    judge: () => judgeLayer({ blob: gzipSync(manyFiles(20_000)) }),
    found: [1],
  },
  {
    name: 'a zip of ten thousand empty members',
    judge: () =>
      judgeFile(
        zipOf([
          ...Array.from({ length: 10_000 }, (_, number) => ({ name: `m/${number}`, method: 0 })),
          { name: 'last', content: marker },
        ]),
      ),
    found: [1],
  },
  {
    name: 'a thousand members with a broken checksum: the report stays short',
    judge: async () => {
      const members = Array.from({ length: 1000 }, (_, number) => ({ name: `m/${number}`, content: 'x', crc: 1 }));
      const verdict = await judgeFile(zipOf(members));
      assert.ok(JSON.stringify(verdict).length < 100_000);
      return verdict;
    },
    gap: 'ZIP_MEMBER_CORRUPT',
  },
  {
    name: 'a gzip file of ten thousand empty members',
    judge: () => judgeFile(Buffer.concat([...Array.from({ length: 10_000 }, () => gzipSync('')), gzipSync(marker)])),
    found: [1],
  },
  {
    name: 'a zstd layer with a frame for every block',
    judge: () => {
      const tar = tarOf(Array.from({ length: 2000 }, (_, number) => ({ path: `f${number}`, content: markerOf(1) })));
      const frames = Array.from({ length: tar.length / 512 }, (_, block) =>
        zstdCompressSync(tar.subarray(512 * block, 512 * block + 512)),
      );
      return judgeLayer({ blob: Buffer.concat(frames), diffId: digestOf(tar) });
    },
    found: [1],
  },
  {
    name: 'a sparse file of a terabyte',
    judge: () => judgeLayer({ blob: sparseFile(2 ** 40) }),
    gap: 'RATIO_TOO_HIGH',
  },
  {
    name: 'a file that states more bytes than there are in the world',
    judge: () => judgeLayer({ blob: rawTar(rawTarBlock({ size: base256(2n ** 53n - 1n) }), marker) }),
    gap: 'TAR_TRUNCATED',
  },
  {
    name: 'the same in two layers: the ledger still adds up',
    judge: () => {
      const blob = rawTar(rawTarBlock({ size: base256(2n ** 53n - 1n) }), marker);
      return flow.judge(storedImage({ layers: [{ blob }, { blob: Buffer.concat([blob, tarEnd]) }] }));
    },
    gap: 'TAR_TRUNCATED',
  },
  {
    name: 'a pax header that states a gigabyte',
    judge: () => judgeLayer({ blob: rawTar(rawTarBlock({ typeFlag: 'x', size: octal(2 ** 30) })) }),
    gap: 'TAR_RECORD_TOO_LARGE',
  },
  {
    name: 'a name of a megabyte',
    judge: () => judgeLayer({ blob: tarOf([{ path: `${'long/'.repeat(200_000)}x`, content: 'x' }]) }),
    gap: 'PATH_TOO_LONG',
  },
  {
    name: 'a thousand folders inside each other',
    judge: () => judgeLayer({ blob: tarOf([{ path: `${'d/'.repeat(1000)}file`, content: marker }]) }),
    found: [1],
  },
];

for (const { name, judge, gap, found = [] } of cases)
  test(name, { timeout: 30_000 }, async () => {
    const verdict = await judge();
    if (gap === undefined) assertClean(verdict, ...found);
    else assertGap(verdict, gap);
  });

test('a file larger than a window is clean when every window was read', { timeout: 30_000 }, async () => {
  const content = Buffer.alloc(80 * 2 ** 20, '.');
  content.write(markerOf(1), 33 * 2 ** 20);
  content.write(markerOf(3), content.length - 17);
  assertClean(await judgeFile(content), 1, 3);
  assertClean(await judgeFile(gzipSync(content, { level: 1 })), 1, 3);
});

test('a million files in one layer', { ...slow, timeout: 100_000 }, async () => {
  const tar = manyFiles(1_000_000);
  const verdict = await judgeLayer({ blob: gzipSync(tar, { level: 1 }), diffId: digestOf(tar) });
  assertClean(verdict, 1);
  assert.equal(verdict.dossier.coverage.files.examined, 1_000_001);
  // With the tar itself, which is half a gigabyte, and its packed form.
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  assert.ok(peak < 3000, `${peak} MB`);
});
