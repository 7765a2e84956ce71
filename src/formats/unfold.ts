/** A packed or archived file → its members, archives inside archives too, as `outer!/inner`. */
import { Budget } from '../core/budget.ts';
import { bytesOf, type Bytes, type ByteStream } from '../core/bytes.ts';
import { isFault, type Fault } from '../core/fault.ts';
import type { FileEntry } from '../core/file-entry.ts';
import type { FileKind } from '../core/file-kind.ts';
import { memberPath } from '../core/path.ts';
import { detectFileKind, kindHeadLength } from './file-kind.ts';
import { beginsLikeFrozenPython, endsLikeFrozenPython, holdsFrozenPython, walkFrozenPython } from './frozen-python.ts';
import { gunzipAtOnce } from './deflate/inflate-at-once.ts';
import { peekStream, type PeekedStream } from './peeked-stream.ts';
import type { Tree } from './tree.ts';
import { ar } from './trees/ar.ts';
import { cpio } from './trees/cpio.ts';
import { rpm } from './trees/rpm.ts';
import { tar } from './trees/tar.ts';
import { walkZip } from './trees/zip.ts';
import type { OnRemark, Wrapper } from './wrapper.ts';
import { isUpxPacked, unpackUpx } from './upx.ts';
import { bzip2 } from './wrappers/bzip2.ts';
import { gzip } from './wrappers/gzip.ts';
import { lz4 } from './wrappers/lz4.ts';
import { lzma } from './wrappers/lzma.ts';
import { xz } from './wrappers/xz.ts';
import { zstd } from './wrappers/zstd.ts';

const trees: Partial<Record<FileKind, Tree>> = { tar, cpio, ar, rpm };
const wrappers: Partial<Record<FileKind, Wrapper>> = { gzip, zstd, xz, bzip2, lz4, lzma };
const unsupported: Partial<Record<FileKind, string>> = { '7z': '7z', rar: 'RAR' };

const smallPacked = 2 ** 20;
/** Memory that archives inside archives and packed files hold together while they are unfolded. */
const maximumHeld = 128 * 2 ** 20;
/** The name of the only member of a packed file. */
const dataName = 'data';
/** That of the only member of a packed program. */
const unpackedName = 'unpacked';

/** True for the kinds of which `unfold` has something to say. */
export const isUnfoldable = (kind: FileKind): boolean =>
  kind === 'zip' || kind in trees || kind in wrappers || kind in unsupported;

/** True for a program that `unfold` takes apart; `isUnfoldable` knows nothing of it, since its first bytes are any program's. */
export const isUnfoldableProgram = (bytes: Uint8Array, kind: FileKind): boolean =>
  kind === 'elf' && (holdsFrozenPython(bytes) || isUpxPacked(bytes));

/** The same by the first bytes alone, for a program too large to be at hand: true where it is worth keeping until its end is known. */
export const mayBeUnfoldableProgram = (bytes: Uint8Array, kind: FileKind): boolean =>
  kind === 'elf' && (isUpxPacked(bytes) || beginsLikeFrozenPython(bytes));

/** And by the last bytes. */
export const endsLikeUnfoldableProgram = (bytes: Uint8Array, kind: FileKind): boolean =>
  kind === 'elf' && endsLikeFrozenPython(bytes);

/** What ends one container and not the whole walk. The shared parts of the budget are spent for everybody. */
const isLocal = (thrown: unknown): thrown is Fault =>
  isFault(thrown) &&
  (thrown.kind === 'malformed' ||
    // What our decoders lack; any other `unavailable` comes from the source and is no end of the data.
    thrown.code.endsWith('_UNSUPPORTED') ||
    (thrown.kind === 'limit' && thrown.code !== 'UNPACKED_TOO_LARGE' && thrown.code !== 'ENTRIES_TOO_MANY'));

const once = (bytes: Uint8Array): (() => ByteStream) =>
  async function* () {
    if (bytes.length > 0) yield bytes;
  };

