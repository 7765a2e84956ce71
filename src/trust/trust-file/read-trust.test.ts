import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeTrustFolder, makeKey, publicPem, type TrustContents } from '../../../test/fakes/trust-folder.ts';
import { isFault } from '../../core/fault.ts';
import type { CosignTrust } from '../../core/trust.ts';
import type { TrustConfiguration, TrustDemand } from '../demand.ts';
import { lintTrust, readTrust, type TrustSurroundings } from './read-trust.ts';

const surroundings: TrustSurroundings = { now: new Date('2026-07-01'), remembers: true, environment: {} };

const head = 'schema: tidewaiter/trust/v1\n';
const pem = publicPem(makeKey().publicKey);
const keyId = 'a'.repeat(64);

const read = async (t: TestContext, text: string, contents: TrustContents = {}): Promise<TrustConfiguration> => {
  const folder = makeTrustFolder(t, {
    'trust.yaml': text,
    'a.pub': pem,
    'b.pub': publicPem(makeKey().publicKey),
    ...contents,
  });
  return readTrust(join(folder, 'trust.yaml'), surroundings);
};

const refusal = async (t: TestContext, text: string, contents: TrustContents = {}): Promise<string> => {
  try {
    await read(t, text, contents);
  } catch (thrown) {
    assert.ok(isFault(thrown) && thrown.kind === 'misuse', String(thrown));
    return `${thrown.code} ${thrown.message.replaceAll(/\/\S*\/tidewaiter-trust-\w+\//g, '')}`;
  }
  return 'accepted';
};

const rule = (signers: string, more = ''): string =>
  `${head}references:\n  - name: r\n    match: docker://registry.example/**\n    signers:\n${signers}${more}`;
const signer = (world: string): string => rule(`      - name: s\n        ${world}\n`);

const trustOf = (demand: TrustDemand) => demand.signers[0]?.trust;
const ours = { repository: 'registry.example/team/app', tag: '1' };

