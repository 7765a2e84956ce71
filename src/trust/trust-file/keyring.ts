/** What a person wrote for an OpenPGP keyring (a file, or armoured text) → its bytes. Secret keys are refused. */
import { toBinaryKeyring } from '../gpg/keyring.ts';
import { TrustFileProblem, type TrustFiles } from './trust-files.ts';

const keyringBytes = 16 * 2 ** 20;

/** RFC 9580, 5: the tag of the first packet. A keyring begins with a key. */
const firstTag = (bytes: Uint8Array): number | undefined => {
  const [octet = 0] = bytes;
  if ((octet & 0x80) === 0) return undefined;
  return (octet & 0x40) === 0 ? (octet >> 2) & 0xf : octet & 0x3f;
};

const publicKey = 6;
const secretKey = 5;
/** What gpgv reads too: its header's magic stands behind eight bytes. */
const isKeybox = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(8, 12)).toString('latin1') === 'KBXf';

const check = (bytes: Uint8Array, place: string): void => {
  const text = Buffer.from(bytes).toString('latin1');
  if (/-----BEGIN PGP PRIVATE KEY BLOCK-----/.test(text) || firstTag(bytes) === secretKey)
    throw new TrustFileProblem(
      `${place}: it is a private key, which belongs nowhere but where things are signed: write what gpg --export gives`,
      'TRUST_PRIVATE_KEY',
    );
  if (!isKeybox(bytes) && firstTag(toBinaryKeyring(bytes)) !== publicKey)
    throw new TrustFileProblem(`${place}: no OpenPGP public key (gpg --export gives one)`);
};

/** @throws {TrustFileProblem}, {Fault} misuse `GPG_KEYRING_INVALID` */
export const readKeyring = async (
  written: string,
  files: TrustFiles,
): Promise<{ readonly bytes: Uint8Array; readonly file?: string }> => {
  if (written.includes('-----BEGIN ')) {
    const bytes = Buffer.from(written);
    check(bytes, 'the key written here');
    return { bytes };
  }
  const { file, bytes } = await files.file(written, keyringBytes);
  check(bytes, file);
  return { bytes, file };
};

/** As `readKeyring`, of bytes that are at hand. @throws {TrustFileProblem} */
export const checkKeyring = check;
