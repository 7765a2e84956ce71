/** The records of a pax extended header → overrides for a tar header (POSIX.1-2001, pax interchange format). */
import { malformed } from '../../core/fault.ts';
import { nameFromBytes } from '../name-bytes.ts';

const xattrKey = 'SCHILY.xattr.';
const libarchiveKey = 'LIBARCHIVE.xattr.';

export interface PaxRecords {
  /** Values as stored; the last of equal keys, as the specification says. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  /** The repeated GNU.sparse.offset and GNU.sparse.numbytes of sparse format 0.0, in order. */
  readonly sparseNumbers: readonly number[];
}

export const noPaxRecords: PaxRecords = { values: new Map(), sparseNumbers: [] };

const invalid = (what: string, where: string): Error => malformed('TAR_PAX_INVALID', `a pax header ${what}`, where);

export const parseDecimal = (text: string): number | undefined => {
  if (!/^[0-9]{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
};

/** `LENGTH KEY=VALUE\n`, one after the other; the length counts the whole record. Values may hold any byte. */
export const parsePaxRecords = (bytes: Uint8Array, where: string): PaxRecords => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Map<string, Uint8Array>();
  const sparseNumbers: number[] = [];
  for (let at = 0; at < text.length;) {
    const blank = text.indexOf(0x20, at);
    const length = blank < 0 || blank - at > 16 ? undefined : parseDecimal(text.toString('latin1', at, blank));
    if (length === undefined) throw invalid('has a record without a length', where);
    const end = at + length;
    if (end > text.length || end <= blank + 1 || text[end - 1] !== 0x0a)
      throw invalid('has a record of a wrong length', where);
    const equals = text.indexOf(0x3d, blank);
    if (equals < 0 || equals >= end - 1) throw invalid('has a record without a value', where);
    const key = nameFromBytes(text.subarray(blank + 1, equals));
    const value = text.subarray(equals + 1, end - 1);
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
      const number = parseDecimal(value.toString('latin1'));
      if (number === undefined || (sparseNumbers.length % 2 === 0) !== (key === 'GNU.sparse.offset'))
        throw invalid('has a sparse map that is out of order', where);
      sparseNumbers.push(number);
    } else values.set(key, Uint8Array.from(value));
    at = end;
  }
  return { values, sparseNumbers };
};

/** Keys of a global header that change what following entries are, and which most readers of images do not apply. */
export const changesEntries = (records: PaxRecords): boolean =>
  records.sparseNumbers.length > 0 ||
  [...records.values.keys()].some((key) =>
    /^(path|linkpath|size|uid|gid|GNU\.sparse\.|SCHILY\.|LIBARCHIVE\.)/.test(key),
  );

/** Local over global records. An empty value takes an override away. */
export class PaxOverrides {
  readonly #local: PaxRecords;
  readonly #global: PaxRecords;
  readonly #where: string;

  constructor(local: PaxRecords, global: PaxRecords, where: string) {
    this.#local = local;
    this.#global = global;
    this.#where = where;
  }

  get isEmpty(): boolean {
    return this.#local.values.size === 0 && this.#global.values.size === 0 && this.sparseNumbers.length === 0;
  }

  get sparseNumbers(): readonly number[] {
    return this.#local.sparseNumbers.length > 0 ? this.#local.sparseNumbers : this.#global.sparseNumbers;
  }

  bytes(key: string): Uint8Array | undefined {
    const value = this.#local.values.get(key) ?? this.#global.values.get(key);
    return value === undefined || value.length === 0 ? undefined : value;
  }

  text(key: string): string | undefined {
    const value = this.bytes(key);
    return value === undefined ? undefined : nameFromBytes(value);
  }

  /** A count: decimal digits only. */
  count(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const value = parseDecimal(text);
    if (value === undefined) throw invalid(`gives ${key} a value that is no number`, this.#where);
    return value;
  }

  /** Seconds, with a sign and a fraction. */
  seconds(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    if (!/^-?[0-9]{1,15}(\.[0-9]{0,30})?$/.test(text))
      throw invalid(`gives ${key} a value that is no time`, this.#where);
    return Number(text);
  }

  /**
   * Extended attributes, raw. SCHILY's form wins over libarchive's (base64, the name percent-encoded), as the engines read
   * only that. The callback hears of names to which the two give different values.
   */
  xattrs(onDisagreement: (name: string) => void): ReadonlyMap<string, Uint8Array> | undefined {
    const xattrs = new Map<string, Uint8Array>();
    const others = new Map<string, Uint8Array>();
    for (const { values } of [this.#global, this.#local])
      for (const [key, value] of values)
        if (key.startsWith(xattrKey)) xattrs.set(key.slice(xattrKey.length), value);
        else if (key.startsWith(libarchiveKey))
          others.set(
            key
              .slice(libarchiveKey.length)
              .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
            Uint8Array.from(Buffer.from(nameFromBytes(value), 'base64')),
          );
    for (const [name, value] of others) {
      const known = xattrs.get(name);
      if (known === undefined) xattrs.set(name, value);
      else if (Buffer.compare(known, value) !== 0) onDisagreement(name);
    }
    return xattrs.size === 0 ? undefined : xattrs;
  }
}
