/** The packets of a binary OpenPGP keyring (RFC 9580, 4 and 5) → its primary keys, with what they say of themselves. No signature is verified here. */
import { createHash } from 'node:crypto';
import { malformed, overLimit } from '../../core/fault.ts';

export interface OpenPgpKey {
  /** Lower-case hex; undefined for versions other than 4. */
  readonly fingerprint?: string;
  readonly created?: Date;
  /** As its newest signature by itself claims; undefined: it claims none. */
  readonly expires?: Date;
  readonly algorithm: 'rsa' | 'dsa' | 'elliptic' | 'other';
  /** Of RSA and DSA. */
  readonly bits?: number;
}

export interface OpenPgpKeys {
  readonly keys: readonly OpenPgpKey[];
  /** Whether there is a secret key or subkey in it. */
  readonly secret: boolean;
}

const maximumPackets = 200_000;
const maximumKeys = 10_000;

const tags = { signature: 2, secretKey: 5, publicKey: 6, secretSubkey: 7 } as const;

interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

const damaged = (where: string) => malformed('OPENPGP_INVALID', 'its packets are cut off or damaged', where);

/** 4.2: both formats of headers. Lengths in parts, and without end, are for data: no key has them. */
const readPacket = (bytes: Buffer, start: number, where: string): readonly [Packet, next: number] => {
  const head = bytes[start] ?? 0;
  if ((head & 0x80) === 0) throw damaged(where);
  const isNew = (head & 0x40) !== 0;
  const tag = isNew ? head & 0x3f : (head >> 2) & 0xf;
  const at = start + 1;
  const first = bytes[at] ?? 0;
  let sizeBytes: number;
  if (isNew) sizeBytes = first < 192 ? 1 : first < 224 ? 2 : first === 255 ? 5 : 0;
  else sizeBytes = [1, 2, 4, 0][head & 3] ?? 0;
  if (sizeBytes === 0 || at + sizeBytes > bytes.length) throw damaged(where);
  let length: number;
  if (!isNew) length = bytes.readUIntBE(at, sizeBytes);
  else if (sizeBytes === 1) length = first;
  else if (sizeBytes === 2) length = ((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192;
  else length = bytes.readUInt32BE(at + 1);
  const body = at + sizeBytes;
  if (body + length > bytes.length) throw damaged(where);
  return [{ tag, body: bytes.subarray(body, body + length) }, body + length];
};

const algorithms: Readonly<Record<number, OpenPgpKey['algorithm']>> = {
  1: 'rsa',
  2: 'rsa',
  3: 'rsa',
  17: 'dsa',
  19: 'elliptic',
  22: 'elliptic',
  27: 'elliptic',
  28: 'elliptic',
};

/** 5.5.2: of version 4; later ones have another fingerprint, and their numbers stand elsewhere. */
const parseKey = (body: Uint8Array): OpenPgpKey => {
  const bytes = Buffer.from(body);
  if (bytes[0] !== 4 || bytes.length < 8) return { algorithm: 'other' };
  const algorithm = algorithms[bytes[5] ?? 0] ?? 'other';
  const frame = Buffer.from([0x99, bytes.length >> 8, bytes.length & 0xff]);
  return {
    fingerprint: createHash('sha1').update(frame).update(bytes).digest('hex'),
    created: new Date(bytes.readUInt32BE(1) * 1000),
    algorithm,
    ...(algorithm === 'rsa' || algorithm === 'dsa' ? { bits: bytes.readUInt16BE(6) } : {}),
  };
};

interface SelfSignature {
  readonly made: number;
  readonly issuer: string;
  /** Seconds after the key was made; 0: never. */
  readonly lifetime: number;
}

/** 5.2.3: certifications (0x10 to 0x13) and signatures over the key alone (0x1f), with subpackets 2, 9, 16 and 33. */
const parseSignature = (body: Uint8Array): SelfSignature | undefined => {
  const bytes = Buffer.from(body);
  const type = bytes[1] ?? 0;
  if (bytes[0] !== 4 || bytes.length < 8 || !((type >= 0x10 && type <= 0x13) || type === 0x1f)) return undefined;
  const found = { made: 0, issuer: '', lifetime: 0 };
  const readArea = (start: number, isHashed: boolean): number => {
    if (start + 2 > bytes.length) return bytes.length;
    const end = Math.min(start + 2 + bytes.readUInt16BE(start), bytes.length);
    let at = start + 2;
    while (at < end) {
      const first = bytes[at] ?? 0;
      const sizeBytes = first < 192 ? 1 : first < 255 ? 2 : 5;
      if (at + sizeBytes >= end) break;
      let length = first;
      if (sizeBytes === 2) length = ((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192;
      else if (sizeBytes === 5) length = bytes.readUInt32BE(at + 1);
      const from = at + sizeBytes;
      if (length === 0 || from + length > end) break;
      const content = bytes.subarray(from + 1, from + length);
      const kind = (bytes[from] ?? 0) & 0x7f;
      // What is not hashed anybody may add: it only helps to find whose signature it is.
      if (isHashed && kind === 2 && content.length === 4) found.made = content.readUInt32BE(0);
      else if (isHashed && kind === 9 && content.length === 4) found.lifetime = content.readUInt32BE(0);
      else if (kind === 16 && content.length === 8 && found.issuer === '') found.issuer = content.toString('hex');
      else if (kind === 33 && content[0] === 4) found.issuer = content.subarray(1).toString('hex');
      at = from + length;
    }
    return end;
  };
  readArea(readArea(4, true), false);
  // One over the key alone that says nothing of its end, such as one that names a revoker, leaves it to the others.
  return found.issuer === '' || (type === 0x1f && found.lifetime === 0) ? undefined : found;
};

const withExpiry = (key: OpenPgpKey, own: SelfSignature | undefined): OpenPgpKey =>
  own === undefined || own.lifetime === 0 || key.created === undefined
    ? key
    : { ...key, expires: new Date(key.created.getTime() + own.lifetime * 1000) };

/** @throws {Fault} malformed `OPENPGP_INVALID`, limit `OPENPGP_TOO_LARGE` */
export const parseOpenPgpKeys = (keyring: Uint8Array, where: string): OpenPgpKeys => {
  const bytes = Buffer.from(keyring.buffer, keyring.byteOffset, keyring.byteLength);
  const keys: OpenPgpKey[] = [];
  let key: OpenPgpKey | undefined;
  let newest: SelfSignature | undefined;
  let secret = false;
  const close = (): void => {
    if (key !== undefined) keys.push(withExpiry(key, newest));
    newest = undefined;
  };
  let packets = 0;
  for (let at = 0; at < bytes.length;) {
    const [{ tag, body }, next] = readPacket(bytes, at, where);
    packets += 1;
    if (packets > maximumPackets || keys.length > maximumKeys)
      throw overLimit('OPENPGP_TOO_LARGE', `more than ${maximumPackets} packets or ${maximumKeys} keys`, where);
    if (tag === tags.secretKey || tag === tags.secretSubkey) secret = true;
    if (tag === tags.publicKey) {
      close();
      key = parseKey(body);
    } else if (tag === tags.signature && key?.fingerprint !== undefined) {
      const signature = parseSignature(body);
      const isOwn = signature !== undefined && key.fingerprint.endsWith(signature.issuer);
      if (isOwn && signature.made >= (newest?.made ?? 0)) newest = signature;
    }
    at = next;
  }
  close();
  return { keys, secret };
};
