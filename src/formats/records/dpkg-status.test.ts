import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { Budget } from '../../core/budget.ts';
import { isDpkgUnpacked, parseDpkgStatus } from './dpkg-status.ts';

const md5 = '0123456789abcdef0123456789abcdef';

const status = `Package: bash
Essential: yes
Status: install ok installed
Architecture: amd64
Multi-Arch: foreign
Source: bash (5.2)
Version: 5.2.15-2+b7
Maintainer: Somebody <s@debian.example>
Conffiles:
 /etc/skel/.bashrc ${md5}
 /etc/with blank ${md5} obsolete
 /etc/new newconffile
Description: GNU Bourne Again SHell
 Bash is an sh-compatible command language interpreter.
 .
 Package: not a field

Package: libc6
Status: hold ok half-configured
Architecture: i386
Multi-Arch: same
Version: 1:2.36-9

package: removed
status: deinstall ok config-files
version: 1
`;

const parse = (text: string) => parsed((budget, remark) => parseDpkgStatus(Buffer.from(text), budget, remark));

test('reads packages, sources, continuations and conffiles', () => {
  const { value, codes } = parse(status);
  assert.deepEqual(codes, []);
  assert.deepEqual(value[0], {
    name: 'bash',
    version: '5.2.15-2+b7',
    architecture: 'amd64',
    multiArch: 'foreign',
    status: 'install ok installed',
    source: { name: 'bash', version: '5.2' },
    maintainer: 'Somebody <s@debian.example>',
    isEssential: true,
    conffiles: [
      { path: 'etc/skel/.bashrc', md5, marks: [] },
      { path: 'etc/with blank', md5, marks: ['obsolete'] },
      { path: 'etc/new', marks: [] },
    ],
  });
  assert.deepEqual(
    value.map(({ name, version, architecture }) => [name, version, architecture]),
    [
      ['bash', '5.2.15-2+b7', 'amd64'],
      ['libc6', '1:2.36-9', 'i386'],
      ['removed', '1', ''],
    ],
  );
});

test('files of a package lie on the disk unless it was removed', () => {
  assert.deepEqual(parse(status).value.map(isDpkgUnpacked), [true, true, false]);
  assert.ok(isDpkgUnpacked({}));
  assert.ok(!isDpkgUnpacked({ status: 'unknown ok not-installed' }));
});

test('a stanza of status.d has no status and is installed', () => {
  const { value, codes } = parse('Package: tzdata\nVersion: 2024a\nArchitecture: all\n');
  assert.deepEqual([value[0]?.status, value.map(isDpkgUnpacked), codes], [undefined, [true], []]);
});

for (const [what, text, names, codes] of [
  ['a line that is no field', 'Package: a\nrubbish\nVersion: 1\n', ['a'], ['gap DPKG_LINE_INVALID']],
  ['a stanza without a name', 'Version: 1\n\nPackage: b\nVersion: 1\n', ['b'], ['gap DPKG_STANZA_INVALID']],
  ['an installed package without a version', 'Package: a\n', ['a'], ['gap DPKG_STANZA_INVALID']],
  ['a field that occurs twice', 'Package: a\nPackage: b\nVersion: 1\n', ['a'], ['ambiguity DPKG_FIELD_DUPLICATE']],
  [
    'a package that occurs twice',
    'Package: a\nVersion: 1\n\nPackage: a\nVersion: 2\n',
    ['a', 'a'],
    ['ambiguity DPKG_PACKAGE_DUPLICATE'],
  ],
  ['a line of blanks', 'Package: a\nVersion: 1\nDescription: x\n \n', ['a'], ['ambiguity DPKG_LINE_BLANK']],
  ['a name that makes a path', 'Package: ../a\nVersion: 1\n', ['../a'], ['ambiguity DPKG_NAME_INVALID']],
  ['a continuation at the start', ' x\nPackage: a\nVersion: 1\n', ['a'], ['gap DPKG_LINE_INVALID']],
  ['a conffile without a digest', 'Package: a\nVersion: 1\nConffiles:\n /etc/x\n', ['a'], ['gap DPKG_LINE_INVALID']],
] as const)
  test(`${what} is remarked on and the rest is read`, () => {
    const result = parse(text);
    assert.deepEqual([result.value.map(({ name }) => name), result.codes], [names, codes]);
  });

test('the same name in two architectures is two packages', () => {
  const { value, codes } = parse(
    'Package: a\nVersion: 1\nArchitecture: i386\n\n\nPackage: a\nVersion: 1\nArchitecture: amd64\n',
  );
  assert.deepEqual([value.length, codes], [2, []]);
});

test('a million bad lines are one remark that counts them', () => {
  const { remarks } = parse('x\n'.repeat(100_000));
  assert.deepEqual(
    remarks.map(({ code }) => code),
    ['DPKG_LINE_INVALID', 'DPKG_STANZA_INVALID'],
  );
  assert.match(remarks[0]?.reason ?? '', /and 99999 more/);
  assert.equal(remarks[0]?.bytes, 100_000);
});

test('more than the budget allows is a Fault', () => {
  const limits = { bytes: 1e6, ratio: 10, ratioFloor: 1, entries: 2, depth: 1, path: 100, record: 400 };
  const run = (text: string): string =>
    faultOf(() => parseDpkgStatus(Buffer.from(text), new Budget(limits), () => undefined));
  assert.equal(run('Package: a\nVersion: 1\n\n'.repeat(2)), 'none');
  assert.equal(run('Package: a\nVersion: 1\n\n'.repeat(3)), 'ENTRIES_TOO_MANY');
  assert.equal(run('\n'.repeat(401)), 'RECORD_TOO_LARGE');
});

describeRecord({ name: 'dpkg status', samples: { status: Buffer.from(status) }, parse: parseDpkgStatus });
