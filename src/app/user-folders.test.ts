import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userCacheFolder, userConfigurationFolder } from './user-folders.ts';

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
