import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { programOf, type ProgramSpec } from '../../../test/builders/elf-program.ts';
import { mutate } from '../../../test/contracts/format.contract.ts';
import { sampleEntropy } from './glance.ts';
import { readTraits } from './traits.ts';

/** Bytes without any pattern, the same each time. */
const dense = (length: number): Buffer => {
  const parts: Buffer[] = [];
  for (let round = 0; round * 64 < length; round += 1)
    parts.push(createHash('sha512').update(`dense ${round}`).digest());
  return Buffer.concat(parts).subarray(0, length);
};
/** As compilers leave it: few values, often. */
const code = (length: number): Buffer => Buffer.from(dense(length).map((byte) => 0x40 + (byte % 48)));

const namesOf = (spec: ProgramSpec): readonly string[] => {
  const bytes = programOf(spec);
  return readTraits(bytes, bytes.length).map(({ name }) => name);
};

const plain: ProgramSpec = {
  interpreter: '/lib64/ld-linux-x86-64.so.2',
  sections: 4,
  segments: [
    { flags: 5, content: code(20_000) },
    { flags: 6, content: Buffer.alloc(5000) },
  ],
};

test('an ordinary program has no traits', () => {
  assert.deepEqual(namesOf(plain), []);
  assert.deepEqual(namesOf({ ...plain, imports: ['memfd_create', 'puts'] }), []);
  for (const file of ['/bin/sh', '/bin/cat', '/usr/bin/env'])
    if (existsSync(file)) {
      const bytes = readFileSync(file);
      assert.deepEqual(
        readTraits(bytes, bytes.length).filter(({ name }) => name !== 'static'),
        [],
        file,
      );
    }
});

test('packed code is told from compiled code, and UPX by its description', () => {
  const packed = { ...plain, segments: [{ flags: 5, content: dense(20_000) }] };
  const read = (spec: ProgramSpec) => {
    const bytes = programOf(spec);
    return readTraits(bytes, bytes.length).find(({ name }) => name === 'packed')?.text;
  };
  assert.match(read(packed) ?? '', /^an unknown packer, 7\.\d\d bits a byte$/);
  const description = Buffer.alloc(64);
  description.write('UPX!', 4, 'latin1');
  description.writeUInt32LE(50_000, 16);
  description.writeUInt32LE(50_000, 20);
  description.writeUInt32LE(512, 24);
  const content = Buffer.concat([description, dense(20_000)]);
  assert.match(read({ ...plain, segments: [{ flags: 5, content }] }) ?? '', /^UPX, /);
  // The mark alone, which costs nothing to add.
  assert.match(read({ ...packed, behind: Buffer.from('UPX!') }) ?? '', /^an unknown packer/);
  assert.equal(read(plain), undefined);
});

test('dense data counts in programs and only when there is much of it', () => {
  const withData = (length: number, type: 2 | 3 = 2): ProgramSpec => ({
    ...(type === 3 ? {} : { interpreter: '/lib64/ld-linux-x86-64.so.2' }),
    type,
    sections: 4,
    segments: [
      { flags: 5, content: code(20_000) },
      { flags: 4, content: dense(length) },
    ],
  });
  assert.deepEqual(namesOf(withData(300_000)), ['payload']);
  assert.deepEqual(namesOf(withData(30_000)), []);
  assert.deepEqual(namesOf(withData(300_000, 3)), []);
});

test('a stager of a few instructions, and a larger program with writable code', () => {
  const small = programOf({ segments: [{ flags: 7, content: Buffer.alloc(200, 0x90) }] });
  assert.deepEqual(
    readTraits(small, small.length).map(({ name }) => name),
    ['tiny-loader', 'static'],
  );
  assert.deepEqual(namesOf({ segments: [{ flags: 5, content: Buffer.alloc(200, 0x90) }] }), ['static']);
  assert.deepEqual(namesOf({ ...plain, segments: [{ flags: 7, content: code(20_000) }] }), ['writable-code']);
});

test('execution that starts behind the data was added later', () => {
  const segments = [
    { flags: 5, content: code(9000) },
    { flags: 6, content: Buffer.alloc(1000) },
    { flags: 5, content: code(500) },
  ];
  assert.deepEqual(namesOf({ ...plain, segments, entry: 2 }), ['entry-behind-data']);
  assert.deepEqual(namesOf({ ...plain, segments, entry: 0 }), []);
});

test('a loader in an unusual place, and an audit library, are named', () => {
  const bytes = programOf({ ...plain, interpreter: '/dev/shm/.ld.so', audit: '/opt/x/watch.so' });
  assert.deepEqual(
    readTraits(bytes, bytes.length).map(({ name, text }) => [name, text]),
    [
      ['odd-interpreter', '/dev/shm/.ld.so'],
      ['audit-library', '/opt/x/watch.so'],
    ],
  );
  for (const interpreter of [
    '/lib/ld-musl-x86_64.so.1',
    '/nix/store/abc-glibc/lib/ld-linux.so.2',
    '/system/bin/linker64',
  ])
    assert.deepEqual(namesOf({ ...plain, interpreter }), [], interpreter);
});

