import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeAuthority } from '../../test/fakes/certificate.ts';
import { fakeContext, type FakeContextOptions } from '../../test/fakes/context.ts';
import { startFakeRegistry, type FakeLogin, type FakeRegistryOptions } from '../../test/fakes/registry.ts';
import { collect } from '../core/collect.ts';
import type { Digest } from '../core/digest.ts';
import { isFault } from '../core/fault.ts';
import { openRegistryClient, type BlobDescriptor } from './registry-client.ts';

const retries = { attempts: 3, pauseMs: 2, longestPauseMs: 2000 };
const indexType = 'application/vnd.oci.image.index.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const manifest = (more: object = {}) => ({
  mediaType: manifestType,
  bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config: {}, layers: [], ...more })),
});

const fails = async (work: Promise<unknown>, code: string, words?: RegExp): Promise<void> => {
  await assert.rejects(work, (thrown) => {
    assert.ok(isFault(thrown), String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    if (words !== undefined) assert.match(thrown.message, words);
    return true;
  });
};

/** A fake registry with a client for it. */
const start = async (options: FakeRegistryOptions = {}, surroundings: FakeContextOptions = {}) => {
  const server = await startFakeRegistry(options);
  const context = fakeContext(surroundings);
  const client = openRegistryClient(server.host, context, { retries, systemFolder: '/nonexistent' });
  return {
    server,
    context,
    client,
    manifest: (name: string) => client.readManifest('team/app', name, context),
    blob: async (blob: BlobDescriptor) => collect(await client.openBlob('team/app', blob, context), 1e8),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};

/** Bytes that differ everywhere, so that a wrong offset shows. */
const noise = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) createHash('sha256').update(String(at)).digest().copy(bytes, at);
  return bytes;
};
const described = (bytes: Uint8Array, digest: string): BlobDescriptor => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  digest: digest as Digest,
  size: bytes.length,
});

test('a manifest is read by tag and by digest, with all four types accepted', async () => {
  await using one = await start();
  const digest = one.server.putManifest('team/app', manifest(), '1.0');
  const answer = await one.manifest('1.0');
  assert.deepEqual([answer.digest, answer.contentType, answer.claimedDigest], [digest, manifestType, undefined]);
  assert.deepEqual(Buffer.from((await one.manifest(digest)).bytes), manifest().bytes);
  const accept = one.server.requests[0]?.headers.accept ?? '';
  for (const type of ['oci.image.index.v1', 'oci.image.manifest.v1', 'manifest.list.v2', 'distribution.manifest.v2'])
    assert.ok(accept.includes(type), type);
  assert.deepEqual(
    one.server.asked(),
    ['GET /v2/team/app/manifests/1.0', `GET /v2/team/app/manifests/${digest}`],
    'no ping, no HEAD',
  );
});

test('what is not there is named, with the words of the registry', async () => {
  await using one = await start();
  await fails(
    one.manifest('1.0'),
    'MANIFEST_UNKNOWN',
    /does not have team\/app:1\.0 \(MANIFEST_UNKNOWN: manifest unknown\)/,
  );
  await fails(one.blob(described(noise(9), `sha256:${'0'.repeat(64)}`)), 'BLOB_UNKNOWN');
  await fails(one.client.readTags('team/app', one.context), 'REPOSITORY_UNKNOWN');
});

test('words of a registry are stripped of terminal commands', async () => {
  await using one = await start();
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: '\u001b[2J::set-env name=x' }] });
  one.server.troubles.push({ on: /./, how: { kind: 'status', status: 403, body } });
  await assert.rejects(
    one.manifest('1.0'),
    (thrown) => isFault(thrown) && thrown.code === 'REGISTRY_FORBIDDEN' && !thrown.message.includes('\u001b'),
  );
});

