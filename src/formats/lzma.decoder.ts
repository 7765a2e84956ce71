/** A raw LZMA stream in pieces → its bytes: Igor Pavlov's LZMA specification (lzma-specification.txt). */
import { u32At } from './little-endian.ts';

export interface LzmaProperties {
  readonly literalContextBits: number;
  readonly literalPositionBits: number;
  readonly positionBits: number;
}

/** The properties in the one byte that containers keep; undefined where they are out of range. */
export const parseLzmaProperties = (byte: number): LzmaProperties | undefined =>
  byte >= 9 * 5 * 5
    ? undefined
    : {
        literalContextBits: byte % 9,
        literalPositionBits: Math.floor(byte / 9) % 5,
        positionBits: Math.floor(byte / 45),
      };

/** Properties, four bytes of dictionary size, eight of the size inside. */
export const lzmaAloneHeader = 13;

/** The header of LZMA alone (lzma-file-format.txt of XZ Utils): `size` is Infinity where an end mark tells. */
export const parseLzmaAlone = (
  header: Uint8Array,
): { readonly properties: LzmaProperties | undefined; readonly dictionary: number; readonly size: number } => {
  const [low, high] = [u32At(header, 5), u32At(header, 9)];
  const size = low === 0xffffffff && high === 0xffffffff ? Infinity : high * 2 ** 32 + low;
  return { properties: parseLzmaProperties(header[0] ?? 255), dictionary: u32At(header, 1), size };
};

/**
 * LZMA alone has no magic. What encoders write: the usual properties, a dictionary of a power of two or of one and a half, a size
 * below a terabyte or none, and the range coder's first byte, which is 0.
 */
export const isLzmaAlone = (head: Uint8Array): boolean => {
  if (head.length < lzmaAloneHeader || head[0] !== 0x5d || (head[lzmaAloneHeader] ?? 0) !== 0) return false;
  const { dictionary, size } = parseLzmaAlone(head);
  const isUsual =
    dictionary !== 0 && ((dictionary & (dictionary - 1)) === 0 || (dictionary & (dictionary / 3 - 1)) === 0);
  return isUsual && (size < 2 ** 40 || size === Infinity);
};

/** Probabilities of the models, one behind the other. */
const isMatch = 0;
const isRepeat = isMatch + 12 * 16;
const isFirst = isRepeat + 12;
const isSecond = isFirst + 12;
const isThird = isSecond + 12;
const isLong = isThird + 12;
const slots = isLong + 12 * 16;
const near = slots + 4 * 64;
const align = near + 128;
/** A decoder of lengths: two choices, three tables. */
const lengths = align + 16;
const lengthTables = 2 + 16 * 8 + 16 * 8 + 256;
const repeatLengths = lengths + lengthTables;
const literals = repeatLengths + lengthTables;
const half = 1024;

/** No symbol takes more bytes. */
const longestSymbol = 24;
const flushBytes = 1 << 16;
const firstWindow = 1 << 18;
/** Bytes of the range coder's start; the first is always 0. */
const startBytes = 5;

const endMark = 0xffffffff;

/** `short`: the last input was given, and more was needed. */
export type LzmaState = 'open' | 'ended' | 'damaged' | 'short';

export class LzmaDecoder {
  readonly #properties: LzmaProperties;
  readonly #models: Uint16Array;
  /** Grows up to the dictionary: small contents state large ones. */
  #window: Uint8Array;
  readonly #largest: number;
  /** Infinity where an end mark tells. */
  readonly #size: number;
  #hasStarted = false;
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #range = 0xffffffff;
  #code = 0;
  #position = 0;
  /** Of the window: what was given out already, and whether it was filled once. */
  #given = 0;
  #total = 0;
  #isFull = false;
  /** What was not given out yet of a window that is written anew. */
  #waiting: Uint8Array | undefined;
  #machine = 0;
  #distances: [number, number, number, number] = [0, 0, 0, 0];
  #state: LzmaState = 'open';

  /** `size`: the bytes inside, where they are known; they may still end with a mark. */
  constructor(properties: LzmaProperties, dictionary: number, size = Infinity) {
    this.#properties = properties;
    const { literalContextBits, literalPositionBits } = properties;
    this.#models = new Uint16Array(literals + (0x300 << (literalContextBits + literalPositionBits))).fill(half);
    this.#largest = Math.max(4096, Math.min(dictionary, size));
    this.#window = new Uint8Array(Math.min(this.#largest, firstWindow));
    this.#size = size;
  }

  state(): LzmaState {
    return this.#state;
  }

