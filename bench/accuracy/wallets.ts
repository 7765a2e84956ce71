/** A seed → an address of a coin with a right checksum, which nobody has the key of. */
import { createHash } from 'node:crypto';
import { keccak256 } from './keccak.ts';
import { seededBytes } from './seeded.ts';

const alphabet58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const alphabet32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

const toBase58 = (value: bigint, length: number): string => {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 58n) text = (alphabet58[Number(rest % 58n)] ?? '') + text;
  return text.padStart(length, alphabet58[0]);
};

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);

/** Characters that so many bytes take in Monero's base 58, where blocks of 8 bytes stand for themselves. */
const blockLengths = [0, 2, 3, 5, 6, 7, 9, 10, 11] as const;

export const toMoneroBase58 = (bytes: Uint8Array): string => {
  let text = '';
  for (let start = 0; start < bytes.length; start += 8) {
    const block = bytes.subarray(start, start + 8);
    text += toBase58(toNumber(block), blockLengths[block.length] ?? 11);
  }
  return text;
};

/** Bitcoin's base 58 with the first four bytes of a double SHA-256; each leading zero byte is a `1`. */
export const toBase58Check = (payload: Uint8Array): string => {
  const twice = createHash('sha256').update(createHash('sha256').update(payload).digest()).digest();
  const bytes = Buffer.concat([payload, twice.subarray(0, 4)]);
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return alphabet58.charAt(0).repeat(zeros) + toBase58(toNumber(bytes), 0);
};

/** Groups of 8 bits → groups of 5, the last filled with zeros. */
const toFives = (bytes: Uint8Array): readonly number[] => {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((group) => Number.parseInt(group.padEnd(5, '0'), 2));
};

const to32 = (fives: readonly number[]): string => fives.map((five) => alphabet32[five]).join('');

/** BIP 173. */
export const toBech32 = (prefix: string, fives: readonly number[]): string => {
  const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  const codes = Buffer.from(prefix, 'latin1');
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  let check = 1;
  for (const value of [...expanded, ...fives, 0, 0, 0, 0, 0, 0]) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of generators.entries()) if ((top >> bit) & 1) check ^= generator;
  }
  check ^= 1;
  return `${prefix}1${to32([...fives, ...[25, 20, 15, 10, 5, 0].map((shift) => (check >>> shift) & 31)])}`;
};

/** The 40-bit checksum that Bitcoin Cash introduced and Kaspa uses. */
export const toCashAddress = (prefix: string, payload: Uint8Array): string => {
  const generators = [0x98f2bc8e61n, 0x79b76d99e2n, 0xf33e5fb3c4n, 0xae2eabe2a8n, 0x1e4f43e470n];
  const fives = toFives(payload);
  const letters = Buffer.from(prefix, 'latin1').map((code) => code & 31);
  let check = 1n;
  for (const value of [...letters, 0, ...fives, 0, 0, 0, 0, 0, 0, 0, 0]) {
    const top = check >> 35n;
    check = ((check & 0x07ffffffffn) << 5n) ^ BigInt(value);
    for (const [bit, generator] of generators.entries()) if ((top >> BigInt(bit)) & 1n) check ^= generator;
  }
  check ^= 1n;
  const sum = [35n, 30n, 25n, 20n, 15n, 10n, 5n, 0n].map((shift) => Number((check >> shift) & 31n));
  return `${prefix}:${to32([...fives, ...sum])}`;
};

/** EIP-55: a letter is upper-case where the hash of the lower-case address has a nibble of 8 or more. */
export const toEthereumCase = (hex: string): string => {
  const hash = keccak256(Buffer.from(hex, 'latin1')).toString('hex');
  return `0x${hex.replaceAll(/[a-f]/g, (letter, index: number) => (Number.parseInt(hash.charAt(index), 16) >= 8 ? letter.toUpperCase() : letter))}`;
};

const withMark = (mark: number, bytes: Uint8Array): Buffer => Buffer.concat([Uint8Array.of(mark), bytes]);

/** Network byte 18, two keys, four bytes of Keccak-256. */
const monero = (seed: string): string => {
  const payload = withMark(18, seededBytes(seed, 64));
  return toMoneroBase58(Buffer.concat([payload, keccak256(payload).subarray(0, 4)]));
};

export const coins = {
  monero,
  bitcoin: (seed: string): string => toBase58Check(withMark(0, seededBytes(seed, 20))),
  'bitcoin-segwit': (seed: string): string => toBech32('bc', [0, ...toFives(seededBytes(seed, 20))]),
  ethereum: (seed: string): string => toEthereumCase(Buffer.from(seededBytes(seed, 20)).toString('hex')),
  ravencoin: (seed: string): string => toBase58Check(withMark(60, seededBytes(seed, 20))),
  kaspa: (seed: string): string => toCashAddress('kaspa', withMark(0, seededBytes(seed, 32))),
} as const;

export type Coin = keyof typeof coins;

export const isCoin = (name: string): name is Coin => Object.hasOwn(coins, name);

export const walletOf = (coin: Coin, seed: string): string => coins[coin](`wallet/${coin}/${seed}`);
