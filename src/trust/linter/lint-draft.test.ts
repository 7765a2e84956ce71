/** Each lint with a file that it must catch, and its nearest neighbour that it must not. */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as x509 from '@peculiar/x509';
import { makeParty } from '../../../test/fakes/authority.ts';
import { makeKey, makeTrustFolder, publicPem, type TrustContents } from '../../../test/fakes/trust-folder.ts';
import { lintTrust, type TrustSurroundings } from '../trust-file/read-trust.ts';
import { trustLints } from './lint-draft.ts';

const surroundings: TrustSurroundings = { now: new Date('2026-07-01'), remembers: true, environment: {} };
const head = 'schema: tidewaiter/trust/v1\n';
const contents: TrustContents = { 'a.pub': publicPem(makeKey().publicKey), 'b.pub': publicPem(makeKey().publicKey) };

const lint = async (
  t: TestContext,
  text: string,
  more: TrustContents = {},
  around: Partial<TrustSurroundings> = {},
): Promise<readonly string[]> => {
  const folder = makeTrustFolder(t, { 'trust.yaml': text, ...contents, ...more });
  const findings = await lintTrust(join(folder, 'trust.yaml'), { ...surroundings, ...around });
  return findings.map(({ code, severity, line }) => `${line ?? ''} ${severity} ${code}`);
};

const rule = (signers: string, more = '', match = 'docker://registry.example/**'): string =>
  `${head}references:\n  - name: r\n    match: ${match}\n    signers: ${signers}\n${more}`;
const identity = (subject: string, issuer = 'issuer: "https://issuer.example"'): string =>
  rule(`[{ name: s, cosign: { identities: [{ ${subject}, ${issuer} }] } }]`);
const [a, b] = ['{ name: a, cosign: { key: a.pub } }', '{ name: b, cosign: { key: b.pub } }'];

type Case = readonly [code: string, fires: string, silent: string];

const workflow = String.raw`^https://github\.com/example/app/\.github/workflows/release\.yml@refs/tags/v[0-9.]+$`;
const pattern = (text: string): string => identity(`subjectPattern: '${text}'`);

const two = (first: string, second: string): string =>
  `${head}references:\n  - { name: one, match: ${first}, signers: [${a}] }\n  - { name: two, match: ${second}, signers: [${b}] }\n`;

