import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileType } from '../core/file-entry.ts';
import { duplicatePaths } from './duplicate-paths.ts';
import { fileTypes, type HeaderRow } from './protocol.ts';

const row = (path: string, type: FileType = 'file'): HeaderRow => [
  path,
  fileTypes.indexOf(type),
  0o644,
  0,
  0,
  1,
  0,
  0,
  0,
];
const codes = (rows: readonly HeaderRow[], digests: readonly string[]): readonly (readonly [string, string])[] =>
  duplicatePaths(rows, digests).map(({ code, where }) => [code, where]);

test('two files of one path with other content', () => {
  assert.deepEqual(codes([row('a'), row('b'), row('a')], ['1', '1', '2']), [['LAYER_PATH_TWICE', 'a']]);
});

test('the same file twice weighs less', () => {
  assert.deepEqual(codes([row('a'), row('a')], ['1', '1']), [['LAYER_ENTRY_TWICE', 'a']]);
});

test('a directory may be stated twice, but not once as a file', () => {
  assert.deepEqual(codes([row('a', 'directory'), row('a', 'directory')], ['', '']), []);
  assert.deepEqual(codes([row('a', 'directory'), row('a')], ['', '1']), [['LAYER_PATH_TWICE', 'a']]);
});

test('a whiteout beside a file of its name is none', () => {
  assert.deepEqual(codes([row('a', 'deletion'), row('a')], ['', '1']), []);
});

test('of very many the last that is told counts the rest', () => {
  const rows = Array.from({ length: 50 }, () => row('a'));
  const digests = rows.map((_, index) => String(index));
  const remarks = duplicatePaths(rows, digests);
  assert.equal(remarks.length, 16);
  assert.match(remarks.at(-1)?.reason ?? '', /33 more/);
});
