import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';

import { arOf, cpioOf, rpmOf } from '../../test/builders/archives.ts';
import { bzip2Lines, xzLines } from '../../test/builders/packed.ts';
import { zipOf } from '../../test/builders/zip.ts';
import type { FileKind } from '../core/file-kind.ts';
import { detectFileKind, endsLikeZip, kindHeadLength } from './file-kind.ts';
import { tarOf } from './tar-writer.ts';

const kindOf = (content: Uint8Array | string): FileKind => {
  const bytes = Buffer.from(content);
  return detectFileKind(bytes.subarray(0, kindHeadLength), bytes.length);
};

const hex = (text: string, length = 0): Buffer => {
  const bytes = Buffer.from(text.replaceAll(' ', ''), 'hex');
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length))]);
};

const pe = (offset: number): Buffer => {
  const bytes = Buffer.alloc(512);
  bytes.write('MZ');
  bytes.writeUInt32LE(offset, 60);
  bytes.write('PE\0\0', offset < 500 ? offset : 0, 'latin1');
  return bytes;
};

const oldTar = (): Buffer => {
  const bytes = Buffer.from(tarOf([{ path: 'a', content: 'x' }]));
  bytes.fill(0, 257, 265);
  bytes.fill(' ', 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
};

const cases: readonly (readonly [FileKind, string, Uint8Array | string])[] = [
  ['empty', 'nothing', ''],
  ['elf', 'an ELF header', readFileSync(process.execPath).subarray(0, 4096)],
  ['pe', 'MZ with its PE header', pe(128)],
  ['data', 'MZ that leads nowhere', Buffer.concat([Buffer.from('MZ\0\x01'), Buffer.alloc(100)])],
  ['text', 'a text that begins with MZ', 'MZ is the mark of a DOS program\n'.repeat(4)],
  ['macho', '64-bit Mach-O', hex('cffaedfe07000001', 64)],
  ['macho', 'a fat Mach-O of two architectures', hex('cafebabe00000002', 64)],
  ['java-class', 'a class of Java 17', hex('cafebabe0000003d', 64)],
  ['python-bytecode', 'CPython 3.11', hex('a70d0d0a00000000', 64)],
  ['python-bytecode', 'CPython 2.7', hex('03f30d0a00000000', 64)],
  ['wasm', 'a WebAssembly module', hex('0061736d01000000', 64)],
  ['script', 'a shell script', '#!/bin/sh\necho\n'],
  ['script', 'a script behind a byte order mark', '\ufeff#!/bin/sh\n'],
  ['script', 'a script whose rest is binary', Buffer.concat([Buffer.from('#!/bin/sh\n'), gzipSync('x')])],
  ['text', 'a comment', '# !/bin/sh\n'],
  ['text', 'UTF-8', 'Grüße, 世界\n'],
  ['text', 'UTF-16 with a mark', Buffer.from('\ufeffWindows\r\n', 'utf16le')],
  ['text', 'UTF-16 without a mark', Buffer.from('Windows text\r\n', 'utf16le')],
  ['text', 'Latin-1', Buffer.from('un café très cher\n', 'latin1')],
  ['data', 'text with a zero', 'text\0text, but not wide'],
  ['data', 'controls', Buffer.from([1, 2, 3, 4, 5, 6, 7, 14, 15])],
  ['pem', 'a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n'],
  ['pem', 'a certificate behind its description', 'subject=CN = x\n-----BEGIN CERTIFICATE-----\n'],
  ['text', 'a text that talks of certificates', 'write -----BEGIN CERTIFICATE----- first'],
  ['zip', 'a zip', zipOf([{ name: 'a', content: 'x' }])],
  ['zip', 'an empty zip', zipOf([])],
  ['text', 'a text that begins with PK', 'PKI is a public key infrastructure'],
  ['tar', 'a tar with magic', tarOf([{ path: 'a', content: 'x' }])],
  ['tar', 'a tar from before the magic', oldTar()],
  ['data', 'a tar from before the magic with a wrong checksum', Buffer.from(oldTar()).fill('b', 0, 1)],
  ['gzip', 'gzip', gzipSync('x')],
  ['zstd', 'zstd', zstdCompressSync('x')],
  [
    'zstd',
    'a skippable frame first',
    Buffer.concat([hex('5a2a4d1804000000'), Buffer.from('size'), zstdCompressSync('x')]),
  ],
  ['xz', 'xz', xzLines],
  ['bzip2', 'bzip2', bzip2Lines],
  ['text', 'a text that begins with BZh', 'BZh9 is how bzip2 files begin'],
  ['lz4', 'LZ4', hex('04224d18 6440', 40)],
  ['lzma', 'LZMA', hex('5d00008000 ffffffffffffffff 00', 40)],
  ['data', 'deflated bytes', deflateRawSync(Buffer.alloc(9, 7))],
  ['ar', 'ar', arOf([])],
  ['rpm', 'rpm', rpmOf({}, Buffer.alloc(0))],
  ['cpio', 'cpio newc', cpioOf([{ name: 'a' }])],
  ['cpio', 'cpio odc', cpioOf([{ name: 'a' }], 'odc')],
  [
    'text',
    'a number',
    '070701 is the mark of a cpio header, which goes on with digits and nothing else but digits, which this one does not',
  ],
  ['7z', '7z', hex('377abcaf271c0004', 40)],
  ['rar', 'RAR', hex('526172211a0700', 40)],
  ['sqlite', 'SQLite', 'SQLite format 3\0 and more'],
  ['image', 'PNG', hex('89504e470d0a1a0a', 40)],
  ['font', 'WOFF2', hex('774f4632 00010000', 40)],
  ['audio', 'FLAC', hex('664c6143 00000022', 40)],
  ['video', 'MP4', hex('00000018 66747970 6d703432', 40)],
  ['pdf', 'PDF', '%PDF-1.7\n'],
  ['registry-hive', 'a registry hive', hex('72656766 01000000', 64)],
  ['disk', 'QCOW2', hex('514649fb 00000003', 64)],
  ['data', 'noise', hex('9c1f77a2e5003b', 64)],
];

for (const [kind, about, content] of cases)
  test(`${about} is ${kind}`, () => {
    assert.equal(kindOf(content), kind);
  });

test('a character that the end of the head cuts is text, one that the end of the file cuts is not', () => {
  const text = Buffer.from(`${'x'.repeat(4095)}é`);
  assert.equal(detectFileKind(text.subarray(0, 4096), text.length), 'text');
  const cut = Buffer.from('é\0').subarray(0, 1);
  assert.equal(detectFileKind(Buffer.concat([Buffer.alloc(8, 1), cut]), 9), 'data');
});

test('no head of any length makes it throw', () => {
  for (const [, about, content] of cases)
    for (let length = 0; length < 300; length += 1)
      assert.doesNotThrow(() => detectFileKind(Buffer.from(content).subarray(0, length), 5000), about);
});

test('finds the zip that other content ends with', () => {
  const zip = zipOf([{ name: 'a', content: 'x' }], { comment: 'PK\x05\x06 in a comment' });
  assert.ok(endsLikeZip(Buffer.concat([Buffer.from('#!/bin/sh\n'), zip])));
  assert.ok(!endsLikeZip(Buffer.concat([zip, Buffer.from('more')])));
  assert.ok(!endsLikeZip(Buffer.from('PK\x05\x06')));
});
