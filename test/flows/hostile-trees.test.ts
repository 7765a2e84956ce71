/** Layers whose tree is a trap: names that lead out, links in circles, entries twice, data behind the end, whiteouts of nothing. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { paxHeader, paxRecord, tarEnd, tarOf, type TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { findingRules, gapCodes, inShort, markerOf, markersFound, openHostileFlow } from '../builders/hostile-flow.ts';
import { digestOf, storedImage, type StoredLayer } from '../builders/hostile-images.ts';
import { base256, octal, rawTar, rawTarBlock, rawTarEntry, type RawTarFields } from '../builders/tar.ts';
import { zipOf, type ZipOptions, type ZipSpec } from '../builders/zip.ts';

const flow = await openHostileFlow({ severity: 'info' });
after(() => flow[Symbol.asyncDispose]());

const [one, two] = [markerOf(1), markerOf(2)];

type Expected =
  /** Nothing to say, and these markers found. */
  | 'clean'
  /** A finding of this rule keeps it from being clean. */
  | `container-format/${string}`
  /** This gap does. */
  | `gap ${string}`;

/** `found`: markers that must be among the findings; 1 unless given. */
type Case = readonly [name: string, layers: readonly Uint8Array[], expected: Expected, found?: readonly number[]];

const entry = (name: string, content: string | Uint8Array = one, fields: RawTarFields = {}): Uint8Array =>
  rawTarEntry({ name, ...fields }, content);
const pax = (records: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): Uint8Array =>
  paxHeader(
    Object.entries(records).map(([key, value]) => paxRecord(key, value)),
    type,
  );
const raw = (...parts: readonly Uint8Array[]): readonly Uint8Array[] => [rawTar(...parts)];
const tree = (...entries: readonly TarEntrySpec[]): readonly Uint8Array[] => [tarOf(entries)];
const link = (path: string, target: string): TarEntrySpec => ({ path, type: 'symlink', target });
const hard = (path: string, target: string): TarEntrySpec => ({ path, type: 'hardlink', target });
const file = (path: string, content = one): TarEntrySpec => ({ path, content });
const zip = (members: readonly ZipSpec[], options: ZipOptions = {}): readonly Uint8Array[] =>
  tree({ path: 'opt/a.zip', content: zipOf(members, options) });

const names: readonly Case[] = [
  ['a name that climbs out', raw(entry('../../etc/cron.d/x')), 'container-format/path-escapes'],
  ['a name that climbs out further in', raw(entry('a/../../etc/x')), 'container-format/path-escapes'],
  ['a name that climbs and stays inside', raw(entry('a/../b')), 'clean'],
  ['an absolute name', raw(entry('/etc/cron.d/x')), 'clean'],
  ['a name of two dots', raw(entry('..')), 'container-format/path-escapes'],
  ['a file that is named like the root', raw(entry('/')), 'container-format/tar-type-ambiguous'],
  ['a first entry without a name', raw(entry('')), 'gap LAYER_NOT_TAR'],
  ['a later entry without a name', raw(entry('a', two), entry('')), 'clean', [1, 2]],
  ['a name with a zero byte', raw(pax({ path: 'etc/a\0b' }), entry('x')), 'container-format/tar-names-disagree'],
  ['a name with a line break', raw(entry('etc/a\nb')), 'clean'],
  ['a name that is no UTF-8', raw(entry('etc/\u00ff\u00fe')), 'clean'],
  ['names like numbers and truth values', tree(file('123'), file('bin/true', two)), 'clean', [1, 2]],
  [
    'two names for one entry',
    raw(
      rawTarEntry({ name: '././@LongLink', typeFlag: 'L', magic: 'gnu' }, 'etc/one\0'),
      pax({ path: 'etc/two' }),
      entry('three'),
    ),
    'container-format/tar-names-disagree',
  ],
  [
    'a name for every later entry',
    raw(pax({ path: 'etc/all' }, 'g'), entry('a')),
    'container-format/tar-global-header',
  ],
];

