import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { Budget } from '../../core/budget.ts';
import { normalPythonName, parseEggInstalledFiles, parsePythonMetadata, parsePythonRecord } from './python-package.ts';

const metadata = `Metadata-Version: 2.1\r
Name: Typing_Extensions\r
Version: 4.9.0+local\r
Author-email: Somebody <s@python.example>\r
License: PSF\r
        and more\r
\r
Name: not a field of the header\r
`;

const parse = (text: string) => parsed((budget, remark) => parsePythonMetadata(Buffer.from(text), budget, remark));

test('reads name, version and licence from the header alone', () => {
  const { value, codes } = parse(metadata);
  assert.deepEqual(
    [value, codes],
    [
      {
        ecosystem: 'pypi',
        name: 'Typing_Extensions',
        version: '4.9.0+local',
        purl: 'pkg:pypi/typing-extensions@4.9.0%2Blocal',
        vendor: 'Somebody <s@python.example>',
        license: 'PSF\nand more',
      },
      [],
    ],
  );
});

test('two names are remarked on, one name twice is not', () => {
  const twice = parse('Name: a\nName: b\nVersion: 1\n');
  assert.deepEqual([twice.value.name, twice.codes], ['a', ['ambiguity PYTHON_METADATA_AMBIGUOUS']]);
  assert.deepEqual(parse('Name: a\nVersion: 1\nName: a\n').codes, []);
});

test('metadata without a name are a Fault', () => {
  assert.equal(
    faultOf(() => parse('Version: 1\n')),
    'PYTHON_METADATA_INVALID',
  );
  assert.equal(
    faultOf(() => parse('Version: 1\n\nName: a\n')),
    'PYTHON_METADATA_INVALID',
  );
});

test('names that differ only in their separators and case are one project', () => {
  assert.equal(normalPythonName('A__b.-C'), normalPythonName('a-b_c'));
  assert.notEqual(normalPythonName('ab'), normalPythonName('a-b'));
});

const digest = createHash('sha256').update('x').digest();
const sha256 = digest.toString('hex');
const folder = 'usr/lib/python3/site-packages/a-1.dist-info';
const record = (text: string) =>
  parsed((budget, remark) => parsePythonRecord(folder, Buffer.from(text), budget, remark));

test('RECORD names files around its folder, with quotation marks where needed', () => {
  const { value, codes } = record(
    `a/__init__.py,sha256=${digest.toString('base64url')},12\r
../../../bin/a,sha256=${sha256},3
"a/with ""comma"", x.py",,
a-1.dist-info/RECORD,,
/etc/a.conf,blake2b=AAAA,1
`,
  );
  assert.deepEqual(codes, []);
  assert.deepEqual(value, [
    { path: 'usr/lib/python3/site-packages/a/__init__.py', digests: { sha256 }, size: 12 },
    { path: 'usr/bin/a', digests: { sha256 }, size: 3 },
    { path: 'usr/lib/python3/site-packages/a/with "comma", x.py', digests: {} },
    { path: 'usr/lib/python3/site-packages/a-1.dist-info/RECORD', digests: {} },
    { path: 'etc/a.conf', digests: {}, size: 1 },
  ]);
});

for (const line of ['x,sha256=abc,1', 'x,sha256,1', 'x,,many', 'x,,,y', ',,', '"x', '"x"y,,'])
  test(`a line that is no file is a gap: ${line}`, () => {
    const { value, codes } = record(`${line}\na.py,,\n`);
    assert.deepEqual([value.length, codes], [1, ['gap PYTHON_RECORD_INVALID']]);
  });

test('an egg’s list is relative to its own folder', () => {
  const files = parseEggInstalledFiles('usr/lib/a.egg-info', Buffer.from('../a/b.py\nPKG-INFO\n\n'), new Budget());
  assert.deepEqual(
    files.map(({ path }) => path),
    ['usr/lib/a/b.py', 'usr/lib/a.egg-info/PKG-INFO'],
  );
});

describeRecord({ name: 'Python metadata', samples: { metadata: Buffer.from(metadata) }, parse: parsePythonMetadata });
describeRecord({
  name: 'Python RECORD',
  samples: { record: Buffer.from(`a.py,sha256=${digest.toString('base64url')},1\n"b,c.py",,\n`) },
  parse: (bytes, budget, remark) => parsePythonRecord(folder, bytes, budget, remark),
});
