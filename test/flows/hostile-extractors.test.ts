/**
 * Mutated layers and archives against the programs that people unpack with. What GNU tar, Python or Info-ZIP still get out of one is
 * found, or the verdict is not clean; and of a clean layer GNU tar
 * makes the same contents as we do.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Verdict } from '../../src/core/verdict.ts';
import { tarOf } from '../../src/formats/tar-writer.ts';
import { mutate } from '../contracts/format.contract.ts';
import { inShort, markerOf, markersFound, openHostileFlow, type HostileFlow } from '../builders/hostile-flow.ts';
import { storedImage } from '../builders/hostile-images.ts';
import { mutateTarHeaders } from '../builders/hostile-mutations.ts';
import { zipOf } from '../builders/zip.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const skip = required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1';

const text = (number: number): string => `${'-'.repeat(300)} ${markerOf(number)}\n`;

const tar = tarOf([
  { path: 'usr/bin/app', content: text(1), mode: 0o755 },
  { path: `usr/share/${'long-name/'.repeat(12)}file`, content: text(2) },
  { path: 'usr/bin/link', type: 'symlink', target: 'app' },
  { path: 'etc/f\u00fcr', content: text(3) },
  { path: 'srv', type: 'directory' },
  { path: 'srv/last', content: text(4) },
]);
const zip = zipOf([
  { name: 'a', content: text(1) },
  { name: 'b', content: text(2), method: 0 },
  { name: 'c/d', content: text(3), descriptor: 'marked' },
]);

/** Reads every archive of a folder as Python does, a tar beyond its end mark too; prints the markers in each one's files, as JSON lines. */
const reader = `
import json, os, re, sys, tarfile, zipfile
marker = re.compile(rb'INERT-MARKER-([0-9a-f]{4})')
def contents(file):
    if sys.argv[2] == 'zip':
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                try: yield archive.read(info)
                except Exception: pass
        return
    with tarfile.open(file, 'r:', ignore_zeros=True) as archive:
        for info in archive:
            try: yield archive.extractfile(info).read() if info.isreg() else b''
            except Exception: pass
for name in sorted(os.listdir(sys.argv[1])):
    found = []
    try:
        for content in contents(os.path.join(sys.argv[1], name)): found += [int(one, 16) for one in marker.findall(content)]
    except Exception: pass
    print(json.dumps([int(name), found]))
`;

/** Markers by seed. */
const readWithPython = (folder: string, kind: 'tar' | 'zip'): ReadonlyMap<number, readonly number[]> => {
  const output = execFileSync('python3', ['-c', reader, folder, kind], { maxBuffer: 2 ** 28 })
    .toString()
    .trim();
  return new Map(output.split('\n').map((line) => JSON.parse(line) as [number, number[]]));
};

const markersOf = (text: string): readonly number[] =>
  [...text.matchAll(/INERT-MARKER-([0-9a-f]{4})/g)].map(([, digits = '']) => Number.parseInt(digits, 16));

const inOrder = (markers: readonly number[]): readonly number[] => markers.toSorted((one, other) => one - other);

/** Everything that comes out, whatever the program complains of. */
const markersFrom = (program: string, ...words: readonly string[]): readonly number[] => {
  const { stdout } = spawnSync(program, words, { maxBuffer: 2 ** 26, env: { PATH: process.env['PATH'] } });
  return markersOf(stdout.toString('latin1'));
};

const markersIn = ({ dossier }: Verdict): readonly number[] =>
  dossier.findings
    .filter(({ rule }) => rule === 'yara/marker/planted')
    .flatMap(({ evidence }) => evidence)
    .flatMap((proof) => (proof.kind === 'excerpt' ? markersOf(proof.text) : []));

describe('what other programs get out is not missed', { skip }, () => {
  let flow: HostileFlow;
  before(async () => {
    flow = await openHostileFlow({ severity: 'info' });
  });
  after(() => flow[Symbol.asyncDispose]());

  const prepare = async (count: number, make: (seed: number) => Uint8Array): Promise<string> => {
    const folder = flow.path();
    await mkdir(folder);
    for (let seed = 0; seed < count; seed += 1) await writeFile(join(folder, `${seed}`), make(seed));
    return folder;
  };

  const assertFound = (verdict: Verdict, markers: Iterable<number>, about: string): void => {
    if (verdict.assessment !== 'clean') return;
    const found = markersFound(verdict);
    for (const marker of markers)
      assert.ok(found.has(marker), `${about} gets marker ${marker} out: ${inShort(verdict)}`);
  };

  test('mutated tars', { timeout: 100_000 }, async () => {
    const make = (seed: number): Uint8Array => (seed % 3 === 0 ? mutate(tar, seed) : mutateTarHeaders(tar, seed));
    const folder = await prepare(600, make);
    const python = readWithPython(folder, 'tar');
    let clean = 0;
    for (let seed = 0; seed < 600; seed += 1) {
      const verdict = await flow.judge(storedImage({ layers: [{ blob: gzipSync(make(seed)) }] }));
      const file = join(folder, `${seed}`);
      assertFound(verdict, python.get(seed) ?? [], `seed ${seed}: Python`);
      assertFound(verdict, markersFrom('tar', '-xOf', file), `seed ${seed}: GNU tar`);
      assertFound(verdict, markersFrom('tar', '-xiOf', file), `seed ${seed}: GNU tar, zeros ignored`);
      if (verdict.assessment !== 'clean') continue;
      clean += 1;
      assert.deepEqual(
        inOrder(markersIn(verdict)),
        inOrder(markersFrom('tar', '-xOf', file)),
        `seed ${seed} is clean, and GNU tar reads other files`,
      );
    }
    assert.ok(clean > 20 && clean < 580, `${clean} of 600 are clean`);
  });

  test('mutated zips', { timeout: 100_000 }, async () => {
    const make = (seed: number): Uint8Array => mutate(zip, seed);
    const folder = await prepare(500, make);
    const python = readWithPython(folder, 'zip');
    for (let seed = 0; seed < 500; seed += 1) {
      const verdict = await flow.judge(
        storedImage({ layers: [{ blob: tarOf([{ path: 'opt/a.zip', content: make(seed) }]) }] }),
      );
      assertFound(verdict, python.get(seed) ?? [], `seed ${seed}: Python`);
      assertFound(verdict, markersFrom('unzip', '-p', join(folder, `${seed}`)), `seed ${seed}: unzip`);
    }
  });
});
