import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codesOf, limitsWith, streamOf, type Walked, walkAll } from '../../../test/builders/streams.ts';
import { base256, octal, rawTar, rawTarBlock, rawTarEntry } from '../../../test/builders/tar.ts';
import { Budget, type Limits } from '../../core/budget.ts';
import { paxHeader, paxRecord, tarEnd, tarOf } from '../tar-writer.ts';
import { tar } from './tar.ts';

const walk = (data: Uint8Array, limits?: Limits): Promise<Walked> =>
  walkAll((budget, remark) => tar.walk(streamOf(data, 700), budget, remark), limits);
const pax = (...records: readonly (readonly [string, string])[]): Uint8Array =>
  paxHeader(records.map(([key, value]) => paxRecord(key, value)));
const paths = ({ entries }: Walked): readonly string[] => entries.map(({ path }) => path);

const clean = (walked: Walked): void => assert.deepEqual([walked.fault, walked.remarks], [undefined, []]);

test('numbers are read in octal with any blanks, and in base 256 with a sign', async () => {
  const walked = await walk(
    rawTar(
      rawTarEntry({ mode: '   755 \0', uid: '0001750\0', gid: '12\0junk', modified: octal(1000) }, 'x'),
      rawTarEntry({ magic: 'gnu', size: base256(3n), modified: base256(-86_400n) }, 'abc'),
    ),
  );
  clean(walked);
  const [one, two] = walked.entries;
  assert.deepEqual([one?.mode, one?.uid, one?.gid, one?.modified], [0o755, 0o1750, 0o12, 1000]);
  assert.deepEqual([two?.size, two?.modified, two?.text], [3, -86_400, 'abc']);
});

test('numbers that readers would take differently are refused', async () => {
  for (const fields of [
    { size: '12x\0' },
    { size: '1 2\0' },
    { size: base256(-1n) },
    { size: base256(2n ** 60n) },
    { uid: 'root\0' },
    { tail: new Map([[330, 'M']]) },
    { tail: new Map([[337, '0000009\0']]), magic: 'gnu' },
  ] as const)
    assert.equal((await walk(rawTar(rawTarEntry(fields)))).fault, 'TAR_HEADER_INVALID', JSON.stringify(fields));
  // In v7 other things may lie there.
  clean(await walk(rawTar(rawTarEntry({ tail: new Map([[330, 'M']]), magic: 'none' }))));
});

test('old checksums over signed bytes are right, others are not', async () => {
  clean(await walk(rawTar(rawTarEntry({ name: Buffer.from('n\xe4me', 'latin1'), checksum: 'signed' }))));
  const wrong = await walk(rawTar(rawTarEntry({ name: 'good' }, 'x'), rawTarEntry({ name: 'bad', checksum: 'wrong' })));
  assert.deepEqual([paths(wrong), wrong.fault], [['good'], 'TAR_HEADER_INVALID']);
});

test('the ustar prefix belongs to the name; in a GNU header other fields lie there', async () => {
  const walked = await walk(
    rawTar(
      rawTarEntry({ name: 'name', prefix: 'some/prefix' }),
      rawTarEntry({ name: 'gnu', magic: 'gnu', prefix: '12345670123\0' }),
      rawTarEntry({ name: 'v7', magic: 'none', prefix: 'ignored' }),
      rawTarEntry({
        name: 'star',
        prefix: 'p'.repeat(131),
        tail: new Map([
          [476, '00000000000 '],
          [508, 'tar\0'],
        ]),
      }),
    ),
  );
  assert.deepEqual(paths(walked), ['some/prefix/name', 'gnu', 'v7', `${'p'.repeat(131)}/star`]);
});

test('a name fills its field without a zero', async () => {
  assert.deepEqual(paths(await walk(rawTar(rawTarEntry({ name: 'n'.repeat(100) })))), ['n'.repeat(100)]);
});

