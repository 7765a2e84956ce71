/** The stored bytes of one layer → every entry announced, every content handed to the scanning threads, and the digest of the unpacked bytes. */
import { createHash, type Hash } from 'node:crypto';
import { Budget, type Limits } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import type { FileEntry, FileHeader } from '../core/file-entry.ts';
import type { Remark } from '../core/remark.ts';
import { checkTocChunks } from '../formats/records/layer-toc.chunks.ts';
import type { ChunkClaim } from '../formats/records/layer-toc.ts';
import { Landing } from '../formats/landing.ts';
import { tar } from '../formats/trees/tar.ts';
import { unwrapLayer } from '../formats/unwrap-layer.ts';
import { toLayerEntry } from '../formats/whiteout.ts';
import type { OnRemark } from '../formats/wrapper.ts';
import type { FileFeeder } from './file-feeder.ts';
import { FileRecord } from './file-record.ts';
import type { LinkedNames } from './linked-names.ts';
import type { LayerEnd, LayerTask, SecondReading } from './protocol.ts';
import type { TableCheck } from './table-check.ts';

/** As much of a stream as the tar reader wants to see to know its own. */
const headBytes = 4096;

/** Unpacked bytes on their way to the parser: hashed, counted, and readable to the end whatever the parser does. */
class HashedStream {
  readonly #hash: Hash;
  readonly #algorithm: string;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #onChunk: () => void;
  #replay: Uint8Array | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #ended = false;
  bytes = 0;

  constructor(stream: ByteStream, algorithm: 'sha256' | 'sha512', onChunk: () => void) {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
    this.#source = stream[Symbol.asyncIterator]();
    this.#onChunk = onChunk;
  }

  /** The first bytes, which the stream will give again. */
  async peek(count: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    while (size < count) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      chunks.push(new Uint8Array(chunk));
      size += chunk.length;
    }
    this.#replay = Buffer.concat(chunks, size);
    return this.#replay;
  }

  /** May be left and taken up again: a parser that stops early does not close the source. */
  async *stream(): ByteStream {
    const replay = this.#replay;
    this.#replay = undefined;
    if (replay !== undefined && replay.length > 0) yield replay;
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
  }

  /**
   * Reads to the end, so that the digest covers everything, and gives it. '' where the bytes could not all be had.
   * The failure, if any, is the one that the parser saw too.
   */
  async finish(): Promise<string> {
    try {
      for await (const _ of this.stream());
    } catch (thrown) {
      this.#failure ??= { thrown };
    }
    return this.#failure === undefined ? `${this.#algorithm}:${this.#hash.digest('hex')}` : '';
  }

  get failure(): { readonly thrown: unknown } | undefined {
    return this.#failure;
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) throw this.#failure.thrown;
    if (this.#ended) return undefined;
    this.#onChunk();
    try {
      const { done, value } = await this.#source.next();
      if (done === true) {
        this.#ended = true;
        return undefined;
      }
      this.#hash.update(value);
      this.bytes += value.length;
      return value;
    } catch (thrown) {
      this.#failure = { thrown };
      throw thrown;
    }
  }
}

