import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { userCacheFolder, userConfigurationFolder, withHome } from './user-folders.ts';

test('folders are those that the environment names, else in the home folder', () => {
  assert.equal(userCacheFolder({ XDG_CACHE_HOME: '/c', HOME: '/h' }), '/c/tidewaiter');
  assert.equal(userCacheFolder({ HOME: '/h' }), '/h/.cache/tidewaiter');
  assert.equal(userConfigurationFolder({ XDG_CONFIG_HOME: '/c', HOME: '/h' }), '/c/tidewaiter');
  assert.equal(userConfigurationFolder({ HOME: '/h' }), '/h/.config/tidewaiter');
});

test('nothing leads into the working directory: paths that are empty or not absolute are passed over', () => {
  assert.equal(userCacheFolder({ XDG_CACHE_HOME: '', HOME: '/h' }), '/h/.cache/tidewaiter');
  assert.equal(userCacheFolder({ XDG_CACHE_HOME: 'cache', HOME: '/h' }), '/h/.cache/tidewaiter');
  for (const home of ['', 'h', undefined])
    assert.match(userConfigurationFolder({ HOME: home, XDG_CONFIG_HOME: '' }), /^\/.*\.config\/tidewaiter$/);
});

test('a home folder is always an absolute path, whatever HOME says', () => {
  assert.equal(withHome({ HOME: '/h', X: 'y' }).HOME, '/h');
  for (const home of ['', 'h', undefined]) assert.match(withHome({ HOME: home }).HOME, /^\//);
  assert.equal(withHome({ HOME: '', X: 'y' })['X'], 'y');
});

const isRoot = process.getuid?.() === 0;

test(
  'a user that the system does not know has folders',
  { skip: isRoot ? false : 'needs the rights to be another' },
  () => {
    // Loaded before: the other user may not be allowed to read this clone.
    const code = `const { userCacheFolder } = await import(${JSON.stringify(join(import.meta.dirname, 'user-folders.ts'))});
    process.setuid(54321);
    console.log(userCacheFolder({}));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    assert.equal(stdout, '/.cache/tidewaiter\n', stderr);
  },
);
