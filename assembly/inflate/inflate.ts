/**
 * DEFLATE data → content (RFC 1951), written in AssemblyScript: TypeScript's syntax with WebAssembly's types. `npm run generate` compiles
 * it into `inflate.module.ts`. It has no imports and no memory but its own, so that whatever packed bytes do to it stays inside.
 *
 * The caller writes packed bytes to INPUT and calls `feed`, then `run` until it asks for more. OUTPUT fills over several runs; when `run`
 * says that it is full, what lies there is the caller's until the next `run`.
 */

import {
  CODE_LENGTHS,
  DISTANCE_CODES,
  INPUT,
  LITERAL_CODES,
  META_CODES,
  META_LENGTHS,
  OUTPUT,
  OUTPUT_END,
  ROOM,
  windowSize,
} from './memory';
import {
  distanceBits,
  endOfBlock,
  exception,
  literal,
  literalBits,
  longestCode,
  makeTable,
  metaBits,
  ofDistances,
  ofLiterals,
  ofMeta,
  secondTable,
} from './tables';

export { INPUT, OUTPUT, ROOM };

// What `run` answers.
const needsInput: i32 = 0;
const isFull: i32 = 1;
const isDone: i32 = 2;
const isTruncated: i32 = 3;
const isDamaged: i32 = 4;

/** 2 bits of a block's header and 14 of its counts, 19 lengths of 3 bits, 316 of 14 bits; of a stored one fewer. */
const headerBytes: usize = 576;
/** Three literals, a length and a distance, and what is read ahead of them. */
const symbolBytes: usize = 24;

const inHeader: i32 = 0;
const inCodes: i32 = 1;
const inStored: i32 = 2;

let state: i32 = inHeader;
let isLastBlock: boolean = false;
let hasFixedCodes: boolean = false;
/** Bytes left of a stored block. */
let storedLeft: usize = 0;
/** Bits that were read of the input and not used yet, lowest first. */
let bits: u64 = 0;
let bitCount: u32 = 0;
let input: usize = INPUT;
let inputEnd: usize = INPUT;
let isLastInput: boolean = false;
let output: usize = OUTPUT;
/** Bytes before OUTPUT that distances may reach. */
let history: usize = 0;

/** Before the first piece of new data. */
export function begin(): void {
  state = inHeader;
  isLastBlock = false;
  bits = 0;
  bitCount = 0;
  output = OUTPUT;
  history = 0;
}

/** `size` bytes lie at INPUT. After `needsInput` they begin with those that were not consumed. */
export function feed(size: usize, isLast: boolean): void {
  input = INPUT;
  inputEnd = INPUT + size;
  isLastInput = isLast;
  if (isLast) memory.fill(inputEnd, 0, headerBytes + symbolBytes);
}

/** Bytes used of those that were fed last; of the last byte perhaps only some bits. */
export function consumed(): usize {
  return input - INPUT;
}

/** Bytes that lie at OUTPUT. */
export function produced(): usize {
  return output - OUTPUT;
}

export function run(): i32 {
  if (output >= OUTPUT_END) keepWindow();
  let result = isDone;
  while (result == isDone) {
    if (state == inStored) result = copyStored();
    else if (state == inCodes) result = readCodes();
    else if (isLastBlock) return isDone;
    else result = isLastInput || inputEnd - input >= headerBytes ? readHeader() : needsInput;
  }
  return result;
}

function keepWindow(): void {
  let all = history + (output - OUTPUT);
  history = min(all, windowSize);
  memory.copy(OUTPUT - history, output - history, history);
  output = OUTPUT;
}

/** 3.2.3 */
function readHeader(): i32 {
  isLastBlock = take(1) == 1;
  let type = take(2);
  let isRight = true;
  if (type == 0) isRight = readStoredHeader();
  else if (type == 1) makeFixedCodes();
  else isRight = type == 2 && readDynamicCodes();
  if (type != 0) state = inCodes;
  if (input > inputEnd) return truncated();
  return isRight ? isDone : isDamaged;
}

/** The zeros behind the input were read: what they led to does not count. */
function truncated(): i32 {
  input = inputEnd;
  return isTruncated;
}

/** 3.2.4 */
function readStoredHeader(): boolean {
  bits = 0;
  bitCount = 0;
  storedLeft = load<u16>(input);
  let complement = <usize>load<u16>(input, 2);
  input += 4;
  state = inStored;
  return (storedLeft ^ 0xffff) == complement;
}

function copyStored(): i32 {
  let room = output < OUTPUT_END ? OUTPUT_END - output : 0;
  let count = min(storedLeft, min(room, inputEnd - input));
  memory.copy(output, input, count);
  storedLeft -= count;
  input += count;
  output += count;
  if (storedLeft == 0) {
    state = inHeader;
    return isDone;
  }
  if (output >= OUTPUT_END) return isFull;
  return isLastInput ? isTruncated : needsInput;
}

