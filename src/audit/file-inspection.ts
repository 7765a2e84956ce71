/** One piece in shared memory → the FileResult of its file: kind, digest, facts, and the same for every member when it is an archive. */
import { Budget, type Limits } from '../core/budget.ts';
import { bytesOf, type Bytes } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import type { FileEntry, FileHeader } from '../core/file-entry.ts';
import type { FileKind } from '../core/file-kind.ts';
import type { Remark } from '../core/remark.ts';
import { endsInZip } from '../formats/appended-zip.ts';
import {
  endsLikeUnfoldableProgram,
  isUnfoldable,
  isUnfoldableProgram,
  mayBeUnfoldableProgram,
  unfold,
} from '../formats/unfold.ts';
import type { ContentExaminer } from './content-examiner.ts';
import { ContentSession } from './content-session.ts';
import { fillWindows, type WindowSizes } from './content-windows.ts';
import type { Piece } from './file-feeder.ts';
import { FileRecord } from './file-record.ts';
import { mayRun } from './may-run.ts';
import { fromRow, type FileResult } from './protocol.ts';
import { SpoolFile } from './spool-file.ts';

export interface InspectionOptions {
  readonly examiner: ContentExaminer;
  /** The arena. */
  readonly memory: Buffer;
  readonly sizes: WindowSizes;
  readonly limits: Limits;
  readonly spoolFolder: string;
  readonly spoolBytes: number;
  /** Unique among the threads that share the folder. */
  readonly spoolName: string;
  /** Tells the watchdog that a content of so many bytes is begun. */
  begin(index: number, bytes: number): void;
}

/** A file whose windows are not all here yet. */
interface LargeFile {
  readonly header: FileHeader;
  readonly record: FileRecord;
  readonly session: ContentSession;
  spool: SpoolFile | undefined;
  spoolProblem: string;
}

export class FileInspection {
  readonly #options: InspectionOptions;
  readonly #large = new Map<number, LargeFile>();
  #scratch: Buffer | undefined;
  readonly #limits: Limits;
  #budget: Budget;
  #recallFiles = false;

  constructor(options: InspectionOptions) {
    this.#options = options;
    // The layer is no archive inside an archive.
    this.#limits = { ...options.limits, depth: options.limits.depth + 1 };
    this.#budget = new Budget(this.#limits);
  }

  /** Members of all archives of one layer spend from one budget, so that many archives cannot do what one may not. */
  beginTask(recallFiles: boolean): void {
    this.#budget = new Budget(this.#limits);
    this.#recallFiles = recallFiles;
  }

  /** undefined: windows of this file are still to come. */
  async inspect(piece: Piece): Promise<FileResult | undefined> {
    const { index, at, length, last, windowOffset } = piece;
    const content = this.#options.memory.subarray(at, at + length);
    this.#options.begin(index, length);
    return windowOffset === 0 && last && piece.sized
      ? await this.#inspectWhole(piece, content)
      : await this.#inspectWindow(piece, content);
  }

