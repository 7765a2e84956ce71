/**
 * A cpio archive as a stream → its entries: the new ASCII format without and with checksums, POSIX.1-1988's odc and the old binary one.
 * The formats are those of cpio(5) and of the Linux kernel's initramfs buffer format.
 */
import type { Budget } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import type { FileEntry, FileHeader, FileType } from '../core/file-entry.ts';
import { malformed, overLimit } from '../core/fault.ts';
import { normalisePath } from '../core/path.ts';
import type { ByteReader } from './byte-reader.ts';
import { nameFromBytes } from './name-bytes.ts';
import type { OnRemark } from './wrapper.ts';

interface RawHeader {
  readonly inode: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly modified: number;
  readonly size: number;
  readonly nameSize: number;
  readonly checksum: number | undefined;
  /** Name and content are padded to a multiple of this many bytes, the name counted with its header. */
  readonly alignment: number;
  readonly headerSize: number;
}

const trailerName = 'TRAILER!!!';

const fileTypes: Readonly<Record<number, FileType>> = {
  0o010000: 'fifo',
  0o020000: 'character-device',
  0o040000: 'directory',
  0o060000: 'block-device',
  0o100000: 'file',
  0o120000: 'symlink',
  0o140000: 'socket',
};

const ascii = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** Headers of a cpio begin with one of these. */
export const isCpio = (head: Uint8Array): boolean => {
  const magic = ascii(head.subarray(0, 6));
  return magic === '070701' || magic === '070702' || magic === '070707' || isBinary(head);
};

const isBinary = (head: Uint8Array): boolean =>
  (head[0] === 0xc7 && head[1] === 0x71) || (head[0] === 0x71 && head[1] === 0xc7);

const numbers = (text: string, start: number, widths: readonly number[], radix: 8 | 16, where: string): number[] => {
  let offset = start;
  return widths.map((width) => {
    const digits = text.slice(offset, offset + width);
    offset += width;
    if (!(radix === 16 ? /^[0-9a-fA-F]+$/ : /^[0-7]+$/).test(digits))
      throw malformed('CPIO_HEADER_INVALID', `"${digits}" in a header is no number`, where);
    return Number.parseInt(digits, radix);
  });
};

const parseNewAscii = (text: string, where: string): RawHeader => {
  const fields = numbers(
    text,
    6,
    Array.from({ length: 13 }, () => 8),
    16,
    where,
  );
  const [inode = 0, mode = 0, uid = 0, gid = 0, links = 0, modified = 0, size = 0, major = 0, minor = 0] = fields;
  return {
    inode: `${major}:${minor}:${inode}`,
    mode,
    uid,
    gid,
    links,
    modified,
    size,
    nameSize: fields[11] ?? 0,
    checksum: text.startsWith('070702') ? (fields[12] ?? 0) : undefined,
    alignment: 4,
    headerSize: 110,
  };
};

const parseOldAscii = (text: string, where: string): RawHeader => {
  const [device = 0, inode = 0, mode = 0, uid = 0, gid = 0, links = 0, , modified = 0, nameSize = 0, size = 0] =
    numbers(text, 6, [6, 6, 6, 6, 6, 6, 6, 11, 6, 11], 8, where);
  return {
    inode: `${device}:${inode}`,
    mode,
    uid,
    gid,
    links,
    modified,
    size,
    nameSize,
    checksum: undefined,
    alignment: 1,
    headerSize: 76,
  };
};

/** Thirteen 16-bit words in the order of the machine that wrote them; 32-bit values have their upper half first (PDP-11). */
const parseBinary = (bytes: Uint8Array): RawHeader => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 26);
  const word = (position: number): number => view.getUint16(position * 2, bytes[0] === 0xc7);
  const long = (position: number): number => word(position) * 65_536 + word(position + 1);
  return {
    inode: `${word(1)}:${word(2)}`,
    mode: word(3),
    uid: word(4),
    gid: word(5),
    links: word(6),
    modified: long(8),
    nameSize: word(10),
    size: long(11),
    checksum: undefined,
    alignment: 2,
    headerSize: 26,
  };
};

const readHeader = async (reader: ByteReader, where: string): Promise<RawHeader> => {
  const magic = await reader.peek(6);
  if (isBinary(magic)) return parseBinary(await reader.read(26));
  const kind = ascii(magic);
  if (kind === '070701' || kind === '070702') return parseNewAscii(ascii(await reader.read(110)), where);
  if (kind === '070707') return parseOldAscii(ascii(await reader.read(76)), where);
  throw malformed('CPIO_HEADER_INVALID', `no cpio header at byte ${reader.position}`, where);
};

const padding = (length: number, alignment: number): number => (alignment - (length % alignment)) % alignment;

const noContent: () => ByteStream = async function* () {};

