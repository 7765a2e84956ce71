/** Traits → an ELF-64 program or library that carries them and does nothing: its code ends at once. ELF gABI 4.1. */
import { deflateRawSync } from 'node:zlib';
import {
  dynamicTable,
  exitAtOnce,
  fillerCode,
  goBuildInfo,
  hashTable,
  type Machine,
  note,
  returnAtOnce,
  stringTable,
  type Symbol,
  symbolTable,
  zeroEnded,
} from './elf-tables.ts';
import { seededBytes } from './seeded.ts';

export interface ProgramTraits {
  readonly machine: Machine;
  readonly linkage: 'static' | 'dynamic' | 'library';
  readonly stripped: boolean;
  /** Read-only data, each ended by a zero byte. */
  readonly strings: readonly string[];
  /** Names in the dynamic symbol table without an address. */
  readonly imports: readonly string[];
  /** Names with an address, in every symbol table there is. */
  readonly exports: readonly string[];
  /** DT_NEEDED. */
  readonly libraries: readonly string[];
  /** The compiler's own line in `.comment`; '' for none. */
  readonly compiler: string;
  /** Makes it look like Go: its build information names this module. */
  readonly goModule?: string;
  /** Code that is never reached, so that the size is plausible. */
  readonly kilobytes: number;
  readonly seed: string;
}

interface Section {
  readonly name: string;
  readonly type: number;
  /** SHF_WRITE 1, SHF_ALLOC 2, SHF_EXECINSTR 4. */
  readonly flags: number;
  readonly content: Uint8Array;
  readonly align?: number;
  readonly link?: string;
  readonly info?: number;
  readonly entrySize?: number;
}