/** 3.2.6 */
function makeFixedCodes(): void {
  if (hasFixedCodes) return;
  memory.fill(CODE_LENGTHS, 8, 144);
  memory.fill(CODE_LENGTHS + 144, 9, 112);
  memory.fill(CODE_LENGTHS + 256, 7, 24);
  memory.fill(CODE_LENGTHS + 280, 8, 8);
  makeTable(LITERAL_CODES, literalBits, CODE_LENGTHS, 288, ofLiterals);
  memory.fill(CODE_LENGTHS, 5, 32);
  makeTable(DISTANCE_CODES, distanceBits, CODE_LENGTHS, 32, ofDistances);
  hasFixedCodes = true;
}

/** 3.2.7: lengths of the code that the code lengths are written in come in this order: 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15. */
function metaSymbol(index: u32): u32 {
  if (index < 3) return 16 + index;
  if (index == 3) return 0;
  return index & 1 ? 7 - ((index - 5) >> 1) : 8 + ((index - 4) >> 1);
}

/** 3.2.7. False where the codes are none, or more than there are symbols, as everybody else refuses them. */
function readDynamicCodes(): boolean {
  hasFixedCodes = false;
  let literals = take(5) + 257;
  let distances = take(5) + 1;
  let metas = take(4) + 4;
  if (literals > 286 || distances > 30) return false;
  memory.fill(META_LENGTHS, 0, 19);
  for (let index: u32 = 0; index < metas; index++) store<u8>(META_LENGTHS + metaSymbol(index), <u8>take(3));
  if (!makeTable(META_CODES, metaBits, META_LENGTHS, 19, ofMeta)) return false;
  let all = literals + distances;
  let index: u32 = 0;
  while (index < all) {
    let entry = takeCode(META_CODES, metaBits);
    if (entry & exception) return false;
    let symbol = entry >> 16;
    if (symbol < 16) {
      store<u8>(CODE_LENGTHS + index, <u8>symbol);
      index++;
      continue;
    }
    if (symbol == 16 && index == 0) return false;
    let length: u8 = symbol == 16 ? load<u8>(CODE_LENGTHS + index - 1) : 0;
    let count = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7);
    if (index + count > all) return false;
    memory.fill(CODE_LENGTHS + index, length, count);
    index += count;
  }
  // A block without an end is damaged.
  if (load<u8>(CODE_LENGTHS + 256) == 0) return false;
  return (
    makeTable(DISTANCE_CODES, distanceBits, CODE_LENGTHS + literals, distances, ofDistances) &&
    makeTable(LITERAL_CODES, literalBits, CODE_LENGTHS, literals, ofLiterals)
  );
}

function readCodes(): i32 {
  let result = needsInput;
  if (input + symbolBytes < inputEnd) result = readManyCodes(inputEnd - symbolBytes);
  if (result == needsInput && isLastInput) result = readLastCodes();
  if (result == isDone) state = inHeader;
  return result;
}

/**
 * Codes while the input is read before `end` and OUTPUT is not full: no other bound need be looked at. At the head of the loop at least 54
 * bits are held and the next code has been looked up. Two bits that mean nothing lie below the held ones, so that the bits of a code are an
 * offset in a table of words as they stand; `count` counts them too, in its lowest six bits: what is higher is never cleared.
 */
