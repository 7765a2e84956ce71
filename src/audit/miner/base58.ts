/** Base58 text → bytes: as one number (Bitcoin and its descendants, with their checksum) and in blocks (Monero and its). */
import { createHash } from 'node:crypto';

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

const digits = ((): Int8Array => {
  const table = new Int8Array(128).fill(-1);
  for (let index = 0; index < alphabet.length; index += 1) table[alphabet.charCodeAt(index)] = index;
  return table;
})();

const digitOf = (code: number): number => digits[code] ?? -1;

const bytesOfNumber = (value: bigint, length: number): Uint8Array | undefined => {
  if (value >> BigInt(8 * length) !== 0n) return undefined;
  const hex = value.toString(16).padStart(length * 2, '0');
  return Uint8Array.from(Buffer.from(hex, 'hex'));
};

const numberOf = (text: string): bigint | undefined => {
  let value = 0n;
  for (let at = 0; at < text.length; at += 1) {
    const digit = digitOf(text.charCodeAt(at));
    if (digit < 0) return undefined;
    value = value * 58n + BigInt(digit);
  }
  return value;
};

/** Longer texts are no address of any coin here. */
const longest = 128;

/** `length` bytes, no more and no fewer; a leading `1` is a zero byte, as in Bitcoin's addresses. */
export const decodeBase58 = (text: string, length: number): Uint8Array | undefined => {
  if (text.length === 0 || text.length > longest) return undefined;
  const value = numberOf(text);
  const bytes = value === undefined ? undefined : bytesOfNumber(value, length);
  if (bytes === undefined) return undefined;
  const ones = /^1*/.exec(text)?.[0].length ?? 0;
  const zeroes = bytes.findIndex((byte) => byte !== 0);
  return ones === (zeroes < 0 ? length : zeroes) ? bytes : undefined;
};

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** The payload of `length` bytes when the four bytes behind it are its doubled SHA-256's first. */
export const decodeBase58Check = (text: string, length: number): Uint8Array | undefined => {
  const bytes = decodeBase58(text, length + 4);
  if (bytes === undefined) return undefined;
  const payload = bytes.subarray(0, length);
  const sum = sha256(sha256(payload));
  return [0, 1, 2, 3].every((at) => bytes[length + at] === sum[at]) ? payload : undefined;
};

/** Characters of a block that is not full → its bytes (CryptoNote's base58: eight bytes are eleven characters). */
const blockSizes: Readonly<Record<number, number>> = { 2: 1, 3: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8 };

/** Every block must be a number that fits its bytes, which three of four random blocks do: eight in a row are rare by chance. */
export const decodeBase58Blocks = (text: string): Uint8Array | undefined => {
  if (text.length === 0 || text.length > longest) return undefined;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += 11) {
    const block = text.slice(at, at + 11);
    const size = blockSizes[block.length];
    const value = numberOf(block);
    const bytes = size === undefined || value === undefined ? undefined : bytesOfNumber(value, size);
    if (bytes === undefined) return undefined;
    parts.push(bytes);
  }
  return Uint8Array.from(Buffer.concat(parts));
};
