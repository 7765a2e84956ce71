import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { limitsWith, streamOf } from '../../../test/builders/streams.ts';
import { Budget, defaultLimits } from '../../core/budget.ts';
import { collect } from '../../core/collect.ts';
import { Fault } from '../../core/fault.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { Remark } from '../../core/remark.ts';
import { tarOf, type TarEntrySpec } from '../tar-writer.ts';
import { tar } from '../trees/tar.ts';
import { toLayerEntry } from '../whiteout.ts';
import { checkTocChunks } from './layer-toc.chunks.ts';
import { parseTableOfContents, type TableOfContents, type TocKind } from './layer-toc.document.ts';
import { TocCheck } from './layer-toc.ts';
import { findZstdChunkedToc, isZstdChunked } from './layer-toc.zstd-chunked.ts';

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
const digest = (content: string): string => `sha256:${sha256(content)}`;
const ignore = (): void => undefined;

const content = 'first part|second part';
const layer: readonly TarEntrySpec[] = [
  { path: './etc', type: 'directory' },
  { path: './etc/small', content: 'small', mode: 0o640, uid: 3, xattrs: { 'user.a': Uint8Array.of(1, 255) } },
  { path: './etc/parts', content },
  { path: './etc/link', type: 'symlink', target: 'small' },
  { path: './etc/hard', type: 'hardlink', target: './etc/small' },
  { path: './etc/.wh.gone' },
  { path: './empty' },
];

type Listed = Record<string, unknown>;
const listing = (): Listed[] => [
  { type: 'dir', name: './etc/', mode: 0o755 },
  {
    type: 'reg',
    name: './etc/small',
    mode: 0o640,
    uid: 3,
    size: 5,
    digest: digest('small'),
    xattrs: { 'user.a': 'Af8=' },
  },
  {
    type: 'reg',
    name: './etc/parts',
    mode: 0o644,
    size: content.length,
    digest: digest(content),
    chunkSize: 11,
    chunkDigest: digest('first part|'),
  },
  { type: 'chunk', name: './etc/parts', chunkOffset: 11, chunkSize: 11, chunkDigest: digest('second part') },
  { type: 'symlink', name: './etc/link', mode: 0o777, linkName: 'small' },
  { type: 'hardlink', name: './etc/hard', mode: 0o644, linkName: 'etc/small' },
  { type: 'reg', name: './etc/.wh.gone', mode: 0o644 },
  { type: 'reg', name: './empty', mode: 0o644 },
];

const tocBytes = (entries: readonly Listed[]): Uint8Array => Buffer.from(JSON.stringify({ version: 1, entries }));
const parse = (entries: readonly Listed[], kind: TocKind = 'estargz'): TableOfContents =>
  parseTableOfContents(tocBytes(entries), kind, defaultLimits, 'layer');

async function* entriesOf(specs: readonly TarEntrySpec[]): AsyncIterable<FileEntry> {
  for await (const entry of tar.walk(streamOf(tarOf(specs), 90), new Budget(), ignore))
    yield toLayerEntry(entry, ignore);
}

/** The whole check with its second reading; gives what disagreed. */
const compare = async (
  entries: readonly Listed[],
  specs = layer,
  kind: TocKind = 'estargz',
): Promise<readonly Remark[]> => {
  const check = new TocCheck(parse(entries, kind));
  for await (const entry of entriesOf(specs))
    check.add(entry, entry.type === 'file' ? sha256(await collect(entry.content(), 1000)) : undefined);
  const remarks = [...check.finish()];
  await checkTocChunks(entriesOf(specs), check.claims, (remark) => remarks.push(remark));
  for (const remark of remarks) assert.deepEqual([remark.kind, remark.code], ['ambiguity', 'TOC_DISAGREES']);
  return remarks;
};

const changed = (name: string, change: Listed): Listed[] =>
  listing().map((entry) => (entry['name'] === name && entry['type'] !== 'chunk' ? { ...entry, ...change } : entry));

const isFault =
  (code: string) =>
  (thrown: unknown): boolean =>
    thrown instanceof Fault && thrown.code === code;

test('a table that tells the truth agrees', async () => {
  assert.deepEqual(await compare(listing()), []);
});

