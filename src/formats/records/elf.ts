/** ELF bytes → an ElfRecord: what a program, library or object file is, links with and hides; gABI 4.1 and the Linux extensions. */
import { parseDynamic, parseSymbols, readDynamicTable, type ElfDynamic, type ElfSymbols } from './elf-dynamic.ts';
import {
  entropyOf,
  findPackers,
  parseComments,
  parseGoBuild,
  parseNotes,
  type ElfNotes,
  type GoBuild,
} from './elf-traits.ts';
import {
  detectForm,
  ElfView,
  headerSize,
  machineNames,
  parseHeader,
  parseSection,
  parseSegment,
  sectionSize,
  sectionTypes,
  segmentSize,
  segmentTypes,
  toOffset,
  type ElfHeader,
  type Section,
  type Segment,
} from './elf.layout.ts';

export interface ElfSegment {
  readonly type: string;
  /** `rwx`, with `-` for what is missing. */
  readonly flags: string;
  readonly offset: number;
  readonly address: string;
  readonly fileSize: number;
  readonly memorySize: number;
  /** Of loaded segments, bits for each byte. */
  readonly entropy?: number;
}

export interface ElfSection {
  readonly name: string;
  readonly type: string;
  /** `w` writable, `a` loaded, `x` executable. */
  readonly flags: string;
  readonly offset: number;
  readonly size: number;
}

/** Something that no linker makes. `code` is `ELF_PROBLEM`. */
export interface ElfAnomaly {
  readonly code: string;
  readonly text: string;
}

/** Plain data. Addresses are hexadecimal text: they need 64 bits. */
export interface ElfRecord extends ElfDynamic, ElfSymbols, ElfNotes {
  readonly bits: 32 | 64;
  readonly byteOrder: 'little' | 'big';
  readonly type: 'relocatable' | 'executable' | 'shared' | 'core' | 'other';
  readonly machine: string;
  readonly entry: string;
  /** Where in the file execution starts; absent when no loaded part of the file is there. */
  readonly entryOffset?: number;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  readonly interpreter?: string;
  readonly comments: readonly string[];
  readonly isStatic: boolean;
  readonly isStripped: boolean;
  readonly go?: GoBuild;
  /** Names that packers leave, and code that looks packed. */
  readonly packers: readonly string[];
  /** Bytes behind everything that the tables describe. */
  readonly overlay?: { readonly offset: number; readonly size: number };
  readonly anomalies: readonly ElfAnomaly[];
}

const maximumSegments = 4096;
const maximumSections = 65_536;

const load = 1;
const interp = 3;
const gnuStack = 0x6474e551;
const noBits = 8;

const types: Readonly<Record<number, ElfRecord['type']>> = {
  1: 'relocatable',
  2: 'executable',
  3: 'shared',
  4: 'core',
};

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const segmentFlags = (flags: number): string =>
  `${(flags & 4) === 0 ? '-' : 'r'}${(flags & 2) === 0 ? '-' : 'w'}${(flags & 1) === 0 ? '-' : 'x'}`;
const sectionFlags = (flags: number): string =>
  `${(flags & 1) === 0 ? '-' : 'w'}${(flags & 2) === 0 ? '-' : 'a'}${(flags & 4) === 0 ? '-' : 'x'}`;

type Say = (code: string, text: string) => void;

const readSegments = (view: ElfView, header: ElfHeader, firstSection: Section | undefined, say: Say): Segment[] => {
  // gABI: 0xffff means that the count is in the first section's sh_info.
  const { segmentTable: table, segmentCount: stated } = header;
  const size = segmentSize(view.isWide);
  if (stated === 0) return [];
  if (header.segmentEntry !== size) say('ELF_SEGMENTS_INVALID', `program headers of ${header.segmentEntry} bytes`);
  const count = stated === 0xffff && firstSection !== undefined ? firstSection.info : stated;
  const segments: Segment[] = [];
  for (let position = 0; position < Math.min(count, maximumSegments); position += 1) {
    if (!view.holds(table + position * size, size)) {
      say('ELF_SEGMENTS_TRUNCATED', `${count} program headers are stated, ${position} are there`);
      break;
    }
    segments.push(parseSegment(view, table + position * size));
  }
  return segments;
};

