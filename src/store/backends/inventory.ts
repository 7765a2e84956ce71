/** What scanned images hold ↔ one SQLite file in the user's state folder, shared by all processes. */
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Log } from '../../core/context.ts';
import type { Digest } from '../../core/digest.ts';
import type { ProgramInventories, ProgramInventory, ScannedInventory } from '../../core/program-inventory.ts';
import { folderProblem } from '../private-folder.ts';
import { openSqliteFile, reasonOf } from '../sqlite-file.ts';
import { decodeInventory, encodeInventory, hashesAmong, type DecodedInventory } from './inventory-bytes.ts';

export interface InventoryStoreOptions {
  readonly log: Log;
  readonly now: () => Date;
  /** The longest unscanned are forgotten beyond it. */
  readonly maximumImages?: number;
  /** Of all that is kept. */
  readonly maximumBytes?: number;
  /** Of those that are unpacked at once: each takes about 150 bytes. */
  readonly openFiles?: number;
}

export interface InventoryStore extends ProgramInventories {
  /** Whether the image is kept under all of its names: by that of an index it is from now on. True where nothing can be kept. */
  has(own: readonly Digest[], shared?: Digest): boolean;
  keep(inventory: ScannedInventory): void;
  /** Names of all images that are kept; for whoever asks one after the other. */
  images(): readonly string[];
  /** Of the hashes, lower-case hex, those of programs in the image. */
  hashesIn(image: string, wanted: ReadonlySet<string>): readonly string[];
  close(): void;
}

export const inventoryFile = 'inventories.sqlite';
const what = 'what is remembered of the files of images';
/** Raised when what is kept is written otherwise: the file is begun anew, and the next scan of each image fills it. */
const schemaVersion = 1;
const schema = `
  CREATE TABLE inventory (image TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL, bytes INTEGER NOT NULL, value BLOB NOT NULL);
  CREATE INDEX inventory_at ON inventory (at);
  CREATE TABLE inventory_name (name TEXT NOT NULL, image TEXT NOT NULL, shared INTEGER NOT NULL, PRIMARY KEY (name, image)) WITHOUT ROWID;
  CREATE INDEX inventory_name_image ON inventory_name (image);
`;

const rememberedNames = 10_000;

const statementsOf = (database: Database.Database) => ({
  named: database.prepare<[string], { readonly image: string; readonly shared: number }>(
    'SELECT image, shared FROM inventory_name WHERE name = ? LIMIT 64',
  ),
  value: database.prepare<[string], Uint8Array>('SELECT value FROM inventory WHERE image = ?').pluck(),
  insert: database.prepare('INSERT OR REPLACE INTO inventory (image, at, bytes, value) VALUES (?, ?, ?, ?)'),
  name: database.prepare('INSERT OR REPLACE INTO inventory_name (name, image, shared) VALUES (?, ?, ?)'),
});

type Statements = ReturnType<typeof statementsOf>;

