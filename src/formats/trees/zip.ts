/** Zip (jar, wheel, apk, nupkg, OOXML) → its files, every byte of the archive accounted for: PKWARE's APPNOTE.TXT 6.3.10. */
import type { Budget } from '../../core/budget.ts';
import { bytesOf, releaseMemory, type Bytes } from '../../core/bytes.ts';
import { collect } from '../../core/collect.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import { nameFromBytes } from '../name-bytes.ts';
import type { Tree } from '../tree.ts';
import type { OnRemark } from '../wrapper.ts';
import {
  deflated,
  isSmall,
  isSupportedMethod,
  methodName,
  unpackMember,
  unpackSmall,
  type PackedMember,
} from './zip.content.ts';
import { readZipDirectory, type ZipDirectory } from './zip.directory.ts';
import { toZipHeader } from './zip.header.ts';
import {
  descriptorLength,
  localHeaderSize,
  localLength,
  parseLocal,
  type CentralFields,
  type MemberFields,
} from './zip.layout.ts';
import { scanUnlisted } from './zip.unlisted.ts';

/** A zip that comes as a stream is held in memory up to this size. */
const maximumInMemory = 256 * 2 ** 20;
/** Remarks of one code that name their member; the others are counted. */
const remarksPerCode = 20;

/** Room for honest extra fields, so that one read nearly always holds the whole local header. */
const usualExtra = 256;

const encrypted = 1;
const hasDescriptor = 8;
const maskedHeader = 0x2000;

/** Passes the first remarks of each code on and counts the rest: a hostile archive has a million members. */
class Remarks {
  readonly #counts = new Map<string, { count: number; bytes: number; kind: 'gap' | 'ambiguity' }>();
  readonly #remark: OnRemark;

  constructor(remark: OnRemark) {
    this.#remark = remark;
  }

  say = (kind: 'gap' | 'ambiguity', code: string, where: string, reason: string, bytes = 0): void => {
    this.add({ kind, code, where, reason, bytes });
  };

  add: OnRemark = (remark) => {
    const seen = this.#counts.get(remark.code) ?? { count: 0, bytes: 0, kind: remark.kind };
    this.#counts.set(remark.code, seen);
    seen.count += 1;
    if (seen.count <= remarksPerCode) this.#remark(remark);
    else seen.bytes += remark.bytes;
  };

  finish(): void {
    for (const [code, { count, bytes, kind }] of this.#counts)
      if (count > remarksPerCode)
        this.#remark({ kind, code, where: '', reason: `the same of ${count - remarksPerCode} more members`, bytes });
  }
}

const readLocal = async (bytes: Bytes, offset: number, nameLength: number): Promise<MemberFields | undefined> => {
  if (bytes.memory !== undefined) return parseLocal(bytes.memory.subarray(offset));
  const head = await bytes.read(offset, localHeaderSize + nameLength + usualExtra);
  const length = localLength(head);
  return parseLocal(length <= head.length ? head : await bytes.read(offset, length));
};

/** What the two headers of one member say differently; a field that the descriptor replaces may be zero in the local one. */
const disagreements = (central: CentralFields, local: MemberFields): readonly string[] => {
  const isDeferred = (local.flags & hasDescriptor) !== 0;
  const differs = (one: number, other: number): boolean => one !== other && !(isDeferred && other === 0);
  const isMasked = ((central.flags | local.flags) & maskedHeader) !== 0;
  return [
    !isMasked && Buffer.compare(central.name, local.name) !== 0
      ? `name (${nameFromBytes(local.name.subarray(0, 200))})`
      : '',
    central.method === local.method ? '' : 'method',
    ((central.flags ^ local.flags) & encrypted) === 0 ? '' : 'encryption',
    differs(central.crc, local.crc) && !isMasked ? 'checksum' : '',
    differs(central.packedSize, local.packedSize) && !isMasked ? 'packed size' : '',
    differs(central.size, local.size) && !isMasked ? 'size' : '',
  ].filter((field) => field !== '');
};

class ZipWalk {
  readonly #bytes: Bytes;
  readonly #budget: Budget;
  readonly #remarks: Remarks;
  readonly #names = new Set<string>();
  /** Everything before it is accounted for. */
  #covered = 0;
  #unpacked = 0;
  /** What was unpacked for the newest member, in memory of its own. */
  #lent: Uint8Array | undefined;