  /**
   * What the next input gives; the chunks are the caller's. Gives how much of the input was used: a few bytes may have to be
   * shown again with more behind them, unless they are the last.
   */
  *decode(input: Uint8Array, isLast: boolean): Generator<Uint8Array, number> {
    this.#input = input;
    this.#at = 0;
    const safe = isLast ? Infinity : input.length - longestSymbol;
    if (!this.#hasStarted) {
      if (input.length < startBytes && !isLast) return 0;
      this.#start();
    }
    while (this.#state === 'open' && this.#at <= safe) {
      if (this.#total === this.#size && this.#isAtEnd()) break;
      this.#symbol();
      if (this.#at > input.length) this.#state = 'short';
      if (this.#waiting !== undefined || this.#position - this.#given >= flushBytes) yield* this.#flush();
    }
    yield* this.#flush();
    return Math.min(this.#at, input.length);
  }

  #start(): void {
    this.#hasStarted = true;
    if (this.#next() !== 0) this.#state = 'damaged';
    for (let index = 1; index < startBytes; index += 1) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
    if (this.#at > this.#input.length) this.#state = 'short';
  }

  /** All bytes are there; what may follow is an end mark. */
  #isAtEnd(): boolean {
    this.#normalise();
    if (this.#code !== 0) return false;
    this.#state = this.#at > this.#input.length ? 'short' : 'ended';
    return true;
  }

  *#flush(): Generator<Uint8Array, void> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) yield waiting;
    if (this.#position === this.#given) return;
    const bytes = this.#window.slice(this.#given, this.#position);
    this.#given = this.#position;
    yield bytes;
  }

  /** A symbol has 273 bytes at most, so that this happens once before the next flush. */
  #wrap(): void {
    const window = this.#window;
    if (window.length < this.#largest) {
      this.#window = new Uint8Array(Math.min(this.#largest, 4 * window.length));
      this.#window.set(window);
      return;
    }
    this.#waiting = this.#window.slice(this.#given);
    this.#position = 0;
    this.#given = 0;
    this.#isFull = true;
  }

  #next(): number {
    const byte = this.#input[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }

  #normalise(): void {
    if (this.#range >= 0x1000000) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  #bit(index: number): number {
    this.#normalise();
    const models = this.#models;
    const probability = models[index] as number;
    const bound = (this.#range >>> 11) * probability;
    if (this.#code < bound) {
      models[index] = probability + ((2048 - probability) >> 5);
      this.#range = bound;
      return 0;
    }
    models[index] = probability - (probability >> 5);
    this.#range -= bound;
    this.#code -= bound;
    return 1;
  }

  #direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left -= 1) {
      this.#normalise();
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = value * 2 + bit;
    }
    return value;
  }

  #tree(from: number, bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left -= 1) node = (node << 1) | this.#bit(from + node);
    return node - (1 << bits);
  }

  #reverseTree(from: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let index = 0; index < bits; index += 1) {
      const bit = this.#bit(from + node);
      node = (node << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  /** Specification, "LZMA Length decoder". */
  #length(from: number, place: number): number {
    if (this.#bit(from) === 0) return this.#tree(from + 2 + place * 8, 3);
    if (this.#bit(from + 1) === 0) return 8 + this.#tree(from + 2 + 128 + place * 8, 3);
    return 16 + this.#tree(from + 2 + 256, 8);
  }

  /** The byte so many places back. */
  #before(distance: number): number {
    const at = this.#position - distance;
    return this.#window[at < 0 ? at + this.#window.length : at] as number;
  }

  #put(byte: number): void {
    this.#window[this.#position] = byte;
    this.#position += 1;
    this.#total += 1;
    if (this.#position === this.#window.length) this.#wrap();
  }

  #symbol(): void {
    const place = this.#total & ((1 << this.#properties.positionBits) - 1);
    const machine = this.#machine;
    if (this.#bit(isMatch + (machine << 4) + place) === 0) {
      if (this.#total === this.#size) this.#state = 'damaged';
      else this.#literal();
      return;
    }
    let length: number;
    if (this.#bit(isRepeat + machine) === 1) {
      length = this.#repeat(place);
    } else {
      const [first, second, third] = this.#distances;
      length = this.#length(lengths, place) + 2;
      this.#machine = machine < 7 ? 7 : 10;
      const distance = this.#distance(length - 2);
      if (distance === endMark) {
        this.#normalise();
        // A mark before the end that was stated is no end.
        this.#state = this.#code === 0 && (this.#total === this.#size || this.#size === Infinity) ? 'ended' : 'damaged';
        return;
      }
      this.#distances = [distance, first, second, third];
    }
    this.#copy(length);
  }

  #literal(): void {
    const { literalContextBits: context, literalPositionBits: position } = this.#properties;
    const before = this.#total === 0 ? 0 : this.#before(1);
    const place = ((this.#total & ((1 << position) - 1)) << context) + (before >> (8 - context));
    const from = literals + 0x300 * place;
    let symbol = 1;
    if (this.#machine >= 7) {
      let match = this.#before(this.#distances[0] + 1);
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#bit(from + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(from + symbol);
    this.#put(symbol & 255);
    this.#machine = this.#machine < 4 ? 0 : this.#machine < 10 ? this.#machine - 3 : this.#machine - 6;
  }

  /** Specification, "Match distance decoding". */
  #distance(length: number): number {
    const slot = this.#tree(slots + 64 * Math.min(length, 3), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + this.#reverseTree(near + base - slot, bits);
    return base + this.#direct(bits - 4) * 16 + this.#reverseTree(align, 4);
  }

  /** The length of a match at one of the last four distances, which becomes the last. */
  #repeat(place: number): number {
    const [first, second, third, fourth] = this.#distances;
    const machine = this.#machine;
    if (this.#bit(isFirst + machine) === 0) {
      if (this.#bit(isLong + (machine << 4) + place) === 0) {
        this.#machine = machine < 7 ? 9 : 11;
        return 1;
      }
    } else if (this.#bit(isSecond + machine) === 0) this.#distances = [second, first, third, fourth];
    else if (this.#bit(isThird + machine) === 0) this.#distances = [third, first, second, fourth];
    else this.#distances = [fourth, first, second, third];
    this.#machine = machine < 7 ? 8 : 11;
    return this.#length(repeatLengths, place) + 2;
  }

  #copy(length: number): void {
    const distance = this.#distances[0] + 1;
    if (distance > (this.#isFull ? this.#window.length : this.#position) || length > this.#size - this.#total) {
      this.#state = 'damaged';
      return;
    }
    for (let left = length; left > 0; left -= 1) this.#put(this.#before(distance));
  }
}