const toHeader = (raw: RawHeader, path: string): FileHeader => {
  const type = fileTypes[raw.mode & 0o170000] ?? 'file';
  return {
    path,
    type,
    mode: raw.mode & 0o7777,
    uid: raw.uid,
    gid: raw.gid,
    size: type === 'file' ? raw.size : 0,
    modified: raw.modified,
  };
};

/** Content of one entry: read once or skipped, checked where the format has a checksum. */
class Content {
  left: number;
  readonly #reader: ByteReader;
  readonly #expected: number | undefined;
  readonly #damaged: () => void;

  constructor(reader: ByteReader, raw: RawHeader, damaged: () => void) {
    this.#reader = reader;
    this.left = raw.size;
    this.#expected = raw.checksum;
    this.#damaged = damaged;
  }

  async *stream(): ByteStream {
    let sum = 0;
    while (this.left > 0) {
      const bytes = await this.#reader.readSome(this.left);
      if (bytes === undefined) break;
      this.left -= bytes.length;
      if (this.#expected !== undefined) for (const byte of bytes) sum = (sum + byte) >>> 0;
      yield bytes;
    }
    await this.#reader.skip(this.left);
    if (this.#expected !== undefined && sum !== this.#expected) this.#damaged();
  }
}

export interface CpioOptions {
  readonly budget: Budget;
  readonly remark: OnRemark;
}

/**
 * The entries of one archive up to its trailer, which is consumed. Of several links to one file all but the last come without
 * content: they follow the file as hard links to it.
 * @throws {Fault} malformed `CPIO_HEADER_INVALID`, `CPIO_TRUNCATED`; limit
 */
export async function* readCpio(reader: ByteReader, { budget, remark }: CpioOptions): AsyncGenerator<FileEntry> {
  const { where } = budget;
  const say = (code: string, path: string, reason: string, bytes = 0): void =>
    remark({ kind: 'ambiguity', code, where: path, reason, bytes });
  const names = new Set<string>();
  const links = new Map<string, FileHeader[]>();
  for (;;) {
    const raw = await readHeader(reader, where);
    if (raw.nameSize > budget.limits.path) throw overLimit('PATH_TOO_LONG', `a name of ${raw.nameSize} bytes`, where);
    const stored = await reader.read(raw.nameSize);
    const zero = stored.indexOf(0);
    if (zero !== stored.length - 1)
      say('CPIO_NAME_AMBIGUOUS', '', 'a name does not end with its only zero byte', stored.length);
    const name = nameFromBytes(zero < 0 ? stored : stored.subarray(0, zero));
    await reader.skip(padding(raw.headerSize + raw.nameSize, raw.alignment));
    if (name === trailerName) {
      if (raw.size > 0) say('CPIO_TRAILER_DATA', '', 'the end mark has content', raw.size);
      await reader.skip(raw.size + padding(raw.size, raw.alignment));
      break;
    }
    budget.spendEntry();
    const { path, escapes } = normalisePath(name);
    if (escapes) say('PATH_ESCAPES', path, `the name leaves the archive: ${name.slice(0, 200)}`);
    const header = toHeader(raw, path);
    if (names.has(path) && header.type !== 'directory') say('CPIO_NAME_DUPLICATE', path, 'two entries have this name');
    names.add(path);

    if (header.type === 'symlink') {
      if (raw.size > budget.limits.path) throw overLimit('PATH_TOO_LONG', `a link target of ${raw.size} bytes`, where);
      const target = nameFromBytes(await reader.read(raw.size));
      await reader.skip(padding(raw.size, raw.alignment));
      yield { ...header, target, content: noContent };
      continue;
    }
    if (header.type !== 'file') {
      if (raw.size > 0) say('CPIO_ENTRY_DATA', path, `a ${header.type} with content`, raw.size);
      await reader.skip(raw.size + padding(raw.size, raw.alignment));
      yield { ...header, content: noContent };
      continue;
    }
    const isLinked = raw.links > 1;
    if (isLinked && raw.size === 0) {
      const waiting = links.get(raw.inode);
      if (waiting === undefined) links.set(raw.inode, [header]);
      else waiting.push(header);
      continue;
    }
    const content = new Content(reader, raw, () =>
      remark({
        kind: 'gap',
        code: 'CPIO_CHECKSUM_WRONG',
        where: path,
        reason: 'the content does not have the checksum that its header states',
        bytes: raw.size,
      }),
    );
    yield { ...header, content: () => content.stream() };
    await reader.skip(content.left);
    await reader.skip(padding(raw.size, raw.alignment));
    for (const link of links.get(raw.inode) ?? [])
      yield { ...link, type: 'hardlink', target: path, content: noContent };
    links.delete(raw.inode);
  }
  for (const [first, ...others] of links.values()) {
    if (first === undefined) continue;
    yield { ...first, content: noContent };
    for (const link of others) yield { ...link, type: 'hardlink', target: first.path, content: noContent };
  }
}
