/** `prefix1data` and `prefix:data` texts whose checksum holds → the number of their data characters: BIP 173, BIP 350, and the longer sum of CashAddr and Kaspa. */

const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

const valuesOf = (text: string): readonly number[] | undefined => {
  const values = Array.from(text, (character) => alphabet.indexOf(character));
  return values.includes(-1) ? undefined : values;
};

const codesOf = (text: string): readonly number[] => Array.from(text, (character) => character.charCodeAt(0));

const generator: readonly number[] = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** BIP 173, "Checksum". */
const shortSum = (values: readonly number[]): number => {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [bit, term] of generator.entries()) if (((top >>> bit) & 1) !== 0) sum ^= term;
  }
  return sum >>> 0;
};

const longGenerator: readonly bigint[] = [0x98f2bc8e61n, 0x79b76d99e2n, 0xf33e5fb3c4n, 0xae2eabe2a8n, 0x1e4f43e470n];

/** The CashAddr specification, "Checksum": 40 bits. */
const longSum = (values: readonly number[]): bigint => {
  let sum = 1n;
  for (const value of values) {
    const top = sum >> 35n;
    sum = ((sum & 0x07ffffffffn) << 5n) ^ BigInt(value);
    for (const [bit, term] of longGenerator.entries()) if (((top >> BigInt(bit)) & 1n) !== 0n) sum ^= term;
  }
  return sum ^ 1n;
};

/** No address of a coin here is longer. */
const longest = 128;

/** The sums by which BIP 173 and BIP 350 differ. */
const bech32 = 1;
const bech32m = 0x2bc830a3;

const split = (text: string, separator: string): readonly [prefix: string, data: string] | undefined => {
  // One case or the other, never both.
  if (text.length > longest || (text !== text.toLowerCase() && text !== text.toUpperCase())) return undefined;
  const lower = text.toLowerCase();
  const at = lower.lastIndexOf(separator);
  return at <= 0 ? undefined : [lower.slice(0, at), lower.slice(at + 1)];
};

/** `separator`: `1` by the standards; some coins write `:`. */
export const isBech32 = (text: string, prefix: string, separator = '1'): boolean => {
  const [found, data = ''] = split(text, separator) ?? [];
  const values = valuesOf(data);
  if (found !== prefix || values === undefined || values.length < 6) return false;
  const codes = codesOf(prefix);
  const sum = shortSum([...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31), ...values]);
  return sum === bech32 || sum === bech32m;
};

export const isCashAddress = (text: string, prefix: string): boolean => {
  const [found, data = ''] = split(text, ':') ?? [];
  const values = valuesOf(data);
  if (found !== prefix || values === undefined || values.length < 8) return false;
  return longSum([...codesOf(prefix).map((code) => code & 31), 0, ...values]) === 0n;
};