interface Placed extends Section {
  readonly offset: number;
  readonly address: number;
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const headerSize = 64;
const segmentSize = 56;
const sectionSize = 64;
const pageSize = 0x1000;
const machineNumbers = { amd64: 62, arm64: 183 } as const;
const interpreters = { amd64: '/lib64/ld-linux-x86-64.so.2', arm64: '/lib/ld-linux-aarch64.so.1' } as const;

const up = (value: number, align: number): number => Math.ceil(value / align) * align;

const progbits = (name: string, flags: number, content: Uint8Array, align = 16): Section => ({
  name,
  type: 1,
  flags,
  content,
  align,
});

/** The sections in file order; `addressOf` needs their places, so it is asked twice: once for the sizes, once for good. */
const sectionsOf = (traits: ProgramTraits, addressOf: (name: string) => number): readonly Section[] => {
  const { machine, linkage, stripped, imports, exports, libraries, compiler, goModule, seed } = traits;
  const isDynamic = linkage !== 'static';
  const start = linkage === 'library' ? returnAtOnce[machine] : exitAtOnce[machine];
  const text = Buffer.concat([
    start,
    new Uint8Array(16 - start.length),
    fillerCode(machine, traits.kilobytes * 1024, seed),
  ]);
  const strings = stringTable([...imports, ...exports, ...libraries]);
  const textIndex = 1 + (isDynamic ? 3 : 0) + (linkage === 'dynamic' ? 1 : 0) + 1;
  const symbols: readonly Symbol[] = [
    ...imports.map((name) => ({ name: strings.at(name), section: 0, value: 0 })),
    ...exports.map((name, index) => ({
      name: strings.at(name),
      section: textIndex,
      value: addressOf('.text') + (linkage === 'library' ? 0 : 16 + index * 8),
    })),
  ];
  const id = Buffer.from(seededBytes(`${seed}/id`, 20));
  const isGo = goModule !== undefined;
  const sections: Section[] = [{ name: '', type: 0, flags: 0, content: new Uint8Array(0), align: 1 }];
  if (linkage === 'dynamic') sections.push(progbits('.interp', 2, zeroEnded([interpreters[machine]]), 1));
  sections.push(
    isGo
      ? {
          name: '.note.go.buildid',
          type: 7,
          flags: 2,
          content: note('Go', 4, Buffer.from(id.toString('base64url'))),
          align: 4,
        }
      : { name: '.note.gnu.build-id', type: 7, flags: 2, content: note('GNU', 3, id), align: 4 },
  );
  if (isDynamic)
    sections.push(
      { name: '.hash', type: 5, flags: 2, content: hashTable(symbols.length), align: 8, link: '.dynsym', entrySize: 4 },
      {
        name: '.dynsym',
        type: 11,
        flags: 2,
        content: symbolTable(symbols),
        align: 8,
        link: '.dynstr',
        info: 1,
        entrySize: 24,
      },
      { name: '.dynstr', type: 3, flags: 2, content: strings.content, align: 1 },
    );
  sections.push(progbits('.text', 6, text), progbits('.rodata', 2, zeroEnded(traits.strings), 32));
  if (isDynamic) {
    const pairs: (readonly [number, number])[] = [
      ...libraries.map((name): readonly [number, number] => [1, strings.at(name)]),
      [4, addressOf('.hash')],
      [5, addressOf('.dynstr')],
      [6, addressOf('.dynsym')],
      [10, strings.content.length],
      [11, 24],
    ];
    sections.push({
      name: '.dynamic',
      type: 6,
      flags: 3,
      content: dynamicTable(pairs),
      align: pageSize,
      link: '.dynstr',
      entrySize: 16,
    });
  }
  if (isGo) sections.push(progbits('.go.buildinfo', 3, goBuildInfo(goModule), isDynamic ? 16 : pageSize));
  if (compiler !== '') sections.push(progbits('.comment', 0, zeroEnded([compiler]), 1));
  if (!stripped)
    sections.push(
      {
        name: '.symtab',
        type: 2,
        flags: 0,
        content: symbolTable(symbols),
        align: 8,
        link: '.strtab',
        info: 1,
        entrySize: 24,
      },
      { name: '.strtab', type: 3, flags: 0, content: strings.content, align: 1 },
    );
  const names = stringTable([...sections.map(({ name }) => name), '.shstrtab']);
  sections.push({ name: '.shstrtab', type: 3, flags: 0, content: names.content, align: 1 });
  return sections;
};

const baseAddress = (linkage: ProgramTraits['linkage']): number => (linkage === 'library' ? 0 : 0x400000);

const segmentCount = ({ linkage, goModule }: ProgramTraits): number =>
  2 + (linkage === 'static' ? (goModule === undefined ? 0 : 1) : 2) + (linkage === 'dynamic' ? 1 : 0);

const placeSections = (sections: readonly Section[], traits: ProgramTraits): readonly Placed[] => {
  const base = baseAddress(traits.linkage);
  let offset = headerSize + segmentCount(traits) * segmentSize;
  return sections.map((section) => {
    if (section.type === 0) return { ...section, offset: 0, address: 0 };
    offset = up(offset, section.align ?? 1);
    const placed = { ...section, offset, address: section.flags & 2 ? base + offset : 0 };
    offset += section.content.length;
    return placed;
  });
};

const writeHeader = (
  file: Buffer,
  traits: Pick<ProgramTraits, 'machine' | 'linkage'>,
  entry: number,
  segments: number,
): void => {
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(traits.linkage === 'library' ? 3 : 2, 16);
  file.writeUInt16LE(machineNumbers[traits.machine], 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(entry), 24);
  file.writeBigUInt64LE(BigInt(headerSize), 32);
  for (const [index, value] of [headerSize, segmentSize, segments].entries()) file.writeUInt16LE(value, 52 + index * 2);
};

const writeSegment = (file: Buffer, index: number, { type, flags, offset, address, size }: Segment): void => {
  const at = headerSize + index * segmentSize;
  file.writeUInt32LE(type, at);
  file.writeUInt32LE(flags, at + 4);
  for (const [position, value] of [offset, address, address, size, size, type === 1 ? pageSize : 8].entries())
    file.writeBigUInt64LE(BigInt(value), at + 8 + position * 8);
};

const segmentsOf = (sections: readonly Placed[], { linkage }: ProgramTraits): readonly Segment[] => {
  const named = (name: string): Placed | undefined => sections.find((section) => section.name === name);
  const over = (type: number, flags: number, parts: readonly Placed[]): readonly Segment[] => {
    const [first, last] = [parts[0], parts.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [
      {
        type,
        flags,
        offset: first.offset,
        address: first.address,
        size: last.offset + last.content.length - first.offset,
      },
    ];
  };
  const interp = named('.interp');
  const dynamic = named('.dynamic');
  const code = over(
    1,
    5,
    sections.filter(({ flags }) => (flags & 3) === 2),
  ).map((segment) => ({
    ...segment,
    offset: 0,
    address: baseAddress(linkage),
    size: segment.offset + segment.size,
  }));
  return [
    ...(interp === undefined ? [] : over(3, 4, [interp])),
    ...code,
    ...over(
      1,
      6,
      sections.filter(({ flags }) => (flags & 3) === 3),
    ),
    ...(dynamic === undefined ? [] : over(2, 6, [dynamic])),
    { type: 0x6474e551, flags: 6, offset: 0, address: 0, size: 0 },
  ];
};

export const writeProgram = (traits: ProgramTraits): Uint8Array => {
  const drafted = placeSections(
    sectionsOf(traits, () => 0),
    traits,
  );
  const addressOf = (name: string): number => drafted.find((section) => section.name === name)?.address ?? 0;
  const sections = placeSections(sectionsOf(traits, addressOf), traits);
  const last = sections.at(-1);
  const tableAt = up((last?.offset ?? 0) + (last?.content.length ?? 0), 8);
  const file = Buffer.alloc(tableAt + sections.length * sectionSize);
  const segments = segmentsOf(sections, traits);
  writeHeader(file, traits, traits.linkage === 'library' ? 0 : addressOf('.text'), segments.length);
  for (const [index, segment] of segments.entries()) writeSegment(file, index, segment);
  const names = stringTable([...sections.slice(0, -1).map(({ name }) => name), '.shstrtab']);
  for (const [index, section] of sections.entries()) {
    file.set(section.content, section.offset);
    const at = tableAt + index * sectionSize;
    file.writeUInt32LE(names.at(section.name), at);
    file.writeUInt32LE(section.type, at + 4);
    const link = section.link === undefined ? 0 : sections.findIndex(({ name }) => name === section.link);
    file.writeUInt32LE(link, at + 40);
    file.writeUInt32LE(section.info ?? 0, at + 44);
    const wide = [section.flags, section.address, section.offset, section.content.length];
    for (const [position, value] of wide.entries()) file.writeBigUInt64LE(BigInt(value), at + 8 + position * 8);
    file.writeBigUInt64LE(BigInt(section.align ?? 1), at + 48);
    file.writeBigUInt64LE(BigInt(section.entrySize ?? 0), at + 56);
  }
  file.writeBigUInt64LE(BigInt(tableAt), 40);
  for (const [index, value] of [sectionSize, sections.length, sections.length - 1].entries())
    file.writeUInt16LE(value, 58 + index * 2);
  return file;
};

/** The front of a packed program: no sections, one segment with everything, to run, and one to unpack into. */
export const programHeaders = {
  length: (segments: number): number => headerSize + segments * segmentSize,
  /** `entry` and `size`: offsets in the file. */
  write: (machine: Machine, entry: number, size: number): Buffer => {
    const front = Buffer.alloc(programHeaders.length(2));
    const base = baseAddress('static');
    writeHeader(front, { machine, linkage: 'static' }, base + entry, 2);
    writeSegment(front, 0, { type: 1, flags: 5, offset: 0, address: base, size });
    writeSegment(front, 1, { type: 1, flags: 6, offset: 0, address: base + up(size, pageSize), size: 0 });
    return front;
  },
} as const;

/** A program behind a packer of its maker's own: noise that says nothing to anybody else. The code ends at once. */
export const packProgram = (program: Uint8Array, machine: Machine, seed: string): Uint8Array => {
  const body = Buffer.from(deflateRawSync(program));
  const key = seededBytes(`${seed}/pack`, 4096);
  for (let index = 0; index < body.length; index += 1)
    body[index] = (body[index] ?? 0) ^ (key[index % key.length] ?? 0);
  const code = exitAtOnce[machine];
  const start = programHeaders.length(2);
  return Buffer.concat([programHeaders.write(machine, start, start + code.length + body.length), code, body]);
};
