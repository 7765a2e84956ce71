/** The content of a block → its check as xz stores it (The .xz File Format 1.2.1, 2.1.1.2 and 6). */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { unavailable } from '../../core/fault.ts';

export interface XzCheck {
  /** Bytes stored behind a block. */
  readonly size: number;
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

const openCrc32 = (): XzCheck => {
  let value = 0;
  return {
    size: 4,
    update: (bytes) => {
      value = crc32(bytes, value);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
      return bytes;
    },
  };
};

interface Crc64Table {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

/** ECMA-182, reflected. */
const makeTable = (): Crc64Table => {
  const low = new Uint32Array(256);
  const high = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let [lower, upper] = [byte, 0];
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (lower & 1) === 1;
      lower = ((lower >>> 1) | (upper << 31)) >>> 0;
      upper >>>= 1;
      if (isOdd) {
        lower = (lower ^ 0xd7870f42) >>> 0;
        upper = (upper ^ 0xc96c5795) >>> 0;
      }
    }
    low[byte] = lower;
    high[byte] = upper;
  }
  return { low, high };
};

let table: Crc64Table | undefined;

const openCrc64 = (): XzCheck => {
  const { low, high } = (table ??= makeTable());
  let [lower, upper] = [0xffffffff, 0xffffffff];
  return {
    size: 8,
    update(bytes) {
      for (let at = 0; at < bytes.length; at += 1) {
        const place = (lower ^ (bytes[at] as number)) & 255;
        lower = (((lower >>> 8) | (upper << 24)) ^ (low[place] as number)) >>> 0;
        upper = ((upper >>> 8) ^ (high[place] as number)) >>> 0;
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32LE(~lower >>> 0, 0);
      bytes.writeUInt32LE(~upper >>> 0, 4);
      return bytes;
    },
  };
};

const openSha256 = (): XzCheck => {
  const hash = createHash('sha256');
  return { size: 32, update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
};

/** For one block; undefined where the stream has no check. @throws {Fault} unavailable `XZ_CHECK_UNSUPPORTED` */
export const openXzCheck = (id: number, where: string): XzCheck | undefined => {
  switch (id) {
    case 0:
      return undefined;
    case 1:
      return openCrc32();
    case 4:
      return openCrc64();
    case 10:
      return openSha256();
    default:
      throw unavailable('XZ_CHECK_UNSUPPORTED', `the xz data use the check ${id}, which no tool writes`, where);
  }
};
