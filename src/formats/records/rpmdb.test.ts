import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';

import { berkeleyOf, blobOf, ndbOf } from '../../../test/builders/rpmdb.ts';
import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { Budget } from '../../core/budget.ts';
import { detectRpmdb, parseRpmdb, remarkRpmdbJournal } from './rpmdb.ts';

const header = (name: string, files = 3): Buffer =>
  blobOf({
    1000: name,
    1001: '1.0',
    1002: '1',
    1022: 'noarch',
    1030: Array.from({ length: files }, () => 0o100644),
    1035: Array.from({ length: files }, () => 'ab'.repeat(16)),
    1116: Array.from({ length: files }, () => 0),
    1117: Array.from({ length: files }, (_, position) => `file-${position}`),
    1118: [`/usr/share/${name}/`],
  });

const blobs = [header('small', 1), header('alpha'), header('large', 60)];

/** As rpm lays it out, by the real SQLite. */
const sqliteOf = (rows: readonly Uint8Array[], pageSize = 512): Buffer => {
  const database = new Database(':memory:');
  database.pragma(`page_size = ${pageSize}`);
  database.exec(`CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL);
    CREATE TABLE 'Name' (key TEXT NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL);`);
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
  for (const row of rows) insert.run(row);
  const bytes = database.serialize();
  database.close();
  return bytes;
};

const containers = {
  sqlite: sqliteOf(blobs),
  ndb: ndbOf(blobs),
  'berkeley-db': berkeleyOf(blobs),
} as const;

const parse = (bytes: Uint8Array) => parsed((budget, remark) => parseRpmdb(bytes, budget, remark));
const namesIn = (bytes: Uint8Array): readonly string[] => parse(bytes).value.map(({ name }) => name);

for (const [container, bytes] of Object.entries(containers))
  test(`gives the packages of ${container}`, () => {
    assert.equal(detectRpmdb(bytes.subarray(0, 24)), container);
    const { value, codes } = parse(bytes);
    assert.deepEqual(codes, []);
    assert.deepEqual(value.map(({ name, files }) => `${name} ${files?.length}`).sort(), [
      'alpha 3',
      'large 60',
      'small 1',
    ]);
  });

test('a Berkeley DB in the other byte order gives the same', () => {
  const big = berkeleyOf(blobs, { isLittle: false });
  assert.equal(detectRpmdb(big), 'berkeley-db');
  assert.deepEqual(parse(big).value, parse(containers['berkeley-db']).value);
});

test('databases of many packages, with trees and chains of several pages', () => {
  const many = Array.from({ length: 300 }, (_, position) => header(`package-${position}`, position % 40));
  const expected = many.map((_, position) => `package-${position}`).sort();
  for (const bytes of [sqliteOf(many), sqliteOf(many, 4096), berkeleyOf(many), berkeleyOf(many, { pageSize: 4096 })]) {
    const { value, codes } = parse(bytes);
    assert.deepEqual([value.map(({ name }) => name).sort(), codes], [expected, []]);
  }
});

test('an empty database has no packages', () => {
  for (const bytes of [sqliteOf([]), ndbOf([]), berkeleyOf([])])
    assert.deepEqual([parse(bytes).value, parse(bytes).codes], [[], []]);
});

test('one damaged header is a gap, the others are read', () => {
  const rows = [blobs[0] ?? Buffer.alloc(0), Buffer.from('no header at all'), blobs[1] ?? Buffer.alloc(0)];
  for (const bytes of [sqliteOf(rows), ndbOf(rows), berkeleyOf(rows)]) {
    const { value, remarks } = parse(bytes);
    assert.deepEqual(value.map(({ name }) => name).sort(), ['alpha', 'small']);
    assert.deepEqual(
      remarks.map(({ kind, code, bytes: lost }) => [kind, code, lost]),
      [['gap', 'RPM_HEADER_INVALID', 16]],
    );
  }
});

test('what is no RPM database is a Fault', () => {
  const run = (bytes: Uint8Array): string => faultOf(() => parseRpmdb(bytes, new Budget(), () => undefined));
  assert.equal(run(Buffer.from('hello')), 'RPMDB_INVALID');
  assert.equal(run(Buffer.from('SQLite format 3\0')), 'SQLITE_INVALID');
  assert.equal(run(containers.ndb.subarray(0, 100)), 'NDB_INVALID');
  assert.equal(run(containers['berkeley-db'].subarray(0, 100)), 'BERKELEY_DB_INVALID');
});

test('ndb: a package whose sum is wrong is a gap', () => {
  const bytes = Buffer.from(containers.ndb);
  bytes[bytes.indexOf('file-2')] = 0x46;
  const { value, codes } = parse(bytes);
  assert.deepEqual([value.length, codes], [2, ['gap NDB_PACKAGE_INVALID']]);
});

