/** Facts of earlier scans ↔ one SQLite file in the user's cache folder, shared by several processes (write-ahead log). */
import { hash } from 'node:crypto';
import Database from 'better-sqlite3';
import type { Log } from '../../core/context.ts';
import { memoryKinds, noMemory, type FactMemory, type MemoryKind } from '../../core/memory.ts';
import { factFileIn } from '../fact-file.ts';
import { fileProblem, folderProblem } from '../private-folder.ts';
import { inodeOf, isDamage, openSqliteFile, reasonOf, setAside } from '../sqlite-file.ts';

export interface FactMemoryOptions {
  /** The file is brought below this size when the memory is closed, least recently used facts first. */
  readonly maximumBytes: number;
  readonly log: Log;
  /** Default: the clock. */
  readonly now?: () => Date;
}

export interface SqliteFactMemory extends FactMemory {
  /** Facts that were used without `recall` (a scanning process read them): they are kept as if recalled here. */
  touch(kind: MemoryKind, keys: readonly string[]): void;
}

/** Raised when the tables change; a file with another number is set aside. */
const schemaVersion = 2;
/** For messages. */
const what = 'the memory of past scans';
const daySeconds = 86_400;

/** Small values lie in the key's own tree; those of layers and images may be megabytes and get pages of their own. */
const schema = `
  CREATE TABLE file  (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL, checksum BLOB NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE layer (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL, checksum BLOB NOT NULL, used INTEGER NOT NULL);
  CREATE TABLE image (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL, checksum BLOB NOT NULL, used INTEGER NOT NULL);
`;

interface Row {
  readonly value: Buffer;
  readonly checksum: Buffer;
  readonly used: number;
}

/**
 * Ties a value to its key and kind. It finds bit rot, torn pages and rows under the wrong key; it is no defence against
 * somebody who can write the file, which is what owner and mode are checked for.
 */
const checksumOf = (kind: MemoryKind, key: string, value: Uint8Array): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(`${kind}\0${key}\0`), value]), 'buffer').subarray(0, 16);

type Statement = Database.Statement<[string], Row>;

const forEachKind = <Value>(make: (kind: MemoryKind) => Value): Readonly<Record<MemoryKind, Value>> =>
  Object.fromEntries(memoryKinds.map((kind) => [kind, make(kind)])) as Record<MemoryKind, Value>;

interface Recaller {
  readonly recall: (kind: MemoryKind, key: string) => Row | undefined;
}

const prepareRecall = (database: Database.Database): Recaller => {
  const statements = forEachKind((kind): Statement =>
    database.prepare<[string], Row>(`SELECT value, checksum, used FROM ${kind} WHERE key = ?`),
  );
  return {
    recall: (kind, key) => {
      const row = statements[kind].get(key);
      return row !== undefined && checksumOf(kind, key, row.value).equals(row.checksum) ? row : undefined;
    },
  };
};

const allUsed = memoryKinds.map((kind) => `SELECT used FROM ${kind}`).join(' UNION ALL ');

/** Deletes the least recently used facts until the pages in use fit; the file shrinks with them. */
const evict = (database: Database.Database, maximumBytes: number): void => {
  const pages = (name: 'page_count' | 'freelist_count' | 'page_size'): number =>
    Number(database.pragma(name, { simple: true }));
  const inUse = (): number => (pages('page_count') - pages('freelist_count')) * pages('page_size');
  if (inUse() <= maximumBytes) return;
  // Below the maximum by a tenth, so that the next scan does not evict again.
  for (let bytes = inUse(), rounds = 0; bytes > maximumBytes * 0.9 && rounds < 40; bytes = inUse(), rounds += 1) {
    const share = Math.min(1, 1 - (maximumBytes * 0.9) / bytes + 0.02);
    const rows = Number(database.prepare(`SELECT count(*) FROM (${allUsed})`).pluck().get());
    if (rows === 0) break;
    const oldest = `SELECT used FROM (${allUsed}) ORDER BY used LIMIT 1 OFFSET ?`;
    const edge = Number(
      database
        .prepare(oldest)
        .pluck()
        .get(Math.min(rows - 1, Math.ceil(rows * share))) ?? 0,
    );
    database
      .transaction(() => {
        let left = Math.max(1, Math.ceil(rows * share));
        for (const kind of memoryKinds) {
          const statement = database.prepare(
            `DELETE FROM ${kind} WHERE key IN (SELECT key FROM ${kind} WHERE used <= ? ORDER BY used LIMIT ?)`,
          );
          left -= statement.run(edge, left).changes;
        }
      })
      .immediate();
  }
  database.pragma('incremental_vacuum');
  database.pragma('wal_checkpoint(TRUNCATE)');
};

