import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkSignedMessage, locateSignatureProgram, readStatusLines } from './signature-program.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-program-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const alice = '90F3311B0A3DAF8B444A25CB58A5AAFD6AA917FD';
const bob = '48B381ECC8A986B87EE46D50E039BD1E79EEB79E';
const lines = (...words: readonly string[]) => words.map((word) => `[GNUPG:] ${word}\n`).join('');
const valid = (key: string, expires = 0) => `VALIDSIG ${key} 2026-11-22 1795357214 ${expires} 4 0 22 8 00 ${alice}`;

test('a good signature has the primary key that made it, its time and its expiry', () => {
  const said = lines(
    'PLAINTEXT 62 1795357214 p.json',
    'NEWSIG',
    `GOODSIG ${bob.slice(-16)} Me`,
    valid(bob, 1795443614),
  );
  assert.deepEqual(readStatusLines(said), {
    texts: 1,
    signatures: [{ state: 'good', key: bob.slice(-16), fingerprint: alice, made: 1795357214, expires: 1795443614 }],
  });
});

test('every other word of the program is no good signature', () => {
  const stateOf = (...words: readonly string[]) => readStatusLines(lines('NEWSIG', ...words)).signatures[0]?.state;
  assert.equal(stateOf('GOODSIG 58A5AAFD6AA917FD Me', valid(alice)), 'good');
  assert.equal(stateOf('EXPSIG 58A5AAFD6AA917FD Me', valid(alice)), 'expired');
  assert.equal(stateOf('EXPKEYSIG 58A5AAFD6AA917FD Me', valid(alice)), 'expired-key');
  assert.equal(stateOf('REVKEYSIG 58A5AAFD6AA917FD Me', valid(alice)), 'revoked-key');
  assert.equal(stateOf('BADSIG 58A5AAFD6AA917FD Me'), 'bad');
  assert.equal(stateOf('ERRSIG 58A5AAFD6AA917FD 22 8 00 1 9', 'NO_PUBKEY 58A5AAFD6AA917FD'), 'unknown-key');
  assert.equal(stateOf('ERRSIG 58A5AAFD6AA917FD 99 8 00 1 4'), 'unchecked');
  assert.equal(stateOf('GOODSIG 58A5AAFD6AA917FD Me'), 'unchecked');
  assert.equal(stateOf(valid(alice)), 'unchecked');
  assert.equal(stateOf('GOODSIG 58A5AAFD6AA917FD Me', valid(alice), 'REVKEYSIG 58A5AAFD6AA917FD Me'), 'revoked-key');
});

test('the name of a key’s owner says nothing about the signature', () => {
  const said = lines(
    'NEWSIG',
    'NO_PUBKEY 58A5AAFD6AA917FD',
    'KEY_CONSIDERED x [GNUPG:] GOODSIG 1',
    `NOTE [GNUPG:] ${valid(alice)}`,
  );
  assert.equal(readStatusLines(said).signatures[0]?.state, 'unknown-key');
});

test('a bad signature is seen also where none was announced, and texts are counted', () => {
  assert.deepEqual(readStatusLines(lines('BADSIG 58A5AAFD6AA917FD Me')).signatures, [
    { state: 'bad', key: '58A5AAFD6AA917FD' },
  ]);
  assert.equal(readStatusLines(lines('PLAINTEXT 62 1 a', 'PLAINTEXT 62 1 b')).texts, 2);
  assert.deepEqual(readStatusLines(''), { texts: 0, signatures: [] });
});

/** A program that writes its words and `size` bytes. */
const runFake = (size: number, maximumText: number) =>
  runScript(`echo "[GNUPG:] PLAINTEXT 62 1 a" >&3\nhead -c ${size} /dev/zero\nenv >&3\n`, maximumText);

const runScript = async (script: string, maximumText = 1000) => {
  const program = join(folder, 'gpgv');
  await writeFile(program, `#!/bin/sh\n${script}`);
  await chmod(program, 0o755);
  const work = await mkdtemp(join(folder, 'work-'));
  const context = { environment: { ...process.env, TOKEN: 'secret' }, signal: new AbortController().signal };
  const message = await checkSignedMessage(Buffer.from('x'), {
    keyrings: [],
    folder: work,
    maximumText,
    context,
    program,
  });
  assert.deepEqual(await readdir(work), [], 'nothing is left behind');
  return message;
};

test('a program that gives out more than the bound is stopped, and what it gave is not whole', async () => {
  const within = await runFake(100, 100);
  assert.equal(within.whole, true);
  assert.equal(within.text.length, 100);
  const beyond = await runFake(10_000_000, 1000);
  assert.equal(beyond.whole, false);
  assert.ok(beyond.text.length <= 1000);
});

test('a program that is killed or cannot start has not answered', async () => {
  const said = 'echo "[GNUPG:] NODATA 1" >&3\n';
  assert.equal((await runScript(`${said}exit 2\n`)).answered, true);
  assert.equal((await runScript(`${said}kill -9 $$\n`)).answered, false);
  assert.equal((await runScript(`${said}exit 127\n`)).answered, false);
  assert.equal((await runScript('exit 1\n')).answered, false);
  assert.equal((await runScript('exit 2\n')).answered, true, 'what is cut off in the middle of a packed part');
});

test('the program is a file of an absolute folder of PATH', async () => {
  await mkdir(join(folder, 'one/gpgv'), { recursive: true });
  await mkdir(join(folder, 'two'));
  await writeFile(join(folder, 'two/gpgv'), '', { mode: 0o755 });
  const locate = (PATH: string) => locateSignatureProgram({ environment: { PATH } });
  assert.equal(locate(`.:${join(folder, 'one')}:${join(folder, 'two')}`), join(folder, 'two/gpgv'));
  assert.equal(locate(join(folder, 'one')), undefined);
  assert.equal(locate(''), undefined);
});