  async #inspectWhole(piece: Piece, content: Uint8Array): Promise<FileResult> {
    const { index, known, inspect, missing } = piece;
    const { examiner } = this.#options;
    const header = headerOf(piece);
    const record = new FileRecord();
    if (known !== '' && examiner.digestsOf(content).sha256 === known)
      return record.result(index, known, 'data', 'known', missing);
    const session = new ContentSession(header, {
      examiner,
      record,
      recallFiles: this.#recallFiles,
      inspect,
      size: header.size,
    });
    const sha256 = session.give(content, { offset: 0, overlap: 0, last: true });
    const { kind } = session;
    const isContainer = isUnfoldable(kind) || isUnfoldableProgram(content, kind);
    const container = isContainer ? kind : endsInZip(content) ? 'zip' : undefined;
    if (inspect && container !== undefined) await this.#unfold(piece, header, bytesOf(content), container, record);
    return record.result(index, sha256, kind, inspect ? 'examined' : 'unexamined', missing);
  }

  async #inspectWindow(piece: Piece, content: Uint8Array): Promise<FileResult | undefined> {
    const { index, inspect, missing, last, windowOffset, overlap } = piece;
    const large = this.#large.get(index) ?? this.#openLarge(piece);
    const { session, record, header } = large;
    const sha256 = session.give(content, { offset: windowOffset, overlap, last });
    const { kind } = session;
    const isKept =
      windowOffset === 0
        ? isUnfoldable(kind) || kind === 'script' || mayBeUnfoldableProgram(content, kind)
        : large.spool !== undefined;
    if (inspect && isKept) this.#spool(large, content.subarray(overlap));
    if (!last) return undefined;
    this.#large.delete(index);
    const { spool } = large;
    const isArchive = isUnfoldable(kind) || endsLikeUnfoldableProgram(content, kind);
    // Kept because of how it begins; whether there is an archive in it, its end says.
    const isKeptProgram = kind === 'elf' && spool !== undefined && large.spoolProblem === '';
    const container = isArchive ? kind : inspect && endsInZip(content) ? 'zip' : isKeptProgram ? kind : undefined;
    // A script of this size is an archive with a script before it; of other kinds the end is seen too late to keep the start.
    const spoolProblem =
      spool === undefined && large.spoolProblem === '' ? 'it begins as something else' : large.spoolProblem;
    try {
      if (inspect && container !== undefined && spoolProblem !== '') {
        const executable = mayRun(header.path, header.mode, kind);
        const reason = `the archive is too large to be read member by member: ${spoolProblem}`;
        record.addGap({
          path: header.path,
          code: 'ARCHIVE_TOO_LARGE',
          reason,
          bytes: header.size,
          executable,
          nested: true,
        });
      } else if (spool !== undefined && container !== undefined)
        await this.#unfold(piece, header, spool.bytes, container, record);
    } finally {
      spool?.close();
    }
    const result = record.result(index, sha256, kind, inspect ? 'examined' : 'unexamined', missing);
    return piece.sized ? result : { ...result, size: windowOffset + piece.length };
  }

  #openLarge(piece: Piece): LargeFile {
    const header = headerOf(piece);
    const record = new FileRecord();
    const session = new ContentSession(header, {
      examiner: this.#options.examiner,
      record,
      recallFiles: false,
      inspect: piece.inspect,
      size: piece.sized ? header.size : undefined,
    });
    const large: LargeFile = { header, record, session, spool: undefined, spoolProblem: '' };
    this.#large.set(piece.index, large);
    return large;
  }

  #spool(large: LargeFile, bytes: Uint8Array): void {
    if (large.spoolProblem !== '') return;
    const { spoolFolder, spoolBytes, spoolName } = this.#options;
    try {
      large.spool ??= new SpoolFile(spoolFolder, spoolName);
      if (large.spool.size + bytes.length > spoolBytes) large.spoolProblem = `more than ${spoolBytes} bytes`;
      else large.spool.append(bytes);
    } catch (thrown) {
      large.spoolProblem = thrown instanceof Error ? thrown.message : String(thrown);
    }
  }

  async #unfold(piece: Piece, outer: FileHeader, content: Bytes, kind: FileKind, record: FileRecord): Promise<void> {
    // All levels of nesting together: a bomb hides behind a modest ratio at each of them.
    const { bytes, ratio, ratioFloor } = this.#limits;
    const mostBytes = content.size * ratio;
    const limits = { ...this.#limits, bytes: Math.min(bytes, Math.max(ratioFloor, mostBytes)) };
    const budget = new Budget(limits, outer.path, this.#budget);
    // Members that were given, as far as remarks are made about them later.
    const given = new Set([outer.path]);
    const current = { path: '', isDamaged: false };
    // An archive states sizes that it cannot have, up to the largest number: the ledger is not to drown in them.
    const remark = (remarked: Remark): void => {
      const said = { ...remarked, bytes: Math.min(remarked.bytes, mostBytes) };
      record.addRemark(said, outer.path, outer.mode, kind);
      if (said.kind === 'ambiguity' || said.where === '') return;
      if (said.where === current.path) current.isDamaged = true;
      else if (!given.has(said.where)) record.countNested(0, said.bytes, true);
    };
    try {
      for await (const member of unfold(content, kind, outer.path, budget, remark)) {
        if (member.type !== 'file') continue;
        current.path = member.path;
        current.isDamaged = false;
        const memberKind = await this.#inspectMember(piece.index, member, record, (arrived, failed) =>
          failed || current.isDamaged ? Math.min(Math.max(0, member.size - arrived), mostBytes) : 0,
        );
        if (isUnfoldable(memberKind)) given.add(member.path);
      }
    } catch (thrown) {
      const executable = mayRun(outer.path, outer.mode, kind);
      record.addGap({
        path: outer.path,
        ...problemOf(thrown, 'PARSER_FAILED'),
        bytes: outer.size,
        executable,
        nested: true,
      });
    }
  }

  /** `missingOf`: how much of a damaged member did not come. One that ends as it should is whole, whatever size was stated. */
  async #inspectMember(
    index: number,
    member: FileEntry,
    record: FileRecord,
    missingOf: (arrived: number, failed: boolean) => number,
  ): Promise<FileKind> {
    const { examiner, sizes } = this.#options;
    const recallFiles = this.#recallFiles;
    const session = new ContentSession(member, { examiner, record, recallFiles, inspect: true, size: undefined });
    this.#options.begin(index, member.size);
    const whole = member.whole?.();
    if (whole !== undefined && whole.length <= sizes.windowBytes) {
      session.give(whole, { offset: 0, overlap: 0, last: true });
      const missing = missingOf(whole.length, false);
      record.countNested(whole.length, missing, missing > 0);
      return session.kind;
    }
    const scratch = (this.#scratch ??= Buffer.allocUnsafeSlow(sizes.windowBytes));
    const { arrived, ...failure } = await fillWindows(
      member.content(),
      Infinity,
      sizes,
      async () => ({ bytes: scratch }),
      (_, filled, window) => {
        if (window.offset > 0) this.#options.begin(index, filled);
        session.give(scratch.subarray(0, filled), window);
      },
    );
    const missing = missingOf(arrived, 'thrown' in failure);
    record.countNested(arrived, missing, missing > 0 || 'thrown' in failure);
    if ('thrown' in failure) {
      const executable = mayRun(member.path, member.mode, session.kind);
      record.addGap({
        path: member.path,
        ...problemOf(failure.thrown, 'PARSER_FAILED'),
        bytes: missing,
        executable,
        nested: true,
      });
    }
    return session.kind;
  }
}

const headerOf = ({ row, xattrs }: Piece): FileHeader =>
  xattrs === undefined ? fromRow(row) : { ...fromRow(row), xattrs };

/** Hostile input that makes a parser throw anything but a Fault must not pass for an examined file. */
const problemOf = (thrown: unknown, otherwise: string): { readonly code: string; readonly reason: string } =>
  isFault(thrown)
    ? { code: thrown.code, reason: thrown.message }
    : { code: otherwise, reason: thrown instanceof Error ? thrown.message : String(thrown) };
