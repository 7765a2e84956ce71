/** docs/trust.md and the published schema, held against the reader and the linter. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { makeParty } from '../../../test/fakes/authority.ts';
import { makeKey, makeTrustFolder, publicPem } from '../../../test/fakes/trust-folder.ts';
import { trustLints } from '../linter/lint-draft.ts';
import { formatFinding, lintTrust, readTrust, type TrustSurroundings } from './read-trust.ts';

const root = join(import.meta.dirname, '../../..');
const manual = readFileSync(join(root, 'docs/trust.md'), 'utf8');
const examples = [...manual.matchAll(/```yaml\n(schema: .*?)```/gs)].map(([, text = '']) => text);

const surroundings: TrustSurroundings = { now: new Date(), remembers: true, environment: {} };

const trustPolicy = JSON.stringify({
  version: '1.0',
  trustPolicies: [
    {
      name: 'vendor',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:vendor'],
      trustedIdentities: ['x509.subject: C=US, ST=WA, O=Example'],
    },
  ],
});

const makeExample = async (t: TestContext, text: string): Promise<string> =>
  join(
    makeTrustFolder(t, {
      'trust.yaml': text,
      'keys/release.pub': publicPem(makeKey().publicKey),
      'keys/scanner.pub': publicPem(makeKey().publicKey),
      'keys/distribution.gpg': Buffer.from([0xc6, 1, 4]),
      'sigstore-root.json': '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
      'notation/trustpolicy.json': trustPolicy,
      'notation/truststore/x509/ca/vendor/root.der': (await makeParty({ ca: true })).certificate,
    }),
    'trust.yaml',
  );

test('every trust file in the manual is read, and the linter says nothing that is not allowed', async (t) => {
  assert.ok(examples.length >= 4);
  for (const text of examples) {
    const { findings } = await readTrust(await makeExample(t, text), surroundings);
    assert.deepEqual(findings.filter(({ allowed }) => allowed === undefined).map(formatFinding), []);
  }
});

test('the first example of the manual asks what its comments say', async (t) => {
  const { demandFor } = await readTrust(await makeExample(t, examples[0] ?? ''), surroundings);
  const asked = (repository: string): string => {
    const { rule, ask, signers, require } = demandFor({ repository, tag: '1' });
    return `${rule}: ${ask} ${require}/${signers.length}`;
  };
  assert.equal(asked('registry.example/payments/api'), 'payments: signatures 2/2');
  assert.equal(asked('registry.example/team/app'), 'everything-else-of-ours: signatures 1/1');
  assert.equal(asked('registry.example:5000/scratch/x'), 'scratch: nothing 0/0');
  assert.equal(asked('docker.io/library/nginx'), 'default: refuse 0/0');
});

test('the mistakes that the manual shows are told in its words', async (t) => {
  const [first = ''] = examples;
  const told = async (from: string, to: string): Promise<readonly string[]> =>
    (await lintTrust(await makeExample(t, first.replace(from, to)), surroundings)).map(
      ({ line, message }) => `${line}: ${message}`,
    );
  const shown = [...manual.matchAll(/^trust\.yaml:(\d+): (.*)$/gm)].map(
    ([, line = '', words = '']) => `${line}: ${words}`,
  );
  const [misspelt = '', unknown = '', issuer = '', open = ''] = shown;
  assert.equal(shown.length, 4);
  const [said = ''] = await told('release.pub', 'relaese.pub');
  assert.equal(said.replace(/\/\S*tidewaiter-trust-\w+/, '/srv'), misspelt);
  assert.deepEqual(await told('- release-team\n', '- release-tean\n'), [unknown]);
  assert.deepEqual(await told('              issuer: https://token.actions.githubusercontent.com\n', ''), [issuer]);
  const pattern = String.raw`schema: tidewaiter/trust/v1
references:
  - name: r
    match: docker://registry.example/**
    signers:
      - name: s
        cosign: { identities: [{ issuer: "https://token.actions.githubusercontent.com",
            subjectPattern: '^https://github\.com/example.*$' }] }
`;
  const findings = await lintTrust(await makeExample(t, pattern), surroundings);
  assert.ok(
    findings.some((finding) => formatFinding({ ...finding, file: 'trust.yaml' }) === `trust.yaml:${open}`),
    findings.map(formatFinding).join('\n'),
  );
});

test('the manual lists every lint with its severity, and no other', () => {
  const listed = [...manual.matchAll(/^\| `(TRUST_\w+)` \| (\w+) \| (.+) \|$/gm)].map(([, ...row]) => row);
  const unused = ['TRUST_ALLOW_UNUSED', 'warning', 'what is allowed and is not there'];
  assert.deepEqual(listed, [...trustLints.map(({ code, severity, about }) => [code, severity, about]), unused]);
});

test('an editor with the published schema accepts the manual’s files and refuses an unknown field', () => {
  const text = readFileSync(join(root, 'schemas/trust.schema.json'), 'utf8');
  const accepts = new Ajv.default({ strict: false }).compile(JSON.parse(text) as object);
  for (const example of examples) {
    assert.ok(accepts(parse(example)), JSON.stringify(accepts.errors));
    assert.ok(!accepts({ ...(parse(example) as object), referenzes: [] }));
  }
});

test('roles are named as Notary names them: no dots', async (t) => {
  const rolesOf = async (role: string): Promise<readonly string[]> => {
    const file = await makeExample(
      t,
      `schema: tidewaiter/trust/v1
references:
  - name: r
    match: docker://registry.example/**
    signers: [{ name: s, dockerContentTrust: { roots: [${'a'.repeat(64)}], roles: [${role}] } }]
`,
    );
    return (await lintTrust(file, surroundings)).map(({ message }) => message);
  };
  for (const role of ['targets', 'targets/a-b_1', 'targets/a/b']) assert.deepEqual(await rolesOf(role), [], role);
  for (const role of ['targets/a.b', 'targets/..', 'targets/', 'root', `targets/${'a'.repeat(256)}`])
    assert.equal((await rolesOf(role)).length, 1, role);
});