const links: readonly Case[] = [
  [
    'symbolic links in a circle, and a file behind them',
    tree(link('a', 'b'), link('b', 'a'), file('a/x')),
    'container-format/layer-link-broken',
  ],
  ['a symbolic link to itself', tree(link('a', 'a'), file('x')), 'clean'],
  ['a symbolic link that leads out, and a file through it', tree(link('a', '../../../etc'), file('a/x')), 'clean'],
  [
    'a file through the link of a lower layer',
    [...tree(link('a', '/etc')), ...tree(file('a/x'))],
    'container-format/layer-path-over-link',
  ],
  ['a symbolic link to nothing', tree(link('a', ''), file('x')), 'clean'],
  ['hard links in a circle', tree(hard('a', 'b'), hard('b', 'a'), file('x')), 'container-format/layer-link-broken'],
  ['a hard link to what is not there', tree(hard('a', 'nothing'), file('x')), 'container-format/layer-link-broken'],
  ['a hard link that leads out', tree(hard('a', '../../etc/shadow'), file('x')), 'container-format/path-escapes'],
  [
    'a hard link with content, which hides an entry',
    raw(rawTarEntry({ name: 'a', typeFlag: '1', linkName: 'b' }, entry('hidden')), entry('c', two)),
    'container-format/tar-size-ignored',
    [1, 2],
  ],
  [
    'a folder with content, which hides an entry',
    raw(rawTarEntry({ name: 'a/', typeFlag: '5' }, entry('hidden')), entry('c', two)),
    'container-format/tar-size-ignored',
    [1, 2],
  ],
];

const duplicates: readonly Case[] = [
  ['one entry twice', tree(file('a'), file('a')), 'clean'],
  ['one path with two contents', tree(file('a'), file('a', two)), 'container-format/layer-path-twice', [1, 2]],
  ['one path as a file and as a link', tree(file('a'), link('a', 'b')), 'container-format/layer-path-twice'],
  ['one path in two spellings', raw(entry('./a'), entry('a', two)), 'container-format/layer-path-twice', [1, 2]],
  ['a folder twice', tree({ path: 'a', type: 'directory' }, { path: 'a', type: 'directory' }, file('a/x')), 'clean'],
  ['one path in two layers', [...tree(file('a')), ...tree(file('a', two))], 'clean', [1, 2]],
];

const plain = rawTar(entry('a'));
const skippable = (text: string): Uint8Array => {
  const frame = Buffer.alloc(8 + 600, 'y');
  frame.writeUInt32LE(0x184d2a50);
  frame.writeUInt32LE(600, 4);
  frame.write(text, 20);
  return frame;
};
const namedGzip = (name: string): Uint8Array => {
  const packed = gzipSync(plain);
  const head = Buffer.from(packed.subarray(0, 10));
  head[3] = 8;
  return Buffer.concat([head, Buffer.from(`${name}\0`), packed.subarray(10)]);
};