const cases: readonly Case[] = [
  ['TRUST_NOBODY', rule('[]'), rule(`[${a}]`)],
  ['TRUST_THRESHOLD', rule(`[${a}, ${b}]`, '    require: 3\n'), rule(`[${a}, ${b}]`, '    require: 2\n')],
  ['TRUST_THRESHOLD', rule(`[${a}]`, '    require: 0\n'), rule(`[${a}]`, '    require: 1\n')],
  ['TRUST_THRESHOLD', rule(`[${a}]`, '    require: -1\n'), rule(`[${a}]`, '    require: any\n')],
  ['TRUST_NAME_TWICE', rule(`[${a}, ${b.replace('name: b', 'name: a')}]`), rule(`[${a}, ${b}]`)],
  [
    'TRUST_NAME_TWICE',
    two('docker://a.example/x', 'docker://a.example/y').replace('two', 'one'),
    two('docker://a.example/x', 'docker://a.example/y'),
  ],
  [
    'TRUST_SAME_SIGNER',
    rule(`[${a}, { name: c, cosign: { keys: [b.pub, a.pub] } }]`),
    rule(`[${a}, { name: c, cosign: { keys: [b.pub] } }]`),
  ],
  [
    'TRUST_SAME_SIGNER',
    rule(`[${a}, { name: c, verdict: { key: a.pub } }]`),
    rule(`[${a}, { name: c, verdict: { key: b.pub } }]`),
  ],
  [
    'TRUST_SAME_SIGNER',
    rule(`[${a}, { name: c, cosign: { key: a.pub } }]`),
    rule(`[${a}, { name: c, cosign: { key: a.pub } }]`, '    require: any\n'),
  ],
  [
    'TRUST_RULE_UNREACHABLE',
    two('docker://a.example/**', 'docker://a.example/x:1'),
    two('docker://a.example/x:1', 'docker://a.example/**'),
  ],
  [
    'TRUST_TAG_ONLY',
    rule(`[${a}]`, '', 'docker://a.example/x:prod'),
    rule(`[${a}]`, 'default: refuse\n', 'docker://a.example/x:prod'),
  ],
  [
    'TRUST_TAG_ONLY',
    two('docker://a.example/x:prod', 'docker://a.example/y'),
    two('docker://a.example/x:prod', 'docker://a.example/*'),
  ],
  [
    'TRUST_ACCEPTS_ANYTHING',
    `${head}references: [{ name: r, match: "**", then: unverified }]\n`,
    `${head}references: [{ name: r, match: "**", then: refuse }]\n`,
  ],
  [
    'TRUST_ACCEPTS_ANYTHING',
    `${head}references: [{ name: r, match: "docker://a.example/**", then: unverified }]\n`,
    `${head}references: [{ name: r, match: "docker://a.example/x/**", then: unverified }]\n`,
  ],
  [
    'TRUST_ACCEPTS_ANYTHING',
    `${head}references: [{ name: r, match: "docker://a.example/*/**", then: unverified }]\n`,
    `${head}references: [{ name: r, match: "docker://a.example/x*/**", then: unverified }]\n`,
  ],
  [
    'TRUST_UNTIL_PAST',
    rule(`[${a.slice(0, -2)}, until: 2026-06-30 }]`),
    rule(`[${a.slice(0, -2)}, until: 2026-07-01 }]`),
  ],
  [
    'TRUST_UNTIMED',
    rule(`[${a.slice(0, -2)}, until: 2027-01-01, untimed: accept }]`),
    rule(`[${a.slice(0, -2)}, since: 2026-01-01, untimed: accept }]`),
  ],
  [
    'TRUST_NEVER_TIMED',
    rule('[{ name: v, verdict: { key: a.pub }, until: 2027-01-01 }]'),
    rule('[{ name: v, verdict: { key: a.pub }, until: 2027-01-01, untimed: accept }]'),
  ],
  [
    'TRUST_NEVER_TIMED',
    rule(`[{ name: d, dockerContentTrust: { roots: [${'a'.repeat(64)}] }, since: 2026-01-01 }]`),
    rule('[{ name: a, cosign: { key: a.pub }, since: 2026-01-01 }]'),
  ],
  ['TRUST_SIGNER_UNUSED', `${rule('[a]')}signers: [${a}, ${b}]\n`, `${rule('[a, b]')}signers: [${a}, ${b}]\n`],
  ['TRUST_ANYBODY', pattern('.*'), pattern(workflow)],
  ['TRUST_ANYBODY', pattern('^.+$'), pattern('^.+@company\\.example$')],
  ['TRUST_ANYBODY', identity('subject: "*"'), identity('subject: "ann@company.example"')],
  [
    'TRUST_ISSUER_OPEN',
    identity('subject: x', "issuerPattern: '.*'"),
    identity('subject: x', "issuerPattern: '^https://issuer\\.example$'"),
  ],
  [
    'TRUST_ISSUER_OPEN',
    identity('subject: x', "issuerPattern: '^https://issuer\\.example.*$'"),
    identity('subject: x', "issuerPattern: '^https://issuer\\.example/.*$'"),
  ],
  [
    'TRUST_ISSUER_OPEN',
    identity('subject: x', 'issuer: "*"'),
    identity('subject: x', 'issuer: "https://issuer.example"'),
  ],
  [
    'TRUST_PATTERN_OPEN',
    pattern(String.raw`^https://github\.com/example.*@refs/heads/main$`),
    pattern(String.raw`^https://github\.com/example/.*@refs/heads/main$`),
  ],
  [
    'TRUST_PATTERN_OPEN',
    pattern(String.raw`.*github\.com/example/app@refs/heads/main`),
    pattern(String.raw`https://github\.com/example/app@refs/heads/main`),
  ],
  ['TRUST_PATTERN_DOT', pattern('^ci@build.company.example$'), pattern(String.raw`^ci@build\.company\.example$`)],
  ['TRUST_PATTERN_UNANCHORED', pattern(workflow.slice(1)), pattern(workflow)],
  ['TRUST_PATTERN_UNANCHORED', pattern(workflow.slice(0, -1)), pattern(workflow)],
  [
    'TRUST_WILDCARD_AS_TEXT',
    identity('subject: "https://github.com/example/*"'),
    identity('subject: "https://github.com/example/app"'),
  ],
  [
    'TRUST_ANY_OWNER',
    pattern(String.raw`^https://github\.com/.*@refs/heads/main$`),
    pattern(String.raw`^https://github\.com/example/.*@refs/heads/main$`),
  ],
  ['TRUST_EMAIL_DOMAIN', pattern('^[^@/]+@.*$'), pattern('^[^@]+@company\\.example$')],
  ['TRUST_EMAIL_DOMAIN', pattern('^.*@gmail\\.com$'), pattern('^ann@gmail\\.com$')],
  [
    'TRUST_WORKFLOW_REF',
    pattern(String.raw`^https://github\.com/example/app/\.github/workflows/r\.yml@.*$`),
    pattern(workflow),
  ],
  [
    'TRUST_WORKFLOW_REF',
    identity('subject: "https://github.com/example/app/.github/workflows/r.yml"'),
    identity('subject: "https://github.com/example/app/.github/workflows/r.yml@refs/heads/main"'),
  ],
];

