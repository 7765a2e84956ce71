import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeFolder } from './private-folder.ts';
import { canKeepState } from './state-file.ts';

const someFolder = async (t: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-private-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
};

test('a folder is made with its parents, for this user only, and once more without complaint', async (t) => {
  const folder = join(await someFolder(t), 'a', 'b');
  makeFolder(folder);
  makeFolder(folder);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
});

test('a file where a folder must be ends it', async (t) => {
  const file = join(await someFolder(t), 'file');
  await writeFile(file, '');
  assert.throws(() => makeFolder(join(file, 'a')), { code: 'ENOTDIR' });
});

const noProcess = existsSync('/proc/self') ? false : 'this system has no /proc';

test('where folders are refused as if their parent were not there, it ends', { skip: noProcess }, () => {
  assert.throws(() => makeFolder('/proc/tidewaiter/state'));
});

test('state is kept in a folder that can be made, and not below or in the place of a file', async (t) => {
  const folder = await someFolder(t);
  assert.equal(canKeepState(join(folder, 'state')), true);
  assert.equal(existsSync(join(folder, 'state')), true);
  await writeFile(join(folder, 'file'), '');
  assert.equal(canKeepState(join(folder, 'file', 'state')), false);
  assert.equal(canKeepState(join(folder, 'file')), false);
});

test('a damaged file in the folder is no reason to take what was kept for forgotten', async (t) => {
  const folder = await someFolder(t);
  await writeFile(join(folder, 'trust-memory.sqlite'), 'no database');
  assert.equal(canKeepState(folder), true);
});
