/** One SQLite file of what must not be forgotten → an open database; one that cannot be used is a Fault, never a fresh beginning. */
import { accessSync, constants } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import Database from 'better-sqlite3';
import { isFault, unavailable, type Fault } from '../core/fault.ts';
import { fileProblem, folderProblem } from './private-folder.ts';
import { againWhileBusy, openDatabase, prepareSchema, reasonOf } from './sqlite-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** XDG base directory specification: state is kept when the cache is emptied. A path that is not absolute is to be ignored. */
export const stateFolderOf = (environment: Environment, home: string): string => {
  const stated = environment['XDG_STATE_HOME'];
  const base =
    stated !== undefined && isAbsolute(stated) ? stated : join(environment['HOME'] ?? home, '.local', 'state');
  return join(base, 'tidewaiter');
};

/**
 * Whether anything can be kept in this folder, which is made for it. A file in it that is damaged is another question: it was kept once,
 * and is not forgotten.
 */
export const canKeepState = (folder: string): boolean => {
  try {
    if (folderProblem(folder, true) !== undefined) return false;
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (thrown) {
    if (typeof (thrown as NodeJS.ErrnoException).code !== 'string') throw thrown;
    return false;
  }
};

export interface StateFileOptions {
  /** What is in it, for messages: `what is remembered of Notary`. */
  readonly what: string;
  readonly schema: string;
  readonly schemaVersion: number;
  /** Prepares what will be asked: throws when a table or column is missing. */
  readonly check: (database: Database.Database) => unknown;
}

const stateFault = (file: string, what: string, reason: string, thrown?: unknown): Fault =>
  unavailable(
    'STATE_UNUSABLE',
    `${what} cannot be used: ${reason}. It is not begun anew, since forgetting it would hide what changed; if it is lost, remove ${file}`,
    file,
    thrown,
  );

/**
 * Runs what touches the file; whatever SQLite or the disk refuse is a Fault.
 * @throws {Fault} unavailable `STATE_UNUSABLE`
 */
export const withState = <Result>(file: string, what: string, work: () => Result): Result => {
  try {
    return work();
  } catch (thrown) {
    if (isFault(thrown)) throw thrown;
    if (thrown instanceof Database.SqliteError || typeof (thrown as NodeJS.ErrnoException).code === 'string')
      throw stateFault(file, what, reasonOf(thrown), thrown);
    throw thrown;
  }
};

/**
 * Made when absent, for this user only. Several processes may open it at once.
 * @throws {Fault} unavailable `STATE_UNUSABLE`: damaged, of another version, another's, or not to be written
 */
export const openStateFile = (file: string, options: StateFileOptions): Database.Database => {
  const { what, check } = options;
  return withState(file, what, () => {
    const problem = folderProblem(dirname(file), true) ?? fileProblem(file);
    if (problem !== undefined) throw stateFault(file, what, problem);
    const database = againWhileBusy(() => openDatabase(file));
    try {
      database.pragma('synchronous = FULL');
      if (!againWhileBusy(() => prepareSchema(database, options)))
        throw stateFault(file, what, 'it was made by another version of Tidewaiter');
      check(database);
      return database;
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  });
};
