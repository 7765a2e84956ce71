import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { factFileIn } from '../store/fact-file.ts';
import { startScanning } from './scan-processes.ts';
import { resolveSettings, type Settings } from './settings.ts';

const settingsOf = (flags: Partial<Record<keyof Settings, unknown>>): Settings =>
  resolveSettings({ flags, environment: {}, file: {}, fileName: '' });

describe('scanning processes ahead of everything else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-ahead-'));
  const temporary = join(folder, 'temporary');
  const cacheFolder = join(folder, 'cache');
  const usual = process.env['TMPDIR'];
  before(() => {
    mkdirSync(temporary);
    mkdirSync(cacheFolder);
    process.env['TMPDIR'] = temporary;
  });
  after(() => {
    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
    rmSync(folder, { recursive: true });
  });

  const foldersLeft = (): readonly string[] => readdirSync(temporary);
  /** Processes that were told of our temporary folder. */
  const processesLeft = (): number =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`=${temporary}/`);
      } catch (thrown) {
        // It has ended meanwhile.
        if (typeof (thrown as NodeJS.ErrnoException).code === 'string') return false;
        throw thrown;
      }
    }).length;

  const cases: readonly (readonly [name: string, settings: Settings, count: number])[] = [
    ['one where one core loads the program and another is free', settingsOf({ cache: false, cores: 2 }), 1],
    ['one on a single core too', settingsOf({ cache: false, cores: 1 }), 1],
    ['two where two cores are free, and no more', settingsOf({ cache: false, cores: 16 }), 2],
    ['one where no scan was remembered yet', settingsOf({ cacheFolder, cores: 2 }), 1],
  ];
  for (const [name, settings, count] of cases)
    test(`${name}, and nothing is left of them`, async () => {
      await using processes = await startScanning(settings, {});
      assert.equal(foldersLeft().length, 1);
      // A process has no command line for a moment, each time one program puts another in its place.
      const deadline = Date.now() + 30_000;
      let running = processesLeft();
      for (; running !== count && Date.now() < deadline; running = processesLeft()) await delay(10);
      assert.equal(running, count);
      await processes[Symbol.asyncDispose]();
      assert.deepEqual(foldersLeft(), []);
      assert.equal(processesLeft(), 0);
    });

  test('none where scans are remembered', async () => {
    writeFileSync(factFileIn(cacheFolder), '');
    await using _processes = await startScanning(settingsOf({ cacheFolder }), {});
    assert.deepEqual(foldersLeft(), []);
    assert.equal(processesLeft(), 0);
  });

  test('none where temporary files cannot be written, which is told', async () => {
    process.env['TMPDIR'] = join(folder, 'nowhere');
    try {
      await assert.rejects(startScanning(settingsOf({ cache: false }), {}), { code: 'TEMPORARY_FOLDER_UNUSABLE' });
    } finally {
      process.env['TMPDIR'] = temporary;
    }
  });
});