/** Opened when it is first asked; no method throws: what goes wrong is told once, and then nothing is known. */
export const openInventoryStore = (folder: string, options: InventoryStoreOptions): InventoryStore => {
  const { log, now, maximumImages = 5000, maximumBytes = 2 ** 29, openFiles = 600_000 } = options;
  let opened: { readonly database: Database.Database; readonly ask: Statements } | 'unusable' | undefined;
  const unpacked = new Map<string, DecodedInventory>();
  /** What a digest of its own names does not change. */
  const images = new Map<Digest, string>();
  let unpackedFiles = 0;

  const open = (): { readonly database: Database.Database; readonly ask: Statements } | undefined => {
    if (opened !== undefined) return opened === 'unusable' ? undefined : opened;
    opened = 'unusable';
    const problem = folderProblem(folder, true);
    if (problem !== undefined) {
      log.warn(`${what} is not used: ${problem}`);
      return undefined;
    }
    const file = join(folder, inventoryFile);
    const database = openSqliteFile(file, { what, schema, schemaVersion, check: statementsOf, log, now });
    if (database === undefined) return undefined;
    opened = { database, ask: statementsOf(database) };
    return opened;
  };

  const using = <Result>(otherwise: Result, work: (ask: Statements, database: Database.Database) => Result): Result => {
    try {
      const usable = open();
      return usable === undefined ? otherwise : work(usable.ask, usable.database);
    } catch (thrown) {
      log.warn(`${what} cannot be used: ${reasonOf(thrown)}`);
      if (typeof opened === 'object') opened.database.close();
      opened = 'unusable';
      return otherwise;
    }
  };

  /**
   * Images that share a manifest or a config have the same files. An index names as many as platforms of it were scanned: where those
   * are several, none is meant.
   */
  const imageNamed = (ask: Statements, digests: readonly Digest[]): string | undefined => {
    const known = digests.map((digest) => images.get(digest)).find((image) => image !== undefined);
    if (known !== undefined) return known;
    const rows = digests.flatMap((digest) => ask.named.all(digest).map((row) => ({ ...row, digest })));
    const own = rows.find(({ shared }) => shared === 0);
    if (own !== undefined) {
      if (images.size >= rememberedNames) images.clear();
      images.set(own.digest, own.image);
      return own.image;
    }
    const named = new Set(rows.map(({ image }) => image));
    return named.size === 1 ? [...named][0] : undefined;
  };

  const prune = (database: Database.Database): void => {
    const oldest = database.prepare<[], { readonly image: string; readonly bytes: number }>(
      'SELECT image, bytes FROM inventory ORDER BY at DESC, image',
    );
    let [images, bytes] = [0, 0];
    const gone: string[] = [];
    for (const row of oldest.all()) {
      images += 1;
      bytes += row.bytes;
      if (images > 1 && (images > maximumImages || bytes > maximumBytes)) gone.push(row.image);
    }
    const [value, names] = ['inventory', 'inventory_name'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE image = ?`),
    );
    for (const image of gone) {
      value?.run(image);
      names?.run(image);
    }
  };

  const unpack = (image: string, value: Uint8Array | undefined): DecodedInventory | undefined => {
    if (value === undefined) return undefined;
    const inventory = decodeInventory(value);
    if (inventory === undefined) {
      log.warn(`${what}: that of ${image} cannot be read`);
      return undefined;
    }
    unpacked.set(image, inventory);
    unpackedFiles += inventory.files;
    for (const [name, { files }] of unpacked) {
      if (unpackedFiles <= openFiles || name === image) break;
      unpacked.delete(name);
      unpackedFiles -= files;
    }
    return inventory;
  };

  return {
    has: (own, shared) =>
      using(true, (ask) => {
        const images = own.map((digest) => ask.named.all(digest).find((row) => row.shared === 0)?.image);
        const [image] = images;
        if (image === undefined || images.includes(undefined)) return false;
        if (shared !== undefined && !ask.named.all(shared).some((row) => row.image === image))
          ask.name.run(shared, image, 1);
        return true;
      }),
    keep: (inventory) =>
      using(undefined, (ask, database) => {
        const [image] = inventory.own;
        if (image === undefined) return;
        const value = encodeInventory(inventory);
        database
          .transaction(() => {
            ask.insert.run(image, now().getTime(), value.length, value);
            for (const digest of inventory.own) ask.name.run(digest, image, 0);
            if (inventory.shared !== undefined && !inventory.own.includes(inventory.shared))
              ask.name.run(inventory.shared, image, 1);
            prune(database);
          })
          .immediate();
      }),
    of: (digests) =>
      using<ProgramInventory | undefined>(undefined, (ask) => {
        const image = imageNamed(ask, digests);
        if (image === undefined) return undefined;
        const known = unpacked.get(image);
        if (known === undefined) return unpack(image, ask.value.get(image));
        // The newest is the last to be forgotten.
        unpacked.delete(image);
        unpacked.set(image, known);
        return known;
      }),
    images: () =>
      using<readonly string[]>([], (_ask, database) =>
        database.prepare<[], string>('SELECT image FROM inventory ORDER BY at DESC, image').pluck().all(),
      ),
    hashesIn: (image, wanted) =>
      using<readonly string[]>([], (ask) => {
        const value = ask.value.get(image);
        return value === undefined ? [] : hashesAmong(value, wanted);
      }),
    close: () => {
      if (typeof opened === 'object') opened.database.close();
      opened = undefined;
    },
  };
};
