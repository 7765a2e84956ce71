/** Archives as the real tools make them, unfolded without a remark. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { bytesOf } from '../../src/core/bytes.ts';
import { detectFileKind } from '../../src/formats/file-kind.ts';
import { unfold } from '../../src/formats/unfold.ts';
import { walked, type Walked } from '../builders/walked.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

let folder = '';
const run = (command: string, ...parameters: readonly string[]): void => {
  execFileSync(command, parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
};
const script = '#!/bin/sh\necho hello\n';
const numbers = Array.from({ length: 20_000 }, (_, line) => `${line}\n`).join('');

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidewaiter-archives-'));
  mkdirSync(join(folder, 'pkg/DEBIAN'), { recursive: true });
  mkdirSync(join(folder, 'pkg/usr/bin'), { recursive: true });
  writeFileSync(
    join(folder, 'pkg/DEBIAN/control'),
    'Package: sample\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y.example>\nDescription: x\n',
  );
  writeFileSync(join(folder, 'pkg/usr/bin/tool'), script);
  chmodSync(join(folder, 'pkg/usr/bin/tool'), 0o755);
  writeFileSync(join(folder, 'pkg/usr/numbers'), numbers);
  symlinkSync('tool', join(folder, 'pkg/usr/bin/alias'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const unfoldFile = (name: string): Promise<Walked> => {
  const bytes = readFileSync(join(folder, name));
  return walked((budget, remark) => unfold(bytesOf(bytes), detectFileKind(bytes, bytes.length), name, budget, remark));
};

const assertHolds = ({ files, entries, remarks }: Walked, prefix: string): void => {
  assert.deepEqual(remarks, []);
  assert.equal(files[`${prefix}usr/bin/tool`], script);
  assert.equal(files[`${prefix}usr/numbers`], numbers);
  const alias = entries.find(({ path }) => path === `${prefix}usr/bin/alias`);
  assert.deepEqual([alias?.type, alias?.target], ['symlink', 'tool']);
};

for (const compression of ['gzip', 'xz', 'zstd', 'none'])
  test(`a Debian package with ${compression}`, options, async () => {
    run('dpkg-deb', '--root-owner-group', '-b', `-Z${compression}`, 'pkg', `${compression}.deb`);
    const extension = { gzip: '.gz', xz: '.xz', zstd: '.zst', none: '' }[compression] ?? '';
    const result = await unfoldFile(`${compression}.deb`);
    assertHolds(result, `${compression}.deb!/data.tar${extension}!/`);
    assert.match(result.files[`${compression}.deb!/control.tar${extension}!/control`] ?? '', /^Package: sample/);
  });

/** rpmbuild writes xz with SHA-256 checks, which few others do. */
for (const payload of ['w9.gzdio', 'w6.xzdio', 'w3.zstdio', 'w9.bzdio', 'w.ufdio'])
  test(`an RPM package with ${payload}`, options, async () => {
    const tree = join(folder, 'pkg');
    writeFileSync(
      join(folder, 'sample.spec'),
      [
        `%define _binary_payload ${payload}`,
        '%define _build_id_links none',
        '%define __os_install_post %{nil}',
        'Name: sample\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch',
        '%description\nx\n%install',
        `mkdir -p %{buildroot} && cp -a ${tree}/usr %{buildroot}/`,
        '%post\necho installed\n%files\n/usr',
      ].join('\n'),
    );
    const output = join(folder, payload);
    run(
      'rpmbuild',
      '-bb',
      '--nodeps',
      '--define',
      `_topdir ${folder}/rpm`,
      '--define',
      `_rpmdir ${output}`,
      'sample.spec',
    );
    const name = `${payload}/noarch/sample-1-1.noarch.rpm`;
    const result = await unfoldFile(name);
    if (result.codes.includes('XZ_CHECK_UNSUPPORTED'))
      assert.deepEqual([payload, result.remarks[0]?.kind], ['w6.xzdio', 'gap']);
    else assertHolds(result, `${name}!/`);
    assert.match(result.files[`${name}!/%post`] ?? '', /echo installed/);
  });

test('a zip made by zip, with its links', options, async () => {
  execFileSync('zip', ['-qry', '../made.zip', '.'], { cwd: join(folder, 'pkg') });
  assertHolds(await unfoldFile('made.zip'), 'made.zip!/');
});

test('a zip made while its size was unknown', options, async () => {
  execFileSync('sh', ['-c', 'cat usr/numbers | zip -q - - > ../stream.zip'], { cwd: join(folder, 'pkg') });
  const { files, remarks } = await unfoldFile('stream.zip');
  assert.deepEqual([files['stream.zip!/-'], remarks], [numbers, []]);
});

test('an encrypted zip made by zip', options, async () => {
  execFileSync('zip', ['-qP', 'secret', '../locked.zip', 'usr/numbers'], { cwd: join(folder, 'pkg') });
  const { codes, paths } = await unfoldFile('locked.zip');
  assert.deepEqual([codes, paths], [['ZIP_MEMBER_ENCRYPTED'], []]);
});

for (const method of ['ZIP_STORED', 'ZIP_DEFLATED', 'ZIP_BZIP2'])
  test(`a zip made by Python with ${method}`, options, async () => {
    const code = `import zipfile\nwith zipfile.ZipFile('${method}.zip','w',zipfile.${method}) as z:\n z.write('pkg/usr/numbers','numbers'); z.write('pkg/usr/bin/tool','tool')`;
    run('python3', '-c', code);
    const { files, remarks } = await unfoldFile(`${method}.zip`);
    assert.deepEqual(files, { [`${method}.zip!/numbers`]: numbers, [`${method}.zip!/tool`]: script });
    assert.deepEqual(remarks, []);
  });

test('a static library made by ar', options, async () => {
  execFileSync('ar', ['rcs', '../made.a', 'usr/numbers', 'usr/bin/tool'], { cwd: join(folder, 'pkg') });
  const { files, remarks } = await unfoldFile('made.a');
  assert.deepEqual(files, { 'made.a!/numbers': numbers, 'made.a!/tool': script });
  assert.deepEqual(remarks, []);
});
