import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault } from '../core/fault.ts';
import { readPackageArchives } from './package-archives.ts';

test('the built-in archives are Debian’s own over HTTPS, with updates and security', async () => {
  const [debian] = await readPackageArchives(undefined);
  assert.equal(debian?.id, 'debian');
  for (const sources of Object.values(debian.releases)) {
    assert.deepEqual(
      sources.map(({ suite }) => suite.replace(/^[a-z]+/, '')),
      ['', '-updates', '-security'],
    );
    for (const { url, frozen } of sources) assert.ok(url.startsWith('https://') && !frozen, url);
  }
});

test('a file that cannot be meant is refused with the place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-archives-'));
  const file = join(folder, 'archives.yaml');
  const write = (more: object): object => ({
    distributions: [
      {
        id: 'debian',
        keyrings: ['/k.gpg'],
        components: ['main'],
        releases: { 12: [{ url: 'https://a.example/debian/', suite: 'x' }] },
        ...more,
      },
    ],
  });
  try {
    await writeFile(file, JSON.stringify(write({})));
    assert.equal((await readPackageArchives(file))[0]?.releases['12']?.[0]?.url, 'https://a.example/debian');
    for (const more of [
      { keyrings: ['relative.gpg'] },
      { keyrings: [] },
      { hosts: ['x'] },
      { releases: { 12: [{ url: 'file:///x', suite: 'x' }] } },
      { releases: { 12: [{ url: 'https://user@a.example', suite: 'x' }] } },
      { releases: { 12: [{ url: 'https://a.example', suite: '../x' }] } },
    ]) {
      await writeFile(file, JSON.stringify(write(more)));
      await assert.rejects(
        readPackageArchives(file),
        (thrown) =>
          isFault(thrown) && thrown.code === 'PACKAGE_ARCHIVES_INVALID' && /distributions\.0/.test(thrown.message),
        JSON.stringify(more),
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
