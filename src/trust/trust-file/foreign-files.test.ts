import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeParty } from '../../../test/fakes/authority.ts';
import { makeKey, makeTrustFolder, publicPem, type TrustContents } from '../../../test/fakes/trust-folder.ts';
import { isFault } from '../../core/fault.ts';
import type { CosignTrust, NotationTrust } from '../../core/trust.ts';
import { parseTrustRoot } from '../cosign/trust-root.ts';
import type { TrustConfiguration } from '../demand.ts';
import { readTrust, type TrustSurroundings } from './read-trust.ts';

const surroundings: TrustSurroundings = { now: new Date(), remembers: true, environment: {} };
const pem = publicPem(makeKey().publicKey);
const keyring = Buffer.from([0xc6, 1, 4]);
const app = { repository: 'registry.example/team/app', tag: '1' };

const read = (
  t: TestContext,
  value: object,
  contents: TrustContents = {},
  more: Partial<TrustSurroundings> = {},
): Promise<TrustConfiguration> => {
  const folder = makeTrustFolder(t, {
    'policy.json': JSON.stringify(value),
    'k.gpg': keyring,
    'k.pub': pem,
    ...contents,
  });
  return readTrust(join(folder, 'policy.json'), { ...surroundings, ...more });
};

const refusal = async (...given: Parameters<typeof read>): Promise<string> => {
  try {
    await read(...given);
  } catch (thrown) {
    assert.ok(isFault(thrown) && thrown.kind === 'misuse', String(thrown));
    return `${thrown.code} ${thrown.message}`;
  }
  return 'accepted';
};

const gpg = { type: 'signedBy', keyType: 'GPGKeys', keyPath: 'k.gpg' };
const sigstore = { type: 'sigstoreSigned', keyPath: 'k.pub' };
const accept = { type: 'insecureAcceptAnything' };

const ofApp = (...requirements: readonly object[]): object => ({
  default: [{ type: 'reject' }],
  transports: { docker: { 'registry.example/team': requirements } },
});

test('a scope of a containers policy may be one digest', async (t) => {
  const digest = `sha256:${'a'.repeat(64)}` as const;
  const scope = `registry.example/team/app@${digest}`;
  const { demandFor } = await read(t, {
    default: [accept],
    transports: { docker: { [scope]: [{ type: 'reject' }] } },
  });
  const askOf = (more: object) => demandFor({ repository: 'registry.example/team/app', ...more }).ask;
  assert.deepEqual([askOf({ digest }), askOf({ tag: '1' })], ['refuse', 'nothing']);
});

test('a containers policy asks for every requirement of the scope that decides', async (t) => {
  const { kind, demandFor } = await read(t, ofApp(gpg, sigstore));
  assert.equal(kind, 'containers-policy');
  const { rule, ask, signers, require, each } = demandFor(app);
  assert.equal(each, true, 'one key may meet several requirements');
  assert.deepEqual([rule, ask, require], ['docker registry.example/team', 'signatures', 2]);
  assert.deepEqual(signers, [
    {
      name: 'signedBy 1',
      trust: { verifier: 'gpg', keyrings: [keyring], identity: { type: 'matchRepoDigestOrExact' } },
      untimed: 'refuse',
    },
    {
      name: 'sigstoreSigned 2',
      trust: { verifier: 'cosign', keys: [pem], log: 'optional', claim: 'reference' },
      untimed: 'refuse',
    },
  ]);
  assert.deepEqual(
    [demandFor({ repository: 'other.example/x' }).rule, demandFor({ repository: 'other.example/x' }).ask],
    ['default', 'refuse'],
  );
  assert.equal(demandFor(undefined).ask, 'refuse');
});

test('what it accepts without a signature is asked of nobody; beside a requirement it asks nothing more', async (t) => {
  assert.equal((await read(t, ofApp(accept))).demandFor(app).ask, 'nothing');
  assert.equal((await read(t, ofApp(accept, gpg))).demandFor(app).require, 1);
  const { findings, demandFor } = await read(t, { default: [accept] });
  assert.equal(demandFor(app).ask, 'nothing');
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['TRUST_POLICY_ACCEPTS'],
  );
});

