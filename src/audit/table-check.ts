/** Entries and digests of one layer, and the table of contents that it may carry → what the two disagree about. eStargz, zstd:chunked. */
import type { Limits } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import type { FileEntry, FileHeader } from '../core/file-entry.ts';
import { estargzTocPath, parseTableOfContents, type TableOfContents } from '../formats/records/layer-toc.document.ts';
import { TocCheck, type ChunkClaim } from '../formats/records/layer-toc.ts';
import { findZstdChunkedToc, type SkippableFrame } from '../formats/records/layer-toc.zstd-chunked.ts';
import type { OnRemark } from '../formats/wrapper.ts';
import { fromRow, type HeaderRow } from './protocol.ts';

/** Frames of this size or less hold sizes that parallel compressors note. */
const smallFrame = 16;
/** All skippable frames that are kept until it is known which of them is the table. */
const keptFrames = 160 * 2 ** 20;
/** The largest table that the tools which make them still read. */
const maximumTable = 64 * 2 ** 20;

/** `OFFSET:PACKED:UNPACKED` of the data from which the exact tar is rebuilt, which holds no content of files. */
const tarSplitAnnotations = [
  'io.github.containers.zstd-chunked.tarsplit-position',
  'io.containers.zstd-chunked.tarsplit-position',
];

export class TableCheck {
  readonly #annotations: Readonly<Record<string, string>>;
  readonly #limits: Limits;
  readonly #rows: HeaderRow[] = [];
  readonly #xattrs = new Map<number, NonNullable<FileHeader['xattrs']>>();
  readonly #digests: string[] = [];
  readonly #frames: SkippableFrame[] = [];
  /** Bytes of frames that were dropped, since together they are too many. */
  #dropped = 0;
  #held = 0;
  #document: { readonly parts: Buffer[]; size: number } | undefined;

  constructor(annotations: Readonly<Record<string, string>>, limits: Limits) {
    this.#annotations = annotations;
    this.#limits = limits;
  }

  addFrame(payload: Uint8Array, offset: number): void {
    this.#frames.push({ payload, offset });
    this.#held += payload.length;
    while (this.#held > keptFrames) {
      const size = this.#frames.shift()?.payload.length ?? 0;
      this.#held -= size;
      this.#dropped += size;
    }
  }

  /** In the order of the tar, every entry as the auditor is told of it. */
  addEntry(row: HeaderRow, xattrs: FileHeader['xattrs']): void {
    if (xattrs !== undefined) this.#xattrs.set(this.#rows.length, xattrs);
    this.#rows.push(row);
  }

  setDigest(index: number, sha256: string): void {
    this.#digests[index] = sha256;
  }

  wants(entry: FileHeader): boolean {
    return entry.path === estargzTocPath && entry.size <= maximumTable;
  }

  /** The entry's content, kept on its way when it is eStargz's table. */
  contentOf(entry: FileEntry): ByteStream {
    if (!this.wants(entry)) return entry.content();
    const document = { parts: [] as Buffer[], size: entry.size };
    this.#document = document;
    return copying(entry.content(), document.parts);
  }

  /**
   * After the last digest. What disagrees is remarked `TOC_DISAGREES`, a table that cannot be read is a gap.
   * @returns files whose chunks only a second reading of the tar can check
   */
  finish(remark: OnRemark): readonly ChunkClaim[] {
    try {
      const claims = this.#compare(this.#estargz(), remark);
      const chunked = findZstdChunkedToc(this.#frames, this.#annotations, this.#limits, '', remark);
      this.#reportFrames(chunked !== undefined, remark);
      return [...claims, ...this.#compare(chunked, remark)];
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      remark({ kind: 'gap', code: thrown.code, where: '', reason: thrown.message, bytes: 0 });
      this.#reportFrames(false, remark);
      return [];
    }
  }

  #estargz(): TableOfContents | undefined {
    if (this.#document === undefined) return undefined;
    return parseTableOfContents(Buffer.concat(this.#document.parts), 'estargz', this.#limits, estargzTocPath);
  }

  #compare(table: TableOfContents | undefined, remark: OnRemark): readonly ChunkClaim[] {
    if (table === undefined) return [];
    const check = new TocCheck(table);
    for (const [index, row] of this.#rows.entries()) {
      const digest = this.#digests[index];
      const xattrs = this.#xattrs.get(index);
      const header = fromRow(row);
      // A table names entries as they are stored.
      const { storedAs: path = header.path } = header;
      check.add({ ...header, path, ...(xattrs === undefined ? {} : { xattrs }) }, digest === '' ? undefined : digest);
    }
    for (const said of check.finish()) remark(said);
    return check.claims;
  }

  /** A frame that is neither the table, its footer, nor the tar's own data is room for hidden content. */
  #reportFrames(hasTable: boolean, remark: OnRemark): void {
    const explained = hasTable ? this.#explainedFrames() : new Set<SkippableFrame>();
    const hidden = this.#frames.filter((frame) => !explained.has(frame) && frame.payload.length > smallFrame);
    const bytes = hidden.reduce((sum, { payload }) => sum + payload.length, this.#dropped);
    if (bytes === 0) return;
    const reason = `skippable zstd frames hold ${bytes} bytes, which unpacking never shows`;
    remark({ kind: 'gap', code: 'ZSTD_SKIPPABLE_FRAME', where: '', reason, bytes });
  }

  #explainedFrames(): ReadonlySet<SkippableFrame> {
    const footer = this.#frames.at(-1);
    const split = tarSplitAnnotations.map((name) => this.#annotations[name]).find((value) => value !== undefined);
    const table = this.#frames.at(-2);
    const tarSplit = this.#frames.find(({ offset }) => split?.startsWith(`${offset}:`) === true);
    // The table lies before the footer, or before the tar's data where those are noted.
    const before = tarSplit === table && table !== undefined ? this.#frames.at(-3) : table;
    return new Set([footer, before, tarSplit].filter((frame) => frame !== undefined));
  }
}

const copying = async function* (stream: ByteStream, parts: Buffer[]): ByteStream {
  for await (const chunk of stream) {
    parts.push(Buffer.from(chunk));
    yield chunk;
  }
};
