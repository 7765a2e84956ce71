/** Bytes of a text → whether a wallet address stands in it, at some gigabytes a second: four of every sixteen bytes are looked at first. */
import { identifyWallet } from './wallets.ts';

const isWord = ((): Uint8Array => {
  const table = new Uint8Array(256);
  for (const character of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
    table[character.charCodeAt(0)] = 1;
  return table;
})();

const colon = 0x3a;
/** A run this long holds a whole sixteen bytes that are looked at. Shorter addresses are a thousandth of all. */
const shortestRun = 31;
const longestRun = 116;
/** `bitcoincash:` is the longest mark before a colon. */
const longestMark = 12;

const startOf = (bytes: Uint8Array, at: number): number => {
  let start = at;
  while (start > 0 && at - start <= longestRun && isWord[bytes[start - 1] ?? 0] === 1) start -= 1;
  return start;
};

const endOf = (bytes: Uint8Array, at: number): number => {
  let end = at;
  while (end < bytes.length && isWord[bytes[end] ?? 0] === 1) end += 1;
  return end;
};

const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');

/** The run alone, or with the word and colon before it. */
const isWallet = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (identifyWallet(textOf(bytes, start, end)) !== undefined) return true;
  if (bytes[start - 1] !== colon) return false;
  let mark = start - 1;
  while (mark > 0 && start - mark <= longestMark && isWord[bytes[mark - 1] ?? 0] === 1) mark -= 1;
  return identifyWallet(textOf(bytes, mark, end)) !== undefined;
};

/** Has a high bit when one of the four bytes is below `0` or above 0x7f: no letter and no digit. Others than those may pass. */
const strangers = (word: number): number => word | (word - 0x30303030);

/** Of one thread: contents lie one after the other in the same memory, of which one view is kept. */
export class WalletScanner {
  #words: Int32Array = new Int32Array(0);

  /** Linear in the bytes, whatever they are: a long run is read to its end once. */
  holdsWallet(bytes: Uint8Array): boolean {
    if (this.#words.buffer !== bytes.buffer)
      this.#words = new Int32Array(bytes.buffer, 0, Math.floor(bytes.buffer.byteLength / 4));
    const words = this.#words;
    const offset = bytes.byteOffset;
    const last = (offset + bytes.length - 16) >> 2;
    for (let index = (offset + 3) >> 2; index <= last; index += 4) {
      // One branch for all four words: which of them fails first is what no processor can guess.
      const seen =
        strangers(words[index] as number) |
        strangers(words[index + 1] as number) |
        strangers(words[index + 2] as number) |
        strangers(words[index + 3] as number);
      if ((seen & 0x80808080) !== 0) continue;
      const at = index * 4 - offset;
      const end = endOf(bytes, at);
      if (end < at + 16) continue;
      const start = startOf(bytes, at);
      const length = end - start;
      if (length >= shortestRun && length <= longestRun && isWallet(bytes, start, end)) return true;
      // Behind the run: its inside need not be looked at again.
      index = Math.max(index, ((end + offset) >> 2) - 7);
    }
    return false;
  }
}
