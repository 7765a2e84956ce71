import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeContext, type FakeContextOptions } from '../../test/fakes/context.ts';
import { startFakeRegistry, type FakeLogin } from '../../test/fakes/registry.ts';
import { described, fails, manifest, noise, retries, startRegistry } from '../../test/fakes/registry-with-client.ts';
import { collect } from '../core/collect.ts';
import { isFault } from '../core/fault.ts';
import { openRegistryClient } from './registry-client.ts';

const bearer: FakeLogin = { kind: 'bearer' };

test('a token is fetched once for many requests, and only to read the one repository', async () => {
  await using one = await startRegistry({ login: bearer });
  one.server.putManifest('team/app', manifest(), '1.0');
  await Promise.all([one.manifest('1.0'), one.manifest('1.0'), one.manifest('1.0')]);
  await one.manifest('1.0');
  const tokens = one.server.asked().filter((line) => line.includes('/token'));
  assert.deepEqual(tokens, ['GET /token?service=fake&scope=repository%3Ateam%2Fapp%3Apull']);
});

test('a registry cannot have tokens made for more than was asked for', async () => {
  await using one = await startRegistry({ login: bearer });
  one.server.putManifest('team/app', manifest(), '1.0');
  const challenge = `Bearer realm="http://${one.server.host}/token",scope="repository:secret/other:pull,push registry:catalog:*"`;
  const headers = { 'www-authenticate': challenge };
  one.server.troubles.push({ on: /manifests/, how: { kind: 'status', status: 401, headers }, times: 1 });
  await one.manifest('1.0');
  const token = one.server.asked().find((line) => line.includes('/token'));
  assert.equal(token, 'GET /token?scope=repository%3Ateam%2Fapp%3Apull');
});

test('a token that is no longer accepted is renewed', async () => {
  await using one = await startRegistry({ login: { kind: 'bearer', uses: 2 } });
  one.server.putManifest('team/app', manifest(), '1.0');
  for (let round = 0; round < 5; round += 1) await one.manifest('1.0');
  assert.equal(one.server.asked().filter((line) => line.includes('/token')).length, 3);
});

test('a token that has expired is not sent', async () => {
  let now = new Date('2026-01-01T00:00:00Z');
  await using one = await startRegistry({ login: bearer }, { now: () => now });
  one.server.putManifest('team/app', manifest(), '1.0');
  await one.manifest('1.0');
  now = new Date('2026-01-01T00:04:55Z');
  await one.manifest('1.0');
  assert.deepEqual(
    one.server.requests.map(({ headers }) => (headers.authorization ?? 'none').slice(0, 14)),
    ['none', 'none', 'Bearer token-0', 'none', 'none', 'Bearer token-1'],
  );
});

/** Surroundings with one auth file. */
const withLogin = async (host: string, entry: object) => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-auth-'));
  const file = join(folder, 'auth.json');
  await writeFile(file, JSON.stringify({ auths: { [host]: entry } }));
  return {
    file,
    environment: { REGISTRY_AUTH_FILE: file },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
};
const pair = { auth: Buffer.from('me:hunter2').toString('base64') };

/** A registry whose client has a login for it. */
const startWithLogin = async (login: FakeLogin, entry: object, more: FakeContextOptions = {}) => {
  const server = await startFakeRegistry({ login });
  const logins = await withLogin(server.host, entry);
  const lines: string[] = [];
  const context = fakeContext({ environment: logins.environment, onLog: (line) => lines.push(line), ...more });
  const client = openRegistryClient(server.host, context, { retries });
  server.putManifest('team/app', manifest(), '1.0');
  return {
    server,
    logins,
    lines,
    manifest: () => client.readManifest('team/app', '1.0', context),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await logins[Symbol.asyncDispose]();
    },
  };
};

test('basic logins, token logins, refresh tokens and registry tokens open a registry', async () => {
  await using basic = await startWithLogin({ kind: 'basic', pair: 'me:hunter2' }, pair);
  assert.ok(await basic.manifest());
  await using token = await startWithLogin({ kind: 'bearer', pair: 'me:hunter2' }, pair);
  assert.ok(await token.manifest());
  assert.ok(token.server.asked().some((line) => line.includes('account=me')));
  await using refresh = await startWithLogin(
    { kind: 'bearer', pair: 'x:y', refreshToken: 'refresh' },
    { identitytoken: 'refresh' },
  );
  assert.ok(await refresh.manifest());
  const post = refresh.server.requests.find(({ method }) => method === 'POST');
  assert.match(post?.body ?? '', /grant_type=refresh_token.*refresh_token=refresh/);
  assert.equal(post?.headers.authorization, undefined);
});

