/** PEM text → the private keys in it, and whether a passphrase guards them: RFC 7468, PKCS #1 and #8, OpenSSH's PROTOCOL.key. */

export interface PrivateKey {
  /** As the first line names it, for example `RSA PRIVATE KEY`. */
  readonly label: string;
  readonly isEncrypted: boolean;
  readonly offset: number;
}

const begin = ['-----BEG', 'IN '].join('');
const mostKeys = 20;
/** The smallest key in use, of Ed25519, has 64 characters in PKCS #8. */
const leastCharacters = 60;

/** PROTOCOL.key: a magic word, then the cipher's name with its length; `none` for a key in the open. */
const isOpenSshEncrypted = (body: string): boolean => {
  const bytes = Buffer.from(body.slice(0, 128), 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.toString('latin1', 0, magic.length) !== magic || bytes.length < magic.length + 8) return false;
  const length = bytes.readUInt32BE(magic.length);
  return bytes.toString('latin1', magic.length + 4, magic.length + 4 + Math.min(length, 32)) !== 'none';
};

export const findPrivateKeys = (text: string): readonly PrivateKey[] => {
  const keys: PrivateKey[] = [];
  for (let at = text.indexOf(begin); at >= 0 && keys.length < mostKeys; at = text.indexOf(begin, at + begin.length)) {
    const label = /^[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?(?=-----)/.exec(
      text.slice(at + begin.length, at + begin.length + 60),
    )?.[0];
    if (label === undefined) continue;
    const start = at + begin.length + label.length + 5;
    // The next line of dashes ends the body, whatever it says: so that every byte is looked at once.
    const end = text.indexOf('-----', start);
    const inside = text.slice(start, end < 0 ? start + 16_384 : Math.min(end, start + 16_384));
    const headers = /^(?:\s*[\w-]+: [^\n]*\n)*/.exec(inside)?.[0] ?? '';
    const body = inside.slice(headers.length).replaceAll(/[^A-Za-z0-9+/=]/g, '');
    if (body.length < leastCharacters || new Set(body.slice(0, 200)).size < 16) continue;
    const isEncrypted =
      label.startsWith('ENCRYPTED') ||
      /Proc-Type: 4,ENCRYPTED/.test(headers) ||
      (label.startsWith('OPENSSH') && isOpenSshEncrypted(body));
    keys.push({ label, isEncrypted, offset: at });
  }
  return keys;
};
