import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { apkRecords, debianRecords, distrolessRecords } from './package-records.ts';

const library = {
  name: 'libx1',
  version: '2-1',
  files: ['/usr/lib/libx.so.2', '/usr/lib/libx.so'],
  'multi-arch': true,
};
const entries = [
  { path: 'usr/lib/libx.so.2', content: 'library' },
  { path: 'usr/lib/libx.so', type: 'symlink', target: 'libx.so.2' },
] as const;
const status = 'Package: base\nVersion: 1\n\nPackage: libx1\nVersion: 1-1\n\n';
const md5 = createHash('md5').update('library').digest('hex');

test('a package takes the place of the one of its name, others stay, digests are right', () => {
  const records = debianRecords([library], entries, 'amd64', status);
  const [database, list, digests] = records.map(({ content }) => String(content));
  assert.match(
    database ?? '',
    /^Package: base\nVersion: 1\n\nPackage: libx1\nStatus: install ok installed\n[^]*\nVersion: 2-1\n[^]*\n\n$/,
  );
  assert.ok(!database?.includes('Version: 1-1'));
  assert.equal(records[1]?.path, 'var/lib/dpkg/info/libx1:amd64.list');
  assert.equal(list, '/.\n/usr\n/usr/lib\n/usr/lib/libx.so\n/usr/lib/libx.so.2\n');
  assert.equal(digests, `${md5}  usr/lib/libx.so.2\n`);
});

test('without a package manager each package has a file, with its digests beside it', () => {
  const [control, digests] = distrolessRecords([library], entries, 'amd64');
  assert.equal(control?.path, 'var/lib/dpkg/status.d/libx1');
  assert.ok(!String(control.content).includes('Status:'));
  assert.equal(digests?.content, `${md5}  usr/lib/libx.so.2\n`);
});

test('apk lists the files of a package after those that were there', () => {
  const installed = [{ name: 'base', version: '1-r0', entries: [] }];
  const [database] = apkRecords([library], entries, 'amd64', installed);
  assert.match(String(database?.content), /P:base\n[^]*P:libx1\nV:2-1\n[^]*F:usr\/lib\nR:libx\.so\.2\n/);
});