test('names in bytes that are no UTF-8 stay distinct', async () => {
  const walked = await walk(
    rawTar(rawTarEntry({ name: Uint8Array.of(0x61, 0xff) }), rawTarEntry({ name: Uint8Array.of(0x61, 0xfe) })),
  );
  assert.deepEqual(paths(walked), ['a\udcff', 'a\udcfe']);
});

test('old directories are names with a slash; a plain file with such a name is ambiguous', async () => {
  const old = await walk(rawTar(rawTarEntry({ name: 'dir/', typeFlag: '\0', magic: 'none' })));
  clean(old);
  assert.equal(old.entries[0]?.type, 'directory');
  const odd = await walk(rawTar(rawTarEntry({ name: 'dir/', typeFlag: '0' }, 'content')));
  assert.deepEqual([odd.entries[0]?.type, codesOf(odd)], ['file', ['TAR_TYPE_AMBIGUOUS']]);
});

test('an unknown type is examined as a file and remarked on', async () => {
  const walked = await walk(rawTar(rawTarEntry({ typeFlag: 'Q' }, 'content'), rawTarEntry({ name: 'next' })));
  assert.deepEqual(
    [paths(walked), walked.entries[0]?.text, codesOf(walked)],
    [['file', 'next'], 'content', ['TAR_TYPE_AMBIGUOUS']],
  );
});

test('a size on an entry that has no content is not skipped, and remarked on', async () => {
  const walked = await walk(
    rawTar(rawTarEntry({ name: 'd', typeFlag: '5', size: octal(1024) }), rawTarEntry({ name: 'next' })),
  );
  assert.deepEqual([paths(walked), codesOf(walked)], [['d', 'next'], ['TAR_SIZE_IGNORED']]);
});

test('names that leave the image are kept under their normal path and remarked on; leading slashes are not', async () => {
  const walked = await walk(
    rawTar(rawTarEntry({ name: '../../etc/x' }), rawTarEntry({ name: '/etc/y' }), rawTarEntry({ name: './z' })),
  );
  assert.deepEqual(paths(walked), ['etc/x', 'etc/y', 'z']);
  assert.deepEqual(
    walked.remarks.map(({ code, where }) => [code, where]),
    [['PATH_ESCAPES', 'etc/x']],
  );
});

test('a hard link that leaves the image is remarked on; a symbolic one is resolved inside', async () => {
  const link = (typeFlag: string, linkName: string): Promise<Walked> =>
    walk(rawTar(rawTarEntry({ name: 'a/link', typeFlag, linkName })));
  assert.deepEqual(codesOf(await link('1', '../../etc/shadow')), ['PATH_ESCAPES']);
  assert.deepEqual(codesOf(await link('1', 'a/../b')), []);
  assert.deepEqual(codesOf(await link('1', '/etc/x')), []);
  assert.deepEqual(codesOf(await link('2', '../../etc/shadow')), []);
});

test('GNU long names and link targets', async () => {
  const long = `${'directory/'.repeat(20)}name`;
  const walked = await walk(
    rawTar(
      rawTarEntry({ name: '././@LongLink', typeFlag: 'K', magic: 'gnu' }, `${long}.target\0`),
      rawTarEntry({ name: '././@LongLink', typeFlag: 'L', magic: 'gnu' }, `${long}\0`),
      rawTarEntry({ name: 'cut', typeFlag: '2', linkName: 'cut', magic: 'gnu' }),
      rawTarEntry({ name: 'next', magic: 'gnu' }),
    ),
  );
  clean(walked);
  assert.deepEqual([paths(walked), walked.entries[0]?.target], [[long, 'next'], `${long}.target`]);
});

test('pax records override, for one entry only', async () => {
  const walked = await walk(
    rawTar(
      pax(['path', 'long/name'], ['uid', '70000'], ['gid', '80000'], ['mtime', '12.5'], ['uname', 'ä'], ['size', '3']),
      rawTarEntry({ name: 'short', size: octal(3) }, 'abc'),
      rawTarEntry({ name: 'next' }),
    ),
  );
  clean(walked);
  const [one, two] = walked.entries;
  assert.deepEqual(
    [one?.path, one?.uid, one?.gid, one?.modified, one?.userName, one?.text],
    ['long/name', 70000, 80000, 12.5, 'ä', 'abc'],
  );
  assert.deepEqual([two?.path, two?.uid], ['next', 0]);
});

