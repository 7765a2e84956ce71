/** A Berkeley DB hash database (rpm's `Packages`) → its keys and values, in either byte order: the page layouts of Berkeley DB 4 and 5 (hash versions 8 to 10). */
import type { Budget } from '../../core/budget.ts';
import { isFault, malformed } from '../../core/fault.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';

export interface BerkeleyPair {
  /** The key's bytes, and what they are as a number of four bytes in the database's byte order (-1 for other lengths). */
  readonly key: { readonly bytes: Uint8Array; readonly number: number };
  readonly value: Uint8Array;
}

const hashMagic = 0x00061561;
const pageHeader = 26;
/** Offset of the magic in the first page. */
const magicAt = 12;

const pageTypes = { invalid: 0, unsortedHash: 2, overflow: 7, hashMeta: 8, hash: 13 } as const;
const itemTypes = { keyData: 1, offPage: 3 } as const;

const orderOf = (head: Uint8Array): 'little' | 'big' | undefined => {
  if (head.length < magicAt + 4) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(magicAt, true) === hashMagic) return 'little';
  return view.getUint32(magicAt, false) === hashMagic ? 'big' : undefined;
};

export const isBerkeleyHash = (head: Uint8Array): boolean => orderOf(head) !== undefined;

interface Page {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly next: number;
  readonly entries: number;
  /** Of an overflow page: bytes of content. */
  readonly freeOffset: number;
  readonly type: number;
}

class BerkeleyHash {
  readonly lastPage: number;
  readonly maximumBucket: number;
  readonly #isLittle: boolean;
  readonly #pageSize: number;
  readonly #spares: readonly number[];
  readonly #bytes: Uint8Array;
  readonly #where: string;
  /** Every page is in one bucket or one chain: a page met twice is a loop, or one content shown under two keys. */
  readonly #used: Uint8Array;

