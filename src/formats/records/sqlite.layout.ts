/** Pages, cells and records of an SQLite database as they lie in the bytes: "Database File Format", sections 1.3 to 2.1. Pure: bytes in, values out. */
import { malformed } from '../../core/fault.ts';
import { nameFromBytes } from '../name-bytes.ts';

export const sqliteMagic = 'SQLite format 3\0';
export const headerSize = 100;

export type SqliteEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';
/** Integers beyond 2^53 are bigints. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

export interface SqliteHeader {
  readonly pageSize: number;
  /** Bytes of each page that hold content: the rest is reserved. */
  readonly usable: number;
  /** Pages as the header states them; 0 when it does not say. */
  readonly pages: number;
  readonly encoding: SqliteEncoding;
  /** Changes may lie in a file beside it, `-wal`. */
  readonly usesWriteAheadLog: boolean;
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const isSqlite = (head: Uint8Array): boolean =>
  head.length >= 16 && Buffer.from(head.subarray(0, 16)).toString('latin1') === sqliteMagic;

/** @throws {Fault} malformed `SQLITE_INVALID` */
export const parseSqliteHeader = (bytes: Uint8Array, where: string): SqliteHeader => {
  if (!isSqlite(bytes) || bytes.length < headerSize) throw malformed('SQLITE_INVALID', 'no SQLite header', where);
  const view = viewOf(bytes);
  const stated = view.getUint16(16);
  const pageSize = stated === 1 ? 65_536 : stated;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0)
    throw malformed('SQLITE_INVALID', `pages of ${pageSize} bytes`, where);
  const usable = pageSize - view.getUint8(20);
  if (usable < 480) throw malformed('SQLITE_INVALID', `${usable} usable bytes in a page`, where);
  const encodings: Readonly<Record<number, SqliteEncoding>> = { 0: 'utf-8', 1: 'utf-8', 2: 'utf-16le', 3: 'utf-16be' };
  const encoding = encodings[view.getUint32(56)];
  if (encoding === undefined) throw malformed('SQLITE_INVALID', 'an unknown text encoding', where);
  // 1.3.7: the size in the header counts only when the change counter is that of the version that wrote it.
  const isSizeValid = view.getUint32(24) === view.getUint32(92);
  return {
    pageSize,
    usable,
    pages: isSizeValid ? view.getUint32(28) : 0,
    encoding,
    usesWriteAheadLog: view.getUint8(18) === 2 || view.getUint8(19) === 2,
  };
};

export interface Varint {
  readonly value: number;
  readonly end: number;
}

/** One to nine bytes. Values from 2^53 on are the largest safe integer: larger than any file. undefined past the end. */
export const readVarint = (bytes: Uint8Array, start: number): Varint | undefined => {
  let value = 0;
  for (let count = 0; count < 9; count += 1) {
    const byte = bytes[start + count];
    if (byte === undefined) return undefined;
    value = count === 8 ? value * 256 + byte : value * 128 + (byte & 127);
    if (count === 8 || byte < 128) return { value: Math.min(value, Number.MAX_SAFE_INTEGER), end: start + count + 1 };
  }
  return undefined;
};

/** 2.1: bytes of a value by serial type; undefined for the two reserved ones. */
const widthOf = (type: number): number | undefined => {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type];
};

const decodeText = (bytes: Uint8Array, encoding: SqliteEncoding): string =>
  encoding === 'utf-8' ? nameFromBytes(bytes) : new TextDecoder(encoding).decode(bytes);

const decodeValue = (type: number, bytes: Uint8Array, encoding: SqliteEncoding): SqliteValue => {
  if (type === 0) return null;
  if (type === 8) return 0;
  if (type === 9) return 1;
  if (type >= 12) return type % 2 === 0 ? bytes : decodeText(bytes, encoding);
  if (type === 7) return viewOf(bytes).getFloat64(0);
  if (type === 6) {
    const value = viewOf(bytes).getBigInt64(0);
    return BigInt.asIntN(54, value) === value ? Number(value) : value;
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readIntBE(0, bytes.length);
};

/** 2.1: the values of a record, or undefined when it is cut short. Blobs are views of the payload. */
export const parseSqliteRecord = (
  payload: Uint8Array,
  encoding: SqliteEncoding,
  maximumColumns = 64,
): readonly SqliteValue[] | undefined => {
  const header = readVarint(payload, 0);
  if (header === undefined || header.value > payload.length) return undefined;
  const values: SqliteValue[] = [];
  let body = header.value;
  for (let at = header.end; at < header.value && values.length < maximumColumns;) {
    const type = readVarint(payload, at);
    const width = type === undefined ? undefined : widthOf(type.value);
    if (type === undefined || width === undefined || body + width > payload.length) return undefined;
    values.push(decodeValue(type.value, payload.subarray(body, body + width), encoding));
    body += width;
    at = type.end;
  }
  return values;
};
