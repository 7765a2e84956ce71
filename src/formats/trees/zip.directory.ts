/** A zip archive → its central directory, and what else a reader may take for one: APPNOTE.TXT 4.3.12 to 4.3.16. */
import type { Budget } from '../../core/budget.ts';
import type { Bytes } from '../../core/bytes.ts';
import { overLimit } from '../../core/fault.ts';
import type { OnRemark } from '../wrapper.ts';
import {
  centralSignature,
  directorySignatureMark,
  end64Signature,
  end64Size,
  endRecordSize,
  locatorSignature,
  locatorSize,
  parseCentral,
  parseEnd64,
  parseEndRecord,
  parseLocator,
  u32At,
  type CentralFields,
  type EndRecord,
} from './zip.layout.ts';

/** A directory is read as a whole; this many bytes hold some two million members. */
const maximumDirectory = 256 * 2 ** 20;
const endMark = Buffer.from('PK\x05\x06', 'latin1');

export interface ZipDirectory {
  /** Where the directory begins and ends, and the end record with its comment. All equal to the size when there is no directory. */
  readonly start: number;
  readonly end: number;
  readonly recordEnd: number;
  /** Bytes before the archive that its offsets do not count. */
  readonly base: number;
  readonly count: number;
  /** The member at a position in the directory. `localOffset` is absolute. */
  member(position: number): CentralFields;
}

interface End {
  readonly position: number;
  readonly record: EndRecord;
}

const ambiguity =
  (remark: OnRemark) =>
  (code: string, reason: string, bytes = 0): void =>
    remark({ kind: 'ambiguity', code, where: '', reason, bytes });

/**
 * The end record that strict readers take: the last one whose comment ends with the file. Others (the last mark anywhere, or an
 * earlier one with a fitting comment) are what lenient readers take: two archives in one.
 */
const findEnd = async (bytes: Bytes): Promise<{ readonly end: End; readonly rivals: number } | undefined> => {
  const tailStart = Math.max(0, bytes.size - 65_535 - endRecordSize);
  const tail = Buffer.from(await bytes.read(tailStart, bytes.size - tailStart));
  const ends: End[] = [];
  for (let at = tail.indexOf(endMark); at >= 0; at = tail.indexOf(endMark, at + 1))
    if (at + endRecordSize <= tail.length)
      ends.push({ position: tailStart + at, record: parseEndRecord(tail.subarray(at)) });
  const isExact = ({ position, record }: End): boolean =>
    position + endRecordSize + record.commentLength === bytes.size;
  const end = ends.findLast(isExact) ?? ends.at(-1);
  if (end === undefined) return undefined;
  // Marks inside members belong to archives stored in this one: only those behind the directory, or fitting ones, rival.
  const behind = end.position - end.record.directorySize;
  const rivals = ends.filter((other) => other !== end && (other.position >= behind || isExact(other)));
  return { end, rivals: rivals.length };
};

interface Extent {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
  /** Where the directory must end. */
  readonly end: number;
}

/** The zip64 end record counts where it exists; 32-bit fields that hold a value of their own must agree with it. */
const readExtent = async (bytes: Bytes, { position, record }: End, remark: OnRemark): Promise<Extent> => {
  const say = ambiguity(remark);
  const plain = {
    entries: record.entries,
    size: record.directorySize,
    offset: record.directoryOffset,
    end: position,
  };
  const locator = position >= locatorSize ? await bytes.read(position - locatorSize, locatorSize) : new Uint8Array(0);
  if (u32At(locator, 0) !== locatorSignature) {
    if (record.directoryOffset === 0xffffffff) say('ZIP_END_RECORDS_DISAGREE', 'the zip64 end record is missing');
    return plain;
  }
  for (const at of [parseLocator(locator), position - locatorSize - end64Size]) {
    if (at < 0 || at + end64Size > position) continue;
    const bytes64 = await bytes.read(at, end64Size);
    if (u32At(bytes64, 0) !== end64Signature) continue;
    const wide = parseEnd64(bytes64);
    const differs = (narrow: number, value: number, mask: number): boolean => narrow !== mask && narrow !== value;
    if (
      differs(record.entries, wide.entries, 0xffff) ||
      differs(record.directorySize, wide.directorySize, 0xffffffff) ||
      differs(record.directoryOffset, wide.directoryOffset, 0xffffffff)
    )
      say('ZIP_END_RECORDS_DISAGREE', 'the zip64 end record and the end record state different directories');
    return { entries: wide.entries, size: wide.directorySize, offset: wide.directoryOffset, end: at };
  }
  say('ZIP_END_RECORDS_DISAGREE', 'the zip64 locator leads to no end record');
  return plain;
};

