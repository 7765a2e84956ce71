/**
 * A program that PyInstaller made → the scripts, modules and libraries frozen into it. The archive (PyInstaller's documentation, "CArchive"
 * and "PYZ") stands at the program's end, before a cookie that says where it begins and where its table of contents lies.
 */
import { inflateSync } from 'node:zlib';
import type { Budget } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import { isFault, malformed, overLimit, type Fault } from '../core/fault.ts';
import type { FileEntry } from '../core/file-entry.ts';
import { normalisePath } from '../core/path.ts';
import { nameFromBytes } from './name-bytes.ts';
import type { OnRemark } from './wrapper.ts';

const cookieMark = Buffer.from('MEI\u000c\u000b\u000a\u000b\u000e', 'latin1');
/** Mark, length of the archive, place and length of the table, Python's version; since 2.1 the name of its library too. */
const shortCookie = 24;
const longCookie = 88;
/** Section tables may follow where the archive was put into a section. */
const tailBytes = 8192;
const entryHeader = 18;

interface Cookie {
  readonly start: number;
  readonly tableAt: number;
  readonly tableSize: number;
}

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const findCookie = (bytes: Buffer): Cookie | undefined => {
  const from = Math.max(0, bytes.length - tailBytes);
  const at = from + bytes.subarray(from).lastIndexOf(cookieMark);
  if (at < from || at + shortCookie > bytes.length) return undefined;
  const [size, table, tableSize] = [
    bytes.readUInt32BE(at + 8),
    bytes.readUInt32BE(at + 12),
    bytes.readUInt32BE(at + 16),
  ];
  for (const cookie of [longCookie, shortCookie]) {
    const start = at + cookie - size;
    const tableAt = start + table;
    if (start < 0 || tableAt + tableSize > at || tableSize < entryHeader) continue;
    const first = bytes.readUInt32BE(tableAt);
    if (first >= entryHeader && first <= tableSize) return { start, tableAt, tableSize };
  }
  return undefined;
};

/** `bytes`: the last of a program that is not at hand as a whole. True for all that `holdsFrozenPython` may be true for. */
export const endsLikeFrozenPython = (bytes: Uint8Array): boolean => {
  const tail = viewOf(bytes.subarray(Math.max(0, bytes.length - tailBytes)));
  const at = tail.lastIndexOf(cookieMark);
  return at >= 0 && at + shortCookie <= tail.length && tail.readUInt32BE(at + 16) >= entryHeader;
};

/** The name under which every version of the runtime tells Python where it unpacked the archive. */
const runtimeName = Buffer.from('_MEIPASS', 'latin1');

/** The runtime before the archive has some hundreds of kilobytes. */
const largestRuntime = 4 * 2 ** 20;

/** `bytes`: the first of a program that is not at hand as a whole. */
export const beginsLikeFrozenPython = (bytes: Uint8Array): boolean =>
  viewOf(bytes.subarray(0, largestRuntime)).includes(runtimeName);

/** `bytes`: the whole program. A mark whose lengths lead nowhere is none. */
export const holdsFrozenPython = (bytes: Uint8Array): boolean => findCookie(viewOf(bytes)) !== undefined;

interface TableEntry {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  readonly unpackedSize: number;
  readonly isPacked: boolean;
  /** `s` a script, `m` and `M` modules, `z` the archive of all others, `b` a library, `x` data. */
  readonly sort: string;
}

function* readTable(bytes: Buffer, { start, tableAt, tableSize }: Cookie, where: string): Generator<TableEntry> {
  const end = tableAt + tableSize;
  for (let at = tableAt; at < end;) {
    const length = at + entryHeader <= end ? bytes.readUInt32BE(at) : 0;
    if (length < entryHeader || at + length > end)
      throw malformed('FROZEN_TABLE_INVALID', `the table of contents breaks off after ${at - tableAt} bytes`, where);
    const name = nameFromBytes(bytes.subarray(at + entryHeader, at + length)).replace(/\0[^]*$/, '');
    yield {
      name,
      at: start + bytes.readUInt32BE(at + 4),
      size: bytes.readUInt32BE(at + 8),
      unpackedSize: bytes.readUInt32BE(at + 12),
      isPacked: bytes[at + 16] === 1,
      sort: String.fromCharCode(bytes[at + 17] ?? 0),
    };
    at += length;
  }
}

/** One member is held whole while it is read. */
const largestMember = 128 * 2 ** 20;

interface Unpacked {
  readonly content: Buffer;
  /** Packed bytes that were used. */
  readonly used: number;
}

