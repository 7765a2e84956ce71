/** Signed verdicts and cosign 3: it verifies ours, we verify those that it signs, and both refuse the same; in a real registry. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { readAttestKey } from '../../src/app/attest-key.ts';
import { pushBundle } from '../../src/app/push-bundle.ts';
import { toVerdictStatement, type VerdictStatement } from '../../src/app/verdict-statement.ts';
import type { Digest } from '../../src/core/digest.ts';
import { parseReference } from '../../src/core/reference.ts';
import { verdictPredicateType } from '../../src/formats/records/verdict-predicate.ts';
import { buildImage, writeOciLayout, type BuiltImage } from '../../src/image/oci-layout-writer.ts';
import { registry } from '../../src/image/sources/registry.ts';
import { verdict as verifier } from '../../src/trust/verifiers/verdict.ts';
import { someDossier, someVerdict } from '../builders/dossier.ts';
import { takeAny } from '../contracts/image-source.contract.ts';
import { fakeTrustContext } from '../fakes/trust-memory.ts';
import { readDebianRoot } from './debian-root.ts';
import { startLocalRegistry, type LocalRegistry } from './local-registry.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const options = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 300_000 };
const run = promisify(execFile);

let folder = '';
let cosign = '';
let oras = '';
let local: LocalRegistry;
const file = (name: string): string => join(folder, name);

before(async () => {
  if (!required) return;
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-attest-'));
  cosign = join(await readDebianRoot(['testing', 'forky'], ['cosign']), 'usr/bin/cosign');
  oras = join(await readDebianRoot(['testing', 'forky'], ['oras']), 'usr/bin/oras');
  local = await startLocalRegistry(folder);
  await writeFile(file('accept.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
});
after(async () => {
  if (!required) return;
  await local[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const call = (program: string, words: readonly string[]) =>
  run(program, words, {
    cwd: folder,
    timeout: 60_000,
    env: { HOME: folder, PATH: '/usr/bin:/bin', COSIGN_PASSWORD: '' },
  });

/** What the program says; '' when it is content. */
const complaint = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return '';
  } catch (thrown) {
    return String((thrown as { readonly stderr?: string }).stderr ?? thrown);
  }
};

const statementOf = (manifest: Digest): VerdictStatement => {
  const rules = { version: 'sha256:r', counts: { yara: 1 }, newest: { yara: '2026-03-20' } };
  const dossier = someDossier({ rules, identity: { manifest, diffIds: [] } });
  const verdict = someVerdict({ assessment: 'clean', decision: 'allow', dossier, at: '2026-03-21T12:00:00.000Z' });
  return toVerdictStatement(verdict, '1.0.0') ?? assert.fail();
};