const ends: readonly Case[] = [
  [
    'a tar behind the end mark',
    [Buffer.concat([plain, rawTar(entry('hidden', two))])],
    'container-format/data-after-end',
  ],
  ['text behind the end mark', [Buffer.concat([plain, Buffer.from(two)])], 'container-format/data-after-end'],
  ['zeros behind the end mark', [Buffer.concat([plain, Buffer.alloc(10_240)])], 'clean'],
  [
    'an entry behind one zero block',
    [Buffer.concat([entry('a'), Buffer.alloc(512), entry('hidden', two), tarEnd])],
    'container-format/tar-end-broken',
  ],
  [
    'a tar in a second gzip member, behind the end mark',
    [Buffer.concat([gzipSync(plain), gzipSync(rawTar(entry('b', two)))])],
    'container-format/data-after-end',
  ],
  [
    'one tar in two gzip members',
    [Buffer.concat([gzipSync(entry('a')), gzipSync(rawTar(entry('b', two)))])],
    'clean',
    [1, 2],
  ],
  [
    'text behind the zstd data',
    [Buffer.concat([zstdCompressSync(plain), Buffer.from(two)])],
    'container-format/data-after-end',
  ],
  ['a name of five thousand characters in a gzip header', [namedGzip('n'.repeat(5000))], 'gap GZIP_HEADER_DATA'],
  [
    'text in the padding of a file',
    raw(rawTarEntry({ name: 'a' }, one, Buffer.from(two.padEnd(495, '.')))),
    'container-format/tar-padding-used',
  ],
  ['a pax header that belongs to no entry', raw(entry('a'), pax({ path: 'x' })), 'container-format/tar-header-alone'],
  ['a layer of zeros', [Buffer.alloc(10_240)], 'clean', []],
  ['a tar behind zeros', [Buffer.concat([Buffer.alloc(8192), plain])], 'gap LAYER_NOT_TAR'],
  ['a layer of no bytes', [new Uint8Array()], 'gap TAR_END_MISSING', []],
  ['a layer that is a text', [Buffer.from(one)], 'gap LAYER_NOT_TAR'],
];

const headers: readonly Case[] = [
  [
    'a pax size larger than the header says',
    raw(pax({ size: '17' }), rawTarBlock({ name: 'a', size: octal(0) }), Buffer.concat([Buffer.from(one)], 512)),
    'container-format/tar-sizes-disagree',
  ],
  ['a pax size of nothing', raw(pax({ size: '0' }), entry('a')), 'gap TAR_HEADER_INVALID', []],
  [
    'a damaged pax header',
    raw(rawTarEntry({ typeFlag: 'x' }, '99 path=etc/x\n'), entry('a')),
    'gap TAR_PAX_INVALID',
    [],
  ],
  ['a type that no standard knows', raw(entry('a', one, { typeFlag: 'Z' })), 'container-format/tar-type-ambiguous'],
  ['a volume label with content', raw(entry('a', one, { typeFlag: 'V' })), 'container-format/tar-type-ambiguous'],
  ['a file in one piece', raw(entry('a', one, { typeFlag: '7' })), 'clean'],
  ['a header without a magic number', raw(entry('a', one, { magic: 'none' })), 'clean'],
  ['a first header with a wrong checksum', raw(entry('a', one, { checksum: 'wrong' })), 'gap LAYER_NOT_TAR'],
  [
    'a second header with a wrong checksum',
    raw(entry('a'), entry('b', two, { checksum: 'wrong' })),
    'gap TAR_HEADER_INVALID',
  ],
  ['a negative size', raw(entry('a'), entry('b', two, { size: base256(-5n) })), 'gap TAR_HEADER_INVALID'],
];

const whiteouts: readonly Case[] = [
  ['a whiteout of the root', raw(entry('.wh.', ''), entry('a')), 'container-format/whiteout-invalid'],
  ['a whiteout of the folder itself', raw(entry('a/.wh..', ''), entry('a/b')), 'container-format/whiteout-invalid'],
  ['a whiteout of the folder above', raw(entry('a/.wh...', ''), entry('a/b')), 'container-format/whiteout-invalid'],
  ['a whiteout that climbs out', raw(entry('../.wh.x', ''), entry('a')), 'container-format/path-escapes'],
  ['a whiteout of what is not there', tree({ path: 'nothing', type: 'deletion' }, file('a')), 'clean'],
  ['an opaque root', [...tree(file('a')), ...raw(entry('.wh..wh..opq', ''), entry('b', two))], 'clean', [1, 2]],
  ['a whiteout with content', raw(entry('a/.wh.b')), 'clean'],
  ['an opaque mark with content', raw(entry('a/.wh..wh..opq')), 'clean'],
  ['names that aufs kept for itself', raw(entry('.wh..wh.aufs'), entry('.wh..wh.plnk/1', two)), 'clean', [1, 2]],
  ['a file and its whiteout in one layer', tree(file('a'), { path: 'a', type: 'deletion' }), 'clean'],
  [
    'a folder with the name of a whiteout',
    raw(rawTarEntry({ name: '.wh.a/', typeFlag: '5' }), entry('.wh.a/b')),
    'clean',
  ],
  ['a file that a later layer hides', [...tree(file('usr/x')), ...tree({ path: 'usr', type: 'deletion' })], 'clean'],
];

