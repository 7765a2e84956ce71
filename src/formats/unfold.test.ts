import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { arOf, cpioOf } from '../../test/builders/archives.ts';
import { bzip2Lines, plainLines, xzLines, lz4Lines, lz4OldLines, lzmaLines } from '../../test/builders/packed.ts';
import { walked, type Walked } from '../../test/builders/walked.ts';
import { zipOf } from '../../test/builders/zip.ts';
import type { Limits } from '../core/budget.ts';
import { Budget } from '../core/budget.ts';
import { bytesOf } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import { detectFileKind } from './file-kind.ts';
import { tarOf } from './tar-writer.ts';
import { isUnfoldable, unfold } from './unfold.ts';

const walk = (bytes: Uint8Array, path: string, limits: Partial<Limits> = {}): Promise<Walked> =>
  walked((budget, remark) => unfold(bytesOf(bytes), detectFileKind(bytes, bytes.length), path, budget, remark), limits);

const jar = zipOf([
  { name: 'META-INF/', method: 0 },
  { name: 'a/B.class', content: 'class' },
]);

test('gives the members of an archive with the archive in their path', async () => {
  const { paths, files, remarks } = await walk(jar, 'app.jar');
  assert.deepEqual(paths, ['app.jar!/META-INF', 'app.jar!/a/B.class']);
  assert.deepEqual(files, { 'app.jar!/a/B.class': 'class' });
  assert.deepEqual(remarks, []);
});

test('gives an archive inside an archive as a file, then its members', async () => {
  const { paths, files, remarks } = await walk(zipOf([{ name: 'lib/in.jar', content: jar, method: 0 }]), 'app.war');
  assert.deepEqual(paths, ['app.war!/lib/in.jar', 'app.war!/lib/in.jar!/META-INF', 'app.war!/lib/in.jar!/a/B.class']);
  assert.equal(files['app.war!/lib/in.jar'], jar.toString('latin1'));
  assert.deepEqual(remarks, []);
});

test('gives the content of a packed file as its only member', async () => {
  assert.deepEqual((await walk(gzipSync('manual'), 'ls.1.gz')).files, { 'ls.1.gz!/data': 'manual' });
  assert.deepEqual((await walk(zstdCompressSync('manual'), 'x')).files, { 'x!/data': 'manual' });
  assert.deepEqual((await walk(xzLines, 'x')).files, { 'x!/data': plainLines });
  assert.deepEqual((await walk(bzip2Lines, 'x')).files, { 'x!/data': plainLines });
});

test('gives the files of a packed tar without the tar', async () => {
  const packed = gzipSync(tarOf([{ path: 'bin/x', content: 'program', mode: 0o755 }]));
  const { entries } = await walk(packed, 'src.tar.gz');
  assert.deepEqual(
    entries.map(({ path, mode, text }) => [path, mode, text]),
    [['src.tar.gz!/bin/x', 0o755, 'program']],
  );
});

test('unfolds a Debian package down to its files', async () => {
  const deb = arOf([
    { field: 'debian-binary', content: '2.0\n' },
    { field: 'control.tar.gz', content: gzipSync(tarOf([{ path: 'postinst', content: '#!/bin/sh\n' }])) },
    { field: 'data.tar.gz', content: gzipSync(tarOf([{ path: 'usr/bin/x', content: 'x' }])) },
  ]);
  const { paths } = await walk(deb, 'x.deb');
  assert.deepEqual(paths, [
    'x.deb!/debian-binary',
    'x.deb!/control.tar.gz',
    'x.deb!/control.tar.gz!/postinst',
    'x.deb!/data.tar.gz',
    'x.deb!/data.tar.gz!/usr/bin/x',
  ]);
});

test('unfolds packed files inside packed files, and a zip inside one', async () => {
  const { files } = await walk(gzipSync(gzipSync('deep')), 'x.gz');
  assert.equal(files['x.gz!/data!/data'], 'deep');
  assert.equal((await walk(gzipSync(jar), 'x.gz')).files['x.gz!/data!/a/B.class'], 'class');
});

test('archives nested too deep are given as files, with a gap', async () => {
  let bytes: Uint8Array = gzipSync('core');
  for (let level = 0; level < 3; level += 1)
    bytes = zipOf([
      { name: 'in', content: bytes },
      { name: 'beside', content: 'x' },
    ]);
  const { paths, remarks } = await walk(bytes, 'x', { depth: 3 });
  assert.deepEqual(paths.filter((path) => path.endsWith('beside')).length, 3);
  assert.ok(paths.includes('x!/in!/in!/in'));
  assert.deepEqual(
    remarks.map(({ kind, code, where }) => [kind, code, where]),
    [['gap', 'NESTING_TOO_DEEP', 'x!/in!/in!/in']],
  );
  assert.deepEqual((await walk(bytes, 'x', { depth: 4 })).codes, []);
});

test('a kind that is no container has no members', async () => {
  assert.deepEqual((await walk(Buffer.from('text'), 'x')).paths, []);
  assert.deepEqual([isUnfoldable('text'), isUnfoldable('zip'), isUnfoldable('7z')], [false, true, true]);
});

