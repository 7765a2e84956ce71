/** What verifiers must remember (Notary's versions and pins, trusted roots) ↔ one SQLite file in the user's state folder, shared by all processes. */
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { TrustMemory } from '../../core/trust.ts';
import { openStateFile, withState } from '../state-file.ts';
import { againWhileBusy } from '../sqlite-file.ts';

const what = 'what is remembered of trust';
const schemaVersion = 1;
const schema = `
  CREATE TABLE kept (space TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID;
`;

const selectValue = (database: Database.Database): Database.Statement<[string, string], string> =>
  database.prepare<[string, string], string>('SELECT value FROM kept WHERE space = ? AND key = ?').pluck();

export interface DurableTrustMemory extends TrustMemory {
  /** Whether it can be used. @throws {Fault} unavailable `STATE_UNUSABLE` */
  check(): void;
  close(): void;
}

/** Opened when it is first asked: most verifications need none of it. Every method throws a Fault `STATE_UNUSABLE` where it cannot be used. */
export const openTrustMemory = (folder: string): DurableTrustMemory => {
  const file = join(folder, 'trust-memory.sqlite');
  let opened: Database.Database | undefined;
  const open = (): Database.Database =>
    (opened ??= openStateFile(file, { what, schema, schemaVersion, check: selectValue }));
  return {
    recall: (space, key) => withState(file, what, () => againWhileBusy(() => selectValue(open()).get(space, key))),
    replace: (space, key, before, after) =>
      withState(file, what, () => {
        const database = open();
        // The lock is taken before the value is read: no other process can come between the two.
        const swap = database.transaction((): boolean => {
          if (selectValue(database).get(space, key) !== before) return false;
          database.prepare('INSERT OR REPLACE INTO kept (space, key, value) VALUES (?, ?, ?)').run(space, key, after);
          return true;
        });
        return againWhileBusy(() => swap.immediate());
      }),
    check: () => void open(),
    close: () => {
      opened?.close();
      opened = undefined;
    },
  };
};