test('a registry that says another digest than its bytes have is reported', async () => {
  await using one = await start();
  const digest = one.server.putManifest('team/app', manifest(), '1.0');
  const lie = `sha256:${'a'.repeat(64)}`;
  one.server.troubles.push({ on: /./, how: { kind: 'headers', headers: { 'docker-content-digest': lie } } });
  const answer = await one.manifest('1.0');
  assert.deepEqual([answer.digest, answer.claimedDigest], [digest, lie]);
});

test('a web page is no manifest and no blob', async () => {
  await using one = await start();
  const bytes = noise(100);
  const blob = described(bytes, one.server.putBlob(bytes));
  const page = {
    kind: 'status',
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<html>',
  } as const;
  one.server.troubles.push({ on: /./, how: page, times: 2 });
  await fails(one.manifest('1.0'), 'CONTENT_TYPE_UNEXPECTED', /web page/);
  await fails(one.blob(blob), 'CONTENT_TYPE_UNEXPECTED');
  one.server.troubles.push({ on: /./, how: { kind: 'headers', headers: { 'content-type': 'text/html' } } });
  assert.equal((await one.blob(blob)).length, 100, 'a blob of the right size may be mislabelled');
});

test('a manifest larger than the limit is not read, announced or not', async () => {
  await using one = await start({}, { limits: { record: 1000 } });
  one.server.putManifest('team/app', manifest({ annotations: { x: 'y'.repeat(2000) } }), 'big');
  await fails(one.manifest('big'), 'RESPONSE_TOO_LARGE', /is \d+ bytes/);
  one.server.troubles.push({ on: /./, how: { kind: 'unannounced' } });
  await fails(one.manifest('big'), 'RESPONSE_TOO_LARGE');
});

test('a document that breaks off is read again; one that always does is given up', async () => {
  await using one = await start();
  const digest = one.server.putManifest('team/app', manifest(), '1.0');
  one.server.troubles.push({ on: /./, how: { kind: 'break', bytes: 10 }, times: 2 });
  assert.equal((await one.manifest('1.0')).digest, digest);
  one.server.troubles.push({ on: /./, how: { kind: 'break', bytes: 10 } });
  await fails(one.manifest('1.0'), 'RESPONSE_TRUNCATED');
});

test('a blob goes on where the connection broke', async () => {
  await using one = await start();
  const bytes = noise(1_000_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 200_000 }, times: 3 });
  assert.ok(bytes.equals(await one.blob(blob)));
  const ranges = one.server.requests.map(({ headers }) => headers.range);
  assert.deepEqual(ranges, [undefined, 'bytes=200000-', 'bytes=400000-', 'bytes=600000-']);
});

test('a server that ignores Range starts over, and what was given is skipped', async () => {
  await using one = await start();
  const bytes = noise(500_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 123_457 }, times: 1 });
  one.server.troubles.push({ on: /blobs/, how: { kind: 'ignore-range' } });
  assert.ok(bytes.equals(await one.blob(blob)));
});

test('a server that sends another range than asked for is not believed', async () => {
  await using one = await start();
  const bytes = noise(500_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 1000 }, times: 1 });
  one.server.troubles.push({ on: /blobs/, how: { kind: 'wrong-range' } });
  await fails(one.blob(blob), 'RANGE_WRONG');
});

test('a blob that makes no progress is given up', async () => {
  await using one = await start();
  const bytes = noise(500_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 10 } });
  await fails(one.blob(blob), 'REGISTRY_UNREACHABLE');
  assert.equal(one.server.requests.length, 3);
});

test('a blob that stalls is taken up once, then given up', async () => {
  await using one = await start({}, { network: { timeoutMs: 250 } });
  const bytes = noise(500_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'stall', bytes: 100_000 }, times: 1 });
  assert.ok(bytes.equals(await one.blob(blob)));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'stall', bytes: 100_000 } });
  await fails(one.blob(blob), 'REGISTRY_STALLED');
});

test('a blob that is longer than the manifest says is cut off', async () => {
  await using one = await start();
  const bytes = noise(1000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'longer', more: 5_000_000 } });
  await fails(one.blob(blob), 'BLOB_TOO_LONG', /more than the 1000 bytes/);
});