const readSections = (view: ElfView, header: ElfHeader, say: Say): Section[] => {
  const { sectionTable: table } = header;
  const size = sectionSize(view.isWide);
  if (table === 0) return [];
  if (!view.holds(table, size)) {
    say('ELF_SECTIONS_TRUNCATED', 'the section table lies outside the file');
    return [];
  }
  const first = parseSection(view, table, -1);
  const count = header.sectionCount === 0 ? first.size : header.sectionCount;
  const names = header.sectionNames === 0xffff ? first.link : header.sectionNames;
  const nameSection = table + names * size;
  const nameTable = names > 0 && view.holds(nameSection, size) ? parseSection(view, nameSection, -1).offset : -1;
  const sections: Section[] = [];
  for (let position = 0; position < Math.min(count, maximumSections); position += 1) {
    if (!view.holds(table + position * size, size)) {
      say('ELF_SECTIONS_TRUNCATED', `${count} sections are stated, ${position} are there`);
      break;
    }
    sections.push(parseSection(view, table + position * size, nameTable));
  }
  return sections;
};

const checkSegments = (view: ElfView, segments: readonly Segment[], say: Say): void => {
  let previous = -1n;
  for (const { type, flags, offset, fileSize, memorySize, address } of segments) {
    if (type === gnuStack && (flags & 1) !== 0) say('ELF_STACK_EXECUTABLE', 'the stack is executable');
    if (type !== load) continue;
    if (!view.holds(offset, fileSize))
      say('ELF_SEGMENT_OUTSIDE', `a segment reaches past the end of the file (${offset} + ${fileSize})`);
    if (fileSize > memorySize) say('ELF_SEGMENT_INVALID', 'a segment has more bytes in the file than in memory');
    if ((flags & 3) === 3) say('ELF_WRITABLE_CODE', `the segment at ${hex(address)} is writable and executable`);
    // gABI: loadable segments are in ascending order. Infectors that turn a note into code break it.
    if (address < previous) say('ELF_LOAD_ORDER', `the segment at ${hex(address)} is out of order`);
    previous = address;
  }
};

const readInterpreter = (view: ElfView, segments: readonly Segment[], say: Say): string | undefined => {
  const found = segments.filter(({ type }) => type === interp);
  const [first] = found;
  if (first === undefined) return undefined;
  if (found.length > 1) say('ELF_INTERPRETERS_SEVERAL', `${found.length} interpreters are named`);
  const text = view.text(first.offset, Math.min(first.fileSize, 4096));
  if (view.u8(first.offset + first.fileSize - 1) !== 0)
    say('ELF_INTERPRETER_INVALID', 'the interpreter’s name has no end');
  return text;
};

const checkEntry = (header: ElfHeader, segments: readonly Segment[], say: Say): void => {
  if ((header.type !== 2 && header.type !== 3) || header.entry === 0n || segments.length === 0) return;
  const home = segments.find(
    ({ type, address, memorySize }) =>
      type === load && header.entry >= address && header.entry < address + BigInt(memorySize),
  );
  if (home === undefined || (home.flags & 1) === 0)
    say('ELF_ENTRY_OUTSIDE_CODE', `execution starts at ${hex(header.entry)}, where no code is loaded`);
};

const endOfContent = (
  view: ElfView,
  header: ElfHeader,
  segments: readonly Segment[],
  sections: readonly Section[],
): number => {
  let end = headerSize(view.isWide);
  const reach = (offset: number, size: number): void => {
    if (size > 0) end = Math.max(end, offset + size);
  };
  reach(header.segmentTable, segments.length * segmentSize(view.isWide));
  reach(header.sectionTable, sections.length * sectionSize(view.isWide));
  for (const { offset, fileSize } of segments) reach(offset, fileSize);
  for (const { type, offset, size } of sections) if (type !== noBits && type !== 0) reach(offset, size);
  return end;
};

