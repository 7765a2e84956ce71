/**
 * One path whose log is followed while it grows, is renamed, copied and cut, packed, deleted and begun anew. A rotated log is read to its
 * end before its successor begins; what cannot be found again is a Gap.
 */
import type { Gap } from '../../core/gap.ts';
import type { Intake, ListenerPosition, SettledAt } from '../../core/listener.ts';
import {
  beginsWith,
  headBytes,
  isSystemError,
  LogFile,
  readPacked,
  siblingsOf,
  stateOf,
  toLogHead,
  type FileState,
  type FoundLog,
  type LogHead,
} from './log-file.ts';
import { formatPlace, parsePlace } from './place.ts';
import { isSuccessorName } from './rotated-name.ts';

export interface TailTimes {
  /** A renamed log is read on for so long after its last byte: its writer learns of the new one a little later. */
  readonly graceMs: number;
  readonly now: () => number;
}

interface Cursor {
  readonly generation: number;
  readonly inode: string;
  readonly head: LogHead;
  /** Behind the last byte that was read. */
  readonly offset: number;
}

const chunkBytes = 1 << 18;
/** Of one path, before the next one has its turn. */
const chunksInTurn = 64;
const noHead: LogHead = { bytes: 0, digest: '' };
const atStart: SettledAt = { offset: 0, line: 1 };
const nothing = new Uint8Array(0);

export const tailSource = (path: string): string => `tail:${path}`;

const isFresh = ({ offset, head }: Cursor): boolean => offset === 0 && head.bytes === 0;

export class PathTail {
  readonly path: string;
  readonly #times: TailTimes;
  readonly #fromEnd: boolean;
  #cursor: Cursor | undefined;
  /** Where the reader of the log begins. */
  #from: SettledAt = atStart;
  #file: LogFile | undefined;
  #grewAt = 0;
  #problem = '';

