/** An RPM database in any of its three containers (rpmdb.sqlite, Packages.db, Packages) → the installed packages. */
import type { Budget } from '../../core/budget.ts';
import { isFault, malformed } from '../../core/fault.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import { isBerkeleyHash, readBerkeleyHash } from './berkeley-hash.ts';
import { isNdb, readNdb } from './ndb.ts';
import { parseRpmHeader, type RpmPackage } from './rpm-header.ts';
import { parseSqliteJournal } from './sqlite-journal.ts';
import { isSqlite } from './sqlite.layout.ts';
import { readSqliteTable } from './sqlite.ts';

export type RpmdbContainer = 'sqlite' | 'ndb' | 'berkeley-db';

/** Told by the first 24 bytes. */
export const detectRpmdb = (head: Uint8Array): RpmdbContainer | undefined =>
  isSqlite(head) ? 'sqlite' : isNdb(head) ? 'ndb' : isBerkeleyHash(head) ? 'berkeley-db' : undefined;

/** A header with the number under which the database keeps it. */
interface Blob {
  readonly number: number;
  readonly blob: Uint8Array;
}

function* blobsOf(bytes: Uint8Array, budget: Budget, remark: OnRemark): Generator<Blob, void, undefined> {
  switch (detectRpmdb(bytes)) {
    case 'sqlite':
      for (const { rowId, values } of readSqliteTable(bytes, 'Packages', budget, remark)) {
        // Packages(hnum INTEGER PRIMARY KEY, blob BLOB): anything else is a header of no bytes, which nobody can read.
        const blob = values[1];
        yield { number: rowId, blob: blob instanceof Uint8Array ? blob : new Uint8Array(0) };
      }
      return;
    case 'ndb':
      yield* readNdb(bytes, budget, remark);
      return;
    case 'berkeley-db':
      for (const { key, value } of readBerkeleyHash(bytes, budget, remark)) {
        const number = key.number;
        // Number 0 keeps the next free number.
        if (number !== 0) yield { number, blob: value };
      }
      return;
    default:
      throw malformed('RPMDB_INVALID', 'no RPM database', budget.where);
  }
}

/**
 * Every package, in the order of the container. A header that cannot be read is a gap; the others are given.
 * The whole file is needed, of any size; it costs time and memory in proportion to it. Secondary indexes are not read: rpm rebuilds them.
 * @throws {Fault} malformed `RPMDB_INVALID`, `SQLITE_INVALID`, `NDB_INVALID`, `BERKELEY_DB_INVALID`; limit `ENTRIES_TOO_MANY`, `UNPACKED_TOO_LARGE`
 */
export const parseRpmdb = (bytes: Uint8Array, budget: Budget, remark: OnRemark): readonly RpmPackage[] => {
  const packages: RpmPackage[] = [];
  const numbers = new Set<number>();
  const complaints = new Complaints();
  for (const { number, blob } of blobsOf(bytes, budget, remark)) {
    budget.spendEntry();
    if (numbers.has(number))
      complaints.add('ambiguity', 'RPMDB_NUMBER_DUPLICATE', `two packages have the number ${number}`);
    numbers.add(number);
    try {
      packages.push(
        parseRpmHeader(blob, budget, (about) => complaints.add(about.kind, about.code, about.reason, about.bytes)),
      );
    } catch (thrown) {
      if (!isFault(thrown) || thrown.code === 'ENTRIES_TOO_MANY') throw thrown;
      complaints.add('gap', thrown.code, thrown.message, blob.length);
    }
  }
  complaints.report(remark);
  return packages;
};

/**
 * What a `rpmdb.sqlite-wal` or `-journal` means for the database beside it: rpm reads the pages in there instead of the database's own, Tidewaiter
 * does not, so packages may be missing or changed. An empty log, or one whose frames do not count, changes nothing and is no gap.
 */
export const remarkRpmdbJournal = (bytes: Uint8Array, remark: OnRemark): void => {
  const journal = parseSqliteJournal(bytes);
  // SQLite empties a journal, or puts zeros over its header, when it is done with it.
  const isDone = bytes.subarray(0, 32).every((byte) => byte === 0);
  if (journal === undefined ? isDone : journal.pages === 0) return;
  remark({
    kind: 'gap',
    code: 'RPMDB_JOURNAL_UNREAD',
    where: '',
    reason:
      journal === undefined
        ? 'the file beside the RPM database is no journal that can be read'
        : `${journal.pages} pages of the RPM database are changed by its ${journal.kind === 'write-ahead-log' ? 'write-ahead log' : 'rollback journal'}, which is not read`,
    bytes: bytes.length,
  });
};
