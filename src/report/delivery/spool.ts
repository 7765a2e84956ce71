/**
 * Records on their way to one sink, kept in a folder until the sink has them. Appended and synced before anybody is told that they
 * are kept; a process that is killed at any byte loses nothing that was confirmed. Bounded: what finds no room is dropped, counted
 * on disk, and told by a gap record once there is room again.
 */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault, unavailable } from '../../core/fault.ts';
import type { SinkRecord } from '../../core/sink.ts';
import { toFrame } from './frames.ts';
import { lossRecord, noLosses, parseLosses, withDamage, withDropped, type Losses } from './losses.ts';
import { lockFolder } from './spool-lock.ts';
import { cutTornTail, listSegments, readSegment, segmentFile, syncPath, type Segment } from './segments.ts';

export interface SpoolLimits {
  /** Of all files together. Findings and gaps leave the last quarter to incidents and verdicts. */
  readonly bytes: number;
  readonly segmentBytes: number;
}

export const usualSpoolLimits: SpoolLimits = { bytes: 256 * 1024 * 1024, segmentBytes: 8 * 1024 * 1024 };

export interface Position {
  readonly segment: number;
  readonly offset: number;
}

export interface Batch {
  readonly records: readonly SinkRecord[];
  /** What `acknowledge` wants when the sink has them all. */
  readonly end: Position;
}

export interface Spool extends AsyncDisposable {
  /**
   * Kept on disk, or dropped and counted there, once it resolves. Records whose id was appended lately are passed over.
   * @throws {Fault} unavailable `SINK_SPOOL_FAILED`: it is not known whether they are kept
   */
  append(records: readonly SinkRecord[]): Promise<void>;
  /**
   * The oldest that are not acknowledged; empty when there are none. The same until `acknowledge`.
   * @throws {Fault} unavailable `SINK_SPOOL_FAILED`
   */
  peek(most: { readonly records: number; readonly bytes: number }): Batch;
  acknowledge(end: Position): Promise<void>;
  readonly waitingBytes: number;
  /** Not yet told by a gap record. */
  readonly losses: Losses;
}

/** Ids of the latest records are remembered, so that what is told twice after a crash is kept once. */
const rememberedIds = 100_000;

