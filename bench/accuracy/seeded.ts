/** A seed → the same bytes and numbers each time: equal specifications give equal images. */
import { createHash } from 'node:crypto';

/** `length` bytes: SHA-256 of the seed and a counter. */
export const seededBytes = (seed: string, length: number): Uint8Array => {
  const blocks: Uint8Array[] = [];
  for (let counter = 0; counter * 32 < length; counter += 1)
    blocks.push(createHash('sha256').update(`${seed}/${counter}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
};

/** Numbers from 0 up to, not including, a bound. Xorshift: quick, and not for secrets. */
export const seededNumbers = (seed: string): ((bound: number) => number) => {
  let state = new DataView(Uint8Array.from(seededBytes(seed, 4)).buffer).getUint32(0) || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
};
