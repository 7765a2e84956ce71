/** Registries that stall, break off, lie or lead astray, seen from the end of the flow: a verdict that could not be reached, and why. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { exitStatus } from '../../src/app/inspect.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { tarOf } from '../../src/formats/tar-writer.ts';
import type { Built } from '../../src/image/oci-layout-writer.ts';
import { assertVerdict, inShort, markerOf, openHostileFlow, type ExpectedVerdict } from '../builders/hostile-flow.ts';
import { digestOf, noise, storedImage, type StoredImage } from '../builders/hostile-images.ts';
import { startFakeRegistry, type FakeRegistry, type FakeRegistryOptions, type Trouble } from '../fakes/registry.ts';

const flow = await openHostileFlow({ severity: 'info' });
after(() => flow[Symbol.asyncDispose]());

const small = gzipSync(tarOf([{ path: 'etc/small', content: markerOf(1) }]));
const large = gzipSync(tarOf([{ path: 'etc/large', content: `${noise(1, 200_000)}${markerOf(2)}` }]));
const layers = [{ blob: small }, { blob: large }];
const image = storedImage({ layers });
const manifests = /\/manifests\//;
const blobs = /\/blobs\//;
const largeBlob = new RegExp(digestOf(large));
const page = '<!DOCTYPE html><html><title>Please log in</title></html>';
const html = { 'content-type': 'text/html; charset=utf-8' };

interface Case extends ExpectedVerdict {
  readonly name: string;
  readonly troubles: readonly Trouble[];
  readonly image?: Built;
  readonly server?: FakeRegistryOptions;
}

const withLayer = (change: object): Built =>
  storedImage({
    layers,
    manifest: ((body) => ({
      ...body,
      layers: body.layers.map((layer, position) => (position === 1 ? { ...layer, ...change } : layer)),
    })) satisfies StoredImage['manifest'],
  });

const foreign = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
const foreignAt = (url: string): Pick<Case, 'image' | 'troubles'> => ({
  image: withLayer({ mediaType: foreign, urls: [url] }),
  troubles: [{ on: largeBlob, how: { kind: 'status', status: 404 } }],
});
const redirect = (on: RegExp, to: string): readonly Trouble[] => [{ on, how: { kind: 'redirect', to } }];
const unread = { found: [] } as const;
/** The small layer was read all the same. */
const partly = { found: [1] } as const;

const stalls: readonly Case[] = [
  {
    name: 'never answers',
    troubles: [{ on: manifests, how: { kind: 'silence' } }],
    gap: 'REGISTRY_STALLED',
    ...unread,
  },
  {
    name: 'stalls in the manifest',
    troubles: [{ on: manifests, how: { kind: 'stall', bytes: 50 } }],
    gap: 'REGISTRY_STALLED',
    ...unread,
  },
  {
    name: 'sends the manifest a byte at a time',
    troubles: [{ on: manifests, how: { kind: 'drip', everyMs: 50 } }],
    gap: 'REGISTRY_STALLED',
    ...unread,
  },
  {
    name: 'stalls in a layer, always',
    troubles: [{ on: largeBlob, how: { kind: 'stall', bytes: 50_000 } }],
    gap: 'REGISTRY_STALLED',
    ...partly,
  },
  {
    name: 'announces more than it sends, and waits',
    troubles: [{ on: manifests, how: { kind: 'announce', length: 9_000, close: false } }],
    gap: 'REGISTRY_STALLED',
    ...unread,
  },
];

