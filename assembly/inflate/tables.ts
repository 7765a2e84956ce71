/** Lengths of codes → tables that find a code by the bits of the data (RFC 1951, 3.2.2 and 3.2.5). */
import { COUNTS, SORTED, STARTS } from './memory';

/**
 * A table is looked up by the next bits of the data and gives an entry; longer codes go through a second table behind the first.
 *   31      a literal
 *   16…30   the literal, the smallest length or distance, the symbol of a code length, or where the second table begins
 *   15      neither: the end of the block (13), a second table (14), or no code at all
 *   8…12    bits of the code, or that the second table is looked up by
 *   0…4     bits of the code and of the number behind it
 */
export const literal: u32 = 1 << 31;
export const exception: u32 = 1 << 15;
export const secondTable: u32 = 1 << 14;
export const endOfBlock: u32 = 1 << 13;
const invalid: u32 = exception | 1;

export const literalBits: u32 = 11;
export const distanceBits: u32 = 8;
export const metaBits: u32 = 7;
/** Bits. */
export const longestCode: u32 = 15;

// Kinds of tables.
export const ofMeta: u32 = 0;
export const ofLiterals: u32 = 1;
export const ofDistances: u32 = 2;

/** An entry without the bits of its code. 3.2.5: symbols of lengths and of distances. */
function entryOf(symbol: u32, kind: u32): u32 {
  if (kind == ofMeta) return symbol << 16;
  if (kind == ofDistances) {
    if (symbol < 4) return (symbol + 1) << 16;
    if (symbol > 29) return exception;
    let extra = (symbol >> 1) - 1;
    return ((((2 + (symbol & 1)) << extra) + 1) << 16) | extra;
  }
  if (symbol < 256) return literal | (symbol << 16);
  if (symbol == 256) return exception | endOfBlock;
  let index = symbol - 257;
  if (index < 8) return (index + 3) << 16;
  if (index == 28) return 258 << 16;
  if (index > 28) return exception;
  let extra = (index >> 2) - 1;
  return ((((4 + (index & 3)) << extra) + 3) << 16) | extra;
}

/**
 * 3.2.2: lengths of codes → the table that finds them. False where the lengths make no code: with more codes than bits can tell apart, or
 * fewer, of which only a single code of one bit is allowed (not for code lengths).
 */
export function makeTable(table: usize, tableBits: u32, lengths: usize, symbols: u32, kind: u32): boolean {
  let size: u32 = 1 << tableBits;
  memory.fill(COUNTS, 0, 32);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    let count = COUNTS + ((<usize>load<u8>(lengths + symbol)) << 1);
    store<u16>(count, load<u16>(count) + 1);
  }
  let longest = longestCode;
  while (longest > 0 && load<u16>(COUNTS + (longest << 1)) == 0) longest--;
  let free: i32 = 1;
  let start: u32 = 0;
  for (let length: u32 = 1; length <= longestCode; length++) {
    let count = <u32>load<u16>(COUNTS + (length << 1));
    free = (free << 1) - <i32>count;
    if (free < 0) return false;
    store<u16>(STARTS + (length << 1), <u16>start);
    start += count;
  }
  if (free > 0) {
    if (longest > 1 || (longest == 1 && kind == ofMeta)) return false;
    for (let index: u32 = 0; index < size; index++) store<u32>(table + (index << 2), invalid);
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    let length = <usize>load<u8>(lengths + symbol);
    if (length == 0) continue;
    let place = <usize>load<u16>(STARTS + (length << 1));
    store<u16>(STARTS + (length << 1), <u16>(place + 1));
    store<u16>(SORTED + (place << 1), <u16>symbol);
  }
  fillTable(table, tableBits, longest, kind);
  return true;
}

/** Codes in their order, by the symbols in SORTED and the COUNTS of each length. */
function fillTable(table: usize, tableBits: u32, longest: u32, kind: u32): void {
  let size: u32 = 1 << tableBits;
  // Bits of a code come highest first, while the data are read lowest first: it is kept reversed.
  let code: u32 = 0;
  let place: usize = 0;
  let prefix: u32 = u32.MAX_VALUE;
  let second: u32 = 0;
  let secondBits: u32 = 0;
  let end = size;
  for (let length: u32 = 1; length <= longest; length++) {
    for (let left = <i32>load<u16>(COUNTS + (length << 1)); left > 0; left--) {
      let entry = entryOf(load<u16>(SORTED + (place << 1)), kind);
      place++;
      if (length <= tableBits) {
        let full = entry + (length << 8) + length;
        for (let at = code; at < size; at += 1 << length) store<u32>(table + (at << 2), full);
      } else {
        if ((code & (size - 1)) != prefix) {
          prefix = code & (size - 1);
          second = end;
          secondBits = bitsOfSecondTable(length, left, tableBits, longest);
          end += 1 << secondBits;
          store<u32>(table + (prefix << 2), exception | secondTable | (second << 16) | (secondBits << 8) | tableBits);
        }
        let rest = length - tableBits;
        let full = entry + (rest << 8) + rest;
        for (let at = code >> tableBits; at < 1 << secondBits; at += 1 << rest)
          store<u32>(table + ((second + at) << 2), full);
      }
      // One more, from the highest bit down.
      let bit: u32 = 1 << (length - 1);
      while (code & bit) bit >>= 1;
      code = bit == 0 ? 0 : (code & (bit - 1)) | bit;
    }
  }
}

/** As many as the codes need that share the first bits of this one: they follow it, shorter ones first. */
function bitsOfSecondTable(length: u32, left: i32, tableBits: u32, longest: u32): u32 {
  let bits = length - tableBits;
  let free = (1 << bits) - left;
  while (free > 0 && length < longest) {
    length++;
    bits++;
    free = (free << 1) - <i32>load<u16>(COUNTS + (length << 1));
  }
  return bits;
}
