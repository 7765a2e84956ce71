/** Ar → its members: the System V and GNU variants, BSD's long names and thin archives (ar(5)); a Debian package is one (deb(5)). */
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { normalisePath } from '../../core/path.ts';
import { ByteReader } from '../byte-reader.ts';
import { nameFromBytes } from '../name-bytes.ts';
import type { Tree } from '../tree.ts';
import type { OnRemark } from '../wrapper.ts';

const magic = '!<arch>\n';
const thinMagic = '!<thin>\n';
const headerSize = 60;

const latin = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

interface MemberHeader {
  readonly name: string;
  readonly rawName: Uint8Array;
  readonly modified: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly size: number;
}

/** Blank fields of symbol tables are 0. */
const parseNumber = (text: string, radix: 8 | 10, where: string): number => {
  const digits = text.trim();
  if (digits === '') return 0;
  if (!(radix === 10 ? /^-?[0-9]+$/ : /^[0-7]+$/).test(digits))
    throw malformed('AR_HEADER_INVALID', `"${digits}" in a header is no number`, where);
  return Number.parseInt(digits, radix);
};

const parseHeader = (bytes: Uint8Array, where: string): MemberHeader => {
  if (bytes[58] !== 0x60 || bytes[59] !== 0x0a)
    throw malformed('AR_HEADER_INVALID', 'a member header does not end with its mark', where);
  const text = latin(bytes);
  const size = parseNumber(text.slice(48, 58), 10, where);
  if (size < 0) throw malformed('AR_HEADER_INVALID', 'a member has a negative size', where);
  return {
    name: text.slice(0, 16).trimEnd(),
    rawName: Uint8Array.from(bytes.subarray(0, 16)),
    modified: parseNumber(text.slice(16, 28), 10, where),
    uid: parseNumber(text.slice(28, 34), 10, where),
    gid: parseNumber(text.slice(34, 40), 10, where),
    mode: parseNumber(text.slice(40, 48), 8, where) & 0o7777,
    size,
  };
};

/** Tables for the linker; their content is names and offsets. */
const isSymbolTable = (name: string): boolean =>
  name === '/' || name === '/SYM64/' || name === '__.SYMDEF' || name === '__.SYMDEF SORTED';

const trimName = (bytes: Uint8Array): string => nameFromBytes(bytes).replace(/ +$/, '').replace(/\/$/, '');

/** `/123` → the name at that place of the GNU name table, which ends with `/` and a line end. */
const longName = (table: Uint8Array, offset: number, where: string): string => {
  if (offset >= table.length) throw malformed('AR_NAME_INVALID', 'a member’s name lies outside the name table', where);
  const end = table.indexOf(0x0a, offset);
  return nameFromBytes(table.subarray(offset, end < 0 ? table.length : end)).replace(/\/$/, '');
};

const noContent: () => ByteStream = async function* () {};

const sayAmbiguous = (remark: OnRemark, code: string, where: string, reason: string, bytes = 0): void =>
  remark({ kind: 'ambiguity', code, where, reason, bytes });

async function* walkAr(stream: ByteStream, budget: Budget, remark: OnRemark): AsyncGenerator<FileEntry> {
  const { where, limits } = budget;
  const reader = new ByteReader(stream, where, 'AR_TRUNCATED');
  const start = latin(await reader.read(magic.length));
  if (start !== magic && start !== thinMagic) throw malformed('AR_HEADER_INVALID', 'no ar archive', where);
  const isThin = start === thinMagic;
  const names = new Set<string>();
  let table: Uint8Array = new Uint8Array(0);
  try {
    for (;;) {
      if ((await reader.peek(1)).length === 0) return;
      const header = parseHeader(await reader.read(headerSize), where);
      budget.spendEntry();
      let { size } = header;
      const pad = size % 2;
      if (header.name === '//') {
        if (size > limits.record) throw overLimit('RECORD_TOO_LARGE', `a name table of ${size} bytes`, where);
        table = Uint8Array.from(await reader.read(size));
      }
      const isTable = header.name === '//' || isSymbolTable(header.name);
      let name = trimName(header.rawName);
      const gnu = /^\/([0-9]+)$/.exec(header.name);
      const bsd = /^#1\/([0-9]+)$/.exec(header.name);
      if (gnu !== null) name = longName(table, Number(gnu[1]), where);
      else if (bsd !== null) {
        const length = Number(bsd[1]);
        if (length > size || length > limits.path)
          throw malformed('AR_NAME_INVALID', 'a member’s name is longer than the member', where);
        name = nameFromBytes(await reader.read(length)).replace(/\0+$/, '');
        size -= length;
      }
      if (isTable || isSymbolTable(name)) {
        if (header.name !== '//') await reader.skip(size);
      } else {
        const { path, escapes } = normalisePath(name);
        if (escapes) sayAmbiguous(remark, 'PATH_ESCAPES', path, `the name leaves the archive: ${name.slice(0, 200)}`);
        // Static libraries hold several members of one name by right; in a package the first and the last reader differ.
        if (names.has(path) && path.includes('.tar'))
          sayAmbiguous(remark, 'AR_NAME_DUPLICATE', path, 'two members have this name', size);
        names.add(path);
        const { modified, uid, gid, mode } = header;
        const entry = { path, type: 'file' as const, mode, uid, gid, modified };
        if (isThin) {
          yield { ...entry, size: 0, content: noContent };
          continue;
        }
        let left = size;
        const content = async function* (): ByteStream {
          while (left > 0) {
            const bytes = await reader.readSome(left);
            if (bytes === undefined) break;
            left -= bytes.length;
            yield bytes;
          }
          await reader.skip(left);
        };
        yield { ...entry, size, content };
        await reader.skip(left);
      }
      if (pad === 1) {
        // Only the last member's padding may be missing.
        const filler = await reader.peek(1);
        if (filler.length === 1 && filler[0] !== 0x0a && filler[0] !== 0)
          sayAmbiguous(remark, 'AR_PADDING_INVALID', '', 'the byte between two members is no padding', 1);
        await reader.skip(filler.length);
      }
    }
  } finally {
    await reader.close();
  }
}

export const ar: Tree = {
  id: 'ar',
  about: 'Ar archives: Debian packages and static libraries',
  detect: (head) => {
    const start = latin(head.subarray(0, magic.length));
    return start === magic || start === thinMagic;
  },
  walk: walkAr,
};