test('a blob that is shorter ends, for the reader to compare', async () => {
  await using one = await start();
  const bytes = noise(1000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'shorter', bytes: 400 } });
  assert.equal((await one.blob(blob)).length, 400);
});

test('a length that is announced too long does not hide that all is there', async () => {
  const bytes = noise(1000);
  for (const close of [true, false]) {
    await using one = await start({}, { network: { timeoutMs: 200 } });
    const blob = described(bytes, one.server.putBlob(bytes));
    one.server.troubles.push({ on: /blobs/, how: { kind: 'announce', length: 2000, close } });
    assert.ok(bytes.equals(await one.blob(blob)));
  }
});

const bearer: FakeLogin = { kind: 'bearer' };

test('a token is fetched once for many requests, and only to read the one repository', async () => {
  await using one = await start({ login: bearer });
  one.server.putManifest('team/app', manifest(), '1.0');
  await Promise.all([one.manifest('1.0'), one.manifest('1.0'), one.manifest('1.0')]);
  await one.manifest('1.0');
  const tokens = one.server.asked().filter((line) => line.includes('/token'));
  assert.deepEqual(tokens, ['GET /token?service=fake&scope=repository%3Ateam%2Fapp%3Apull']);
});

test('a token that is no longer accepted is renewed', async () => {
  await using one = await start({ login: { kind: 'bearer', uses: 2 } });
  one.server.putManifest('team/app', manifest(), '1.0');
  for (let round = 0; round < 5; round += 1) await one.manifest('1.0');
  assert.equal(one.server.asked().filter((line) => line.includes('/token')).length, 3);
});

test('a token that has expired is not sent', async () => {
  let now = new Date('2026-01-01T00:00:00Z');
  await using one = await start({ login: bearer }, { now: () => now });
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
  await using one = await start({ login: { kind: 'basic', pair: 'me:hunter2' } });
  await fails(one.manifest('1.0'), 'REGISTRY_UNAUTHORIZED', /no login was found \(there is no auth file\)/);
  await using logins = await withLogin('other.example', pair);
  await using two = await start({ login: { kind: 'bearer', pair: 'me:hunter2' } }, { environment: logins.environment });
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

const referrersOf = async (one: Awaited<ReturnType<typeof start>>, digest: string) => {
  const pages: { from: string; manifests: readonly { digest: string }[] }[] = [];
  for await (const { bytes, from } of one.client.walkReferrers('team/app', digest as Digest, one.context))
    pages.push({
      from,
      manifests: (JSON.parse(Buffer.from(bytes).toString()) as { manifests: { digest: string }[] }).manifests,
    });
  return pages;
};

test('referrers come from the API, page by page', async () => {
  await using one = await start({ pageSize: 2 });
  const subject = one.server.putManifest('team/app', manifest(), '1.0');
  const mine = [1, 2, 3].map((n) =>
    one.server.putManifest('team/app', manifest({ subject: { digest: subject }, annotations: { n: String(n) } })),
  );
  const pages = await referrersOf(one, subject);
  assert.deepEqual(
    pages.map(({ from, manifests }) => [from, manifests.length]),
    [
      ['api', 2],
      ['api', 1],
    ],
  );
  assert.deepEqual(
    pages.flatMap(({ manifests }) => manifests.map(({ digest }) => digest)),
    mine,
  );
});

test('without the API the tag stands in; without the tag there are none', async () => {
  await using one = await start({ hasReferrers: false });
  const subject = one.server.putManifest('team/app', manifest(), '1.0');
  assert.deepEqual(await referrersOf(one, subject), []);
  const index = {
    mediaType: indexType,
    bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [{ digest: 'x' }] })),
  };
  one.server.putManifest('team/app', index, subject.replace(':', '-'));
  assert.deepEqual(await referrersOf(one, subject), [{ from: 'tag', manifests: [{ digest: 'x' }] }]);
});

