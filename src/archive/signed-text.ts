/** A clear-signed text → what the signature covers, checked by gpgv(1) with keyrings of this machine. No signature is ever verified by ourselves. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../core/context.ts';
import { malformed, misuse, unavailable } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';

export interface SignedTextOptions {
  readonly keyrings: readonly string[];
  /** A folder of our own for the file that gpgv reads. */
  readonly folder: string;
  readonly where: string;
  readonly context: Pick<Context, 'environment' | 'signal'>;
  /** Instead of `gpgv` on PATH. */
  readonly program?: string;
}

const timeoutMs = 30_000;
const statusBytes = 256 * 1024;

/** @throws {Fault} misuse `ARCHIVE_KEYS_MISSING` */
export const requireKeyrings = (keyrings: readonly string[]): void => {
  for (const keyring of keyrings)
    try {
      accessSync(keyring, constants.R_OK);
    } catch {
      throw misuse(
        'ARCHIVE_KEYS_MISSING',
        `--verify-packages needs the archive's keys in ${keyring}: install the package debian-archive-keyring, or name another keyring in the file of --package-archives`,
      );
    }
};

interface Ran {
  readonly status: number | null;
  readonly text: Buffer;
  readonly statusLines: string;
}

const noProgram = (): never => {
  throw misuse(
    'SIGNATURE_PROGRAM_MISSING',
    '--verify-packages needs the program gpgv: install the package gpgv (on others than Debian, gnupg)',
  );
};

const run = async (
  program: string,
  words: readonly string[],
  outputBytes: number,
  { environment, signal }: Pick<Context, 'environment' | 'signal'>,
): Promise<Ran> => {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const child = spawn(program, words, {
    env: { PATH: environment['PATH'], LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    killSignal: 'SIGKILL',
  });
  const text: Buffer[] = [];
  const said: Buffer[] = [];
  const keep = (into: Buffer[], maximum: number) => {
    let size = 0;
    return (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maximum) child.kill('SIGKILL');
      else into.push(chunk);
    };
  };
  child.stdout?.on('data', keep(text, outputBytes));
  (child.stdio[3] as NodeJS.ReadableStream).on('data', keep(said, statusBytes));
  child.on('error', reject);
  child.on('close', (status) =>
    resolve({ status, text: Buffer.concat(text), statusLines: Buffer.concat(said).toString('latin1') }),
  );
  return promise;
};

/** @throws {Fault} misuse `SIGNATURE_PROGRAM_MISSING` */
export const requireSignatureProgram = async (
  context: Pick<Context, 'environment' | 'signal'>,
  program = 'gpgv',
): Promise<void> => {
  try {
    await run(program, ['--version'], statusBytes, context);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') noProgram();
    throw thrown;
  }
};

/**
 * DETAILS of GnuPG: after `NEWSIG` each signature is `GOODSIG` and `VALIDSIG`, or expired, revoked, bad, or by a key that is not there.
 * As apt has it: one good signature of a known key, and none that is bad.
 */
const refusalOf = (lines: string): string | undefined => {
  const count = (word: string): number => lines.match(new RegExp(`^\\[GNUPG:\\] ${word}\\b`, 'gm'))?.length ?? 0;
  if (count('BADSIG') > 0) return 'a signature does not fit the text';
  // A second text beside the signed one would be believed along with it.
  if (count('PLAINTEXT') !== 1) return 'it is not one signed text';
  for (const part of lines.split(/^\[GNUPG:\] NEWSIG\b.*$/m).slice(1))
    if (/^\[GNUPG:\] GOODSIG /m.test(part) && /^\[GNUPG:\] VALIDSIG /m.test(part)) return undefined;
  const keys = [...lines.matchAll(/^\[GNUPG:\] (?:NO_PUBKEY|EXPKEYSIG|REVKEYSIG|EXPSIG) ([0-9A-F]+)/gm)].map(
    ([, key]) => key,
  );
  return `no valid signature of a key in the configured keyrings${keys.length === 0 ? '' : ` (signed by ${keys.join(', ')})`}`;
};

/**
 * Only what gpgv itself gives out is believed: what stands before or behind the signed part never comes back.
 * @throws {Fault} malformed `ARCHIVE_SIGNATURE_INVALID`; misuse `SIGNATURE_PROGRAM_MISSING`, `ARCHIVE_KEYS_MISSING`
 */
export const readSignedText = async (bytes: Uint8Array, options: SignedTextOptions): Promise<string> => {
  const { keyrings, folder, where, context, program = 'gpgv' } = options;
  requireKeyrings(keyrings);
  const file = join(folder, `signed-${randomBytes(8).toString('hex')}`);
  await writeFile(file, bytes, { flag: 'wx', mode: 0o600 });
  try {
    const words = [
      '--homedir',
      folder,
      '--status-fd',
      '3',
      '--weak-digest',
      'SHA1',
      ...keyrings.flatMap((keyring) => ['--keyring', keyring]),
      '--output',
      '-',
      file,
    ];
    const { text, statusLines } = await run(program, words, bytes.length + 1024, context);
    const refusal = refusalOf(statusLines);
    if (refusal !== undefined || text.length === 0)
      throw malformed(
        'ARCHIVE_SIGNATURE_INVALID',
        `the archive's signature is refused: ${toPlainText(refusal ?? 'it covers nothing', 300)}`,
        where,
      );
    return text.toString('utf8');
  } catch (thrown) {
    context.signal.throwIfAborted();
    const { code, name } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return noProgram();
    if (name === 'AbortError') throw unavailable('ARCHIVE_SIGNATURE_UNCHECKED', 'gpgv did not answer in time', where);
    throw thrown;
  } finally {
    await rm(file, { force: true });
  }
};
