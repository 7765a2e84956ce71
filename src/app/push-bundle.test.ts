import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { someDossier, someVerdict } from '../../test/builders/dossier.ts';
import { startFakeRegistry, type FakeRegistry } from '../../test/fakes/registry.ts';
import { fails, indexType, manifest, retries } from '../../test/fakes/registry-with-client.ts';
import { fakeTrustContext } from '../../test/fakes/trust-memory.ts';
import { referrersTag } from '../core/digest.ts';
import { parseReference, type RegistryReference } from '../core/reference.ts';
import { buildImage } from '../image/oci-layout-writer.ts';
import { registry } from '../image/sources/registry.ts';
import { verdict as verifier } from '../trust/verifiers/verdict.ts';
import { readAttestKey } from './attest-key.ts';
import { pushBundle } from './push-bundle.ts';
import { toVerdictStatement } from './verdict-statement.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-push-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const { privateKey } = generateKeyPairSync('ed25519');
const publicKey = String(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
const built = buildImage({
  layers: [{ entries: [{ path: 'etc/x', content: 'x' }] }],
  config: { architecture: 'amd64' },
});
const subject = built.manifestDigest;
const context = fakeTrustContext({ now: () => new Date('2026-04-01T00:00:00Z') });
const options = { retries, systemFolder: '/nonexistent' };

const referenceOf = (server: FakeRegistry): RegistryReference => {
  const reference = parseReference(`docker://${server.host}/team/app:1`);
  assert.ok(reference.scheme === 'docker');
  return reference;
};

const signedAt = async (at: string): Promise<string> => {
  const file = join(folder, 'key.pem');
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const rules = { version: 'sha256:r', counts: { yara: 1 }, newest: { yara: '2026-03-20' } };
  const dossier = someDossier({ rules, identity: { manifest: subject, diffIds: [] } });
  const statement = toVerdictStatement(someVerdict({ decision: 'allow', dossier, at }), '1');
  assert.ok(statement !== undefined);
  return (await readAttestKey(file, { environment: {} })).sign(statement);
};

const verify = async (server: FakeRegistry): Promise<readonly string[]> => {
  const choice = { all: false, platform: { os: 'linux', architecture: 'amd64' }, asked: false } as const;
  const [image] = await registry.resolve(referenceOf(server), choice, context);
  assert.ok(image?.repository !== undefined);
  await using _ = image;
  const trust = { verifier: 'verdict', keys: [publicKey], maximumRuleAgeDays: 30 } as const;
  const answers = await verifier.verify({ digest: subject, repository: image.repository }, trust, context);
  return answers.map(({ outcome, code }) => `${outcome} ${code}`);
};

for (const hasReferrers of [true, false])
  test(`what is pushed is found by the verifier, ${hasReferrers ? 'with' : 'without'} the referrers API`, async () => {
    await using server = await startFakeRegistry({ hasReferrers });
    server.put('team/app', built, '1');
    assert.deepEqual(await verify(server), ['untrusted absent']);
    const at = '2026-03-21T12:00:00.000Z';
    await pushBundle(await signedAt(at), referenceOf(server), subject, at, context, options);
    assert.deepEqual(await verify(server), ['trusted trusted']);
    const tagged = server.asked().some((line) => line === `PUT /v2/team/app/manifests/${referrersTag(subject)}`);
    assert.equal(tagged, !hasReferrers);
  });

test('the list that stands in for the API keeps what others put there, and has each once', async () => {
  await using server = await startFakeRegistry({ hasReferrers: false });
  server.put('team/app', built, '1');
  const other = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${'9'.repeat(64)}`,
    size: 3,
    odd: [1],
  };
  const list = manifest({ mediaType: indexType, manifests: [other] });
  server.putManifest('team/app', { ...list, mediaType: indexType }, referrersTag(subject));
  const at = '2026-03-21T12:00:00.000Z';
  const bundle = await signedAt(at);
  const { digest } = await pushBundle(bundle, referenceOf(server), subject, at, context, options);
  await pushBundle(bundle, referenceOf(server), subject, at, context, options);
  const lists = server.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith(referrersTag(subject)));
  assert.equal(lists.length, 1);
  const { manifests } = JSON.parse(lists[0]?.body ?? '') as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  assert.deepEqual(manifests[0], other);
  assert.deepEqual(
    manifests.map((one) => one.digest),
    [other.digest, digest],
  );
});

test('nothing is pushed beside an image that the registry does not have, or gives otherwise', async () => {
  await using server = await startFakeRegistry();
  const at = '2026-03-21T12:00:00.000Z';
  const push = async () => pushBundle(await signedAt(at), referenceOf(server), subject, at, context, options);
  await fails(push(), 'MANIFEST_UNKNOWN');
  server.put('team/app', built, '1');
  server.troubles.push({ on: /manifests/, how: { kind: 'longer', more: 1 } });
  await fails(push(), 'MANIFEST_ALTERED');
  assert.ok(!server.asked().some((line) => /^(?:PUT|POST)/.test(line)));
});
