/** Deflated bytes that fit in memory → their content in one call, a tenth of the cost of a stream (RFC 1951, RFC 1952). */
import { constants, crc32, inflateRawSync } from 'node:zlib';

export interface Inflated {
  readonly content: Uint8Array;
  /** Packed bytes used. */
  readonly used: number;
}

/** undefined when the data are damaged, cut short or give more than `maximum` bytes. Bytes behind their end are not looked at. */
export const inflateAtOnce = (
  packed: Uint8Array,
  maximum: number,
  // One byte more than is expected, so that the decoder sees the end of its data in its first turn.
  chunkSize = Math.max(64, maximum + 1),
): Inflated | undefined => {
  try {
    const { buffer, engine } = inflateRawSync(packed, {
      info: true,
      finishFlush: constants.Z_FINISH,
      chunkSize,
      maxOutputLength: Math.max(maximum, 1),
    }) as unknown as { buffer: Uint8Array; engine: { readonly bytesWritten: number } };
    return { content: buffer, used: engine.bytesWritten };
  } catch {
    return undefined;
  }
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