  /** @throws {Fault} malformed `BERKELEY_DB_INVALID`, `BERKELEY_DB_UNSUPPORTED` */
  constructor(bytes: Uint8Array, where: string) {
    const order = orderOf(bytes);
    if (order === undefined || bytes.length < 512) throw malformed('BERKELEY_DB_INVALID', 'no hash database', where);
    this.#bytes = bytes;
    this.#where = where;
    this.#isLittle = order === 'little';
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const word = (position: number): number => view.getUint32(position * 4, this.#isLittle);
    const version = word(4);
    if (version < 8 || version > 10) throw malformed('BERKELEY_DB_UNSUPPORTED', `hash version ${version}`, where);
    this.#pageSize = word(5);
    if (this.#pageSize < 512 || this.#pageSize > 65_536 || (this.#pageSize & (this.#pageSize - 1)) !== 0)
      throw malformed('BERKELEY_DB_INVALID', `pages of ${this.#pageSize} bytes`, where);
    // Byte 24: encryption. Byte 26, bit 0: checksums, which make page headers longer.
    if (view.getUint8(24) !== 0 || (view.getUint8(26) & 1) !== 0)
      throw malformed('BERKELEY_DB_UNSUPPORTED', 'encrypted, or with checksums', where);
    this.lastPage = Math.min(word(8), Math.floor(bytes.length / this.#pageSize) - 1);
    this.maximumBucket = word(18);
    this.#spares = Array.from({ length: 32 }, (_, position) => word(24 + position));
    this.#used = new Uint8Array(Math.max(0, this.lastPage) + 1);
    if (this.maximumBucket > this.lastPage)
      throw malformed('BERKELEY_DB_INVALID', `${this.maximumBucket} buckets in ${this.lastPage} pages`, where);
  }

  get isTruncated(): boolean {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return view.getUint32(32, this.#isLittle) > this.lastPage;
  }

  bucketPage(bucket: number): number {
    return bucket + (this.#spares[bucket === 0 ? 0 : 32 - Math.clz32(bucket)] ?? 0);
  }

  #parse(number: number): Page {
    const start = number * this.#pageSize;
    const bytes = this.#bytes.subarray(start, start + this.#pageSize);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return {
      view,
      bytes,
      next: view.getUint32(16, this.#isLittle),
      entries: view.getUint16(20, this.#isLittle),
      freeOffset: view.getUint16(22, this.#isLittle),
      type: view.getUint8(25),
    };
  }

  /** The page, once. @throws {Fault} malformed `BERKELEY_DB_INVALID` */
  take(number: number): Page {
    const refuse = (why: string) => malformed('BERKELEY_DB_INVALID', `page ${number} ${why}`, this.#where);
    if (number < 1 || number > this.lastPage) throw refuse(`of ${this.lastPage} is referred to`);
    if (this.#used[number] === 1) throw refuse('is referred to twice');
    this.#used[number] = 1;
    const page = this.#parse(number);
    // Pages that were never written are zero throughout.
    if (page.type !== pageTypes.invalid && page.view.getUint32(8, this.#isLittle) !== number)
      throw refuse('says that it is another');
    return page;
  }

  /** Pages with entries that no bucket leads to: content that this reader sees and rpm does not. */
  countUnreached(): number {
    let count = 0;
    for (let number = 1; number <= this.lastPage; number += 1) {
      if (this.#used[number] === 1) continue;
      const { type, entries } = this.#parse(number);
      if ((type === pageTypes.hash || type === pageTypes.unsortedHash) && entries > 0) count += 1;
    }
    return count;
  }

  #overflow(first: number, length: number): Uint8Array {
    const room = this.#pageSize - pageHeader;
    if (length === 0 || length / room > this.lastPage)
      throw malformed('BERKELEY_DB_INVALID', `a value of ${length} bytes`, this.#where);
    const pieces: Uint8Array[] = [];
    let left = length;
    for (let number = first; left > 0;) {
      const page = this.take(number);
      if (page.type !== pageTypes.overflow || page.freeOffset === 0 || page.freeOffset > Math.min(room, left))
        throw malformed('BERKELEY_DB_INVALID', `page ${number} does not go on with a value`, this.#where);
      pieces.push(page.bytes.subarray(pageHeader, pageHeader + page.freeOffset));
      left -= page.freeOffset;
      number = page.next;
    }
    return Buffer.concat(pieces, length);
  }

  /** Items lie from the end of the page downwards: each ends where the one before it begins. */
  item(page: Page, index: number): Uint8Array {
    const offsetOf = (at: number): number => page.view.getUint16(pageHeader + at * 2, this.#isLittle);
    const start = offsetOf(index);
    const end = index === 0 ? this.#pageSize : offsetOf(index - 1);
    if (start < pageHeader + page.entries * 2 || start >= end || end > this.#pageSize)
      throw malformed('BERKELEY_DB_INVALID', 'an item lies outside of its page', this.#where);
    const type = page.view.getUint8(start);
    if (type === itemTypes.keyData) return page.bytes.subarray(start + 1, end);
    if (type === itemTypes.offPage && end - start === 12)
      return this.#overflow(
        page.view.getUint32(start + 4, this.#isLittle),
        page.view.getUint32(start + 8, this.#isLittle),
      );
    throw malformed('BERKELEY_DB_UNSUPPORTED', `an item of type ${type}`, this.#where);
  }

  numberOf(bytes: Uint8Array): number {
    if (bytes.length !== 4) return -1;
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, this.#isLittle);
  }
}

/**
 * The pairs bucket by bucket, as Berkeley DB itself walks them. Damage is a gap and the other buckets are given. Remarks: gap
 * `BERKELEY_DB_INVALID`, `BERKELEY_DB_UNSUPPORTED`, `BERKELEY_DB_TRUNCATED`; ambiguity `BERKELEY_DB_PAGE_UNREACHED`.
 * @throws {Fault} malformed `BERKELEY_DB_INVALID`, `BERKELEY_DB_UNSUPPORTED`; limit `ENTRIES_TOO_MANY`, `UNPACKED_TOO_LARGE`
 */
export function* readBerkeleyHash(
  bytes: Uint8Array,
  budget: Budget,
  remark: OnRemark,
): Generator<BerkeleyPair, void, undefined> {
  const database = new BerkeleyHash(bytes, budget.where);
  const complaints = new Complaints();
  const complain = (thrown: unknown): void => {
    if (!isFault(thrown) || thrown.kind !== 'malformed') throw thrown;
    complaints.add('gap', thrown.code, thrown.message);
  };
  const attempt = <Value>(run: () => Value): Value | undefined => {
    try {
      return run();
    } catch (thrown) {
      complain(thrown);
      return undefined;
    }
  };
  if (database.isTruncated)
    complain(malformed('BERKELEY_DB_TRUNCATED', `pages behind page ${database.lastPage} are missing`));
  for (let bucket = 0; bucket <= database.maximumBucket; bucket += 1) {
    for (let next = database.bucketPage(bucket); next !== 0;) {
      const number = next;
      const page = attempt(() => database.take(number));
      if (page === undefined || page.type === pageTypes.invalid) break;
      if (page.type !== pageTypes.hash && page.type !== pageTypes.unsortedHash) {
        complain(malformed('BERKELEY_DB_INVALID', `page ${number} is no page of a bucket`));
        break;
      }
      if (pageHeader + page.entries * 2 > page.bytes.length)
        complain(malformed('BERKELEY_DB_INVALID', `page ${number} cannot hold ${page.entries} items`));
      else
        for (let index = 0; index + 1 < page.entries; index += 2) {
          budget.spendEntry();
          const pair = attempt(() => {
            const key = database.item(page, index);
            return { key: { bytes: key, number: database.numberOf(key) }, value: database.item(page, index + 1) };
          });
          if (pair === undefined) continue;
          budget.spendBytes(pair.value.length);
          yield pair;
        }
      next = page.next;
    }
  }
  const unreached = database.countUnreached();
  if (unreached > 0)
    complaints.add(
      'ambiguity',
      'BERKELEY_DB_PAGE_UNREACHED',
      `${unreached} pages hold entries and belong to no bucket`,
    );
  complaints.report(remark);
}
