/** Code, names, symbols and notes → the contents of an ELF file's sections. ELF gABI 4.1; Go's build information. */
import { seededNumbers } from './seeded.ts';

export type Machine = 'amd64' | 'arm64';

/** `exit(0)`. amd64: xor edi, edi · mov eax, 60 · syscall. arm64: mov x0, 0 · mov x8, 93 · svc 0. */
export const exitAtOnce = {
  amd64: Uint8Array.of(0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05),
  arm64: Uint8Array.of(0x00, 0x00, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4),
} as const;

/** `ret`: all that a library's functions do. */
export const returnAtOnce = { amd64: Uint8Array.of(0xc3), arm64: Uint8Array.of(0xc0, 0x03, 0x5f, 0xd6) } as const;

/** Moves, additions and returns with varying registers: what code looks like to somebody who counts bytes. */
export const fillerCode = (machine: Machine, bytes: number, seed: string): Uint8Array => {
  const next = seededNumbers(seed);
  const code = Buffer.alloc(bytes);
  for (let offset = 0; offset + 8 <= bytes; offset += 8)
    if (machine === 'amd64') {
      code.set(
        [0x48, [0x89, 0x8b, 0x01, 0x29][next(4)] ?? 0x89, 0xc0 | next(64), 0x83, 0xc0 | next(8), next(64)],
        offset,
      );
      code.set(next(16) === 0 ? [0xc3, 0x90] : [0x31, 0xc0 | next(64)], offset + 6);
    } else {
      code.writeUInt32LE((0x91000000 | (next(256) << 10) | (next(31) << 5) | next(31)) >>> 0, offset);
      code.writeUInt32LE(next(16) === 0 ? 0xd65f03c0 : (0xaa0003e0 | (next(31) << 16) | next(31)) >>> 0, offset + 4);
    }
  return code;
};

export const zeroEnded = (texts: readonly string[]): Buffer =>
  Buffer.from(texts.map((text) => `${text}\0`).join(''), 'utf8');

/** A string table and where each of its strings begins. */
export const stringTable = (
  texts: readonly string[],
): { readonly content: Uint8Array; readonly at: (text: string) => number } => {
  const offsets = new Map<string, number>([['', 0]]);
  let size = 1;
  for (const text of texts) {
    if (offsets.has(text)) continue;
    offsets.set(text, size);
    size += Buffer.byteLength(text) + 1;
  }
  return { content: zeroEnded([...offsets.keys()]), at: (text) => offsets.get(text) ?? 0 };
};

export interface Symbol {
  readonly name: number;
  /** Section index; 0: undefined, to be found elsewhere. */
  readonly section: number;
  readonly value: number;
}

/** Entry 0 is empty. Every symbol is a global function. */
export const symbolTable = (symbols: readonly Symbol[]): Uint8Array => {
  const table = Buffer.alloc((symbols.length + 1) * 24);
  for (const [index, { name, section, value }] of symbols.entries()) {
    const entry = table.subarray((index + 1) * 24);
    entry.writeUInt32LE(name, 0);
    entry[4] = 0x12;
    entry.writeUInt16LE(section, 6);
    entry.writeBigUInt64LE(BigInt(value), 8);
    entry.writeBigUInt64LE(section === 0 ? 0n : 4n, 16);
  }
  return table;
};

/** The System V hash table with one bucket: every symbol in one chain. */
export const hashTable = (symbols: number): Uint8Array => {
  const words = [1, symbols + 1, symbols > 0 ? 1 : 0, 0];
  for (let index = 1; index <= symbols; index += 1) words.push(index < symbols ? index + 1 : 0);
  const table = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) table.writeUInt32LE(word, index * 4);
  return table;
};

export const dynamicTable = (pairs: readonly (readonly [number, number])[]): Uint8Array => {
  const table = Buffer.alloc((pairs.length + 1) * 16);
  for (const [index, [tag, value]] of pairs.entries()) {
    table.writeBigUInt64LE(BigInt(tag), index * 16);
    table.writeBigUInt64LE(BigInt(value), index * 16 + 8);
  }
  return table;
};

/** Go 1.18 and later, strings in place: magic, pointer size, flag 2, version and module with their lengths. */
export const goBuildInfo = (module: string): Uint8Array => {
  const counted = (text: string): Uint8Array => {
    const length: number[] = [];
    for (let rest = Buffer.byteLength(text); ; rest >>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    return Buffer.concat([Uint8Array.from(length), Buffer.from(text)]);
  };
  const magic = Buffer.alloc(32);
  magic.write('\xff Go buildinf:', 'latin1');
  magic.set([8, 2], 14);
  const lines = [`path\t${module}`, `mod\t${module}\t(devel)\t`, 'build\tCGO_ENABLED=0', 'build\tGOOS=linux', ''];
  const guard = '0'.repeat(16);
  return Buffer.concat([magic, counted('go1.20.4'), counted(`${guard}${lines.join('\n')}${guard}`)]);
};

export const note = (owner: string, type: number, data: Uint8Array): Uint8Array => {
  const name = Buffer.alloc(Math.ceil((owner.length + 1) / 4) * 4);
  name.write(owner, 'latin1');
  const header = Buffer.alloc(12);
  for (const [index, value] of [owner.length + 1, data.length, type].entries()) header.writeUInt32LE(value, index * 4);
  return Buffer.concat([header, name, data, new Uint8Array((4 - (data.length % 4)) % 4)]);
};