async function* untilDamage(stream: ByteStream, failed: (thrown: unknown) => void): ByteStream {
  try {
    yield* stream;
  } catch (thrown) {
    failed(thrown);
  }
}

interface Gathered {
  /** Absent when there was more than the maximum. */
  readonly bytes?: Uint8Array;
  readonly size: number;
  /** What ended the stream early. */
  readonly damage?: Fault;
}

/** Reads everything, keeps it when it fits, and counts it in any case. */
const gather = async (stream: ByteStream, maximum: number): Promise<Gathered> => {
  let parts: Uint8Array[] = [];
  let size = 0;
  let damage: Fault | undefined;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size <= maximum) parts.push(Uint8Array.from(chunk));
      else parts = [];
    }
  } catch (thrown) {
    if (!isLocal(thrown)) throw thrown;
    damage = thrown;
  }
  const [first] = parts;
  const bytes = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
  return { size, ...(size <= maximum ? { bytes } : {}), ...(damage === undefined ? {} : { damage }) };
};

/** The only member of the packed file at `outer`. */
const dataOf = (outer: string): FileEntry => ({
  path: memberPath(outer, dataName),
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  modified: 0,
  size: 0,
  content: once(new Uint8Array(0)),
});

class Unfolding {
  readonly #remark: OnRemark;
  #held = 0;

  constructor(remark: OnRemark) {
    this.#remark = remark;
  }

  /** The members of one container. What is wrong with it ends it with a gap, and the walk outside goes on. */
  async *container(content: Bytes, kind: FileKind, path: string, parent: Budget): AsyncGenerator<FileEntry> {
    const format = unsupported[kind];
    if (format !== undefined)
      this.#gap(path, 'ARCHIVE_UNSUPPORTED', `Tidewaiter cannot unpack ${format}`, content.size);
    if (format !== undefined || (!isUnfoldable(kind) && kind !== 'elf')) return;
    try {
      const budget = parent.nested(path);
      if (kind === 'elf') {
        yield* this.#program(content, path, budget);
        return;
      }
      const tree = trees[kind];
      const wrapper = wrappers[kind];
      if (tree !== undefined) yield* this.#tree(tree, content.stream(), path, budget);
      else if (wrapper !== undefined) yield* this.#packed(wrapper, content, path, budget);
      else yield* this.#members(walkZip(content, budget, this.#remarkAt(path)), path, budget);
    } catch (thrown) {
      if (!isLocal(thrown)) throw thrown;
      this.#gap(path, thrown.code, thrown.message, content.size);
    }
  }

