import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, zstdCompressSync } from 'node:zlib';

import { inChunks, walked, type Walked } from '../../../test/builders/walked.ts';
import { zipOf, type ZipOptions, type ZipSpec } from '../../../test/builders/zip.ts';
import { bytesOf } from '../../core/bytes.ts';
import { Budget, defaultLimits, type Limits } from '../../core/budget.ts';
import { collect } from '../../core/collect.ts';
import { isFault } from '../../core/fault.ts';
import { walkZip, zip } from './zip.ts';

const walkBytes = (bytes: Uint8Array, limits: Partial<Limits> = {}): Promise<Walked> =>
  walked((budget, remark) => walkZip(bytesOf(bytes), budget, remark), limits);
const walk = (members: readonly ZipSpec[], options: ZipOptions = {}): Promise<Walked> =>
  walkBytes(zipOf(members, options));

const two = [
  { name: 'a.txt', content: 'first' },
  { name: 'b.txt', content: 'second', method: 0 },
];

test('gives deflated and stored members without a remark', async () => {
  const { files, remarks } = await walk(two);
  assert.deepEqual(files, { 'a.txt': 'first', 'b.txt': 'second' });
  assert.deepEqual(remarks, []);
});

test('reads as a stream what it reads at random', async () => {
  const bytes = zipOf(two);
  const { files } = await walked((budget, remark) => zip.walk(inChunks(bytes, 7), budget, remark));
  assert.deepEqual(files, { 'a.txt': 'first', 'b.txt': 'second' });
});

test('knows folders, links, Unix modes and times', async () => {
  const extra = Buffer.from('5554050001000000007578040001010c0122'.slice(0, 18), 'hex');
  const { entries } = await walk([
    { name: 'bin/', method: 0, attributes: 0o40755 * 65_536 },
    { name: 'bin/su', content: 'x', attributes: 0o104755 * 65_536, extra: Buffer.from('555405000180430000', 'hex') },
    { name: 'bin/sh', content: 'su', attributes: 0o120777 * 65_536, extra },
    {
      name: 'dos.txt',
      content: 'x',
      host: 0,
      attributes: 0x20,
      extra: Buffer.from('757805000101070109'.slice(0, 18), 'hex'),
    },
  ]);
  assert.deepEqual(
    entries.map(({ path, type, mode, target }) => [path, type, mode, target]),
    [
      ['bin', 'directory', 0o755, undefined],
      ['bin/su', 'file', 0o4755, undefined],
      ['bin/sh', 'symlink', 0o777, 'su'],
      ['dos.txt', 'file', 0o644, undefined],
    ],
  );
  assert.deepEqual([entries[1]?.modified, entries[2]?.modified], [0x4380, 0]);
  assert.deepEqual([entries[3]?.uid, entries[3]?.gid], [7, 9]);
  assert.equal(entries[3]?.modified, Date.UTC(2024, 0, 1, 12) / 1000);
});

test('reads zip64 archives', async () => {
  const { files, remarks } = await walk(two, { wide: true });
  assert.deepEqual([Object.keys(files), remarks], [['a.txt', 'b.txt'], []]);
});

for (const descriptor of ['marked', 'unmarked'] as const)
  test(`accounts for ${descriptor} data descriptors`, async () => {
    const { files, remarks } = await walk(two.map((member) => ({ ...member, descriptor })));
    assert.deepEqual(files, { 'a.txt': 'first', 'b.txt': 'second' });
    assert.deepEqual(remarks, []);
  });

test('unpacks zstd members and names methods that it cannot unpack', async () => {
  const { files, remarks } = await walk([
    { name: 'z', content: 'zstandard', method: 93, packed: zstdCompressSync('zstandard') },
    { name: 'l', content: 'lzma', method: 14 },
    { name: 'd', content: 'deflate64', method: 9 },
  ]);
  assert.deepEqual(files, { z: 'zstandard' });
  assert.deepEqual(
    remarks.map(({ kind, code, where, bytes }) => [kind, code, where, bytes]),
    [
      ['gap', 'ZIP_METHOD_UNSUPPORTED', 'l', 4],
      ['gap', 'ZIP_METHOD_UNSUPPORTED', 'd', 9],
    ],
  );
  assert.match(remarks[0]?.reason ?? '', /lzma/);
});

