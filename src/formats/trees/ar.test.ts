import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arOf, type ArSpec } from '../../../test/builders/archives.ts';
import { inChunks, walked, type Walked } from '../../../test/builders/walked.ts';
import { isFault } from '../../core/fault.ts';
import { ar } from './ar.ts';

const walkBytes = (bytes: Uint8Array): Promise<Walked> =>
  walked((budget, remark) => ar.walk(inChunks(bytes, 50), budget, remark));
const walk = (members: readonly ArSpec[], magic?: string): Promise<Walked> => walkBytes(arOf(members, magic));

test('reads the members of a Debian package', async () => {
  const { files, remarks, entries } = await walk([
    { field: 'debian-binary', content: '2.0\n' },
    { field: 'control.tar.xz', content: 'control' },
  ]);
  assert.deepEqual(files, { 'debian-binary': '2.0\n', 'control.tar.xz': 'control' });
  assert.deepEqual([entries[0]?.modified, entries[0]?.mode], [1_700_000_000, 0o644]);
  assert.deepEqual(remarks, []);
});

test('reads long names of GNU, and leaves tables out', async () => {
  const { files } = await walk([
    { field: '/', content: 'symbols' },
    { field: '//', content: 'first_long_member_name.o/\nsecond_long_member_name.o/\n' },
    { field: '/26', content: 'two' },
    { field: '/0', content: 'one' },
    { field: 'short.o/', content: 'three' },
  ]);
  assert.deepEqual(files, {
    'second_long_member_name.o': 'two',
    'first_long_member_name.o': 'one',
    'short.o': 'three',
  });
});

test('reads long names of BSD', async () => {
  const { files } = await walk([
    { field: '#1/20', content: '__.SYMDEF SORTED\0\0\0\0symbols' },
    { field: '#1/24', content: 'a member with spaces.o\0\0content' },
  ]);
  assert.deepEqual(files, { 'a member with spaces.o': 'content' });
});

test('a thin archive names files that it does not hold', async () => {
  const bytes = Buffer.concat([
    arOf([{ field: '//', content: 'dir/a.o/\nb/\n' }], '!<thin>\n'),
    arOf([{ field: '/0', content: 'xx' }]).subarray(8, 68),
  ]);
  const { entries } = await walkBytes(bytes);
  assert.deepEqual(
    entries.map(({ path, size }) => [path, size]),
    [['dir/a.o', 0]],
  );
});

test('two members of one name are ambiguous in a package, usual in a library', async () => {
  const twice = (field: string): readonly ArSpec[] => [
    { field, content: '1' },
    { field, content: '2' },
  ];
  assert.deepEqual((await walk(twice('data.tar.gz'))).codes, ['AR_NAME_DUPLICATE']);
  assert.deepEqual((await walk(twice('util.o/'))).codes, []);
});

test('a byte that is no padding is remarked on; a missing last one is not', async () => {
  const bytes = arOf([
    { field: 'a', content: 'odd' },
    { field: 'b', content: 'odd' },
  ]);
  assert.deepEqual((await walkBytes(bytes.subarray(0, -1))).codes, []);
  const changed = Buffer.from(bytes);
  changed[71] = 0x78;
  assert.deepEqual((await walkBytes(changed)).codes, ['AR_PADDING_INVALID']);
});

for (const [about, field] of [
  ['lies outside the table', '/99'],
  ['is longer than the member', '#1/50'],
] as const)
  test(`a name that ${about} is a Fault`, async () => {
    await assert.rejects(
      walk([{ field, content: 'x' }]),
      (thrown) => isFault(thrown) && thrown.code === 'AR_NAME_INVALID',
    );
  });

test('a header without its mark is a Fault', async () => {
  const bytes = arOf([{ field: 'a', content: 'xx' }]);
  bytes[66] = 0;
  await assert.rejects(walkBytes(bytes), (thrown) => isFault(thrown) && thrown.code === 'AR_HEADER_INVALID');
});
