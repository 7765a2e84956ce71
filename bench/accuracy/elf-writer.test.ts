import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packProgram, type ProgramTraits, writeProgram } from './elf-writer.ts';

const plain: ProgramTraits = {
  machine: 'amd64',
  linkage: 'dynamic',
  stripped: false,
  strings: ['one string', 'another'],
  imports: ['socket', 'connect'],
  exports: ['main'],
  libraries: ['libc.so.6'],
  compiler: 'GCC: (GNU) 12',
  kilobytes: 4,
  seed: 'test',
};

interface ReadSection {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly content: Buffer;
}

/** Read back from the bytes, by the specification and not by the writer. */
const sectionsOf = (bytes: Uint8Array): readonly ReadSection[] => {
  const file = Buffer.from(bytes);
  const [table, count, names] = [Number(file.readBigUInt64LE(40)), file.readUInt16LE(60), file.readUInt16LE(62)];
  const place = (index: number): Buffer => file.subarray(table + index * 64, table + (index + 1) * 64);
  const content = (header: Buffer): Buffer => {
    const offset = Number(header.readBigUInt64LE(24));
    return file.subarray(offset, offset + Number(header.readBigUInt64LE(32)));
  };
  const text = (strings: Buffer, at: number): string => strings.toString('latin1', at, strings.indexOf(0, at));
  return Array.from({ length: count }, (_, index) => {
    const header = place(index);
    return {
      name: text(content(place(names)), header.readUInt32LE(0)),
      type: header.readUInt32LE(4),
      address: Number(header.readBigUInt64LE(16)),
      content: content(header),
    };
  });
};

const named = (bytes: Uint8Array, name: string): ReadSection | undefined =>
  sectionsOf(bytes).find((section) => section.name === name);

const loads = (bytes: Uint8Array): readonly { offset: number; address: number; size: number; flags: number }[] => {
  const file = Buffer.from(bytes);
  return Array.from({ length: file.readUInt16LE(56) }, (_, index) => file.subarray(64 + index * 56, 120 + index * 56))
    .filter((header) => header.readUInt32LE(0) === 1)
    .map((header) => ({
      flags: header.readUInt32LE(4),
      offset: Number(header.readBigUInt64LE(8)),
      address: Number(header.readBigUInt64LE(16)),
      size: Number(header.readBigUInt64LE(32)),
    }));
};

test('a program ends at its first instruction, on both machines', () => {
  for (const machine of ['amd64', 'arm64'] as const) {
    const bytes = Buffer.from(writeProgram({ ...plain, machine }));
    const entry = Number(bytes.readBigUInt64LE(24));
    const segment = loads(bytes).find(({ address, size }) => entry >= address && entry < address + size);
    assert.ok(segment !== undefined && (segment.flags & 1) === 1);
    const code = bytes.subarray(entry - segment.address + segment.offset);
    assert.equal(code.toString('hex', 0, 9), machine === 'amd64' ? '31ffb83c0000000f05' : '000080d2a80b80d201');
    assert.equal(bytes.readUInt16LE(18), machine === 'amd64' ? 62 : 183);
  }
});

test('its strings, imports, libraries and compiler are where tools look for them', () => {
  const bytes = writeProgram(plain);
  assert.equal(named(bytes, '.rodata')?.content.toString(), 'one string\0another\0');
  assert.equal(named(bytes, '.comment')?.content.toString(), 'GCC: (GNU) 12\0');
  assert.match(named(bytes, '.dynstr')?.content.toString() ?? '', /\0socket\0connect\0main\0libc\.so\.6\0/);
  const symbols = named(bytes, '.dynsym')?.content;
  assert.equal(symbols?.length, 4 * 24);
  assert.deepEqual(
    [1, 2, 3].map((index) => symbols.readUInt16LE(index * 24 + 6) !== 0),
    [false, false, true],
  );
  const sections = sectionsOf(bytes);
  assert.equal(sections[symbols.readUInt16LE(3 * 24 + 6)]?.name, '.text');
});

test('the dynamic table leads to the symbol and string tables', () => {
  const bytes = writeProgram(plain);
  const dynamic = named(bytes, '.dynamic')?.content ?? Buffer.alloc(0);
  const pairs = new Map(
    Array.from({ length: dynamic.length / 16 }, (_, index) => [
      Number(dynamic.readBigUInt64LE(index * 16)),
      Number(dynamic.readBigUInt64LE(index * 16 + 8)),
    ]),
  );
  assert.equal(pairs.get(6), named(bytes, '.dynsym')?.address);
  assert.equal(pairs.get(5), named(bytes, '.dynstr')?.address);
  assert.equal(pairs.get(1), named(bytes, '.dynstr')?.content.indexOf('libc.so.6'));
});

test('stripped has no symbols of its own, static no dynamic table, a library no interpreter', () => {
  assert.equal(named(writeProgram({ ...plain, stripped: true }), '.symtab'), undefined);
  assert.notEqual(named(writeProgram(plain), '.symtab'), undefined);
  const fixed = writeProgram({ ...plain, linkage: 'static' });
  assert.equal(named(fixed, '.dynamic'), undefined);
  assert.equal(named(fixed, '.interp'), undefined);
  const library = Buffer.from(writeProgram({ ...plain, linkage: 'library' }));
  assert.equal(named(library, '.interp'), undefined);
  assert.equal(library.readUInt16LE(16), 3);
});

test('a library function returns at once', () => {
  const bytes = writeProgram({ ...plain, linkage: 'library', exports: ['readdir'] });
  const symbols = named(bytes, '.dynsym')?.content;
  const value = Number(symbols?.readBigUInt64LE(3 * 24 + 8));
  const text = named(bytes, '.text');
  assert.equal(text?.content[value - text.address], 0xc3);
});

test('build information of Go names the module', () => {
  const info = named(writeProgram({ ...plain, linkage: 'static', goModule: 'corp.example/tool' }), '.go.buildinfo');
  assert.equal(info?.content.toString('latin1', 0, 14), '\xff Go buildinf:');
  assert.match(info.content.toString('latin1', 32), /go1\.\d+\.\d[^]*path\tcorp\.example\/tool\n/);
});

test('packed: no sections, no string of the original, noise, and its code ends at once', () => {
  const bytes = Buffer.from(packProgram(writeProgram(plain), 'amd64', 'test'));
  assert.equal(bytes.readUInt16LE(60), 0);
  assert.equal(bytes.indexOf('one string'), -1);
  const [segment] = loads(bytes);
  const entry = Number(bytes.readBigUInt64LE(24)) - (segment?.address ?? 0);
  assert.equal(bytes.toString('hex', entry, entry + 9), '31ffb83c0000000f05');
  const body = bytes.subarray(entry + 9);
  const counts = new Map<number, number>();
  for (const byte of body) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  const entropy = [...counts.values()].reduce(
    (sum, count) => sum - (count / body.length) * Math.log2(count / body.length),
    0,
  );
  assert.ok(entropy > 7.5, `${entropy} bits a byte`);
});

test('equal traits give equal bytes', () => {
  assert.deepEqual(writeProgram(plain), writeProgram(plain));
  assert.notDeepEqual(writeProgram(plain), writeProgram({ ...plain, seed: 'other' }));
});
