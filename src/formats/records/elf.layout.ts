/** The tables of an ELF file as they lie in the bytes: the System V ABI's gABI 4.1, chapters 4 and 5, in both classes and byte orders. */
import { malformed } from '../../core/fault.ts';
import { nameFromBytes } from '../name-bytes.ts';

/** Reads at any offset; what lies outside the bytes is 0, and no offset from a file makes it throw. */
export class ElfView {
  readonly bytes: Uint8Array;
  readonly isWide: boolean;
  readonly isLittle: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, isWide: boolean, isLittle: boolean) {
    this.bytes = bytes;
    this.isWide = isWide;
    this.isLittle = isLittle;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  holds(offset: number, length: number): boolean {
    return offset >= 0 && length >= 0 && offset + length <= this.bytes.length;
  }

  u8(offset: number): number {
    return this.bytes[offset] ?? 0;
  }

  u16(offset: number): number {
    return this.holds(offset, 2) ? this.#view.getUint16(offset, this.isLittle) : 0;
  }

  u32(offset: number): number {
    return this.holds(offset, 4) ? this.#view.getUint32(offset, this.isLittle) : 0;
  }

  u64(offset: number): bigint {
    return this.holds(offset, 8) ? this.#view.getBigUint64(offset, this.isLittle) : 0n;
  }

  /** An address, exactly. */
  address(offset: number): bigint {
    return this.isWide ? this.u64(offset) : BigInt(this.u32(offset));
  }

  /** An offset or size. Beyond 2^53 it is the largest number: outside of every file. */
  word(offset: number): number {
    const value = this.address(offset);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  }

  /** Up to a zero, the end of the bytes, or `maximum`. */
  text(offset: number, maximum = 512): string {
    if (offset < 0 || offset >= this.bytes.length) return '';
    const limit = Math.min(offset + maximum, this.bytes.length);
    let end = offset;
    while (end < limit && this.bytes[end] !== 0) end += 1;
    return nameFromBytes(this.bytes.subarray(offset, end));
  }
}

export interface ElfHeader {
  readonly type: number;
  readonly machine: number;
  readonly entry: bigint;
  readonly segmentTable: number;
  readonly sectionTable: number;
  readonly segmentEntry: number;
  readonly segmentCount: number;
  readonly sectionEntry: number;
  readonly sectionCount: number;
  readonly sectionNames: number;
}

export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileSize: number;
  readonly memorySize: number;
}

export interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}

export const headerSize = (isWide: boolean): number => (isWide ? 64 : 52);
export const segmentSize = (isWide: boolean): number => (isWide ? 56 : 32);
export const sectionSize = (isWide: boolean): number => (isWide ? 64 : 40);
export const symbolSize = (isWide: boolean): number => (isWide ? 24 : 16);

export const machineNames: Readonly<Record<number, string>> = {
  2: 'sparc',
  3: 'x86',
  4: 'm68k',
  8: 'mips',
  20: 'powerpc',
  21: 'powerpc64',
  22: 's390',
  40: 'arm',
  42: 'superh',
  43: 'sparc64',
  50: 'ia64',
  62: 'x86-64',
  183: 'aarch64',
  243: 'riscv',
  247: 'bpf',
  258: 'loongarch',
};

export interface ElfForm {
  readonly isWide: boolean;
  readonly isLittle: boolean;
  /** The identification says otherwise. */
  readonly classDiffers: boolean;
  readonly orderDiffers: boolean;
}

/**
 * Class and byte order as the Linux kernel sees them: it never looks at EI_CLASS and EI_DATA, only at the machine and at the size of a
 * program header, so a file that lies in those two bytes runs all the same and confuses whoever believes them.
 * @throws {Fault} malformed `ELF_HEADER_INVALID` or `ELF_TRUNCATED`
 */
