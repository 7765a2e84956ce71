import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isFault } from '../core/fault.ts';
import { readSignedText, requireKeyrings, requireSignatureProgram } from './signed-text.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-signed-'));
  await writeFile(join(folder, 'keys.gpg'), '');
});
after(() => rm(folder, { recursive: true, force: true }));

const context = { environment: process.env, signal: new AbortController().signal };

/** A program that says about signatures what gpgv would, and gives `text`. */
const read = async (
  lines: readonly string[],
  text = 'signed\n',
  keyrings = [join(folder, 'keys.gpg')],
): Promise<string> => {
  const program = join(folder, 'gpgv');
  const said = lines.map((line) => `echo '[GNUPG:] ${line}' >&3\n`).join('');
  await writeFile(program, `#!/bin/sh\n${said}printf '${text}'\nexit 2\n`);
  await chmod(program, 0o755);
  const work = await mkdtemp(join(folder, 'work-'));
  try {
    return await readSignedText(Buffer.from('what came'), { keyrings, folder: work, where: 'here', context, program });
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  } finally {
    assert.deepEqual(await readdir(work), [], 'nothing is left behind');
  }
};

const good = [
  'NEWSIG',
  'GOODSIG 54404762BBB6E853 Archive',
  'VALIDSIG ED541312A33F1128F10B1C6C54404762BBB6E853 2026-03-29',
];
const unknown = ['NEWSIG', 'ERRSIG 0E98404D386FA1D9 1 8 01', 'NO_PUBKEY 0E98404D386FA1D9'];

test('one good signature of a known key is enough, as for apt', async () => {
  assert.equal(await read(['PLAINTEXT 74 0', ...good]), 'signed\n');
  assert.equal(await read(['PLAINTEXT 74 0', ...unknown, ...good]), 'signed\n');
});

test('none, a bad one beside it, an expired or revoked key, and a second text are refused', async () => {
  const invalid = 'ARCHIVE_SIGNATURE_INVALID';
  assert.equal(await read(['PLAINTEXT 74 0', ...unknown]), invalid);
  assert.equal(await read(['PLAINTEXT 74 0', ...good, 'NEWSIG', 'BADSIG 54404762BBB6E853 Archive']), invalid);
  for (const word of ['EXPKEYSIG', 'REVKEYSIG', 'EXPSIG'])
    assert.equal(await read(['PLAINTEXT 74 0', 'NEWSIG', `${word} 54404762BBB6E853 Archive`, good[2] ?? '']), invalid);
  assert.equal(await read(['PLAINTEXT 74 0', ...good, 'PLAINTEXT 74 0']), invalid);
  assert.equal(await read([...good]), invalid);
  assert.equal(await read(['PLAINTEXT 74 0', ...good], ''), invalid);
  assert.equal(await read([]), invalid);
});

test('a good word of one signature does not stand for another one', async () => {
  const halves = ['PLAINTEXT 74 0', 'NEWSIG', good[1] ?? '', 'NEWSIG', good[2] ?? ''];
  assert.equal(await read(halves), 'ARCHIVE_SIGNATURE_INVALID');
});

test('a missing keyring or program is said in words', async () => {
  assert.equal(await read(['PLAINTEXT 74 0', ...good], 'x', [join(folder, 'none.gpg')]), 'ARCHIVE_KEYS_MISSING');
  requireKeyrings([join(folder, 'keys.gpg')]);
  assert.throws(
    () => requireSignatureProgram(context, join(folder, 'no-such-program')),
    (thrown) =>
      isFault(thrown) && thrown.code === 'SIGNATURE_PROGRAM_MISSING' && /install the package gpgv/.test(thrown.message),
  );
});
