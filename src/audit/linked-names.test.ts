import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkedNames } from './linked-names.ts';

/** Only files of one folder are read for their place. */
const telling = (target: string, type: 'symlink' | 'hardlink' = 'symlink'): boolean => {
  const names = new LinkedNames((path) => (path.startsWith('etc/cron.d/') ? 'cron' : ''));
  const link = { path: 'etc/cron.d/x', type, target, mode: 0o777, uid: 0, gid: 0, size: 0, modified: 0 };
  names.note(link, 0, (path) => path);
  names.settle(() => target.replace(/^\//, ''));
  return names.areTelling;
};

test('a link says more than its file where it lies at a telling place and the file does not', () => {
  assert.ok(telling('/opt/y'));
  assert.ok(telling('opt/y', 'hardlink'));
  assert.ok(!telling('/etc/cron.d/y'));
  assert.ok(!telling('etc/cron.d/y', 'hardlink'));
});

test('nothing is read again for what a kernel mounts: services are masked by links to /dev/null', () => {
  for (const target of ['/dev/null', '/proc/self/mounts', '/sys/x']) assert.ok(!telling(target), target);
  assert.ok(telling('/device/x'));
});