test('without a login the message says where was looked', async () => {
  await using one = await startRegistry({ login: { kind: 'basic', pair: 'me:hunter2' } });
  await fails(one.manifest('1.0'), 'REGISTRY_UNAUTHORIZED', /no login was found \(there is no auth file\)/);
  await using logins = await withLogin('other.example', pair);
  await using two = await startRegistry(
    { login: { kind: 'bearer', pair: 'me:hunter2' } },
    { environment: logins.environment },
  );
  await fails(two.manifest('1.0'), 'REGISTRY_UNAUTHORIZED', /auth\.json: no entry/);
});

test('with a wrong login the message names the file, never the secret', async () => {
  for (const kind of ['basic', 'bearer'] as const) {
    await using one = await startWithLogin({ kind, pair: 'me:other' }, pair);
    await assert.rejects(one.manifest(), (thrown) => {
      assert.ok(isFault(thrown));
      assert.equal(thrown.code, 'REGISTRY_UNAUTHORIZED');
      assert.ok(thrown.message.includes(one.logins.file));
      const shown = `${thrown.message} ${thrown.where} ${thrown.stack ?? ''} ${String(thrown.cause)} ${one.lines.join(' ')}`;
      assert.ok(!shown.includes('hunter2') && !shown.includes(pair.auth));
      return true;
    });
  }
});

test('a registry that always says 401 is asked twice', async () => {
  await using one = await startWithLogin({ kind: 'bearer', uses: 0 }, pair);
  await fails(one.manifest(), 'REGISTRY_UNAUTHORIZED', /was not accepted/);
  assert.equal(one.server.asked().filter((line) => line.includes('manifests')).length, 2);
});

test('a token service of a stranger is refused before it sees anything', async () => {
  await using stranger = await startFakeRegistry({ address: '127.0.0.2', login: bearer });
  const realm = `http://${stranger.host}/token`;
  await using one = await startWithLogin({ kind: 'bearer', realm }, pair);
  await fails(
    one.manifest(),
    'TOKEN_REALM_REFUSED',
    /^127\.0\.0\.1:\d+ asks for a token from 127\.0\.0\.2:\d+: .*--trusted-host/,
  );
  assert.deepEqual(stranger.asked(), []);
});

test('a token service that a person trusts is asked, with the login', async () => {
  await using service = await startFakeRegistry({
    address: '127.0.0.2',
    login: { kind: 'bearer', pair: 'me:hunter2' },
  });
  const server = await startFakeRegistry({ login: { kind: 'bearer', realm: `http://${service.host}/token` } });
  await using logins = await withLogin(server.host, pair);
  const context = fakeContext({ environment: logins.environment, network: { trustedHosts: [service.host] } });
  await using client = openRegistryClient(server.host, context, { retries });
  // The registry does not know the other service's tokens: what counts is who was asked.
  await fails(client.readManifest('team/app', '1.0', context), 'REGISTRY_UNAUTHORIZED');
  assert.equal(service.requests[0]?.headers.authorization, `Basic ${pair.auth}`);
  await server[Symbol.asyncDispose]();
});

test('token services that fail or lie', async () => {
  await using one = await startWithLogin(bearer, pair);
  one.server.troubles.push({ on: /token/, how: { kind: 'status', status: 500 } });
  await fails(one.manifest(), 'TOKEN_SERVICE_FAILED');
  for (const body of ['no JSON', '{}', '[]', 'null', '{"token": "two\\r\\nlines"}', '{"token": 7}']) {
    await using two = await startWithLogin(bearer, pair);
    two.server.troubles.push({ on: /token/, how: { kind: 'status', status: 200, body } });
    await fails(two.manifest(), 'RESPONSE_MALFORMED', /token/);
  }
});

test('credentials do not follow a blob to another host', async () => {
  await using store = await startFakeRegistry();
  await using one = await startWithLogin({ kind: 'basic', pair: 'me:hunter2' }, pair);
  const bytes = noise(100);
  const digest = store.putBlob(bytes);
  one.server.troubles.push({ on: /blobs/, how: { kind: 'redirect', to: `http://${store.host}/v2/a/blobs/${digest}` } });
  const context = fakeContext({ environment: one.logins.environment });
  await using client = openRegistryClient(one.server.host, context, { retries });
  await client.readManifest('team/app', '1.0', context);
  const stream = await client.openBlob('team/app', described(bytes, digest), context);
  assert.ok(bytes.equals(await collect(stream, 1000)));
  assert.ok(one.server.requests.at(-1)?.headers.authorization);
  assert.equal(store.requests[0]?.headers.authorization, undefined);
});
