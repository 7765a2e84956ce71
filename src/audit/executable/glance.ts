/** ELF bytes → what tells an ordinary program from an odd one, at a few microseconds each; the odd ones are then read in full. */
import {
  detectForm,
  ElfView,
  parseHeader,
  parseSection,
  parseSegment,
  sectionSize,
  segmentSize,
  symbolSize,
  toOffset,
  type ElfHeader,
  type Section,
  type Segment,
} from '../../formats/records/elf.layout.ts';

export interface Glance {
  readonly view: ElfView;
  readonly header: ElfHeader;
  readonly segments: readonly Segment[];
  readonly hasInterpreter: boolean;
  readonly hasDynamic: boolean;
  /** Type 2 or 3: what a kernel or a loader takes. */
  readonly isLoadable: boolean;
  /** Bytes behind the section table where that ends the file's structure; 0 where it is not known. */
  readonly behindSections: number;
  /** The highest entropy of a loaded segment's sample: code, and all others. */
  readonly codeEntropy: number;
  readonly dataEntropy: number;
}

const load = 1;
const maximumSegments = 64;

/** Blocks of a segment that are looked at, and their bytes. */
const sampleBlocks = 8;
const sampleBytes = 512;

const counts = new Uint16Array(256);

/** Bits for each byte of 4 KiB spread over the range. Of random bytes such a sample shows about 7.95. */
export const sampleEntropy = (bytes: Uint8Array, start: number, end: number): number => {
  const length = Math.min(end, bytes.length) - start;
  if (length < sampleBlocks * sampleBytes) return 0;
  counts.fill(0);
  const step = Math.floor((length - sampleBytes) / (sampleBlocks - 1));
  for (let block = 0; block < sampleBlocks; block += 1) {
    const from = start + block * step;
    for (let at = from; at < from + sampleBytes; at += 1) {
      const byte = bytes[at] as number;
      counts[byte] = (counts[byte] as number) + 1;
    }
  }
  let entropy = 0;
  const total = sampleBlocks * sampleBytes;
  for (let byte = 0; byte < 256; byte += 1) {
    const count = counts[byte] as number;
    if (count > 0) entropy -= (count / total) * Math.log2(count / total);
  }
  return entropy;
};

const readSegments = (view: ElfView, header: ElfHeader): readonly Segment[] => {
  const size = segmentSize(view.isWide);
  const count = Math.min(header.segmentCount, maximumSegments);
  const segments: Segment[] = [];
  for (let position = 0; position < count; position += 1) {
    const at = header.segmentTable + position * size;
    if (!view.holds(at, size)) break;
    segments.push(parseSegment(view, at));
  }
  return segments;
};

const glance = (bytes: Uint8Array, fileSize: number): Glance => {
  const { isWide, isLittle } = detectForm(bytes);
  const view = new ElfView(bytes, isWide, isLittle);
  const header = parseHeader(view);
  const segments = readSegments(view, header);
  let [codeEntropy, dataEntropy] = [0, 0];
  for (const { type, flags, offset, fileSize: size } of segments) {
    if (type !== load || offset >= bytes.length) continue;
    const entropy = sampleEntropy(bytes, offset, offset + size);
    if ((flags & 1) === 0) dataEntropy = Math.max(dataEntropy, entropy);
    else codeEntropy = Math.max(codeEntropy, entropy);
  }
  const sectionsEnd = header.sectionTable + header.sectionCount * sectionSize(isWide);
  return {
    view,
    header,
    segments,
    hasInterpreter: segments.some(({ type }) => type === 3),
    hasDynamic: segments.some(({ type }) => type === 2),
    isLoadable: header.type === 2 || header.type === 3,
    behindSections: header.sectionCount === 0 ? 0 : Math.max(0, fileSize - sectionsEnd),
    codeEntropy,
    dataEntropy,
  };
};

/** Of the last content: several inspectors look at it, one after the other. */
let last: { readonly bytes: Uint8Array; readonly fileSize: number; readonly seen: Glance } | undefined;

/**
 * The same for the same view: whoever reuses its memory hands out a new one.
 * @throws {Fault} malformed `ELF_HEADER_INVALID` or `ELF_TRUNCATED`
 */
export const glanceAt = (bytes: Uint8Array, fileSize: number): Glance => {
  if (last?.bytes === bytes && last.fileSize === fileSize) return last.seen;
  const seen = glance(bytes, fileSize);
  last = { bytes, fileSize, seen };
  return seen;
};

const maximumSections = 256;

/** With their names, for the few files of which more must be known. */
export const readSections = ({ view, header }: Glance): readonly Section[] => {
  const size = sectionSize(view.isWide);
  const at = (position: number): number => header.sectionTable + position * size;
  const names = view.holds(at(header.sectionNames), size) ? parseSection(view, at(header.sectionNames), -1).offset : -1;
  return Array.from({ length: Math.min(header.sectionCount, maximumSections) }, (_, position) => at(position))
    .filter((place) => view.holds(place, size))
    .map((place) => parseSection(view, place, names));
};

