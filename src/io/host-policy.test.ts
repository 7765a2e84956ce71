import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressRefusal,
  followRefusal,
  isLoopbackHost,
  isSameOrigin,
  isSchemeAllowed,
  originKind,
} from './host-policy.ts';
import type { Errand } from './host-policy.ts';

const rules = { insecureRegistries: [] as readonly string[], trustedHosts: [] as readonly string[] };
const refusal = (from: string, to: string, errand: Errand = 'redirect', more: Partial<typeof rules> = {}) =>
  followRefusal(new URL(from), new URL(to), errand, { ...rules, ...more });

test('a redirect stays on the site, or goes where a well-known registry keeps its blobs', () => {
  assert.equal(refusal('https://registry.example.com/v2/', 'https://cdn.example.com/x'), undefined);
  assert.equal(refusal('https://registry-1.docker.io/', 'https://production.cloudflare.docker.com/x'), undefined);
  assert.equal(
    refusal('https://registry-1.docker.io/', 'https://docker-images-prod.6aa3.r2.cloudflarestorage.com/x'),
    undefined,
  );
  assert.equal(refusal('https://ghcr.io/', 'https://pkg-containers.githubusercontent.com/x'), undefined);
  assert.equal(
    refusal(
      'https://1234.dkr.ecr.eu-west-1.amazonaws.com/',
      'https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/x',
    ),
    undefined,
  );
  assert.equal(refusal('https://team.azurecr.io/', 'https://weu1.blob.core.windows.net/x'), undefined);
  assert.equal(refusal('https://registry.redhat.io/', 'https://cdn01.quay.io/x'), undefined);
});

test('a redirect to a stranger is refused', () => {
  assert.match(
    refusal('https://registry.example.com/', 'https://example.net/') ?? '',
    /not related.*--trusted-host example\.net$/,
  );
  assert.match(
    refusal('https://registry-1.docker.io/', 'https://attacker.r2.cloudflarestorage.com/') ?? '',
    /not related/,
  );
  assert.match(refusal('https://ghcr.io/', 'https://attacker.githubusercontent.com/') ?? '', /not related/);
  assert.match(refusal('https://ghcr.io/', 'https://pkg-containers.githubusercontent.com:8443/') ?? '', /not related/);
  assert.match(
    refusal('https://1.dkr.ecr.us-east-1.amazonaws.com/', 'https://loot.s3.us-east-1.amazonaws.com/') ?? '',
    /not related/,
  );
  assert.match(refusal('https://registry.example.com/', 'https://169.254.169.254/') ?? '', /not related/);
});

test('a token service is looked for in its own list, not among blob stores', () => {
  assert.equal(refusal('https://registry-1.docker.io/', 'https://auth.docker.io/token', 'realm'), undefined);
  assert.equal(refusal('https://registry.digitalocean.com/', 'https://api.digitalocean.com/token', 'realm'), undefined);
  assert.match(
    refusal('https://ghcr.io/', 'https://pkg-containers.githubusercontent.com/', 'realm') ?? '',
    /not related/,
  );
});

test('only foreign layers may lie at the publisher of Windows base layers', () => {
  const to = 'https://mcr.microsoft.com/v2/windows/nanoserver/blobs/x';
  assert.equal(refusal('https://registry.example.com/', to, 'urls'), undefined);
  assert.match(refusal('https://registry.example.com/', to, 'redirect') ?? '', /not related/);
});

test('HTTPS never leads to plain HTTP, except on this machine', () => {
  assert.match(
    refusal('https://registry.example.com/', 'http://registry.example.com/') ?? '',
    /from HTTPS to plain HTTP$/,
  );
  assert.match(
    refusal('https://r.example.com/', 'http://r.example.com/', 'redirect', { insecureRegistries: ['r.example.com'] }) ??
      '',
    /from HTTPS to plain HTTP/,
  );
  assert.equal(refusal('https://localhost:5001/', 'http://localhost:5000/'), undefined);
  assert.equal(refusal('http://localhost:5000/', 'https://localhost:5001/'), undefined);
  assert.match(
    refusal('http://r.example.com/', 'http://cdn.example.com/') ?? '',
    /not listed as insecure.*--insecure-registry cdn/,
  );
});

test('other schemes and credentials in the address are refused', () => {
  assert.match(refusal('https://r.example.com/', 'file:///etc/passwd') ?? '', /file: is not followed/);
  assert.match(refusal('https://r.example.com/', 'ftp://r.example.com/') ?? '', /ftp:/);
  assert.match(refusal('https://r.example.com/', 'https://me:secret@r.example.com/') ?? '', /user name/);
});

test('a trusted host is followed to, its neighbour is not', () => {
  const more = { trustedHosts: ['blobs.example.net', '*.store.example.net', 'one.example.net:8443'] };
  assert.equal(refusal('https://r.example.com/', 'https://blobs.example.net/', 'redirect', more), undefined);
  assert.equal(refusal('https://r.example.com/', 'https://a.store.example.net/', 'redirect', more), undefined);
  assert.equal(refusal('https://r.example.com/', 'https://one.example.net:8443/', 'redirect', more), undefined);
  for (const stranger of ['https://other.example.net/', 'https://a.b.store.example.net/', 'https://one.example.net/'])
    assert.match(refusal('https://r.example.com/', stranger, 'redirect', more) ?? '', /not related/, stranger);
});

