/** Files made to hang, to flood or to confuse the reader of an arrangement: bounded work, bounded facts, no exception. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectAll } from '../../../test/builders/inspected.ts';
import { persistence } from '../analyzers/persistence.ts';
import { secret } from '../analyzers/secret.ts';

const paths: readonly string[] = [
  'etc/crontab',
  'etc/anacrontab',
  'etc/crontabs/root',
  'etc/cron.daily/x',
  'var/spool/at/a00001018f1c2d',
  'etc/systemd/system/x.service',
  'etc/init.d/x',
  'etc/inittab',
  'etc/profile',
  'etc/environment',
  'etc/udev/rules.d/x.rules',
  'etc/apt/apt.conf',
  'etc/dpkg/dpkg.cfg',
  'etc/pacman.d/hooks/x.hook',
  'etc/pam.d/su',
  'etc/ld.so.preload',
  'etc/ld.so.conf',
  'etc/modprobe.d/x.conf',
  'root/.ssh/authorized_keys',
  'etc/ssh/sshd_config',
  'etc/passwd',
  'etc/shadow',
  'etc/group',
  'etc/sudoers',
  'etc/hosts',
  'srv/.git/config',
  'etc/logrotate.conf',
  'etc/binfmt.d/x.conf',
  'opt/Makefile',
  'root/.docker/config.json',
  'root/.kube/config',
  'root/.netrc',
  'root/.pgpass',
  'root/.npmrc',
  'root/.pypirc',
  'root/.aws/credentials',
  'root/.my.cnf',
  'app/.env',
  'root/.bash_history',
  'etc/.htpasswd',
];

/** Each of them costs a careless pattern the square of its length. */
const pieces: readonly string[] = [
  '\n',
  ' ',
  '\\\n',
  '* ',
  '* * * * * ',
  'postrotate\n',
  'Post-Invoke {"',
  'RUN+="',
  'machine ',
  'machine a\npassword ',
  'ssh-rsa ',
  'command="',
  'a:',
  '::::',
  '(',
  '$(',
  '{"a":{"',
  'token: ',
  'pass ',
  'x=',
  'https://a:',
  '-----BEGIN PRIVATE KEY-----\n',
  'ExecStart=',
  'while :; do :; done\n',
  '* * * * * while :; do :; done; f(){ f|f& };f\n',
];

for (const piece of pieces)
  test(`${JSON.stringify(piece)} over and over`, async () => {
    const content = piece.repeat(Math.ceil(60_000 / piece.length));
    for (const path of paths) {
      const started = process.cpuUsage();
      for (const analyzer of [persistence, secret]) {
        const { findings, observations } = await inspectAll(analyzer, [{ path, content }]);
        assert.ok(findings.length <= 500, `${path}: ${findings.length} findings`);
        assert.ok(JSON.stringify(observations).length <= 300_000, `${path}: facts`);
      }
      const { user, system } = process.cpuUsage(started);
      // Far more than it costs, far less than a pattern that runs away.
      assert.ok(user + system < 2_000_000, `${path}: ${(user + system) / 1e6} s`);
    }
  });

test('any bytes, cut anywhere, are read without an exception', async () => {
  let state = 7;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  const words = [
    ...pieces,
    'root',
    ':0:',
    '@daily',
    '/tmp/x',
    '"',
    "'",
    '\0',
    '\u00ff',
    '#',
    '=',
    'auth sufficient pam_permit.so',
  ];
  for (const path of paths)
    for (let round = 0; round < 12; round += 1) {
      const text = Array.from({ length: next(60) }, () => words[next(words.length)] ?? '').join('');
      const content = Buffer.from(text, 'latin1').subarray(0, next(400));
      for (const analyzer of [persistence, secret]) await inspectAll(analyzer, [{ path, content }]);
    }
});
