import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeAuthority } from '../../test/fakes/certificate.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { startFakeRegistry } from '../../test/fakes/registry.ts';
import {
  described,
  fails,
  indexType,
  manifest,
  manifestType,
  noise,
  retries,
  startRegistry,
} from '../../test/fakes/registry-with-client.ts';
import type { Digest } from '../core/digest.ts';
import { isFault } from '../core/fault.ts';
import { openRegistryClient } from './registry-client.ts';

test('a manifest is read by tag and by digest, with all four types accepted', async () => {
  await using one = await startRegistry();
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
  await using one = await startRegistry();
  await fails(
    one.manifest('1.0'),
    'MANIFEST_UNKNOWN',
    /does not have team\/app:1\.0 \(MANIFEST_UNKNOWN: manifest unknown\)/,
  );
  await fails(one.blob(described(noise(9), `sha256:${'0'.repeat(64)}`)), 'BLOB_UNKNOWN');
  await fails(one.client.readTags('team/app', one.context), 'REPOSITORY_UNKNOWN');
});

test('words of a registry are stripped of terminal commands', async () => {
  await using one = await startRegistry();
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: '\u001b[2J::set-env name=x' }] });
  one.server.troubles.push({ on: /./, how: { kind: 'status', status: 403, body } });
  await assert.rejects(
    one.manifest('1.0'),
    (thrown) => isFault(thrown) && thrown.code === 'REGISTRY_FORBIDDEN' && !thrown.message.includes('\u001b'),
  );
});

test('a registry that says another digest than its bytes have is reported', async () => {
  await using one = await startRegistry();
  const digest = one.server.putManifest('team/app', manifest(), '1.0');
  const lie = `sha256:${'a'.repeat(64)}`;
  one.server.troubles.push({ on: /./, how: { kind: 'headers', headers: { 'docker-content-digest': lie } } });
  const answer = await one.manifest('1.0');
  assert.deepEqual([answer.digest, answer.claimedDigest], [digest, lie]);
});

test('a web page is no manifest and no blob', async () => {
  await using one = await startRegistry();
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
  await using one = await startRegistry({}, { limits: { record: 1000 } });
  one.server.putManifest('team/app', manifest({ annotations: { x: 'y'.repeat(2000) } }), 'big');
  await fails(one.manifest('big'), 'RESPONSE_TOO_LARGE', /is \d+ bytes/);
  one.server.troubles.push({ on: /./, how: { kind: 'unannounced' } });
  await fails(one.manifest('big'), 'RESPONSE_TOO_LARGE');
});

test('a document that breaks off is read again; one that always does is given up', async () => {
  await using one = await startRegistry();
  const digest = one.server.putManifest('team/app', manifest(), '1.0');
  one.server.troubles.push({ on: /./, how: { kind: 'break', bytes: 10 }, times: 2 });
  assert.equal((await one.manifest('1.0')).digest, digest);
  one.server.troubles.push({ on: /./, how: { kind: 'break', bytes: 10 } });
  await fails(one.manifest('1.0'), 'RESPONSE_TRUNCATED');
});

const referrersOf = async (one: Awaited<ReturnType<typeof startRegistry>>, digest: string) => {
  const pages: { from: string; manifests: readonly { digest: string }[] }[] = [];
  for await (const { bytes, from } of one.client.walkReferrers('team/app', digest as Digest, one.context))
    pages.push({
      from,
      manifests: (JSON.parse(Buffer.from(bytes).toString()) as { manifests: { digest: string }[] }).manifests,
    });
  return pages;
};

test('referrers come from the API, page by page', async () => {
  await using one = await startRegistry({ pageSize: 2 });
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
  await using one = await startRegistry({ hasReferrers: false });
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
  await using one = await startRegistry({ pageSize: 1 });
  const subject = one.server.putManifest('team/app', manifest(), '1.0');
  for (const n of ['1', '2'])
    one.server.putManifest('team/app', manifest({ subject: { digest: subject }, annotations: { n } }));
  one.server.troubles.push({ on: /from=1/, how: { kind: 'status', status: 404 }, times: 1 });
  await fails(referrersOf(one, subject), 'REGISTRY_ANSWER_UNEXPECTED', /next page/);
  one.server.troubles.push({ on: /referrers/, how: { kind: 'status', status: 500 } });
  await fails(referrersOf(one, subject), 'REGISTRY_FAILED');
});

test('lists that never end, or go on at a stranger, are refused', async () => {
  await using one = await startRegistry();
  const subject = one.server.putManifest('team/app', manifest(), '1.0');
  const link = (target: string) => ({ kind: 'headers', headers: { link: `<${target}>; rel="next"` } }) as const;
  one.server.troubles.push({ on: /referrers/, how: link(`/v2/team/app/referrers/${subject}?again`), times: 3 });
  await fails(referrersOf(one, subject), 'PAGES_TOO_MANY');
  one.server.troubles.push({ on: /referrers/, how: link('https://stranger.example/') });
  await fails(referrersOf(one, subject), 'REDIRECT_REFUSED', /stranger\.example/);
});

test('tags are listed over all pages', async () => {
  await using one = await startRegistry({ pageSize: 2 });
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
  await using one = await startRegistry();
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
  await using one = await startRegistry();
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
  await using one = await startRegistry(
    { tls, login: { kind: 'bearer' } },
    { network: { certificateAuthorities: [authority.certificate] } },
  );
  one.server.putManifest('team/app', manifest(), '1.0');
  assert.ok(await one.manifest('1.0'));
  await using two = await startRegistry({ tls });
  await fails(two.manifest('1.0'), 'TLS_UNTRUSTED');
});

test('the list of repositories is walked over all pages, with a token for it; what is no name is refused', async () => {
  await using one = await startRegistry({ pageSize: 1, login: { kind: 'bearer' } });
  for (const name of ['a/b', 'c', 'd']) one.server.putManifest(name, manifest(), '1');
  const context = fakeContext();
  await using client = openRegistryClient(one.server.host, context, { retries });
  assert.deepEqual(await client.readRepositories(context), ['a/b', 'c', 'd']);
  assert.ok(one.server.asked().some((line) => line.includes(encodeURIComponent('registry:catalog:*'))));
  one.server.putManifest('../x', manifest(), '1');
  await fails(client.readRepositories(context), 'RESPONSE_MALFORMED');
});

test('a question for the digest alone reads no bytes, follows redirects, and knows what is not there', async () => {
  await using one = await startRegistry();
  const digest = one.server.putManifest('team/app', manifest(), '1');
  const context = fakeContext();
  await using client = openRegistryClient(one.server.host, context, { retries });
  assert.equal(await client.headManifest('team/app', '1', context), digest);
  one.server.troubles.push({ on: /manifests\/moved/, how: { kind: 'redirect', to: '/v2/team/app/manifests/1' } });
  assert.equal(await client.headManifest('team/app', 'moved', context), digest);
  await fails(client.headManifest('team/app', 'none', context), 'MANIFEST_UNKNOWN');
  assert.equal(one.server.asked().filter((line) => line.startsWith('GET') && line.includes('manifests')).length, 0);
});
