import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cpioOf, type CpioForm } from '../../../test/builders/archives.ts';
import { inChunks, walked, type Walked } from '../../../test/builders/walked.ts';
import { isFault } from '../../core/fault.ts';
import { cpio } from './cpio.ts';

const walk = (bytes: Uint8Array): Promise<Walked> =>
  walked((budget, remark) => cpio.walk(inChunks(bytes, 64), budget, remark));

const forms: readonly CpioForm[] = ['newc', 'crc', 'odc', 'binary'];

for (const form of forms)
  test(`reads the ${form} format`, async () => {
    const { entries, remarks } = await walk(
      cpioOf(
        [
          { name: 'bin', mode: 0o40755 },
          { name: 'bin/su', content: 'program', mode: 0o104755 },
          { name: 'bin/sh', content: 'su', mode: 0o120777 },
          { name: 'dev/null', mode: 0o20666 },
        ],
        form,
      ),
    );
    assert.deepEqual(
      entries.map(({ path, type, mode, uid, gid, size, modified, target, text }) => [
        path,
        type,
        mode,
        uid,
        gid,
        size,
        modified,
        target,
        text,
      ]),
      [
        ['bin', 'directory', 0o755, 10, 20, 0, 99, undefined, ''],
        ['bin/su', 'file', 0o4755, 10, 20, 7, 99, undefined, 'program'],
        ['bin/sh', 'symlink', 0o777, 10, 20, 0, 99, 'su', ''],
        ['dev/null', 'character-device', 0o666, 10, 20, 0, 99, undefined, ''],
      ],
    );
    assert.deepEqual(remarks, []);
  });

test('links without content follow the file that has it', async () => {
  const link = { mode: 0o100644, inode: 5, links: 3 };
  const { entries } = await walk(
    cpioOf([
      { name: 'a', ...link },
      { name: 'b', ...link },
      { name: 'c', content: 'shared', ...link },
    ]),
  );
  assert.deepEqual(
    entries.map(({ path, type, target, text }) => [path, type, target, text]),
    [
      ['c', 'file', undefined, 'shared'],
      ['a', 'hardlink', 'c', ''],
      ['b', 'hardlink', 'c', ''],
    ],
  );
});

test('links of an empty file are an empty file and links to it', async () => {
  const link = { mode: 0o100644, inode: 5, links: 2 };
  const { entries } = await walk(
    cpioOf([
      { name: 'a', ...link },
      { name: 'b', ...link },
    ]),
  );
  assert.deepEqual(
    entries.map(({ path, type }) => [path, type]),
    [
      ['a', 'file'],
      ['b', 'hardlink'],
    ],
  );
});

test('a wrong checksum is a gap', async () => {
  const { remarks } = await walk(cpioOf([{ name: 'a', content: 'x', checksum: 7 }], 'crc'));
  assert.deepEqual(
    remarks.map(({ kind, code, where }) => [kind, code, where]),
    [['gap', 'CPIO_CHECKSUM_WRONG', 'a']],
  );
});

test('a second archive behind the first is read and remarked on', async () => {
  const second = Buffer.concat([
    cpioOf([{ name: 'a', content: '1' }]),
    Buffer.alloc(512),
    cpioOf([{ name: 'b', content: '2' }]),
  ]);
  const { files, codes } = await walk(second);
  assert.deepEqual([files, codes], [{ a: '1', b: '2' }, ['CPIO_ARCHIVES_SEVERAL']]);
});

test('zeros behind the end are padding, anything else is not', async () => {
  const archive = cpioOf([{ name: 'a', content: '1' }]);
  assert.deepEqual((await walk(Buffer.concat([archive, Buffer.alloc(700)]))).codes, []);
  assert.deepEqual((await walk(Buffer.concat([archive, Buffer.from('\0\0hidden')]))).codes, ['DATA_AFTER_END']);
});

test('names that leave the archive and duplicate names are ambiguities', async () => {
  const { codes, paths } = await walk(
    cpioOf([
      { name: '../x', content: '1' },
      { name: 'x', content: '2' },
    ]),
  );
  assert.deepEqual(
    [paths, codes],
    [
      ['x', 'x'],
      ['PATH_ESCAPES', 'CPIO_NAME_DUPLICATE'],
    ],
  );
});

test('a missing end mark is a Fault, after the entries', async () => {
  const seen: string[] = [];
  await assert.rejects(
    walked(async function* (budget, remark) {
      for await (const entry of cpio.walk(
        inChunks(cpioOf([{ name: 'a', content: '1' }], 'newc', false), 99),
        budget,
        remark,
      )) {
        seen.push(entry.path);
        yield entry;
      }
    }),
    (thrown) => isFault(thrown) && thrown.kind === 'malformed',
  );
  assert.deepEqual(seen, ['a']);
});

test('detects its four forms and nothing else', () => {
  for (const form of forms) assert.ok(cpio.detect(cpioOf([], form)), form);
  assert.ok(!cpio.detect(Buffer.from('070703')));
});
