/** Real OpenPGP keys and signatures, made by gpg in a folder of their own. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface GpgKey {
  readonly fingerprint: string;
  /** The public key, binary, as it is now. */
  readonly keyring: Buffer;
}

export interface SignOptions {
  /** `20240101T000000`: what the signer's clock says. */
  readonly at?: string;
  /** `1d`: when the signature expires. */
  readonly expires?: string;
}

export interface GpgHome extends AsyncDisposable {
  readonly folder: string;
  generate(name: string, options?: { readonly at?: string; readonly expires?: string }): Promise<GpgKey>;
  export(fingerprint: string, armoured?: boolean): Promise<Buffer>;
  /** The certificate that gpg made along with the key, taken into force. The key can sign no more. */
  revoke(fingerprint: string): Promise<Buffer>;
  /** As `gpg --sign`: one binary message by all of the keys. */
  sign(payload: string, keys: readonly string[], options?: SignOptions): Promise<Buffer>;
}

const faked = (at: string | undefined): readonly string[] =>
  at === undefined ? [] : ['--faked-system-time', `${at}!`, '--ignore-time-conflict'];

/** Dispose of it: ends the agent that gpg started for this folder. */
export const openGpgHome = async (folder: string): Promise<GpgHome> => {
  await mkdir(folder, { mode: 0o700 });
  const env = { PATH: process.env['PATH'], GNUPGHOME: folder, LC_ALL: 'C' };
  const gpg = async (words: readonly string[]): Promise<Buffer> => {
    const { stdout } = await run('gpg', ['--batch', '--quiet', '--no-tty', '--pinentry-mode', 'loopback', ...words], {
      env,
      encoding: 'buffer',
    });
    return stdout;
  };
  const home: GpgHome = {
    folder,
    async generate(name, { at, expires = 'never' } = {}) {
      const id = `${name} <${name}@team.example>`;
      await gpg([...faked(at), '--passphrase', '', '--quick-gen-key', id, 'rsa2048', 'sign', expires]);
      const listed = (await gpg(['--with-colons', '--list-keys', id])).toString();
      const fingerprint = /^fpr:+([0-9A-F]+):$/m.exec(listed)?.[1] ?? '';
      return { fingerprint, keyring: await home.export(fingerprint) };
    },
    export: (fingerprint, armoured = false) => gpg(['--export', ...(armoured ? ['--armor'] : []), fingerprint]),
    async revoke(fingerprint) {
      const file = join(folder, 'openpgp-revocs.d', `${fingerprint}.rev`);
      // gpg puts a colon before the block, so that nobody revokes a key by accident.
      await writeFile(`${file}.ready`, (await readFile(file, 'utf8')).replace(/^:-----BEGIN/m, '-----BEGIN'));
      await gpg(['--import', `${file}.ready`]);
      await rename(`${file}.ready`, `${file}.used`);
      return home.export(fingerprint);
    },
    async sign(payload, keys, { at, expires } = {}) {
      const file = join(folder, `payload-${randomBytes(6).toString('hex')}`);
      await writeFile(file, payload);
      const by = keys.flatMap((key) => ['--local-user', key]);
      const until = expires === undefined ? [] : ['--default-sig-expire', expires];
      await gpg([...faked(at), ...until, ...by, '--output', `${file}.sig`, '--sign', file]);
      return readFile(`${file}.sig`);
    },
    [Symbol.asyncDispose]: async () => {
      await run('gpgconf', ['--kill', 'gpg-agent'], { env });
    },
  };
  return home;
};

/** containers-signature(5). */
export const simplePayload = (dockerReference: string, digest: string): string =>
  JSON.stringify({
    critical: {
      identity: { 'docker-reference': dockerReference },
      image: { 'docker-manifest-digest': digest },
      type: 'atomic container signature',
    },
    optional: { creator: 'tidewaiter test', timestamp: 1_795_357_214 },
  });
