/**
 * Places of a content where one of many words may lie. A word is four bytes, case folded; the hash of each is marked in a bit map. The
 * content is read at every second byte. `npm run generate` compiles this into `word-search.module.ts`. It has no imports, and no memory but
 * its own.
 */

/** 2^18 bits: in the processor's nearest cache, and thin enough that a text sets few bits off. */
const mapBits: u32 = 18;
/** Bit maps that have room. */
export const MAPS: usize = 32;
const mapBytes: usize = 1 << (mapBits - 3);

/** Bit maps, one after the other: bit `hash & 7` of byte `hash >> 3` for each word. */
const BITS: usize = 0;
/** The same by a second hash: what the first let pass by chance, the second does not. */
const SECOND_BITS: usize = BITS + MAPS * mapBytes;
/** Places that were found, counted from the start of the content. */
export const PLACES: usize = SECOND_BITS + MAPS * mapBytes;
const placesEnd: usize = PLACES + 32768;
export const CONTENT: usize = placesEnd + 64;
/** Bytes that CONTENT takes. */
export const ROOM: usize = 262144;

const fold: u32 = 0x5f5f5f5f;
const spread: u32 = 0x9e3779b1;
const secondSpread: u32 = 0x85ebca77;

let end: usize = PLACES;

/** Places that the last `search` found. */
export function count(): usize {
  return (end - PLACES) >> 2;
}

function hashOf(word: u32, spread: u32): u32 {
  return ((word & fold) * spread) >> (32 - mapBits);
}

/** From now on the word is looked for, by whoever searches with this map. */
export function mark(map: usize, word: u32): void {
  setBit(BITS + map * mapBytes, hashOf(word, spread));
  setBit(SECOND_BITS + map * mapBytes, hashOf(word, secondSpread));
}

function setBit(bits: usize, hash: u32): void {
  let at = bits + (hash >> 3);
  store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (hash & 7))));
}

/** In the lowest bit whether the word is marked. */
function isMarked(bits: usize, word: u32, spread: u32): u32 {
  let hash = hashOf(word, spread);
  return load<u32>(bits + ((hash >> 5) << 2)) >> (hash & 31);
}

/**
 * Looks at the words from the even place `from` on that end at `size` or before. Gives the place to go on from: `size` where everything
 * was read, less where there was no more room for places.
 */
export function search(map: usize, from: usize, size: usize): usize {
  let bits = BITS + map * mapBytes;
  let at = from;
  let found = PLACES;
  // Each place is written down, and counts where the word is marked: a branch would be foretold wrongly too often.
  while (at + 10 <= size && found + 16 <= placesEnd) {
    let first = isMarked(bits, load<u32>(at, CONTENT), spread);
    let second = isMarked(bits, load<u32>(at, CONTENT + 2), spread);
    let third = isMarked(bits, load<u32>(at, CONTENT + 4), spread);
    let fourth = isMarked(bits, load<u32>(at, CONTENT + 6), spread);
    store<u32>(found, <u32>at);
    found += (first & 1) << 2;
    store<u32>(found, <u32>at + 2);
    found += (second & 1) << 2;
    store<u32>(found, <u32>at + 4);
    found += (third & 1) << 2;
    store<u32>(found, <u32>at + 6);
    found += (fourth & 1) << 2;
    at += 8;
  }
  while (at + 4 <= size && found + 4 <= placesEnd) {
    store<u32>(found, <u32>at);
    found += (isMarked(bits, load<u32>(at, CONTENT), spread) & 1) << 2;
    at += 2;
  }
  end = again(map, found);
  return at + 4 > size ? size : at;
}

/** Leaves of the places before `found` those whose words the second map has too. Gives the end of what is left. */
function again(map: usize, found: usize): usize {
  let bits = SECOND_BITS + map * mapBytes;
  let kept = PLACES;
  for (let at = PLACES; at < found; at += 4) {
    let place = load<u32>(at);
    store<u32>(kept, place);
    kept += (isMarked(bits, load<u32>(place, CONTENT), secondSpread) & 1) << 2;
  }
  return kept;
}
