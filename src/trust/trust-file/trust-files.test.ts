import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTrustFolder } from '../../../test/fakes/trust-folder.ts';
import { TrustFileProblem, TrustFiles } from './trust-files.ts';

const problem = async (read: Promise<unknown>): Promise<string> => {
  try {
    await read;
  } catch (thrown) {
    assert.ok(thrown instanceof TrustFileProblem, String(thrown));
    return thrown.message;
  }
  return 'read';
};

test('names are relative to the folder, and what was read is kept with its rights', async (t) => {
  const folder = makeTrustFolder(t, { 'keys/a': 'abc' });
  chmodSync(join(folder, 'keys/a'), 0o640);
  const files = new TrustFiles(folder);
  const { bytes } = await files.file('keys/a', 10);
  await files.file(join(folder, 'keys/a'), 10);
  assert.equal(Buffer.from(bytes).toString(), 'abc');
  assert.deepEqual(
    files.read.map(({ file, mode, folderMode }) => [file, mode, folderMode]),
    [join(folder, 'keys/a'), join(folder, 'keys/a')].map((file) => [file, 0o640, 0o700]),
  );
});

test('a file of exactly the size is read, a larger one is not', async (t) => {
  const files = new TrustFiles(makeTrustFolder(t, { a: 'x'.repeat(1024), b: 'x'.repeat(1025) }));
  assert.equal((await files.file('a', 1024)).bytes.length, 1024);
  assert.match(await problem(files.file('b', 1024)), /larger than 1 KiB/);
});

test('files and folders without end in number are refused', async (t) => {
  const folder = makeTrustFolder(t, { a: 'x' });
  const files = new TrustFiles(folder);
  for (let count = 0; count < 512; count += 1) await files.file('a', 10);
  assert.match(await problem(files.file('a', 10)), /more than 512 files/);
  for (let index = 0; index < 512; index += 1) writeFileSync(join(folder, `f${index}`), '');
  assert.match(await problem(files.folder('.')), /more than 512 files in it/);
});

test('a folder that is not there is none; a file that is not there is told', async (t) => {
  const files = new TrustFiles(makeTrustFolder(t, { a: 'x' }));
  assert.equal(await files.folder('absent'), undefined);
  assert.equal(await files.folder('a'), undefined);
  assert.deepEqual(await files.folder('.'), ['a']);
  assert.match(await problem(files.file('absent', 10)), /there is no such file$/);
  assert.match(await problem(files.file('a/b', 10)), /there is no such file$/);
  assert.deepEqual([await files.has('a'), await files.has('absent')], [true, false]);
});