test('a list of referrers that fails is not an empty one', async () => {
  await using one = await start({ pageSize: 1 });
  const subject = one.server.putManifest('team/app', manifest(), '1.0');
  for (const n of ['1', '2'])
    one.server.putManifest('team/app', manifest({ subject: { digest: subject }, annotations: { n } }));
  one.server.troubles.push({ on: /from=1/, how: { kind: 'status', status: 404 }, times: 1 });
  await fails(referrersOf(one, subject), 'REGISTRY_ANSWER_UNEXPECTED', /next page/);
  one.server.troubles.push({ on: /referrers/, how: { kind: 'status', status: 500 } });
  await fails(referrersOf(one, subject), 'REGISTRY_FAILED');
});

test('lists that never end, or go on at a stranger, are refused', async () => {
  await using one = await start();
  const subject = one.server.putManifest('team/app', manifest(), '1.0');
  const link = (target: string) => ({ kind: 'headers', headers: { link: `<${target}>; rel="next"` } }) as const;
  one.server.troubles.push({ on: /referrers/, how: link(`/v2/team/app/referrers/${subject}?again`), times: 3 });
  await fails(referrersOf(one, subject), 'PAGES_TOO_MANY');
  one.server.troubles.push({ on: /referrers/, how: link('https://stranger.example/') });
  await fails(referrersOf(one, subject), 'REDIRECT_REFUSED', /stranger\.example/);
});

test('tags are listed over all pages', async () => {
  await using one = await start({ pageSize: 2 });
  for (const tag of ['1', '2', '3', '4', '5']) one.server.putManifest('team/app', manifest(), tag);
  assert.deepEqual(await one.client.readTags('team/app', one.context), ['1', '2', '3', '4', '5']);
  one.server.troubles.push({ on: /tags/, how: { kind: 'status', status: 200, body: '{"tags": ["ok", "../../x"]}' } });
  await fails(one.client.readTags('team/app', one.context), 'RESPONSE_MALFORMED');
});

test('a foreign layer is looked for where it says, if that place may be asked', async () => {
  await using elsewhere = await startFakeRegistry();
  const bytes = noise(1000);
  const digest = elsewhere.putBlob(bytes);
  const layer = { ...described(bytes, digest), mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' };
  const here = `http://${elsewhere.host}/v2/a/blobs/${digest}`;
  await using one = await start();
  const lost = { ...layer, urls: ['https://stranger.example/layer', here] };
  assert.ok(bytes.equals(await one.blob(lost)));
  await fails(
    one.blob({ ...layer, urls: ['https://stranger.example/layer'] }),
    'REDIRECT_REFUSED',
    /stranger\.example/,
  );
  await fails(one.blob({ ...described(bytes, digest), urls: [here] }), 'BLOB_UNKNOWN');
});

test('plain HTTP is found out by itself on this machine; elsewhere the message says how to allow it', async () => {
  await using one = await start();
  one.server.putManifest('team/app', manifest(), '1.0');
  assert.ok(await one.manifest('1.0'));
  const resolve = async () => ['8.8.8.8'];
  const connectTo = () => '127.0.0.1';
  const registry = `r.example:${one.server.port}`;
  const read = async (insecureRegistries: readonly string[]) => {
    const context = fakeContext({ network: { insecureRegistries } });
    await using client = openRegistryClient(registry, context, { retries, resolve, connectTo });
    return client.readManifest('team/app', '1.0', context);
  };
  await fails(read([]), 'PLAIN_HTTP_REFUSED', /--insecure-registry r\.example:\d+/);
  assert.ok(await read([registry]));
});

test('a registry with TLS is spoken to with TLS, and one that is not trusted does not fall back', async () => {
  const authority = fakeAuthority();
  const tls = authority.issue(['127.0.0.1']);
  await using one = await start(
    { tls, login: bearer },
    { network: { certificateAuthorities: [authority.certificate] } },
  );
  one.server.putManifest('team/app', manifest(), '1.0');
  assert.ok(await one.manifest('1.0'));
  await using two = await start({ tls });
  await fails(two.manifest('1.0'), 'TLS_UNTRUSTED');
});