/**
 * The memory in this folder, made when absent. Never throws: a folder that others own or may write, a full disk, a
 * damaged file each end in a warning and a memory that remembers nothing.
 * Written by the process that judges only; scanning processes use `openFactReader`.
 */
export const openFactMemory = (folder: string, options: FactMemoryOptions): SqliteFactMemory => {
  const { maximumBytes, log, now = () => new Date() } = options;
  const forgetful: SqliteFactMemory = { ...noMemory, touch: () => undefined };
  const file = factFileIn(folder);
  let database: Database.Database | undefined;
  try {
    const problem = folderProblem(folder, true);
    if (problem !== undefined) {
      log.warn(`the memory of past scans is not used: ${problem}`);
      return forgetful;
    }
    database = openSqliteFile(file, { what, schema, schemaVersion, check: prepareRecall, log, now });
    if (database === undefined) return forgetful;
  } catch (thrown) {
    database?.close();
    log.warn(`the memory of past scans cannot be used: ${reasonOf(thrown)}`);
    return forgetful;
  }

  let open: Database.Database | undefined = database;
  const inode = inodeOf(file);
  const seconds = Math.floor(now().getTime() / 1000);
  const touched = forEachKind(() => new Set<string>());
  const { recall } = prepareRecall(database);
  const inserts = forEachKind(
    (kind) =>
      open?.prepare(
        `INSERT OR REPLACE INTO ${kind} (key, value, checksum, used) VALUES (?, ?, ?, ?)`,
      ) as Database.Statement,
  );

  /** Damage that shows only later: no more memory in this process, and a fresh file for the next. */
  const attempt = <Result>(what: string, work: (database: Database.Database) => Result): Result | undefined => {
    if (open === undefined) return undefined;
    try {
      return work(open);
    } catch (thrown) {
      if (!isDamage(thrown)) {
        log.debug(`memory of past scans: could not ${what}: ${reasonOf(thrown)}`);
        return undefined;
      }
      const damaged = open;
      open = undefined;
      try {
        damaged.close();
        const aside = setAside(file, inode, 'corrupt', now());
        log.warn(`the memory of past scans is damaged and was set aside${aside === undefined ? '' : ` as ${aside}`}`);
      } catch (second) {
        log.warn(`the memory of past scans is damaged and could not be set aside: ${reasonOf(second)}`);
      }
      return undefined;
    }
  };

  return {
    recall: (kind, key) =>
      attempt('recall', () => {
        const row = recall(kind, key);
        if (row !== undefined && row.used < seconds - daySeconds) touched[kind].add(key);
        return row?.value;
      }),
    remember: (kind, facts) => {
      if (facts.length === 0) return;
      attempt('remember', (database) =>
        database
          .transaction(() => {
            for (const { key, value } of facts) inserts[kind].run(key, value, checksumOf(kind, key, value), seconds);
          })
          .immediate(),
      );
    },
    isEmpty: () =>
      attempt('look', (database) => database.prepare('SELECT 1 FROM layer LIMIT 1').get() === undefined) ?? true,
    touch: (kind, keys) => {
      for (const key of keys) touched[kind].add(key);
    },
    close: () => {
      attempt('note what was used', (database) => {
        if (memoryKinds.every((kind) => touched[kind].size === 0)) return;
        database
          .transaction(() => {
            for (const kind of memoryKinds) {
              const update = database.prepare(`UPDATE ${kind} SET used = ? WHERE key = ? AND used < ?`);
              for (const key of touched[kind]) update.run(seconds, key, seconds - daySeconds);
            }
          })
          .immediate();
      });
      attempt('evict', (database) => evict(database, maximumBytes));
      attempt('close', (database) => database.close());
      open = undefined;
    },
  };
};

/** For scanning processes: reads what is there, writes nothing, makes nothing, says nothing. Never throws. */
export const openFactReader = (folder: string): Pick<FactMemory, 'recall' | 'close'> => {
  const file = factFileIn(folder);
  try {
    if (folderProblem(folder, false) !== undefined || fileProblem(file) !== undefined) return noMemory;
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 2000 });
    if (database.pragma('user_version', { simple: true }) !== schemaVersion) {
      database.close();
      return noMemory;
    }
    const { recall } = prepareRecall(database);
    return {
      recall: (kind, key) => {
        try {
          return recall(kind, key)?.value;
        } catch (thrown) {
          if (thrown instanceof Database.SqliteError) return undefined;
          throw thrown;
        }
      },
      close: () => {
        database.close();
      },
    };
  } catch (thrown) {
    if (thrown instanceof Database.SqliteError || (thrown as NodeJS.ErrnoException).code !== undefined) return noMemory;
    throw thrown;
  }
};
