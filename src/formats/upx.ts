/**
 * An ELF program that UPX packed → the program as it was, but for the targets of its calls, which UPX rewrites before it packs and which
 * say nothing to who looks for texts. After UPX's own description of its format (src/include/linux.h): `l_info`, `p_info`, then blocks.
 */
import { malformed, overLimit } from '../core/fault.ts';
import { decodeLzma } from './upx.lzma.ts';
import { decodeNrv, type NrvVariant } from './upx.nrv.ts';

const mark = Buffer.from('UPX!', 'latin1');
/** The marks of `l_info` follow the program headers, of which UPX writes a few. */
const headBytes = 1024;
const largestProgram = 128 * 2 ** 20;
/** Programs unpack to three or four times their size. */
const largestRatio = 100;
const blockHeader = 12;

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Numbers are in the program's own byte order. */
const readNumber = (bytes: Buffer, at: number): number =>
  bytes[5] === 2 ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);

interface Layout {
  /** Where the first block begins. */
  readonly at: number;
  readonly size: number;
  readonly blockSize: number;
}

const readLayout = (bytes: Buffer): Layout | undefined => {
  const at = bytes.subarray(0, headBytes).indexOf(mark);
  if (at < 52 || at + 20 + blockHeader > bytes.length) return undefined;
  const [size, blockSize] = [readNumber(bytes, at + 12), readNumber(bytes, at + 16)];
  const first = readNumber(bytes, at + 20);
  return size === 0 || blockSize === 0 || first === 0 || first > blockSize
    ? undefined
    : { at: at + 20, size, blockSize };
};

/** `bytes`: the program, or its first window. */
export const isUpxPacked = (bytes: Uint8Array): boolean => readLayout(viewOf(bytes)) !== undefined;

/** UPX's numbers of its methods (conf.h): NRV with words of 4, 1 and 2 bytes, LZMA. */
const nrv: Readonly<Record<number, readonly [NrvVariant, 1 | 2 | 4]>> = {
  2: ['b', 4],
  3: ['b', 1],
  4: ['b', 2],
  5: ['d', 4],
  6: ['d', 1],
  7: ['d', 2],
  8: ['e', 4],
  9: ['e', 1],
  10: ['e', 2],
};
const lzmaMethod = 14;

const decodeBlock = (packed: Buffer, size: number, method: number): Uint8Array | undefined => {
  if (packed.length === size) return packed;
  const variant = nrv[method];
  if (variant !== undefined) return decodeNrv(packed, size, ...variant);
  if (method !== lzmaMethod || packed.length < 7) return undefined;
  const [first = 0, second = 0] = packed;
  const properties = { positionBits: first & 7, literalContextBits: second & 15, literalPositionBits: second >> 4 };
  const { positionBits, literalContextBits, literalPositionBits } = properties;
  if (positionBits > 4 || literalContextBits + literalPositionBits !== first >> 3 || first >> 3 > 8) return undefined;
  return decodeLzma(packed.subarray(2), size, properties);
};

/** Padding between what is loaded is not packed. */
const isWhole = (total: number, stated: number): boolean => total >= stated - stated / 8;

/**
 * All blocks, one behind the other: first the program's own headers, then what it loads.
 * @throws {Fault} malformed `UPX_DAMAGED` (altered by hand, or cut), limit `UPX_TOO_LARGE`
 */
export const unpackUpx = (program: Uint8Array, where: string): Uint8Array => {
  const bytes = viewOf(program);
  const layout = readLayout(bytes);
  if (layout === undefined) throw malformed('UPX_DAMAGED', 'its description is missing', where);
  const { size: stated, blockSize } = layout;
  if (stated > Math.min(largestProgram, bytes.length * largestRatio))
    throw overLimit('UPX_TOO_LARGE', `it states ${stated} bytes`, where);
  const parts: Uint8Array[] = [];
  let total = 0;
  for (let at = layout.at; at + blockHeader <= bytes.length;) {
    const [size, packedSize, method] = [readNumber(bytes, at), readNumber(bytes, at + 4), bytes[at + 8] ?? 0];
    if (size === 0) break;
    const end = at + blockHeader + packedSize;
    // Behind the last block some versions put the unpacking code at once, others a block of size 0.
    if (size > blockSize || packedSize > size || end > bytes.length || total + size > stated * 2) break;
    const block = decodeBlock(bytes.subarray(at + blockHeader, end), size, method);
    if (block === undefined && isWhole(total, stated)) break;
    if (block === undefined)
      throw malformed('UPX_DAMAGED', `block ${parts.length + 1} (method ${method}) does not unpack`, where);
    parts.push(block);
    total += size;
    at = end;
  }
  if (!isWhole(total, stated)) throw malformed('UPX_DAMAGED', `its blocks hold ${total} of ${stated} bytes`, where);
  return Buffer.concat(parts);
};