for (const [index, [code, fires, silent]] of cases.entries())
  test(`${code} fires and is silent (${index + 1})`, async (t) => {
    const found = await lint(t, fires);
    assert.ok(
      found.some((line) => line.endsWith(code)),
      `${fires}\n${found.join('\n')}`,
    );
    const quiet = await lint(t, silent);
    assert.ok(!quiet.some((line) => line.endsWith(code)), `${silent}\n${quiet.join('\n')}`);
    // The silent one is a file that is really read, not one that is refused for something else.
    assert.ok(!quiet.some((line) => line.endsWith('TRUST_INVALID')), quiet.join('\n'));
  });

test('a finding is told at its line', async (t) => {
  assert.deepEqual(await lint(t, rule(`[${a}]`, '    require: 2\n')), ['6 fatal TRUST_THRESHOLD']);
});

test('TRUST_KEY_WEAK: RSA below 2048 bits', async (t) => {
  const rsa = (modulusLength: number) => publicPem(generateKeyPairSync('rsa', { modulusLength }).publicKey);
  assert.deepEqual(await lint(t, rule(`[${a}]`), { 'a.pub': rsa(1024) }), ['5 error TRUST_KEY_WEAK']);
  assert.deepEqual(await lint(t, rule(`[${a}]`), { 'a.pub': rsa(2048) }), []);
});

const notation = rule('[{ name: n, notation: { config: notation } }]');
const policyOf = (statement: object): string =>
  JSON.stringify({
    version: '1.0',
    trustPolicies: [
      {
        name: 'all',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:company'],
        trustedIdentities: ['x509.subject: C=US, ST=WA, O=Company'],
        ...statement,
      },
    ],
  });
const notationFolder = (certificate: Uint8Array, statement: object = {}): TrustContents => ({
  'notation/trustpolicy.json': policyOf(statement),
  'notation/truststore/x509/ca/company/root.der': certificate,
});

const sha1Certificate = async (subject: string, issuer: string): Promise<Uint8Array> => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-1' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const day = 86_400_000;
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
  });
  return new Uint8Array(certificate.rawData);
};

test('TRUST_KEY_WEAK: a certificate that is signed over SHA-1, unless it is a root', async (t) => {
  const [root, forgeable] = await Promise.all([
    sha1Certificate('CN=Root', 'CN=Root'),
    sha1Certificate('CN=Below', 'CN=Root'),
  ]);
  const around = { now: new Date() };
  assert.deepEqual(await lint(t, notation, notationFolder(forgeable), around), ['5 error TRUST_KEY_WEAK']);
  assert.deepEqual(await lint(t, notation, notationFolder(root), around), []);
});