export const detectForm = (bytes: Uint8Array): ElfForm => {
  if (bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46)
    throw malformed('ELF_HEADER_INVALID', 'no ELF magic');
  if (bytes.length < headerSize(false)) throw malformed('ELF_TRUNCATED', 'the ELF header is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isKnown = (isLittle: boolean): boolean => Object.hasOwn(machineNames, view.getUint16(18, isLittle));
  const stated = bytes[5] === 2 ? false : bytes[5] === 1 ? true : undefined;
  const isLittle =
    stated === undefined ? isKnown(true) || !isKnown(false) : !isKnown(stated) && isKnown(!stated) ? !stated : stated;

  const looksWide = bytes.length >= 64 && view.getUint16(54, isLittle) === segmentSize(true);
  const looksNarrow = view.getUint16(42, isLittle) === segmentSize(false);
  const statedWide = bytes[4] === 2 ? true : bytes[4] === 1 ? false : undefined;
  const isWide =
    statedWide === undefined ? looksWide || !looksNarrow : looksWide === looksNarrow ? statedWide : looksWide;
  if (bytes.length < headerSize(isWide)) throw malformed('ELF_TRUNCATED', 'the ELF header is cut short');
  return { isWide, isLittle, classDiffers: isWide !== statedWide, orderDiffers: isLittle !== stated };
};

export const parseHeader = (view: ElfView): ElfHeader => {
  const word = view.isWide ? 8 : 4;
  const counts = 24 + 3 * word + 6;
  return {
    type: view.u16(16),
    machine: view.u16(18),
    entry: view.address(24),
    segmentTable: view.word(24 + word),
    sectionTable: view.word(24 + 2 * word),
    segmentEntry: view.u16(counts),
    segmentCount: view.u16(counts + 2),
    sectionEntry: view.u16(counts + 4),
    sectionCount: view.u16(counts + 6),
    sectionNames: view.u16(counts + 8),
  };
};

export const parseSegment = (view: ElfView, at: number): Segment =>
  view.isWide
    ? {
        type: view.u32(at),
        flags: view.u32(at + 4),
        offset: view.word(at + 8),
        address: view.address(at + 16),
        fileSize: view.word(at + 32),
        memorySize: view.word(at + 40),
      }
    : {
        type: view.u32(at),
        offset: view.u32(at + 4),
        address: view.address(at + 8),
        fileSize: view.u32(at + 16),
        memorySize: view.u32(at + 20),
        flags: view.u32(at + 24),
      };

/** `nameTable`: offset of the section names in the file. */
export const parseSection = (view: ElfView, at: number, nameTable: number): Section => {
  const word = view.isWide ? 8 : 4;
  return {
    name: nameTable < 0 ? '' : view.text(nameTable + view.u32(at), 256),
    type: view.u32(at + 4),
    flags: view.word(at + 8),
    address: view.address(at + 8 + word),
    offset: view.word(at + 8 + 2 * word),
    size: view.word(at + 8 + 3 * word),
    link: view.u32(at + 8 + 4 * word),
    info: view.u32(at + 12 + 4 * word),
    entrySize: view.word(at + 16 + 5 * word),
  };
};

export const segmentTypes: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'load',
  2: 'dynamic',
  3: 'interp',
  4: 'note',
  5: 'shlib',
  6: 'phdr',
  7: 'tls',
  0x6474e550: 'gnu-eh-frame',
  0x6474e551: 'gnu-stack',
  0x6474e552: 'gnu-relro',
  0x6474e553: 'gnu-property',
};

export const sectionTypes: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'progbits',
  2: 'symtab',
  3: 'strtab',
  4: 'rela',
  5: 'hash',
  6: 'dynamic',
  7: 'note',
  8: 'nobits',
  9: 'rel',
  11: 'dynsym',
  14: 'init-array',
  15: 'fini-array',
  16: 'preinit-array',
  17: 'group',
  18: 'symtab-shndx',
  0x6ffffff6: 'gnu-hash',
  0x6ffffffd: 'gnu-verdef',
  0x6ffffffe: 'gnu-verneed',
  0x6fffffff: 'gnu-versym',
};

/** The offset in the file of what is mapped at an address; -1 where nothing of the file is. */
export const toOffset = (segments: readonly Segment[], address: bigint): number => {
  for (const { type, address: start, fileSize, offset } of segments)
    if (type === 1 && address >= start && address < start + BigInt(fileSize)) return offset + Number(address - start);
  return -1;
};
