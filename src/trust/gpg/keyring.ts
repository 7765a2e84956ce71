/** A file of OpenPGP public keys, armoured (RFC 9580, 6) or binary → bytes that gpgv(1) takes as a keyring. */
import { misuse, type Fault } from '../../core/fault.ts';

const invalid = (problem: string): Fault =>
  misuse('GPG_KEYRING_INVALID', `a keyring cannot be used: ${problem}; write one with gpg --export KEY`);

const keyringBytes = 16 * 2 ** 20;
const blockPattern = /^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n([^]*?)^-----END PGP PUBLIC KEY BLOCK-----/gm;

/** Headers end with an empty line; a checksum, which proves nothing, stands behind `=`. */
const decodeBlock = (block: string): Uint8Array => {
  const lines = block.split(/\r?\n/).map((line) => line.trim());
  const start = /^[\w-]+: /.test(lines[0] ?? '') ? lines.indexOf('') : 0;
  const body = lines.slice(start).filter((line) => line !== '' && !/^=[A-Za-z0-9+/]{4}$/.test(line));
  const text = body.join('');
  if (start < 0 || text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw invalid('its armour is damaged');
  return Buffer.from(text, 'base64');
};

/** @throws {Fault} misuse `GPG_KEYRING_INVALID` */
export const toBinaryKeyring = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length > keyringBytes) throw invalid(`it has more than ${keyringBytes} bytes`);
  const [first = 0] = bytes;
  // An OpenPGP packet has the highest bit set; GnuPG's keyboxes name themselves.
  if ((first & 0x80) !== 0 || Buffer.from(bytes.subarray(8, 12)).toString('latin1') === 'KBXf') return bytes;
  const text = Buffer.from(bytes).toString('latin1');
  if (text.includes('-----BEGIN PGP PRIVATE KEY BLOCK-----')) throw invalid('it holds private keys');
  const blocks = [...text.matchAll(blockPattern)].map(([, block = '']) => decodeBlock(block));
  if (blocks.length === 0) throw invalid('it is neither an OpenPGP keyring nor an armoured one');
  return Buffer.concat(blocks);
};
