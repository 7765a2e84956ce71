import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';

import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { Budget } from '../../core/budget.ts';
import { readSqliteTable } from './sqlite.ts';

const databaseOf = (statements: string, pageSize = 512): Buffer => {
  const database = new Database(':memory:');
  database.pragma(`page_size = ${pageSize}`);
  database.exec(statements);
  const bytes = database.serialize();
  database.close();
  return bytes;
};

const rowsOf = (bytes: Uint8Array, table = 't') =>
  parsed((budget, remark) => [...readSqliteTable(bytes, table, budget, remark)]);

test('values of every type and width', () => {
  const numbers = [0, 1, -1, 127, -128, 128, 32_767, -32_769, 8_388_607, 2 ** 31, -(2 ** 31) - 1, 2 ** 47, -(2 ** 48)];
  const bytes = databaseOf(
    `CREATE TABLE t (a, b); ${numbers.map((number) => `INSERT INTO t VALUES (${number}, NULL);`).join('')}
     INSERT INTO t VALUES (1.5, 'text é'); INSERT INTO t VALUES (x'00ff', ''); INSERT INTO t VALUES (9007199254740993, -9223372036854775808);`,
  );
  const { value, codes } = rowsOf(bytes);
  assert.deepEqual(codes, []);
  assert.deepEqual(value.map(({ values }) => values[0]).slice(0, numbers.length), numbers);
  assert.deepEqual(
    value
      .slice(numbers.length)
      .map(({ values }) => values.map((item) => (item instanceof Uint8Array ? [...item] : item))),
    [
      [1.5, 'text é'],
      [[0, 255], ''],
      [9_007_199_254_740_993n, -9_223_372_036_854_775_808n],
    ],
  );
});

for (const encoding of ['UTF-16le', 'UTF-16be'])
  test(`texts and names in ${encoding}`, () => {
    const bytes = databaseOf(`PRAGMA encoding = '${encoding}'; CREATE TABLE t (a); INSERT INTO t VALUES ('gr€en');`);
    assert.deepEqual(
      rowsOf(bytes).value.map(({ values }) => values),
      [['gr€en']],
    );
  });

test('rows of every size, at the borders between a page and its overflow', () => {
  for (const pageSize of [512, 1024, 65_536]) {
    const sizes = [0, 1, 35, 36, 400, 470, 476, 477, 478, 500, 508, 1000, 5000, 70_000];
    const bytes = databaseOf(
      `CREATE TABLE t (a); ${sizes.map((size) => `INSERT INTO t VALUES (zeroblob(${size}));`).join('')}`,
      pageSize,
    );
    const { value, codes } = rowsOf(bytes);
    assert.deepEqual(
      [value.map(({ values: [blob] }) => (blob instanceof Uint8Array ? blob.length : -1)), codes],
      [sizes, []],
      `${pageSize}`,
    );
  }
});

test('rows come by their ids, whatever the depth of the tree', () => {
  const rows = Array.from({ length: 3000 }, (_, position) => (position * 7919) % 3001);
  const bytes = databaseOf(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, a); ${rows.map((row) => `INSERT INTO t VALUES (${row}, 'row ${row}');`).join('')}`,
  );
  const { value } = rowsOf(bytes);
  assert.deepEqual(
    value.map(({ rowId }) => rowId),
    rows.toSorted((one, other) => one - other),
  );
  assert.ok(value.every(({ rowId, values }) => values[0] === null && values[1] === `row ${rowId}`));
});

test('a table that is not there has no rows, and names are compared without case', () => {
  const bytes = databaseOf('CREATE TABLE T (a); INSERT INTO T VALUES (1); CREATE INDEX u ON T (a)');
  assert.equal(rowsOf(bytes, 't').value.length, 1);
  assert.deepEqual([rowsOf(bytes, 'u').value, rowsOf(bytes, 'u').codes], [[], []]);
});

test('what is no database, or has impossible pages, is a Fault', () => {
  const run = (change: (bytes: Buffer) => void): string => {
    const bytes = databaseOf('CREATE TABLE t (a)');
    change(bytes);
    return faultOf(() => [...readSqliteTable(bytes, 't', new Budget(), () => undefined)]);
  };
  assert.equal(
    run(() => undefined),
    'none',
  );
  assert.equal(
    run((bytes) => bytes.write('SQLITE')),
    'SQLITE_INVALID',
  );
  assert.equal(
    run((bytes) => bytes.writeUInt16BE(513, 16)),
    'SQLITE_INVALID',
  );
  assert.equal(
    run((bytes) => bytes.writeUInt8(255, 20)),
    'SQLITE_INVALID',
  );
  assert.equal(
    run((bytes) => bytes.writeUInt32BE(9, 56)),
    'SQLITE_INVALID',
  );
});

describeRecord({
  name: 'SQLite table',
  samples: {
    table: databaseOf(
      `CREATE TABLE t (a, b); ${[10, 900, 3000].map((size) => `INSERT INTO t VALUES (zeroblob(${size}), 'x');`).join('')}`,
    ),
  },
  parse: (bytes, budget, remark) => [...readSqliteTable(bytes, 't', budget, remark)],
  mutations: 1500,
});
