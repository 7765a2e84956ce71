import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { isFault } from '../core/fault.ts';
import { authKeys, parseAuthFile } from './auth-file.ts';
import { askCredentialProgram, isProgramName } from './credential-program.ts';
import { findLogin } from './credentials.ts';

const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-logins-'));
after(() => rm(folder, { recursive: true, force: true }));

const log = { debug: () => undefined, warn: () => undefined };
const auth = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') });

/** A home folder of its own for each case. */
const home = async (name: string, files: Readonly<Record<string, object | string>>): Promise<string> => {
  const path = join(folder, name);
  await mkdir(path);
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return path;
};

const program = async (bin: string, name: string, script: string): Promise<void> => {
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, `docker-credential-${name}`), 0o755);
};

const userOf = async (registry: string, repository: string, environment: Record<string, string>) => {
  const { found } = await findLogin(registry, repository, { environment, log });
  return found?.login.kind === 'password' ? found.login.username : found?.login.kind;
};

test('the most special key of an auth file counts', async () => {
  const HOME = await home('special', {
    '.config/containers/auth.json': {
      auths: { 'quay.io': auth('host:x'), 'quay.io/team': auth('team:x'), 'quay.io/team/app': auth('app:x') },
    },
  });
  assert.equal(await userOf('quay.io', 'team/app', { HOME }), 'app');
  assert.equal(await userOf('quay.io', 'team/other', { HOME }), 'team');
  assert.equal(await userOf('quay.io', 'teamwork/app', { HOME }), 'host');
  assert.equal(await userOf('notquay.io', 'team/app', { HOME }), undefined);
  assert.deepEqual(authKeys('h', 'a/b'), ['h/a/b', 'h/a', 'h']);
});

test('Docker Hub is found under its old address, hosts under theirs', async () => {
  const HOME = await home('hub', {
    '.docker/config.json': {
      auths: { 'https://index.docker.io/v1/': auth('hub:p:q'), 'https://old.example/v1/': auth('old:x') },
    },
  });
  const { found } = await findLogin('docker.io', 'library/nginx', { environment: { HOME }, log });
  assert.deepEqual(found?.login, { kind: 'password', username: 'hub', password: 'p:q' });
  assert.equal(await userOf('old.example', 'x', { HOME }), 'old');
});

test('files are looked at in the order of the containers tools, a named one alone', async () => {
  const HOME = await home('order', {
    'run/containers/auth.json': { auths: { 'a.example': auth('run:x') } },
    '.config/containers/auth.json': { auths: { 'a.example': auth('config:x'), 'b.example': auth('config:x') } },
    '.docker/config.json': { auths: { 'b.example': auth('docker:x'), 'c.example': auth('docker:x') } },
    'other/config.json': { auths: { 'c.example': auth('other:x') } },
    '.dockercfg': { 'd.example': auth('legacy:x') },
    'named.json': { auths: { 'a.example': auth('named:x') } },
  });
  const XDG_RUNTIME_DIR = join(HOME, 'run');
  assert.equal(await userOf('a.example', 'x', { HOME, XDG_RUNTIME_DIR }), 'run');
  assert.equal(await userOf('a.example', 'x', { HOME }), 'config');
  assert.equal(await userOf('b.example', 'x', { HOME, XDG_RUNTIME_DIR }), 'config');
  assert.equal(await userOf('c.example', 'x', { HOME }), 'docker');
  assert.equal(await userOf('c.example', 'x', { HOME, DOCKER_CONFIG: join(HOME, 'other') }), 'other');
  assert.equal(await userOf('d.example', 'x', { HOME }), 'legacy');
  const REGISTRY_AUTH_FILE = join(HOME, 'named.json');
  assert.equal(await userOf('a.example', 'x', { HOME, XDG_RUNTIME_DIR, REGISTRY_AUTH_FILE }), 'named');
  assert.equal(await userOf('b.example', 'x', { HOME, REGISTRY_AUTH_FILE }), undefined);
});