test('a pax size counts where ustar cannot hold it; where both could, they must agree', async () => {
  const content = 'x'.repeat(600);
  const differs = await walk(
    rawTar(pax(['size', '600']), rawTarEntry({ name: 'f', size: octal(0) }, content), rawTarEntry({ name: 'next' })),
  );
  assert.deepEqual([paths(differs), codesOf(differs)], [['f', 'next'], ['TAR_SIZES_DISAGREE']]);
  const huge = await walk(Buffer.concat([pax(['size', `${9 * 2 ** 30}`]), rawTarBlock({ size: octal(0) })]));
  assert.deepEqual([codesOf(huge), huge.fault], [[], 'TAR_TRUNCATED']);
});

test('global pax headers apply to what follows, and are remarked on when they change entries', async () => {
  const walked = await walk(
    rawTar(
      rawTarEntry({ name: 'before' }),
      paxHeader([paxRecord('uid', '5'), paxRecord('comment', 'x')], 'g'),
      rawTarEntry({ name: 'after' }),
      pax(['uid', '6']),
      rawTarEntry({ name: 'local' }),
    ),
  );
  assert.deepEqual(
    walked.entries.map(({ uid }) => uid),
    [0, 5, 6],
  );
  assert.deepEqual(codesOf(walked), ['TAR_GLOBAL_HEADER']);
  clean(await walk(rawTar(paxHeader([paxRecord('comment', 'a commit')], 'g'), rawTarEntry({}))));
});

test('extended attributes come raw; two forms that differ are remarked on', async () => {
  const value = Buffer.from([0, 255, 61, 10]);
  const same = await walk(
    rawTar(
      paxHeader([
        paxRecord('SCHILY.xattr.user.a', value),
        paxRecord('LIBARCHIVE.xattr.user.a', value.toString('base64')),
      ]),
      rawTarEntry({}),
      paxHeader([paxRecord('LIBARCHIVE.xattr.user.%3d', value.toString('base64'))]),
      rawTarEntry({ name: 'b' }),
    ),
  );
  clean(same);
  assert.deepEqual([...(same.entries[0]?.xattrs?.get('user.a') ?? [])], [...value]);
  assert.deepEqual([...(same.entries[1]?.xattrs?.get('user.=') ?? [])], [...value]);
  const other = await walk(
    rawTar(
      paxHeader([paxRecord('SCHILY.xattr.user.a', 'x'), paxRecord('LIBARCHIVE.xattr.user.a', 'eQ==')]),
      rawTarEntry({}),
    ),
  );
  assert.deepEqual(codesOf(other), ['TAR_XATTRS_DISAGREE']);
});

test('damaged pax headers are refused', async () => {
  for (const body of [
    'x path=a\n',
    '11 path=a\n',
    '7 path=\n',
    '99 path=a\n',
    '11 pathaaa\n\n',
    '9 path=ab',
    '0 a=b\n',
    '12 uid=abcd\n',
    '13 mtime=1e5\n',
  ])
    assert.equal(
      (await walk(rawTar(rawTarEntry({ typeFlag: 'x' }, body), rawTarEntry({})))).fault,
      'TAR_PAX_INVALID',
      JSON.stringify(body),
    );
});

test('two names for one entry are ambiguous when they differ', async () => {
  const long = rawTarEntry({ name: '././@LongLink', typeFlag: 'L', magic: 'gnu' }, 'one\0');
  assert.deepEqual(codesOf(await walk(rawTar(long, pax(['path', 'two']), rawTarEntry({})))), ['TAR_NAMES_DISAGREE']);
  assert.deepEqual(codesOf(await walk(rawTar(long, pax(['path', 'one']), rawTarEntry({})))), []);
  assert.deepEqual(codesOf(await walk(rawTar(pax(['path', 'a\0b']), rawTarEntry({})))), ['TAR_NAMES_DISAGREE']);
  assert.deepEqual(codesOf(await walk(rawTar(pax(['uid', '1']), pax(['uid', '2']), rawTarEntry({})))), [
    'TAR_HEADERS_REPEATED',
  ]);
  assert.deepEqual(codesOf(await walk(rawTar(rawTarEntry({}), pax(['uid', '1'])))), ['TAR_HEADER_ALONE']);
});

