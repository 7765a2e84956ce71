import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blobOf, sealedBlobOf, type RpmValues } from '../../../test/builders/rpmdb.ts';
import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { Budget } from '../../core/budget.ts';
import { parseRpmHeader } from './rpm-header.ts';

const sha256 = 'ab'.repeat(32);

const values: RpmValues = {
  1000: 'alpha',
  1001: '1.2',
  1002: '3.fc40',
  1003: [2],
  1008: [1_700_000_000],
  1011: 'Example',
  1014: 'MIT',
  1022: 'x86_64',
  1028: [5, 10, 4096, 5, 0],
  1029: [0, 0, 0, 2, 0],
  1030: [0o100644, 0o104755, 0o40755, 0o120777, 0o100600],
  1035: [sha256, sha256.toUpperCase(), '', '', ''],
  1036: ['', '', '', '/usr/bin/alpha', ''],
  1037: [1, 0, 0, 2, 64],
  1039: ['root', 'root', 'root', 'root', 'alpha'],
  1040: ['root', 'wheel', 'root', 'root', 'alpha'],
  1044: 'alpha-src-1.2-3.fc40.src.rpm',
  1116: [0, 1, 1, 1, 0],
  1117: ['alpha.conf', 'alpha', 'alpha.d', 'beta', 'state'],
  1118: ['/etc/', '/usr/bin/'],
  5010: ['', 'cap_net_raw=ep', '', '', ''],
  5011: [8],
};

const parse = (blob: Uint8Array) => parsed((budget, remark) => parseRpmHeader(blob, budget, remark));

test('reads the package and all that is said about its files', () => {
  const { value, codes } = parse(sealedBlobOf(values));
  assert.deepEqual(codes, []);
  const { files, ...found } = value;
  assert.deepEqual(found, {
    ecosystem: 'rpm',
    name: 'alpha',
    version: '2:1.2-3.fc40',
    epoch: 2,
    upstreamVersion: '1.2',
    release: '3.fc40',
    arch: 'x86_64',
    purl: 'pkg:rpm/alpha@1.2-3.fc40?arch=x86_64&epoch=2&upstream=alpha-src-1.2-3.fc40.src.rpm',
    source: { name: 'alpha-src', version: '1.2-3.fc40' },
    sourceRpm: 'alpha-src-1.2-3.fc40.src.rpm',
    vendor: 'Example',
    license: 'MIT',
    installed: 1_700_000_000,
    headerDigest: 'matches',
  });
  const root = { owner: 'root', group: 'root' };
  assert.deepEqual(files, [
    { path: 'etc/alpha.conf', type: 'file', digests: { sha256 }, mode: 0o644, ...root, size: 5, conffile: true },
    {
      path: 'usr/bin/alpha',
      type: 'file',
      digests: { sha256 },
      mode: 0o4755,
      owner: 'root',
      group: 'wheel',
      size: 10,
      capabilities: 'cap_net_raw=ep',
    },
    { path: 'usr/bin/alpha.d', type: 'directory', digests: {}, mode: 0o755, ...root },
    {
      path: 'usr/bin/beta',
      type: 'symlink',
      digests: {},
      mode: 0o777,
      ...root,
      target: '/usr/bin/alpha',
      documentation: true,
      state: 'not-installed',
    },
    {
      path: 'etc/state',
      type: 'file',
      digests: {},
      mode: 0o600,
      owner: 'alpha',
      group: 'alpha',
      size: 0,
      ghost: true,
    },
  ]);
});

test('without a digest algorithm digests are MD5, and without an epoch it is not written', () => {
  const md5 = 'cd'.repeat(16);
  const { value } = parse(
    blobOf({ 1000: 'a', 1001: '1', 1002: '2', 1030: [0o100644], 1035: [md5], 1116: [0], 1117: ['x'], 1118: ['/'] }),
  );
  assert.deepEqual([value.version, value.files?.[0]?.digests, value.headerDigest], ['1-2', { md5 }, 'absent']);
});

test('old packages name whole paths', () => {
  const { value } = parse(blobOf({ 1000: 'a', 1001: '1', 1002: '2', 1027: ['/bin/x', '/etc/y'] }));
  assert.deepEqual(
    value.files?.map(({ path }) => path),
    ['bin/x', 'etc/y'],
  );
});

for (const tag of [269, 273] as const)
  test(`an edited header differs from its digest in tag ${tag}`, () => {
    const blob = sealedBlobOf(values, tag);
    assert.deepEqual(parse(blob).codes, []);
    const at = blob.indexOf(sha256);
    blob[at] = 0x30;
    const { value, codes } = parse(blob);
    assert.deepEqual([value.headerDigest, codes], ['differs', ['ambiguity RPM_HEADER_ALTERED']]);
  });

test('a digest without a region it could be of differs', () => {
  assert.equal(parse(blobOf({ 273: sha256, 1000: 'a' })).value.headerDigest, 'differs');
});

test('tables that do not fit the names are not used, and remarked on', () => {
  const short = parse(blobOf({ ...values, 1035: [sha256] }));
  assert.deepEqual(short.codes, ['gap RPM_FILES_DISAGREE']);
  assert.match(short.remarks[0]?.reason ?? '', /another number of their digests/);
  assert.deepEqual(short.value.files?.map(({ digests, mode }) => [digests, mode !== undefined])[0], [{}, true]);

  const torn = parse(blobOf({ ...values, 1116: [0, 7, 1, 1, 0] }));
  assert.deepEqual(torn.codes, ['gap RPM_FILES_DISAGREE']);
  assert.deepEqual(
    torn.value.files?.map(({ path, mode }) => [path, mode]),
    ['etc/alpha.conf', 'usr/bin/alpha.d', 'usr/bin/beta', 'etc/state'].map((path) => [path, undefined]),
  );
});

test('a tag that occurs twice is remarked on', () => {
  const blob = blobOf({ 1000: 'a', 1001: '1', 1002: '2', 1003: [1] });
  blob.writeUInt32BE(1000, 8 + 3 * 16);
  assert.deepEqual(parse(blob).codes, ['ambiguity RPM_TAG_DUPLICATE']);
});

test('bytes behind the header are remarked on', () => {
  assert.deepEqual(parse(Buffer.concat([blobOf(values), Buffer.from('x')])).codes, ['ambiguity DATA_AFTER_END']);
});

test('what is no header is a Fault', () => {
  const run = (blob: Uint8Array): string => faultOf(() => parseRpmHeader(blob, new Budget(), () => undefined));
  assert.equal(run(Buffer.alloc(4)), 'RPM_HEADER_INVALID');
  assert.equal(run(Buffer.alloc(400)), 'RPM_HEADER_INVALID');
  assert.equal(run(blobOf({ 1001: '1' })), 'RPM_HEADER_INVALID');
  assert.equal(run(blobOf(values).subarray(0, 300)), 'RPM_HEADER_INVALID');
});

test('many names in one long folder end at the limit of a path, not of the memory', { timeout: 10_000 }, () => {
  const names = Array.from({ length: 9000 }, () => 'x');
  const { value, codes } = parse(
    blobOf({
      1000: 'a',
      1001: '1',
      1002: '1',
      1116: names.map(() => 0),
      1117: names,
      1118: [`/${'d'.repeat(500_000)}/`],
    }),
  );
  assert.deepEqual([value.files?.length, codes], [0, ['gap RPM_FILES_DISAGREE']]);
});

describeRecord({
  name: 'RPM header',
  samples: { sealed: sealedBlobOf(values), plain: blobOf(values) },
  parse: parseRpmHeader,
});
