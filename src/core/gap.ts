/** What was not examined, and why; and the ledger that shows how much was. Silence is never evidence. */

export interface Gap {
  /** The layer, path or source concerned: `layer 2 (sha256:…): usr/bin/x`. */
  readonly where: string;
  /** `SUBJECT_PROBLEM`, explained by `tidewaiter explain CODE`. */
  readonly code: string;
  readonly reason: string;
  readonly bytes: number;
  /** True when the unexamined content is or may be run at start-up or as a program. Such gaps are never allowed by default. */
  readonly executable?: boolean;
  /** The gap is in an archive inside a layer: the archive's own bytes were examined, its members (or some) were not. */
  readonly nested?: boolean;
  /** The kind of the Fault behind it, where one was: policies may treat what could not be fetched unlike what cannot be read. */
  readonly kind?: 'malformed' | 'limit' | 'unavailable';
}

/** seen = examined + skipped + unreadable, for files and for bytes. */
export interface CoverageCounts {
  readonly seen: number;
  readonly examined: number;
  /** Skipped because policy said so, never for speed or by path. */
  readonly skipped: number;
  readonly unreadable: number;
}

export interface Coverage {
  readonly files: CoverageCounts;
  readonly bytes: CoverageCounts;
  /** Members of archives inside layers. */
  readonly nested: { readonly files: CoverageCounts; readonly bytes: CoverageCounts };
}

export const noCounts: CoverageCounts = { seen: 0, examined: 0, skipped: 0, unreadable: 0 };
export const noCoverage: Coverage = { files: noCounts, bytes: noCounts, nested: { files: noCounts, bytes: noCounts } };

export const addCounts = (one: CoverageCounts, other: CoverageCounts): CoverageCounts => ({
  seen: one.seen + other.seen,
  examined: one.examined + other.examined,
  skipped: one.skipped + other.skipped,
  unreadable: one.unreadable + other.unreadable,
});

export const addCoverage = (one: Coverage, other: Coverage): Coverage => ({
  files: addCounts(one.files, other.files),
  bytes: addCounts(one.bytes, other.bytes),
  nested: {
    files: addCounts(one.nested.files, other.nested.files),
    bytes: addCounts(one.nested.bytes, other.nested.bytes),
  },
});