test('an encrypted member is a gap, and the next one is given', async () => {
  const { files, remarks } = await walk([{ name: 'secret', content: 'x', flags: 1 }, ...two]);
  assert.deepEqual(Object.keys(files), ['a.txt', 'b.txt']);
  assert.deepEqual([remarks[0]?.code, remarks[0]?.where], ['ZIP_MEMBER_ENCRYPTED', 'secret']);
});

test('a member that only its own header calls encrypted is unpacked', async () => {
  const { files, codes } = await walk([{ name: 'shown', content: 'plain', flags: 0, localFlags: 1 }]);
  assert.deepEqual([files, codes], [{ shown: 'plain' }, ['ZIP_HEADERS_DISAGREE']]);
});

for (const [about, spec] of [
  ['name', { localName: 'b.txt' }],
  ['method', { localMethod: 0 }],
  ['size', { localSize: 3 }],
] as const)
  test(`headers that disagree on the ${about} are an ambiguity`, async () => {
    const { remarks } = await walk([{ name: 'a.txt', content: 'content', ...spec }]);
    assert.deepEqual(
      remarks.map(({ kind, code }) => [kind, code]),
      [['ambiguity', 'ZIP_HEADERS_DISAGREE']],
    );
    assert.match(remarks[0]?.reason ?? '', new RegExp(`: ${about}`));
  });

test('a damaged member ends early with a gap, and the next one is given', async () => {
  const packed = deflateRawSync(Buffer.alloc(5000, 'words '));
  packed.fill(0xff, packed.length - 12);
  const { files, remarks } = await walk([{ name: 'bad', content: Buffer.alloc(5000, 'words '), packed }, ...two]);
  assert.deepEqual(Object.keys(files), ['bad', 'a.txt', 'b.txt']);
  assert.deepEqual([remarks[0]?.kind, remarks[0]?.code, remarks[0]?.where], ['gap', 'ZIP_MEMBER_CORRUPT', 'bad']);
});

test('a wrong checksum is a gap, a right one is not', async () => {
  assert.deepEqual((await walk([{ name: 'a', content: 'x', crc: 1 }])).codes, ['ZIP_MEMBER_CORRUPT']);
  assert.deepEqual((await walk([{ name: 'a', content: 'x' }])).codes, []);
});

test('content beyond the stated size is given and remarked on', async () => {
  const { files, codes } = await walk([{ name: 'a', content: 'much more than is said', size: 4 }]);
  assert.deepEqual(files, { a: 'much more than is said' });
  assert.deepEqual(codes, ['ZIP_SIZE_DISAGREES']);
});

test('bytes behind the deflated data, inside the member, are remarked on', async () => {
  const packed = Buffer.concat([deflateRawSync('visible'), Buffer.from('not visible')]);
  const { files, remarks } = await walk([{ name: 'a', content: 'visible', packed }]);
  assert.deepEqual(files, { a: 'visible' });
  assert.deepEqual([remarks[0]?.code, remarks[0]?.bytes], ['ZIP_DATA_IN_MEMBER', 11]);
});

test('members that only front-to-back readers see are given too', async () => {
  const { files, remarks } = await walk([
    two[0] ?? { name: '' },
    { name: 'evil.class', content: 'payload', isUnlisted: true },
  ]);
  assert.equal(files['evil.class'], 'payload');
  assert.deepEqual(
    remarks.map(({ code, where }) => [code, where]),
    [['ZIP_MEMBER_UNLISTED', 'evil.class']],
  );
});

