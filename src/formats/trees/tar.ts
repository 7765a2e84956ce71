/** A tar → its entries: v7, ustar and pax (POSIX.1-1988, POSIX.1-2001), GNU long names and sparse files, star. */
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import type { FileEntry, FileType } from '../../core/file-entry.ts';
import { normalisePath } from '../../core/path.ts';
import type { Remark } from '../../core/remark.ts';
import { ByteReader } from '../byte-reader.ts';
import { nameFromBytes } from '../name-bytes.ts';
import { reportTrailingData } from '../trailing-data.ts';
import type { Tree } from '../tree.ts';
import type { OnRemark } from '../wrapper.ts';
import { Content } from './tar.content.ts';
import { blockSize, isTarHeader, isZeroBlock, parseTarBlock, type TarBlock } from './tar.header.ts';
import { changesEntries, noPaxRecords, PaxOverrides, type PaxRecords, parsePaxRecords } from './tar.pax.ts';
import { expandSparse, readOldSparse, readPaxSparse, type StoredSparse } from './tar.sparse.ts';

const code = (flag: string): number => flag.charCodeAt(0);

/** Types without content: whatever size their header states, the next header follows at once, as in Go's reader, which every engine uses. */
const contentless: ReadonlyMap<number, FileType> = new Map([
  [code('1'), 'hardlink'],
  [code('2'), 'symlink'],
  [code('3'), 'character-device'],
  [code('4'), 'block-device'],
  [code('5'), 'directory'],
  [code('6'), 'fifo'],
]);
/** Headers about the entries after them. */
const announcing: ReadonlySet<number> = new Set(['x', 'X', 'g', 'L', 'K'].map(code));
const plainFiles: ReadonlySet<number> = new Set([0, code('0'), code('7'), code('S')]);

const paddingOf = (size: number): number => (blockSize - (size % blockSize)) % blockSize;

/** Sizes of 8 GiB and more do not fit into ustar; writers then store zero, the largest number, or the low digits. */
const ustarSizes = 8 ** 11;
const sizesAgree = (ustar: number, pax: number): boolean =>
  ustar === pax || (pax >= ustarSizes && (ustar === 0 || ustar === ustarSizes - 1 || ustar === pax % ustarSizes));

