/** Package headers → RPM databases made by hand: the header as rpm keeps it, and the containers ndb and Berkeley DB hash. */
import { createHash } from 'node:crypto';

import { rpmHeaderOf, type RpmValue } from './archives.ts';

export type RpmValues = Readonly<Record<number, RpmValue>>;

/** A header blob: counts, entries, data, without the magic. */
export const blobOf = (values: RpmValues): Buffer => rpmHeaderOf(values).subarray(8);

const entryOf = (tag: number, type: number, offset: number, count: number): Buffer => {
  const entry = Buffer.alloc(16);
  entry.writeUInt32BE(tag, 0);
  entry.writeUInt32BE(type, 4);
  entry.writeInt32BE(offset, 8);
  entry.writeUInt32BE(count, 12);
  return entry;
};

const countsOf = (entries: number, bytes: number): Buffer => {
  const counts = Buffer.alloc(8);
  counts.writeUInt32BE(entries, 0);
  counts.writeUInt32BE(bytes, 4);
  return counts;
};

/** A header as an installation leaves it: an immutable region, and outside of it the region's digest under `digestTag` (269 SHA-1, 273 SHA-256). */
export const sealedBlobOf = (values: RpmValues, digestTag: 269 | 273 = 273): Buffer => {
  const inner = blobOf(values);
  const entries = inner.readUInt32BE(0);
  const index = inner.subarray(8, 8 + entries * 16);
  const data = inner.subarray(8 + entries * 16);
  const regionSize = (entries + 1) * 16;
  const regionIndex = Buffer.concat([entryOf(63, 7, data.length, 16), index]);
  const regionData = Buffer.concat([data, entryOf(63, 7, -regionSize, 16)]);
  const digest = createHash(digestTag === 273 ? 'sha256' : 'sha1')
    .update(Buffer.from('8eade80100000000', 'hex'))
    .update(countsOf(entries + 1, regionData.length))
    .update(regionIndex)
    .update(regionData)
    .digest('hex');
  const outside = Buffer.from(`${digest}\0`);
  return Buffer.concat([
    countsOf(entries + 2, regionData.length + outside.length),
    regionIndex,
    entryOf(digestTag, 6, regionData.length, 1),
    regionData,
    outside,
  ]);
};

const adler32 = (bytes: Uint8Array): number => {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return high * 65_536 + low;
};

/** `Packages.db`: a page of slots, then the packages in blocks of 16 bytes. */
export const ndbOf = (blobs: readonly Uint8Array[]): Buffer => {
  const slots = Buffer.alloc(4096);
  slots.write('RpmP');
  slots.writeUInt32LE(1, 8);
  slots.writeUInt32LE(1, 12);
  slots.writeUInt32LE(blobs.length + 1, 16);
  for (let at = 32; at < slots.length; at += 16) slots.write('Slot', at);
  const packages: Buffer[] = [];
  let block = slots.length / 16;
  for (const [position, blob] of blobs.entries()) {
    const blocks = Math.ceil((16 + blob.length + 12) / 16);
    const bytes = Buffer.alloc(blocks * 16);
    bytes.write('BlbS');
    bytes.writeUInt32LE(position + 1, 4);
    bytes.writeUInt32LE(1, 8);
    bytes.writeUInt32LE(blob.length, 12);
    bytes.set(blob, 16);
    const tail = bytes.length - 12;
    bytes.writeUInt32LE(adler32(bytes.subarray(0, tail)), tail);
    bytes.writeUInt32LE(blob.length, tail + 4);
    bytes.write('BlbE', tail + 8);
    const slot = 32 + position * 16;
    slots.writeUInt32LE(position + 1, slot + 4);
    slots.writeUInt32LE(block, slot + 8);
    slots.writeUInt32LE(blocks, slot + 12);
    packages.push(bytes);
    block += blocks;
  }
  return Buffer.concat([slots, ...packages]);
};

export interface BerkeleySpec {
  readonly isLittle?: boolean;
  readonly pageSize?: number;
  /** Values longer than this lie on overflow pages. */
  readonly inlineLimit?: number;
}

/** `Packages`: two buckets, key 0 with the next free number, values long enough for it on overflow pages. */
export const berkeleyOf = (blobs: readonly Uint8Array[], spec: BerkeleySpec = {}): Buffer => {
  const { isLittle = true, pageSize = 512, inlineLimit = 100 } = spec;
  const put32 = (bytes: Buffer, value: number, at: number): number =>
    isLittle ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  const put16 = (bytes: Buffer, value: number, at: number): number =>
    isLittle ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const pages: Buffer[] = [];
  const newPage = (type: number): { readonly number: number; readonly page: Buffer } => {
    const page = Buffer.alloc(pageSize);
    const number = pages.push(page) - 1;
    put32(page, number, 8);
    page[25] = type;
    return { number, page };
  };
  const number32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    put32(bytes, value, 0);
    return bytes;
  };
  const meta = newPage(8).page;
  let buckets = [newPage(13), newPage(13)].map(({ page }) => ({ page, free: pageSize, entries: 0 }));

  const overflow = (value: Uint8Array): number => {
    const room = pageSize - 26;
    let first = 0;
    let previous: Buffer | undefined;
    for (let at = 0; at < value.length; at += room) {
      const { number, page } = newPage(7);
      const piece = value.subarray(at, at + room);
      page.set(piece, 26);
      put16(page, piece.length, 22);
      if (previous === undefined) first = number;
      else put32(previous, number, 16);
      previous = page;
    }
    return first;
  };
  const itemOf = (value: Uint8Array): Buffer => {
    if (value.length <= inlineLimit) return Buffer.concat([Buffer.from([1]), value]);
    const item = Buffer.alloc(12);
    item[0] = 3;
    put32(item, overflow(value), 4);
    put32(item, value.length, 8);
    return item;
  };
  const add = (position: number, key: Uint8Array, value: Uint8Array): void => {
    const items = [itemOf(key), itemOf(value)];
    let bucket = buckets[position % 2];
    if (bucket === undefined) return;
    const needed = (items[0]?.length ?? 0) + (items[1]?.length ?? 0) + 4;
    if (bucket.free - needed < 26 + bucket.entries * 2) {
      const { number, page } = newPage(13);
      put32(bucket.page, number, 16);
      bucket = { page, free: pageSize, entries: 0 };
      buckets = buckets.with(position % 2, bucket);
    }
    for (const item of items) {
      bucket.free -= item.length;
      bucket.page.set(item, bucket.free);
      put16(bucket.page, bucket.free, 26 + bucket.entries * 2);
      bucket.entries += 1;
    }
    put16(bucket.page, bucket.entries, 20);
    put16(bucket.page, bucket.free, 22);
  };
  add(0, number32(0), number32(blobs.length + 1));
  for (const [position, blob] of blobs.entries()) add(position + 1, number32(position + 1), blob);

  put32(meta, 0x00061561, 12);
  put32(meta, 9, 16);
  put32(meta, pageSize, 20);
  put32(meta, pages.length - 1, 32);
  put32(meta, 1, 72);
  put32(meta, 1, 76);
  put32(meta, 0, 80);
  // Bucket 0 lies in page 1, bucket 1 in page 2: bucket + spare of its doubling.
  put32(meta, 1, 96);
  put32(meta, 1, 100);
  return Buffer.concat(pages);
};
