/** Images that end too early, wherever they are cut: never clean, and what lies before the cut is still examined. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Verdict } from '../../src/core/verdict.ts';
import { tarOf } from '../../src/formats/tar-writer.ts';
import {
  buildImage,
  writeDockerArchive,
  writeOciArchive,
  writeOciLayout,
  type Built,
} from '../../src/image/oci-layout-writer.ts';
import { inShort, markerOf, markersFound, openHostileFlow } from '../builders/hostile-flow.ts';
import { digestOf, noise, storedImage, withBlob } from '../builders/hostile-images.ts';

const flow = await openHostileFlow({ severity: 'info' });
after(() => flow[Symbol.asyncDispose]());

const kibibyte = 1024;
const timeout = 60_000;

/** Six files of 3 KiB that do not pack, a marker at the end of each. */
const files = Array.from({ length: 6 }, (_, number) => ({
  path: `opt/file-${number}`,
  content: `${noise(number, 3 * kibibyte)}${markerOf(number)}`,
}));
const tar = tarOf(files);
const small = tarOf([{ path: 'etc/small', content: markerOf(100) }]);
const packings: Readonly<Record<string, Uint8Array>> = {
  uncompressed: tar,
  gzip: gzipSync(tar),
  zstd: zstdCompressSync(tar),
};

const assertNotClean = (verdict: Verdict, about: string): void => {
  assert.ok(
    verdict.assessment === 'incomplete' || verdict.assessment === 'malicious',
    `${about} is ${inShort(verdict)}`,
  );
  assert.equal(verdict.decision, 'deny', about);
};

const cuts = (length: number, step = kibibyte): readonly number[] =>
  Array.from({ length: Math.ceil(length / step) }, (_, position) => position * step);

/** Markers of files that are whole before the cut of the uncompressed layer. */
const wholeBefore = (cut: number): readonly number[] =>
  files.flatMap((_, number) => {
    const at = Buffer.from(tar).indexOf(markerOf(number));
    return at + markerOf(number).length <= cut ? [number] : [];
  });

test('the uncut images are clean, with every marker found', { timeout }, async () => {
  for (const [name, blob] of Object.entries(packings)) {
    const verdict = await flow.judge(storedImage({ layers: [{ blob: small }, { blob }] }));
    assert.equal(verdict.assessment, 'clean', `${name}: ${inShort(verdict)}`);
    assert.deepEqual(markersFound(verdict), new Set([100, 0, 1, 2, 3, 4, 5]));
  }
});

for (const [name, blob] of Object.entries(packings)) {
  test(`a layer (${name}) cut at every kilobyte, its digest left as it was`, { timeout }, async () => {
    const whole = storedImage({ layers: [{ blob: small }, { blob }] });
    for (const cut of cuts(blob.length)) {
      const verdict = await flow.judge(withBlob(whole, digestOf(blob), blob.subarray(0, cut)));
      assertNotClean(verdict, `cut at ${cut}`);
      assert.ok(markersFound(verdict).has(100), 'the other layer is examined');
    }
  });

  test(`a layer (${name}) cut at every kilobyte, every digest made anew`, { timeout }, async () => {
    for (const cut of cuts(blob.length)) {
      const verdict = await flow.judge(storedImage({ layers: [{ blob: small }, { blob: blob.subarray(0, cut) }] }));
      assertNotClean(verdict, `cut at ${cut}`);
      const found = markersFound(verdict);
      assert.ok(found.has(100), 'the other layer is examined');
      if (name === 'uncompressed')
        for (const number of wholeBefore(cut)) assert.ok(found.has(number), `file ${number}, cut at ${cut}`);
    }
  });
}

test('an uncompressed layer cut near the end of each of its parts', { timeout }, async () => {
  const ends = [512, 1024, 1536, 512 + 3 * kibibyte, tar.length - 1024, tar.length - 512, tar.length - 1];
  for (const cut of ends.flatMap((end) => [end - 1, end, end + 1]).filter((end) => end < tar.length)) {
    const verdict = await flow.judge(storedImage({ layers: [{ blob: tar.subarray(0, cut) }] }));
    assert.notEqual(verdict.assessment, 'clean', `cut at ${cut}`);
  }
});

