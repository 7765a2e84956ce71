/** Gathers what inspectors and parsers say about one file and its members → the FileResult for the auditor. */
import type { FileKind } from '../core/file-kind.ts';
import type { Remark } from '../core/remark.ts';
import { mayRun } from './may-run.ts';
import {
  kindNumber,
  type FactRow,
  type FileResult,
  type FileState,
  type NestedCounts,
  type PlacedGap,
} from './protocol.ts';

/** A hostile archive can make as many remarks as it has members: so many of one code are kept, the rest is told in the last one's place. */
const keptRemarks = 16;

export class FileRecord {
  readonly facts: FactRow[] = [];
  readonly gaps: PlacedGap[] = [];
  readonly remarks: Remark[] = [];
  readonly learned: (readonly [string, string])[] = [];
  readonly recalled: string[] = [];
  readonly #counts = new Map<string, number>();
  #nested: NestedCounts | undefined;

  /** One member of an archive: bytes that came, bytes that did not. */
  countNested(bytes: number, missing: number, unreadable: boolean): void {
    const nested = (this.#nested ??= { files: 0, filesUnreadable: 0, bytes: 0, bytesUnreadable: 0 });
    nested.files += 1;
    nested.filesUnreadable += unreadable ? 1 : 0;
    nested.bytes += bytes + missing;
    nested.bytesUnreadable += missing;
  }

  addGap(gap: PlacedGap): void {
    if (this.#isKept(gap.code)) this.gaps.push(gap);
    else this.#extendGap(gap);
  }

  /** `path`, `mode` and `kind` are those of the archive that the remark is about; the path is '' for the layer itself. */
  addRemark(remark: Remark, path: string, mode: number, kind: FileKind): void {
    const where = remark.where === '' ? path : remark.where;
    if (remark.kind === 'gap')
      this.addGap({
        path: where,
        code: remark.code,
        reason: remark.reason,
        bytes: remark.bytes,
        executable: mayRun(where, mode, kind),
        ...(path === '' ? {} : { nested: true }),
      });
    else if (this.#isKept(remark.code)) this.remarks.push({ ...remark, where });
    else this.#extendRemark(remark);
  }

  result(index: number, sha256: string, kind: FileKind, state: FileState, missing: number): FileResult {
    return {
      index,
      sha256,
      kind: kindNumber(kind),
      state,
      missing,
      ...(this.facts.length === 0 ? {} : { facts: this.facts }),
      ...(this.gaps.length === 0 ? {} : { gaps: this.gaps }),
      ...(this.remarks.length === 0 ? {} : { remarks: this.remarks }),
      ...(this.#nested === undefined ? {} : { nested: this.#nested }),
      ...(this.learned.length === 0 ? {} : { learned: this.learned }),
      ...(this.recalled.length === 0 ? {} : { recalled: this.recalled }),
    };
  }

  #isKept(code: string): boolean {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    return count <= keptRemarks;
  }

  /** The last kept gap of the code stands for those that follow: their bytes are added, and the worst of them counts. */
  #extendGap({ code, bytes, executable, nested }: PlacedGap): void {
    const place = this.gaps.findLastIndex((gap) => gap.code === code);
    const last = this.gaps[place];
    if (last === undefined) return;
    const reason = withOthers(last.reason);
    this.gaps[place] = {
      ...last,
      reason,
      bytes: last.bytes + bytes,
      executable: last.executable || executable,
      nested: last.nested === true && nested === true,
    };
  }

  #extendRemark({ code, bytes }: Remark): void {
    const place = this.remarks.findLastIndex((remark) => remark.code === code);
    const last = this.remarks[place];
    if (last !== undefined)
      this.remarks[place] = { ...last, reason: withOthers(last.reason), bytes: last.bytes + bytes };
  }
}

const others = ' (and others like it)';
const withOthers = (reason: string): string => (reason.endsWith(others) ? reason : `${reason}${others}`);
