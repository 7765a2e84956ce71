import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isExpectedFile, pythonSourceOf } from './expected-files.ts';

const expected: readonly string[] = [
  'var/lib/dpkg/status',
  'var/lib/shells.state',
  'var/cache/x',
  'lib/apk/db/installed',
  'usr/lib/sysimage/rpm/rpmdb.sqlite',
  'lib/modules/6.1/modules.dep',
  'usr/lib/modules/6.1/modules.dep',
  'usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache',
  'usr/lib/jvm/java-21/lib/server/classes.jsa',
  'usr/share/info/dir',
  'usr/share/zoneinfo/UTC',
  'usr/share/emacs/site-lisp/x.elc',
  'boot/initrd.img',
  'etc/passwd-',
  'etc/hostname',
  'etc/ssl/certs/x.pem',
  'etc/alternatives',
  'etc/ssh/ssh_host_rsa_key.pub',
  'run/x',
  'dev',
  'proc',
  'sys/x',
  'tmp/x',
  '.dockerenv',
];

const unexpected: readonly string[] = [
  'var/lib/shells.state.d/x',
  'var/lib/other/x',
  'variant/cache/x',
  'lib/locale/x',
  'usr/lib/other/x',
  'usr/lib',
  'usr/local/lib/locale/x',
  'usr/share/other',
  'usr/sharezoneinfo/UTC',
  'boot/vmlinuz',
  'etc/passwd.old',
  'etc/sslx',
  'tmp',
  'runner/x',
  '.dockerenv/x',
  'constructor',
  '__proto__/x',
  'opt/var/cache/x',
  'usr',
  '',
];

test('what systems make for themselves is expected, in its own place', () => {
  assert.deepEqual(
    expected.filter((path) => !isExpectedFile(path, false)),
    [],
  );
});

test('nothing is expected in another place, or for a like name', () => {
  assert.deepEqual(
    unexpected.filter((path) => isExpectedFile(path, false)),
    [],
  );
});

test('of what runs only the scripts of package managers are', () => {
  assert.deepEqual(
    expected.filter((path) => isExpectedFile(path, true)),
    ['etc/hostname'],
  );
  assert.equal(isExpectedFile('var/lib/dpkg/info/x.postinst', true), true);
  assert.equal(isExpectedFile('var/lib/dpkg/info/x.postinst.sh', true), false);
});

test('a compiled module tells its source', () => {
  assert.equal(pythonSourceOf('usr/lib/__pycache__/x.cpython-312.opt-1.pyc'), 'usr/lib/x.py');
  assert.equal(pythonSourceOf('usr/lib/__pycache__/x.cpython-312.pyc.bak'), undefined);
  assert.equal(pythonSourceOf('usr/lib/x.pyc'), undefined);
});
