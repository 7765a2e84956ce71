/** Deflated bytes that fit in memory → their content in one call, a tenth of the cost of a stream (RFC 1951, RFC 1952). */
import { crc32 } from 'node:zlib';
import { Inflater } from './inflater.ts';

export interface Inflated {
  readonly content: Uint8Array;
  /** Packed bytes used. */
  readonly used: number;
}

/** All of what the inflater gives, in memory of its own. `maximum`: bytes. */
const inflateWith = (inflater: Inflater, packed: Uint8Array, maximum: number): Inflated | undefined => {
  let used = 0;
  let size = 0;
  let whole: Buffer | undefined;
  for (;;) {
    const isLast = packed.length - used <= inflater.room;
    inflater.feed(packed.subarray(used, used + inflater.room), isLast);
    for (;;) {
      const state = inflater.run();
      if (state === 'hungry' && !isLast) break;
      if (state !== 'full' && state !== 'ended') return undefined;
      const { content } = inflater;
      if (size + content.length > maximum) return undefined;
      // Most contents are done at the first turn, and then their size is known.
      whole ??= Buffer.allocUnsafeSlow(state === 'ended' ? content.length : maximum);
      whole.set(content, size);
      size += content.length;
      if (state === 'ended') return { content: whole.subarray(0, size), used: used + inflater.used };
    }
    used += inflater.used;
  }
};

/** undefined when the data are damaged, cut short or give more than `maximum` bytes. Bytes behind their end are not looked at. */
export const inflateAtOnce = (packed: Uint8Array, maximum: number): Inflated | undefined => {
  const inflater = Inflater.take();
  const inflated = inflateWith(inflater, packed, maximum);
  inflater.giveBack();
  return inflated;
};

const maximumPacked = 1 << 20;
const maximumUnpacked = 4 << 20;
const maximumName = 1024;
const flagName = 8;

/**
 * The content of a gzip file as `gzip` writes it: one member, at most a short name in its header, everything right, nothing behind it.
 * undefined for every other, which the streaming way then tells apart.
 */
export const gunzipAtOnce = (bytes: Uint8Array): Uint8Array | undefined => {
  const flags = bytes[3] ?? 0;
  if (bytes.length < 18 || bytes.length > maximumPacked || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8)
    return undefined;
  if (flags !== 0 && flags !== flagName) return undefined;
  const start = flags === 0 ? 10 : bytes.indexOf(0, 10) + 1;
  const end = bytes.length - 8;
  if (start < 10 || start > 10 + maximumName || start >= end) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(end + 4, true);
  if (size > maximumUnpacked) return undefined;
  const inflated = inflateAtOnce(bytes.subarray(start, end), size);
  if (inflated === undefined || inflated.used !== end - start || inflated.content.length !== size) return undefined;
  return crc32(inflated.content) === view.getUint32(end, true) ? inflated.content : undefined;
};