const readDynamic = (
  view: ElfView,
  segments: readonly Segment[],
  sections: readonly Section[],
  say: Say,
): ReadonlyMap<number, readonly bigint[]> => {
  const segment = segments.find(({ type }) => type === 2);
  const section = sections.find(({ type }) => type === 6);
  if (segment !== undefined && section !== undefined && segment.offset !== section.offset)
    say('ELF_DYNAMIC_DISAGREES', 'the loader’s dynamic table is not the one that the sections show');
  if (segment === undefined) return new Map();
  return readDynamicTable(view, segment.offset, segment.fileSize);
};

/**
 * Reads as much as the bytes hold; what they lack or contradict is an anomaly. Never more work than the bounds on tables and names allow.
 * @throws {Fault} malformed `ELF_HEADER_INVALID` (no magic) or `ELF_TRUNCATED` (not even a header)
 */
export const parseElf = (bytes: Uint8Array): ElfRecord => {
  const anomalies: ElfAnomaly[] = [];
  const say: Say = (code, text) => {
    if (anomalies.length < 64) anomalies.push({ code, text });
  };
  const form = detectForm(bytes);
  const view = new ElfView(bytes, form.isWide, form.isLittle);
  if (form.classDiffers) say('ELF_CLASS_DISAGREES', 'the header is laid out for the other word size than it says');
  if (form.orderDiffers) say('ELF_BYTE_ORDER_DISAGREES', 'the header is written in the other byte order than it says');
  if (bytes.subarray(9, 16).some((byte) => byte !== 0))
    say('ELF_IDENT_PADDING', 'the identification’s padding is not zero');

  const header = parseHeader(view);
  const sections = readSections(view, header, say);
  const segments = readSegments(view, header, sections[0], say);
  checkSegments(view, segments, say);
  checkEntry(header, segments, say);
  const type = types[header.type] ?? 'other';
  if ((type === 'executable' || type === 'shared') && sections.length === 0)
    say('ELF_NO_SECTIONS', 'a program without a section table');

  const table = readDynamic(view, segments, sections, say);
  const dynamic = parseDynamic(view, segments, table);
  const interpreter = readInterpreter(view, segments, say);
  const go = parseGoBuild(view, segments, sections);
  const entryOffset = toOffset(segments, header.entry);
  const shownSegments = segments.map((segment): ElfSegment => {
    const { offset, fileSize } = segment;
    return {
      type: segmentTypes[segment.type] ?? hex(BigInt(segment.type)),
      flags: segmentFlags(segment.flags),
      offset,
      address: hex(segment.address),
      fileSize,
      memorySize: segment.memorySize,
      ...(segment.type === load && fileSize > 0
        ? { entropy: entropyOf(bytes.subarray(Math.min(offset, bytes.length), offset + fileSize)) }
        : {}),
    };
  });
  const end = endOfContent(view, header, segments, sections);
  return {
    bits: form.isWide ? 64 : 32,
    byteOrder: form.isLittle ? 'little' : 'big',
    type,
    machine: machineNames[header.machine] ?? `number ${header.machine}`,
    entry: hex(header.entry),
    ...(entryOffset < 0 ? {} : { entryOffset }),
    segments: shownSegments,
    sections: sections.map(({ name, type, flags, offset, size }) => ({
      name,
      type: sectionTypes[type] ?? hex(BigInt(type)),
      flags: sectionFlags(flags),
      offset,
      size,
    })),
    ...dynamic,
    ...parseSymbols(view, segments, sections, table),
    ...(interpreter === undefined ? {} : { interpreter }),
    ...parseNotes(view, segments, sections),
    comments: parseComments(view, sections),
    isStatic: (type === 'executable' || dynamic.isPie) && interpreter === undefined && dynamic.needed.length === 0,
    isStripped: type !== 'relocatable' && !sections.some((section) => section.type === 2),
    ...(go === undefined ? {} : { go }),
    packers: findPackers(view, shownSegments, sections),
    ...(end < bytes.length ? { overlay: { offset: end, size: bytes.length - end } } : {}),
    anomalies,
  };
};
