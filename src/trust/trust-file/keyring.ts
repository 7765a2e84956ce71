/** What a person wrote for an OpenPGP keyring (a file, or armoured text) → its bytes. Secret keys are refused. */
import { isFault } from '../../core/fault.ts';
import { parseOpenPgpKeys, type OpenPgpKey, type OpenPgpKeys } from '../../formats/records/openpgp-keys.ts';
import { toBinaryKeyring } from '../gpg/keyring.ts';
import { TrustFileProblem, type TrustFiles } from './trust-files.ts';

const keyringBytes = 16 * 2 ** 20;

/** What gpgv reads too: its header's magic stands behind eight bytes. */
const isKeybox = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(8, 12)).toString('latin1') === 'KBXf';

const privateKeyProblem = (place: string): TrustFileProblem =>
  new TrustFileProblem(
    `${place}: it is a private key, which belongs nowhere but where things are signed: write what gpg --export gives`,
    'TRUST_PRIVATE_KEY',
  );

/**
 * The primary keys of a keyring; none of a keybox, which gpgv alone reads.
 * @throws {TrustFileProblem}, {Fault} misuse `GPG_KEYRING_INVALID`
 */
export const checkKeyring = (bytes: Uint8Array, place: string): readonly OpenPgpKey[] => {
  if (Buffer.from(bytes).toString('latin1').includes('-----BEGIN PGP PRIVATE KEY BLOCK-----'))
    throw privateKeyProblem(place);
  if (isKeybox(bytes)) return [];
  let found: OpenPgpKeys;
  try {
    found = parseOpenPgpKeys(toBinaryKeyring(bytes), place);
  } catch (thrown) {
    if (isFault(thrown) && thrown.kind !== 'misuse') throw new TrustFileProblem(`${place}: ${thrown.message}`);
    throw thrown;
  }
  if (found.secret) throw privateKeyProblem(place);
  if (found.keys.length === 0) throw new TrustFileProblem(`${place}: no OpenPGP public key (gpg --export gives one)`);
  return found.keys;
};

export interface Keyring {
  readonly bytes: Uint8Array;
  /** undefined: written into the trust file itself. */
  readonly file?: string;
  readonly holds: readonly OpenPgpKey[];
}

/** @throws {TrustFileProblem}, {Fault} misuse `GPG_KEYRING_INVALID` */
export const readKeyring = async (written: string, files: TrustFiles): Promise<Keyring> => {
  if (written.includes('-----BEGIN ')) {
    const bytes = Buffer.from(written);
    return { bytes, holds: checkKeyring(bytes, 'the key written here') };
  }
  const { file, bytes } = await files.file(written, keyringBytes);
  return { bytes, file, holds: checkKeyring(bytes, file) };
};
