/** One SQLite file in a folder of ours → an open database with our tables; a file that cannot be used is set aside, never believed. */
import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { Log } from '../core/context.ts';
import { fileProblem } from './private-folder.ts';

export interface SqliteFileOptions {
  /** What is in it, for messages: `the memory of past scans`. */
  readonly what: string;
  /** Makes the tables. */
  readonly schema: string;
  /** Raised when the tables change; a file with another number is set aside. */
  readonly schemaVersion: number;
  /** Prepares what will be asked: throws when a table or column is missing. */
  readonly check: (database: Database.Database) => unknown;
  readonly log: Log;
  readonly now: () => Date;
}

/** Set-aside files that are kept for a look at what happened. */
const keptAside = 2;
/** As long as this, another process may hold the file. */
const busyMilliseconds = 2000;

export const isDamage = (thrown: unknown): boolean =>
  thrown instanceof Database.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB|FORMAT)/.test(thrown.code);

export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** Moves a file that cannot be used out of the way, unless another process has replaced it meanwhile. */
export const setAside = (file: string, inode: number | undefined, word: string, now: Date): string | undefined => {
  if (inode === undefined || statSync(file, { throwIfNoEntry: false })?.ino !== inode) return undefined;
  const folder = dirname(file);
  const aside = `${file}.${word}-${now.toISOString().replaceAll(/[:.]/g, '-')}`;
  renameSync(file, aside);
  for (const suffix of ['-wal', '-shm'])
    if (statSync(file + suffix, { throwIfNoEntry: false }) !== undefined) renameSync(file + suffix, aside + suffix);
  const older = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(file)}.`) && /-\d{4}-\d\d-\d\dT[\d-]+Z$/.test(name))
    .sort((one, other) => (one.slice(-24) < other.slice(-24) ? 1 : -1))
    .slice(keptAside);
  for (const name of older)
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, name + suffix), { force: true });
  return aside;
};

/** Makes the tables in a new file. False: the file has a schema of another version. */
export const prepareSchema = (
  database: Database.Database,
  { schema, schemaVersion }: Pick<SqliteFileOptions, 'schema' | 'schemaVersion'>,
): boolean => {
  const version = (): unknown => database.pragma('user_version', { simple: true });
  if (version() === schemaVersion) return true;
  // Two processes may both find the file empty: the lock decides which one makes the tables.
  return database
    .transaction(() => {
      if (version() === schemaVersion) return true;
      const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').pluck().get();
      if (version() !== 0 || tables !== 0) return false;
      database.exec(`${schema}; PRAGMA user_version = ${schemaVersion};`);
      return true;
    })
    .immediate();
};

const isBusy = (thrown: unknown): boolean =>
  thrown instanceof Database.SqliteError && /^SQLITE_BUSY(?:_|$)/.test(thrown.code);

/**
 * SQLite waits for a lock by itself, except where two that wait would wait for each other: as when several processes
 * turn one new file to its write-ahead log. Then all but one are refused at once, and have to come again.
 */
export const againWhileBusy = <Result>(work: () => Result): Result => {
  const until = Date.now() + busyMilliseconds;
  for (;;)
    try {
      return work();
    } catch (thrown) {
      if (!isBusy(thrown) || Date.now() > until) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
};

export const openDatabase = (file: string): Database.Database => {
  closeSync(openSync(file, 'a', 0o600));
  const database = new Database(file, { timeout: busyMilliseconds });
  try {
    database.pragma('auto_vacuum = INCREMENTAL');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('cache_size = -16000');
    database.pragma('trusted_schema = OFF');
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
};

export const inodeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino;

/** undefined, with a warning: there is none that may be used. One that is damaged or of another schema is set aside once, and a fresh one made. */
export const openSqliteFile = (file: string, options: SqliteFileOptions): Database.Database | undefined => {
  const { what, log, now } = options;
  for (const attempt of ['first', 'fresh']) {
    const problem = fileProblem(file);
    if (problem !== undefined) {
      log.warn(`${what} is not used: ${problem}`);
      return undefined;
    }
    const inode = inodeOf(file);
    let database: Database.Database | undefined;
    let word = 'schema';
    let reason = 'it was made by another version of Tidewaiter';
    try {
      database = againWhileBusy(() => openDatabase(file));
      if (prepareSchema(database, options)) {
        options.check(database);
        return database;
      }
    } catch (thrown) {
      if (!isDamage(thrown) && !/no such (?:table|column)/.test(reasonOf(thrown))) {
        database?.close();
        throw thrown;
      }
      word = 'corrupt';
      reason = `it is damaged: ${reasonOf(thrown)}`;
    }
    database?.close();
    if (attempt === 'first') {
      const aside = setAside(file, inode, word, now());
      if (aside !== undefined) log.warn(`${what} was set aside as ${aside}, and a new one begun: ${reason}`);
    }
  }
  log.warn(`${what} cannot be used: ${file}`);
  return undefined;
};
