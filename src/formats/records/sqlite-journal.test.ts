import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Database from 'better-sqlite3';

import { describeRecord, parsed } from '../../../test/contracts/record.contract.ts';
import { remarkRpmdbJournal } from './rpmdb.ts';
import { parseSqliteJournal } from './sqlite-journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-journal-'));
let log = Buffer.alloc(0);
let uncommitted = Buffer.alloc(0);
let rollback = Buffer.alloc(0);

before(() => {
  const file = join(folder, 'wal.sqlite');
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('wal_autocheckpoint = 0');
  database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9000))');
  log = readFileSync(`${file}-wal`);
  database.close();

  const other = join(folder, 'rollback.sqlite');
  const second = new Database(other);
  second.pragma('journal_mode = DELETE');
  second.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  second.pragma('cache_size = 1');
  second.pragma('cache_spill = 1');
  second.exec('BEGIN; INSERT INTO t SELECT zeroblob(3000) FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8))');
  second.exec('UPDATE t SET a = zeroblob(4000)');
  rollback = readFileSync(`${other}-journal`);
  second.exec('ROLLBACK');
  second.close();

  // Everything but the last frame, which is the one that commits.
  uncommitted = log.subarray(0, 32 + 24 + 4096);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('a write-ahead log counts the pages that its commits change', () => {
  const journal = parseSqliteJournal(log);
  assert.equal(journal?.kind, 'write-ahead-log');
  assert.ok(journal.pages >= 4, `${journal.pages} pages`);
});

test('frames without a commit, with a wrong sum or with other salts do not count', () => {
  const first = log.readUInt32BE(32 + 4);
  assert.equal(parseSqliteJournal(uncommitted)?.pages, first === 0 ? 0 : 1);
  for (const at of [32 + 8, 32 + 24 + 100]) {
    const changed = Buffer.from(log);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(parseSqliteJournal(changed)?.pages, 0);
  }
});

test('a log without frames changes nothing', () => {
  assert.deepEqual(parseSqliteJournal(log.subarray(0, 32)), { kind: 'write-ahead-log', pages: 0 });
});

test('a rollback journal that was left behind is told', () => {
  assert.equal(parseSqliteJournal(rollback)?.kind, 'rollback-journal');
});

test('what is neither is neither', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(100), Buffer.from('SQLite format 3\0')])
    assert.equal(parseSqliteJournal(bytes), undefined);
});

test('beside an RPM database only a log that counts is a gap', () => {
  const codes = (bytes: Uint8Array): readonly string[] =>
    parsed((_, remark) => remarkRpmdbJournal(bytes, remark)).codes;
  assert.deepEqual(codes(log), ['gap RPMDB_JOURNAL_UNREAD']);
  assert.deepEqual(codes(log.subarray(0, 32)), []);
});

describeRecord({
  name: 'SQLite journal',
  samples: { empty: Buffer.alloc(32), header: Buffer.from(`d9d505f920a163d7${'00'.repeat(40)}`, 'hex') },
  parse: parseSqliteJournal,
});

test('a real log, cut and changed, is read within its length', { timeout: 10_000 }, () => {
  for (let length = 0; length < log.length; length += 97) parseSqliteJournal(log.subarray(0, length));
});
