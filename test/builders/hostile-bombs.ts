/** Small bytes that unpack to large ones, to many, or to themselves. */
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { tarEnd, tarHeader } from '../../src/formats/tar-writer.ts';
import { zipOf, type ZipSpec } from './zip.ts';

const mebibyte = 2 ** 20;

/** One member for each piece: packed once, repeated. A reader that follows the standard gives all of it. */
export const gzipOfZeros = (megabytes: number): Buffer => {
  const piece = gzipSync(Buffer.alloc(16 * mebibyte), { level: 9 });
  return Buffer.concat(Array.from({ length: Math.ceil(megabytes / 16) }, () => piece));
};

export const zstdOfZeros = (megabytes: number): Buffer => {
  const piece = zstdCompressSync(Buffer.alloc(64 * mebibyte));
  return Buffer.concat(Array.from({ length: Math.ceil(megabytes / 64) }, () => piece));
};

/** A layer with one file of zeros that is `megabytes` large, packed by `pack` piece by piece. */
export const layerOfZeros = (megabytes: number, packing: 'gzip' | 'zstd'): Buffer => {
  const size = megabytes * mebibyte;
  const pack = packing === 'gzip' ? gzipSync : zstdCompressSync;
  const zeros = packing === 'gzip' ? gzipOfZeros(megabytes) : zstdOfZeros(megabytes);
  return Buffer.concat([pack(tarHeader({ path: 'var/zeros', size })), zeros, pack(tarEnd)]);
};

/** `count` members that share the data of one, in the manner of David Fifield's "better zip bomb": every directory entry leads to it. */
export const overlappingZip = (count: number, kernelMegabytes: number): Buffer => {
  const content = Buffer.alloc(kernelMegabytes * mebibyte);
  const packed = deflateRawSync(content, { level: 9 });
  const kernel: ZipSpec = { name: 'kernel', packed, crc: crc32(content), size: content.length };
  const others = Array.from({ length: count - 1 }, (_, position): ZipSpec => ({
    ...kernel,
    name: `member-${position}`,
    localName: '',
    packed: new Uint8Array(0),
    offset: 0,
  }));
  const zip = zipOf([kernel, ...others]);
  // The directory says of every member what is true of the first.
  for (let at = zip.indexOf('PK\u0001\u0002'); at >= 0; at = zip.indexOf('PK\u0001\u0002', at + 46))
    zip.writeUInt32LE(packed.length, at + 20);
  return zip;
};

/** 42.zip: `width` copies of the same at each of `levels` levels, zeros at the bottom. */
export const fortyTwo = (levels: number, width: number, megabytes: number): Buffer => {
  let content: Buffer = Buffer.alloc(megabytes * mebibyte);
  for (let level = 0; level < levels; level += 1) {
    const packed = deflateRawSync(content, { level: 9 });
    const crc = crc32(content);
    const size = content.length;
    content = zipOf(
      Array.from({ length: width }, (_, position) => ({ name: `${level}-${position}.zip`, packed, crc, size })),
    );
  }
  return content;
};

/** Packed again and again. */
export const nestedGzip = (depth: number, core: Uint8Array): Uint8Array => {
  let bytes = core;
  for (let level = 0; level < depth; level += 1) bytes = gzipSync(bytes);
  return bytes;
};

/* A gzip file that unpacks to itself, after Russ Cox's "Zip Files All The Way Down". Every instruction is five bytes long:
   a stored block says "copy the next n bytes", a block with two matches says "repeat the last n bytes". */

const literal = (length: number): Buffer => {
  const bytes = Buffer.from([0, 0, 0, 0xff, 0xff]);
  bytes.writeUInt16LE(length, 1);
  bytes.writeUInt16LE(length ^ 0xffff, 3);
  return bytes;
};

/** RFC 1951, 3.2.6: two matches of half of 17 to 20 bytes, and an end of block, in exactly 40 bits. */
const repeat = (distance: number): Buffer => {
  let bits = '';
  const number = (value: number, width: number): void => {
    for (let bit = 0; bit < width; bit += 1) bits += (value >> bit) & 1;
  };
  const code = (value: number, width: number): void => {
    bits += value.toString(2).padStart(width, '0');
  };
  number(0b010, 3);
  for (const length of [Math.floor(distance / 2), Math.ceil(distance / 2)]) {
    code(length - 2, 7);
    code(8, 5);
    number(distance - 17, 3);
  }
  code(0, 7);
  return Buffer.from(
    Array.from({ length: 5 }, (_, byte) =>
      Number.parseInt(
        bits
          .slice(8 * byte, 8 * byte + 8)
          .split('')
          .toReversed()
          .join(''),
        2,
      ),
    ),
  );
};

const quineWith = (name: string, checksum: number): Buffer => {
  const head = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255]), Buffer.from(`${name}\0`)]);
  const tail = Buffer.alloc(13);
  literal(0).copy(tail);
  tail[0] = 1;
  const [zero, one, four] = [literal(0), literal(5), literal(20)];
  const [again, last] = [repeat(20), repeat(tail.length + 5)];
  const [start, end] = [literal(head.length + 5), literal(tail.length + 5)];
  const program = (trailer: Buffer): Buffer =>
    Buffer.concat(
      [
        // Each line copies what the next instructions print again.
        [head, start, head, start, again],
        [one, again, one, one],
        [four, again, one, one, four, again],
        [four, again, four, again, four, again],
        [four, again, zero, zero, end, again],
        [zero, zero, end, last, trailer, last, trailer],
      ].flat(),
    );
  tail.writeUInt32LE(program(tail).length, 9);
  tail.writeUInt32LE(checksum >>> 0, 5);
  return program(tail);
};

/** CRC-32 is affine: the checksum that a file with this checksum in it has is `m · checksum + c`. Solves for the fixed point. */
const fixedPoint = (of: (checksum: number) => number): number | undefined => {
  const constant = of(0);
  const rows = Array.from({ length: 32 }, (_, bit) => ({
    bit,
    value: (of(2 ** bit) ^ constant ^ ((2 ** bit) | 0)) >>> 0,
  }));
  // Column operations: `mask` says which bits of the checksum make up `value`.
  const basis: { readonly top: number; readonly value: number; readonly mask: number }[] = [];
  for (const { bit, value: first } of rows) {
    let [value, mask] = [first, (2 ** bit) >>> 0];
    for (const one of basis)
      if ((value & one.top) !== 0) [value, mask] = [(value ^ one.value) >>> 0, (mask ^ one.mask) >>> 0];
    if (value !== 0) basis.push({ top: (2 ** (31 - Math.clz32(value))) >>> 0, value, mask });
  }
  let [rest, solution] = [constant >>> 0, 0];
  for (const one of basis)
    if ((rest & one.top) !== 0) [rest, solution] = [(rest ^ one.value) >>> 0, (solution ^ one.mask) >>> 0];
  return rest === 0 ? solution >>> 0 : undefined;
};

export const gzipQuine = (): Buffer => {
  for (const name of ['loop', 'self', 'same', 'ring']) {
    const checksum = fixedPoint((value) => crc32(quineWith(name, value)));
    if (checksum !== undefined) return quineWith(name, checksum);
  }
  throw new Error('no name gives a quine');
};