/** Of the loader's tables: names of all symbols, and the last relocation of each kind. */
export interface LoaderTables {
  /** The names, one zero between each; empty where there are none or too many. */
  readonly names: Buffer;
  /**
   * A function of the file decides at load time which function a symbol means: a symbol of type IFUNC, or for the file's own use an
   * `IRELATIVE` relocation, which linkers put last.
   */
  readonly hasResolver: boolean;
  /** Libraries that watch every binding (`DT_AUDIT`, `DT_DEPAUDIT`). */
  readonly audit: readonly string[];
}

const tag = {
  pltSize: 2,
  strings: 5,
  symbols: 6,
  relocations: 7,
  relocationsSize: 8,
  stringsSize: 10,
  plt: 23,
} as const;
const auditTags: readonly number[] = [0x6ffffefc, 0x6ffffefb];
const longestNames = 256 * 1024;
/** `R_*_IRELATIVE` by machine: x86, x86-64, arm, aarch64, riscv, powerpc64, s390. */
const irelative: Readonly<Record<number, number>> = { 3: 42, 62: 37, 40: 160, 183: 1032, 243: 58, 21: 248, 22: 61 };

const readTags = (view: ElfView, { offset, fileSize }: Segment): ReadonlyMap<number, bigint> => {
  const word = view.isWide ? 8 : 4;
  const tags = new Map<number, bigint>();
  const end = Math.min(offset + fileSize, offset + 512 * word);
  for (let at = offset; at + 2 * word <= end && view.holds(at, 2 * word); at += 2 * word) {
    const name = view.word(at);
    if (name === 0) break;
    if ((name <= 23 || auditTags.includes(name)) && !tags.has(name)) tags.set(name, view.address(at + word));
  }
  return tags;
};

const maximumSymbols = 50_000;
const indirectFunction = 10;

/** Where the symbols for others lie, by the section table or else up to the names, which linkers put behind them. */
const symbolRange = (
  { view, header, segments }: Glance,
  tags: ReadonlyMap<number, bigint>,
): readonly [number, number] => {
  const size = sectionSize(view.isWide);
  for (let position = 0; position < Math.min(header.sectionCount, maximumSections); position += 1) {
    const at = header.sectionTable + position * size;
    if (!view.holds(at, size)) break;
    if (view.u32(at + 4) !== 11) continue;
    const { offset, size: length } = parseSection(view, at, -1);
    return [offset, offset + length];
  }
  return [toOffset(segments, tags.get(tag.symbols) ?? -1n), toOffset(segments, tags.get(tag.strings) ?? -1n)];
};

const hasIndirectSymbol = (of: Glance, tags: ReadonlyMap<number, bigint>): boolean => {
  const { view } = of;
  const [start, end] = symbolRange(of, tags);
  if (start < 0) return false;
  const size = symbolSize(view.isWide);
  const [info, section] = view.isWide ? [4, 6] : [12, 14];
  const last = Math.min(end, start + maximumSymbols * size, view.bytes.length) - size;
  for (let at = start; at <= last; at += size)
    // Its type, and that it is defined here.
    if (((view.bytes[at + info] as number) & 15) === indirectFunction && view.u16(at + section) !== 0) return true;
  return false;
};

const readTables = (of: Glance): LoaderTables => {
  const { view, header, segments } = of;
  const dynamic = segments.find(({ type }) => type === 2);
  if (dynamic === undefined) return { names: Buffer.alloc(0), hasResolver: false, audit: [] };
  const tags = readTags(view, dynamic);
  const start = toOffset(segments, tags.get(tag.strings) ?? -1n);
  const size = Number((tags.get(tag.stringsSize) ?? 0n) & 0xffffffffn);
  const isReadable = start >= 0 && size <= longestNames && view.holds(start, size);
  const names = isReadable ? Buffer.from(view.bytes.buffer, view.bytes.byteOffset + start, size) : Buffer.alloc(0);
  // An entry with addend: offset, info, addend, a word each.
  const word = view.isWide ? 8 : 4;
  const isResolver = (table: number, length: number): boolean => {
    const from = toOffset(segments, tags.get(table) ?? -1n);
    const bytes = Number((tags.get(length) ?? 0n) & 0xffffffffn);
    if (from < 0 || bytes < 3 * word) return false;
    const last = from + bytes - 3 * word;
    const info = view.u32(last + word + (view.isWide && !view.isLittle ? 4 : 0));
    return (view.isWide ? info : info & 255) === irelative[header.machine];
  };
  const audit = auditTags.flatMap((name) => {
    const at = tags.get(name);
    return at === undefined || start < 0 ? [] : [view.text(start + Number(at & 0xffffffffn))];
  });
  return {
    names,
    audit,
    hasResolver:
      isResolver(tag.plt, tag.pltSize) ||
      isResolver(tag.relocations, tag.relocationsSize) ||
      hasIndirectSymbol(of, tags),
  };
};

/** Of the last glance: several inspectors ask, one after the other. */
let lastTables: { readonly of: Glance; readonly tables: LoaderTables } | undefined;

export const readLoaderTables = (of: Glance): LoaderTables => {
  if (lastTables?.of === of) return lastTables.tables;
  const tables = readTables(of);
  lastTables = { of, tables };
  return tables;
};