const cases: readonly Case[] = [
  { name: 'nothing goes wrong', troubles: [], found: [1, 2] },
  {
    name: 'breaks the manifest off, always',
    troubles: [{ on: manifests, how: { kind: 'break', bytes: 50 } }],
    gap: 'RESPONSE_TRUNCATED',
    ...unread,
  },
  {
    name: 'breaks a layer off, always at its start',
    troubles: [{ on: largeBlob, how: { kind: 'break', bytes: 10 } }],
    gap: 'REGISTRY_UNREACHABLE',
    ...partly,
  },
  {
    name: 'breaks a layer off once',
    troubles: [{ on: largeBlob, times: 1, how: { kind: 'break', bytes: 90_000 } }],
    found: [1, 2],
  },
  {
    name: 'breaks off, and goes on somewhere else',
    troubles: [
      { on: largeBlob, times: 1, how: { kind: 'break', bytes: 90_000 } },
      { on: largeBlob, how: { kind: 'wrong-range' } },
    ],
    gap: 'RANGE_WRONG',
    ...partly,
  },
  {
    name: 'breaks off, and starts over',
    troubles: [
      { on: largeBlob, times: 1, how: { kind: 'break', bytes: 90_000 } },
      { on: largeBlob, how: { kind: 'ignore-range' } },
    ],
    found: [1, 2],
  },
  {
    name: 'sends more than the layer',
    troubles: [{ on: largeBlob, how: { kind: 'longer', more: 70_000 } }],
    assessment: 'malicious',
    rule: 'layer/size-mismatch',
    ...partly,
  },
  {
    name: 'sends less than the layer, as if it were all',
    troubles: [{ on: largeBlob, how: { kind: 'shorter', bytes: 90_000 } }],
    gap: 'LAYER_TRUNCATED',
    ...partly,
  },
  {
    name: 'announces more than it sends, and closes',
    troubles: [{ on: manifests, how: { kind: 'announce', length: 9_000, close: true } }],
    gap: 'RESPONSE_TRUNCATED',
    ...unread,
  },
  {
    name: 'announces a manifest of a gigabyte',
    troubles: [{ on: manifests, how: { kind: 'announce', length: 2 ** 30, close: true } }],
    gap: 'RESPONSE_TOO_LARGE',
    ...unread,
  },
  { name: 'announces no length', troubles: [{ on: /./, how: { kind: 'unannounced' } }], found: [1, 2] },
  {
    name: 'changes a byte of a layer',
    troubles: [{ on: largeBlob, how: { kind: 'corrupt' } }],
    assessment: 'malicious',
    rule: 'layer/digest-mismatch',
    ...partly,
  },
  {
    name: 'states another digest than the manifest has',
    troubles: [{ on: manifests, how: { kind: 'headers', headers: { 'docker-content-digest': digestOf(small) } } }],
    assessment: 'malicious',
    rule: 'image/manifest-digest-mismatch',
    found: [1, 2],
  },
  {
    name: 'says that the manifest is an index',
    troubles: [
      {
        on: manifests,
        how: { kind: 'headers', headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' } },
      },
    ],
    gap: 'MEDIA_TYPE_DISAGREES',
    ...unread,
  },
  {
    name: 'packs what nobody asked it to pack',
    troubles: [{ on: manifests, how: { kind: 'headers', headers: { 'content-encoding': 'gzip' } } }],
    gap: 'RESPONSE_MALFORMED',
    ...unread,
  },
  {
    name: 'gives a web page for the manifest',
    troubles: [{ on: manifests, how: { kind: 'status', status: 200, headers: html, body: page } }],
    gap: 'CONTENT_TYPE_UNEXPECTED',
    ...unread,
  },
  {
    name: 'gives a web page for a layer',
    troubles: [{ on: largeBlob, how: { kind: 'status', status: 200, headers: html, body: page } }],
    gap: 'CONTENT_TYPE_UNEXPECTED',
    ...partly,
  },
  {
    name: 'gives a web page and calls it a layer',
    troubles: [{ on: largeBlob, how: { kind: 'status', status: 200, body: page } }],
    gap: 'LAYER_NOT_TAR',
    assessment: 'malicious',
    rule: 'layer/digest-mismatch',
    ...partly,
  },
  {
    name: 'is no HTTP server',
    troubles: [{ on: /./, how: { kind: 'garbage' } }],
    gap: 'RESPONSE_MALFORMED',
    ...unread,
  },
  {
    name: 'does not have the manifest',
    troubles: [{ on: manifests, how: { kind: 'status', status: 404 } }],
    gap: 'MANIFEST_UNKNOWN',
    ...unread,
  },
  {
    name: 'does not have a layer',
    troubles: [{ on: largeBlob, how: { kind: 'status', status: 404 } }],
    gap: 'BLOB_UNKNOWN',
    ...partly,
  },
  {
    name: 'is broken',
    troubles: [{ on: blobs, how: { kind: 'status', status: 500 } }],
    gap: 'REGISTRY_FAILED',
    ...unread,
  },
  {
    name: 'wants to be asked again tomorrow',
    troubles: [{ on: manifests, how: { kind: 'status', status: 429, headers: { 'retry-after': '86400' } } }],
    gap: 'REGISTRY_RATE_LIMITED',
    ...unread,
  },
  {
    name: 'refuses',
    troubles: [{ on: manifests, how: { kind: 'status', status: 403 } }],
    gap: 'REGISTRY_FORBIDDEN',
    ...unread,
  },
  {
    name: 'wants a login',
    troubles: [],
    server: { login: { kind: 'basic', pair: 'a:b' } },
    gap: 'REGISTRY_UNAUTHORIZED',
    ...unread,
  },
  {
    name: 'sends for tokens to a stranger',
    troubles: [],
    server: { login: { kind: 'bearer', realm: 'http://tokens.example/token' } },
    gap: 'TOKEN_REALM_REFUSED',
    ...unread,
  },
  {
    name: 'leads in a circle',
    troubles: redirect(manifests, '/v2/team/app/manifests/1?again'),
    gap: 'REDIRECT_LOOP',
    ...unread,
  },
  {
    name: 'leads to another host',
    troubles: redirect(largeBlob, 'https://blobs.example/layer'),
    gap: 'REDIRECT_REFUSED',
    ...partly,
  },
  {
    name: 'leads to a private address',
    troubles: redirect(largeBlob, 'http://10.0.0.1/layer'),
    gap: 'REDIRECT_REFUSED',
    ...partly,
  },
  {
    name: 'leads to the metadata service of a cloud',
    troubles: redirect(manifests, 'http://169.254.169.254/latest/meta-data/'),
    gap: 'REDIRECT_REFUSED',
    ...unread,
  },
  {
    name: 'leads to a private address in disguise',
    troubles: redirect(largeBlob, 'http://[::ffff:10.0.0.1]/layer'),
    gap: 'REDIRECT_REFUSED',
    ...partly,
  },
  { name: 'leads to a file', troubles: redirect(manifests, 'file:///etc/passwd'), gap: 'REDIRECT_REFUSED', ...unread },
  {
    name: 'leads with a password',
    troubles: redirect(manifests, 'http://user:password@127.0.0.1/'),
    gap: 'REDIRECT_REFUSED',
    ...unread,
  },
  {
    name: 'keeps a layer at a private address',
    ...foreignAt('http://10.0.0.1/layer'),
    gap: 'REDIRECT_REFUSED',
    ...partly,
  },
  { name: 'keeps a layer in a file', ...foreignAt('file:///etc/passwd'), gap: 'REDIRECT_REFUSED', ...partly },
  { name: 'keeps a layer at no address', ...foreignAt('http://'), gap: 'RESPONSE_MALFORMED', ...partly },
];

const judgeFrom = async (server: FakeRegistry, built: Built, troubles: readonly Trouble[]): Promise<Verdict> => {
  server.put('team/app', built, '1');
  server.troubles.push(...troubles);
  return flow.inspect(`docker://${server.host}/team/app:1`);
};

const define = ({ name, troubles, image: built = image, server: options, ...expected }: Case): void => {
  test(name, { timeout: 20_000 }, async () => {
    await using server = await startFakeRegistry(options);
    const verdict = await judgeFrom(server, built, troubles);
    assertVerdict(verdict, expected);
    const status = verdict.assessment === 'clean' ? 0 : verdict.assessment === 'malicious' ? 1 : 3;
    assert.equal(exitStatus([verdict], 'deny'), status, inShort(verdict));
  });
};

describe('a registry that keeps us waiting:', { concurrency: 8 }, () => {
  before(() => {
    flow.network.timeoutMs = 800;
  });
  for (const one of stalls) define(one);
});

describe('a registry that', { concurrency: 8 }, () => {
  before(() => {
    flow.network.timeoutMs = 10_000;
  });
  for (const one of cases) define(one);

  test('leads to a server that a person did not name: nothing is sent there', { timeout: 20_000 }, async () => {
    await using stranger = await startFakeRegistry();
    await using server = await startFakeRegistry();
    const to = `http://localhost:${stranger.port}/v2/team/app/blobs/x`;
    const verdict = await judgeFrom(server, image, redirect(largeBlob, to));
    assertVerdict(verdict, { gap: 'REDIRECT_REFUSED', found: [1] });
    assert.deepEqual(stranger.requests, []);
  });

  test('is not there', { timeout: 20_000 }, async () => {
    const server = await startFakeRegistry();
    await server[Symbol.asyncDispose]();
    assertVerdict(await flow.inspect(`docker://${server.host}/team/app:1`), { gap: 'REGISTRY_UNREACHABLE' });
  });
});

test('offline, only a registry on this machine is asked', { timeout: 20_000 }, async () => {
  await using server = await startFakeRegistry();
  await using offline = await openHostileFlow({
    severity: 'info',
    settings: { offline: true },
    network: { offline: true },
  });
  assertVerdict(await offline.inspect('docker://registry.example/team/app:1'), { gap: 'NETWORK_OFFLINE' });
  server.put('team/app', image, '1');
  assertVerdict(await offline.inspect(`docker://${server.host}/team/app:1`), { found: [1, 2] });
});
