import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parsed } from '../../../test/contracts/record.contract.ts';
import type { DpkgPackage } from './dpkg-status.ts';
import { joinDpkg, type DpkgDatabase } from './dpkg.ts';

const md5 = (digit: string): string => digit.repeat(32);

const deb = (name: string, more: Partial<DpkgPackage> = {}): DpkgPackage => ({
  name,
  version: '1:2-3',
  architecture: 'amd64',
  status: 'install ok installed',
  isEssential: false,
  conffiles: [],
  ...more,
});

const join = (parts: Partial<DpkgDatabase>) =>
  parsed((_, remark) =>
    joinDpkg({ packages: [], lists: new Map(), md5sums: new Map(), diversions: [], ...parts }, remark),
  );

test('joins lists, digests and conffiles', () => {
  const { value, codes } = join({
    packages: [
      deb('a', {
        source: { name: 'src', version: '1' },
        conffiles: [
          { path: 'etc/a', md5: md5('c'), marks: [] },
          { path: 'etc/old', md5: md5('d'), marks: ['obsolete'] },
          { path: 'etc/unplaced', marks: ['remove-on-upgrade'] },
        ],
      }),
    ],
    lists: new Map([['a', ['', 'etc', 'etc/a', 'usr/bin/a', 'etc/b']]]),
    md5sums: new Map([['a', new Map([['usr/bin/a', md5('a')]])]]),
    conffiles: new Map([['a', ['etc/a', 'etc/b']]]),
  });
  assert.deepEqual(codes, []);
  assert.deepEqual(value, [
    {
      ecosystem: 'deb',
      name: 'a',
      version: '1:2-3',
      arch: 'amd64',
      purl: 'pkg:deb/a@1:2-3?arch=amd64',
      source: { name: 'src', version: '1' },
      status: 'install ok installed',
      files: [
        { path: '', digests: {} },
        { path: 'etc', digests: {} },
        { path: 'etc/a', digests: { md5: md5('c') }, conffile: true },
        { path: 'usr/bin/a', digests: { md5: md5('a') } },
        { path: 'etc/b', digests: {}, conffile: true },
      ],
    },
  ]);
});

test('finds the files of packages that share a machine with their other architecture', () => {
  const { value, codes } = join({
    packages: [
      deb('lib', { multiArch: 'same' }),
      deb('lib', { multiArch: 'same', architecture: 'i386' }),
      deb('tool', { multiArch: 'foreign' }),
    ],
    lists: new Map([
      ['lib:amd64', ['one']],
      ['lib:i386', ['two']],
      ['tool', ['three']],
    ]),
  });
  assert.deepEqual(codes, []);
  assert.deepEqual(
    value.map(({ files }) => files?.map(({ path }) => path)),
    [['one'], ['two'], ['three']],
  );
});

test('a diversion moves the files of all packages but its own', () => {
  const { value } = join({
    packages: [deb('dash'), deb('bash')],
    lists: new Map([
      ['dash', ['bin/sh', 'bin/x']],
      ['bash', ['bin/sh', 'bin/x']],
    ]),
    diversions: [
      { from: 'bin/sh', to: 'bin/sh.distrib', by: 'dash' },
      { from: 'bin/x', to: 'bin/y' },
    ],
  });
  assert.deepEqual(
    value.map(({ files }) => files?.map(({ path, divertedFrom }) => [path, divertedFrom])),
    [
      [
        ['bin/sh', undefined],
        ['bin/y', 'bin/x'],
      ],
      [
        ['bin/sh.distrib', 'bin/sh'],
        ['bin/y', 'bin/x'],
      ],
    ],
  );
});

test('digests alone name the files, as in status.d', () => {
  const { status: _, ...stanza } = deb('tzdata');
  const { value, codes } = join({
    packages: [stanza],
    md5sums: new Map([['tzdata', new Map([['usr/share/zoneinfo/UTC', md5('1')]])]]),
  });
  assert.deepEqual([value[0]?.files, codes], [[{ path: 'usr/share/zoneinfo/UTC', digests: { md5: md5('1') } }], []]);
});

test('a digest or a placed conffile outside the list is the package’s too', () => {
  const { value } = join({
    packages: [deb('a', { conffiles: [{ path: 'etc/x', md5: md5('2'), marks: [] }] })],
    lists: new Map([['a', ['usr']]]),
    md5sums: new Map([['a', new Map([['usr/bin/a', md5('1')]])]]),
  });
  assert.deepEqual(
    value[0]?.files?.map(({ path, digests }) => [path, digests.md5]),
    [
      ['usr', undefined],
      ['usr/bin/a', md5('1')],
      ['etc/x', md5('2')],
    ],
  );
});

test('what was removed has no files and misses none', () => {
  const removed = deb('a', { status: 'deinstall ok config-files' });
  const { value, codes } = join({ packages: [removed], lists: new Map([['a', ['etc/a']]]) });
  assert.deepEqual([value[0]?.files, codes], [undefined, []]);
});

test('an installed package without lists, and lists without a package, are remarked on', () => {
  assert.deepEqual(join({ packages: [deb('a')] }).codes, ['gap DPKG_LIST_MISSING']);
  assert.deepEqual(join({ lists: new Map([['a', []]]) }).codes, ['gap DPKG_LIST_ORPHANED']);
  assert.deepEqual(join({ packages: [deb('a')], lists: new Map([['a', []]]) }).codes, []);
});
