/** A 64-bit little-endian ELF program or library of given segments, with a dynamic table of given names: nothing in it can run. */

export interface ProgramSpec {
  readonly type?: 2 | 3;
  readonly machine?: number;
  readonly interpreter?: string;
  /** Loaded segments, in file order; flags 4 read, 2 write, 1 execute. */
  readonly segments?: readonly { readonly flags: number; readonly content: Uint8Array }[];
  /** Which of them holds the first instruction. */
  readonly entry?: number;
  readonly sections?: number;
  readonly soname?: string;
  readonly audit?: string;
  readonly imports?: readonly string[];
  readonly exports?: readonly string[];
  /** Exports are resolved by a function while they are loaded. */
  readonly isIndirect?: boolean;
  /** Type of the last relocation. */
  readonly relocation?: number;
  readonly behind?: Uint8Array;
}

const words = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [position, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * position);
  return bytes;
};

const base = 0x400000;

const dynamicOf = (
  spec: ProgramSpec,
  at: number,
): { readonly bytes: Buffer; readonly table: number; readonly size: number } | undefined => {
  const { soname, audit, imports = [], exports = [], relocation } = spec;
  if (soname === undefined && audit === undefined && imports.length + exports.length === 0 && relocation === undefined)
    return undefined;
  const names = [...imports, ...exports, soname ?? '', audit ?? ''];
  const strings = Buffer.from(`\0${names.join('\0')}\0`);
  const offsetOf = (position: number): number =>
    1 + names.slice(0, position).reduce((sum, name) => sum + name.length + 1, 0);
  const symbols = [...imports, ...exports].map((_, position) => {
    const symbol = Buffer.alloc(24);
    symbol.writeUInt32LE(offsetOf(position), 0);
    // A global function, or a global indirect one.
    symbol.writeUInt8(spec.isIndirect === true && position >= imports.length ? 0x1a : 0x12, 4);
    symbol.writeUInt16LE(position < imports.length ? 0 : 1, 6);
    return symbol;
  });
  const table = Buffer.concat([Buffer.alloc(24), ...symbols]);
  const hash = Buffer.alloc(16);
  hash.writeUInt32LE(1, 0);
  hash.writeUInt32LE(symbols.length + 1, 4);
  const relocations = relocation === undefined ? Buffer.alloc(0) : words(base, relocation, 0);
  const [tableAt, hashAt, relocationsAt] = [at, at + table.length, at + table.length + hash.length];
  const stringsAt = relocationsAt + relocations.length;
  const dynamicAt = Math.ceil((stringsAt + strings.length) / 8) * 8;
  const dynamic = words(
    5,
    base + stringsAt,
    10,
    strings.length,
    6,
    base + tableAt,
    4,
    base + hashAt,
    ...(relocation === undefined ? [] : [7, base + relocationsAt, 8, relocations.length]),
    ...(soname === undefined ? [] : [14, offsetOf(names.length - 2)]),
    ...(audit === undefined ? [] : [0x6ffffefc, offsetOf(names.length - 1)]),
    0,
    0,
  );
  const gap = Buffer.alloc(dynamicAt - stringsAt - strings.length);
  return {
    bytes: Buffer.concat([table, hash, relocations, strings, gap, dynamic]),
    table: dynamicAt,
    size: dynamic.length,
  };
};

export const programOf = (spec: ProgramSpec = {}): Buffer => {
  const { segments = [{ flags: 5, content: Buffer.alloc(64, 0x90) }], sections = 0, behind = new Uint8Array(0) } = spec;
  const interpreter = Buffer.from(spec.interpreter === undefined ? '' : `${spec.interpreter}\0`);
  const start = 64 + 56 * (segments.length + 3);
  let offset = start + interpreter.length;
  const places = segments.map(({ content }) => {
    const at = offset;
    offset += content.length;
    return at;
  });
  const dynamicAt = Math.ceil(offset / 8) * 8;
  const dynamic = dynamicOf(spec, dynamicAt);
  const end = dynamic === undefined ? offset : dynamicAt + dynamic.bytes.length;
  const header = (type: number, flags: number, at: number, size: number): Buffer => {
    const bytes = Buffer.alloc(56);
    bytes.writeUInt32LE(type, 0);
    bytes.writeUInt32LE(flags, 4);
    words(at, base + at, base + at, size, size, 1).copy(bytes, 8);
    return bytes;
  };
  const headers = [
    ...(spec.interpreter === undefined ? [] : [header(3, 4, start, interpreter.length)]),
    ...segments.map(({ flags, content }, position) => header(1, flags, places[position] ?? 0, content.length)),
    ...(dynamic === undefined
      ? []
      : [header(1, 4, dynamicAt, dynamic.bytes.length), header(2, 6, dynamic.table, dynamic.size)]),
  ];
  const ident = Buffer.alloc(64);
  ident.write('\u007fELF\u0002\u0001\u0001', 'latin1');
  ident.writeUInt16LE(spec.type ?? 2, 16);
  ident.writeUInt16LE(spec.machine ?? 62, 18);
  ident.writeUInt32LE(1, 20);
  words(base + (places[spec.entry ?? 0] ?? 0), 64, sections === 0 ? 0 : end).copy(ident, 24);
  ident.writeUInt16LE(64, 52);
  ident.writeUInt16LE(56, 54);
  ident.writeUInt16LE(headers.length, 56);
  ident.writeUInt16LE(64, 58);
  ident.writeUInt16LE(sections, 60);
  const content = Buffer.alloc(end);
  for (const [position, part] of [ident, ...headers].entries())
    part.copy(content, position === 0 ? 0 : 8 + 56 * position);
  interpreter.copy(content, start);
  for (const [position, { content: bytes }] of segments.entries()) content.set(bytes, places[position]);
  dynamic?.bytes.copy(content, dynamicAt);
  return Buffer.concat([content, Buffer.alloc(64 * sections), behind]);
};

/** The build information that Go leaves at the start of a program's writable data (debug/buildinfo), for a program of that main package. */
export const goProgramOf = (path: string): Buffer => {
  const head = Buffer.alloc(32);
  head.write('\u00ff Go buildinf:', 'latin1');
  head.writeUInt8(8, 14);
  head.writeUInt8(2, 15);
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  const data = Buffer.concat([head, text('go1.22.0'), text(`path\t${path}\nmod\tx\t(devel)\n`), Buffer.alloc(64)]);
  return programOf({
    sections: 2,
    segments: [
      { flags: 5, content: Buffer.alloc(5000, 'code') },
      { flags: 6, content: data },
    ],
  });
};
