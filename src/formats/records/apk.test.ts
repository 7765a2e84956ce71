import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { describeRecord, parsed } from '../../../test/contracts/record.contract.ts';
import { parseApkDatabase, parseApkDigest } from './apk.ts';

const sha1 = createHash('sha1').update('busybox').digest();
const sha256 = createHash('sha256').update('busybox').digest();
const q1 = `Q1${sha1.toString('base64')}`;

const installed = `C:${q1}
P:busybox
V:1.36.1-r2
A:x86_64
S:500000
I:950272
T:Size optimized toolbox
U:https://busybox.example/
L:GPL-2.0-only
o:busybox
m:Somebody <s@alpine.example>
t:1690000000
c:0123456789abcdef0123456789abcdef01234567
D:so:libc.musl-x86_64.so.1
p:/bin/sh cmd:busybox=1.36.1-r2
r:busybox-initscripts
q:5
F:bin
R:busybox
a:0:0:4755
Z:${q1}
R:sh
Z:${q1}
F:etc/secret
M:0:42:1770
R:shadow
a:0:42:640:Q1xattr

P:empty
V:1-r0
A:noarch

`;

const parse = (text: string) => parsed((budget, remark) => parseApkDatabase(Buffer.from(text), budget, remark));

test('reads packages with files, digests, owners and permissions', () => {
  const { value, codes } = parse(installed);
  assert.deepEqual(codes, []);
  const digests = { sha1: sha1.toString('hex') };
  assert.deepEqual(value, [
    {
      ecosystem: 'apk',
      name: 'busybox',
      version: '1.36.1-r2',
      arch: 'x86_64',
      purl: 'pkg:apk/busybox@1.36.1-r2?arch=x86_64',
      source: { name: 'busybox' },
      vendor: 'Somebody <s@alpine.example>',
      license: 'GPL-2.0-only',
      checksum: q1,
      files: [
        { path: 'bin', type: 'directory', digests: {}, mode: 0o755, owner: '0', group: '0' },
        { path: 'bin/busybox', digests, mode: 0o4755, owner: '0', group: '0' },
        { path: 'bin/sh', digests, mode: 0o644, owner: '0', group: '0' },
        { path: 'etc/secret', type: 'directory', digests: {}, mode: 0o1770, owner: '0', group: '42' },
        { path: 'etc/secret/shadow', digests: {}, mode: 0o640, owner: '0', group: '42' },
      ],
    },
    { ecosystem: 'apk', name: 'empty', version: '1-r0', arch: 'noarch', purl: 'pkg:apk/empty@1-r0?arch=noarch' },
  ]);
});

test('files in the root folder have no folder in their path', () => {
  assert.deepEqual(
    parse('P:a\nV:1\nF:\nR:x\n\n').value[0]?.files?.map(({ path }) => path),
    ['', 'x'],
  );
});

test('digests in each of apk’s spellings', () => {
  const hex = (bytes: Buffer): string => bytes.toString('hex');
  assert.deepEqual(parseApkDigest(q1), { sha1: hex(sha1) });
  assert.deepEqual(parseApkDigest(`X1${hex(sha1)}`), { sha1: hex(sha1) });
  assert.deepEqual(parseApkDigest(`Q2${sha256.toString('base64')}`), { sha256: hex(sha256) });
  assert.deepEqual(parseApkDigest(`Q1${sha256.toString('base64')}`), { sha256: hex(sha256) });
  assert.deepEqual(parseApkDigest(`X2${hex(sha256)}`), { sha256: hex(sha256) });
});

for (const text of ['', 'Q1', q1.slice(2), `Q3${q1.slice(2)}`, `Q2${q1.slice(2)}`, q1.slice(0, -4), 'X1zz', `${q1} `])
  test(`no digest: ${JSON.stringify(text)}`, () => {
    assert.equal(parseApkDigest(text), undefined);
  });

test('short SHA-256 of packages of the third format are told from SHA-1', () => {
  const short = `P:a\nV:1\nF:bin\nR:x\nZ:${q1}\nf:S\n\n`;
  assert.deepEqual(parse(short).value[0]?.files?.[1]?.digests, { 'sha256-160': sha1.toString('hex') });
  assert.deepEqual(parse(short.replace('f:S\n', 'f:s\n')).value[0]?.files?.[1]?.digests, {
    sha1: sha1.toString('hex'),
  });
});

for (const [what, text, codes] of [
  ['a file without a folder', 'P:a\nV:1\nR:x\n\n', ['gap APK_LINE_INVALID']],
  ['a digest without a file', `P:a\nV:1\nF:x\nZ:${q1}\n\n`, ['gap APK_LINE_INVALID']],
  ['a digest that is none', 'P:a\nV:1\nF:x\nR:y\nZ:Q1zz\n\n', ['gap APK_LINE_INVALID']],
  ['permissions that are none', 'P:a\nV:1\nF:x\nM:0:0:999\n\n', ['gap APK_LINE_INVALID']],
  ['permissions of a file for a folder', 'P:a\nV:1\nF:x\na:0:0:755\n\n', ['gap APK_LINE_INVALID']],
  ['an unknown field in upper case', 'P:a\nV:1\nX:1\n\n', ['gap APK_LINE_INVALID']],
  ['an unknown field in lower case', 'P:a\nV:1\nz:1\n\n', []],
  ['a line without a colon', 'P:a\nV:1\nhello\n\n', ['gap APK_LINE_INVALID']],
  ['a name that occurs twice', 'P:a\nP:b\nV:1\n\n', ['ambiguity APK_FIELD_DUPLICATE']],
  ['a package that occurs twice', 'P:a\nV:1\nF:x\n\nP:a\nV:2\nF:y\n\n', ['ambiguity APK_PACKAGE_DUPLICATE']],
  ['a package of an index in two versions', 'P:a\nV:1\n\nP:a\nV:2\n\n', []],
  ['a package without a version', 'P:a\n\n', ['gap APK_STANZA_INVALID']],
  ['a stanza without an end', 'P:a\nV:1\n', ['ambiguity APK_STANZA_UNFINISHED']],
  ['one byte that ends a stanza', 'P:a\nV:1\nx\nP:b\nV:1\n\n', ['ambiguity APK_LINE_INVALID']],
] as const)
  test(`${what}: ${codes.join() || 'no remark'}, and the package is read`, () => {
    const result = parse(text);
    assert.deepEqual([result.value[0]?.name, result.codes], ['a', codes]);
  });

test('a stanza that names no package is a gap of its bytes', () => {
  const { value, remarks } = parse('V:1\nF:bin\n\nP:b\nV:1\n\n');
  assert.deepEqual([value.length, remarks.map(({ code, bytes }) => [code, bytes])], [1, [['APK_STANZA_INVALID', 10]]]);
});

describeRecord({ name: 'apk database', samples: { installed: Buffer.from(installed) }, parse: parseApkDatabase });