test('identity tokens, registry tokens, and entries that are none', () => {
  const { logins } = parseAuthFile(
    JSON.stringify({
      auths: {
        'a.example': { ...auth('x:y'), identitytoken: 'refresh' },
        'b.example': { registrytoken: 'direct' },
        'c.example': { auth: Buffer.from('padded:secret\0\0').toString('base64') },
        'd.example': {},
        'e.example': { auth: 'bm9jb2xvbg==' },
        'f.example': 7,
      },
    }),
    'auth.json',
  );
  assert.deepEqual(Object.fromEntries(logins), {
    'a.example': { kind: 'identity-token', token: 'refresh' },
    'b.example': { kind: 'registry-token', token: 'direct' },
    'c.example': { kind: 'password', username: 'padded', password: 'secret' },
  });
});

test('a file that is broken is named, its content is not', async () => {
  const HOME = await home('broken', { '.docker/config.json': '{"auths": {"a.example": {"auth": "c2VjcmV0", }' });
  await assert.rejects(
    findLogin('a.example', 'x', { environment: { HOME }, log }),
    (thrown) =>
      isFault(thrown) &&
      thrown.code === 'AUTH_FILE_INVALID' &&
      thrown.message.includes(join(HOME, '.docker/config.json')) &&
      !thrown.message.includes('c2VjcmV0'),
  );
  await assert.rejects(
    findLogin('a.example', 'x', { environment: { REGISTRY_AUTH_FILE: join(HOME, 'absent') }, log }),
    (thrown) => isFault(thrown) && thrown.code === 'AUTH_FILE_UNREADABLE',
  );
});

test('credential programs are asked for their host, with the name on standard input', async () => {
  const bin = join(folder, 'bin');
  await program(
    bin,
    'one',
    'read server; printf \'{"ServerURL":"%s","Username":"%s","Secret":"x"}\' "$server" "from-one"',
  );
  await program(bin, 'all', 'read server; printf \'{"Username":"%s","Secret":"x"}\' "$server"');
  const HOME = await home('programs', {
    '.docker/config.json': { credHelpers: { 'a.example': 'one' }, credsStore: 'all', auths: { 'b.example': {} } },
  });
  const environment = { HOME, PATH: `${bin}:/usr/bin:/bin` };
  assert.equal(await userOf('a.example', 'x', environment), 'from-one');
  assert.equal(await userOf('b.example:5000', 'x', environment), 'b.example:5000');
  assert.equal(await userOf('docker.io', 'library/x', environment), 'https://index.docker.io/v1/');
});

test('a program sees a small environment', async () => {
  const bin = join(folder, 'bin-env');
  await program(bin, 'env', 'printf \'{"Username":"%s","Secret":"x"}\' "$TIDEWAITER_SECRET-$AWS_PROFILE"');
  const environment = { PATH: `${bin}:/usr/bin:/bin`, TIDEWAITER_SECRET: 'no', AWS_PROFILE: 'yes' };
  assert.deepEqual(await askCredentialProgram('env', 'h', environment), {
    kind: 'password',
    username: '-yes',
    password: 'x',
  });
});

test('a program that fails, hangs, floods or is missing gives a reason, never an error', async () => {
  const bin = join(folder, 'bin-bad');
  await program(bin, 'fails', 'echo "hunter2 credentials not found"; exit 1');
  await program(bin, 'hangs', 'exec sleep 30');
  await program(bin, 'floods', 'while :; do printf "%01000d" 0; done');
  await program(bin, 'chats', 'echo hello');
  const ask = async (name: string, timeoutMs = 30_000) => {
    const answer = await askCredentialProgram(
      name,
      'h.example',
      { PATH: `${bin}:/usr/bin:/bin` },
      { timeoutMs, outputBytes: 4096 },
    );
    assert.equal(answer.kind, 'none');
    return 'reason' in answer ? answer.reason : '';
  };
  assert.equal(await ask('fails'), 'docker-credential-fails has no login for h.example');
  assert.match(await ask('hangs', 500), /within 0.5 seconds/);
  assert.match(await ask('floods'), /too much/);
  assert.match(await ask('chats'), /no login/);
  assert.match(await ask('absent'), /docker-credential-absent is not installed/);
  assert.match(await ask('../../bin/sh'), /not valid/);
  for (const name of ['', '.hidden', 'a b', 'a;b', 'a/b', '$(x)']) assert.ok(!isProgramName(name), name);
  assert.ok(isProgramName('ecr-login'));
});