/** What the headers before an entry said about it. */
interface Announced {
  readonly pax: PaxRecords | undefined;
  readonly longName: string | undefined;
  readonly longLink: string | undefined;
}
const nothingAnnounced: Announced = { pax: undefined, longName: undefined, longLink: undefined };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class TarWalk {
  readonly #reader: ByteReader;
  readonly #budget: Budget;
  readonly #remark: OnRemark;
  #global: PaxRecords = noPaxRecords;
  #announced: Announced = nothingAnnounced;

  constructor(stream: ByteStream, budget: Budget, remark: OnRemark) {
    this.#reader = new ByteReader(stream, budget.where, 'TAR_TRUNCATED');
    this.#budget = budget;
    this.#remark = remark;
  }

  async *entries(): AsyncGenerator<FileEntry> {
    const reader = this.#reader;
    try {
      for (;;) {
        const offset = reader.position;
        const block = reader.tryRead(blockSize) ?? (await this.#nextBlock());
        if (block === undefined) return;
        if (block[0] === 0 && isZeroBlock(block)) {
          await this.#end();
          return;
        }
        const header = parseTarBlock(block, this.#budget.where, offset);
        if (announcing.has(header.typeFlag)) {
          await this.#announce(header);
          continue;
        }
        const announced = this.#announced;
        this.#announced = nothingAnnounced;
        const pax = new PaxOverrides(announced.pax ?? noPaxRecords, this.#global, this.#budget.where);
        const sparse =
          header.typeFlag === code('S')
            ? await this.#oldSparse(header, pax, block)
            : pax.isEmpty
              ? undefined
              : await readPaxSparse(pax, pax.count('size') ?? header.size, reader, this.#budget);
        const { entry, content, stored } = this.#open(header, announced, pax, sparse);
        const end = reader.position + stored - (sparse?.mapBytes ?? 0);
        yield entry;
        content.close();
        const left = end - reader.position;
        if (left > 0 && !reader.trySkip(left)) await reader.skip(left);
        const padding = paddingOf(stored);
        if (padding > 0) this.#checkPadding(reader.tryRead(padding) ?? (await reader.read(padding)), entry.path);
      }
    } finally {
      await reader.close();
    }
  }

  #say(kind: Remark['kind'], code: string, where: string, reason: string, bytes = 0): void {
    this.#remark({ kind, code, where, reason, bytes });
  }

  /** The next header block; undefined where the data end without an end mark. */
  async #nextBlock(): Promise<Uint8Array | undefined> {
    const rest = await this.#reader.peek(blockSize);
    if (rest.length === 0) {
      this.#say('gap', 'TAR_END_MISSING', '', 'the tar has no end mark: entries may have been cut off');
      this.#checkNothingAnnounced();
      return undefined;
    }
    return this.#reader.read(blockSize);
  }

  /** After the first zero block: the second, and zeros up to the end of the stream. */
  async #end(): Promise<void> {
    this.#checkNothingAnnounced();
    const second = await this.#reader.peek(blockSize);
    if (second.length === blockSize && isZeroBlock(second)) this.#reader.trySkip(blockSize);
    else if (second.length === 0)
      this.#say('gap', 'TAR_END_MISSING', '', 'the tar ends after one zero block instead of two');
    else
      this.#say(
        'ambiguity',
        'TAR_END_BROKEN',
        '',
        'one zero block is followed by data; some readers stop there, others go on',
      );
    await reportTrailingData(this.#reader, { name: 'tar', padding: 'zeros' }, this.#remark);
  }

  #checkNothingAnnounced(): void {
    if (this.#announced !== nothingAnnounced)
      this.#say('ambiguity', 'TAR_HEADER_ALONE', '', 'a name or pax header at the end belongs to no entry');
  }

  /** Takes a header that speaks about later entries: pax local and global, GNU long name and long link. */
  async #announce(header: TarBlock): Promise<void> {
    const { where, limits } = this.#budget;
    const { size, typeFlag } = header;
    if (size > limits.record) throw overLimit('TAR_RECORD_TOO_LARGE', `a tar header of ${size} bytes`, where);
    const data = await this.#reader.read(size);
    const before = this.#announced;
    const text = (): string => nameFromBytes(data.subarray(0, data.includes(0) ? data.indexOf(0) : data.length));
    const announce = (kind: keyof Announced, value: PaxRecords | string): void => {
      if (before[kind] !== undefined)
        this.#say(
          'ambiguity',
          'TAR_HEADERS_REPEATED',
          '',
          'one entry has two headers of the same kind; readers differ in which they use',
        );
      this.#announced = { ...before, [kind]: value };
    };
    if (typeFlag === code('L')) announce('longName', text());
    else if (typeFlag === code('K')) announce('longLink', text());
    else {
      const records = parsePaxRecords(data, where);
      if (typeFlag === code('g')) this.#setGlobal(records);
      else announce('pax', records);
    }
    const padding = paddingOf(size);
    if (padding > 0) this.#checkPadding(await this.#reader.read(padding), '');
  }

  #setGlobal(records: PaxRecords): void {
    if (changesEntries(records))
      this.#say(
        'ambiguity',
        'TAR_GLOBAL_HEADER',
        '',
        'a global pax header changes names, sizes or owners; container engines do not apply it, other readers do',
      );
    this.#global = {
      values: new Map([...this.#global.values, ...records.values]),
      sparseNumbers: records.sparseNumbers,
    };
  }

  async #oldSparse(header: TarBlock, pax: PaxOverrides, block: Uint8Array): Promise<StoredSparse> {
    const { where } = this.#budget;
    if (!header.isGnu) throw malformed('TAR_SPARSE_INVALID', 'a GNU sparse file in a tar of another kind', where);
    if (pax.count('size') !== undefined)
      throw malformed('TAR_SPARSE_INVALID', 'a GNU sparse file with a pax size', where);
    return readOldSparse(Uint8Array.from(block), header.size, this.#reader, this.#budget);
  }

  /** What fills the last block of a content. What hides there is in no file. */
  #checkPadding(bytes: Uint8Array, path: string): void {
    if (!isZeroBlock(bytes))
      this.#say(
        'ambiguity',
        'TAR_PADDING_USED',
        path,
        `the ${bytes.length} bytes that fill the last block are not zeros`,
        bytes.length,
      );
  }

  #typeOf(header: TarBlock, pax: PaxOverrides, name: string, path: string, size: number): FileType {
    const { typeFlag } = header;
    const type = contentless.get(typeFlag);
    if (type !== undefined) return type === 'fifo' && pax.text('SCHILY.filetype') === 'socket' ? 'socket' : type;
    if (name.endsWith('/')) {
      // v7 had no directories, only names that end so.
      if (typeFlag === 0) return 'directory';
      if (plainFiles.has(typeFlag))
        this.#say(
          'ambiguity',
          'TAR_TYPE_AMBIGUOUS',
          path,
          'a file has the name of a directory; readers differ in what they make',
          size,
        );
    }
    if (!plainFiles.has(typeFlag))
      this.#say(
        'ambiguity',
        'TAR_TYPE_AMBIGUOUS',
        path,
        `the entry has the unknown type ${typeFlag}, examined as a file`,
        size,
      );
    return 'file';
  }

  #nameOf(stored: string, long: string | undefined, pax: string | undefined): string {
    const name = long ?? pax ?? stored;
    if (long !== undefined && pax !== undefined && long !== pax)
      this.#say('ambiguity', 'TAR_NAMES_DISAGREE', name, 'a GNU long name and a pax name differ');
    if (name.includes('\0'))
      this.#say('ambiguity', 'TAR_NAMES_DISAGREE', name, 'a name holds a zero byte, at which many readers end it');
    if (name.length > this.#budget.limits.path)
      throw overLimit('PATH_TOO_LONG', `a name of ${name.length} characters in the tar`, this.#budget.where);
    return name;
  }

  #open(
    header: TarBlock,
    announced: Announced,
    pax: PaxOverrides,
    sparse: StoredSparse | undefined,
  ): { readonly entry: FileEntry; readonly content: Content; readonly stored: number } {
    const budget = this.#budget;
    const reader = this.#reader;
    budget.spendEntry();
    const plain = pax.isEmpty;
    const paxName = plain ? undefined : (pax.text('GNU.sparse.name') ?? pax.text('path'));
    const name = this.#nameOf(header.name, announced.longName, paxName);
    const { path, escapes } = normalisePath(name);
    if (escapes)
      this.#say(
        'ambiguity',
        'PATH_ESCAPES',
        path,
        'the stored name leads out of the image; readers differ in where they put it',
      );
    const paxSize = plain ? undefined : pax.count('size');
    const stated = paxSize ?? header.size;
    if (paxSize !== undefined && !sizesAgree(header.size, paxSize))
      this.#say(
        'ambiguity',
        'TAR_SIZES_DISAGREE',
        path,
        `the header says ${header.size} bytes, its pax record ${paxSize}`,
        Math.abs(paxSize - header.size),
      );
    const type = this.#typeOf(header, pax, name, path, stated);
    const stored = type === 'file' ? stated : 0;
    if (stored !== stated)
      this.#say(
        'ambiguity',
        'TAR_SIZE_IGNORED',
        path,
        `a ${type} states ${stated} bytes of content; some readers skip them, others read the next header there`,
        stated,
      );
    if (sparse !== undefined && type !== 'file')
      throw malformed('TAR_SPARSE_INVALID', `a ${type} with a sparse map`, budget.where);
    const content = new Content(reader, stored);
    const entry: Mutable<FileEntry> = {
      path,
      type,
      mode: header.mode,
      uid: (plain ? undefined : pax.count('uid')) ?? header.uid,
      gid: (plain ? undefined : pax.count('gid')) ?? header.gid,
      size: sparse?.size ?? stored,
      modified: (plain ? undefined : pax.seconds('mtime')) ?? header.modified,
      whole: () => (sparse === undefined ? content.whole() : undefined),
      content: () => {
        if (sparse === undefined) return content.plain();
        content.take();
        return expandSparse(sparse, stored, reader, budget);
      },
    };
    const userName = (plain ? undefined : pax.text('uname')) ?? header.userName;
    if (userName !== '') entry.userName = userName;
    if (type === 'character-device' || type === 'block-device')
      entry.device = { major: header.deviceMajor, minor: header.deviceMinor };
    if (type === 'symlink' || type === 'hardlink')
      entry.target = this.#nameOf(header.linkName, announced.longLink, plain ? undefined : pax.text('linkpath'));
    // A symbolic link is resolved inside the image, whatever it says; a hard link that leads out is made of another's file.
    if (type === 'hardlink' && normalisePath(entry.target ?? '').escapes)
      this.#say('ambiguity', 'PATH_ESCAPES', path, 'the hard link leads out of the image');
    if (plain) return { entry, content, stored };
    const xattrs = pax.xattrs((key) =>
      this.#say('ambiguity', 'TAR_XATTRS_DISAGREE', path, `two records give ${key} different values`),
    );
    if (xattrs !== undefined) entry.xattrs = xattrs;
    return { entry, content, stored };
  }
}

export const tar: Tree = {
  id: 'tar',
  about: 'tar: v7, ustar, pax, GNU and star, with sparse files and extended attributes',
  detect: (head) => isTarHeader(head.subarray(0, blockSize)),
  walk: (stream, budget, remark) => new TarWalk(stream, budget, remark).entries(),
};