test('an unlisted member that states no size is found by its data', async () => {
  const member = { name: 'evil.class', content: 'payload', isUnlisted: true, descriptor: 'marked' as const };
  const { files, codes } = await walk([member, ...two]);
  assert.deepEqual([files['evil.class'], codes], ['payload', ['ZIP_MEMBER_UNLISTED']]);
});

test('without a directory the members are found by their headers', async () => {
  const bytes = zipOf(two);
  const { files, codes } = await walkBytes(bytes.subarray(0, bytes.indexOf('PK\x01\x02', 0, 'latin1')));
  assert.deepEqual(files, { 'a.txt': 'first', 'b.txt': 'second' });
  assert.deepEqual(new Set(codes), new Set(['ZIP_DIRECTORY_MISSING', 'ZIP_MEMBER_UNLISTED']));
});

test('a self-extracting archive is read, and what is before it remarked on', async () => {
  const { files, remarks } = await walk(two, { prefix: Buffer.from('#!/bin/sh\nexec unzip "$0"\n') });
  assert.deepEqual(Object.keys(files), ['a.txt', 'b.txt']);
  assert.deepEqual(
    remarks.map(({ code, bytes }) => [code, bytes]),
    [['ZIP_DATA_BEFORE', 26]],
  );
});

test('bytes between members and behind the end are remarked on, zeros between are not', async () => {
  const [first = { name: '' }, second = { name: '' }] = two;
  const hidden = await walk([first, { ...second, before: Buffer.from('hidden') }], { suffix: Buffer.from('more') });
  assert.deepEqual(
    hidden.remarks.map(({ code, bytes }) => [code, bytes]),
    [
      ['ZIP_DATA_BETWEEN', 6],
      ['DATA_AFTER_END', 4],
    ],
  );
  assert.deepEqual((await walk([first, { ...second, before: Buffer.alloc(3) }])).codes, []);
});

test('the signing block of an Android package is no hidden data; the same bytes with a wrong size are', async () => {
  const block = (stated: number): Buffer => {
    const bytes = Buffer.alloc(64, 7);
    bytes.writeBigUInt64LE(BigInt(stated), 0);
    bytes.writeBigUInt64LE(BigInt(stated), 40);
    bytes.write('APK Sig Block 42', 48, 'latin1');
    return bytes;
  };
  assert.deepEqual((await walk(two, { beforeDirectory: block(56) })).codes, []);
  assert.deepEqual((await walk(two, { beforeDirectory: block(55) })).codes, ['ZIP_DATA_BETWEEN']);
});

test('two archives in one file are an ambiguity', async () => {
  const other = zipOf([{ name: 'other', content: 'other' }]);
  const { codes, files } = await walk(two, { comment: other });
  assert.ok(codes.includes('ZIP_END_RECORDS_SEVERAL'), codes.join());
  assert.deepEqual(Object.keys(files).length > 0, true);
  assert.deepEqual((await walk([{ name: 'inner.zip', content: other, method: 0 }])).codes, []);
});

test('duplicate names and names that leave the archive are ambiguities', async () => {
  const { codes, paths } = await walk([
    ...two,
    { name: 'a.txt', content: 'other' },
    { name: '../../etc/x', content: 'y' },
  ]);
  assert.deepEqual(codes, ['ZIP_NAME_DUPLICATE', 'PATH_ESCAPES']);
  assert.deepEqual(paths, ['a.txt', 'b.txt', 'a.txt', 'etc/x']);
});

test('a folder with content is given as a file', async () => {
  const { files, codes } = await walk([{ name: 'x.class/', content: 'bytecode' }]);
  assert.deepEqual([files, codes], [{ 'x.class': 'bytecode' }, ['ZIP_NAME_AMBIGUOUS']]);
});

test('a wrong count in the end record is an ambiguity', async () => {
  assert.deepEqual((await walk(two, { count: 1 })).codes, ['ZIP_COUNT_DISAGREES']);
});