test('the first rule that matches decides, with or without a tag; what none matches is the default', async (t) => {
  const { demandFor } = await read(
    t,
    `${head}signers:
  - { name: a, cosign: { key: a.pub } }
  - { name: b, cosign: { keys: [b.pub] } }
references:
  - { name: narrow, match: "docker://registry.example/team/app:1*", signers: [a, b], require: 1 }
  - { name: wide, match: ["docker://registry.example/team/*", "docker://other.example/**"], signers: [b] }
  - { name: open, match: "docker://registry.example/scratch/*", then: unverified }
  - { name: shut, match: "docker://registry.example/old/*", then: refuse }
default: refuse
`,
  );
  const asked = (repository: string, tag?: string) => demandFor({ repository, ...(tag === undefined ? {} : { tag }) });
  assert.deepEqual(
    [asked('registry.example/team/app', '1.2').rule, asked('registry.example/team/app', '1.2').require],
    ['narrow', 1],
  );
  assert.deepEqual(
    asked('registry.example/team/app', '1.2').signers.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.equal(asked('registry.example/team/app', '2').rule, 'wide');
  assert.equal(asked('registry.example/team/app').rule, 'wide');
  assert.equal(asked('other.example/a/b').require, 1);
  assert.deepEqual(asked('registry.example/scratch/x'), { rule: 'open', ask: 'nothing', signers: [], require: 0 });
  assert.equal(asked('registry.example/old/x').ask, 'refuse');
  assert.deepEqual(asked('registry.example.evil.example/team/app'), {
    rule: 'default',
    ask: 'refuse',
    signers: [],
    require: 0,
  });
  assert.equal(demandFor(undefined).rule, 'default');
});

test('without a default nobody is asked; an image without a name is matched by ** alone', async (t) => {
  const { demandFor } = await read(t, signer('cosign: { key: a.pub }'));
  assert.equal(demandFor({ repository: 'other.example/x' }).ask, 'nothing');
  const everything = await read(t, signer('cosign: { key: a.pub }').replace('docker://registry.example/**', '"**"'));
  assert.equal(everything.demandFor(undefined).rule, 'r');
});

test('require is all when left out, any is one', async (t) => {
  const two = '      - { name: a, cosign: { key: a.pub } }\n      - { name: b, cosign: { key: b.pub } }\n';
  for (const [require, count] of [
    ['', 2],
    ['    require: all\n', 2],
    ['    require: any\n', 1],
    ['    require: 2\n', 2],
  ] as const)
    assert.equal((await read(t, rule(two, require))).demandFor(ours).require, count, require);
});

test('a key is a file, PEM or base64, and arrives as PEM', async (t) => {
  const base64 = pem.replaceAll(/-----[^-]+-----|\s/g, '');
  const inline = pem.trim().replaceAll('\n', '\n            ');
  for (const written of ['a.pub', base64, Buffer.from(pem).toString('base64'), `|\n            ${inline}`]) {
    const { demandFor } = await read(t, signer(`cosign:\n          key: ${written}`));
    assert.deepEqual(trustOf(demandFor(ours)), { verifier: 'cosign', keys: [pem], claim: 'digest' }, written);
  }
});

test('an identity is exact or a pattern, each with its issuer', async (t) => {
  const { demandFor } = await read(
    t,
    signer(
      'cosign: { identities: [{ subject: ann@company.example, issuer: "https://issuer.example" }, { subjectPattern: "^[a-z]+@company\\\\.example$", issuerPattern: "^https://issuer\\\\.example$" }], log: optional, claim: reference, trustedRoot: root.json }',
    ),
    { 'root.json': '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}' },
  );
  const trust = trustOf(demandFor(ours)) as CosignTrust;
  assert.deepEqual(trust.identities, [
    { subject: { exact: 'ann@company.example' }, issuer: { exact: 'https://issuer.example' } },
    { subject: { pattern: '^[a-z]+@company\\.example$' }, issuer: { pattern: '^https://issuer\\.example$' } },
  ]);
  assert.deepEqual([trust.log, trust.claim, trust.keys], ['optional', 'reference', undefined]);
  assert.match(trust.trustedRoot ?? '', /trustedroot/);
});

test('the other worlds arrive as their verifiers take them', async (t) => {
  const content = await read(
    t,
    signer(
      `dockerContentTrust: { server: "https://notary.example/", roots: [${keyId}, a.pub], roles: [targets/releases] }`,
    ),
  );
  assert.deepEqual(trustOf(content.demandFor(ours)), {
    verifier: 'docker-content-trust',
    server: 'https://notary.example',
    roots: [keyId, pem],
    roles: ['targets/releases'],
  });
  const verdict = await read(t, signer('verdict: { key: a.pub, maximumRuleAge: 36h }'));
  assert.deepEqual(trustOf(verdict.demandFor(ours)), { verifier: 'verdict', keys: [pem], maximumRuleAgeDays: 1.5 });
  const gpg = await read(t, signer('gpg: { keyrings: [k.gpg], lookaside: ["https://signatures.example"] }'), {
    'k.gpg': Buffer.from([0xc6, 1, 4]),
  });
  assert.deepEqual(trustOf(gpg.demandFor(ours)), {
    verifier: 'gpg',
    keyrings: [Buffer.from([0xc6, 1, 4])],
    lookaside: ['https://signatures.example'],
    identity: { type: 'matchRepoDigestOrExact' },
  });
});

test('days are the whole day, in UTC', async (t) => {
  const dated = rule(
    '      - { name: s, cosign: { key: a.pub }, since: 2026-01-01, until: 2027-06-30, untimed: refuse }\n',
  );
  const [found] = (await read(t, dated)).demandFor(ours).signers;
  assert.deepEqual([found?.since, found?.until], ['2026-01-01T00:00:00.000Z', '2027-06-30T23:59:59.999Z']);
  const instant = rule('      - { name: s, cosign: { key: a.pub }, since: "2026-01-01T02:00:00+02:00" }\n');
  assert.equal((await read(t, instant)).demandFor(ours).signers[0]?.since, '2026-01-01T00:00:00.000Z');
});

test('a mistake is told with its line, path and what to write', async (t) => {
  for (const [text, words] of [
    ['references: []\n', /trust\.yaml:1: it does not say what it is: write "schema: tidewaiter\/trust\/v1"/],
    [`${head}referenzes: []\n`, /trust\.yaml:2: referenzes: unknown field; did you mean "references"/],
    [signer('cosign: { kee: a.pub }'), /trust\.yaml:7: references\[0\]\.signers\[0\]\.cosign\.kee: unknown field/],
    [signer('cosign: { key: a.pub, keys: [b.pub] }'), /a signer is known by key, by keys or by identities/],
    [signer('cosign: { identities: [{ subject: x }] }'), /trust\.yaml:7: .*write either issuer/],
    [signer('cosign: { identities: [{ issuer: x }] }'), /whose signature counts must be said/],
    [signer('cosign: { identities: [{ subjectPattern: "(", issuer: x }] }'), /no pattern of RE2/],
    [
      signer('cosign: { key: absent.pub }'),
      /trust\.yaml:7: references\[0\]\.signers\[0\]\.cosign\.key: absent\.pub: there is no such file/,
    ],
    [signer('cosign: { keys: [] }'), /trust\.yaml:7: references\[0\]\.signers\[0\]\.cosign\.keys: the list is empty/],
    [signer('cosign: { identities: [] }'), /identities: the list is empty/],
    [signer('gpg: { keyrings: [] }'), /keyrings: the list is empty/],
    [signer('since: 2026-01-01'), /a signer lives in one world/],
    [rule('      - nobody\n'), /no signer at the top of the file is called "nobody"/],
    [signer('cosign: { key: a.pub }').replace('docker://registry.example/**', 'registry.example/x'), /can never match/],
    [signer('cosign: { key: a.pub }').replace('docker://registry.example/**', 'oci:dir'), /only images in registries/],
    [`${signer('cosign: { key: a.pub }')}    then: refuse\n`, /write either signers, or then/],
    [rule('      - { name: s, cosign: { key: a.pub }, untimed: accept }\n'), /add one of them/],
    [
      rule('      - { name: s, cosign: { key: a.pub }, since: 2027-01-02, until: 2027-01-01 }\n'),
      /until lies before since/,
    ],
    [rule('      - { name: s, cosign: { key: a.pub }, until: 2027-02-30 }\n'), /a date that exists/],
    [signer('dockerContentTrust: { server: "https://user:secret@notary.example" }'), /without login/],
    [signer('notation: { trustPolicy: a.json }'), /trustPolicy and trustStore/],
    [`${head}references: &x []\nsigners: *x\n`, /aliases are not read/],
  ] as const)
    assert.match(await refusal(t, text), words, text);
});

test('a private key is refused in every form, and nothing of it is shown', async (t) => {
  const { privateKey } = makeKey();
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const encrypted = privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
  const forms: TrustContents = {
    'pkcs8.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'sec1.pem': privateKey.export({ type: 'sec1', format: 'pem' }),
    'encrypted.pem': encrypted,
    'cosign.key': encrypted.replaceAll('ENCRYPTED PRIVATE', 'ENCRYPTED SIGSTORE PRIVATE'),
    'pkcs8.der': pkcs8,
    'rsa.pem': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
  };
  for (const name of [...Object.keys(forms), pkcs8.toString('base64')]) {
    const said = await refusal(t, signer(`cosign: { key: "${name}" }`), forms);
    assert.match(said, /^TRUST_PRIVATE_KEY .*write the public key/, name);
    assert.ok(!said.includes('MI') && !said.includes('BEGIN'), said);
  }
  const secret = { 'k.gpg': Buffer.from([0xc5, 1, 4]), 'k.asc': '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAA==\n' };
  for (const name of Object.keys(secret))
    assert.match(await refusal(t, signer(`gpg: { keyrings: [${name}] }`), secret), /^TRUST_PRIVATE_KEY/, name);
});

test('a damaged key in base64 is not shown as the name of a file', async (t) => {
  const der = makeKey().privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
  const said = await refusal(t, signer(`cosign: { key: "${der.slice(0, 100)}" }`));
  assert.match(said, /neither a file that is there nor a key in base64/);
  assert.ok(!said.includes(der.slice(0, 20)));
});

test('what is no key is told', async (t) => {
  const secp256k1 = publicPem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey);
  for (const [content, words] of [
    ['hello', /neither PEM .* nor DER/],
    [pem.slice(0, 60), /cut off/],
    ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', /its PUBLIC KEY cannot be read/],
    ['-----BEGIN OPENSSH KEY-----\nAAAA\n-----END OPENSSH KEY-----\n', /it holds a OPENSSH KEY/],
    [secp256k1, /no signature can be checked with a key of the type ec \(secp256k1\)/],
    ['x'.repeat(300_000), /larger than 256 KiB/],
  ] as const)
    assert.match(await refusal(t, signer('cosign: { key: k }'), { k: content }), words);
  assert.match(await refusal(t, signer('cosign: { key: . }')), /it is a folder/);
  assert.match(await refusal(t, signer('cosign: { key: /dev/zero }')), /no regular file/);
  assert.match(await refusal(t, signer('cosign: { key: a.pub, trustedRoot: a.pub }')), /not JSON/);
  assert.match(await refusal(t, signer('cosign: { key: a.pub, trustedRoot: j }'), { j: '{}' }), /no trusted root/);
});

