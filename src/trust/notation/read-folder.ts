/** Notation's own configuration folder → a policy and the certificates of the trust stores that it names. */
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { misuse } from '../../core/fault.ts';
import type { NotationTrust } from '../../core/trust.ts';
import { parseTrustPolicy } from './trust-policy.ts';

const maximumFileBytes = 2 ** 20;
const maximumFiles = 512;

const isMissing = (thrown: unknown): boolean => (thrown as { readonly code?: unknown }).code === 'ENOENT';

/** "Implementation MUST validate that the named store directory or certificate files are not symlinks". */
const readRegularFile = async (file: string): Promise<Buffer | undefined> => {
  try {
    const status = await lstat(file);
    if (!status.isFile())
      throw misuse('NOTATION_FOLDER_UNREADABLE', `${file} is no regular file (links are not followed)`);
    if (status.size > maximumFileBytes) throw misuse('NOTATION_FOLDER_UNREADABLE', `${file} is too large`);
    await using handle = await open(file, 'r');
    return await handle.readFile();
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    const errno = (thrown as { readonly code?: unknown }).code;
    if (typeof errno === 'string' && /^E[A-Z]+$/.test(errno))
      throw misuse('NOTATION_FOLDER_UNREADABLE', `${file} cannot be read: ${errno}`);
    throw thrown;
  }
};

/** `ca:company` → the files in `truststore/x509/ca/company`; folders inside are ignored. A store that is missing is empty. */
const readStore = async (folder: string, store: string): Promise<readonly Uint8Array[]> => {
  const [type = '', name = ''] = store.split(':');
  const place = join(folder, 'truststore', 'x509', type, name);
  let names: readonly string[];
  try {
    const status = await lstat(place);
    if (!status.isDirectory())
      throw misuse('NOTATION_FOLDER_UNREADABLE', `${place} is no folder (links are not followed)`);
    names = (await readdir(place, { withFileTypes: true }))
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
  if (names.length > maximumFiles) throw misuse('NOTATION_FOLDER_UNREADABLE', `${place} holds too many files`);
  const files: Uint8Array[] = [];
  for (const file of names.toSorted()) files.push((await readRegularFile(join(place, file))) ?? new Uint8Array(0));
  return files;
};

/**
 * `trustpolicy.oci.json`, else `trustpolicy.json`; `truststore/x509/TYPE/NAME`.
 * @throws {Fault} misuse `NOTATION_FOLDER_UNREADABLE`, `NOTATION_POLICY_INVALID`
 */
export const readNotationFolder = async (folder: string): Promise<NotationTrust> => {
  const text =
    (await readRegularFile(join(folder, 'trustpolicy.oci.json'))) ??
    (await readRegularFile(join(folder, 'trustpolicy.json')));
  if (text === undefined)
    throw misuse('NOTATION_FOLDER_UNREADABLE', `${folder} holds neither trustpolicy.oci.json nor trustpolicy.json`);
  const policy = text.toString();
  const names = new Set(parseTrustPolicy(policy).statements.flatMap(({ stores }) => stores));
  const stores: Record<string, readonly Uint8Array[]> = {};
  for (const name of names) stores[name] = await readStore(folder, name);
  return { verifier: 'notation', policy, stores };
};