const readSmall = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    // Torn or absent: it is as if nothing were written there. What follows is told or sent again, and nothing is left out.
    if (thrown instanceof SyntaxError || (thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
};

const writeSmall = (file: string, value: unknown): void => {
  writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
};

const isPosition = (value: unknown): value is Position => {
  const { segment, offset } = (value ?? {}) as Partial<Record<keyof Position, unknown>>;
  return Number.isSafeInteger(segment) && Number.isSafeInteger(offset) && Number(offset) >= 0;
};

const spoolFault = (folder: string, thrown: unknown): unknown =>
  isFault(thrown) || (thrown as NodeJS.ErrnoException).code === undefined
    ? thrown
    : unavailable(
        'SINK_SPOOL_FAILED',
        `the spool ${folder} cannot be used (${(thrown as NodeJS.ErrnoException).code}); make room there, or make it writable`,
        folder,
        thrown,
      );

interface Waiting {
  readonly records: readonly SinkRecord[];
  readonly kept: PromiseWithResolvers<void>;
}

class FolderSpool implements Spool {
  readonly #folder: string;
  readonly #limits: SpoolLimits;
  readonly #lock: Disposable;
  readonly #now: () => Date;
  readonly #ids = new Set<string>();
  #segments: Segment[];
  #cursor: Position;
  #losses: Losses;
  #handle: FileHandle | undefined;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  /** The last file may end with a torn frame. */
  #sealed = false;

  constructor(folder: string, limits: SpoolLimits, now: () => Date) {
    this.#folder = folder;
    this.#limits = limits;
    this.#now = now;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#lock = lockFolder(folder);
    try {
      this.#segments = listSegments(folder);
      this.#losses = parseLosses(readSmall(this.#path('losses.json')));
      const last = this.#segments.at(-1);
      if (last !== undefined) {
        const tail = cutTornTail(folder, last);
        tail.records.forEach((record) => this.#remember(record.id));
        if (tail.damagedBytes > 0) this.#noteDamage(tail.damagedBytes);
      }
      const kept = readSmall(this.#path('cursor.json'));
      const first = this.#segments[0] ?? { number: isPosition(kept) ? kept.segment + 1 : 1, size: 0 };
      const known =
        isPosition(kept) && this.#segments.some(({ number, size }) => number === kept.segment && kept.offset <= size);
      this.#cursor = known ? kept : { segment: first.number, offset: 0 };
      this.#removeSent();
    } catch (thrown) {
      this.#lock[Symbol.dispose]();
      throw thrown;
    }
  }

  get waitingBytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0) - this.#cursor.offset;
  }

  get losses(): Losses {
    return this.#losses;
  }

  async append(records: readonly SinkRecord[]): Promise<void> {
    const kept = Promise.withResolvers<void>();
    this.#queue.push({ records, kept });
    this.#writing ??= this.#writeAll();
    await kept.promise;
  }

  /** One sync for all that came while the one before was under way. */
  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      try {
        await this.#write(group.flatMap(({ records }) => records));
        group.forEach(({ kept }) => kept.resolve());
      } catch (thrown) {
        await this.#abandonSegment();
        const fault = spoolFault(this.#folder, thrown);
        group.forEach(({ kept }) => kept.reject(fault));
      }
    }
    this.#writing = undefined;
  }

  async #write(records: readonly SinkRecord[]): Promise<void> {
    const before = this.#losses;
    const told = this.#lossesToTell();
    let losses = told.length === 0 ? before : noLosses;
    const frames: Uint8Array[] = [];
    const ids = new Set<string>();
    let size = 0;
    for (const record of [...told, ...records]) {
      if (this.#ids.has(record.id) || ids.has(record.id)) continue;
      const frame = toFrame(record);
      if (frame === undefined || !this.#hasRoom(record, this.waitingBytes + size + frame.length)) {
        losses = withDropped(losses, record, this.#now());
        continue;
      }
      frames.push(frame);
      ids.add(record.id);
      size += frame.length;
      if (size < this.#limits.segmentBytes) continue;
      await this.#writeFrames(frames.splice(0), ids);
      ids.clear();
      size = 0;
    }
    await this.#writeFrames(frames, ids);
    // Behind the record that tells of them: whoever dies between the two tells it twice, under one id.
    if (losses !== before) this.#setLosses(losses);
  }

  async #writeFrames(frames: readonly Uint8Array[], ids: ReadonlySet<string>): Promise<void> {
    if (frames.length === 0) return;
    const bytes = Buffer.concat(frames);
    const segment = await this.#openSegment(bytes.length);
    const handle = (this.#handle ??= await open(segmentFile(this.#folder, segment.number), 'a', 0o600));
    await handle.appendFile(bytes);
    await handle.datasync();
    segment.size += bytes.length;
    ids.forEach((id) => this.#remember(id));
  }

  /** The one to write to: a new one where the last is full. */
  async #openSegment(bytes: number): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && !this.#sealed && (last.size === 0 || last.size + bytes <= this.#limits.segmentBytes))
      return last;
    await this.#handle?.close();
    this.#handle = undefined;
    const made: Segment = { number: (last?.number ?? this.#cursor.segment - 1) + 1, size: 0 };
    closeSync(openSync(segmentFile(this.#folder, made.number), 'ax', 0o600));
    syncPath(this.#folder);
    this.#segments.push(made);
    this.#sealed = false;
    return made;
  }

  /** After a write that failed nobody knows what the file ends with: it is cut to what is known, and no longer written to. */
  async #abandonSegment(): Promise<void> {
    const last = this.#segments.at(-1);
    const handle = this.#handle;
    this.#handle = undefined;
    this.#sealed = true;
    try {
      if (last !== undefined) await handle?.truncate(last.size);
      await handle?.close();
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === undefined) throw thrown;
    }
  }

  #hasRoom(record: SinkRecord, total: number): boolean {
    const share = record.type === 'incident' || record.type === 'verdict' ? 1 : 0.75;
    return total <= this.#limits.bytes * share;
  }

  /** What was lost is told first, where there is room for more than that. */
  #lossesToTell(): readonly SinkRecord[] {
    const { records, damagedBytes } = this.#losses;
    if (records + damagedBytes === 0 || this.waitingBytes > this.#limits.bytes / 2) return [];
    return [lossRecord(this.#losses, this.#folder, this.#now())];
  }

  #noteDamage(bytes: number): void {
    this.#setLosses(withDamage(this.#losses, bytes, this.#now()));
  }

  #setLosses(losses: Losses): void {
    this.#losses = losses;
    writeSmall(this.#path('losses.json'), losses);
  }

  #remember(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= rememberedIds) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }

  peek(most: { readonly records: number; readonly bytes: number }): Batch {
    try {
      return this.#read(most);
    } catch (thrown) {
      throw spoolFault(this.#folder, thrown);
    }
  }

  #read(most: { readonly records: number; readonly bytes: number }): Batch {
    for (const segment of this.#segments.slice()) {
      if (segment.number < this.#cursor.segment) continue;
      const offset = segment.number === this.#cursor.segment ? this.#cursor.offset : 0;
      if (offset >= segment.size) continue;
      const { records, end, damagedAt } = readSegment(this.#folder, segment, offset, most);
      if (records.length > 0) return { records, end: { segment: segment.number, offset: end } };
      if (damagedAt === undefined) continue;
      this.#noteDamage(segment.size - damagedAt);
      this.#moveTo({ segment: segment.number, offset: segment.size });
    }
    return { records: [], end: this.#cursor };
  }

  async acknowledge(end: Position): Promise<void> {
    try {
      this.#moveTo(end);
    } catch (thrown) {
      throw spoolFault(this.#folder, thrown);
    }
    const { records, damagedBytes } = this.#losses;
    if (records > 0 || damagedBytes > 0) await this.append([]);
  }

  #moveTo(end: Position): void {
    this.#cursor = end;
    writeSmall(this.#path('cursor.json'), end);
    this.#removeSent();
  }

  /** Files before the cursor; the one that is written to stays. */
  #removeSent(): void {
    while (this.#segments.length > 1 && (this.#segments[0]?.number ?? 0) < this.#cursor.segment) this.#removeFirst();
    const [first] = this.#segments;
    if (this.#segments.length > 1 && first !== undefined && this.#cursor.offset >= first.size) {
      this.#removeFirst();
      this.#cursor = { segment: this.#segments[0]?.number ?? 0, offset: 0 };
    }
  }

  #removeFirst(): void {
    const first = this.#segments.shift();
    if (first !== undefined) rmSync(segmentFile(this.#folder, first.number), { force: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#handle?.close();
    this.#handle = undefined;
    this.#lock[Symbol.dispose]();
  }
}

/** @throws {Fault} unavailable `SINK_SPOOL_IN_USE`, `SINK_SPOOL_FAILED` */
export const openSpool = (
  folder: string,
  limits: SpoolLimits = usualSpoolLimits,
  now: () => Date = () => new Date(),
): Spool => {
  try {
    return new FolderSpool(folder, limits, now);
  } catch (thrown) {
    throw spoolFault(folder, thrown);
  }
};
