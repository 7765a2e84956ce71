/** Against GNU tar, which is on every machine that can run the tests: what it writes is read as it meant it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { streamOf, type Walked, walkAll } from '../../../test/builders/streams.ts';
import { tarOf } from '../tar-writer.ts';
import { tar } from './tar.ts';

let folder = '';
const longName = `${'a-long-directory-name/'.repeat(8)}and-a-long-file-name-größe`;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidewaiter-tar-'));
  mkdirSync(join(folder, longName, '..'), { recursive: true });
  writeFileSync(join(folder, longName), 'long');
  writeFileSync(join(folder, 'plain'), 'plain text');
  utimesSync(join(folder, 'plain'), 1_000_000, new Date(-5000));
  linkSync(join(folder, 'plain'), join(folder, 'linked'));
  symlinkSync(`${'../'.repeat(50)}etc/passwd`, join(folder, 'pointer'));
  writeFileSync(join(folder, 'sparse'), 'begin');
  truncateSync(join(folder, 'sparse'), 3_000_000);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const gnuTar = (...options: readonly string[]): Buffer =>
  execFileSync(
    'tar',
    ['-c', '--sort=name', '--owner=someone:1234', '--group=some:5678', ...options, '-C', folder, '.'],
    {
      maxBuffer: 2 ** 26,
    },
  );
const walk = (data: Uint8Array): Promise<Walked> =>
  walkAll((budget, remark) => tar.walk(streamOf(data), budget, remark));

for (const options of [
  ['--format=gnu', '--sparse'],
  ['--format=posix', '--sparse'],
  ['--format=posix', '--sparse', '--sparse-version=0.0'],
  ['--format=posix', '--sparse', '--sparse-version=0.1'],
  ['--format=gnu'],
])
  test(`tar ${options.join(' ')} is read as it was meant`, async () => {
    const { entries, fault, remarks } = await walk(gnuTar(...options));
    assert.deepEqual([fault, remarks], [undefined, []]);
    const found = new Map(entries.map((entry) => [entry.path, entry]));
    assert.equal(found.get(longName)?.text, 'long');
    const [first, second] = ['linked', 'plain'].map((name) => found.get(name));
    assert.deepEqual([first?.type, first?.text, first?.modified], ['file', 'plain text', -5]);
    assert.deepEqual([second?.type, second?.target?.replace('./', '')], ['hardlink', 'linked']);
    assert.equal(found.get('pointer')?.target, `${'../'.repeat(50)}etc/passwd`);
    assert.deepEqual([found.get('sparse')?.size, found.get('sparse')?.text.length], [3_000_000, 3_000_000]);
    assert.match(found.get('sparse')?.text ?? '', /^begin\0+$/);
    assert.deepEqual([first?.uid, first?.gid, first?.userName], [1234, 5678, 'someone']);
  });

test('old tars without long names are read as they were meant', async () => {
  for (const format of ['v7', 'ustar']) {
    const data = execFileSync('tar', ['-c', `--format=${format}`, '--mtime=@7', '-C', folder, 'plain', 'linked']);
    const { entries, fault, remarks } = await walk(data);
    assert.deepEqual([fault, remarks], [undefined, []]);
    assert.deepEqual(
      entries.map(({ path, type, text }) => [path, type, text]),
      [
        ['plain', 'file', 'plain text'],
        ['linked', 'hardlink', ''],
      ],
    );
  }
});

test('what our writer makes GNU tar lists the same way', () => {
  const data = tarOf([
    { path: 'dir', type: 'directory', mode: 0o711 },
    { path: longName, content: 'x'.repeat(700), uid: 3_000_000, modified: 86_400 },
    { path: 'link', type: 'symlink', target: 'y'.repeat(150) },
    { path: 'device', type: 'block-device', device: { major: 8, minor: 1 } },
  ]);
  const listing = execFileSync('tar', ['-tv', '--utc', '--quoting-style=literal', '--numeric-owner'], {
    input: data,
    encoding: 'utf8',
  });
  assert.match(listing, /^drwx--x--x 0\/0 +0 1970-01-01 00:00 dir\/$/m);
  assert.ok(
    listing.includes(`-rw-r--r-- 3000000/0 700 1970-01-02 00:00 ${longName}\n`) ||
      listing.includes(`700 1970-01-02 00:00 ${longName}`),
  );
  assert.ok(listing.includes(`link -> ${'y'.repeat(150)}\n`));
  assert.match(listing, /^brw-r--r-- 0\/0 +8,1 /m);
});
