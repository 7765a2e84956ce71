/** A tar that can be read at random → where the content of each file lies, without reading the contents. POSIX.1-2001 pax, GNU long names. */
import type { Budget } from '../core/budget.ts';
import type { Bytes } from '../core/bytes.ts';
import { isFault, malformed, overLimit } from '../core/fault.ts';
import { normalisePath, parentOf } from '../core/path.ts';
import type { Remark } from '../core/remark.ts';
import { nameFromBytes } from './name-bytes.ts';
import { blockSize, isZeroBlock, parseTarBlock, type TarBlock } from './trees/tar.header.ts';
import { changesEntries, noPaxRecords, parsePaxRecords, PaxOverrides, type PaxRecords } from './trees/tar.pax.ts';
import type { OnRemark } from './wrapper.ts';

/** One entry. `target` is a path in the archive; undefined when it leads out. */
export type TarLocation =
  | { readonly path: string; readonly type: 'file'; readonly offset: number; readonly size: number }
  | { readonly path: string; readonly type: 'link'; readonly target: string | undefined };

const windowBytes = 64 * 1024;
const code = (flag: string): number => flag.charCodeAt(0);
const plainFiles: ReadonlySet<number> = new Set([0, code('0'), code('7')]);
const roundUp = (size: number): number => Math.ceil(size / blockSize) * blockSize;

/** Small reads from one buffer: headers of small entries lie close together. */
class Window {
  readonly #bytes: Bytes;
  #start = 0;
  #held: Uint8Array = new Uint8Array(0);

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length > windowBytes) return this.#bytes.read(offset, length);
    if (offset < this.#start || offset + length > this.#start + this.#held.length) {
      this.#held = await this.#bytes.read(offset, windowBytes);
      this.#start = offset;
    }
    return this.#held.subarray(offset - this.#start, offset - this.#start + length);
  }
}

interface Announced {
  readonly pax?: PaxRecords;
  readonly name?: string;
  readonly link?: string;
}

const untilZero = (bytes: Uint8Array): string => {
  const zero = bytes.indexOf(0);
  return nameFromBytes(zero < 0 ? bytes : bytes.subarray(0, zero));
};

const targetOf = (path: string, link: string, isHard: boolean): string | undefined => {
  if (!isHard && link.startsWith('/')) return undefined;
  const { path: target, escapes } = normalisePath(isHard ? link : `${parentOf(path)}/${link}`);
  return escapes ? undefined : target;
};

/**
 * Every file and link in the order stored, duplicates too. Stops at damage, and says so in a remark: what came before it is
 * usable. A file whose content is cut off by the end is given, and remarked.
 * @throws {Fault} limit only: `ENTRIES_TOO_MANY`, `TAR_RECORD_TOO_LARGE`, `PATH_TOO_LONG`
 */
export async function* locateTarEntries(bytes: Bytes, budget: Budget, remark: OnRemark): AsyncGenerator<TarLocation> {
  const { where, limits } = budget;
  const say = (kind: Remark['kind'], code: string, place: string, reason: string, count = 0): void => {
    remark({ kind, code, where: place === '' ? where : place, reason, bytes: count });
  };
  const window = new Window(bytes);
  let announced: Announced = {};
  let position = 0;

  const readRecord = async (header: TarBlock): Promise<Uint8Array> => {
    if (header.size > limits.record)
      throw overLimit('TAR_RECORD_TOO_LARGE', `a tar header of ${header.size} bytes`, where);
    const record = Uint8Array.from(await window.read(position + blockSize, header.size));
    if (record.length < header.size) throw malformed('TAR_TRUNCATED', 'the archive ends inside a header', where);
    return record;
  };

  /** True for a header that speaks about the next entry. */
  const announces = async (header: TarBlock): Promise<boolean> => {
    const flag = String.fromCharCode(header.typeFlag);
    if (flag === 'L') announced = { ...announced, name: untilZero(await readRecord(header)) };
    else if (flag === 'K') announced = { ...announced, link: untilZero(await readRecord(header)) };
    else if (flag === 'x' || flag === 'X')
      announced = { ...announced, pax: parsePaxRecords(await readRecord(header), where) };
    else if (flag === 'g') {
      if (changesEntries(parsePaxRecords(await readRecord(header), where)))
        say(
          'ambiguity',
          'TAR_GLOBAL_HEADER',
          '',
          'a global pax header changes names or sizes; engines do not apply it, other readers do',
        );
    } else return false;
    position += blockSize + roundUp(header.size);
    return true;
  };

  const locate = (header: TarBlock): TarLocation | undefined => {
    const { pax: local = noPaxRecords, name: longName, link: longLink } = announced;
    announced = {};
    budget.spendEntry();
    const pax = new PaxOverrides(local, noPaxRecords, where);
    const name = longName ?? pax.text('path') ?? header.name;
    if (name.length > limits.path) throw overLimit('PATH_TOO_LONG', `a name of ${name.length} characters`, where);
    const size = pax.count('size') ?? header.size;
    const { path, escapes } = normalisePath(name);
    const isFile = plainFiles.has(header.typeFlag) && !name.endsWith('/');
    const offset = position + blockSize;
    // Types without content are followed by the next header at once, whatever size they state: as engines read.
    position =
      isFile || !(header.typeFlag >= code('1') && header.typeFlag <= code('6')) ? offset + roundUp(size) : offset;
    if (header.typeFlag === code('S') || pax.sparseNumbers.length > 0 || pax.bytes('GNU.sparse.major') !== undefined) {
      say('gap', 'ARCHIVE_SPARSE', name, 'a sparse file in the outer archive; pack it again without --sparse', size);
      return undefined;
    }
    if (escapes) {
      say('ambiguity', 'PATH_ESCAPES', name, 'the name leads out of the archive; readers differ in where they put it');
      return undefined;
    }
    if (isFile) return { path, type: 'file', offset, size };
    const isHard = header.typeFlag === code('1');
    if (!isHard && header.typeFlag !== code('2')) return undefined;
    return { path, type: 'link', target: targetOf(path, longLink ?? pax.text('linkpath') ?? header.linkName, isHard) };
  };

  const checkEnd = async (): Promise<void> => {
    for await (const chunk of bytes.stream(position))
      if (!isZeroBlock(chunk)) {
        say(
          'ambiguity',
          'DATA_AFTER_END',
          '',
          'data after the end mark: some readers stop there, others go on',
          bytes.size - position,
        );
        return;
      }
  };

  try {
    while (position < bytes.size) {
      const block = await window.read(position, blockSize);
      if (block.length < blockSize)
        throw malformed('TAR_TRUNCATED', `the archive ends at byte ${bytes.size}, inside a header`, where);
      if (isZeroBlock(block)) {
        await checkEnd();
        return;
      }
      const header = parseTarBlock(Uint8Array.from(block), where, position);
      if (await announces(header)) continue;
      const location = locate(header);
      if (location !== undefined) yield location;
      if (position > roundUp(bytes.size)) throw malformed('TAR_TRUNCATED', 'the archive ends inside a file', where);
    }
    say('gap', 'TAR_END_MISSING', '', 'the archive has no end mark: files may have been cut off');
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind !== 'malformed') throw thrown;
    say('gap', thrown.code, '', thrown.message, Math.max(0, bytes.size - position));
  }
}