test('TRUST_KEY_EXPIRED: certificates that have expired, or are not valid yet', async (t) => {
  const { certificate } = await makeParty({ ca: true });
  const at = async (now: number): Promise<readonly string[]> =>
    lint(t, notation, notationFolder(certificate), { now: new Date(now) });
  assert.deepEqual(await at(Date.now()), []);
  for (const years of [-100, 100])
    assert.deepEqual(await at(Date.now() + years * 365 * 86_400_000), ['5 warning TRUST_KEY_EXPIRED'], `${years}`);
});

/** An RSA key of OpenPGP, version 4, made at the start of 2026, with a certification by itself that ends it after so many days. */
const openPgpKey = (bits: number, days: number): Buffer => {
  const made = Math.floor(Date.parse('2026-01-01') / 1000);
  const body = Buffer.from([4, 0, 0, 0, 0, 1, bits >> 8, bits & 0xff]);
  body.writeUInt32BE(made, 1);
  const id = createHash('sha1')
    .update(Buffer.from([0x99, 0, body.length]))
    .update(body)
    .digest()
    .subarray(12);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(days * 86_400);
  const hashed = Buffer.concat([Buffer.from([5, 9]), end]);
  const issuer = Buffer.concat([Buffer.from([9, 16]), id]);
  const signature = Buffer.concat([
    Buffer.from([4, 0x13, 1, 8, 0, hashed.length]),
    hashed,
    Buffer.from([0, issuer.length]),
    issuer,
  ]);
  return Buffer.concat([Buffer.from([0xc6, body.length]), body, Buffer.from([0xc2, signature.length]), signature]);
};

test('TRUST_KEY_WEAK and TRUST_KEY_EXPIRED: keyrings of OpenPGP', async (t) => {
  const keyring = (...keys: readonly Uint8Array[]): Promise<readonly string[]> =>
    lint(t, rule('[{ name: g, gpg: { keyrings: [k.gpg] } }]'), { 'k.gpg': Buffer.concat(keys) });
  assert.deepEqual(await keyring(openPgpKey(2048, 365)), []);
  assert.deepEqual(await keyring(openPgpKey(1024, 365)), ['5 error TRUST_KEY_WEAK']);
  assert.deepEqual(await keyring(openPgpKey(3072, 30)), ['5 warning TRUST_KEY_EXPIRED']);
  // The keys of former years may stay as long as one is good.
  assert.deepEqual(await keyring(openPgpKey(3072, 30), openPgpKey(4096, 365)), []);
  assert.deepEqual(await keyring(openPgpKey(3072, 30), openPgpKey(4096, 0)), []);
});

test('TRUST_FIRST_USE_FORGOTTEN: without roots, and without a memory', async (t) => {
  const first = rule('[{ name: d, dockerContentTrust: {} }]');
  const pinned = rule(`[{ name: d, dockerContentTrust: { roots: [${'a'.repeat(64)}] } }]`);
  assert.deepEqual(await lint(t, first, {}, { remembers: false }), ['5 error TRUST_FIRST_USE_FORGOTTEN']);
  assert.deepEqual(await lint(t, first, {}, { remembers: true }), []);
  assert.deepEqual(await lint(t, pinned, {}, { remembers: false }), []);
});

test('TRUST_FILE_WRITABLE and TRUST_FILE_SHARED: the file, a key, or the folder', async (t) => {
  const found = async (name: string, mode: number): Promise<readonly string[]> => {
    const folder = makeTrustFolder(t, {
      't/trust.yaml': rule(`[${a.replace('a.pub', '../k/a.pub')}]`),
      'k/a.pub': contents['a.pub'] ?? '',
    });
    chmodSync(join(folder, name), mode);
    return (await lintTrust(join(folder, 't/trust.yaml'), surroundings)).map(({ code, line }) => `${line} ${code}`);
  };
  assert.deepEqual(await found('t/trust.yaml', 0o644), []);
  assert.deepEqual(await found('t/trust.yaml', 0o666), ['1 TRUST_FILE_WRITABLE']);
  assert.deepEqual(await found('t/trust.yaml', 0o664), ['1 TRUST_FILE_SHARED']);
  assert.deepEqual(await found('k/a.pub', 0o602), ['5 TRUST_FILE_WRITABLE']);
  assert.deepEqual(await found('k', 0o777), ['5 TRUST_FILE_WRITABLE']);
  assert.deepEqual(await found('k', 0o1777), []);
});