function readManyCodes(end: usize): i32 {
  let held = bits << 2;
  let count = bitCount + 2;
  let at = input;
  let to = output;
  let lowest = OUTPUT - history;
  let result = needsInput;
  held |= load<u64>(at) << count;
  at += 7 - ((count >> 3) & 7);
  count |= 56;
  let entry = load<u32>(<usize>(<u32>held & (((1 << literalBits) - 1) << 2)), LITERAL_CODES);
  do {
    let before = held;
    held >>= entry;
    count -= entry;
    if (entry & literal) {
      store<u8>(to, entry >> 16);
      entry = load<u32>(<usize>(<u32>held & (((1 << literalBits) - 1) << 2)), LITERAL_CODES);
      before = held;
      held >>= entry;
      count -= entry;
      to++;
      if (entry & literal) {
        store<u8>(to, entry >> 16);
        entry = load<u32>(<usize>(<u32>held & (((1 << literalBits) - 1) << 2)), LITERAL_CODES);
        before = held;
        held >>= entry;
        count -= entry;
        to++;
        if (entry & literal) {
          store<u8>(to, entry >> 16);
          entry = load<u32>(<usize>(<u32>held & (((1 << literalBits) - 1) << 2)), LITERAL_CODES);
          to++;
          held |= load<u64>(at) << count;
          at += 7 - ((count >> 3) & 7);
          count |= 56;
          continue;
        }
      }
    }
    if (entry & exception) {
      if (entry & secondTable) {
        let index = (entry >> 16) + (<u32>(held >> 2) & ((1 << ((entry >> 8) & 15)) - 1));
        entry = load<u32>((<usize>index) << 2, LITERAL_CODES);
        before = held;
        held >>= entry;
        count -= entry;
        if (entry & literal) {
          store<u8>(to, entry >> 16);
          entry = load<u32>(<usize>(<u32>held & (((1 << literalBits) - 1) << 2)), LITERAL_CODES);
          to++;
          held |= load<u64>(at) << count;
          at += 7 - ((count >> 3) & 7);
          count |= 56;
          continue;
        }
      }
      if (entry & exception) {
        result = entry & endOfBlock ? isDone : isDamaged;
        break;
      }
    }
    let length = <usize>(entry >> 16) + <usize>((<u32>(before >> 2) & ((1 << entry) - 1)) >> (entry >> 8));
    held |= load<u64>(at) << count;
    at += 7 - ((count >> 3) & 7);
    count |= 56;
    entry = load<u32>(<usize>(<u32>held & (((1 << distanceBits) - 1) << 2)), DISTANCE_CODES);
    if (entry & exception) {
      held >>= entry;
      count -= entry;
      if (entry & secondTable) {
        let index = (entry >> 16) + (<u32>(held >> 2) & ((1 << ((entry >> 8) & 15)) - 1));
        entry = load<u32>((<usize>index) << 2, DISTANCE_CODES);
      }
      if (entry & exception) {
        result = isDamaged;
        break;
      }
    }
    let distance = <usize>(entry >> 16) + <usize>((<u32>(held >> 2) & ((1 << entry) - 1)) >> (entry >> 8));
    held >>= entry;
    count -= entry;
    if (distance > to - lowest) {
      result = isDamaged;
      break;
    }
    entry = load<u32>(<usize>(<u32>held & (((1 << literalBits) - 1) << 2)), LITERAL_CODES);
    held |= load<u64>(at) << count;
    at += 7 - ((count >> 3) & 7);
    count |= 56;
    copyMatch(to, distance, length);
    to += length;
  } while (at < end && to < OUTPUT_END);
  if (result == needsInput && to >= OUTPUT_END) result = isFull;
  // Whole bytes are given back.
  count = (count & 63) - 2;
  input = at - (count >> 3);
  bitCount = count & 7;
  bits = (held >> 2) & ((1 << (<u64>bitCount)) - 1);
  output = to;
  return result;
}

/** The last codes of the data, one at a time. */
function readLastCodes(): i32 {
  while (output < OUTPUT_END) {
    let before = output;
    let result = readCode();
    if (input > inputEnd) {
      output = before;
      return truncated();
    }
    if (result != needsInput) return result;
  }
  return isFull;
}

function readCode(): i32 {
  let entry = takeCode(LITERAL_CODES, literalBits);
  if (entry & literal) {
    store<u8>(output, entry >> 16);
    output++;
    return needsInput;
  }
  if (entry & exception) return entry & endOfBlock ? isDone : isDamaged;
  let length = takeNumber(entry);
  entry = takeCode(DISTANCE_CODES, distanceBits);
  if (entry & exception) return isDamaged;
  let distance = takeNumber(entry);
  if (distance > output - OUTPUT + history) return isDamaged;
  copyMatch(output, distance, length);
  output += length;
  return needsInput;
}

function takeNumber(entry: u32): usize {
  return <usize>((entry >> 16) + take((entry & 31) - ((entry >> 8) & 31)));
}

function take(count: u32): u32 {
  hold(count);
  let value = <u32>bits & ((1 << count) - 1);
  bits >>= count;
  bitCount -= count;
  return value;
}

function hold(count: u32): void {
  while (bitCount < count) {
    bits |= (<u64>load<u8>(input)) << bitCount;
    input++;
    bitCount += 8;
  }
}

/** The entry of the next code, whose bits are used; those of a number behind it are not. */
function takeCode(table: usize, tableBits: u32): u32 {
  hold(longestCode);
  let entry = load<u32>(table + ((<usize>(<u32>bits & ((1 << tableBits) - 1))) << 2));
  if ((entry & (literal | secondTable | exception)) == (secondTable | exception)) {
    bits >>= tableBits;
    bitCount -= tableBits;
    let index = (entry >> 16) + (<u32>bits & ((1 << ((entry >> 8) & 15)) - 1));
    entry = load<u32>(table + ((<usize>index) << 2));
  }
  let used = entry & exception ? entry & 31 : (entry >> 8) & 31;
  bits >>= used;
  bitCount -= used;
  input -= bitCount >> 3;
  bitCount &= 7;
  bits &= (1 << (<u64>bitCount)) - 1;
  return entry;
}

/** 3.2.3: the bytes may overlap. Writes up to 47 bytes past the end, which later bytes overwrite. */
function copyMatch(to: usize, distance: usize, length: usize): void {
  let from = to - distance;
  let end = to + length;
  if (distance >= 16) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    while (to + 32 < end) {
      to += 16;
      from += 16;
      v128.store(to, v128.load(from, 16), 16);
    }
  } else if (distance == 1) {
    let all = v128.splat<u8>(load<u8>(from));
    do {
      v128.store(to, all);
      to += 16;
    } while (to < end);
  } else {
    let step = min<usize>(distance, 8);
    do {
      store<u64>(to, load<u64>(from));
      to += step;
      from += step;
    } while (to < end);
  }
}
