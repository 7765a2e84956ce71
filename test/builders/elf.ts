/** An ELF file made by hand, in any class and byte order: a program that loads one segment and ends. */

export interface ElfSpec {
  readonly isWide?: boolean;
  readonly isLittle?: boolean;
  readonly type?: number;
  readonly machine?: number;
  readonly entry?: number;
  /** EI_CLASS and EI_DATA, when they lie. */
  readonly classByte?: number;
  readonly orderByte?: number;
  /** Flags of the loaded segment: 4 read, 2 write, 1 execute. */
  readonly flags?: number;
  readonly fileSize?: number;
  readonly interpreter?: string;
  readonly isStackExecutable?: boolean;
  readonly note?: { readonly owner: string; readonly type: number; readonly data: Uint8Array };
  readonly libraries?: readonly string[];
  readonly runpath?: string;
  readonly overlay?: Uint8Array;
  readonly second?: { readonly address: number };
}

const base = 0x400000;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly content?: Uint8Array;
  readonly address?: number;
  readonly fileSize?: number;
}

export const elfOf = (spec: ElfSpec = {}): Buffer => {
  const { isWide = true, isLittle = true, overlay = new Uint8Array(0) } = spec;
  const word = isWide ? 8 : 4;
  const put = (bytes: Buffer, offset: number, width: number, value: number): number => {
    if (width === 8) {
      if (isLittle) bytes.writeBigUInt64LE(BigInt(value), offset);
      else bytes.writeBigUInt64BE(BigInt(value), offset);
    } else if (isLittle) bytes.writeUIntLE(value, offset, width);
    else bytes.writeUIntBE(value, offset, width);
    return offset + width;
  };
  const pack = (width: number, ...values: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(width * values.length);
    for (const [position, value] of values.entries()) put(bytes, position * width, width, value);
    return bytes;
  };

  const segments: Segment[] = [{ type: 1, flags: spec.flags ?? 5 }];
  if (spec.second !== undefined)
    segments.push({ type: 1, flags: 4, address: spec.second.address, content: Buffer.from('data') });
  if (spec.interpreter !== undefined)
    segments.push({ type: 3, flags: 4, content: Buffer.from(`${spec.interpreter}\0`) });
  if (spec.isStackExecutable !== undefined) segments.push({ type: 0x6474e551, flags: spec.isStackExecutable ? 7 : 6 });
  if (spec.note !== undefined) {
    const owner = Buffer.from(`${spec.note.owner}\0`);
    const data = Buffer.from(spec.note.data);
    const head = pack(4, owner.length, data.length, spec.note.type);
    const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
    segments.push({ type: 4, flags: 4, content: Buffer.concat([head, pad(owner), pad(data)]) });
  }
  const hasDynamic = spec.libraries !== undefined || spec.runpath !== undefined;
  if (hasDynamic) segments.push({ type: 2, flags: 6 });

  const headerSize = isWide ? 64 : 52;
  const segmentSize = isWide ? 56 : 32;
  let offset = headerSize + segments.length * segmentSize;
  const contents: Buffer[] = [];
  const place = (content: Uint8Array): number => {
    const start = offset;
    contents.push(Buffer.from(content));
    offset += content.length;
    return start;
  };
  place(Buffer.alloc((16 - (offset % 16)) % 16));
  const code = place(Buffer.alloc(16, 0x90));

  let dynamic = { start: 0, size: 0 };
  if (hasDynamic) {
    const names = [...(spec.libraries ?? []), spec.runpath ?? ''];
    const strings = place(Buffer.from(`\0${names.join('\0')}\0`));
    const offsets = names.map(
      (_, position) =>
        1 +
        Buffer.byteLength(
          names
            .slice(0, position)
            .map((name) => `${name}\0`)
            .join(''),
        ),
    );
    const entries = [
      ...(spec.libraries ?? []).flatMap((_, position) => [1, offsets[position] ?? 0]),
      ...(spec.runpath === undefined ? [] : [29, offsets.at(-1) ?? 0]),
      5,
      base + strings,
      0,
      0,
    ];
    const table = pack(word, ...entries);
    dynamic = { start: place(table), size: table.length };
  }

  const table = segments.map((segment, position) => {
    const { type, flags, content } = segment;
    const start = position === 0 ? 0 : type === 2 ? dynamic.start : content === undefined ? 0 : place(content);
    return {
      type,
      flags,
      start,
      size: type === 2 ? dynamic.size : (content?.length ?? 0),
      address: segment.address ?? base + start,
    };
  });
  const loaded = offset;
  const headers = table.map(({ type, flags, start, size, address }, position) => {
    const fileSize = position === 0 ? (spec.fileSize ?? loaded) : size;
    return isWide
      ? Buffer.concat([
          pack(4, type, flags),
          pack(8, start, address, address, fileSize, Math.max(fileSize, position === 0 ? loaded : size), 16),
        ])
      : pack(4, type, start, address, address, fileSize, Math.max(fileSize, position === 0 ? loaded : size), flags, 16);
  });

  const ident = Buffer.from([
    0x7f,
    0x45,
    0x4c,
    0x46,
    spec.classByte ?? (isWide ? 2 : 1),
    spec.orderByte ?? (isLittle ? 1 : 2),
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ]);
  const header = Buffer.concat([
    ident,
    pack(2, spec.type ?? 2, spec.machine ?? (isWide ? 62 : 3)),
    pack(4, 1),
    pack(word, spec.entry ?? base + code, headerSize, 0),
    pack(4, 0),
    pack(2, headerSize, segmentSize, segments.length, 0, 0, 0),
  ]);
  return Buffer.concat([header, ...headers, ...contents, overlay]);
};