test('any difference in an entry is remarked on, naming the file', async () => {
  const cases: readonly (readonly [string, Listed])[] = [
    ['./etc/small', { size: 4 }],
    ['./etc/small', { mode: 0o4640 }],
    ['./etc/small', { uid: 0 }],
    ['./etc/small', { digest: digest('other') }],
    ['./etc/small', { chunkDigest: digest('other') }],
    ['./etc/small', { xattrs: { 'user.a': 'AQ==' } }],
    ['./etc/small', { xattrs: {} }],
    ['./empty', { xattrs: { 'security.capability': 'AQ==' } }],
    ['./etc/link', { linkName: '/bin/sh' }],
    ['./etc/hard', { linkName: 'etc/parts' }],
    ['./empty', { type: 'dir' }],
    ['./etc/small', { digest: '' }],
  ];
  for (const [name, change] of cases) {
    const remarks = await compare(changed(name, change));
    assert.deepEqual(
      remarks.map(({ where }) => where),
      [name.slice(2)],
      JSON.stringify(change),
    );
  }
});

test('entries that only one of the two has are remarked on', async () => {
  const added = await compare([
    ...listing(),
    { type: 'reg', name: 'usr/bin/implant', mode: 0o755, size: 9, digest: digest('x') },
  ]);
  assert.deepEqual(
    added.map(({ where, bytes }) => [where, bytes]),
    [['usr/bin/implant', 9]],
  );
  const removed = await compare(listing().filter(({ name }) => name !== './etc/.wh.gone'));
  assert.deepEqual(
    removed.map(({ where }) => where),
    ['etc/gone'],
  );
});

test('a chunk that differs is found although the digest of the whole file is right', async () => {
  const entries = listing().map((entry) =>
    entry['type'] === 'chunk' ? { ...entry, chunkDigest: digest('evil part!!') } : entry,
  );
  const remarks = await compare(entries);
  assert.deepEqual(
    remarks.map(({ where, bytes }) => [where, bytes]),
    [['etc/parts', 11]],
  );
});

test('a chunk of zeros must be zeros in the tar', async () => {
  const zeros = `${'\0'.repeat(8)}tail`;
  const entries = (first: number): Listed[] => [
    { type: 'reg', name: 'f', mode: 0o644, size: 12, digest: digest(zeros), chunkSize: first, chunkType: 'zeros' },
    { type: 'chunk', name: 'f', chunkOffset: first, chunkSize: 12 - first, chunkDigest: digest(zeros.slice(first)) },
  ];
  const specs = [{ path: 'f', content: zeros }];
  assert.deepEqual(await compare(entries(8), specs, 'zstd:chunked'), []);
  assert.equal((await compare(entries(9), specs, 'zstd:chunked')).length, 1);
});

test('the table itself and the landmarks of eStargz need no entry', async () => {
  const specs = [
    ...layer,
    { path: '.no.prefetch.landmark', content: '\u000f' },
    { path: 'stargz.index.json', content: '{}' },
  ];
  assert.deepEqual(await compare(listing(), specs), []);
  assert.equal((await compare(listing(), specs, 'zstd:chunked')).length, 1);
});

test('fields that some readers take for others are remarked on', async () => {
  assert.equal((await compare(changed('./etc/small', { Digest: digest('other') }))).length, 1);
  assert.equal((await compare(changed('./etc/small', { comment: 'x' }))).length, 0);
});

test('many disagreements are counted, not listed', async () => {
  const entries = Array.from({ length: 200 }, (_, index) => ({ type: 'dir', name: `d${index}`, mode: 0o755 }));
  const remarks = await compare(entries, []);
  assert.equal(remarks.length, 51);
  assert.match(remarks.at(-1)?.reason ?? '', /^150 more/);
});

