/** Sparse files in a tar → their map and their expanded content (GNU tar manual, "Storing Sparse Files"). */
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import type { ByteReader } from '../byte-reader.ts';
import { blockSize, parseTarNumber } from './tar.header.ts';
import { type PaxOverrides, parseDecimal } from './tar.pax.ts';

export interface SparseFile {
  /** Size when expanded. */
  readonly size: number;
  /** Stored pieces: offset, length, offset, length … ascending. */
  readonly map: readonly number[];
}

/** `mapBytes` of the stored data have been read as the map. */
export interface StoredSparse extends SparseFile {
  readonly mapBytes: number;
}

const invalid = (what: string, where: string): Error =>
  malformed('TAR_SPARSE_INVALID', `a sparse file's map ${what}`, where);

/** Refuses a map that two readers could lay out differently: out of order, overlapping, past the end, or not filling the stored data. */
const checked = (file: SparseFile, stored: number, where: string): SparseFile => {
  let end = 0;
  let total = 0;
  if (file.map.length % 2 !== 0) throw invalid('ends in the middle', where);
  for (let index = 0; index < file.map.length; index += 2) {
    const offset = file.map[index] ?? 0;
    const length = file.map[index + 1] ?? 0;
    if (offset < end || offset + length > file.size) throw invalid('overlaps itself or the end', where);
    end = offset + length;
    total += length;
  }
  if (total !== stored) throw invalid(`names ${total} bytes where ${stored} are stored`, where);
  return file;
};

/** GNU's old format: type flag S, four pieces in the header, 21 in each extension block that follows it. */
export const readOldSparse = async (
  header: Uint8Array,
  stored: number,
  reader: ByteReader,
  budget: Budget,
): Promise<StoredSparse> => {
  const { where } = budget;
  const map: number[] = [];
  const number = (block: Uint8Array, at: number): number => {
    const value = parseTarNumber(block, at, 12);
    if (value === undefined || value < 0) throw invalid('holds no valid number', where);
    return value;
  };
  const take = (block: Uint8Array, at: number, count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const start = at + index * 24;
      // A piece that begins with a zero byte is unused, and so are those after it.
      if (block[start] === 0 && block[start + 12] === 0) break;
      map.push(number(block, start), number(block, start + 12));
    }
  };
  const size = number(header, 483);
  take(header, 386, 4);
  for (let more = header[482] ?? 0; more !== 0;) {
    const block = await reader.read(blockSize);
    take(block, 0, 21);
    if (map.length * 8 > budget.limits.record)
      throw overLimit('TAR_RECORD_TOO_LARGE', 'a sparse map is too long', where);
    more = block[504] ?? 0;
  }
  return { ...checked({ size, map }, stored, where), mapBytes: 0 };
};

/** Format 1.0: the map is decimal lines in front of the data, padded to a block. */
const readMapInData = async (
  reader: ByteReader,
  stored: number,
  budget: Budget,
): Promise<{ map: number[]; bytes: number }> => {
  const { where } = budget;
  const map: number[] = [];
  let expected: number | undefined;
  let bytes = 0;
  let line = '';
  while (expected === undefined || map.length < expected) {
    if (bytes + blockSize > stored) throw invalid('is longer than its data', where);
    const block = await reader.read(blockSize);
    bytes += blockSize;
    if (bytes > budget.limits.record) throw overLimit('TAR_RECORD_TOO_LARGE', 'a sparse map is too long', where);
    for (const byte of block) {
      if (byte !== 0x0a) {
        line += String.fromCharCode(byte);
        if (line.length > 20) throw invalid('holds no valid number', where);
        continue;
      }
      const value = parseDecimal(line);
      if (value === undefined) throw invalid('holds no valid number', where);
      line = '';
      if (expected === undefined) expected = value * 2;
      else map.push(value);
      if (map.length === expected) break;
    }
  }
  return { map, bytes };
};

/** The sparse file that pax records describe (formats 0.0, 0.1 and 1.0), or undefined. */
export const readPaxSparse = async (
  pax: PaxOverrides,
  stored: number,
  reader: ByteReader,
  budget: Budget,
): Promise<StoredSparse | undefined> => {
  const { where } = budget;
  const major = pax.count('GNU.sparse.major');
  if (major !== undefined) {
    const size = pax.count('GNU.sparse.realsize');
    if (major !== 1 || (pax.count('GNU.sparse.minor') ?? 0) !== 0 || size === undefined)
      throw invalid('is of an unknown version', where);
    const { map, bytes } = await readMapInData(reader, stored, budget);
    return { ...checked({ size, map }, stored - bytes, where), mapBytes: bytes };
  }
  const size = pax.count('GNU.sparse.size');
  if (size === undefined) return undefined;
  const text = pax.text('GNU.sparse.map');
  const map =
    text === undefined
      ? pax.sparseNumbers
      : text.split(',').map((part) => {
          const value = parseDecimal(part);
          if (value === undefined) throw invalid('holds no valid number', where);
          return value;
        });
  const count = pax.count('GNU.sparse.numblocks');
  if (count !== undefined && count * 2 !== map.length) throw invalid('has another length than it states', where);
  return { ...checked({ size, map }, stored, where), mapBytes: 0 };
};

const zeroChunk = 1 << 18;

/** The content with its holes as zeros, which are spent from the budget: a header can name a hole of any size. */
export async function* expandSparse(file: SparseFile, stored: number, reader: ByteReader, budget: Budget): ByteStream {
  budget.checkRatio(stored + blockSize, file.size);
  let position = 0;
  const zeros = new Uint8Array(Math.min(zeroChunk, file.size));
  const holeUntil = function* (end: number): Generator<Uint8Array> {
    while (position < end) {
      const count = Math.min(zeros.length, end - position);
      budget.spendBytes(count);
      position += count;
      yield zeros.subarray(0, count);
    }
  };
  for (let index = 0; index < file.map.length; index += 2) {
    yield* holeUntil(file.map[index] ?? 0);
    const length = file.map[index + 1] ?? 0;
    yield* reader.stream(length);
    position += length;
  }
  yield* holeUntil(file.size);
}
