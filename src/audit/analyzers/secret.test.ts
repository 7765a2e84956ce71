import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { inspectAll, rulesOf, type InspectedSpec } from '../../../test/builders/inspected.ts';
import { secret } from './secret.ts';

const rules = (files: readonly InspectedSpec[]): Promise<readonly string[]> => rulesOf(secret, files);

/** Made up for each run: random enough to count, and worth nothing. */
const value = (length: number): string => 'kR7vXq2LzM9tWc4HnB8yJd3GpF6sAe5U'.repeat(3).slice(0, length);

/** The file that a tool keeps, with a secret and with what stands there without one. */
const pairs: readonly (readonly [rule: string, path: string, hostile: string, honest: string])[] = [
  [
    'docker-login',
    'root/.docker/config.json',
    `{"auths":{"registry.example":{"auth":"${value(24)}"}}}`,
    '{"auths":{"registry.example":{}},"credsStore":"pass"}',
  ],
  [
    'docker-login',
    'kaniko/.docker/config.json',
    `{"auths":{"registry.example":{"auth":"${value(24)}"}}}`,
    '{"credHelpers":{"registry.example":"ecr-login"}}',
  ],
  [
    'kubeconfig',
    'home/a/.kube/config',
    `users:\n- name: a\n  user:\n    client-key-data: ${value(80)}\n`,
    'users:\n- name: a\n  user:\n    exec:\n      command: aws\n',
  ],
  ['netrc', 'root/.netrc', `machine git.example\nlogin a\npassword ${value(12)}\n`, 'machine git.example\nlogin a\n'],
  ['pgpass', 'root/.pgpass', `db.example:5432:app:app:${value(12)}\n`, '#host:port:database:user:password\n'],
  ['git-credentials', 'root/.git-credentials', `https://bot:${value(20)}@git.example\n`, 'https://git.example\n'],
  [
    'git-credentials',
    'srv/app/.git/config',
    `[remote "origin"]\n\turl = https://bot:${value(20)}@git.example/a\n`,
    '[remote "origin"]\n\turl = https://git.example/a\n',
  ],
  [
    'npmrc',
    'app/.npmrc',
    `//registry.example/:_authToken=${value(30)}\n`,
    '//registry.example/:_authToken=${NPM_TOKEN}\n',
  ],
  [
    'pypirc',
    'root/.pypirc',
    `[pypi]\nusername = __token__\npassword = ${value(40)}\n`,
    '[pypi]\nrepository = https://pypi.example\n',
  ],
  [
    'pypirc',
    'etc/pip.conf',
    `[global]\nindex-url = https://ci:${value(12)}@pypi.example/simple\n`,
    '[global]\nindex-url = https://pypi.example/simple\n',
  ],
  [
    'aws-credentials',
    'root/.aws/credentials',
    `[default]\naws_secret_access_key = ${value(40)}\n`,
    '[default]\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n',
  ],
  [
    'google-credentials',
    'root/.config/gcloud/application_default_credentials.json',
    `{"refresh_token": "${value(40)}"}`,
    '{"type": "external_account"}',
  ],
  ['client-settings', 'root/.my.cnf', `[client]\npassword=${value(10)}\n`, '[client]\npassword=\n'],
  ['client-settings', 'root/.vault-token', `${value(26)}\n`, '\n'],
  [
    'forge-login',
    'root/.config/gh/hosts.yml',
    `github.example:\n    oauth_token: ${value(40)}\n`,
    'github.example:\n    git_protocol: ssh\n',
  ],
  [
    'terraform-login',
    'root/.terraformrc',
    `credentials "app.example" {\n  token = "${value(30)}"\n}\n`,
    'plugin_cache_dir = "/cache"\n',
  ],
  [
    'environment-file',
    'app/.env',
    `DEBUG=1\nDB_PASSWORD="${value(12)}"\n`,
    'DEBUG=1\nDB_PASSWORD=${DB_PASSWORD}\nAPI_KEY=your-key-here\n',
  ],
  ['password-list', 'etc/nginx/.htpasswd', `a:$apr1$abcdefgh$${value(22)}\n`, '# user:hash\n'],
  [
    'shell-history',
    'root/.bash_history',
    `ls\ngit clone https://a:${value(20)}@git.example/x\n`,
    'ls\ngit clone https://git.example/x\n',
  ],
  [
    'cluster-token',
    'run/secrets/kubernetes.io/serviceaccount/token',
    `eyJ${value(20)}.eyJ${value(30)}.${value(40)}`,
    '',
  ],
];

for (const [rule, path, hostile, honest] of pairs)
  test(`${rule} in ${path}, without showing it`, async () => {
    const { findings } = await inspectAll(secret, [{ path, content: hostile }]);
    assert.deepEqual(
      findings.map((finding) => finding.rule),
      [`secret/${rule}`],
    );
    assert.ok(findings.every(({ intent }) => intent === 'exposure'));
    assert.doesNotMatch(JSON.stringify(findings), /kR7vXq2/);
    assert.deepEqual(await rules([{ path, content: honest }]), []);
  });

