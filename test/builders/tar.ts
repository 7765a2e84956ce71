/** Tars that no honest writer makes: header blocks with any field, in any layout, and a right checksum unless asked otherwise. */
import { putTarChecksum, tarEnd, tarPadding } from '../../src/formats/tar-writer.ts';

export interface RawTarFields {
  readonly name?: string | Uint8Array;
  readonly mode?: string;
  readonly uid?: string;
  readonly gid?: string;
  /** Bytes for a base-256 number, text for anything else. */
  readonly size?: string | Uint8Array;
  readonly modified?: string | Uint8Array;
  readonly typeFlag?: string;
  readonly linkName?: string;
  readonly magic?: 'ustar' | 'gnu' | 'none';
  readonly userName?: string;
  readonly prefix?: string;
  readonly tail?: ReadonlyMap<number, string | Uint8Array>;
  readonly checksum?: 'unsigned' | 'signed' | 'wrong';
}

const magics = { ustar: 'ustar\u000000', gnu: 'ustar  \u0000', none: '' } as const;

export const octal = (value: number, digits = 11): string => `${value.toString(8).padStart(digits, '0')}\0`;

/** GNU base-256: big-endian two's complement with the top bit set. */
export const base256 = (value: bigint, length = 12): Uint8Array => {
  const bytes = new Uint8Array(length);
  let rest = BigInt.asUintN(length * 8, value);
  for (let at = length - 1; at >= 0; at -= 1) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return bytes;
};

/** One header block. */
export const rawTarBlock = (fields: RawTarFields): Uint8Array => {
  const block = new Uint8Array(512);
  const put = (value: string | Uint8Array, at: number): void =>
    block.set(typeof value === 'string' ? Buffer.from(value, 'latin1') : value, at);
  put(fields.name ?? 'file', 0);
  put(fields.mode ?? '0000644\0', 100);
  put(fields.uid ?? '0000000\0', 108);
  put(fields.gid ?? '0000000\0', 116);
  put(fields.size ?? octal(0), 124);
  put(fields.modified ?? octal(0), 136);
  put(fields.typeFlag ?? '0', 156);
  put(fields.linkName ?? '', 157);
  put(magics[fields.magic ?? 'ustar'], 257);
  put(fields.userName ?? '', 265);
  put(fields.prefix ?? '', 345);
  for (const [at, value] of fields.tail ?? []) put(value, at);
  putTarChecksum(block);
  if (fields.checksum === 'wrong') block[148] = 0x37;
  if (fields.checksum === 'signed') {
    block.fill(0x20, 148, 156);
    let sum = 0;
    for (const byte of block) sum += byte > 127 ? byte - 256 : byte;
    put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  }
  return block;
};

export const bytesFrom = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content, 'utf8') : content;

/** A header, its content, and what fills the last block (zeros unless given). The size field says the truth unless given. */
export const rawTarEntry = (
  fields: RawTarFields,
  content: string | Uint8Array = '',
  padding?: Uint8Array,
): Uint8Array => {
  const bytes = bytesFrom(content);
  return Buffer.concat([
    rawTarBlock({ size: octal(bytes.length), ...fields }),
    bytes,
    padding ?? new Uint8Array(tarPadding(bytes.length)),
  ]);
};

/** Entries and the end mark. */
export const rawTar = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat([...parts, tarEnd]);
