/** One LZ4 block → its bytes (LZ4 Block Format Description). */

const shortestMatch = 4;

/** Whether all is well, and how far the output is filled then. */
export type Lz4Result = { readonly end: number } | { readonly damage: string };

/**
 * Writes into `output` from `start` on, up to its end; matches may reach into what lies before `start`, back to `history`.
 * Never reads or writes outside.
 */
export const decodeLz4Block = (input: Uint8Array, output: Uint8Array, start: number, history: number): Lz4Result => {
  let at = 0;
  let filled = start;
  /** A length of 15 goes on in further bytes, until one is not 255. */
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (let byte = 255; byte === 255; at += 1) {
      if (at >= input.length) return Infinity;
      byte = input[at] as number;
      length += byte;
    }
    return length;
  };
  while (at < input.length) {
    const token = input[at] as number;
    at += 1;
    const literals = lengthOf(token >> 4);
    if (literals > input.length - at) return { damage: 'literals beyond the end of their block' };
    if (literals > output.length - filled) return { damage: 'a block larger than stated' };
    output.set(input.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    // The last sequence has no match.
    if (at === input.length) return { end: filled };
    if (at + 2 > input.length) return { damage: 'a match without its distance' };
    const distance = (input[at] as number) | ((input[at + 1] as number) << 8);
    at += 2;
    const length = lengthOf(token & 15) + shortestMatch;
    if (distance === 0 || distance > filled - history) return { damage: 'a match before the beginning' };
    if (length > output.length - filled) return { damage: 'a block larger than stated' };
    const end = filled + length;
    if (distance >= length) output.copyWithin(filled, filled - distance, end - distance);
    else for (let to = filled; to < end; to += 1) output[to] = output[to - distance] as number;
    filled = end;
  }
  return input.length === 0 ? { damage: 'an empty block' } : { damage: 'a block that ends with a match' };
};