const sparseText = `${'\0'.repeat(1000)}data${'\0'.repeat(3996)}`;

test('GNU sparse files of the old format, with extension blocks', async () => {
  const extension = new Uint8Array(512);
  extension.set(Buffer.from(octal(4000) + octal(3)), 0);
  const header = rawTarBlock({
    name: 'sparse',
    typeFlag: 'S',
    magic: 'gnu',
    size: octal(7),
    tail: new Map<number, string>([
      [386, octal(1000) + octal(4)],
      [482, '\u0001'],
      [483, octal(5000)],
    ]),
  });
  const content = Buffer.concat([Buffer.from('dataend'), new Uint8Array(505)]);
  const walked = await walk(rawTar(header, extension, content, rawTarEntry({ name: 'next', magic: 'gnu' })));
  clean(walked);
  assert.equal(walked.entries[0]?.size, 5000);
  assert.equal(walked.entries[0]?.text, `${'\0'.repeat(1000)}data${'\0'.repeat(2996)}end${'\0'.repeat(997)}`);
  assert.deepEqual(paths(walked), ['sparse', 'next']);
});

test('GNU sparse files in pax form 0.0, 0.1 and 1.0', async () => {
  const old = pax(
    ['GNU.sparse.size', '5000'],
    ['GNU.sparse.numblocks', '1'],
    ['GNU.sparse.offset', '1000'],
    ['GNU.sparse.numbytes', '4'],
  );
  const middle = pax(
    ['GNU.sparse.size', '5000'],
    ['GNU.sparse.numblocks', '1'],
    ['GNU.sparse.map', '1000,4'],
    ['GNU.sparse.name', 'real'],
  );
  const latest = pax(
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', 'real'],
    ['GNU.sparse.realsize', '5000'],
  );
  const map = Buffer.alloc(512);
  map.write('1\n1000\n4\n');
  for (const [header, content, name] of [
    [old, 'data', 'stored'],
    [middle, 'data', 'real'],
    [latest, Buffer.concat([map, Buffer.from('data')]), 'real'],
  ] as const) {
    const walked = await walk(rawTar(header, rawTarEntry({ name: 'stored' }, content), rawTarEntry({ name: 'next' })));
    clean(walked);
    assert.deepEqual(paths(walked), [name, 'next']);
    assert.deepEqual([walked.entries[0]?.size, walked.entries[0]?.text], [5000, sparseText]);
  }
});

test('sparse maps that overlap, do not fit or end early are refused', async () => {
  for (const map of ['1000,5', '4998,4', '0,2,1,2', '1000', '1000,x', '0,2,2,1,2,1'])
    assert.equal(
      (await walk(rawTar(pax(['GNU.sparse.size', '5000'], ['GNU.sparse.map', map]), rawTarEntry({}, 'data')))).fault,
      'TAR_SPARSE_INVALID',
      map,
    );
});

test('a hole of any size is stopped by the budget, and the walk goes on behind it', async () => {
  const data = rawTar(
    pax(['GNU.sparse.size', `${2 ** 50}`], ['GNU.sparse.map', '0,4']),
    rawTarEntry({ name: 'hole' }, 'data'),
    rawTarEntry({ name: 'next' }, 'text'),
  );
  const seen: string[] = [];
  for await (const entry of tar.walk(streamOf(data), new Budget(), () => undefined))
    try {
      for await (const _ of entry.content());
      seen.push(entry.path);
    } catch (thrown) {
      seen.push((thrown as { code: string }).code);
    }
  assert.deepEqual(seen, ['RATIO_TOO_HIGH', 'next']);
});