/** @throws {Fault} malformed `FROZEN_MEMBER_DAMAGED`, limit `FROZEN_MEMBER_TOO_LARGE`, `UNPACKED_TOO_LARGE`, `RATIO_TOO_HIGH` */
const inflateMember = (packed: Buffer, budget: Budget, where: string): Unpacked => {
  let unpacked: { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  try {
    unpacked = inflateSync(packed, { info: true, maxOutputLength: largestMember }) as unknown as typeof unpacked;
  } catch (thrown) {
    const isLarge = thrown instanceof RangeError;
    if (isLarge) throw overLimit('FROZEN_MEMBER_TOO_LARGE', `a member of more than ${largestMember} bytes`, where);
    throw malformed('FROZEN_MEMBER_DAMAGED', thrown instanceof Error ? thrown.message : String(thrown), where);
  }
  budget.spendBytes(unpacked.buffer.length);
  const used = unpacked.engine.bytesWritten;
  budget.checkRatio(used, unpacked.buffer.length);
  return { content: unpacked.buffer, used };
};

/** What ends one member and not the walk. */
const isMemberDamage = (thrown: unknown): thrown is Fault =>
  isFault(thrown) && (thrown.code === 'FROZEN_MEMBER_DAMAGED' || thrown.code === 'FROZEN_MEMBER_TOO_LARGE');

const fileOf = (path: string, content: Uint8Array): FileEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  modified: 0,
  size: content.length,
  content: async function* (): ByteStream {
    if (content.length > 0) yield content;
  },
});

const modulesMark = Buffer.from('PYZ\0', 'latin1');
const modulesHeader = 12;

/** The archive of modules: packed one behind the other; a table with their names, in Python's own serial form, ends it. */
function* walkModules(bytes: Buffer, path: string, budget: Budget, remark: OnRemark): Generator<FileEntry> {
  if (!bytes.subarray(0, 4).equals(modulesMark) || bytes.length < modulesHeader) {
    remark({
      kind: 'gap',
      code: 'FROZEN_MODULES_UNREADABLE',
      where: path,
      reason: 'it has no header',
      bytes: bytes.length,
    });
    return;
  }
  const end = Math.min(bytes.readUInt32BE(8), bytes.length);
  let at = modulesHeader;
  // Padding of a few bytes stands before the first module, depending on the version.
  const padding = bytes.subarray(modulesHeader, Math.min(end, modulesHeader + 16)).indexOf(0x78);
  at += Math.max(0, padding);
  for (let count = 1; at < end; count += 1) {
    budget.spendEntry();
    const member = `${path}/module-${count}`;
    let unpacked: Unpacked;
    try {
      unpacked = inflateMember(bytes.subarray(at, end), budget, member);
    } catch (thrown) {
      if (!isMemberDamage(thrown)) throw thrown;
      // Up to PyInstaller 5 modules could be encrypted: nothing of them can be read.
      remark({ kind: 'gap', code: 'FROZEN_MODULES_UNREADABLE', where: path, reason: thrown.message, bytes: end - at });
      return;
    }
    yield fileOf(member, unpacked.content);
    at += Math.max(1, unpacked.used);
  }
}

/**
 * Every member once, in the order of the table. `program`: all of its bytes.
 * @throws {Fault} malformed `FROZEN_TABLE_INVALID`, after the members before the damage; limit
 */
export async function* walkFrozenPython(
  program: Uint8Array,
  budget: Budget,
  remark: OnRemark,
): AsyncGenerator<FileEntry> {
  const bytes = viewOf(program);
  const cookie = findCookie(bytes);
  if (cookie === undefined) return;
  for (const { name, at, size, unpackedSize, isPacked, sort } of readTable(bytes, cookie, budget.where)) {
    budget.spendEntry();
    // An option for the runtime has a name and no content.
    if (sort === 'o') continue;
    const { path, escapes } = normalisePath(name === '' ? 'unnamed' : name);
    if (escapes)
      remark({
        kind: 'ambiguity',
        code: 'PATH_ESCAPES',
        where: path,
        reason: `the name leaves the archive: ${name.slice(0, 200)}`,
        bytes: 0,
      });
    if (at + size > cookie.tableAt) {
      remark({
        kind: 'gap',
        code: 'FROZEN_MEMBER_DAMAGED',
        where: path,
        reason: 'it lies outside the archive',
        bytes: size,
      });
      continue;
    }
    const stored = bytes.subarray(at, at + size);
    let content: Uint8Array = stored;
    try {
      if (isPacked) content = inflateMember(stored, budget, path).content;
      else budget.spendBytes(size);
    } catch (thrown) {
      if (!isMemberDamage(thrown)) throw thrown;
      remark({ kind: 'gap', code: thrown.code, where: path, reason: thrown.message, bytes: unpackedSize });
      continue;
    }
    if (sort === 'z') yield* walkModules(viewOf(content), path, budget, remark);
    else yield fileOf(path, content);
  }
}
