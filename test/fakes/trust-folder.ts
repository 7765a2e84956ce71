/** A folder with a trust file and what it names, removed when the test ends. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export const publicPem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

export const makeKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

export type TrustContents = Readonly<Record<string, string | Uint8Array>>;

/** Names may hold slashes. Everything belongs to us and is written by nobody else. */
export const makeTrustFolder = (t: Pick<TestContext, 'after'>, contents: TrustContents): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-trust-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(contents)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, content);
    chmodSync(file, 0o600);
  }
  return folder;
};