test('what cannot be asked here refuses, whatever stands beside it, and says why', async (t) => {
  for (const requirement of [
    { ...sigstore, signedIdentity: { type: 'exactRepository', dockerRepository: 'registry.example/other' } },
    { type: 'sigstoreSigned', pki: { caRootsPath: 'k.pub', subjectEmail: 'ann@company.example' } },
    { type: 'signedBaseLayer', baseLayerIdentity: { type: 'matchExact' } },
  ]) {
    const demand = (await read(t, ofApp(gpg, requirement))).demandFor(app);
    assert.deepEqual([demand.ask, demand.signers.length], ['refuse', 0]);
    assert.match(demand.rule, /^docker registry\.example\/team \(/);
  }
  assert.equal((await read(t, ofApp(gpg, { type: 'reject' }))).demandFor(app).ask, 'refuse');
});

test('a Fulcio and a Rekor that it names become a trusted root, and an identity', async (t) => {
  const root = await makeParty({ ca: true });
  const between = await makeParty({ ca: true, issuer: root });
  const contents = {
    'ca.pem': [between, root].map(({ certificate }) => new X509Certificate(certificate).toString()).join(''),
  };
  const fulcio = { caPath: 'ca.pem', oidcIssuer: 'https://issuer.example', subjectEmail: 'ann@company.example' };
  const requirement = { type: 'sigstoreSigned', fulcio, rekorPublicKeyPath: 'k.pub' };
  const [signer] = (await read(t, ofApp(requirement), contents)).demandFor(app).signers;
  const trust = signer?.trust as CosignTrust | undefined;
  assert.deepEqual(
    [trust?.keys, trust?.identities, trust?.log],
    [
      undefined,
      [{ subject: { exact: 'ann@company.example' }, issuer: { exact: 'https://issuer.example' } }],
      'required',
    ],
  );
  const { material, roots } = parseTrustRoot(trust?.trustedRoot ?? '');
  assert.deepEqual([...roots], [Buffer.from(root.certificate).toString('base64')]);
  assert.deepEqual(
    [material.tlogs.length, material.ctlogs.length, material.certificateAuthorities[0]?.certChain.length],
    [1, 0, 2],
  );
  assert.match(
    await refusal(t, ofApp(requirement), { 'ca.pem': new X509Certificate(between.certificate).toString() }),
    /add the root to which it leads/,
  );
  assert.match(await refusal(t, ofApp(requirement), { 'ca.pem': pem }), /the certificate of an authority is needed/);
});

test('a key with a log is asked for an entry in it', async (t) => {
  const [signer] = (await read(t, ofApp({ ...sigstore, rekorPublicKeyPath: 'k.pub' }))).demandFor(app).signers;
  const trust = signer?.trust as CosignTrust | undefined;
  assert.deepEqual([trust?.keys, trust?.log], [[pem], 'required']);
  assert.equal(parseTrustRoot(trust?.trustedRoot ?? '').material.tlogs.length, 1);
});

test('the name that a signature must bear follows signedIdentity', async (t) => {
  const claim = async (type: string) => {
    const [signer] = (await read(t, ofApp({ ...sigstore, signedIdentity: { type } }))).demandFor(app).signers;
    return signer?.trust.verifier === 'cosign' ? signer.trust.claim : undefined;
  };
  assert.equal(await claim('matchRepository'), 'repository');
  assert.equal(await claim('matchExact'), 'reference');
});

test('a key of a containers policy that is missing, private or none is told', async (t) => {
  assert.match(await refusal(t, ofApp({ ...gpg, keyPath: 'absent.gpg' })), /absent\.gpg: there is no such file/);
  assert.match(await refusal(t, ofApp({ ...sigstore, keyPath: 'k.gpg' })), /^TRUST_INVALID /);
  const { privateKey } = makeKey();
  const contents = { 'k.pub': privateKey.export({ type: 'pkcs8', format: 'pem' }) };
  assert.match(await refusal(t, ofApp(sigstore), contents), /^TRUST_PRIVATE_KEY /);
  assert.match(await refusal(t, ofApp({ type: 'trustMe' })), /^CONTAINERS_POLICY_INVALID /);
});

const notation = (stores: readonly string[]): object => ({
  version: '1.0',
  trustPolicies: [
    {
      name: 'all',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores: stores,
      trustedIdentities: ['x509.subject: C=US, ST=WA, O=Example'],
    },
  ],
});

test('a trust policy of Notation is handed on whole, with the stores that it names', async (t) => {
  const { certificate } = await makeParty({ ca: true });
  const policy = notation(['ca:company']);
  const { kind, demandFor } = await read(t, policy, {
    'truststore/x509/ca/company/root.der': certificate,
    'truststore/x509/ca/company/.hidden': 'x',
    'truststore/x509/ca/other/broken.pem': 'x',
  });
  assert.equal(kind, 'notation');
  const { trust } = demandFor(app).signers[0] ?? {};
  assert.deepEqual(trust, {
    verifier: 'notation',
    policy: JSON.stringify(policy),
    stores: { 'ca:company': [Buffer.from(certificate)] },
  });
  assert.equal(demandFor(undefined).ask, 'signatures');
});

test('stores may lie in the user’s folder of Notation', async (t) => {
  const { certificate } = await makeParty({ ca: true });
  const home = makeTrustFolder(t, { '.config/notation/truststore/x509/ca/company/root.crt': certificate });
  const { demandFor } = await read(t, notation(['ca:company']), {}, { environment: { HOME: home } });
  const trust = demandFor(app).signers[0]?.trust as NotationTrust | undefined;
  assert.equal(trust?.stores['ca:company']?.length, 1);
});

test('a store that is missing, empty, or holds something else is told', async (t) => {
  const { certificate } = await makeParty({ ca: true });
  const policy = notation(['ca:company']);
  const store = 'truststore/x509/ca/company';
  assert.match(
    await refusal(t, policy),
    /its trust store ca:company is not there: certificates are looked for in .*truststore\/x509\/ca\/company/,
  );
  assert.match(await refusal(t, policy, { [`${store}/.hidden`]: 'x' }), /the trust store is empty/);
  assert.match(await refusal(t, policy, { [`${store}/readme.txt`]: 'x' }), /no certificate by its name/);
  assert.match(await refusal(t, policy, { [`${store}/k.pem`]: pem }), /holds certificates, and this is a key/);
  assert.match(
    await refusal(t, policy, { [`${store}/r.pem`]: makeKey().privateKey.export({ type: 'pkcs8', format: 'pem' }) }),
    /^TRUST_PRIVATE_KEY /,
  );
  assert.match(await refusal(t, notation(['ca:../../etc'])), /^NOTATION_POLICY_INVALID /);
  const folder = makeTrustFolder(t, {
    'policy.json': JSON.stringify(policy),
    'root.der': certificate,
    [`${store}/own.der`]: certificate,
  });
  symlinkSync('../../../../root.der', join(folder, store, 'link.der'));
  await assert.rejects(readTrust(join(folder, 'policy.json'), surroundings), /it is a link/);
});

test('a signer of our own file may name Notation’s folder, or policy and store apart', async (t) => {
  const { certificate } = await makeParty({ ca: true });
  const own = (block: string): string =>
    `schema: tidewaiter/trust/v1\nreferences:\n  - { name: r, match: "**", signers: [{ name: n, notation: ${block} }] }\n`;
  const folder = makeTrustFolder(t, {
    'one.yaml': own('{ config: conf }'),
    'two.yaml': own('{ trustPolicy: conf/trustpolicy.json, trustStore: conf/truststore/x509 }'),
    'none.yaml': own('{ config: elsewhere }'),
    'conf/trustpolicy.json': JSON.stringify(notation(['ca:company'])),
    'conf/truststore/x509/ca/company/root.der': certificate,
  });
  const trusts = await Promise.all(
    ['one.yaml', 'two.yaml'].map(
      async (name) => (await readTrust(join(folder, name), surroundings)).demandFor(app).signers[0]?.trust,
    ),
  );
  assert.deepEqual(trusts[0], trusts[1]);
  await assert.rejects(
    readTrust(join(folder, 'none.yaml'), surroundings),
    /none\.yaml:3: references\[0\]\.signers\[0\]\.notation: .*there is no trustpolicy\.json/,
  );
});

test('what looks like none of the three is told what to write', async (t) => {
  assert.match(await refusal(t, { hello: 1 }), /write "schema: tidewaiter\/trust\/v1"/);
  assert.match(await refusal(t, []), /write "schema: tidewaiter\/trust\/v1"/);
});
