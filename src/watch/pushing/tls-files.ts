/** A server's certificate, its key and the authorities of its clients, from PEM files that somebody renews now and then. */
import { readFile } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { Log } from '../../core/context.ts';
import { isFault, misuse } from '../../core/fault.ts';

export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** Authorities of clients; who shows none of their certificates is turned away. */
  readonly clients?: string;
}

export type ServedTls = Required<Pick<SecureContextOptions, 'cert' | 'key' | 'minVersion'>> &
  Pick<SecureContextOptions, 'ca'>;

const readPem = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw misuse('LISTENER_INVALID', `tls: cannot read ${file}: ${(thrown as Error).message}`);
  }
};

/** @throws {Fault} misuse: what cannot be read, is no certificate, or is of another key */
export const readTlsFiles = async ({ certificate, key, clients }: TlsFiles): Promise<ServedTls> => {
  const [cert, secret, ca] = await Promise.all([
    readPem(certificate),
    readPem(key),
    clients === undefined ? undefined : readPem(clients),
  ]);
  // Node takes an empty file for none that was given, and says nothing.
  for (const [file, text] of [
    [certificate, cert],
    [clients, ca],
  ])
    if (text !== undefined && !/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(text))
      throw misuse('LISTENER_INVALID', `tls: ${file} holds no certificate`);
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(secret))
    throw misuse('LISTENER_INVALID', `tls: ${key} holds no private key`);
  const served: ServedTls = { cert, key: secret, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) };
  try {
    createSecureContext(served);
  } catch (thrown) {
    throw misuse('LISTENER_INVALID', `tls: ${(thrown as Error).message}`);
  }
  return served;
};

const everyMs = 60_000;

/** Tells when the files say something else, and it can be used. Until then the old ones are served. @returns ends it */
export const followTlsFiles = (
  files: TlsFiles,
  first: ServedTls,
  log: Log,
  renewed: (served: ServedTls) => void,
  intervalMs = everyMs,
): (() => void) => {
  let known = JSON.stringify(first);
  let told = '';
  let reading = false;
  const look = async (): Promise<void> => {
    try {
      const served = await readTlsFiles(files);
      told = '';
      if (JSON.stringify(served) === known) return;
      known = JSON.stringify(served);
      renewed(served);
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      // A certificate and its key are not written at one instant.
      if (told !== thrown.message) log.warn('the old certificate stays in use', { reason: thrown.message });
      told = thrown.message;
    }
  };
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    void look().finally(() => (reading = false));
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
};