  constructor(bytes: Bytes, budget: Budget, remark: OnRemark) {
    this.#bytes = bytes;
    this.#budget = budget;
    this.#remarks = new Remarks(remark);
  }

  async *walk(): AsyncGenerator<FileEntry> {
    const directory = await readZipDirectory(this.#bytes, this.#budget, this.#remarks.add);
    const order = this.#storageOrder(directory);
    for (const position of order) {
      const fields = directory.member(position);
      const before = Math.min(fields.localOffset, directory.start);
      if (before > this.#covered) yield* this.#between(before, directory);
      yield* this.#member(fields);
      this.#takeBack();
    }
    if (directory.start > this.#covered) yield* this.#between(directory.start, directory);
    if (directory.recordEnd < this.#bytes.size)
      this.#remarks.say(
        'ambiguity',
        'DATA_AFTER_END',
        '',
        'bytes follow the end of the zip; some readers find no archive then',
        this.#bytes.size - directory.recordEnd,
      );
    this.#remarks.finish();
  }

  #storageOrder(directory: ZipDirectory): Uint32Array {
    const offsets = new Float64Array(directory.count);
    const order = new Uint32Array(directory.count);
    let isSorted = true;
    for (let position = 0; position < directory.count; position += 1) {
      offsets[position] = directory.member(position).localOffset;
      order[position] = position;
      if (position > 0 && (offsets[position - 1] ?? 0) > (offsets[position] ?? 0)) isSorted = false;
    }
    return isSorted ? order : order.sort((one, other) => (offsets[one] ?? 0) - (offsets[other] ?? 0) || one - other);
  }

  /** Bytes that belong to no listed member, up to `end`. */
  async *#between(end: number, directory: ZipDirectory): AsyncGenerator<FileEntry> {
    const start = this.#covered;
    this.#covered = end;
    for await (const found of scanUnlisted(this.#bytes, start, end, this.#remarks.add, directory)) {
      this.#budget.spendEntry();
      yield this.#entry(found.fields, found.start);
    }
  }

  async *#member(fields: CentralFields): AsyncGenerator<FileEntry> {
    const path = nameFromBytes(fields.name.subarray(0, this.#budget.limits.path));
    const local = await readLocal(this.#bytes, fields.localOffset, fields.name.length);
    if (local === undefined) {
      this.#remarks.say(
        'gap',
        'ZIP_MEMBER_CORRUPT',
        path,
        'no local header where the directory says',
        fields.packedSize,
      );
      return;
    }
    const differing = disagreements(fields, local);
    if (differing.length > 0)
      this.#remarks.say(
        'ambiguity',
        'ZIP_HEADERS_DISAGREE',
        path,
        `the directory and the member's own header differ in: ${differing.join(', ')}`,
        fields.packedSize,
      );
    const start = fields.localOffset + local.length;
    const dataEnd = start + fields.packedSize;
    if (fields.localOffset < this.#covered)
      this.#remarks.say(
        'ambiguity',
        'ZIP_MEMBERS_OVERLAP',
        path,
        'the member shares bytes with another one',
        Math.min(this.#covered, dataEnd) - fields.localOffset,
      );
    const descriptor =
      ((local.flags | fields.flags) & hasDescriptor) === 0
        ? 0
        : descriptorLength(await this.#bytes.read(dataEnd, 24), fields.crc, fields.packedSize, fields.size);
    this.#covered = Math.max(this.#covered, Math.min(dataEnd + descriptor, this.#bytes.size));
    const missing = dataEnd - this.#bytes.size;
    if (missing > 0) this.#remarks.say('gap', 'ZIP_MEMBER_TRUNCATED', path, 'the member reaches past the end', missing);
    // A flag in only one of the headers is a trick: some reader gets the content, so it is unpacked.
    if ((fields.flags & local.flags & encrypted) !== 0) {
      this.#remarks.say('gap', 'ZIP_MEMBER_ENCRYPTED', path, 'the member is encrypted', fields.packedSize);
      return;
    }
    if (!isSupportedMethod(fields.method)) {
      const reason = `the member is packed with a method that Tidewaiter cannot unpack: ${methodName(fields.method)}`;
      this.#remarks.say('gap', 'ZIP_METHOD_UNSUPPORTED', path, reason, fields.packedSize);
      return;
    }
    const entry = this.#entry(fields, start);
    yield entry.type === 'symlink' ? { ...entry, target: await this.#target(fields, start) } : entry;
  }

  #entry(fields: MemberFields & Partial<CentralFields>, start: number): FileEntry {
    const { name, escapes, ...header } = toZipHeader(fields, fields.size, this.#budget.limits.path);
    const { path } = header;
    if (escapes)
      this.#remarks.say('ambiguity', 'PATH_ESCAPES', path, `the name leaves the archive: ${name.slice(0, 200)}`);
    if (name.includes('\0')) this.#remarks.say('ambiguity', 'ZIP_NAME_AMBIGUOUS', path, 'the name holds a zero byte');
    if (fields.name.length > this.#budget.limits.path)
      this.#remarks.say('gap', 'PATH_TOO_LONG', path, `the name has ${fields.name.length} bytes and is shown in part`);
    if (header.type === 'file' && name.endsWith('/'))
      this.#remarks.say(
        'ambiguity',
        'ZIP_NAME_AMBIGUOUS',
        path,
        'the name is a folder’s, the member has content',
        header.size,
      );
    if (this.#names.has(path) && header.type !== 'directory')
      this.#remarks.say('ambiguity', 'ZIP_NAME_DUPLICATE', path, 'two members have this name', header.size);
    this.#names.add(path);
    const whole = (): Uint8Array | undefined => this.#whole({ ...fields, path, start });
    return { ...header, whole, content: () => this.#content(fields, path, start) };
  }

  /** The ratio is watched over the whole archive: members that share bytes multiply what each of them may give. */
  #spend(content: Uint8Array): Uint8Array {
    this.#unpacked += content.length;
    this.#budget.checkRatio(this.#bytes.size, this.#unpacked);
    return content;
  }

  #whole(member: PackedMember): Uint8Array | undefined {
    const { memory } = this.#bytes;
    if (memory === undefined || !isSmall(member)) return undefined;
    // Before anything is unpacked: inflating a thousand members that share their bytes takes long even when each is refused then.
    this.#budget.checkRatio(this.#bytes.size, this.#unpacked + member.size);
    const small = unpackSmall(memory.subarray(member.start, member.start + member.packedSize), member, this.#budget);
    if (small === undefined) return undefined;
    if (member.method === deflated) this.#lent = small;
    return this.#spend(small);
  }

  /** A content is valid until the next member is asked for. */
  #takeBack(): void {
    if (this.#lent !== undefined) releaseMemory(this.#lent);
    this.#lent = undefined;
  }

  async *#content(fields: MemberFields, path: string, start: number): AsyncGenerator<Uint8Array> {
    if (fields.size === 0 && fields.packedSize === 0) return;
    const member = { ...fields, path, start };
    if (isSmall(member)) {
      this.#budget.checkRatio(this.#bytes.size, this.#unpacked + member.size);
      const packed = await this.#bytes.read(start, member.packedSize);
      const small = unpackSmall(packed, member, this.#budget);
      if (small !== undefined) {
        yield this.#spend(small);
        return;
      }
    }
    for await (const chunk of unpackMember(this.#bytes, member, this.#budget, this.#remarks.add))
      yield this.#spend(chunk);
  }

  async #target(fields: CentralFields, start: number): Promise<string> {
    const parts: Uint8Array[] = [];
    let left = this.#budget.limits.path;
    for await (const chunk of this.#content(fields, nameFromBytes(fields.name), start)) {
      parts.push(Uint8Array.from(chunk.subarray(0, left)));
      left -= Math.min(left, chunk.length);
      if (left === 0) break;
    }
    return nameFromBytes(Buffer.concat(parts));
  }
}

/**
 * Every member in storage order, those without an entry in the directory too (streaming readers use them). A member that cannot be
 * given is a gap remark; content that is damaged ends early after one.
 * @throws {Fault} limit
 */
export const walkZip = (bytes: Bytes, budget: Budget, remark: OnRemark): AsyncIterable<FileEntry> =>
  new ZipWalk(bytes, budget, remark).walk();

export const zip: Tree = {
  id: 'zip',
  about: 'Zip archives: jar, wheel, apk, nupkg and office documents',
  detect: (head) =>
    head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6)),
  async *walk(stream, budget, remark) {
    yield* walkZip(bytesOf(await collect(stream, maximumInMemory, budget.where)), budget, remark);
  },
};
