/** LZMA as UPX packs it, without a header: a raw stream of known length → its bytes. */
import { LzmaDecoder, type LzmaProperties } from './lzma.decoder.ts';

/** Exactly `size` bytes, or undefined where the stream does not hold them. */
export const decodeLzma = (source: Uint8Array, size: number, properties: LzmaProperties): Uint8Array | undefined => {
  const parts = [...new LzmaDecoder(properties, size, size).decode(source, true)];
  const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  return bytes.length === size ? bytes : undefined;
};