/** Where the directory really begins. Directly before its end record, as for readers that accept data before the archive. */
const findStart = async (bytes: Bytes, extent: Extent, remark: OnRemark): Promise<number | undefined> => {
  const isStart = async (offset: number): Promise<boolean> =>
    offset >= 0 &&
    offset <= extent.end &&
    (extent.entries === 0 || u32At(await bytes.read(offset, 4), 0) === centralSignature);
  const nearEnd = extent.end - extent.size;
  const [atEnd, atOffset] = [await isStart(nearEnd), await isStart(extent.offset)];
  if (atEnd && atOffset && nearEnd !== extent.offset && extent.entries > 0)
    ambiguity(remark)(
      'ZIP_DIRECTORIES_SEVERAL',
      `one directory lies before the end record, another where its offset leads (${extent.offset})`,
    );
  return atEnd ? nearEnd : atOffset ? extent.offset : undefined;
};

const noDirectory = (size: number): ZipDirectory => ({
  start: size,
  end: size,
  recordEnd: size,
  base: 0,
  count: 0,
  member: () => {
    throw new RangeError('no member');
  },
});

/**
 * Reads the directory; a missing or damaged one is a gap remark and an empty directory, so that members can still be found by
 * their local headers.
 * @throws {Fault} limit `ZIP_DIRECTORY_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const readZipDirectory = async (bytes: Bytes, budget: Budget, remark: OnRemark): Promise<ZipDirectory> => {
  const say = ambiguity(remark);
  const found = await findEnd(bytes);
  const extent = found === undefined ? undefined : await readExtent(bytes, found.end, remark);
  const start = extent === undefined ? undefined : await findStart(bytes, extent, remark);
  if (found === undefined || extent === undefined || start === undefined) {
    remark({
      kind: 'gap',
      code: 'ZIP_DIRECTORY_MISSING',
      where: '',
      reason: 'no valid central directory: members are found by their own headers only',
      bytes: 0,
    });
    return noDirectory(bytes.size);
  }
  const { end, rivals } = found;
  if (rivals > 0) say('ZIP_END_RECORDS_SEVERAL', `${rivals + 1} end records: readers differ on which archive this is`);
  if (end.record.disk !== 0 || end.record.directoryDisk !== 0)
    say('ZIP_SPLIT', 'the archive says that it is one part of several');
  const recordEnd = Math.min(bytes.size, end.position + endRecordSize + end.record.commentLength);
  if (end.position + endRecordSize + end.record.commentLength > bytes.size)
    say('ZIP_COMMENT_TRUNCATED', 'the comment is longer than the file');

  const length = extent.end - start;
  if (length > maximumDirectory)
    throw overLimit('ZIP_DIRECTORY_TOO_LARGE', `a central directory of ${length} bytes`, budget.where);
  const directory = await bytes.read(start, length);
  const offsets: number[] = [];
  let offset = 0;
  for (let record = parseCentral(directory, 0); record !== undefined; record = parseCentral(directory, offset)) {
    budget.spendEntry();
    offsets.push(offset);
    offset += record.length;
  }
  if (offsets.length !== extent.entries && (offsets.length & 0xffff) !== extent.entries)
    say(
      'ZIP_COUNT_DISAGREES',
      `the end record counts ${extent.entries} members, the directory holds ${offsets.length}`,
    );
  if (offset < length && u32At(directory, offset) !== directorySignatureMark)
    say('ZIP_DIRECTORY_TRAILING_DATA', 'bytes in the directory that are no entry', length - offset);
  const base = start - extent.offset;
  return {
    start,
    end: extent.end,
    recordEnd,
    base: base > 0 ? base : 0,
    count: offsets.length,
    member: (position) => {
      const fields = parseCentral(directory, offsets[position] ?? 0);
      if (fields === undefined) throw new RangeError('no member');
      return base > 0 ? { ...fields, localOffset: fields.localOffset + base } : fields;
    },
  };
};
