/** An xz stream made by hand: one block of LZMA2 chunks that store their bytes as they are, CRC32 as the check. */
import { crc32 } from 'node:zlib';

const word = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

const withCrc = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, word(crc32(bytes))]);

const padded = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, new Uint8Array((4 - (bytes.length % 4)) % 4)]);

const number = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >> 7)]);

export interface XzOptions {
  /** Id of the check; its bytes are right only for 1 (CRC32). */
  readonly check?: number;
  /** Id of the only filter. */
  readonly filter?: number;
  /** LZMA2's dictionary property; 0 is 4 KiB, 18 is 2 MiB, 28 is 64 MiB. */
  readonly dictionary?: number;
  readonly chunk?: number;
}

export const xzStream = (content: string | Uint8Array, options: XzOptions = {}): Uint8Array => {
  const { check = 1, filter = 0x21, dictionary = 0, chunk = 100 } = options;
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
  const flags = Uint8Array.of(0, check);
  const header = Buffer.concat([Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), flags, word(crc32(flags))]);
  const blockHeader = withCrc(Uint8Array.of(2, 0, filter, 1, dictionary, 0, 0, 0));
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    const part = bytes.subarray(at, at + chunk);
    chunks.push(Uint8Array.of(at === 0 ? 1 : 2, (part.length - 1) >> 8, (part.length - 1) & 255), part);
  }
  const data = Buffer.concat([...chunks, Uint8Array.of(0)]);
  const checkBytes = check === 0 ? new Uint8Array(0) : word(crc32(bytes));
  const unpadded = blockHeader.length + data.length + checkBytes.length;
  const index = withCrc(padded(Uint8Array.from([0, 1, ...number(unpadded), ...number(bytes.length)])));
  const footerBody = Buffer.concat([word(index.length / 4 - 1), flags]);
  const footer = Buffer.concat([word(crc32(footerBody)), footerBody, Buffer.from('YZ')]);
  return Buffer.concat([header, blockHeader, padded(data), checkBytes, index, footer]);
};
