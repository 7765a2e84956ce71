import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { elfOf } from '../../../test/builders/elf.ts';
import { mutate } from '../../../test/contracts/format.contract.ts';
import { isFault } from '../../core/fault.ts';
import { parseElf, type ElfRecord } from './elf.ts';

const codes = (record: ElfRecord): readonly string[] => record.anomalies.map(({ code }) => code);

/** A file made by hand has no section table, which is an anomaly of its own. */
const bare = ['ELF_NO_SECTIONS'];

for (const isWide of [true, false])
  for (const isLittle of [true, false])
    test(`reads ${isWide ? 64 : 32} bits, ${isLittle ? 'little' : 'big'} endian`, () => {
      const record = parseElf(
        elfOf({
          isWide,
          isLittle,
          machine: isWide ? 21 : 8,
          interpreter: '/lib/ld.so',
          libraries: ['libc.so.6', 'libm.so.6'],
          runpath: '$ORIGIN/lib',
          note: { owner: 'GNU', type: 3, data: Buffer.from('0123456789abcdef', 'hex') },
        }),
      );
      assert.deepEqual(
        [record.bits, record.byteOrder, record.type, record.machine],
        [isWide ? 64 : 32, isLittle ? 'little' : 'big', 'executable', isWide ? 'powerpc64' : 'mips'],
      );
      assert.deepEqual(
        [record.needed, record.runpath, record.rpath],
        [['libc.so.6', 'libm.so.6'], '$ORIGIN/lib', undefined],
      );
      assert.deepEqual(
        [record.interpreter, record.buildId, record.isStatic],
        ['/lib/ld.so', '0123456789abcdef', false],
      );
      assert.deepEqual(record.notes, [{ owner: 'GNU', type: 3, size: 8 }]);
      assert.equal(record.segments[0]?.flags, 'r-x');
      assert.ok(record.entryOffset !== undefined && record.entryOffset > 0);
      assert.deepEqual([codes(record), record.overlay, record.packers], [bare, undefined, []]);
    });

test('a program without a loader is static', () => {
  assert.equal(parseElf(elfOf()).isStatic, true);
  assert.equal(parseElf(elfOf({ type: 1 })).isStatic, false);
});

for (const [code, spec] of [
  ['ELF_WRITABLE_CODE', { flags: 7 }],
  ['ELF_STACK_EXECUTABLE', { isStackExecutable: true }],
  ['ELF_ENTRY_OUTSIDE_CODE', { entry: 0x10 }],
  ['ELF_ENTRY_OUTSIDE_CODE', { flags: 6 }],
  ['ELF_SEGMENT_OUTSIDE', { fileSize: 1 << 20 }],
  ['ELF_LOAD_ORDER', { second: { address: 0x1000 } }],
] as const)
  test(`${code} for ${JSON.stringify(spec)}`, () => {
    assert.ok(codes(parseElf(elfOf(spec))).includes(code));
  });

test('an ordinary program has none of these', () => {
  assert.deepEqual(codes(parseElf(elfOf({ isStackExecutable: false, second: { address: 0x800000 } }))), bare);
});

test('class and byte order are what the kernel sees, not what the identification says', () => {
  const lying = parseElf(elfOf({ classByte: 1, orderByte: 2 }));
  assert.deepEqual([lying.bits, lying.byteOrder, lying.machine], [64, 'little', 'x86-64']);
  assert.deepEqual(codes(lying), ['ELF_CLASS_DISAGREES', 'ELF_BYTE_ORDER_DISAGREES', ...bare]);
  assert.deepEqual(parseElf(elfOf({ classByte: 9, orderByte: 9 })).bits, 64);
});

test('bytes behind everything are an overlay', () => {
  const bytes = elfOf();
  const record = parseElf(Buffer.concat([bytes, Buffer.from('payload')]));
  assert.deepEqual(record.overlay, { offset: bytes.length, size: 7 });
});

test('the mark of a packer is named', () => {
  assert.deepEqual(parseElf(elfOf({ overlay: Buffer.from('UPX!') })).packers, ['UPX']);
});

test('what is no ELF file, or less than a header, is a Fault', () => {
  const codeOf = (bytes: Uint8Array): string => {
    try {
      parseElf(bytes);
    } catch (thrown) {
      if (isFault(thrown)) return thrown.code;
      throw thrown;
    }
    return 'read';
  };
  assert.equal(codeOf(Buffer.from('#!/bin/sh')), 'ELF_HEADER_INVALID');
  assert.equal(codeOf(elfOf().subarray(0, 63)), 'ELF_TRUNCATED');
  assert.equal(codeOf(elfOf().subarray(0, 64)), 'read');
});

test('survives truncation at every length and mutation', () => {
  const bytes = elfOf({
    interpreter: '/lib/ld.so',
    libraries: ['a'],
    note: { owner: 'GNU', type: 3, data: Buffer.alloc(20) },
  });
  const attempt = (input: Uint8Array): void => {
    try {
      JSON.stringify(parseElf(input));
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
    }
  };
  for (let length = 0; length < bytes.length; length += 1) attempt(bytes.subarray(0, length));
  for (let seed = 0; seed < 1500; seed += 1) attempt(mutate(bytes, seed));
});

test('a mutated real program is read within bounds', { timeout: 20_000 }, () => {
  const bytes = Uint8Array.from(readFileSync(process.execPath).subarray(0, 300_000));
  for (let seed = 0; seed < 60; seed += 1) {
    const mutant = Buffer.from(bytes);
    // The header and the tables behind it are where numbers mean something.
    mutant.set(mutate(bytes.subarray(0, 1200), seed).subarray(0, 1200), 0);
    try {
      parseElf(mutant);
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
    }
  }
});

test('reads a real program as its own loader does', () => {
  const record = parseElf(readFileSync(process.execPath));
  assert.equal(record.bits, 64);
  assert.ok(record.type === 'executable' || record.type === 'shared');
  assert.ok(record.interpreter === undefined || existsSync(record.interpreter), record.interpreter);
  assert.ok(record.needed.length === 0 || record.needed.some((name) => name.startsWith('libc.')), record.needed.join());
  assert.deepEqual(record.anomalies, []);
});