  async *#program(content: Bytes, path: string, budget: Budget): AsyncGenerator<FileEntry> {
    if (content.size > maximumHeld - this.#held) {
      this.#gap(path, 'ARCHIVE_TOO_LARGE', 'a packed or frozen program, too large to be held in memory', content.size);
      return;
    }
    const bytes = await content.read(0, content.size);
    yield* this.#members(walkProgram(bytes, budget, this.#remarkAt(path)), path, budget);
  }

  #gap(path: string, code: string, reason: string, bytes: number): void {
    this.#remark({ kind: 'gap', code, where: path, reason, bytes });
  }

  /** For the parser of the container at `path`, which says where inside. */
  #remarkAt(path: string): OnRemark {
    return (remark) => {
      const { where } = remark;
      this.#remark({ ...remark, where: where === '' || where === path ? path : memberPath(path, where) });
    };
  }

  #tree(tree: Tree, stream: ByteStream, path: string, budget: Budget): AsyncGenerator<FileEntry> {
    return this.#members(tree.walk(stream, budget, this.#remarkAt(path)), path, budget);
  }

  async *#members(entries: AsyncIterable<FileEntry>, outer: string, budget: Budget): AsyncGenerator<FileEntry> {
    for await (const entry of entries) {
      const path = memberPath(outer, entry.path);
      if (entry.type !== 'file' || entry.size === 0) {
        yield { ...entry, path };
        continue;
      }
      let whole: Uint8Array | undefined;
      let peeked: PeekedStream | undefined;
      try {
        whole = entry.whole?.();
        peeked = whole === undefined ? await peekStream(entry.content(), kindHeadLength, entry.size) : undefined;
      } catch (thrown) {
        if (!isLocal(thrown)) throw thrown;
        this.#gap(path, thrown.code, thrown.message, entry.size);
      }
      if (whole !== undefined) yield* this.#wholeMember(whole, { ...entry, path }, budget);
      if (peeked !== undefined) yield* this.#peekedMember(peeked, { ...entry, path }, budget);
    }
  }

  async *#peekedMember(peeked: PeekedStream, entry: FileEntry, budget: Budget): AsyncGenerator<FileEntry> {
    const { path, size } = entry;
    try {
      const kind = detectFileKind(peeked.head.subarray(0, kindHeadLength), size);
      // Of a program in a tree only the first bytes are at hand: they tell what was packed, not what was frozen.
      const isPacked = kind === 'elf' && isUpxPacked(peeked.head);
      if (isPacked || isUnfoldable(kind)) yield* this.#archive(entry, peeked, kind, budget);
      else yield { ...entry, content: () => peeked.replay(this.#damaged(path, size)) };
    } finally {
      await peeked.close();
    }
  }

  async *#wholeMember(bytes: Uint8Array, entry: FileEntry, budget: Budget): AsyncGenerator<FileEntry> {
    const kind = detectFileKind(bytes.subarray(0, kindHeadLength), bytes.length);
    const member = { ...entry, size: bytes.length, content: once(bytes), whole: () => bytes };
    if (!isUnfoldable(kind) && !isUnfoldableProgram(bytes, kind)) yield member;
    else if (bytes.length <= maximumHeld - this.#held) yield* this.#heldMember(bytes, member, kind, budget);
    else {
      yield member;
      this.#gap(
        entry.path,
        'ARCHIVE_TOO_LARGE',
        'an archive inside an archive, too large to be held in memory',
        bytes.length,
      );
    }
  }

  /** For content: its damage is a gap and an early end, as everywhere in a walk. */
  #damaged(path: string, size: number): (thrown: unknown) => void {
    return (thrown) => {
      if (!isLocal(thrown)) throw thrown;
      this.#gap(path, thrown.code, thrown.message, size);
    };
  }

  /** A member that is a container itself: given as a file, then unfolded. It is needed twice, so it is held in memory. */
  async *#archive(entry: FileEntry, peeked: PeekedStream, kind: FileKind, budget: Budget): AsyncGenerator<FileEntry> {
    const { path, size } = entry;
    if (unsupported[kind] !== undefined || size > maximumHeld - this.#held) {
      yield { ...entry, content: () => peeked.replay(this.#damaged(path, size)) };
      if (unsupported[kind] === undefined)
        this.#gap(path, 'ARCHIVE_TOO_LARGE', 'an archive inside an archive, too large to be held in memory', size);
      else yield* this.container({ ...bytesOf(new Uint8Array(0)), size }, kind, path, budget);
      return;
    }
    const { bytes, damage } = await gather(peeked.replay(), maximumHeld - this.#held);
    if (damage !== undefined) this.#gap(path, damage.code, damage.message, size);
    if (bytes === undefined) {
      this.#gap(path, 'ARCHIVE_TOO_LARGE', 'an archive inside an archive, larger than is stated', size);
      return;
    }
    yield* this.#heldMember(bytes, entry, kind, budget);
  }

  async *#heldMember(bytes: Uint8Array, entry: FileEntry, kind: FileKind, budget: Budget): AsyncGenerator<FileEntry> {
    this.#held += bytes.length;
    try {
      yield { ...entry, size: bytes.length, content: once(bytes), whole: () => bytes };
      if (isUnfoldable(kind) || isUnfoldableProgram(bytes, kind))
        yield* this.container(bytesOf(bytes), kind, entry.path, budget);
    } finally {
      this.#held -= bytes.length;
    }
  }

  /** A packed file: the members of the tree inside, or else its content as one member. */
  async *#packed(wrapper: Wrapper, content: Bytes, path: string, budget: Budget): AsyncGenerator<FileEntry> {
    // Manuals and change logs are packed one by one, in thousands.
    const small =
      wrapper === gzip && content.size <= smallPacked ? gunzipAtOnce(await content.read(0, content.size)) : undefined;
    if (small !== undefined) {
      budget.spendBytes(small.length);
      const kind = detectFileKind(small.subarray(0, kindHeadLength), small.length);
      const tree = trees[kind];
      if (tree !== undefined) yield* this.#tree(tree, once(small)(), path, budget);
      else if (small.length > 0) yield* this.#heldMember(small, dataOf(path), kind, budget);
      return;
    }
    const peeked = await peekStream(wrapper.unwrap(content.stream(), budget, this.#remarkAt(path)), kindHeadLength);
    try {
      const size = peeked.isWhole ? peeked.head.length : Number.MAX_SAFE_INTEGER;
      const kind = detectFileKind(peeked.head.subarray(0, kindHeadLength), size);
      const tree = trees[kind];
      if (tree === undefined) yield* this.#data(peeked, kind, { wrapper, content, path }, budget);
      else yield* this.#tree(tree, peeked.replay(), path, budget);
    } finally {
      await peeked.close();
    }
  }

  async *#data(
    peeked: PeekedStream,
    kind: FileKind,
    { wrapper, content, path: outer }: { wrapper: Wrapper; content: Bytes; path: string },
    budget: Budget,
  ): AsyncGenerator<FileEntry> {
    const { bytes, size, damage } = await gather(peeked.replay(), maximumHeld - this.#held);
    const entry = { ...dataOf(outer), size };
    const { path } = entry;
    if (bytes === undefined) {
      // Unpacked once more while it is read. The first time was paid for and remarked on; its size had to be known.
      const again = new Budget(budget.limits, path);
      yield {
        ...entry,
        content: () =>
          untilDamage(
            wrapper.unwrap(content.stream(), again, () => {}),
            this.#damaged(path, size),
          ),
      };
      if (isUnfoldable(kind))
        this.#gap(path, 'ARCHIVE_TOO_LARGE', 'an archive inside a packed file, too large to be held in memory', size);
    } else if (size > 0) yield* this.#heldMember(bytes, entry, kind, budget);
    if (damage !== undefined) throw damage;
  }
}

/** What was frozen into a program, then the program itself where it was packed. */
async function* walkProgram(bytes: Uint8Array, budget: Budget, remark: OnRemark): AsyncGenerator<FileEntry> {
  yield* walkFrozenPython(bytes, budget, remark);
  if (!isUpxPacked(bytes)) return;
  const unpacked = unpackUpx(bytes, budget.where);
  budget.spendBytes(unpacked.length);
  const header = { path: unpackedName, type: 'file', mode: 0o755, uid: 0, gid: 0, modified: 0 } as const;
  yield { ...header, size: unpacked.length, content: once(unpacked) };
}

/**
 * The members of the file at `path`, whose content is of this kind; none for a kind that is no container. Each is given before the
 * members that it holds itself. `content()` of a member may be called once, before the next member is asked for.
 *
 * Damage never ends the walk with an exception: it is a gap remark with the path concerned, and what comes after it is given where the
 * format allows. Content that is damaged ends early, after its remark. An archive nested too deep, or too large to be held, is given as a
 * file with a gap remark. Every byte is spent from `budget`, through one nested budget a container.
 * @throws {Fault} limit `UNPACKED_TOO_LARGE` or `ENTRIES_TOO_MANY`, when the budget is used up
 */
export const unfold = (
  content: Bytes,
  kind: FileKind,
  path: string,
  budget: Budget,
  remark: OnRemark,
): AsyncIterable<FileEntry> => new Unfolding(remark).container(content, kind, path, budget);
