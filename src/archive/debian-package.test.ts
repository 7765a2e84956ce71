import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Budget, defaultLimits } from '../core/budget.ts';
import { bytesOf } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import { tarOf } from '../formats/tar-writer.ts';
import { readDebianPackage } from './debian-package.ts';

const member = (name: string, content: Uint8Array): readonly Uint8Array[] => {
  const fields = [
    name.padEnd(16),
    '0'.padEnd(12),
    '0'.padEnd(6),
    '0'.padEnd(6),
    '100644'.padEnd(8),
    String(content.length).padEnd(10),
  ];
  return [Buffer.from(`${fields.join('')}\`\n`), content, Buffer.alloc(content.length % 2, 10)];
};

const debOf = (members: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  Buffer.concat([
    Buffer.from('!<arch>\n'),
    ...Object.entries(members).flatMap(([name, content]) => member(name, content)),
  ]);

const version = Buffer.from('2.0\n');
const control = gzipSync(tarOf([{ path: './conffiles', content: '/etc/x.conf\nremove-on-upgrade /etc/old.conf\n' }]));
const data = tarOf([
  { path: './usr/bin/x', content: 'program' },
  { path: './usr/bin/y', type: 'hardlink', target: './usr/bin/x' },
  { path: './usr/bin/z', type: 'symlink', target: 'x' },
  { path: './etc/x.conf', content: 'setting' },
]);

const read = (deb: Uint8Array, budget = new Budget()) => readDebianPackage(bytesOf(deb).stream(), budget);
const code = async (deb: Uint8Array, budget?: Budget): Promise<string> => {
  try {
    await read(deb, budget);
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return '';
};

test('files come with their digests, hard links with those of their first name, conffiles by the package’s own list', async () => {
  for (const packed of [{ 'data.tar': data }, { 'data.tar.gz': gzipSync(data) }]) {
    const { files, links } = await read(debOf({ 'debian-binary': version, 'control.tar.gz': control, ...packed }));
    assert.deepEqual(
      files.map(({ path, sha256, conffile }) => [path, sha256, conffile]),
      [
        ['usr/bin/x', hash('sha256', 'program'), false],
        ['usr/bin/y', hash('sha256', 'program'), false],
        ['etc/x.conf', hash('sha256', 'setting'), true],
      ],
    );
    assert.deepEqual(links, [{ path: 'usr/bin/z', target: 'x' }]);
  }
});

test('a package without data, in an unknown packing, cut off or beyond the budget is a fault', async () => {
  assert.equal(await code(debOf({ 'debian-binary': version, 'control.tar.gz': control })), 'DEBIAN_PACKAGE_INVALID');
  assert.equal(await code(debOf({ 'data.tar.lz': data })), 'DEBIAN_PACKAGE_INVALID');
  assert.equal(await code(debOf({ 'data.tar': data }).subarray(0, 900)), 'AR_TRUNCATED');
  const few = new Budget({ ...defaultLimits, entries: 3 });
  assert.equal(await code(debOf({ 'data.tar': data }), few), 'ENTRIES_TOO_MANY');
});