  /** `position`: what was remembered of the path. `fromEnd`: without that, what stands in the file already is passed over. */
  constructor(path: string, position: string | undefined, fromEnd: boolean, times: TailTimes) {
    this.path = path;
    this.#times = times;
    this.#fromEnd = fromEnd;
    const place = parsePlace(position);
    if (place === undefined) return;
    this.#cursor = { ...place, offset: place.settled.offset };
    this.#from = place.settled;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Its turn ended before its log did. */
  hasMore = false;

  /** Gives up the handle; the file is found again by its inode and its first bytes. */
  async release(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.[Symbol.asyncDispose]();
  }

  /** What came since the last time. */
  async *poll(): AsyncGenerator<Intake, void, undefined> {
    try {
      yield* this.#poll();
      this.#problem = '';
    } catch (thrown) {
      if (!isSystemError(thrown)) throw thrown;
      await this.release();
      // Once, and not at every look.
      if (this.#problem === thrown.code) return;
      this.#problem = thrown.code ?? '';
      yield this.#intake(nothing, { gaps: [this.#gap('LOG_UNREADABLE', thrown.message, 'unavailable')] });
    }
  }

  async *#poll(): AsyncGenerator<Intake, void, undefined> {
    const state = await stateOf(this.path);
    if (this.#cursor === undefined) {
      if (state === undefined) return;
      await this.#begin(state);
      // Remembered before anything is read: whoever dies in between finds the log again although it was rotated away meanwhile.
      yield this.#intake(nothing);
    }
    if (this.#file === undefined) {
      if (state?.inode === this.#at.inode && state.size === this.#at.offset) return;
      if (!(await this.#reopen(state))) {
        yield* this.#finishElsewhere(state);
        return;
      }
    }
    if (!(yield* this.#drain())) {
      await this.release();
      yield* this.#finishElsewhere(await stateOf(this.path));
      return;
    }
    const later = await stateOf(this.path);
    if (later === undefined || later.inode === this.#at.inode) return;
    if (this.#times.now() - this.#grewAt < this.#times.graceMs) return;
    await this.release();
    const siblings = await siblingsOf(this.path);
    yield* this.#goOn(
      siblings,
      siblings.find(({ state: { inode } }) => inode === this.#at.inode),
      later,
    );
  }

  get #at(): Cursor {
    if (this.#cursor === undefined) throw new Error('a log that has not begun');
    return this.#cursor;
  }

  async #begin(state: FileState): Promise<void> {
    this.#cursor = { generation: 0, inode: state.inode, head: noHead, offset: 0 };
    await using file = await LogFile.open(this.path);
    if (file === undefined) return;
    this.#cursor = { generation: 0, inode: file.inode, head: await file.head(), offset: 0 };
    if (!this.#fromEnd || state.size === 0) return;
    // Behind the last whole line: half a line is no record.
    const window = Math.min(state.size, 1 << 16);
    const end = state.size - window + (await file.read(state.size - window, window)).lastIndexOf(10) + 1;
    this.#cursor = { ...this.#cursor, head: await file.head(end), offset: end };
    this.#from = { offset: end, line: 1 };
  }

  /** Whether the log still stands under its path. */
  async #reopen(state: FileState | undefined): Promise<boolean> {
    if (state === undefined) return false;
    const file = await LogFile.open(this.path);
    if (file === undefined) return false;
    const { inode, head, offset } = this.#at;
    const same = isFresh(this.#at)
      ? inode === '' || inode === file.inode
      : (inode === file.inode || head.bytes === headBytes) &&
        (await file.size()) >= offset &&
        (await file.begins(head));
    if (!same) {
      await file[Symbol.asyncDispose]();
      return false;
    }
    this.#cursor = { ...this.#at, inode: file.inode };
    this.#file = file;
    this.#grewAt = this.#times.now();
    return true;
  }

  /** False when the file is another one by now: cut, or written over. */
  async *#drain(): AsyncGenerator<Intake, boolean, undefined> {
    const file = this.#file;
    this.hasMore = false;
    if (file === undefined) return true;
    for (let turn = 0; turn < chunksInTurn; turn += 1) {
      const size = await file.size();
      const { offset, head } = this.#at;
      if (size < offset) return false;
      if (size === offset) return true;
      if (!(await file.begins(head))) return false;
      const bytes = await file.read(offset, Math.min(chunkBytes, size - offset));
      if (bytes.length === 0) return (await file.size()) >= offset;
      await this.#advance(bytes, head.bytes === headBytes ? head : await file.head(offset + bytes.length));
      this.#grewAt = this.#times.now();
      yield this.#intake(bytes);
    }
    this.hasMore = true;
    return true;
  }

  async #advance(bytes: Uint8Array, head: LogHead): Promise<void> {
    this.#cursor = { ...this.#at, head, offset: this.#at.offset + bytes.length };
  }

  /** The log no longer stands under its path: what is left of it is read where rotation put it. */
  async *#finishElsewhere(state: FileState | undefined): AsyncGenerator<Intake, void, undefined> {
    const siblings = await siblingsOf(this.path);
    const found = await this.#find(siblings);
    if (found !== undefined) yield* this.#readRest(found);
    else if (!isFresh(this.#at)) {
      const reason = `what was written behind byte ${this.#at.offset} before the file was cut, replaced or removed was not seen`;
      yield this.#intake(nothing, { gaps: [this.#gap('LOG_LOST', reason)] });
    } else if (state === undefined) return;
    yield* this.#goOn(siblings, found, state);
  }

  async #find(siblings: readonly FoundLog[]): Promise<FoundLog | undefined> {
    const { inode, head, offset } = this.#at;
    // The newest first: a log is rotated once more seldom than once.
    for (const found of siblings.toReversed()) {
      if (!found.packed && found.state.size < offset) continue;
      if (head.bytes === 0 ? inode !== '' && found.state.inode === inode : await beginsWith(found, head)) return found;
    }
    return undefined;
  }

  async *#readRest(found: FoundLog): AsyncGenerator<Intake, void, undefined> {
    if (found.packed) {
      try {
        for await (const bytes of readPacked(found.path, this.#at.offset)) {
          const { head, offset } = this.#at;
          await this.#advance(bytes, offset === 0 ? toLogHead(bytes.subarray(0, headBytes)) : head);
          yield this.#intake(bytes);
        }
      } catch (thrown) {
        if (!isSystemError(thrown)) throw thrown;
        yield this.#intake(nothing, { gaps: [this.#gap('LOG_UNREADABLE', `${found.path}: ${thrown.message}`)] });
      }
      return;
    }
    await using file = await LogFile.open(found.path);
    if (file === undefined) return;
    for (;;) {
      const { head, offset } = this.#at;
      const bytes = await file.read(offset, chunkBytes);
      if (bytes.length === 0) return;
      await this.#advance(bytes, head.bytes === headBytes ? head : await file.head(offset + bytes.length));
      yield this.#intake(bytes);
    }
  }

  /** Ends the log, reads those that came and went since then, and begins the one that stands under the path now. */
  async *#goOn(
    siblings: readonly FoundLog[],
    old: FoundLog | undefined,
    state: FileState | undefined,
  ): AsyncGenerator<Intake, void, undefined> {
    const between =
      old === undefined
        ? []
        : siblings.filter(
            (one) =>
              one.state.modified > old.state.modified &&
              one.state.inode !== state?.inode &&
              isSuccessorName(this.path, one.path),
          );
    for (const next of between) {
      yield this.#end(next.state.inode);
      yield* this.#readRest(next);
    }
    yield this.#end(state?.inode ?? '');
  }

  /** What is remembered stays at the end of the old log until something of the new one is read: by it those between are found again. */
  #end(nextInode: string): Intake {
    const intake = this.#intake(nothing, { last: true });
    this.#cursor = { generation: this.#at.generation + 1, inode: nextInode, head: noHead, offset: 0 };
    this.#from = atStart;
    return intake;
  }

  #remember({ generation, inode, head }: Cursor, settled: SettledAt): ListenerPosition {
    return { source: tailSource(this.path), position: formatPlace({ generation, inode, head, settled }) };
  }

  #intake(bytes: Uint8Array, more: Partial<Intake> = {}): Intake {
    const cursor = this.#cursor;
    const generation = cursor?.generation ?? 0;
    return {
      log: `${this.path}#${generation}`,
      where: this.path,
      from: this.#from,
      bytes,
      last: false,
      gaps: [],
      ...(cursor === undefined ? {} : { position: (settled) => this.#remember(cursor, settled) }),
      ...more,
    };
  }

  #gap(code: string, reason: string, kind?: Gap['kind']): Gap {
    return { where: this.path, code, reason, bytes: 0, ...(kind === undefined ? {} : { kind }) };
  }
}
