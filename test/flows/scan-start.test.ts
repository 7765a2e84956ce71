/** Scanning processes start before a scan knows whether it has work for them: whatever it comes to, nothing is left of them. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

const entry = join(import.meta.dirname, '../../src/cli/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-start-'));
const temporary = join(folder, 'temporary');
mkdirSync(temporary);
after(() => rmSync(folder, { recursive: true }));

const start = (...words: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, 'scan', '--no-cache', ...words], {
    env: { PATH: process.env['PATH'], TMPDIR: temporary, HOME: folder },
    cwd: folder,
    stdio: 'ignore',
  });

const end = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('close', (status) => resolve(status));
  });

test('a setting that cannot be used, found when they run already', async () => {
  assert.equal(await end(start('--policy', 'nowhere.yaml', 'oci:nowhere')), 2);
  assert.deepEqual(readdirSync(temporary), []);
});

test('an image that cannot be had', async () => {
  assert.equal(await end(start('127.0.0.1:1/team/app:1')), 3);
  assert.deepEqual(readdirSync(temporary), []);
});

test('an interruption while the image is waited for', async () => {
  // A registry that takes connections and says nothing.
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  try {
    const address = silent.address();
    assert.ok(typeof address === 'object' && address !== null);
    const scan = start(`127.0.0.1:${address.port}/team/app:1`);
    const ended = end(scan);
    const deadline = Date.now() + 30_000;
    while (readdirSync(temporary).length === 0 && Date.now() < deadline) await delay(10);
    assert.notDeepEqual(readdirSync(temporary), []);
    scan.kill('SIGINT');
    assert.equal(await ended, 130);
    assert.deepEqual(readdirSync(temporary), []);
  } finally {
    silent.close();
  }
});
