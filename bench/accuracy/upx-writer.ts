/** A program → itself packed as UPX packs it: headers of UPX 4, blocks compressed by NRV2B. Its code ends at once: nothing unpacks itself. */
import { crc32 } from 'node:zlib';
import { exitAtOnce, type Machine } from './elf-tables.ts';
import { programHeaders } from './elf-writer.ts';

/** Bits go into little-endian words of 32, each put where its first bit is needed, between the bytes. */
class BitsAndBytes {
  readonly #bytes: number[] = [];
  #slot = 0;
  #left = 0;
  #word = 0;

  bit(value: number): void {
    if (this.#left === 0) {
      this.#slot = this.#bytes.length;
      this.#bytes.push(0, 0, 0, 0);
      this.#left = 32;
      this.#word = 0;
    }
    this.#left -= 1;
    this.#word = (this.#word | (value << this.#left)) >>> 0;
    for (let index = 0; index < 4; index += 1) this.#bytes[this.#slot + index] = (this.#word >>> (8 * index)) & 255;
  }

  byte(value: number): void {
    this.#bytes.push(value);
  }

  done(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

/** A number from 2 on: its bits below the highest, each after the first behind a bit that says whether it is the last. */
const putNumber = (out: BitsAndBytes, value: number): void => {
  const bits = value.toString(2).slice(1);
  for (let index = 0; index < bits.length; index += 1) {
    out.bit(bits.charAt(index) === '1' ? 1 : 0);
    out.bit(index === bits.length - 1 ? 1 : 0);
  }
};

const farOffset = 0xd00;
const longestMatch = 2000;

const matchLength = (input: Uint8Array, from: number, at: number): number => {
  let length = 0;
  while (length < longestMatch && at + length < input.length && input[from + length] === input[at + length])
    length += 1;
  return length;
};

/** Greedy: the latest place where the next three bytes stood before. */
export const compressNrv2b = (input: Uint8Array): Buffer => {
  const out = new BitsAndBytes();
  const places = new Map<number, number>();
  const keyAt = (at: number): number => ((input[at] ?? 0) << 16) | ((input[at + 1] ?? 0) << 8) | (input[at + 2] ?? 0);
  for (let at = 0; at < input.length;) {
    const from = at + 3 <= input.length ? places.get(keyAt(at)) : undefined;
    const offset = from === undefined ? 0 : at - from;
    const length = from === undefined ? 0 : matchLength(input, from, at);
    const isMatch = length >= 4 && offset < 0x20000;
    if (isMatch) {
      out.bit(0);
      putNumber(out, ((offset - 1) >> 8) + 3);
      out.byte((offset - 1) & 255);
      const rest = length - 1 - (offset > farOffset ? 1 : 0);
      if (rest <= 3) {
        out.bit(rest >> 1);
        out.bit(rest & 1);
      } else {
        out.bit(0);
        out.bit(0);
        putNumber(out, rest - 2);
      }
    } else {
      out.bit(1);
      out.byte(input[at] ?? 0);
    }
    const end = at + (isMatch ? length : 1);
    for (; at < end; at += 1) if (at + 3 <= input.length) places.set(keyAt(at), at);
  }
  // The end: an offset of which nothing is left but ones.
  out.bit(0);
  putNumber(out, 0x1000002);
  out.byte(255);
  return out.done();
};

const nrv2b = 2;
const formats = { amd64: 22, arm64: 42 } as const;
const version = 13;

const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
  return bytes;
};

/** Sizes before and after, method; a block that did not shrink is stored. */
const block = (content: Uint8Array): Buffer => {
  const packed = compressNrv2b(content);
  const isStored = packed.length >= content.length;
  const body = isStored ? content : packed;
  return Buffer.concat([words(content.length, body.length), Buffer.of(isStored ? 0 : nrv2b, 0, 0, 0), body]);
};

const adler32 = (content: Uint8Array): number => {
  let [one, sum] = [1, 0];
  for (const byte of content) {
    one = (one + byte) % 65521;
    sum = (sum + one) % 65521;
  }
  return ((sum << 16) | one) >>> 0;
};

export const packWithUpx = (program: Uint8Array, machine: Machine): Uint8Array => {
  const code = exitAtOnce[machine];
  const headersEnd = 64 + Buffer.from(program).readUInt16LE(56) * 56;
  const magic = Buffer.from('UPX!', 'latin1').readUInt32LE();
  const blocks = Buffer.concat([
    block(program.subarray(0, headersEnd)),
    block(program.subarray(headersEnd)),
    words(0, magic, 0),
  ]);
  const loaderInfo = Buffer.concat([words(crc32(code), magic), Buffer.of(code.length, 0, version, formats[machine])]);
  const programInfo = words(0, program.length, program.length);
  const head = programHeaders.length(2);
  const start = head + loaderInfo.length + programInfo.length + blocks.length;
  const packHeader = Buffer.concat([
    words(magic),
    Buffer.of(version, formats[machine], nrv2b, 9),
    words(adler32(program), adler32(blocks), program.length, blocks.length, program.length),
    Buffer.of(0, 0, 0, 0),
  ]);
  const size = start + code.length + packHeader.length + 4;
  const front = programHeaders.write(machine, start, size);
  return Buffer.concat([front, loaderInfo, programInfo, blocks, code, packHeader, words(head)]);
};
