/** A raw LZMA stream of known length → its bytes: Igor Pavlov's LZMA specification (lzma-specification.txt), without a header. */

export interface LzmaProperties {
  readonly literalContextBits: number;
  readonly literalPositionBits: number;
  readonly positionBits: number;
}

const half = 1024;

const probabilities = (count: number): Uint16Array => new Uint16Array(count).fill(half);

/** Specification, "Range Decoder". */
class RangeDecoder {
  readonly #source: Uint8Array;
  #range = 0xffffffff;
  #code = 0;
  #at = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
    for (let index = 0; index < 5; index += 1) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  /** More bytes were asked for than there are. */
  get isSpent(): boolean {
    return this.#at > this.#source.length + 5;
  }

  #next(): number {
    const byte = this.#source[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }

  #normalise(): void {
    if (this.#range >= 0x1000000) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  bit(table: Uint16Array, index: number): number {
    this.#normalise();
    const probability = table[index] as number;
    const bound = (this.#range >>> 11) * probability;
    if (this.#code < bound) {
      table[index] = probability + ((2048 - probability) >> 5);
      this.#range = bound;
      return 0;
    }
    table[index] = probability - (probability >> 5);
    this.#range -= bound;
    this.#code -= bound;
    return 1;
  }

  direct(count: number): number {
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

  tree(table: Uint16Array, bits: number, from = 0): number {
    let node = 1;
    for (let left = bits; left > 0; left -= 1) node = (node << 1) | this.bit(table, from + node);
    return node - (1 << bits);
  }

  reverseTree(table: Uint16Array, bits: number, from = 0): number {
    let node = 1;
    let value = 0;
    for (let index = 0; index < bits; index += 1) {
      const bit = this.bit(table, from + node);
      node = (node << 1) | bit;
      value |= bit << index;
    }
    return value;
  }
}

/** Specification, "LZMA Length decoder". */
class LengthDecoder {
  readonly #choice = probabilities(2);
  readonly #low = probabilities(16 * 8);
  readonly #middle = probabilities(16 * 8);
  readonly #high = probabilities(256);

  read(range: RangeDecoder, positionState: number): number {
    if (range.bit(this.#choice, 0) === 0) return range.tree(this.#low, 3, positionState * 8);
    if (range.bit(this.#choice, 1) === 0) return 8 + range.tree(this.#middle, 3, positionState * 8);
    return 16 + range.tree(this.#high, 8);
  }
}

const nextAfterLiteral = (state: number): number => (state < 4 ? 0 : state < 10 ? state - 3 : state - 6);

class Decoding {
  readonly #range: RangeDecoder;
  readonly #output: Uint8Array;
  readonly #properties: LzmaProperties;
  readonly #literals: Uint16Array;
  readonly #isMatch = probabilities(12 * 16);
  readonly #isRepeat = probabilities(12);
  readonly #isFirst = probabilities(12);
  readonly #isSecond = probabilities(12);
  readonly #isThird = probabilities(12);
  readonly #isLong = probabilities(12 * 16);
  readonly #slots = probabilities(4 * 64);
  readonly #near = probabilities(128);
  readonly #align = probabilities(16);
  readonly #lengths = new LengthDecoder();
  readonly #repeatLengths = new LengthDecoder();
  #filled = 0;
  #state = 0;
  #distances: [number, number, number, number] = [0, 0, 0, 0];

  constructor(source: Uint8Array, size: number, properties: LzmaProperties) {
    this.#range = new RangeDecoder(source);
    this.#output = new Uint8Array(size);
    this.#properties = properties;
    this.#literals = probabilities(0x300 << (properties.literalContextBits + properties.literalPositionBits));
  }

  #literal(): void {
    const { literalContextBits: context, literalPositionBits: position } = this.#properties;
    const before = this.#filled === 0 ? 0 : (this.#output[this.#filled - 1] as number);
    const place = ((this.#filled & ((1 << position) - 1)) << context) + (before >> (8 - context));
    const from = 0x300 * place;
    let symbol = 1;
    if (this.#state >= 7) {
      let match = this.#output[this.#filled - this.#distances[0] - 1] as number;
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#range.bit(this.#literals, from + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#range.bit(this.#literals, from + symbol);
    this.#output[this.#filled] = symbol & 255;
    this.#filled += 1;
    this.#state = nextAfterLiteral(this.#state);
  }

  /** Specification, "Match distance decoding". */
  #distance(length: number): number {
    const slot = this.#range.tree(this.#slots, 6, 64 * Math.min(length, 3));
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + this.#range.reverseTree(this.#near, bits, base - slot);
    return base + this.#range.direct(bits - 4) * 16 + this.#range.reverseTree(this.#align, 4);
  }

  /** The length of a repeated match; 0 for a single byte, which was written. */
  #repeat(positionState: number): number {
    const [first, second, third, fourth] = this.#distances;
    const state = this.#state;
    if (this.#range.bit(this.#isFirst, state) === 0) {
      if (this.#range.bit(this.#isLong, (state << 4) + positionState) === 0) {
        this.#state = state < 7 ? 9 : 11;
        return this.#copy(1) ? 0 : -1;
      }
    } else if (this.#range.bit(this.#isSecond, state) === 0) this.#distances = [second, first, third, fourth];
    else if (this.#range.bit(this.#isThird, state) === 0) this.#distances = [third, first, second, fourth];
    else this.#distances = [fourth, first, second, third];
    this.#state = state < 7 ? 8 : 11;
    return this.#repeatLengths.read(this.#range, positionState) + 2;
  }

  #copy(length: number): boolean {
    const distance = this.#distances[0] + 1;
    if (distance > this.#filled) return false;
    const end = Math.min(this.#filled + length, this.#output.length);
    for (; this.#filled < end; this.#filled += 1)
      this.#output[this.#filled] = this.#output[this.#filled - distance] as number;
    return true;
  }

  run(): Uint8Array | undefined {
    const mask = (1 << this.#properties.positionBits) - 1;
    while (this.#filled < this.#output.length) {
      if (this.#range.isSpent) return undefined;
      const positionState = this.#filled & mask;
      if (this.#range.bit(this.#isMatch, (this.#state << 4) + positionState) === 0) {
        this.#literal();
        continue;
      }
      let length: number;
      if (this.#range.bit(this.#isRepeat, this.#state) === 1) {
        if (this.#filled === 0) return undefined;
        length = this.#repeat(positionState);
        if (length === 0) continue;
        if (length < 0) return undefined;
      } else {
        const [first, second, third] = this.#distances;
        length = this.#lengths.read(this.#range, positionState) + 2;
        this.#state = this.#state < 7 ? 7 : 10;
        const distance = this.#distance(length - 2);
        // All bits set: an end mark, before the stated length.
        if (distance >= 0xffffffff) return undefined;
        this.#distances = [distance, first, second, third];
      }
      if (!this.#copy(length)) return undefined;
    }
    return this.#output;
  }
}

/** Exactly `size` bytes, or undefined where the stream does not hold them. */
export const decodeLzma = (source: Uint8Array, size: number, properties: LzmaProperties): Uint8Array | undefined =>
  new Decoding(source, size, properties).run();