test('plain HTTP is for this machine and listed registries', () => {
  assert.ok(isSchemeAllowed(new URL('http://127.0.0.1:5000/'), rules));
  assert.ok(isSchemeAllowed(new URL('http://[::1]:5000/'), rules));
  assert.ok(!isSchemeAllowed(new URL('http://r.example.com/'), rules));
  assert.ok(
    isSchemeAllowed(new URL('http://r.example.com:5000/'), { ...rules, insecureRegistries: ['r.example.com:5000'] }),
  );
  assert.ok(
    !isSchemeAllowed(new URL('http://r.example.com:5001/'), { ...rules, insecureRegistries: ['r.example.com:5000'] }),
  );
  assert.ok(!isLoopbackHost('localhost.example.com'));
  assert.ok(isLoopbackHost('127.8.9.10'));
});

test('an authority’s word on revocation is signed: plain HTTP, also inside, and never to a metadata service', () => {
  assert.ok(isSchemeAllowed(new URL('http://crl.example.com/'), rules, 'revocation'));
  assert.ok(!isSchemeAllowed(new URL('ftp://crl.example.com/'), rules, 'revocation'));
  assert.equal(addressOf('http://crl.corp.example/', '10.0.0.2', 'revocation', 'public'), undefined);
  assert.match(addressOf('http://crl.example/', '169.254.169.254', 'revocation', undefined) ?? '', /link-local/);
});

test('an origin is scheme, host and port', () => {
  assert.ok(isSameOrigin(new URL('https://r.example.com/a'), new URL('https://R.example.com.:443/b')));
  for (const other of ['http://r.example.com/', 'https://r.example.com:444/', 'https://s.example.com/'])
    assert.ok(!isSameOrigin(new URL('https://r.example.com/'), new URL(other)), other);
});

const addressOf = (
  url: string,
  address: string,
  errand: Errand,
  origin: Parameters<typeof addressRefusal>[3],
  more: Partial<typeof rules> = {},
) => addressRefusal(new URL(url), [address], errand, origin, { ...rules, ...more });

test('a public registry never leads to a private address, however it is written', () => {
  for (const address of ['10.0.0.1', '127.0.0.1', '::1', 'fd00::1', '::ffff:192.168.0.1', '64:ff9b::10.0.0.1'])
    assert.match(addressOf('https://cdn.example.com/', address, 'redirect', 'public') ?? '', /resolves to/, address);
  assert.equal(addressOf('https://cdn.example.com/', '8.8.8.8', 'redirect', 'public'), undefined);
});

test('a private registry may lead to its own network, not to this machine', () => {
  assert.equal(addressOf('https://cdn.corp.example/', '10.0.0.2', 'redirect', 'private'), undefined);
  assert.equal(addressOf('https://cdn.corp.example/', '8.8.8.8', 'redirect', 'private'), undefined);
  assert.match(addressOf('https://cdn.corp.example/', '127.0.0.1', 'redirect', 'private') ?? '', /loopback/);
});

test('a private registry that a person named is spoken to', () => {
  assert.equal(addressOf('https://registry.corp.example/', '10.0.0.2', 'direct', undefined), undefined);
  assert.equal(addressOf('https://registry.example/', '127.0.0.1', 'direct', undefined), undefined);
});

test('metadata addresses are refused even when named as a registry, unless listed', () => {
  assert.match(addressOf('http://169.254.169.254/', '169.254.169.254', 'direct', undefined) ?? '', /link-local/);
  assert.match(addressOf('https://r.example/', '0.0.0.0', 'direct', undefined) ?? '', /special/);
  const insecureRegistries = ['169.254.10.1:5000'];
  assert.equal(
    addressOf('http://169.254.10.1:5000/', '169.254.10.1', 'direct', undefined, { insecureRegistries }),
    undefined,
  );
  const trustedHosts = ['*.example'];
  assert.match(addressOf('https://r.example/', 'fe80::1', 'redirect', 'public', { trustedHosts }) ?? '', /link-local/);
});

test('a name that promises this machine must lead to it', () => {
  assert.match(addressOf('http://localhost:5000/', '8.8.8.8', 'direct', undefined) ?? '', /not this machine/);
  assert.equal(addressOf('http://localhost:5000/', '127.0.0.1', 'direct', undefined), undefined);
});

test('one forbidden address among several is enough', () => {
  const url = new URL('https://cdn.example.com/');
  assert.match(addressRefusal(url, ['8.8.8.8', '10.0.0.1'], 'redirect', 'public', rules) ?? '', /10\.0\.0\.1/);
  assert.equal(originKind(['10.0.0.1', '8.8.8.8']), 'public');
  assert.equal(originKind(['127.0.0.1', '10.0.0.1']), 'private');
});
