/** One 512-byte block of a tar → its fields: v7, ustar (POSIX.1-1988), GNU and star layouts. */
import { malformed } from '../../core/fault.ts';
import { nameFromBytes } from '../name-bytes.ts';

export const blockSize = 512;

export interface TarBlock {
  /** With the ustar prefix; as stored. */
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes stored after the header. */
  readonly size: number;
  readonly modified: number;
  /** Character code. */
  readonly typeFlag: number;
  readonly linkName: string;
  readonly userName: string;
  /** 0 where the layout has no such fields. */
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly isGnu: boolean;
}

const invalid = (what: string, where: string, offset: number): Error =>
  malformed('TAR_HEADER_INVALID', `the tar header at byte ${offset} ${what}`, where);

const isAsciiText = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7e) return false;
  return true;
};

/** A text field ends at its first zero, or fills its room. */
const textOf = (block: Buffer, start: number, length: number): string => {
  if (block[start] === 0) return '';
  const zero = block.indexOf(0, start);
  const end = zero < 0 || zero > start + length ? start + length : zero;
  const text = block.toString('latin1', start, end);
  return isAsciiText(text) ? text : nameFromBytes(block.subarray(start, end));
};

/**
 * Octal digits between blanks or zeros; or, when the top bit is set, a big-endian two's complement number (GNU base-256).
 * undefined for anything else, and for what a double cannot hold.
 */
export const parseTarNumber = (block: Uint8Array, start: number, length: number): number | undefined => {
  const first = block[start] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = (first & 0x40) === 0 ? BigInt(first & 0x7f) : BigInt(first) - 256n;
    for (let at = start + 1; at < start + length; at += 1) value = value * 256n + BigInt(block[at] ?? 0);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  let at = start;
  const end = start + length;
  while (at < end && (block[at] === 0x20 || block[at] === 0)) at += 1;
  let value = 0;
  for (; at < end; at += 1) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  // A zero ends the field; between blanks and the end nothing may hide.
  for (; at < end && block[at] !== 0; at += 1) if (block[at] !== 0x20) return undefined;
  return value;
};

export const isZeroBlock = (block: Uint8Array): boolean => {
  for (let at = 0; at < block.length; at += 1) if (block[at] !== 0) return false;
  return true;
};

/** The sum of all bytes with the checksum field as blanks. Old writers summed signed bytes. */
const checksumMatches = (block: Uint8Array): boolean => {
  let sum = 0;
  let high = 0;
  for (let at = 0; at < blockSize; at += 1) {
    const byte = block[at] ?? 0;
    sum += byte;
    high += byte >> 7;
  }
  for (let at = 148; at < 156; at += 1) {
    const byte = block[at] ?? 0;
    sum += 0x20 - byte;
    high -= byte >> 7;
  }
  const stored = parseTarNumber(block, 148, 8);
  return stored === sum || stored === sum - 256 * high;
};

const slashOr = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}/${name}`);

/** True for a block that begins an entry: its checksum is right. */
export const isTarHeader = (block: Uint8Array): boolean =>
  block.length >= blockSize && block[0] !== 0 && checksumMatches(block);

/**
 * The fields of a header block; the block may change afterwards.
 * @throws {Fault} malformed `TAR_HEADER_INVALID`: a wrong checksum, or a number that different readers would read differently
 */
export const parseTarBlock = (bytes: Uint8Array, where: string, offset: number): TarBlock => {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, blockSize);
  if (!checksumMatches(block)) throw invalid('has a wrong checksum', where, offset);
  const number = (start: number, length: number, what: string): number => {
    const value = parseTarNumber(block, start, length);
    if (value === undefined) throw invalid(`states no valid ${what}`, where, offset);
    return value;
  };
  const size = number(124, 12, 'size');
  if (size < 0) throw invalid('states a negative size', where, offset);
  const magic = block.toString('latin1', 257, 263);
  const isUstar = magic === 'ustar\0';
  const isGnu = magic === 'ustar ';
  const isStar = isUstar && block.toString('latin1', 508, 512) === 'tar\0';
  // Nobody needs the device numbers of a file, but Go's reader refuses the header for them, and Python's takes it for the end.
  const deviceMajor = isUstar || isGnu ? number(329, 8, 'device number') : 0;
  const deviceMinor = isUstar || isGnu ? number(337, 8, 'device number') : 0;
  return {
    name: isUstar ? slashOr(textOf(block, 345, isStar ? 131 : 155), textOf(block, 0, 100)) : textOf(block, 0, 100),
    mode: number(100, 8, 'mode') & 0o7777,
    uid: number(108, 8, 'owner'),
    gid: number(116, 8, 'group'),
    size,
    modified: number(136, 12, 'time'),
    typeFlag: block[156] ?? 0,
    linkName: textOf(block, 157, 100),
    userName: isUstar || isGnu ? textOf(block, 265, 32) : '',
    deviceMajor,
    deviceMinor,
    isGnu,
  };
};
