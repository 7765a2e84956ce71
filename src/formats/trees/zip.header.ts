/** The fields of a zip member → a FileHeader: names, times, owners and Unix modes, from APPNOTE.TXT 4.4 and Info-ZIP's extra fields. */
import type { FileHeader, FileType } from '../../core/file-entry.ts';
import { normalisePath } from '../../core/path.ts';
import { nameFromBytes } from '../name-bytes.ts';
import { extraField, type CentralFields, type MemberFields } from './zip.layout.ts';

const unixTypes: Readonly<Record<number, FileType>> = {
  0o010000: 'fifo',
  0o020000: 'character-device',
  0o040000: 'directory',
  0o060000: 'block-device',
  0o100000: 'file',
  0o120000: 'symlink',
  0o140000: 'socket',
};

/** Seconds since 1970, the DOS time taken as UTC: nothing says which zone it is in. */
const toSeconds = (dosDate: number, dosTime: number, extra: Uint8Array): number => {
  const extended = extraField(extra, 0x5455);
  if (extended !== undefined && extended.length >= 5 && ((extended[0] ?? 0) & 1) === 1)
    return new DataView(extended.buffer, extended.byteOffset, extended.byteLength).getInt32(1, true);
  const month = Math.max(1, (dosDate >> 5) & 15);
  const day = Math.max(1, dosDate & 31);
  return Date.UTC(1980 + (dosDate >> 9), month - 1, day, dosTime >> 11, (dosTime >> 5) & 63, (dosTime & 31) * 2) / 1000;
};

const littleEndian = (bytes: Uint8Array): number => bytes.reduceRight((value, byte) => value * 256 + byte, 0);

/** Info-ZIP's "ux" field: version 1, then uid and gid, each with its length before it. */
const toOwner = (extra: Uint8Array): { readonly uid: number; readonly gid: number } => {
  const field = extraField(extra, 0x7875);
  const uidLength = field?.[1] ?? 0;
  const gidLength = field?.[2 + uidLength] ?? 0;
  if (field === undefined || field[0] !== 1 || uidLength > 4 || gidLength > 4) return { uid: 0, gid: 0 };
  return {
    uid: littleEndian(field.subarray(2, 2 + uidLength)),
    gid: littleEndian(field.subarray(3 + uidLength, 3 + uidLength + gidLength)),
  };
};

export interface ZipHeader extends FileHeader {
  /** The name as stored, for comparing. */
  readonly name: string;
  /** The name leaves the archive's root: `../x`. */
  readonly escapes: boolean;
}

/** A folder is what readers take for one: its name ends in a slash. One that has content is a file, lest the content go unseen. */
export const toZipHeader = (
  fields: MemberFields & Partial<CentralFields>,
  size: number,
  maximumPath: number,
): ZipHeader => {
  const name = nameFromBytes(fields.name.subarray(0, maximumPath));
  const { path, escapes } = normalisePath(name);
  const isUnix = fields.host === 3 || fields.host === 19;
  const unixMode = isUnix ? (fields.attributes ?? 0) >>> 16 : 0;
  const isFolder = name.endsWith('/');
  const written = unixTypes[unixMode & 0o170000] ?? 'file';
  // A link as long as this is content under another name; so is a device or folder with bytes.
  const stated = written === 'symlink' ? (size > maximumPath ? 'file' : written) : size > 0 ? 'file' : written;
  const type = isFolder ? (size > 0 ? 'file' : 'directory') : stated === 'directory' ? 'file' : stated;
  return {
    name,
    escapes,
    path,
    type,
    mode: (unixMode & 0o7777) === 0 ? (type === 'directory' ? 0o755 : 0o644) : unixMode & 0o7777,
    ...toOwner(fields.extra),
    size: type === 'file' ? size : 0,
    modified: toSeconds(fields.dosDate, fields.dosTime, fields.extra),
  };
};
