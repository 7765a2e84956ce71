/** Rows and results of one layer → the ledger: how many files and bytes there are, and how many were examined. */
import { baseName, parentOf } from '../core/path.ts';
import { noCounts, type Coverage, type CoverageCounts } from '../core/gap.ts';
import { fileTypes, type FileResult, type HeaderRow } from './protocol.ts';

const countsOf = (seen: number, unreadable: number): CoverageCounts => ({
  seen,
  examined: seen - unreadable,
  skipped: 0,
  unreadable,
});

const isWhiteout = (row: HeaderRow | undefined): boolean => {
  const type = fileTypes[row?.[1] ?? 0];
  return row !== undefined && (type === 'deletion' || type === 'opaque');
};

/** A whiteout with content stands in the rows twice: as what it does, and behind it as the file it is. */
const isCarriedByNext = (row: HeaderRow, next: HeaderRow | undefined): boolean => {
  if (next === undefined || next[1] !== 0 || !baseName(next[0]).startsWith('.wh.')) return false;
  return fileTypes[row[1]] === 'opaque'
    ? parentOf(next[0]) === row[0]
    : next[0] === [parentOf(row[0]), `.wh.${baseName(row[0])}`].filter((part) => part !== '').join('/');
};

/** More than any reader takes: a header may state what no number can hold, and the sums of the ledger must stay exact. */
const mostMissing = 2 ** 40;

/**
 * Files are the regular files of the tar, whiteouts among them, with their bytes (sparse ones expanded).
 * `rest`: bytes at the end that no parser could make files of; they count as unreadable bytes of no file.
 */
export const coverageOf = (
  rows: readonly HeaderRow[],
  results: ReadonlyMap<number, FileResult>,
  rest: number,
): Coverage => {
  let files = 0;
  let filesUnreadable = 0;
  let bytes = Math.min(rest, mostMissing);
  let bytesUnreadable = bytes;
  let index = -1;
  for (const row of rows) {
    index += 1;
    if (isWhiteout(row) && !isCarriedByNext(row, rows[index + 1])) files += 1;
    if (row[1] !== 0) continue;
    files += 1;
    const result = results.get(index);
    const missing = result === undefined || result.state === 'unexamined' ? row[5] : result.missing;
    const unreadable = Math.min(missing, mostMissing);
    bytes += row[5] - missing + unreadable;
    bytesUnreadable += unreadable;
    if (result === undefined || result.state === 'unexamined' || result.missing > 0) filesUnreadable += 1;
  }
  let nestedFiles = noCounts;
  let nestedBytes = noCounts;
  for (const { nested } of results.values()) {
    if (nested === undefined) continue;
    nestedFiles = addTo(nestedFiles, nested.files, nested.filesUnreadable);
    nestedBytes = addTo(nestedBytes, nested.bytes, nested.bytesUnreadable);
  }
  return {
    files: countsOf(files, filesUnreadable),
    bytes: countsOf(bytes, bytesUnreadable),
    nested: { files: nestedFiles, bytes: nestedBytes },
  };
};

const addTo = (counts: CoverageCounts, seen: number, unreadable: number): CoverageCounts =>
  countsOf(counts.seen + seen, counts.unreadable + unreadable);