export interface WalkOptions {
  readonly task: LayerTask;
  readonly limits: Limits;
  readonly feeder: FileFeeder;
  readonly table: TableCheck;
  readonly names: LinkedNames;
  /** Takes note of an entry and gives its position. */
  readonly announce: (header: FileHeader) => number;
  /** Called for whatever is done, so that a watcher sees progress. */
  readonly onStep: () => void;
  /** Waits until every content that was handed over is examined. */
  readonly settle: () => Promise<void>;
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

export interface Walk {
  /** `read` is filled in by whoever counts stored bytes. */
  readonly end: Omit<LayerEnd, 'read'>;
  /** What a second reading has to check. */
  readonly claims: readonly ChunkClaim[];
}

/** Never throws for anything in the bytes: what went wrong is in the answer. */
export const walkLayer = async (blob: ByteStream, options: WalkOptions): Promise<Walk> => {
  const { task, limits, feeder, table, announce, onStep } = options;
  const record = new FileRecord();
  // Bytes of a layer's own structure that nobody understood may be any of its programs.
  const remark = (said: Remark): void => record.addRemark(said, '', said.bytes > 0 ? 0o111 : 0, 'tar');
  const budget = new Budget(limits);
  const onSkippableFrame = (payload: Uint8Array, offset: number): void => table.addFrame(payload, offset);
  const tarBytes = unwrapLayer(blob, task.mediaType, budget, remark, { onSkippableFrame });
  const unpacked = new HashedStream(tarBytes, task.diffIdAlgorithm, onStep);
  let fault: LayerEnd['fault'] = null;
  let isTar = true;
  try {
    const head = await unpacked.peek(headBytes);
    isTar = tar.detect(head) || isZero(head);
    if (isTar) await walkTree(tar.walk(unpacked.stream(), budget, remark), options, remark);
    else await walkSingle(unpacked.stream(), task, feeder, announce);
  } catch (thrown) {
    fault = faultOf(thrown);
  }
  await feeder.flush();
  const diffId = await unpacked.finish();
  fault ??= unpacked.failure === undefined ? null : faultOf(unpacked.failure.thrown);
  await options.settle();
  const claims = fault === null && isTar ? table.finish(remark) : [];
  const { gaps, remarks } = record;
  const { bytes } = unpacked;
  const again: readonly SecondReading[] = [
    ...(claims.length > 0 ? (['TOC_UNCHECKED'] as const) : []),
    ...(fault === null && options.names.areTelling ? (['LAYER_LINKS_UNREAD'] as const) : []),
  ];
  return { end: { type: 'done', task: task.task, diffId, bytes, isTar, again, fault, gaps, remarks }, claims };
};

/** Content of a whiteout is examined too: what no engine extracts today, another tool may. */
const isExamined = (said: Remark): Remark =>
  said.code === 'WHITEOUT_HAS_CONTENT' ? { ...said, kind: 'ambiguity' } : said;

const walkTree = async (entries: AsyncIterable<FileEntry>, options: WalkOptions, remark: OnRemark): Promise<void> => {
  const { feeder, table, announce, onStep, task, names } = options;
  // In a folder read as one layer no path leads through a link: there it only knows the links.
  const landing = new Landing(remark);
  for await (const stored of entries) {
    onStep();
    const entry = landing.land(stored);
    const shown = task.whiteouts ? toLayerEntry(entry, (said) => remark(isExamined(said))) : entry;
    if (shown !== entry) announce(shown);
    if (shown === entry || entry.size > 0) {
      const index = announce(entry);
      if (entry.type === 'hardlink' || entry.type === 'symlink')
        names.note(entry, index, (path) => landing.placeOf(path));
      if (entry.type === 'file' && (table.wants(entry) || !feeder.tryAdd(index, entry)))
        await feeder.add(index, entry, table.contentOf(entry));
    }
  }
  names.settle((path) => landing.follow(path));
};

/** Bytes that are no tree are one file. Its size is only known at the end, so that it goes through as the windows of an endless one. */
const walkSingle = async (
  stream: ByteStream,
  task: LayerTask,
  feeder: FileFeeder,
  announce: (header: FileHeader) => number,
): Promise<void> => {
  const header: FileHeader = { path: task.name, type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, modified: 0 };
  await feeder.addUnsized(announce(header), header, stream);
};

/** A parser that fails in a way nobody thought of must not pass for one that read everything. */
const faultOf = (thrown: unknown): LayerEnd['fault'] =>
  isFault(thrown)
    ? { code: thrown.code, reason: thrown.message, kind: thrown.kind }
    : { code: 'PARSER_FAILED', reason: thrown instanceof Error ? thrown.message : String(thrown), kind: 'malformed' };

export interface Recheck {
  readonly task: LayerTask;
  readonly limits: Limits;
  readonly claims: readonly ChunkClaim[];
  readonly names: LinkedNames;
  readonly feeder: FileFeeder;
}

/**
 * The second reading of a layer: compares the chunks that its table of contents names with what the tar holds, and hands on what
 * hard links put at places of their own.
 */
export const recheckLayer = async (
  blob: ByteStream,
  { task, limits, claims, names, feeder }: Recheck,
): Promise<Pick<LayerEnd, 'fault' | 'remarks' | 'gaps'>> => {
  const record = new FileRecord();
  const remark = (said: Remark): void => record.addRemark(said, '', 0o111, 'tar');
  const ignore = (): void => {
    // The first reading has remarked on it.
  };
  const budget = new Budget(limits);
  let fault: LayerEnd['fault'] = null;
  try {
    const entries = tar.walk(unwrapLayer(blob, task.mediaType, budget, ignore), budget, ignore);
    const landing = new Landing(ignore);
    const walk = names.contents(
      landed(entries, landing),
      (path) => landing.placeOf(path),
      (index, header, bytes) => feeder.add(index, header, once(bytes)),
      remark,
    );
    // Left where the last chunk was compared, and taken up again for the links behind it.
    if (claims.length > 0)
      await checkTocChunks({ [Symbol.asyncIterator]: () => ({ next: () => walk.next() }) }, claims, remark);
    if (names.areTelling) for await (const _ of walk);
    else await walk.return(undefined);
  } catch (thrown) {
    fault = faultOf(thrown);
  }
  await feeder.flush();
  return { fault, remarks: record.remarks, gaps: record.gaps };
};

async function* landed(entries: AsyncIterable<FileEntry>, landing: Landing): AsyncGenerator<FileEntry> {
  for await (const entry of entries) yield landing.land(entry);
}

async function* once(bytes: Uint8Array): ByteStream {
  if (bytes.length > 0) yield bytes;
}