test('what lies behind a program is told by how it begins; padding and signatures are nothing', () => {
  const behind = (bytes: Uint8Array): readonly string[] => namesOf({ ...plain, behind: bytes });
  assert.deepEqual(behind(Buffer.concat([Buffer.from('#!/bin/sh\n'), Buffer.alloc(5000, 'x\n')])), ['appended']);
  assert.deepEqual(behind(dense(9000)), ['appended']);
  assert.deepEqual(behind(Buffer.alloc(9000)), []);
  assert.deepEqual(behind(dense(600)), []);
});

test('frozen scripts are told by the mark at the end, not by a mark in the middle', () => {
  const cookie = Buffer.concat([Buffer.from('MEI\u000c\u000b\u000a\u000b\u000e', 'latin1'), Buffer.alloc(80)]);
  assert.deepEqual(namesOf({ ...plain, behind: Buffer.concat([dense(9000), cookie]) }), ['frozen']);
  assert.deepEqual(namesOf({ ...plain, behind: Buffer.concat([cookie, Buffer.alloc(9000)]) }), []);
});

test('a note that is too large for a note holds something', () => {
  const withNote = (length: number): readonly string[] => {
    const bytes = programOf({ ...plain, segments: [...(plain.segments ?? []), { flags: 4, content: code(length) }] });
    // The last of the headers: the interpreter's and the two segments' come first.
    bytes.writeUInt32LE(4, 64 + 3 * 56);
    return readTraits(bytes, bytes.length).map(({ name }) => name);
  };
  assert.deepEqual(withNote(20_000), ['frozen']);
  assert.deepEqual(withNote(500), []);
});

test('a library that puts itself before the listing of folders, and one that merely lists them', () => {
  const library: ProgramSpec = { type: 3, sections: 4, soname: 'libx.so.1' };
  assert.deepEqual(namesOf({ ...library, exports: ['readdir64', 'readdir'], imports: ['dlsym'] }), ['hides-entries']);
  assert.deepEqual(namesOf({ ...library, exports: ['list_all'], imports: ['readdir', 'dlsym'] }), []);
  assert.deepEqual(namesOf({ ...library, exports: ['readdir'], imports: ['puts'] }), []);
  const tracer = 'readdir open read write dup dup2 fflush fputc fputs fseek ftell fwrite lseek rewind'.split(' ');
  assert.deepEqual(
    namesOf({ ...library, exports: tracer, imports: ['dlsym'] }),
    [],
    'one that measures input and output',
  );
  assert.deepEqual(
    namesOf({ ...library, exports: tracer.slice(0, 8), imports: ['dlsym'] }),
    ['hides-entries'],
    'one that replaces a few calls of them besides',
  );
});

test('a library that chooses its functions while it is loaded, unless the C library does', () => {
  const library: ProgramSpec = { type: 3, sections: 4, relocation: 37 };
  assert.deepEqual(namesOf({ ...library, soname: 'libpack.so.5' }), ['load-time-resolver']);
  assert.deepEqual(namesOf({ ...library, soname: 'libm.so.6' }), []);
  const exported = { ...library, relocation: 8, soname: 'libpack.so.5', exports: ['sum'], imports: ['other'] };
  assert.deepEqual(namesOf({ ...exported, isIndirect: true }), ['load-time-resolver']);
  assert.deepEqual(namesOf(exported), []);
  assert.deepEqual(namesOf({ ...library, soname: 'libpack.so.5', relocation: 8 }), []);
  // 37 means another thing on another machine.
  assert.deepEqual(namesOf({ ...library, soname: 'libpack.so.5', machine: 183 }), []);
});

test('a program that can start another from memory', () => {
  assert.deepEqual(namesOf({ ...plain, imports: ['memfd_create', 'fexecve'] }), ['runs-from-memory']);
  assert.deepEqual(namesOf({ ...plain, imports: ['memfd_create', 'execve'] }), []);
});

test('objects, and what is no program, have no traits', () => {
  assert.deepEqual(readTraits(Buffer.from('\u007fELF'), 4), []);
  const bytes = programOf({ segments: [{ flags: 7, content: Buffer.alloc(9) }] });
  bytes.writeUInt16LE(1, 16);
  assert.deepEqual(readTraits(bytes, bytes.length), []);
});

test('mutated and cut programs never throw', () => {
  const bytes = programOf({
    ...plain,
    imports: ['readdir', 'dlsym'],
    exports: ['readdir'],
    relocation: 37,
    soname: 'a',
    type: 3,
  });
  for (let length = 0; length < Math.min(bytes.length, 700); length += 1) readTraits(bytes.subarray(0, length), length);
  for (let seed = 1; seed <= 400; seed += 1) {
    const changed = mutate(bytes, seed);
    readTraits(changed, changed.length);
  }
});

test('the sample measures constant bytes as 0 and random ones as nearly 8', () => {
  assert.equal(sampleEntropy(Buffer.alloc(10_000, 7), 0, 10_000), 0);
  assert.ok(sampleEntropy(dense(50_000), 0, 50_000) > 7.9);
  assert.equal(sampleEntropy(dense(50_000), 0, 1000), 0);
});
