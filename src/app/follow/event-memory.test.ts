import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Verdict } from '../../core/verdict.ts';
import { someDossier } from '../../../test/builders/dossier.ts';
import { digestOf } from '../../../test/builders/happenings.ts';
import { hunt } from './hunt.ts';
import { keepJudged, openEventMemory, openJudgedImages } from './event-memory.ts';

const verdict: Verdict = {
  assessment: 'malicious',
  decision: 'deny',
  because: ['a miner'],
  policy: { name: 'default', version: 'sha256:x' },
  at: '2026-03-01T00:00:00.000Z',
  dossier: someDossier({
    reference: 'docker://registry.example/app:1',
    identity: { manifest: digestOf('a'), config: digestOf('b'), diffIds: [digestOf('c')] },
    packages: [{ name: 'xz-utils', version: '5.6.1-1', ecosystem: 'deb', purl: 'pkg:deb/debian/xz-utils@5.6.1-1' }],
  }),
};

const withState = async (
  run: (surroundings: Parameters<typeof keepJudged>[1], folder: string, warnings: string[]) => Promise<void> | void,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-memory-'));
  const warnings: string[] = [];
  const log = { debug: () => undefined, warn: (message: string) => void warnings.push(message) };
  try {
    await run({ environment: { XDG_STATE_HOME: folder }, log }, folder, warnings);
  } finally {
    await rm(folder, { recursive: true });
  }
};

test('what a scan judged is known by any of its digests, and found by its layers and packages', () =>
  withState(async (surroundings) => {
    keepJudged([verdict], surroundings);
    using judged = openJudgedImages(surroundings);
    for (const letter of ['a', 'b']) assert.equal(judged.find(digestOf(letter))?.verdict.decision, 'deny');
    assert.equal(judged.find(digestOf('c')), undefined);
    const memory = openEventMemory(surroundings.environment);
    for (const what of [digestOf('c'), 'xz-utils@5.6.1-1'])
      assert.deepEqual(
        (await hunt(what, { memory })).images.map(({ reference }) => reference),
        ['docker://registry.example/app:1'],
        what,
      );
    assert.deepEqual((await hunt('xz-utils@5.6.2-1', { memory })).images, []);
    memory.close();
  }));

test('asking makes nothing; a memory that cannot be used is told once, and fails neither scan nor replay', () =>
  withState(async (surroundings, folder, warnings) => {
    openJudgedImages(surroundings)[Symbol.dispose]();
    keepJudged([{ ...verdict, dossier: someDossier({ identity: { diffIds: [] } }) }], surroundings);
    assert.deepEqual(await readdir(folder), [], 'a folder has no digest to be kept by');
    await mkdir(join(folder, 'tidewaiter'), { mode: 0o700 });
    await writeFile(join(folder, 'tidewaiter/events.sqlite'), 'no database'.repeat(100), { mode: 0o600 });
    keepJudged([verdict], surroundings);
    using judged = openJudgedImages(surroundings);
    assert.equal(judged.find(digestOf('a')), undefined);
    assert.equal(judged.find(digestOf('a')), undefined);
    assert.equal(warnings.length, 1);
  }));
