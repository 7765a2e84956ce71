/** Blocks in the NRV2B, NRV2D and NRV2E codes of the UCL library → their bytes: literals and matches, told apart by single bits. */

export type NrvVariant = 'b' | 'd' | 'e';

/** Bits come from words of `width` bytes, little-endian, highest bit first; bytes stand between the words, where the decoder is. */
class BitReader {
  readonly #source: Uint8Array;
  readonly #width: number;
  #word = 0;
  #left = 0;
  at = 0;

  constructor(source: Uint8Array, width: 1 | 2 | 4) {
    this.#source = source;
    this.#width = width;
  }

  get isSpent(): boolean {
    return this.at > this.#source.length;
  }

  byte(): number {
    const value = this.#source[this.at] ?? 0;
    this.at += 1;
    return value;
  }

  bit(): number {
    if (this.#left === 0) {
      let word = 0;
      for (let index = 0; index < this.#width; index += 1) word |= this.byte() << (8 * index);
      this.#word = word;
      this.#left = 8 * this.#width;
    }
    this.#left -= 1;
    return (this.#word >>> this.#left) & 1;
  }
}

/** Offsets and lengths beyond this are no honest block's. */
const largest = 0x7fffffff;

const readOffset = (bits: BitReader, variant: NrvVariant): number => {
  let offset = 1;
  for (;;) {
    offset = offset * 2 + bits.bit();
    if (bits.bit() === 1 || offset > largest || bits.isSpent) return offset;
    if (variant !== 'b') offset = (offset - 1) * 2 + bits.bit();
  }
};

/** The number that bits announce by a 0 before each of its own. */
const readLong = (bits: BitReader): number => {
  let length = 1;
  do length = length * 2 + bits.bit();
  while (bits.bit() === 0 && length <= largest && !bits.isSpent);
  return length;
};

/** `short`: a bit that came with the offset, in the variants where one does. */
const readLength = (bits: BitReader, variant: NrvVariant, short: number): number => {
  if (variant === 'e') {
    if (short === 1) return 1 + bits.bit();
    return bits.bit() === 1 ? 3 + bits.bit() : readLong(bits) + 3;
  }
  const length = short * 2 + bits.bit();
  return length === 0 ? readLong(bits) + 2 : length;
};

/**
 * Exactly `size` bytes, or undefined where the block does not hold them. Work is bounded by the block and `size`.
 */
export const decodeNrv = (
  source: Uint8Array,
  size: number,
  variant: NrvVariant,
  width: 1 | 2 | 4,
): Uint8Array | undefined => {
  const bits = new BitReader(source, width);
  const output = new Uint8Array(size);
  const farOffset = variant === 'b' ? 0xd00 : 0x500;
  let filled = 0;
  let lastOffset = 1;
  for (;;) {
    while (bits.bit() === 1) {
      if (filled >= size || bits.isSpent) return undefined;
      output[filled] = bits.byte();
      filled += 1;
    }
    if (bits.isSpent) return undefined;
    let offset = readOffset(bits, variant);
    let short = 0;
    if (offset === 2) {
      offset = lastOffset;
      short = variant === 'b' ? 0 : bits.bit();
    } else {
      const whole = (offset - 3) * 256 + bits.byte();
      // All bits set: the end of the block.
      if (whole === 0xffffffff) return filled === size ? output : undefined;
      offset = variant === 'b' ? whole + 1 : Math.floor(whole / 2) + 1;
      short = variant === 'b' ? 0 : (whole & 1) ^ 1;
      lastOffset = offset;
    }
    if (variant === 'b') short = bits.bit();
    const length = readLength(bits, variant, short) + (offset > farOffset ? 1 : 0) + 1;
    if (offset > filled || filled + length > size) return undefined;
    for (let left = length; left > 0; left -= 1) {
      output[filled] = output[filled - offset] as number;
      filled += 1;
    }
  }
};
