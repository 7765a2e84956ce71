import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ByteStream } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import { openVerifiedFiles } from './verified-files.ts';

const known = (text: string) => ({ sha256: hash('sha256', text), size: text.length });
const opens = (text: string) => async (): Promise<ByteStream> =>
  (async function* () {
    yield Buffer.from(text);
  })();
const never = (): Promise<ByteStream> => assert.fail('nothing had to be fetched');

const within = async (run: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-files-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

test('a file is fetched once and then kept', () =>
  within(async (folder) => {
    const files = await openVerifiedFiles(folder, 1000);
    assert.equal(await files.isKept(known('one')), false);
    assert.equal(await readFile(await files.have(known('one'), '', opens('one')), 'utf8'), 'one');
    assert.equal(await files.isKept(known('one')), true);
    await files.have(known('one'), '', never);
  }));

test('another content, a longer and a shorter one are refused and leave nothing', () =>
  within(async (folder) => {
    const files = await openVerifiedFiles(folder, 1000);
    for (const sent of ['onf', 'ones', 'on'])
      await assert.rejects(
        files.have(known('one'), '', opens(sent)),
        (thrown) => isFault(thrown) && thrown.code === 'ARCHIVE_FILE_DIFFERS',
      );
    assert.deepEqual(await readdir(folder), []);
  }));

test('a kept file that was changed since is fetched again', () =>
  within(async (folder) => {
    const files = await openVerifiedFiles(folder, 1000);
    const path = await files.have(known('one'), '', opens('one'));
    await writeFile(path, 'two');
    assert.equal(await readFile(await files.have(known('one'), '', opens('one')), 'utf8'), 'one');
  }));

test('what was not used for longest goes first, and other files stay', () =>
  within(async (folder) => {
    const files = await openVerifiedFiles(folder, 6);
    await writeFile(join(folder, 'seen-1'), 'x'.repeat(100));
    for (const text of ['one', 'two', 'six']) {
      await files.have(known(text), '', opens(text));
      await new Promise((resolve) => void setTimeout(resolve, 15));
    }
    await files.trim();
    assert.deepEqual(
      (await readdir(folder)).toSorted(),
      ['seen-1', known('six').sha256, known('two').sha256].toSorted(),
    );
  }));
