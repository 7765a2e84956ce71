/** An OpenPGP message → what gpgv(1) says of its signatures, from a confined process. No signature is ever verified by ourselves. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Context } from '../core/context.ts';
import { confinementOf } from './confinement.ts';

type Surroundings = Pick<Context, 'environment' | 'signal'>;

/** `unchecked`: by an algorithm or of a class that the program does not take. */
export type SignatureState = 'good' | 'bad' | 'expired' | 'expired-key' | 'revoked-key' | 'unknown-key' | 'unchecked';

export interface OpenPgpSignature {
  readonly state: SignatureState;
  /** Id or fingerprint of the signing key as the signature itself says it; '' where it says none. */
  readonly key: string;
  /** Of the primary key, 40 or 64 hex digits. Only where the signature fits the text. */
  readonly fingerprint?: string;
  /** Seconds since 1970, by the signer's clock. */
  readonly made?: number;
  readonly expires?: number;
}

export interface CheckedMessage {
  /** What the program gave out. To be believed only when `whole`, when `texts` is 1, and as its signatures are. */
  readonly text: Buffer;
  /** False: it gave out more than the bound, and was stopped. */
  readonly whole: boolean;
  /** False: it did not start, or was ended by somebody else: then nothing is known of the signatures. */
  readonly answered: boolean;
  /** A second text beside the signed one would be believed along with it. */
  readonly texts: number;
  readonly signatures: readonly OpenPgpSignature[];
}

export interface CheckOptions {
  /** Binary keyrings or keyboxes. */
  readonly keyrings: readonly string[];
  /** A folder of our own, for the file that the program reads. */
  readonly folder: string;
  readonly maximumText: number;
  readonly context: Surroundings;
  /** An absolute path. */
  readonly program: string;
}

const timeoutMs = 30_000;
const statusBytes = 256 * 1024;

const isRunnable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** The file of `name` on PATH, where relative folders do not count; undefined: there is none. */
export const locateSignatureProgram = (
  { environment }: Pick<Context, 'environment'>,
  name = 'gpgv',
): string | undefined =>
  (isAbsolute(name)
    ? [name]
    : (environment['PATH'] ?? '')
        .split(':')
        .filter(isAbsolute)
        .map((folder) => join(folder, name))
  ).find(isRunnable);

/** DETAILS of GnuPG: after `NEWSIG` each signature is good, or expired, revoked, bad, or by a key that is not there. */
const states: readonly (readonly [string, SignatureState])[] = [
  ['BADSIG', 'bad'],
  ['REVKEYSIG', 'revoked-key'],
  ['EXPKEYSIG', 'expired-key'],
  ['EXPSIG', 'expired'],
  ['NO_PUBKEY', 'unknown-key'],
  ['ERRSIG', 'unchecked'],
];

const wordsOf = (lines: string, word: string): readonly string[] | undefined =>
  new RegExp(`^\\[GNUPG:\\] ${word}\\b(.*)$`, 'm').exec(lines)?.[1]?.trim().split(' ');

const secondsOf = (word: string | undefined): number | undefined =>
  word !== undefined && /^[1-9]\d{0,11}$/.test(word) ? Number(word) : undefined;

/** VALIDSIG: fingerprint, day, time, expiry, version, reserved, algorithms, class, fingerprint of the primary key. */
const readSignature = (lines: string): OpenPgpSignature => {
  const failed = states.find(([word]) => wordsOf(lines, word) !== undefined);
  const good = wordsOf(lines, 'GOODSIG');
  const valid = wordsOf(lines, 'VALIDSIG');
  const state = failed?.[1] ?? (good !== undefined && valid !== undefined ? 'good' : 'unchecked');
  const key = (failed === undefined ? good : wordsOf(lines, failed[0]))?.[0] ?? '';
  const fingerprint = valid?.[9] ?? valid?.[0];
  const made = secondsOf(valid?.[2]);
  const expires = secondsOf(valid?.[3]);
  return {
    state,
    key: /^[0-9A-Fa-f]{8,64}$/.test(key) ? key.toUpperCase() : '',
    ...(state === 'bad' || fingerprint === undefined || !/^[0-9A-F]{40,64}$/.test(fingerprint) ? {} : { fingerprint }),
    ...(made === undefined ? {} : { made }),
    ...(expires === undefined ? {} : { expires }),
  };
};

/** The lines of `--status-fd`. */
export const readStatusLines = (lines: string): Pick<CheckedMessage, 'texts' | 'signatures'> => {
  const [head = '', ...parts] = lines.split(/^\[GNUPG:\] NEWSIG\b.*$/m);
  // Old versions announce no bad signature.
  const bad = wordsOf(head, 'BADSIG') === undefined ? [] : [head];
  return {
    texts: lines.match(/^\[GNUPG:\] PLAINTEXT\b/gm)?.length ?? 0,
    signatures: [...bad, ...parts].map(readSignature),
  };
};

interface Ran {
  readonly text: Buffer;
  readonly whole: boolean;
  readonly answered: boolean;
  readonly statusLines: string;
}

const run = async (words: readonly string[], folder: string, options: CheckOptions): Promise<Ran> => {
  const { program, maximumText, context } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const [first = program, ...rest] = [...confinementOf(process.execPath).prefix, program, ...words];
  const child = spawn(first, rest, {
    env: { PATH: context.environment['PATH'], LC_ALL: 'C' },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]),
    killSignal: 'SIGKILL',
  });
  const text: Buffer[] = [];
  const said: Buffer[] = [];
  let whole = true;
  const keep = (into: Buffer[], maximum: number) => {
    let size = 0;
    return (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maximum) into.push(chunk);
      else {
        whole = false;
        child.kill('SIGKILL');
      }
    };
  };
  child.stdout?.on('data', keep(text, maximumText));
  (child.stdio[3] as NodeJS.ReadableStream).on('data', keep(said, statusBytes));
  child.on('error', reject);
  child.on('close', (status) => {
    const statusLines = Buffer.concat(said).toString('latin1');
    // gpgv: 0 good, 1 bad, 2 what it cannot read, of which it may say nothing. All else, and silence with another, is somebody else's word.
    const answered = status === 2 || ((status === 0 || status === 1) && statusLines.includes('[GNUPG:] '));
    resolve({ text: Buffer.concat(text), whole, answered, statusLines });
  });
  return promise;
};

/**
 * Only what the program itself gives out comes back: what stands before or behind the signed part never does.
 * @throws what aborted it; an `AbortError` when the program did not end in time
 */
export const checkSignedMessage = async (bytes: Uint8Array, options: CheckOptions): Promise<CheckedMessage> => {
  const { keyrings, folder, context } = options;
  const file = join(folder, `signed-${randomBytes(8).toString('hex')}`);
  await writeFile(file, bytes, { flag: 'wx', mode: 0o600 });
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
  try {
    const { statusLines, ...ran } = await run(words, folder, options);
    return { ...ran, ...readStatusLines(statusLines) };
  } catch (thrown) {
    context.signal.throwIfAborted();
    throw thrown;
  } finally {
    await rm(file, { force: true });
  }
};