test('TRUST_NOTATION_SKIPPED: the levels skip and audit', async (t) => {
  const { certificate } = await makeParty({ ca: true });
  const at = async (statement: object): Promise<readonly string[]> =>
    lint(t, notation, notationFolder(certificate, statement), { now: new Date() });
  assert.deepEqual(await at({ signatureVerification: { level: 'audit' } }), ['5 error TRUST_NOTATION_SKIPPED']);
  assert.deepEqual(
    await at({
      signatureVerification: { level: 'skip' },
      registryScopes: ['registry.example/x'],
      trustStores: [],
      trustedIdentities: [],
    }),
    ['5 error TRUST_NOTATION_SKIPPED'],
  );
  assert.deepEqual(await at({ signatureVerification: { level: 'permissive' } }), []);
});

test('TRUST_NOTATION_ANYBODY: any identity, where the authority is a public one', async (t) => {
  const publicOne = await makeParty({
    ca: true,
    subject: 'CN=DigiCert Test Root, O=DigiCert Inc, ST=UT, C=US',
  });
  const own = await makeParty({ ca: true, subject: 'CN=Company Root, O=Company, ST=WA, C=US' });
  const at = async (certificate: Uint8Array, identities: readonly string[]): Promise<readonly string[]> =>
    lint(t, notation, notationFolder(certificate, { trustedIdentities: identities }), { now: new Date() });
  assert.deepEqual(await at(publicOne.certificate, ['*']), ['5 error TRUST_NOTATION_ANYBODY']);
  assert.deepEqual(await at(publicOne.certificate, ['x509.subject: C=US, ST=WA, O=Company']), []);
  assert.deepEqual(await at(own.certificate, ['*']), []);
});

test('TRUST_POLICY_ACCEPTS: what a containers policy accepts without a signature', async (t) => {
  const accept = [{ type: 'insecureAcceptAnything' }];
  const reject = [{ type: 'reject' }];
  const policy = (value: object): Promise<readonly string[]> => lint(t, JSON.stringify(value, undefined, 1));
  assert.deepEqual(await policy({ default: accept }), ['2 error TRUST_POLICY_ACCEPTS']);
  assert.deepEqual(await policy({ default: reject }), []);
  assert.deepEqual(await policy({ default: reject, transports: { docker: { 'a.example/x': accept } } }), [
    '9 error TRUST_POLICY_ACCEPTS',
  ]);
});

test('one key may meet two requirements of a containers policy', async (t) => {
  const signed = { type: 'sigstoreSigned', keyPath: 'a.pub' };
  const twice = [signed, { ...signed, signedIdentity: { type: 'matchRepository' } }];
  assert.deepEqual(await lint(t, JSON.stringify({ default: twice })), []);
});

test('what is allowed and is not there is told; a narrow allowance does not reach further', async (t) => {
  const allow = (code: string): string => `allow: [{ code: ${code}, reason: there is a reason }]`;
  assert.deepEqual(await lint(t, `${rule(`[${a}]`)}${allow('TRUST_ANYBODY')}\n`), ['6 warning TRUST_ALLOW_UNUSED']);
  const elsewhere = rule(
    `[{ name: s, cosign: { identities: [{ subject: "*", issuer: "https://issuer.example" }] } }, { name: b, cosign: { key: b.pub }, ${allow('TRUST_ANYBODY')} }]`,
  );
  assert.deepEqual(await lint(t, elsewhere), ['5 warning TRUST_ALLOW_UNUSED', '5 error TRUST_ANYBODY']);
});

test('every lint has a case here', async () => {
  const { readFileSync } = await import('node:fs');
  const text = readFileSync(import.meta.filename, 'utf8');
  for (const { code } of trustLints) assert.ok(text.includes(code), code);
});