const writeKey = async (name: string, key: KeyObject): Promise<string> => {
  await writeFile(file(`${name}.pem`), key.export({ type: 'pkcs8', format: 'pem' }));
  const pem = String(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
  await writeFile(file(`${name}.pub`), pem);
  return pem;
};

const sign = async (name: string, digest: Digest): Promise<string> =>
  (await readAttestKey(file(`${name}.pem`), { environment: {} })).sign(statementOf(digest));

const image = (seed: string): BuiltImage =>
  buildImage({ layers: [{ entries: [{ path: 'etc/seed', content: seed }] }], config: { architecture: 'amd64' } });

const pushImage = async (name: string, built: BuiltImage): Promise<string> => {
  await writeOciLayout(file(`layout-${name}`), built, 'x');
  const words = ['--policy', file('accept.json'), 'copy', '-q', '--preserve-digests', '--dest-tls-verify=false'];
  await run('skopeo', [...words, `oci:${file(`layout-${name}`)}:x`, `docker://${local.host}/team/${name}:1`]);
  return `${local.host}/team/${name}@${built.manifestDigest}`;
};

const ours = async (reference: string, keys: readonly string[]): Promise<readonly string[]> => {
  const context = fakeTrustContext({ now: () => new Date('2026-04-01T00:00:00Z'), network: { timeoutMs: 10_000 } });
  const [found] = await registry.resolve(parseReference(reference), takeAny, context);
  await using asked = found ?? assert.fail();
  assert.ok(asked.repository !== undefined && asked.digest !== null);
  const subject = { digest: asked.digest, repository: asked.repository };
  const answers = await verifier.verify(subject, { verifier: 'verdict', keys, maximumRuleAgeDays: 30 }, context);
  return answers.map(({ outcome, code }) => `${outcome} ${code}`);
};

const digest: Digest = `sha256:${'c'.repeat(64)}`;
const verifyBlob = (bundle: string, key: string, of: Digest = digest, type = verdictPredicateType) =>
  complaint(
    call(cosign, [
      'verify-blob-attestation',
      '--bundle',
      bundle,
      '--key',
      key,
      '--type',
      type,
      '--insecure-ignore-tlog',
      '--digest',
      of.slice('sha256:'.length),
      '--digestAlg',
      'sha256',
    ]),
  );

test(
  'cosign takes the bundles of every kind of key, and refuses others’ keys, digests, types and damage',
  options,
  async () => {
    const kinds: Readonly<Record<string, KeyObject>> = {
      p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
      p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
      ed25519: generateKeyPairSync('ed25519').privateKey,
      rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    };
    for (const [name, key] of Object.entries(kinds)) {
      await writeKey(name, key);
      await writeFile(file(`${name}.json`), await sign(name, digest));
      assert.equal(await verifyBlob(`${name}.json`, `${name}.pub`), '', name);
    }
    assert.match(await verifyBlob('p256.json', 'ed25519.pub'), /verif|signature/);
    assert.match(await verifyBlob('p256.json', 'p256.pub', `sha256:${'d'.repeat(64)}`), /digest/);
    assert.match(await verifyBlob('p256.json', 'p256.pub', digest, 'https://slsa.dev/provenance/v1'), /predicate/);
    const whole = await readFile(file('p256.json'), 'utf8');
    await writeFile(file('cut.json'), whole.slice(0, -40));
    assert.notEqual(await verifyBlob('cut.json', 'p256.pub'), '');
  },
);

test('what is pushed is verified by cosign and by us, until one key is another', options, async () => {
  const pem = await writeKey('push', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const other = await writeKey('other', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const built = image('pushed');
  const reference = await pushImage('pushed', built);
  assert.deepEqual(await ours(reference, [pem]), ['untrusted absent']);
  const parsed = parseReference(reference);
  assert.ok(parsed.scheme === 'docker');
  const bundle = await sign('push', built.manifestDigest);
  await pushBundle(bundle, parsed, built.manifestDigest, '2026-03-21T12:00:00Z', fakeTrustContext());
  assert.deepEqual(await ours(reference, [pem]), ['trusted trusted']);
  assert.deepEqual(await ours(reference, [other]), ['untrusted other-signer']);
  const verify = (key: string) =>
    complaint(
      call(cosign, [
        'verify-attestation',
        '--new-bundle-format',
        '--allow-http-registry',
        '--insecure-ignore-tlog',
        '--key',
        key,
        '--type',
        verdictPredicateType,
        reference,
      ]),
    );
  assert.equal((await verify('push.pub')).includes('Error'), false);
  assert.match(await verify('other.pub'), /Error/);
});

test('verdicts that cosign itself attests are believed, in its old layout and in its new one', options, async () => {
  await call(cosign, ['generate-key-pair', '--output-key-prefix', 'theirs']);
  const pem = await readFile(file('theirs.pub'), 'utf8');
  for (const isNew of [true, false]) {
    const built = image(`attested ${isNew}`);
    const reference = await pushImage(`attested-${isNew}`, built);
    await writeFile(file('predicate.json'), JSON.stringify(statementOf(built.manifestDigest).predicate));
    await call(cosign, [
      'attest',
      '--tlog-upload=false',
      '--use-signing-config=false',
      '--allow-http-registry',
      '--yes',
      `--new-bundle-format=${isNew}`,
      '--key',
      'theirs.key',
      '--type',
      verdictPredicateType,
      '--predicate',
      'predicate.json',
      reference,
    ]);
    assert.deepEqual(await ours(reference, [pem]), ['trusted trusted'], `new: ${isNew}`);
  }
});

test('a bundle that oras attaches is found as well', options, async () => {
  const pem = await writeKey('oras', generateKeyPairSync('ed25519').privateKey);
  const built = image('by hand');
  const reference = await pushImage('by-hand', built);
  await writeFile(file('verdict.sigstore.json'), `${await sign('oras', built.manifestDigest)}\n`);
  const type = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  await call(oras, ['attach', '--plain-http', '--artifact-type', type, reference, `verdict.sigstore.json:${type}`]);
  assert.deepEqual(await ours(reference, [pem]), ['trusted trusted']);
});
