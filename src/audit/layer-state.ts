/** What a scanning process says about one layer, gathered over all attempts → LayerFacts. Nothing that it says is trusted to be well-formed. */
import { isDigest, type Digest } from '../core/digest.ts';
import { coverageOf } from './coverage.ts';
import type { LayerFacts, PlacedFact, PlacedRemark } from './layer-facts.ts';
import { duplicatePaths } from './duplicate-paths.ts';
import { mayRun } from './may-run.ts';
import {
  fileTypes,
  kindOfNumber,
  type Condemned,
  type FileResult,
  type HeaderRow,
  type LayerEnd,
  type PlacedGap,
} from './protocol.ts';

/** A file at which a scanning process ended. */
export interface Culprit {
  readonly code: Condemned;
  readonly reason: string;
}

/** How reading the stored bytes went. */
export interface BlobReading {
  readonly digest?: Digest;
  readonly stored: number;
}

const isSha256 = (text: unknown): boolean => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);

const isRow = (row: HeaderRow): boolean =>
  Array.isArray(row) &&
  typeof row[0] === 'string' &&
  [1, 2, 3, 4, 5, 6].every((place) => typeof row[place] === 'number');

const withSize = (row: HeaderRow, size: number): HeaderRow =>
  [...row.slice(0, 5), size, ...row.slice(6)] as unknown as HeaderRow;

export class LayerState {
  #rows: HeaderRow[] = [];
  readonly #results = new Map<number, FileResult>();
  readonly culprits = new Map<number, Culprit>();
  readonly learned = new Map<string, string>();
  readonly recalled = new Set<string>();

  get rows(): readonly HeaderRow[] {
    return this.#rows;
  }

  /** A new attempt announces every entry again. */
  restart(): void {
    this.#rows = [];
  }

  /** @throws {TypeError} for rows that are none */
  addRows(rows: readonly HeaderRow[]): void {
    for (const row of rows) {
      if (!isRow(row)) throw new TypeError('a row that is none');
      this.#rows.push(row);
    }
  }

  /** @throws {TypeError} for results that are none */
  addResults(results: readonly FileResult[]): void {
    for (const result of results) {
      const { index, sha256, learned, recalled, ...rest } = result;
      if (this.#rows[index] === undefined || !isSha256(sha256)) throw new TypeError('a result that is none');
      for (const [key, value] of learned ?? []) this.learned.set(key, value);
      for (const key of recalled ?? []) this.recalled.add(key);
      if (result.state === 'known' && this.#results.get(index)?.sha256 === sha256) continue;
      this.#results.set(index, { index, sha256, ...rest });
    }
  }

  /** Position and digest of every file that need not be inspected again. */
  known(): readonly (readonly [number, string])[] {
    return [...this.#results.values()]
      .filter(({ state, missing }) => state !== 'unexamined' && missing === 0)
      .map(({ index, sha256 }) => [index, sha256]);
  }

  /** `rest`: stored bytes that no parser has made files of. */
  toFacts(blob: BlobReading, end: LayerEnd | undefined, gaps: readonly PlacedGap[], rest: number): LayerFacts {
    const rows: HeaderRow[] = [];
    const sha256: string[] = [];
    const kinds: number[] = [];
    const facts: PlacedFact[] = [];
    const fileGaps: PlacedGap[] = [];
    const remarks: PlacedRemark[] = (end?.remarks ?? []).map((remark) => ({ ...remark, nested: false }));
    for (const stated of this.#rows) {
      const index = rows.length;
      const result = this.#results.get(index);
      const row = result?.size === undefined ? stated : withSize(stated, result.size);
      rows.push(row);
      // What was read under the name of a symbolic link is the content of another entry.
      const content = fileTypes[row[1]] === 'symlink' ? undefined : result;
      sha256.push(content?.sha256 ?? '');
      kinds.push(content?.kind ?? -1);
      if (this.culprits.size > 0) fileGaps.push(...this.#culpritGap(index, row));
      if (result === undefined) continue;
      for (const fact of result.facts ?? []) facts.push([index, ...fact]);
      for (const gap of result.gaps ?? []) fileGaps.push(gap);
      for (const remark of result.remarks ?? []) remarks.push({ ...remark, nested: true });
    }
    return {
      ...(blob.digest === undefined ? {} : { digest: blob.digest }),
      stored: blob.stored,
      ...(end === undefined || !isDigest(end.diffId) ? {} : { diffId: end.diffId }),
      bytes: end?.bytes ?? rows.reduce((sum, row) => sum + row[5], 0),
      rows,
      sha256,
      kinds,
      facts,
      gaps: [...gaps, ...(end?.gaps ?? []), ...fileGaps],
      remarks: [...remarks, ...duplicatePaths(rows, sha256)],
      coverage: coverageOf(rows, this.#results, rest),
      circumstantial: false,
    };
  }

  #culpritGap(index: number, row: HeaderRow): readonly PlacedGap[] {
    const culprit = this.culprits.get(index);
    if (culprit === undefined) return [];
    const kind = this.#results.get(index)?.kind;
    const executable = mayRun(row[0], row[2], kind === undefined ? undefined : kindOfNumber(kind));
    return [{ path: row[0], ...culprit, bytes: row[5], executable }];
  }
}