test('the same under another name, in an example or in a library', async () => {
  const content = `machine git.example login a password ${value(12)}\n`;
  assert.deepEqual(await rules([{ path: 'root/netrc.txt', content }]), []);
  assert.deepEqual(await rules([{ path: 'usr/share/doc/x/examples/.netrc', content }]), []);
  const { findings } = await inspectAll(secret, [{ path: 'app/node_modules/x/.netrc', content }]);
  assert.deepEqual(
    findings.map(({ severity, confidence }) => [severity, confidence]),
    [['low', 'low']],
  );
});

test('examples of files of variables are no secrets', async () => {
  const content = `DB_PASSWORD=${value(12)}\n`;
  for (const name of ['.env.example', '.env.sample', '.env.dist'])
    assert.deepEqual(await rules([{ path: `app/${name}`, content }]), [], name);
  assert.deepEqual(await rules([{ path: 'app/.env.production', content }]), ['environment-file']);
});

const keyOf = (passphrase?: string): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding:
      passphrase === undefined
        ? { type: 'pkcs8', format: 'pem' }
        : { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
  }).privateKey;

/** PROTOCOL.key with nothing in it but the cipher's name and filling. */
const openSsh = (cipher: string): string => {
  const name = Buffer.from(cipher);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  const filling = Buffer.from(value(96));
  const body = Buffer.concat([Buffer.from('openssh-key-v1\0'), length, name, filling]).toString('base64');
  const label = ['OPENSSH PRIVATE', 'KEY'].join(' ');
  return `-----BEGIN ${label}-----\n${body.replaceAll(/(.{70})/g, '$1\n')}\n-----END ${label}-----\n`;
};

test('private keys by where they lie and whether a passphrase guards them', async () => {
  const open = keyOf();
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['root/.ssh/id_ecdsa', open, ['ssh-key']],
    ['root/.ssh/id_ed25519', openSsh('none'), ['ssh-key']],
    ['root/.ssh/id_ed25519', openSsh('aes256-ctr'), ['private-key-encrypted']],
    ['root/.ssh/id_ecdsa', keyOf('made up for this test'), ['private-key-encrypted']],
    ['etc/ssh/ssh_host_ecdsa_key', open, ['host-key']],
    ['app/tls/server.pem', open, ['private-key']],
    ['app/node_modules/x/lib/a.pem', open, ['private-key-of-library']],
    ['app/node_modules/x/test/a.pem', open, []],
    ['usr/share/doc/x/a.pem', open, []],
    ['app/tls/server.pem', open.slice(0, 40), []],
  ];
  for (const [path, content, expected] of cases) assert.deepEqual(await rules([{ path, content }]), expected, path);
});

test('a certificate is no key', async () => {
  const text = keyOf().replaceAll('PRIVATE KEY', 'CERTIFICATE');
  assert.deepEqual(await rules([{ path: 'etc/ssl/certs/a.pem', content: text }]), []);
});

test('a deleted file still counts, and is told as hidden', async () => {
  const { findings } = await inspectAll(secret, [{ path: 'root/.ssh/id_rsa', content: keyOf(), hidden: true }]);
  const [proof] = findings[0]?.evidence ?? [];
  assert.ok(proof?.kind === 'excerpt' && proof.hidden === true);
});

test('secrets in labels and commands of the config', async () => {
  const token = ['glpat', value(20)].join('-');
  const of = async (config: Parameters<typeof inspectAll>[2]): Promise<readonly string[]> =>
    rulesOf(secret, [], config);
  assert.deepEqual(await of({ labels: { 'build.token': token } }), ['in-label']);
  assert.deepEqual(await of({ labels: { 'org.opencontainers.image.version': '1.2.3' } }), []);
  assert.deepEqual(await of({ command: ['app', '--key', token] }), ['in-command']);
  assert.deepEqual(await of({ command: ['app', '--key', '$KEY'] }), []);
  assert.ok(!JSON.stringify((await inspectAll(secret, [], { command: [token] })).findings).includes(value(10)));
});

test('a build argument that its name calls a secret', async () => {
  const of = async (createdBy: string): Promise<readonly string[]> =>
    rulesOf(secret, [], { history: [{ createdBy, emptyLayer: false }] });
  assert.deepEqual(await of(`RUN |2 VERSION=1.2 DB_PASSWORD=${value(12)} /bin/sh -c make # buildkit`), [
    'in-build-argument',
  ]);
  assert.deepEqual(await of(`|1 DB_PASSWORD=${value(12)} /bin/sh -c make`), ['in-build-argument']);
  assert.deepEqual(await of('|1 DB_PASSWORD= /bin/sh -c make'), []);
  assert.deepEqual(await of(`|1 VERSION=1.2 /bin/sh -c make DB_PASSWORD=${value(12)}`), []);
  const { findings } = await inspectAll(secret, [], {
    history: [{ createdBy: `|1 A_TOKEN=${value(30)} /bin/sh`, emptyLayer: false }],
  });
  assert.equal(findings.length, 1);
  assert.ok(!JSON.stringify(findings).includes(value(10)));
});

test('damaged facts conclude nothing', () => {
  const subject = {
    reference: 'oci:x',
    kind: 'container',
    identity: { diffIds: [] },
    layers: [],
    inventory: [],
  } as const;
  for (const facts of [null, 'x', 7, [], {}, { secrets: 'x' }, { place: 'netrc', secrets: [] }] as const)
    assert.deepEqual(
      secret.conclude(subject, [{ path: 'x', sha256: '', size: 1, layerIndex: 0, hidden: false, facts }], undefined),
      [],
    );
});