test('what the linter calls an error refuses the file; allowed with a reason it does not', async (t) => {
  const open = `${head}references:\n  - name: r\n    match: docker://registry.example/**\n    then: unverified\n`;
  assert.match(
    await refusal(t, open),
    /^TRUST_DANGEROUS trust\.yaml:5: references\[0\]\.then: .*\(TRUST_ACCEPTS_ANYTHING\)\nIf it is right here/,
  );
  const allow = 'allow: [{ code: TRUST_ACCEPTS_ANYTHING, reason: nothing is deployed from it }]\n';
  const { findings } = await read(t, `${open}    ${allow}`);
  assert.deepEqual(
    findings.map(({ code, allowed }) => [code, allowed]),
    [['TRUST_ACCEPTS_ANYTHING', 'nothing is deployed from it']],
  );
  assert.equal((await read(t, `${open}${allow}`)).findings.length, 1);
  assert.match(await refusal(t, `${open}    allow: [{ code: TRUST_ACCEPTS_ANYTHING }]\n`), /reason/);
});

test('what is fatal is never allowed', async (t) => {
  const text = `${rule('      - { name: s, cosign: { key: a.pub } }\n', '    require: 2\n')}allow: [{ code: TRUST_THRESHOLD, reason: because I say so }]\n`;
  assert.match(await refusal(t, text), /^TRUST_DANGEROUS .*1 to 1 \(TRUST_THRESHOLD\)/);
});

