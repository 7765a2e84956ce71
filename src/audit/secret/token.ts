/** What looks like a token → whether it can be one: checksums where the issuer puts one in, and no placeholder. */
import { crc32 } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const toBase62 = (value: number): string => {
  let text = '';
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62)) text = `${digits[rest % 62]}${text}`;
  return text.padStart(6, '0');
};

/**
 * GitHub's blog "Behind GitHub's new authentication token formats" (2021): after the prefix thirty characters of randomness, then their
 * CRC-32 as six characters of base 62. npm's tokens are made the same way.
 */
export const hasTokenChecksum = (token: string): boolean => {
  const body = token.slice(token.indexOf('_') + 1);
  return body.length === 36 && toBase62(crc32(body.slice(0, 30))) === body.slice(30);
};

/** Words and rows that people write where a secret is to be put in. */
const placeholder =
  /example|sample|dummy|fake|placeholder|change.?me|your[_-]?|redacted|not[_-]?a?[_-]?real|insert|replace|secret[_-]?here|my[_-]?(?:token|secret|key)|x{5,}|\*{3,}|\.{3,}|0{8,}|1{8,}|a{6,}|12345678|abcdefgh|0123456|deadbeef|foobar|<[^>]*>|\$\{|\{\{|%\(|\[\[/i;

export const isPlaceholder = (text: string): boolean => placeholder.test(text);

/** Random text of this length has at least so many different characters; texts written by hand repeat. */
export const looksRandom = (text: string): boolean => {
  const different = new Set(text).size;
  return different >= Math.min(12, Math.ceil(text.length / 3));
};

/** The key of Azure's storage emulator, which is in its manual and in many tests. */
const emulatorKey = ['Eby8vdM02xNOcqFlqUwJPLlm', 'EtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq'].join('');

export const isLikelySecret = (text: string): boolean =>
  !isPlaceholder(text) && looksRandom(text) && !text.includes(emulatorKey);

/** The beginning and the length: enough to find it, not enough to use it. */
export const redactSecret = (text: string, shown = 4): string =>
  `${text.slice(0, Math.min(shown, Math.floor(text.length / 4))).replaceAll(/[^\x21-\x7e]/g, '·')}…(${text.length} characters)`;