test('ndb: packages in the place of another, and bytes that belong to none, are remarked on', () => {
  const overlapping = Buffer.from(containers.ndb);
  overlapping.writeUInt32LE(overlapping.readUInt32LE(40), 56);
  assert.deepEqual(parse(overlapping).codes, ['ambiguity NDB_PACKAGES_OVERLAP', 'ambiguity NDB_DATA_UNREFERENCED']);

  const removed = Buffer.from(containers.ndb);
  removed.fill(0, 36, 48);
  const { value, codes } = parse(removed);
  assert.deepEqual([value.map(({ name }) => name), codes], [['alpha', 'large'], ['ambiguity NDB_DATA_UNREFERENCED']]);
});

test('Berkeley DB: pages with entries that no bucket leads to are remarked on', () => {
  const bytes = Buffer.from(containers['berkeley-db']);
  // One bucket fewer: what lies in the second stays in the file.
  bytes.writeUInt32LE(0, 72);
  const { codes } = parse(bytes);
  assert.deepEqual(codes, ['ambiguity BERKELEY_DB_PAGE_UNREACHED']);
});

test('Berkeley DB: a loop of overflow pages ends, and the rest is read', () => {
  const bytes = Buffer.from(containers['berkeley-db']);
  const overflow = [...Array(bytes.length / 512).keys()].filter((page) => bytes[page * 512 + 25] === 7);
  const [first = 0] = overflow.slice(-4);
  bytes.writeUInt32LE(first, first * 512 + 16);
  const { value, codes } = parse(bytes);
  assert.deepEqual([value.map(({ name }) => name).sort(), codes], [['alpha', 'small'], ['gap BERKELEY_DB_INVALID']]);
});

test('Berkeley DB: encrypted ones, and those with checksums, are refused by name', () => {
  for (const [at, value] of [
    [24, 1],
    [26, 1],
    [16, 7],
  ] as const) {
    const bytes = Buffer.from(containers['berkeley-db']);
    bytes[at] = value;
    assert.equal(
      faultOf(() => parse(bytes)),
      'BERKELEY_DB_UNSUPPORTED',
    );
  }
});

test('SQLite: pages that are used twice are a gap, not a loop', { timeout: 10_000 }, () => {
  const bytes = sqliteOf(Array.from({ length: 50 }, (_, position) => header(`p${position}`, 20)));
  const root = [...Array(bytes.length / 512).keys()].find((page) => page > 0 && bytes[page * 512] === 5) ?? -1;
  assert.ok(root > 0);
  const pointers = root * 512 + 12;
  // Two children that are the same page.
  bytes.writeUInt16BE(bytes.readUInt16BE(pointers), pointers + 2);
  const { codes } = parse(bytes);
  assert.deepEqual(codes, ['gap SQLITE_INVALID']);
});

test('SQLite: what is cut off is a gap, and what lies behind the last page is remarked on', () => {
  const bytes = sqliteOf(Array.from({ length: 50 }, (_, position) => header(`p${position}`, 20)));
  assert.ok(parse(bytes.subarray(0, bytes.length - 512)).codes.includes('gap SQLITE_TRUNCATED'));
  assert.deepEqual(parse(Buffer.concat([bytes, Buffer.alloc(7)])).codes, ['ambiguity DATA_AFTER_END']);
});

test('SQLite: a table that is no table is a gap', () => {
  const make = (statement: string): Buffer => {
    const database = new Database(':memory:');
    database.exec(statement);
    const bytes = database.serialize();
    database.close();
    return bytes;
  };
  assert.deepEqual(parse(make('CREATE VIEW Packages AS SELECT 1, 2')).codes, ['gap SQLITE_TABLE_UNREADABLE']);
  assert.deepEqual(parse(make('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB) WITHOUT ROWID')).codes, [
    'gap SQLITE_TABLE_UNREADABLE',
  ]);
  assert.deepEqual(parse(make('CREATE TABLE Other (hnum INTEGER)')).codes, []);
});

test('SQLite: deleted packages are not there', () => {
  const database = new Database(':memory:');
  database.exec('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)');
  for (const blob of blobs) database.prepare('INSERT INTO Packages (blob) VALUES (?)').run(blob);
  database.exec('DELETE FROM Packages WHERE hnum = 3');
  assert.deepEqual(namesIn(database.serialize()), ['small', 'alpha']);
  database.close();
});

test('an empty journal is no gap, one that cannot be read is', () => {
  const codes = (bytes: Uint8Array): readonly string[] =>
    parsed((_, remark) => remarkRpmdbJournal(bytes, remark)).codes;
  assert.deepEqual(codes(Buffer.alloc(0)), []);
  assert.deepEqual(codes(Buffer.alloc(512)), []);
  assert.deepEqual(codes(Buffer.from('rubbish')), ['gap RPMDB_JOURNAL_UNREAD']);
});

describeRecord({
  name: 'RPM database',
  samples: {
    sqlite: sqliteOf([header('a', 2), header('b', 12), header('c', 30)]),
    ndb: ndbOf([header('a', 2), header('b', 3)]),
    little: berkeleyOf([header('a', 2), header('b', 3)]),
    big: berkeleyOf([header('a', 2), header('b', 3)], { isLittle: false }),
  },
  parse: parseRpmdb,
  mutations: 1500,
});