const annotations = Object.fromEntries(cuts(40).map((_, number) => [`note.${number}`, noise(number, 200)]));
const wordy = buildImage({
  layers: [{ entries: files.slice(0, 1) }, { entries: files.slice(1, 2) }],
  config: { config: { Labels: { note: noise(1, 4 * kibibyte) } } },
  annotations: { ...annotations, note: noise(2, 4 * kibibyte) },
});

test('a manifest cut at every kilobyte and beside its braces', { timeout }, async () => {
  const { manifest, manifestDigest, mediaType } = wordy;
  for (const cut of [...cuts(manifest.length), 1, manifest.length - 1, manifest.length - 2]) {
    const bytes = manifest.subarray(0, cut);
    assertNotClean(await flow.judge(withBlob(wordy, manifestDigest, bytes)), `old digest, cut at ${cut}`);
    const blobs = new Map([...wordy.blobs, [digestOf(bytes), bytes]]);
    const consistent: Built = { mediaType, manifestDigest: digestOf(bytes), manifest: bytes, blobs };
    assertNotClean(await flow.judge(consistent), `new digest, cut at ${cut}`);
  }
});

test('a config cut at every kilobyte and beside its braces', { timeout }, async () => {
  const bytes = wordy.blobs.get(wordy.configDigest) ?? new Uint8Array();
  for (const cut of [...cuts(bytes.length), 1, bytes.length - 1, bytes.length - 2]) {
    const part = bytes.subarray(0, cut);
    assertNotClean(await flow.judge(withBlob(wordy, wordy.configDigest, part)), `old digest, cut at ${cut}`);
    const layers = wordy.layerDigests.map((digest) => ({ blob: wordy.blobs.get(digest) ?? new Uint8Array() }));
    const verdict = await flow.judge(storedImage({ layers, config: () => part }));
    assertNotClean(verdict, `new digest, cut at ${cut}`);
    assert.ok(markersFound(verdict).has(0), 'layers are examined without a config too');
  }
});

test('an index.json cut everywhere', { timeout }, async () => {
  const layout = flow.path();
  await writeOciLayout(layout, wordy, 'v1');
  const file = join(layout, 'index.json');
  const bytes = await readFile(file);
  for (const cut of cuts(bytes.length, 8)) {
    await writeFile(file, bytes.subarray(0, cut));
    assertNotClean(await flow.inspect(`oci:${layout}`), `cut at ${cut}`);
  }
});

const archives: Readonly<Record<string, (file: string, image: typeof wordy) => Promise<string>>> = {
  'an OCI archive': async (file, image) => {
    await writeOciArchive(file, image, 'v1');
    return `oci-archive:${file}`;
  },
  'a classic Docker archive': async (file, image) => {
    await writeDockerArchive(file, image, { name: 'team/app:1', layout: 'classic' });
    return `docker-archive:${file}`;
  },
  'a Docker archive that is a layout': async (file, image) => {
    await writeDockerArchive(file, image, { name: 'team/app:1', layout: 'oci' });
    return `docker-archive:${file}`;
  },
};

for (const [name, write] of Object.entries(archives))
  for (const packing of ['as it is', 'packed'] as const)
    test(`${name}, ${packing}, cut at every kilobyte`, { timeout }, async () => {
      const file = flow.path();
      const reference = await write(file, wordy);
      const whole = packing === 'packed' ? gzipSync(await readFile(file)) : await readFile(file);
      await writeFile(file, whole);
      assert.equal((await flow.inspect(reference)).assessment, 'clean');
      for (const cut of cuts(whole.length).slice(1)) {
        await writeFile(file, whole.subarray(0, cut));
        const verdict = await flow.inspect(reference);
        // Where only zeros are missing from the end mark, nothing is: every blob has its digest.
        if (whole.subarray(cut).every((byte) => byte === 0)) continue;
        assertNotClean(verdict, `cut at ${cut}`);
      }
      await rm(file);
    });