test('damaged tables are refused', () => {
  const bad: readonly (readonly Listed[])[] = [
    [{ type: 'mystery', name: 'x' }],
    [{ type: 'reg', name: 'x', size: -1 }],
    [{ type: 'reg', name: 'x', size: 3, digest: 'md5:00' }],
    [{ type: 'chunk', name: 'x', chunkOffset: 0, chunkSize: 1 }],
    [{ type: 'reg', name: 'x', size: 9, chunkSize: 4 }],
    [
      { type: 'reg', name: 'x', size: 9, chunkSize: 4 },
      { type: 'chunk', name: 'x', chunkOffset: 5, chunkSize: 4 },
    ],
    [
      { type: 'reg', name: 'x', size: 9, chunkSize: 4 },
      { type: 'chunk', name: 'y', chunkOffset: 4, chunkSize: 5 },
    ],
    [{ type: 'reg', name: 'x', xattrs: { a: 1 } }],
  ];
  for (const entries of bad) assert.throws(() => parse(entries), isFault('TOC_INVALID'), JSON.stringify(entries));
  assert.throws(() => parseTableOfContents(Buffer.from('{}'), 'estargz', defaultLimits, ''), isFault('TOC_INVALID'));
  assert.throws(
    () => parseTableOfContents(Buffer.from('{"version":1,"entries":[],"entries":[]}'), 'estargz', defaultLimits, ''),
    isFault('TOC_AMBIGUOUS'),
  );
  assert.throws(
    () => parseTableOfContents(tocBytes(listing()), 'estargz', limitsWith({ entries: 3 }), ''),
    isFault('TOC_TOO_LARGE'),
  );
});

const frameAt = (payload: Uint8Array, offset: number): { payload: Uint8Array; offset: number } => ({ payload, offset });
const footerOf = (offset: number, packed: number, unpacked: number): Uint8Array => {
  const footer = Buffer.alloc(64);
  footer.writeBigUInt64LE(BigInt(offset), 0);
  footer.writeBigUInt64LE(BigInt(packed), 8);
  footer.writeBigUInt64LE(BigInt(unpacked), 16);
  footer.writeBigUInt64LE(1n, 24);
  footer.write('GNUlInUx', 56, 'latin1');
  return footer;
};

test('a zstd:chunked table is found by annotation or footer, and they must agree', () => {
  const plain = tocBytes(listing());
  const packed = zstdCompressSync(plain);
  const frames = [frameAt(packed, 108), frameAt(footerOf(108, packed.length, plain.length), 5000)];
  const position = `108:${packed.length}:${plain.length}:1`;
  const find = (
    annotations: Record<string, string>,
    from = frames,
  ): readonly [number | undefined, readonly string[]] => {
    const remarks: string[] = [];
    const toc = findZstdChunkedToc(from, annotations, defaultLimits, 'layer', ({ code }) => remarks.push(code));
    return [toc?.entries.length, remarks];
  };
  const name = 'io.github.containers.zstd-chunked.manifest';
  const checksum = `sha256:${sha256(packed)}`;
  assert.deepEqual(find({ [`${name}-position`]: position, [`${name}-checksum`]: checksum }), [7, []]);
  assert.deepEqual(find({ 'io.containers.zstd-chunked.manifest-position': position }), [7, []]);
  assert.deepEqual(find({}), [7, []]);
  assert.deepEqual(find({}, frames.slice(0, 1)), [undefined, []]);
  assert.deepEqual(find({ [`${name}-position`]: position, [`${name}-checksum`]: digest('x') }), [7, ['TOC_DISAGREES']]);
  const other = [
    ...frames.slice(0, 1),
    frameAt(packed, 9000),
    frameAt(footerOf(9000, packed.length, plain.length), 9900),
  ];
  assert.deepEqual(find({ [`${name}-position`]: position }, other), [7, ['TOC_DISAGREES']]);
  for (const wrong of [
    '109:1:1:1',
    `108:${packed.length}:${plain.length - 1}:1`,
    `108:${packed.length}:${plain.length + 1}:1`,
    'x',
  ])
    assert.throws(() => find({ [`${name}-position`]: wrong }), isFault('TOC_INVALID'), wrong);
  const two = Buffer.concat([packed, zstdCompressSync('more')]);
  assert.throws(
    () => find({ [`${name}-position`]: `108:${two.length}:${plain.length}:1` }, [frameAt(two, 108)]),
    isFault('TOC_INVALID'),
  );
  assert.ok(isZstdChunked({ [`${name}-position`]: position }));
  assert.ok(!isZstdChunked({ other: 'x' }));
});
