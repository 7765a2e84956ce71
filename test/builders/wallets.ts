/** Addresses of coins, made of bytes that a word gives: well formed, and nobody's. */
import { createHash } from 'node:crypto';

const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

const bytesFrom = (seed: string, length: number): Buffer => {
  const parts: Buffer[] = [];
  for (let round = 0; parts.length * 32 < length; round += 1)
    parts.push(createHash('sha256').update(`${seed} ${round}`).digest());
  return Buffer.concat(parts).subarray(0, length);
};

const toDigits = (bytes: Uint8Array, length: number): string => {
  let value = bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  while (value > 0n) {
    text = `${digits[Number(value % 58n)] ?? ''}${text}`;
    value /= 58n;
  }
  return text.padStart(length, '1');
};

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** `version` bytes, 20 bytes of a seed, and the checksum. */
export const base58CheckOf = (version: readonly number[], seed: string): string => {
  const payload = Buffer.concat([Buffer.from(version), bytesFrom(seed, 20)]);
  const bytes = Buffer.concat([payload, sha256(sha256(payload)).subarray(0, 4)]);
  const zeroes = bytes.findIndex((byte) => byte !== 0);
  return '1'.repeat(zeroes) + toDigits(bytes, 0);
};

/** CryptoNote's blocks: a network varint, two keys, four bytes for a checksum that is not the right one. */
export const moneroOf = (seed: string, network: readonly number[] = [18]): string => {
  const bytes = Buffer.concat([Buffer.from(network), bytesFrom(seed, 68)]);
  const sizes = [0, 2, 3, 5, 6, 7, 9, 10, 11];
  let text = '';
  for (let at = 0; at < bytes.length; at += 8) {
    const block = bytes.subarray(at, at + 8);
    text += toDigits(block, sizes[block.length] ?? 0);
  }
  return text;
};

const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

/** BIP 173 with `length` values of a seed. */
export const bech32Of = (prefix: string, seed: string, length: number, separator = '1'): string => {
  const values = [...bytesFrom(seed, length)].map((byte) => byte & 31);
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  const all = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...values, 0, 0, 0, 0, 0, 0];
  let sum = 1;
  for (const value of all) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [bit, term] of [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3].entries())
      if (((top >>> bit) & 1) === 1) sum ^= term;
  }
  sum ^= 1;
  const checksum = [25, 20, 15, 10, 5, 0].map((shift) => (sum >>> shift) & 31);
  return `${prefix}${separator}${[...values, ...checksum].map((value) => letters[value] ?? '').join('')}`;
};

/** Ergo's: network and kind, a compressed point, four bytes for a checksum that is not the right one. */
export const ergoOf = (seed: string): string => toDigits(Buffer.concat([Buffer.from([1, 2]), bytesFrom(seed, 36)]), 0);