test('lint gives what cannot be read as one finding with its line', async (t) => {
  const folder = makeTrustFolder(t, { 't.yaml': `${head}referenzes: []\n` });
  const findings = await lintTrust(join(folder, 't.yaml'), surroundings);
  assert.deepEqual(
    findings.map(({ code, severity, line }) => [code, severity, line]),
    [
      ['TRUST_INVALID', 'fatal', 1],
      ['TRUST_INVALID', 'fatal', 2],
    ],
  );
  assert.match(findings[1]?.message ?? '', /^referenzes: unknown field/);
});

test('lint of a file that is not there is misuse, and no finding', async (t) => {
  const file = join(makeTrustFolder(t, {}), 'absent.yaml');
  await assert.rejects(
    lintTrust(file, surroundings),
    (thrown) => isFault(thrown) && thrown.code === 'TRUST_INVALID' && /no such file/.test(thrown.message),
  );
});

test('the version is that of the text', async (t) => {
  const one = await read(t, signer('cosign: { key: a.pub }'));
  const other = await read(t, `${signer('cosign: { key: a.pub }')}# x\n`);
  assert.match(one.version, /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(one.version, other.version);
});

test('a trust file cut at any length, or changed in any place, is a configuration or a misuse', async (t) => {
  const text = rule('      - { name: s, cosign: { key: a.pub }, since: 2026-01-01 }\n');
  const folder = makeTrustFolder(t, { 'a.pub': pem });
  const outcomes = new Set<string>();
  for (let at = 0; at < text.length; at += 1)
    for (const broken of [
      text.slice(0, at),
      `${text.slice(0, at)}${'{[*&!|>\'"%@`\0\u202e'[at % 14] ?? ''}${text.slice(at + 1)}`,
    ]) {
      writeFileSync(join(folder, 't.yaml'), broken, { mode: 0o600 });
      const answer = await readTrust(join(folder, 't.yaml'), surroundings).then(
        () => 'read',
        (thrown: unknown) => (isFault(thrown) && thrown.kind === 'misuse' ? 'misuse' : String(thrown)),
      );
      outcomes.add(answer);
    }
  assert.deepEqual([...outcomes].sort(), ['misuse', 'read']);
});

test('links are followed to keys, pipes are not waited for', async (t) => {
  const folder = makeTrustFolder(t, { 'a.pub': pem, 't.yaml': signer('cosign: { key: link.pub }') });
  symlinkSync('a.pub', join(folder, 'link.pub'));
  assert.equal((await readTrust(join(folder, 't.yaml'), surroundings)).demandFor(ours).rule, 'r');
  rmSync(join(folder, 'link.pub'));
  execFileSync('mkfifo', [join(folder, 'link.pub')]);
  await assert.rejects(readTrust(join(folder, 't.yaml'), surroundings), /no regular file/);
});