test('members that share their bytes are remarked on, and cannot multiply them without limit', async () => {
  // One member is stored; forty entries of the directory lead to it.
  const whole = zipOf([{ name: 'zeros', content: Buffer.alloc(1_000_000) }]);
  const start = whole.indexOf('PK\x01\x02', 0, 'latin1');
  const entry = whole.subarray(start, whole.indexOf('PK\x05\x06', 0, 'latin1'));
  const end = Buffer.from(whole.subarray(-22));
  end.writeUInt16LE(40, 10);
  end.writeUInt32LE(40 * entry.length, 12);
  const bytes = Buffer.concat([whole.subarray(0, start), ...Array.from({ length: 40 }, () => entry), end]);
  const { codes } = await walkBytes(bytes);
  assert.ok(codes.includes('ZIP_MEMBERS_OVERLAP'));
  assert.equal(codes.filter((code) => code === 'ZIP_MEMBERS_OVERLAP').length, 21, 'remarks are counted, not repeated');
  await assert.rejects(
    walkBytes(bytes, { ratio: 1100, ratioFloor: 2 ** 20 }),
    (thrown) => isFault(thrown) && thrown.code === 'RATIO_TOO_HIGH',
  );
});

test('a member beyond the ratio is refused before it is unpacked', async () => {
  const content = Buffer.alloc(2_000_000);
  const bytes = zipOf(Array.from({ length: 9 }, (_, at) => ({ name: `zeros-${at}`, content })));
  let reads = 0;
  const counted = {
    ...bytesOf(bytes),
    read: async (offset: number, length: number) => {
      if (length > 1500) reads += 1;
      return bytes.subarray(offset, offset + length);
    },
  };
  const budget = new Budget({ ...defaultLimits, ratio: 300, ratioFloor: 2 ** 20 }, 'test');
  const ends: string[] = [];
  for await (const member of walkZip(counted, budget, () => undefined)) {
    reads = 0;
    try {
      await collect(member.content(), 1e7);
      ends.push('whole');
    } catch (thrown) {
      assert.ok(isFault(thrown));
      ends.push(`${thrown.code} after ${reads} reads`);
    }
  }
  assert.ok(bytes.length * 300 < 9 * content.length);
  assert.deepEqual(ends.slice(0, 2), ['whole', 'whole']);
  assert.equal(ends.at(-1), 'RATIO_TOO_HIGH after 0 reads');
});

test('a member that reaches past the end is a gap', async () => {
  const bytes = zipOf([{ name: 'a', content: 'x'.repeat(100), method: 0, packed: Buffer.alloc(20), size: 100 }]);
  const directory = bytes.indexOf('PK\x01\x02', 0, 'latin1');
  bytes.writeUInt32LE(5000, directory + 20);
  const { codes } = await walkBytes(bytes);
  assert.ok(codes.includes('ZIP_MEMBER_TRUNCATED'), codes.join());
});

test('every entry is spent from the budget', async () => {
  await assert.rejects(
    walkBytes(zipOf(two), { entries: 1 }),
    (thrown) => isFault(thrown) && thrown.code === 'ENTRIES_TOO_MANY',
  );
  assert.equal((await walkBytes(zipOf(two), { entries: 2 })).paths.length, 2);
});

test('marks without members cost little', { timeout: 10_000 }, async () => {
  const mark = Buffer.from('504b030414000800080000000000000000000000000000000000010000006107', 'hex');
  const bytes = Buffer.concat([Buffer.alloc(2 ** 20, mark), zipOf(two)]);
  const { files, codes } = await walkBytes(bytes);
  assert.deepEqual(Object.keys(files), ['a.txt', 'b.txt']);
  assert.ok(codes.includes('ZIP_DATA_BEFORE'));
});

test('large members are streamed', async () => {
  const content = Buffer.alloc(17 * 2 ** 20, 'a long text that packs well; ');
  const { entries, remarks } = await walk([{ name: 'big', content }]);
  assert.equal(entries[0]?.text === content.toString('latin1'), true);
  assert.deepEqual(remarks, []);
});
