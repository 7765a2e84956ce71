import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zipOf } from '../../test/builders/zip.ts';
import { endsInZip } from './appended-zip.ts';

const zip = zipOf([{ name: 'a', content: 'content' }]);
const program = Buffer.concat([Buffer.from('#!/bin/sh\n'), Buffer.alloc(5000, 0x90)]);

test('a zip behind anything is seen, whether its offsets count what is before it or not', () => {
  assert.ok(endsInZip(zip));
  assert.ok(endsInZip(Buffer.concat([program, zip])));
  assert.ok(endsInZip(zipOf([{ name: 'a', content: 'x', before: program }])));
});

test('with a comment, with zip64 records, with bytes behind it', () => {
  for (const options of [{ comment: 'c'.repeat(65_535) }, { wide: true }, { suffix: Buffer.alloc(100) }])
    assert.ok(
      endsInZip(Buffer.concat([program, zipOf([{ name: 'a', content: 'x' }], options)])),
      JSON.stringify(options),
    );
});

test('the mark alone is none, nor is an archive in the middle', () => {
  assert.ok(!endsInZip(Buffer.concat([program, Buffer.from('PK\u0005\u0006'), Buffer.alloc(40)])));
  assert.ok(!endsInZip(Buffer.concat([program, Buffer.from('PK\u0005\u0006')])));
  assert.ok(!endsInZip(Buffer.concat([program, zip, Buffer.alloc(70_000)])));
  assert.ok(!endsInZip(zipOf([])));
  assert.ok(!endsInZip(new Uint8Array(0)));
});

test('a mark in a program that reads zips does not hide the archive before it', () => {
  assert.ok(endsInZip(Buffer.concat([zip, Buffer.from('PK\u0005\u0006 and more'), Buffer.alloc(30)])));
});

test('of the end alone: a directory that begins earlier counts when the record ends the file', () => {
  const large = zipOf(Array.from({ length: 50 }, (_, number) => ({ name: `member-${number}`, content: 'x' })));
  assert.ok(endsInZip(large.subarray(-200)));
  assert.ok(!endsInZip(Buffer.concat([large.subarray(-200), Buffer.alloc(1)])));
});

test('a directory that is not where its record says is looked for, if the record ends the file', () => {
  const end = zip.subarray(zip.indexOf('PK\u0005\u0006'));
  const moved = Buffer.concat([zip.subarray(0, zip.length - end.length), Buffer.from('some bytes'), end]);
  assert.ok(endsInZip(moved));
  assert.ok(!endsInZip(Buffer.concat([moved, Buffer.alloc(1)])));
  assert.ok(!endsInZip(Buffer.concat([program, end])));
});
