/** Verdicts of earlier times ↔ one SQLite file in the user's cache folder, beside the facts. */
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Log } from '../../core/context.ts';
import type { EarlierVerdict } from '../../core/verdict.ts';
import { noVerdictMemory, type RememberedVerdicts, type VerdictMemory } from '../../core/verdict-memory.ts';
import { folderProblem } from '../private-folder.ts';
import { openSqliteFile, reasonOf } from '../sqlite-file.ts';

export interface VerdictMemoryOptions {
  /** The least recently judged are forgotten beyond it. */
  readonly maximumImages: number;
  readonly log: Log;
  /** Default: the clock. */
  readonly now?: () => Date;
}

const schemaVersion = 1;
const schema = `
  CREATE TABLE verdict (
    image TEXT PRIMARY KEY NOT NULL, last TEXT NOT NULL, allowed TEXT, judged INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

interface Row {
  readonly last: string;
  readonly allowed: string | null;
}

const assessments: readonly string[] = ['malicious', 'suspicious', 'clean', 'incomplete'];
const decisions: readonly string[] = ['allow', 'warn', 'deny'];

/** undefined for what is no verdict: a file of ours that somebody edited. */
const readVerdict = (text: string | null): EarlierVerdict | undefined => {
  if (text === null) return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { assessment, decision, rules, policy, at } = value as Readonly<Record<string, unknown>>;
  const isWhole =
    [assessment, decision, rules, policy, at].every((member) => typeof member === 'string') &&
    assessments.includes(assessment as string) &&
    decisions.includes(decision as string);
  return isWhole ? ({ assessment, decision, rules, policy, at } as EarlierVerdict) : undefined;
};

const selectRow = (database: Database.Database): Database.Statement<[string], Row> =>
  database.prepare<[string], Row>('SELECT last, allowed FROM verdict WHERE image = ?');

/**
 * The memory in this folder, made when absent. Never throws: what goes wrong ends in a warning and a memory that remembers nothing.
 */
export const openVerdictMemory = (folder: string, options: VerdictMemoryOptions): VerdictMemory => {
  const { maximumImages, log, now = () => new Date() } = options;
  const what = 'the memory of past verdicts';
  let opened: Database.Database | undefined;
  try {
    const problem = folderProblem(folder, true);
    if (problem !== undefined) {
      log.warn(`${what} is not used: ${problem}`);
      return noVerdictMemory;
    }
    const file = join(folder, 'verdicts.sqlite');
    opened = openSqliteFile(file, { what, schema, schemaVersion, check: selectRow, log, now });
  } catch (thrown) {
    log.warn(`${what} cannot be used: ${reasonOf(thrown)}`);
  }
  if (opened === undefined) return noVerdictMemory;
  const database = opened;
  const select = selectRow(database);
  const insert = database.prepare('INSERT OR REPLACE INTO verdict (image, last, allowed, judged) VALUES (?, ?, ?, ?)');
  const seconds = Math.floor(now().getTime() / 1000);

  const attempt = <Result>(verb: string, work: () => Result): Result | undefined => {
    try {
      return work();
    } catch (thrown) {
      log.warn(`${what}: could not ${verb}: ${reasonOf(thrown)}`);
      return undefined;
    }
  };

  return {
    recall: (image) =>
      attempt('recall', (): RememberedVerdicts | undefined => {
        const row = select.get(image);
        const last = readVerdict(row?.last ?? null);
        const allowed = readVerdict(row?.allowed ?? null);
        return last === undefined ? undefined : { last, ...(allowed === undefined ? {} : { allowed }) };
      }),
    remember: (image, { last, allowed }) =>
      attempt('remember', () => {
        insert.run(image, JSON.stringify(last), allowed === undefined ? null : JSON.stringify(allowed), seconds);
      }),
    close: () => {
      attempt('forget the oldest', () =>
        database
          .prepare(
            'DELETE FROM verdict WHERE image IN (SELECT image FROM verdict ORDER BY judged DESC LIMIT -1 OFFSET ?)',
          )
          .run(maximumImages),
      );
      attempt('close', () => database.close());
    },
  };
};