for (const [format, magic] of [
  ['7z', '377abcaf271c0004'],
  ['RAR', '526172211a070100'],
] as const)
  test(`${format} is a gap that names it, on its own and inside`, async () => {
    const bytes = Buffer.from(magic, 'hex');
    const { remarks } = await walk(bytes, 'x');
    assert.deepEqual(
      remarks.map(({ kind, code, where, bytes: count }) => [kind, code, where, count]),
      [['gap', 'ARCHIVE_UNSUPPORTED', 'x', bytes.length]],
    );
    assert.match(remarks[0]?.reason ?? '', new RegExp(format));
    const inside = await walk(zipOf([{ name: 'in', content: bytes }]), 'x');
    assert.deepEqual([inside.paths, inside.remarks[0]?.where], [['x!/in'], 'x!/in']);
  });

test('LZ4 and LZMA alone are unpacked, as every packed file', async () => {
  for (const packed of [lz4Lines, lz4OldLines, lzmaLines]) {
    const { paths, remarks } = await walk(zipOf([{ name: 'in', content: packed }]), 'x');
    assert.deepEqual([paths, remarks], [['x!/in', 'x!/in!/data'], []]);
  }
});

test('damage inside one member leaves the others', async () => {
  const broken = gzipSync(Buffer.alloc(10_000, 'words ')).fill(0xff, 30, 50);
  const { paths, remarks } = await walk(
    zipOf([
      { name: 'bad.gz', content: broken },
      { name: 'good', content: 'good' },
    ]),
    'x.zip',
  );
  assert.ok(paths.includes('x.zip!/good'));
  assert.ok(
    remarks.length > 0 && remarks.every(({ kind, where }) => kind === 'gap' && where.startsWith('x.zip!/bad.gz')),
  );
});

test('a truncated packed file gives what it has, and a gap', async () => {
  const whole = gzipSync(Array.from({ length: 2000 }, (_, line) => `line ${line * line}\n`).join(''));
  const { files, remarks } = await walk(whole.subarray(0, whole.length - 100), 'x.gz');
  assert.match(files['x.gz!/data'] ?? '', /^line 0\nline 1\nline 4\n/);
  assert.deepEqual(
    remarks.map(({ kind, where }) => [kind, where]),
    [['gap', 'x.gz']],
  );
});

test('content whose archive is cut off ends early with a gap', async () => {
  const tarBytes = tarOf([{ path: 'big', content: Buffer.alloc(20_000, 'x') }]);
  const { files, remarks } = await walk(tarBytes.subarray(0, 10_000), 'x.tar');
  assert.equal(files['x.tar!/big']?.length, 10_000 - 512);
  assert.ok(remarks.every(({ kind }) => kind === 'gap') && remarks.some(({ where }) => where === 'x.tar!/big'));
});

test('bytes that a gzip header hides, or that follow it, are remarked on', async () => {
  const packed = gzipSync('seen');
  assert.deepEqual((await walk(Buffer.concat([packed, Buffer.from('hidden')]), 'x')).codes, ['DATA_AFTER_END']);
  const withExtra = Buffer.concat([
    Buffer.from('1f8b08040000000000ff', 'hex'),
    Buffer.from([0x00, 0x20]),
    Buffer.alloc(0x2000, 'hidden'),
    packed.subarray(10),
  ]);
  const { files, codes } = await walk(withExtra, 'x');
  assert.deepEqual([files, codes], [{ 'x!/data': 'seen' }, ['GZIP_HEADER_DATA']]);
});

test('several gzip members are one content', async () => {
  const { files, codes } = await walk(Buffer.concat([gzipSync('one '), gzipSync('two')]), 'x');
  assert.deepEqual([files, codes], [{ 'x!/data': 'one two' }, []]);
});

test('a bomb inside an archive is a gap, and the walk goes on', async () => {
  const bomb = gzipSync(gzipSync(Buffer.alloc(8_000_000)));
  const { paths, codes } = await walk(
    zipOf([
      { name: 'bomb', content: bomb },
      { name: 'good', content: 'good' },
    ]),
    'x',
    { ratio: 10, ratioFloor: 2 ** 20 },
  );
  assert.ok(paths.includes('x!/good'));
  assert.deepEqual(codes, ['RATIO_TOO_HIGH']);
});

test('bytes are spent from the budget of whoever asks, and its end ends the walk', async () => {
  const budget = new Budget();
  for await (const entry of unfold(bytesOf(gzipSync('four')), 'gzip', 'x', budget, () => {}))
    assert.equal(entry.path, 'x!/data');
  assert.equal(budget.bytesSpent, 4);
  const ended = walk(zipOf([{ name: 'a', content: 'x'.repeat(5000) }]), 'x', { bytes: 4000 });
  await assert.rejects(ended, (thrown) => isFault(thrown) && thrown.code === 'UNPACKED_TOO_LARGE');
});

test('members can be skipped', async () => {
  const seen: string[] = [];
  const bytes = gzipSync(
    tarOf([
      { path: 'a', content: 'x'.repeat(9000) },
      { path: 'b', content: cpioOf([{ name: 'c', content: 'deep' }]) },
    ]),
  );
  for await (const { path } of unfold(bytesOf(bytes), 'gzip', 'x', new Budget(), () => assert.fail())) seen.push(path);
  assert.deepEqual(seen, ['x!/a', 'x!/b', 'x!/b!/c']);
});