test('the end: zeros to the end of the data are padding, whatever their number', async () => {
  const data = tarOf([{ path: 'a' }]);
  clean(await walk(Buffer.concat([data, new Uint8Array(8704)])));
  clean(await walk(Buffer.concat([data, new Uint8Array(100)])));
});

test('data behind the end mark are remarked on with their size', async () => {
  const walked = await walk(Buffer.concat([tarOf([{ path: 'shown' }]), tarOf([{ path: 'hidden' }])]));
  assert.deepEqual(paths(walked), ['shown']);
  assert.deepEqual(
    walked.remarks.map(({ kind, code, bytes }) => [kind, code, bytes]),
    [['ambiguity', 'DATA_AFTER_END', 1536]],
  );
});

test('one zero block followed by data is ambiguous, a missing mark is a gap', async () => {
  const entry = rawTarEntry({ name: 'a' });
  const broken = await walk(Buffer.concat([entry, new Uint8Array(512), rawTarEntry({ name: 'b' }), tarEnd]));
  assert.deepEqual([paths(broken), codesOf(broken)], [['a'], ['TAR_END_BROKEN', 'DATA_AFTER_END']]);
  for (const end of [new Uint8Array(0), new Uint8Array(512)]) {
    const missing = await walk(Buffer.concat([entry, end]));
    assert.deepEqual(
      missing.remarks.map(({ kind, code }) => [kind, code]),
      [['gap', 'TAR_END_MISSING']],
    );
  }
});

test('bytes that hide behind the end of a content are remarked on', async () => {
  const padding = new Uint8Array(509);
  padding.set(Buffer.from('hidden'), 3);
  const walked = await walk(rawTar(rawTarEntry({ name: 'f' }, 'abc', padding)));
  assert.deepEqual(
    walked.remarks.map(({ code, where, bytes }) => [code, where, bytes]),
    [['TAR_PADDING_USED', 'f', 509]],
  );
});

test('content that was not read, or only begun, is skipped', async () => {
  const data = tarOf([
    { path: 'a', content: 'a'.repeat(2000) },
    { path: 'b', content: 'b'.repeat(2000) },
    { path: 'c', content: 'c' },
  ]);
  const seen: string[] = [];
  for await (const entry of tar.walk(streamOf(data, 300), new Budget(), () => undefined)) {
    seen.push(entry.path);
    if (entry.path === 'b') for await (const _ of entry.content()) break;
  }
  assert.deepEqual(seen, ['a', 'b', 'c']);
});

test('content is read once, and only while its entry is the current one', async () => {
  const data = tarOf([{ path: 'a', content: 'x' }, { path: 'b' }]);
  const iterator = tar.walk(streamOf(data), new Budget(), () => undefined)[Symbol.asyncIterator]();
  const first = await iterator.next();
  assert.ok(first.done !== true);
  first.value.content();
  assert.throws(() => first.value.content(), /read once/);
  const second = await iterator.next();
  assert.ok(second.done !== true);
  await iterator.next();
  assert.throws(() => second.value.content(), /before the next entry/);
});

test('limits: entries, names, header sizes', async () => {
  const many = tarOf(Array.from({ length: 5 }, (_, index) => ({ path: `f${index}` })));
  assert.equal((await walk(many, limitsWith({ entries: 4 }))).fault, 'ENTRIES_TOO_MANY');
  const long = tarOf([{ path: 'n'.repeat(300) }]);
  assert.equal((await walk(long, limitsWith({ path: 299 }))).fault, 'PATH_TOO_LONG');
  clean(await walk(long, limitsWith({ path: 300 })));
  assert.equal((await walk(long, limitsWith({ record: 100 }))).fault, 'TAR_RECORD_TOO_LARGE');
});

test('a tar is told by its first header', () => {
  assert.ok(tar.detect(tarOf([{ path: 'a' }])));
  assert.ok(!tar.detect(new Uint8Array(1024)));
  assert.ok(!tar.detect(Buffer.from('some text')));
});
