import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programOf } from '../../test/builders/elf-program.ts';
import { frozenPythonOf, modulesOf, type FrozenMember } from '../../test/builders/frozen-python.ts';
import { zipOf } from '../../test/builders/zip.ts';
import { walked, type Walked } from '../../test/builders/walked.ts';
import { mutate } from '../../test/contracts/format.contract.ts';
import { tarOf } from './tar-writer.ts';
import type { Limits } from '../core/budget.ts';
import { bytesOf } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import { holdsFrozenPython } from './frozen-python.ts';
import { isUnfoldableProgram, unfold } from './unfold.ts';

const program = programOf();

const walk = (bytes: Uint8Array, limits: Partial<Limits> = {}): Promise<Walked> =>
  walked((budget, remark) => unfold(bytesOf(bytes), 'elf', 'app', budget, remark), limits);

const members: readonly FrozenMember[] = [
  { name: 'pyi-contents-directory _internal', sort: 'o', content: '', isStored: true },
  { name: 'main', sort: 's', content: 'the script' },
  { name: 'lib/x.so', sort: 'b', content: 'a library', isStored: true },
  { name: 'PYZ-00.pyz', sort: 'z', content: modulesOf('module one', 'module two', 'x'.repeat(5000)), isStored: true },
];

test('gives scripts, libraries and every module of the archive of modules', async () => {
  const bytes = frozenPythonOf(program, members);
  assert.ok(isUnfoldableProgram(bytes, 'elf'));
  const { files, remarks } = await walk(bytes);
  assert.deepEqual(files, {
    'app!/main': 'the script',
    'app!/lib/x.so': 'a library',
    'app!/PYZ-00.pyz/module-1': 'module one',
    'app!/PYZ-00.pyz/module-2': 'module two',
    'app!/PYZ-00.pyz/module-3': 'x'.repeat(5000),
  });
  assert.deepEqual(remarks, []);
});

test('an archive in a section, with the section table behind it, and an archive inside it', async () => {
  const inner = tarOf([{ path: 'in.txt', content: 'inside' }]);
  const bytes = Buffer.concat([
    frozenPythonOf(program, [{ name: 'data.tar', sort: 'x', content: inner }]),
    Buffer.alloc(2000),
  ]);
  assert.equal((await walk(bytes)).files['app!/data.tar!/in.txt'], 'inside');
});

test('a frozen program inside a zip', async () => {
  const zip = zipOf([{ name: 'bin/app', content: frozenPythonOf(program, members.slice(1, 2)) }]);
  const { paths } = await walked((budget, remark) => unfold(bytesOf(zip), 'zip', 'a.zip', budget, remark));
  assert.deepEqual(paths, ['a.zip!/bin/app', 'a.zip!/bin/app!/main']);
});

test('programs without an archive are not taken apart', async () => {
  assert.ok(!isUnfoldableProgram(program, 'elf'));
  const cookieOnly = frozenPythonOf(program, members).subarray(-88);
  assert.ok(!holdsFrozenPython(cookieOnly));
  assert.ok(!isUnfoldableProgram(frozenPythonOf(program, members), 'data'));
  const early = Buffer.concat([frozenPythonOf(program, members), Buffer.alloc(20_000)]);
  assert.ok(!holdsFrozenPython(early));
  assert.deepEqual((await walk(program)).paths, []);
});

test('a damaged member is a gap, and what follows is given', async () => {
  const { files, remarks } = await walk(
    frozenPythonOf(program, [
      { name: 'bad', sort: 's', content: 'no zlib', isStored: true },
      { name: '../out', sort: 's', content: 'leaves' },
      { name: 'far', sort: 's', content: 'short', size: 1_000_000 },
      { name: 'good', sort: 's', content: 'good' },
    ]),
  );
  assert.equal(files['app!/good'], 'good');
  assert.deepEqual(
    remarks.map(({ code, kind }) => `${kind} ${code}`),
    ['ambiguity PATH_ESCAPES', 'gap FROZEN_MEMBER_DAMAGED'],
  );
});

test('modules that cannot be read are a gap', async () => {
  const encrypted = Buffer.concat([modulesOf('one'), Buffer.from('x')]);
  encrypted.fill(0xaa, 13, 20);
  const { remarks } = await walk(
    frozenPythonOf(program, [{ name: 'PYZ', sort: 'z', content: encrypted, isStored: true }]),
  );
  assert.deepEqual(
    remarks.map(({ code }) => code),
    ['FROZEN_MODULES_UNREADABLE'],
  );
});

test('what unpacks to more than its budget ends the walk', async () => {
  const bomb = frozenPythonOf(program, [{ name: 'z', sort: 's', content: Buffer.alloc(3_000_000) }]);
  const { fault } = await walk(bomb, { bytes: 1_000_000 }).then(
    () => ({ fault: undefined }),
    (thrown: unknown) => ({ fault: isFault(thrown) ? thrown.code : String(thrown) }),
  );
  assert.equal(fault, 'UNPACKED_TOO_LARGE');
});

test('mutated archives end in members, gaps or faults', async () => {
  const bytes = frozenPythonOf(program, members);
  for (let seed = 1; seed <= 300; seed += 1) await walk(Buffer.from(mutate(bytes, seed)), { bytes: 2 ** 22 });
  for (let length = bytes.length - 700; length < bytes.length; length += 1) await walk(bytes.subarray(0, length));
});
