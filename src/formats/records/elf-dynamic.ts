/** The dynamic part of an ELF file → what it links with: gABI 4.1 chapter 5, "Dynamic Linking", read as the loader reads it. */
import { symbolSize, toOffset, type ElfView, type Section, type Segment } from './elf.layout.ts';

export interface ElfDynamic {
  readonly needed: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
  /** Libraries that watch every binding of the program (`DT_AUDIT`, `DT_DEPAUDIT`): rare, and loaded like preloads. */
  readonly audit: readonly string[];
  readonly isPie: boolean;
}

export interface ElfSymbols {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** There were more names than the bound. */
  readonly isCut: boolean;
}

const maximumEntries = 4096;
const maximumNames = 20_000;
/** Symbols looked at, named or not: a bound on time where a file states millions. */
const maximumSymbols = 2_000_000;

const tag = {
  needed: 1,
  hash: 4,
  strings: 5,
  symbols: 6,
  soname: 14,
  rpath: 15,
  runpath: 29,
  gnuHash: 0x6ffffef5,
  flags1: 0x6ffffffb,
  dependencyAudit: 0x6ffffefb,
  audit: 0x6ffffefc,
} as const;

/** The table of tags and values at `offset`. Several values of one tag stay in order. */
export const readDynamicTable = (
  view: ElfView,
  offset: number,
  size: number,
): ReadonlyMap<number, readonly bigint[]> => {
  const word = view.isWide ? 8 : 4;
  const table = new Map<number, bigint[]>();
  const count = Math.min(maximumEntries, Math.floor(size / (2 * word)));
  for (let position = 0; position < count; position += 1) {
    const at = offset + position * 2 * word;
    if (!view.holds(at, 2 * word)) break;
    const name = view.word(at);
    if (name === 0) break;
    const values = table.get(name) ?? [];
    values.push(view.address(at + word));
    table.set(name, values);
  }
  return table;
};

export const parseDynamic = (
  view: ElfView,
  segments: readonly Segment[],
  table: ReadonlyMap<number, readonly bigint[]>,
): ElfDynamic => {
  const strings = toOffset(segments, table.get(tag.strings)?.[0] ?? -1n);
  const texts = (name: number): readonly string[] =>
    strings < 0
      ? []
      : (table.get(name) ?? []).slice(0, 1024).map((value) => view.text(strings + Number(value & 0xffffffffn)));
  const [soname] = texts(tag.soname);
  const [rpath] = texts(tag.rpath);
  const [runpath] = texts(tag.runpath);
  return {
    needed: texts(tag.needed),
    ...(soname === undefined ? {} : { soname }),
    ...(rpath === undefined ? {} : { rpath }),
    ...(runpath === undefined ? {} : { runpath }),
    audit: [...texts(tag.audit), ...texts(tag.dependencyAudit)],
    isPie: ((table.get(tag.flags1)?.[0] ?? 0n) & 0x08000000n) !== 0n,
  };
};

/** The number of symbols, which no tag states: from either hash table. The GNU one covers exports only, from `first` on. */
const countSymbols = (
  view: ElfView,
  segments: readonly Segment[],
  table: ReadonlyMap<number, readonly bigint[]>,
): number => {
  const hash = toOffset(segments, table.get(tag.hash)?.[0] ?? -1n);
  if (hash >= 0) return view.u32(hash + 4);
  const gnu = toOffset(segments, table.get(tag.gnuHash)?.[0] ?? -1n);
  if (gnu < 0) return 0;
  const buckets = Math.min(view.u32(gnu), maximumSymbols);
  const first = view.u32(gnu + 4);
  const bucketTable = gnu + 16 + view.u32(gnu + 8) * (view.isWide ? 8 : 4);
  let last = 0;
  for (let bucket = 0; bucket < buckets; bucket += 1) last = Math.max(last, view.u32(bucketTable + bucket * 4));
  if (last < first) return first;
  const chains = bucketTable + buckets * 4;
  for (let steps = 0; steps < maximumSymbols; steps += 1) {
    const at = chains + (last - first) * 4;
    if (!view.holds(at, 4) || (view.u32(at) & 1) === 1) break;
    last += 1;
  }
  return last + 1;
};

const readSymbols = (view: ElfView, symbols: number, count: number, strings: number): ElfSymbols => {
  const size = symbolSize(view.isWide);
  const imports = new Set<string>();
  const exports = new Set<string>();
  let isCut = count > maximumSymbols;
  for (let position = 1; position < Math.min(count, maximumSymbols); position += 1) {
    const at = symbols + position * size;
    if (!view.holds(at, size)) break;
    const info = view.u8(at + (view.isWide ? 4 : 12));
    const section = view.u16(at + (view.isWide ? 6 : 14));
    // Local symbols, sections and source files are not for others.
    if (info >> 4 === 0 || (info & 15) === 3 || (info & 15) === 4) continue;
    const name = view.text(strings + view.u32(at));
    if (name === '') continue;
    const names = section === 0 ? imports : exports;
    if (names.size < maximumNames) names.add(name);
    else isCut = true;
  }
  return { imports: [...imports], exports: [...exports], isCut };
};

/**
 * What the loader binds; where there is nothing to load (an object file, a static program), the symbol table for the linker.
 * Local symbols are left out.
 */
export const parseSymbols = (
  view: ElfView,
  segments: readonly Segment[],
  sections: readonly Section[],
  table: ReadonlyMap<number, readonly bigint[]>,
): ElfSymbols => {
  const dynamicAddress = table.get(tag.symbols)?.[0] ?? -1n;
  const dynamic = toOffset(segments, dynamicAddress);
  const strings = toOffset(segments, table.get(tag.strings)?.[0] ?? -1n);
  if (dynamic >= 0 && strings >= 0) {
    const section = sections.find(({ type, offset }) => type === 11 && offset === dynamic);
    const stated = section === undefined ? 0 : Math.floor(section.size / symbolSize(view.isWide));
    return readSymbols(view, dynamic, Math.max(stated, countSymbols(view, segments, table)), strings);
  }
  const symbols = sections.find(({ type }) => type === 2);
  const names = sections[symbols?.link ?? -1];
  if (symbols === undefined || names === undefined) return { imports: [], exports: [], isCut: false };
  return readSymbols(view, symbols.offset, Math.floor(symbols.size / symbolSize(view.isWide)), names.offset);
};
