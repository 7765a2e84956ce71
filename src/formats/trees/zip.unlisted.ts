/**
 * Bytes of a zip that belong to no listed member → members that only readers of local headers see, and remarks about the rest.
 * `java.util.zip.ZipInputStream` and others read front to back and never look at the central directory.
 */
import type { Bytes } from '../../core/bytes.ts';
import { inflateAtOnce } from '../deflate/inflate-at-once.ts';
import { nameFromBytes } from '../name-bytes.ts';
import { zerosAtStart } from '../trailing-data.ts';
import type { OnRemark } from '../wrapper.ts';
import { isSupportedMethod } from './zip.content.ts';
import {
  descriptorLength,
  descriptorSignature,
  localHeaderSize,
  parseLocal,
  u32At,
  type MemberFields,
} from './zip.layout.ts';

export interface UnlistedMember {
  readonly fields: MemberFields;
  /** Where the packed data begin. */
  readonly start: number;
}

const localMark = Buffer.from('PK\x03\x04', 'latin1');
const signingBlockMark = 'APK Sig Block 42';
const windowSize = 2 ** 20;
const largestHeader = localHeaderSize + 2 * 65_535;
/** A member whose size only its data tell is unpacked in memory to find its end. */
const maximumUnsized = 16 * 2 ** 20;
/** Marks that lead to nothing cost no more than this many looks, and this many attempts to unpack. */
const maximumMarks = 100_000;
const maximumFailures = 32;
const hasDescriptor = 8;
const encrypted = 1;

/** A signing block of Android packages (v2 and later) lies before the directory and ends with its mark. */
const isSigningBlock = async (bytes: Bytes, start: number, end: number): Promise<boolean> => {
  if (end - start < 32) return false;
  const tail = Buffer.from(await bytes.read(end - 24, 24));
  const size = Number(tail.readBigUInt64LE(0));
  return tail.toString('latin1', 8) === signingBlockMark && size + 8 === end - start;
};

/** The first bytes of the range that are not zero, as an offset. */
const skipZeros = async (bytes: Bytes, start: number, end: number): Promise<number> => {
  for (let offset = start; offset < end; offset += windowSize) {
    const window = await bytes.read(offset, Math.min(windowSize, end - offset));
    const zeros = zerosAtStart(window);
    if (zeros < window.length) return offset + zeros;
  }
  return end;
};

interface Sized {
  readonly fields: MemberFields;
  readonly length: number;
}

/** The member at the start of the range, with the sizes that its data show; undefined when it is none. */
const readUnlisted = async (
  bytes: Bytes,
  start: number,
  end: number,
  patience: { failures: number },
): Promise<Sized | undefined> => {
  const fields = parseLocal(await bytes.read(start, Math.min(largestHeader, end - start)));
  if (fields === undefined || fields.name.length === 0 || !isSupportedMethod(fields.method)) return undefined;
  if ((fields.flags & encrypted) !== 0) return undefined;
  const data = start + fields.length;
  if ((fields.flags & hasDescriptor) === 0 || fields.packedSize > 0)
    return data + fields.packedSize <= end ? { fields, length: fields.length + fields.packedSize } : undefined;
  if (fields.method !== 8) return undefined;
  const packed = await bytes.read(data, Math.min(maximumUnsized, end - data));
  const inflated = patience.failures > 0 ? inflateAtOnce(packed, maximumUnsized) : undefined;
  if (inflated === undefined) {
    patience.failures -= 1;
    return undefined;
  }
  const { used, content } = inflated;
  const tail = await bytes.read(data + used, 24);
  const crc = u32At(tail, u32At(tail, 0) === descriptorSignature ? 4 : 0) >>> 0;
  const sized = { ...fields, crc, packedSize: used, size: content.length };
  return { fields: sized, length: fields.length + used + descriptorLength(tail, crc, used, content.length) };
};

/** Offset of the next local header mark in the range, or its end. */
const findMark = async (bytes: Bytes, start: number, end: number): Promise<number> => {
  for (let offset = start; offset < end; offset += windowSize) {
    const window = await bytes.read(offset, Math.min(windowSize + 3, end - offset));
    const found = Buffer.from(window.buffer, window.byteOffset, window.byteLength).indexOf(localMark);
    if (found >= 0) return offset + found;
  }
  return end;
};

const place = (start: number, end: number, directory: { readonly start: number; readonly base: number }): string =>
  start === 0 && directory.base > 0
    ? 'before the archive'
    : start === 0
      ? 'before the first member'
      : end === directory.start
        ? 'between the last member and the directory'
        : 'between members';

/** Zeros and the signing block of an Android package are accounted for in silence; anything else is a remark with its bytes. */
export async function* scanUnlisted(
  bytes: Bytes,
  start: number,
  end: number,
  remark: OnRemark,
  directory: { readonly start: number; readonly base: number },
): AsyncGenerator<UnlistedMember> {
  if (end === directory.start && (await isSigningBlock(bytes, start, end))) return;
  const patience = { failures: maximumFailures };
  let unexplained = 0;
  let offset = await skipZeros(bytes, start, end);
  let marks = 0;
  while (offset < end) {
    const mark = marks < maximumMarks ? await findMark(bytes, offset, end) : end;
    unexplained += mark - offset;
    if (mark === end) break;
    const member = await readUnlisted(bytes, mark, end, patience);
    if (member === undefined) {
      marks += 1;
      unexplained += 4;
      offset = mark + 4;
      continue;
    }
    remark({
      kind: 'ambiguity',
      code: 'ZIP_MEMBER_UNLISTED',
      where: nameFromBytes(member.fields.name.subarray(0, 1024)),
      reason: 'the directory does not list this member; readers that go from front to back see it',
      bytes: member.length,
    });
    yield { fields: member.fields, start: mark + member.fields.length };
    offset = await skipZeros(bytes, mark + member.length, end);
  }
  if (unexplained > 0)
    remark({
      kind: 'ambiguity',
      code: start === 0 ? 'ZIP_DATA_BEFORE' : 'ZIP_DATA_BETWEEN',
      where: '',
      reason: `bytes ${place(start, end, directory)} that belong to none`,
      bytes: unexplained,
    });
}
