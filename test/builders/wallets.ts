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