const archives: readonly Case[] = [
  ['a member that climbs out', zip([{ name: '../../etc/x', content: one }]), 'container-format/path-escapes'],
  [
    'a member that is not listed',
    zip([
      { name: 'x', content: one },
      { name: 'y', content: two, isUnlisted: true },
    ]),
    'container-format/zip-member-unlisted',
    [1, 2],
  ],
  [
    'a member twice',
    zip([
      { name: 'x', content: one },
      { name: 'x', content: two },
    ]),
    'clean',
    [1, 2],
  ],
  [
    'an encrypted member',
    zip([
      { name: 'x', content: two, flags: 1 },
      { name: 'y', content: one },
    ]),
    'gap ZIP_MEMBER_ENCRYPTED',
  ],
  [
    'a zip behind a script',
    zip([{ name: 'x', content: one }], { prefix: Buffer.from('#!/usr/bin/env python3\n') }),
    'clean',
  ],
  ['a zip behind a picture', zip([{ name: 'x', content: one }], { prefix: Buffer.from('GIF89a') }), 'clean'],
  [
    'an archive that no reader of ours knows',
    tree(file('a'), { path: 'a.7z', content: Buffer.from('377abcaf271c0004', 'hex') }),
    'gap ARCHIVE_UNSUPPORTED',
  ],
];

const toLayer = (blob: Uint8Array): StoredLayer => ({ blob });

const suites: Readonly<Record<string, readonly Case[]>> = {
  names,
  links,
  duplicates,
  ends,
  headers,
  whiteouts,
  archives,
};
for (const [about, cases] of Object.entries(suites))
  for (const [name, layers, expected, found = [1]] of cases)
    test(`${about}: ${name}`, { timeout: 10_000 }, async () => {
      const verdict = await flow.judge(storedImage({ layers: layers.map(toLayer) }));
      const told = inShort(verdict);
      if (expected === 'clean') assert.equal(verdict.assessment, 'clean', told);
      else if (expected.startsWith('gap ')) {
        assert.equal(verdict.assessment, 'incomplete', told);
        assert.ok(gapCodes(verdict).includes(expected.slice(4)), told);
      } else {
        assert.equal(verdict.assessment, 'suspicious', told);
        assert.ok(findingRules(verdict).includes(expected), told);
      }
      for (const number of found) assert.ok(markersFound(verdict).has(number), `marker ${number} is missed: ${told}`);
    });

test('a file that a later layer deletes is found, and said to be hidden', { timeout: 10_000 }, async () => {
  const layers = [...tree(file('usr/x')), ...tree({ path: 'usr', type: 'deletion' })].map(toLayer);
  const { dossier } = await flow.judge(storedImage({ layers }));
  const [proof] = dossier.findings.flatMap(({ rule, evidence }) => (rule === 'yara/marker/planted' ? evidence : []));
  assert.ok(proof?.kind === 'excerpt');
  assert.deepEqual([proof.path, proof.layerIndex, proof.hidden], ['usr/x', 0, true]);
});

test('a zstd frame that is skipped is never skipped in silence', { timeout: 10_000 }, async () => {
  const blob = Buffer.concat([zstdCompressSync(plain), skippable(two)]);
  const verdict = await flow.judge(storedImage({ layers: [{ blob, diffId: digestOf(plain) }] }));
  assert.deepEqual(gapCodes(verdict), ['ZSTD_SKIPPABLE_FRAME'], inShort(verdict));
});
