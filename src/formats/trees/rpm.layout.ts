/** The header structure of an RPM package as it lies in the bytes: the RPM V4 file format, "Header structure". Pure: bytes in, values out. */
import { malformed } from '../../core/fault.ts';
import { nameFromBytes } from '../name-bytes.ts';

export const leadSize = 96;
export const introSize = 16;
const entrySize = 16;

export interface HeaderIntro {
  readonly entries: number;
  readonly storeSize: number;
  /** Bytes of index and store, which follow the intro. */
  readonly bodySize: number;
}

/** @throws {Fault} malformed `RPM_HEADER_INVALID` */
export const parseIntro = (bytes: Uint8Array, where: string): HeaderIntro => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== 0x8eade801) throw malformed('RPM_HEADER_INVALID', 'no header where one must be', where);
  const entries = view.getUint32(8);
  const storeSize = view.getUint32(12);
  return { entries, storeSize, bodySize: entries * entrySize + storeSize };
};

const integerSizes: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8 };
const isText = (type: number): boolean => type === 6 || type === 8 || type === 9;

/** The values of a header by tag. Values that reach outside the store are cut off; the first of several equal tags counts. */
export class RpmHeader {
  readonly #index = new Map<number, { readonly type: number; readonly offset: number; readonly count: number }>();
  readonly #store: Uint8Array;
  /** Tags that occur twice. */
  readonly duplicates: number;

  constructor(body: Uint8Array, intro: HeaderIntro) {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#store = body.subarray(intro.entries * entrySize);
    let duplicates = 0;
    for (let position = 0; position < intro.entries; position += 1) {
      const at = position * entrySize;
      const tag = view.getUint32(at);
      if (this.#index.has(tag)) duplicates += 1;
      else
        this.#index.set(tag, {
          type: view.getUint32(at + 4),
          offset: view.getUint32(at + 8),
          count: view.getUint32(at + 12),
        });
    }
    this.duplicates = duplicates;
  }

  /** How many values the tag says it has, which may be more than the store holds. */
  count(tag: number): number {
    return this.#index.get(tag)?.count ?? 0;
  }

  /** The first `maximum` values: a header may claim as many as its store has bytes. */
  texts(tag: number, maximum = Number.MAX_SAFE_INTEGER): readonly string[] {
    const entry = this.#index.get(tag);
    if (entry === undefined || !isText(entry.type)) return [];
    const count = Math.min(entry.count, maximum);
    const values: string[] = [];
    for (let offset = entry.offset; values.length < count && offset < this.#store.length;) {
      const end = this.#store.indexOf(0, offset);
      const stop = end < 0 ? this.#store.length : end;
      values.push(nameFromBytes(this.#store.subarray(offset, stop)));
      offset = stop + 1;
    }
    return values;
  }

  text(tag: number): string | undefined {
    return this.texts(tag, 1)[0];
  }

  /** As `texts`. */
  numbers(tag: number, maximum = Number.MAX_SAFE_INTEGER): readonly number[] {
    const entry = this.#index.get(tag);
    const width = integerSizes[entry?.type ?? 0];
    if (entry === undefined || width === undefined) return [];
    const view = new DataView(this.#store.buffer, this.#store.byteOffset, this.#store.byteLength);
    const count = Math.min(entry.count, maximum);
    const values: number[] = [];
    for (let offset = entry.offset; values.length < count && offset + width <= this.#store.length; offset += width)
      values.push(
        width === 8
          ? Number(view.getBigUint64(offset))
          : width === 4
            ? view.getUint32(offset)
            : width === 2
              ? view.getUint16(offset)
              : view.getUint8(offset),
      );
    return values;
  }
}

export const tags = {
  payloadFormat: 1124,
  payloadCompressor: 1125,
  fileSizes: 1028,
  fileModes: 1030,
  fileTimes: 1034,
  linkTargets: 1036,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
  longFileSizes: 5008,
} as const;

/** Scripts that run when the package is installed or removed, under the names that a spec file gives them. */
export const scriptTags: Readonly<Record<number, string>> = {
  1023: '%pre',
  1024: '%post',
  1025: '%preun',
  1026: '%postun',
  1065: '%trigger',
  1079: '%verifyscript',
  1151: '%pretrans',
  1152: '%posttrans',
  5066: '%filetrigger',
  5076: '%transfiletrigger',
};
