/** Members → a zip, honest or lying: every field can be overridden in either of the two headers. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipSpec {
  readonly name: string | Uint8Array;
  readonly content?: string | Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** Packed bytes, when they are not what `method` 0 or 8 makes of the content. */
  readonly packed?: Uint8Array;
  readonly crc?: number;
  readonly size?: number;
  readonly host?: number;
  readonly attributes?: number;
  readonly extra?: Uint8Array;
  readonly localName?: string;
  readonly localMethod?: number;
  readonly localFlags?: number;
  readonly localSize?: number;
  /** Sizes and checksum behind the data, zeros in the local header. */
  readonly descriptor?: 'marked' | 'unmarked';
  /** Bytes before this member's header. */
  readonly before?: Uint8Array;
  /** Left out of the directory. */
  readonly isUnlisted?: boolean;
  /** The directory's offset, when it is not where the member is. */
  readonly offset?: number;
}

export interface ZipOptions {
  readonly comment?: string | Uint8Array;
  /** Bytes before the archive, not counted in its offsets. */
  readonly prefix?: Uint8Array;
  readonly beforeDirectory?: Uint8Array;
  readonly suffix?: Uint8Array;
  /** What the end record counts. */
  readonly count?: number;
  /** Every number in its zip64 form. */
  readonly wide?: boolean;
}

const bytesFrom = (value: string | Uint8Array): Uint8Array => (typeof value === 'string' ? Buffer.from(value) : value);

const record = (...fields: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Buffer => {
  const bytes = Buffer.alloc(fields.reduce((sum, [width]) => sum + width, 0));
  let offset = 0;
  for (const [width, value] of fields) {
    if (width === 8) bytes.writeBigUInt64LE(BigInt(value), offset);
    else bytes.writeUIntLE(width === 2 ? value & 0xffff : value >>> 0, offset, width);
    offset += width;
  }
  return bytes;
};

export const zipOf = (members: readonly ZipSpec[], options: ZipOptions = {}): Buffer => {
  const { prefix = new Uint8Array(0), beforeDirectory = new Uint8Array(0), suffix = new Uint8Array(0), wide } = options;
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  const add = (...bytes: readonly Uint8Array[]): void => {
    for (const part of bytes) {
      parts.push(part);
      offset += part.length;
    }
  };
  for (const member of members) {
    const content = bytesFrom(member.content ?? '');
    const method = member.method ?? 8;
    const packed = member.packed ?? (method === 8 ? deflateRawSync(content) : content);
    const crc = member.crc ?? crc32(content);
    const size = member.size ?? content.length;
    const name = bytesFrom(member.name);
    const flags = (member.flags ?? 0x800) | (member.descriptor === undefined ? 0 : 8);
    const extra = member.extra ?? new Uint8Array(0);
    add(member.before ?? new Uint8Array(0));
    const start = offset;
    const localName = bytesFrom(member.localName ?? member.name);
    const isDeferred = member.descriptor !== undefined;
    add(
      record(
        [4, 0x04034b50],
        [2, 20],
        [2, member.localFlags ?? flags],
        [2, member.localMethod ?? method],
        [2, 0x6000],
        [2, 0x5821],
        [4, isDeferred ? 0 : crc],
        [4, isDeferred ? 0 : packed.length],
        [4, isDeferred ? 0 : (member.localSize ?? size)],
        [2, localName.length],
        [2, extra.length],
      ),
      localName,
      extra,
      packed,
    );
    if (member.descriptor === 'marked') add(record([4, 0x08074b50]));
    if (isDeferred) add(record([4, crc], [4, packed.length], [4, size]));
    if (member.isUnlisted === true) continue;
    const stated = member.offset ?? start;
    const wideExtra =
      wide === true
        ? Buffer.concat([record([2, 1], [2, 24], [8, size], [8, packed.length], [8, stated]), extra])
        : extra;
    directory.push(
      record(
        [4, 0x02014b50],
        [2, ((member.host ?? 3) << 8) | 30],
        [2, 20],
        [2, flags],
        [2, method],
        [2, 0x6000],
        [2, 0x5821],
        [4, crc],
        [4, wide === true ? 0xffffffff : packed.length],
        [4, wide === true ? 0xffffffff : size],
        [2, name.length],
        [2, wideExtra.length],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, member.attributes ?? 0o100644 * 65_536],
        [4, wide === true ? 0xffffffff : stated],
      ),
      name,
      wideExtra,
    );
  }
  add(beforeDirectory);
  const start = offset;
  add(Buffer.concat(directory));
  const length = offset - start;
  const count = options.count ?? members.filter(({ isUnlisted }) => isUnlisted !== true).length;
  if (wide === true) {
    const end64 = offset;
    add(
      record(
        [4, 0x06064b50],
        [8, 44],
        [2, 45],
        [2, 45],
        [4, 0],
        [4, 0],
        [8, count],
        [8, count],
        [8, length],
        [8, start],
      ),
      record([4, 0x07064b50], [4, 0], [8, end64], [4, 1]),
    );
  }
  const comment = bytesFrom(options.comment ?? '');
  add(
    record(
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, wide === true ? 0xffff : count],
      [2, wide === true ? 0xffff : count],
      [4, wide === true ? 0xffffffff : length],
      [4, wide === true ? 0xffffffff : start],
      [2, comment.length],
    ),
    comment,
  );
  return Buffer.concat([prefix, ...parts, suffix]);
};
