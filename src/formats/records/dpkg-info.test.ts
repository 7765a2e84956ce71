import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describeRecord, parsed } from '../../../test/contracts/record.contract.ts';
import type { Budget } from '../../core/budget.ts';
import type { OnRemark } from '../wrapper.ts';
import {
  parseDpkgConffiles,
  parseDpkgDiversions,
  parseDpkgFileTriggers,
  parseDpkgInfoName,
  parseDpkgList,
  parseDpkgMd5sums,
  parseDpkgStatOverrides,
  parseDpkgTriggers,
} from './dpkg-info.ts';

type Parse<Value> = (bytes: Uint8Array, budget: Budget, remark: OnRemark) => Value;

const read = <Value>(parse: Parse<Value>, text: string | Uint8Array) => {
  const { value, codes } = parsed((budget, remark) => parse(Buffer.from(text), budget, remark));
  return [value, codes] as const;
};

const md5 = '0123456789abcdef0123456789abcdef';
const other = 'f'.repeat(32);
const invalid = ['gap DPKG_LINE_INVALID'];

test('names under info/ say what they are about', () => {
  assert.deepEqual(parseDpkgInfoName('var/lib/dpkg/info/libc6:amd64.list'), {
    name: 'libc6',
    architecture: 'amd64',
    kind: 'list',
  });
  assert.deepEqual(parseDpkgInfoName('python3.11.md5sums'), { name: 'python3.11', kind: 'md5sums' });
  assert.equal(parseDpkgInfoName('info/format'), undefined);
});

test('lists hold paths, the root and names that are no UTF-8 among them', () => {
  assert.deepEqual(read(parseDpkgList, Buffer.from('/.\n/usr/bin/x y\n/usr/\xff', 'latin1')), [
    ['', 'usr/bin/x y', 'usr/\udcff'],
    [],
  ]);
  assert.deepEqual(read(parseDpkgList, '/a\nb\n'), [['a'], invalid]);
});

test('digests belong to paths', () => {
  const [digests, codes] = read(parseDpkgMd5sums, `${md5}  usr/bin/x\n${other} *./usr/a  b\n`);
  assert.deepEqual(
    [[...digests], codes],
    [
      [
        ['usr/bin/x', md5],
        ['usr/a  b', other],
      ],
      [],
    ],
  );
});

for (const line of [`${md5} usr/bin/x`, `${md5}  `, `${md5.slice(1)}  usr/bin/x`, `g${md5.slice(1)}  x`, 'x', '\\'])
  test(`no digest with a path: ${JSON.stringify(line)}`, () => {
    const [digests, codes] = read(parseDpkgMd5sums, `${line}\n${other}  y\n`);
    assert.deepEqual([[...digests.keys()], codes], [['y'], invalid]);
  });

test('the first of two digests counts, and two that differ are remarked on', () => {
  const [digests, codes] = read(parseDpkgMd5sums, `${md5}  x\n${other}  x\n`);
  assert.deepEqual([digests.get('x'), codes], [md5, ['ambiguity DPKG_PATH_DUPLICATE']]);
  assert.deepEqual(read(parseDpkgMd5sums, `${md5}  x\n${md5}  x\n`)[1], []);
});

test('conffiles are paths without those to be removed', () => {
  assert.deepEqual(read(parseDpkgConffiles, '/etc/x\nremove-on-upgrade /etc/y\n\n'), [['etc/x'], []]);
  assert.deepEqual(read(parseDpkgConffiles, 'etc/x\n'), [[], invalid]);
});

test('diversions are three lines each, a package’s or an administrator’s', () => {
  assert.deepEqual(read(parseDpkgDiversions, '/bin/sh\n/bin/sh.distrib\ndash\n/bin/x\n/bin/y\n:\n'), [
    [
      { from: 'bin/sh', to: 'bin/sh.distrib', by: 'dash' },
      { from: 'bin/x', to: 'bin/y' },
    ],
    [],
  ]);
  assert.deepEqual(read(parseDpkgDiversions, '/bin/sh\n/bin/sh.distrib\n'), [[], invalid]);
});

test('overrides of permissions', () => {
  assert.deepEqual(read(parseDpkgStatOverrides, 'root #104 4754 /usr/lib/x y\n'), [
    [{ path: 'usr/lib/x y', owner: 'root', group: '#104', mode: 0o4754 }],
    [],
  ]);
  assert.deepEqual(read(parseDpkgStatOverrides, 'root root 989 /x\n'), [[], invalid]);
});

test('triggers of a package, comments aside', () => {
  assert.deepEqual(read(parseDpkgTriggers, '# made\ninterest-noawait /usr/share\nactivate ldconfig # why\n'), [
    [
      { name: '/usr/share', kind: 'interest', isAwaited: false },
      { name: 'ldconfig', kind: 'activate', isAwaited: true },
    ],
    [],
  ]);
  assert.deepEqual(read(parseDpkgTriggers, 'interests x\n'), [[], invalid]);
});

test('who waits for which path', () => {
  assert.deepEqual(read(parseDpkgFileTriggers, '/usr/share/x systemd/noawait\n/etc/y dbus\n'), [
    [
      { path: 'usr/share/x', package: 'systemd', isAwaited: false },
      { path: 'etc/y', package: 'dbus', isAwaited: true },
    ],
    [],
  ]);
  assert.deepEqual(read(parseDpkgFileTriggers, '/usr/share/x\n'), [[], invalid]);
});

for (const [name, parse, sample] of [
  ['dpkg list', parseDpkgList, '/.\n/usr\n/usr/bin/x\n'],
  ['dpkg md5sums', parseDpkgMd5sums, `${md5}  usr/bin/x\n${other}  usr/bin/y\n`],
  ['dpkg conffiles', parseDpkgConffiles, '/etc/x\n'],
  ['dpkg diversions', parseDpkgDiversions, '/a\n/b\nc\n'],
  ['dpkg statoverride', parseDpkgStatOverrides, 'root root 4755 /x\n'],
  ['dpkg triggers', parseDpkgTriggers, 'interest /x\n'],
  ['dpkg file triggers', parseDpkgFileTriggers, '/x y/noawait\n'],
] as const)
  describeRecord({ name, samples: { sample: Buffer.from(sample) }, parse, mutations: 200 });
