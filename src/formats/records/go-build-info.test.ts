import assert from 'node:assert/strict';
import { test } from 'node:test';

import { elfOf } from '../../../test/builders/elf.ts';
import { describeRecord, parsed } from '../../../test/contracts/record.contract.ts';
import { parseElf, type ElfRecord } from './elf.ts';
import { parseGoBuildInfo } from './go-build-info.ts';

const modules = [
  'path\texample.org/Tool/cmd/tool',
  'mod\texample.org/Tool\t(devel)\t',
  'dep\texample.org/dep\tv1.2.3\th1:sum=',
  'dep\texample.org/old\tv0.1.0',
  '=>\texample.org/fork\tv0.2.0\th1:fork=',
  'dep\texample.org/local\tv0.3.0',
  '=>\t./local\t(devel)\t',
  'build\t-ldflags="-X \\"a=b\\""',
  'build\tCGO_ENABLED=0',
  '',
].join('\n');

const mark = (digit: string): string => digit.repeat(16);
const wrapped = (text: string): Buffer => Buffer.from(`${mark('<')}${text}${mark('>')}`, 'latin1');

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left & 127) | 128);
  return Buffer.from([...bytes, left]);
};

const head = (pointerSize: number, flags: number): Buffer => {
  const bytes = Buffer.alloc(32);
  bytes.write('\xff Go buildinf:', 'latin1');
  bytes[14] = pointerSize;
  bytes[15] = flags;
  return bytes;
};

const inline = (text = modules): Buffer =>
  Buffer.concat([
    Buffer.alloc(16, 1),
    head(0, 2),
    varint('go1.22.1'.length),
    Buffer.from('go1.22.1'),
    varint(wrapped(text).length),
    wrapped(text),
  ]);

const base = 0x10000;

/** Header, two Go strings (address and length), and their bytes, all in one segment at `base`. */
const pointers = (size: 4 | 8, isLittle: boolean, text = modules): Buffer => {
  const put = (bytes: Buffer, value: number, at: number): void => {
    if (size === 8 && isLittle) bytes.writeBigUInt64LE(BigInt(value), at);
    else if (size === 8) bytes.writeBigUInt64BE(BigInt(value), at);
    else if (isLittle) bytes.writeUInt32LE(value, at);
    else bytes.writeUInt32BE(value, at);
  };
  const version = Buffer.from('go1.16.5');
  const data = wrapped(text);
  const start = head(size, isLittle ? 0 : 1);
  const strings = Buffer.alloc(size * 4);
  put(start, base + 32, 16);
  put(start, base + 32 + size * 2, 16 + size);
  const texts = 32 + strings.length;
  put(strings, base + texts, 0);
  put(strings, version.length, size);
  put(strings, base + texts + version.length, size * 2);
  put(strings, data.length, size * 3);
  return Buffer.concat([start, strings, version, data]);
};

const program = parseElf(elfOf());
const section = (bytes: Uint8Array, name = '.go.buildinfo') => ({
  name,
  type: 'progbits',
  flags: 'wa-',
  offset: 0,
  size: bytes.length,
});
const segment = (bytes: Uint8Array, flags = 'rw-') => ({
  type: 'load',
  flags,
  offset: 0,
  address: `0x${base.toString(16)}`,
  fileSize: bytes.length,
  memorySize: bytes.length,
});
const elfOfBytes = (bytes: Uint8Array, more: Partial<ElfRecord> = {}): ElfRecord => ({
  ...program,
  sections: [section(bytes)],
  segments: [segment(bytes)],
  ...more,
});

const parse = (bytes: Uint8Array, more: Partial<ElfRecord> = {}) =>
  parsed((budget, remark) => parseGoBuildInfo(bytes, elfOfBytes(bytes, more), budget, remark));

const expected = [
  ['example.org/Tool', '', 'pkg:golang/example.org/tool', undefined, undefined],
  ['example.org/dep', 'v1.2.3', 'pkg:golang/example.org/dep@v1.2.3', 'h1:sum=', undefined],
  ['example.org/fork', 'v0.2.0', 'pkg:golang/example.org/fork@v0.2.0', 'h1:fork=', undefined],
  ['example.org/local', 'v0.3.0', 'pkg:golang/example.org/local@v0.3.0', undefined, './local'],
];

for (const [form, bytes, version] of [
  ['inline', inline(), 'go1.22.1'],
  ['pointers of 8 bytes', pointers(8, true), 'go1.16.5'],
  ['pointers of 4 bytes', pointers(4, true), 'go1.16.5'],
  ['pointers of 8 bytes, big endian', pointers(8, false), 'go1.16.5'],
  ['pointers of 4 bytes, big endian', pointers(4, false), 'go1.16.5'],
] as const)
  test(`reads modules and settings: ${form}`, () => {
    const { value, codes } = parse(bytes);
    assert.deepEqual([value?.version, value?.path, codes], [version, 'example.org/Tool/cmd/tool', []]);
    assert.deepEqual(
      value?.modules.map(({ name, version: of, purl, checksum, origin }) => [name, of, purl, checksum, origin]),
      expected,
    );
    assert.deepEqual(
      [...(value?.settings ?? [])],
      [
        ['-ldflags', '-X "a=b"'],
        ['CGO_ENABLED', '0'],
      ],
    );
  });

test('without section names the header is in the writable segment', () => {
  assert.equal(parse(inline(), { sections: [] }).value?.modules.length, 4);
  assert.equal(parse(inline(), { sections: [], segments: [segment(inline(), 'r-x')] }).value, undefined);
});

test('a program without the header has none', () => {
  assert.equal(parse(Buffer.alloc(500)).value, undefined);
  // Only multiples of sixteen count, so that a mention of the mark is none.
  assert.equal(parse(inline().subarray(1)).value, undefined);
});

test('build information that leads out of the file is a gap', () => {
  const cut = parse(inline().subarray(0, 80));
  assert.deepEqual(
    [cut.value?.version, cut.value?.modules, cut.codes],
    ['go1.22.1', [], ['gap GO_BUILD_INFO_INVALID']],
  );
  const astray = parse(pointers(8, true), { segments: [] });
  assert.deepEqual(astray.codes, ['gap GO_BUILD_INFO_INVALID']);
});

test('lines of other kinds, and replacements of nothing, are a gap', () => {
  for (const line of ['what\tis\tthis', '=>\texample.org/x\tv1', 'build\tx', 'dep\t'])
    assert.deepEqual(parse(inline(`${line}\n`)).codes, ['gap GO_MODULES_INVALID'], line);
});

test('a list without its marks is no list', () => {
  const bytes = Buffer.concat([
    head(0, 2),
    varint(3),
    Buffer.from('go1'),
    varint(modules.length),
    Buffer.from(modules),
  ]);
  assert.deepEqual(parse(bytes).value?.modules, []);
});

describeRecord({
  name: 'Go build information',
  samples: { inline: inline(), pointers: pointers(8, true), big: pointers(4, false) },
  parse: (bytes, budget, remark) => parseGoBuildInfo(bytes, elfOfBytes(bytes), budget, remark),
});
