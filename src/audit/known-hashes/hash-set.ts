/** Many hashes of one algorithm → one sorted block of bytes, searched in place: 33 bytes and a note's number for each, no objects. */
import type { FeedEntry, HashAlgorithm } from './feed.ts';

/** Structured-clone data. */
export interface HashSet {
  readonly algorithm: HashAlgorithm;
  /** Bytes of one hash. */
  readonly width: number;
  /** Sorted, without repeats. */
  readonly hashes: Uint8Array;
  /** For each hash the position of its note. */
  readonly notes: Uint32Array;
}

const widths: Readonly<Record<HashAlgorithm, number>> = { sha256: 32, sha1: 20, md5: 16 };

/** `notePosition` numbers a note; the first entry of a hash keeps its note. */
export const toHashSet = (
  algorithm: HashAlgorithm,
  entries: readonly FeedEntry[],
  notePosition: (entry: FeedEntry) => number,
): HashSet => {
  const first = new Map<string, FeedEntry>();
  for (const entry of entries) if (entry.algorithm === algorithm && !first.has(entry.hex)) first.set(entry.hex, entry);
  const sorted = [...first.keys()].sort();
  const width = widths[algorithm];
  const hashes = Buffer.alloc(sorted.length * width);
  const notes = new Uint32Array(sorted.length);
  for (const [index, hex] of sorted.entries()) {
    hashes.write(hex, index * width, 'hex');
    const entry = first.get(hex);
    if (entry !== undefined) notes[index] = notePosition(entry);
  }
  return { algorithm, width, hashes: new Uint8Array(hashes), notes };
};

/** Position of the hash in the set, or -1. Binary search: 20 steps for a million. */
export const findHash = ({ hashes, width, notes }: HashSet, hex: string): number => {
  if (hex.length !== width * 2) return -1;
  const wanted = Buffer.from(hex, 'hex');
  let low = 0;
  let high = notes.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = wanted.compare(hashes, middle * width, (middle + 1) * width);
    if (order === 0) return middle;
    if (order < 0) high = middle - 1;
    else low = middle + 1;
  }
  return -1;
};
