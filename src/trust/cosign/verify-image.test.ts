/** What is special to cosign beyond the table: keys, where it looks, what a signature claims, what is only said. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { before, describe, test } from 'node:test';
import type { Attestation } from '../../core/attestation.ts';
import { isFault } from '../../core/fault.ts';
import {
  askCosign,
  byIdentity,
  byKey,
  contextAt,
  cosignScene,
  issuer,
  said,
} from '../../../test/fakes/cosign-scene.ts';
import {
  ecKeys,
  startFakeSigstore,
  type FakeKeys,
  type FakeSigstore,
} from '../../../test/fakes/sigstore-authorities.ts';
import {
  bundleOf,
  classicAnnotations,
  cosignPayload,
  putBundle,
  putClassic,
  statementOf,
  type FakeSigner,
} from '../../../test/fakes/sigstore-signer.ts';
import { fakeTrustContext } from '../../../test/fakes/trust-memory.ts';
import { verifyImage } from './verify-image.ts';

let sigstore: FakeSigstore;
before(async () => {
  sigstore = await startFakeSigstore();
});

describe('keys', () => {
  const kinds: readonly (readonly [string, FakeKeys])[] = [
    ['P-256', ecKeys()],
    ['P-384', ecKeys('P-384')],
    ['P-521', ecKeys('P-521')],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    [
      'RSA-PSS',
      generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' }),
    ],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ];
  for (const [name, keys] of kinds)
    test(`${name} signs in both layouts`, async () => {
      for (const layout of ['classic', 'bundle']) {
        const { repository, image, subject } = cosignScene();
        const payload = layout === 'classic' ? cosignPayload(image.digest) : statementOf({ digest: image.digest });
        if (layout === 'classic')
          putClassic(repository, image.digest, [{ payload, annotations: await classicAnnotations({ keys }, payload) }]);
        else putBundle(repository, image, await bundleOf({ keys }, { payload }));
        const { signature } = await askCosign(subject, byKey(keys));
        assert.equal(said(signature), 'trusted trusted', `${layout}: ${signature.reason}`);
        assert.match(signature.identity ?? '', /^sha256:[0-9a-f]{64}$/);
        assert.equal(said((await askCosign(subject, byKey(ecKeys()))).signature), 'untrusted other-signer');
      }
    });

  test('a key that proves too little, and trust in nobody, are mistakes of the user', async () => {
    const { subject } = cosignScene();
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const misuse = (code: string) => (thrown: unknown) =>
      isFault(thrown) && thrown.kind === 'misuse' && thrown.code === code;
    await assert.rejects(verifyImage(subject, byKey(weak), contextAt()), misuse('COSIGN_KEY_INVALID'));
    await assert.rejects(
      verifyImage(subject, { verifier: 'cosign', claim: 'digest' }, contextAt()),
      misuse('COSIGN_TRUST_EMPTY'),
    );
    await assert.rejects(
      verifyImage(
        subject,
        byIdentity(sigstore, { identities: [{ subject: { pattern: '(' }, issuer: { exact: issuer } }] }),
        contextAt(),
      ),
      misuse('COSIGN_IDENTITY_INVALID'),
    );
    await assert.rejects(
      verifyImage(subject, byIdentity(sigstore, { trustedRoot: '{}' }), contextAt()),
      misuse('TRUSTED_ROOT_INVALID'),
    );
  });
});

describe('places', () => {
  test('the second of several signatures under one tag counts, with its annotations as facts', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const first = cosignPayload(image.digest);
    const second = cosignPayload(image.digest, '', { ticket: 'A-7', approved: true });
    putClassic(repository, image.digest, [
      { payload: first, annotations: await classicAnnotations({ keys: ecKeys() }, first) },
      { payload: second, annotations: await classicAnnotations({ keys }, second) },
    ]);
    const { signature } = await askCosign(subject, byKey(keys));
    assert.equal(said(signature), 'trusted trusted');
    assert.equal(signature.facts?.['annotation:ticket'], 'A-7');
    assert.equal(signature.facts['annotation:approved'], true);
    assert.ok(signature.trace.some(({ result, detail }) => result === 'refused' && /not trusted/.test(detail ?? '')));
  });

  test('a bundle is found where the list of referrers calls it something else, a signature of another world is not fetched', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const bundle = await bundleOf({ keys }, { payload: statementOf({ digest: image.digest }) });
    putBundle(repository, image, bundle, 'application/vnd.oci.empty.v1+json');
    const foreign = putBundle(repository, image, '{}', 'application/vnd.cncf.notary.signature');
    assert.equal(said((await askCosign(subject, byKey(keys))).signature), 'trusted trusted');
    assert.ok(!repository.asked.includes(`manifest ${foreign.digest}`));
  });

  test('a signature that lies in two places is one, found in both', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const payload = cosignPayload(image.digest);
    const annotations = await classicAnnotations({ keys }, payload);
    const layer = { ...repository.putBlob(payload, 'application/vnd.dev.cosign.simplesigning.v1+json'), annotations };
    const tag = `${image.digest.replace(':', '-')}.sig`;
    repository.putArtifact({
      configType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
      layers: [layer],
      subject: image,
      tag,
    });
    const { signature } = await askCosign(subject, byKey(keys));
    assert.equal(signature.facts?.['signatures'], 1);
    assert.equal(signature.trace.filter(({ result }) => result === 'found').length, 2);
  });

  test('a signature of the index covers the image that it lists, and no other', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const listing = repository.putIndex([repository.putImage('arm'), image]);
    const foreign = repository.putIndex([repository.putImage('x')]);
    for (const index of [listing, foreign]) {
      const payload = cosignPayload(index.digest);
      putClassic(repository, index.digest, [{ payload, annotations: await classicAnnotations({ keys }, payload) }]);
    }
    assert.equal(
      said((await askCosign({ ...subject, index: listing.digest }, byKey(keys))).signature),
      'trusted trusted',
    );
    const lied = await askCosign({ ...subject, index: foreign.digest }, byKey(keys));
    assert.equal(said(lied.signature), 'untrusted absent');
    assert.ok(lied.signature.trace.some(({ detail }) => detail === 'it does not list this image'));
  });

  test('a place that does not answer leaves it open, unless a signature is found elsewhere', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    repository.troubles.push(/^referrers /);
    assert.equal(said((await askCosign(subject, byKey(keys))).signature), 'inconclusive unreachable');
    const payload = cosignPayload(image.digest);
    putClassic(repository, image.digest, [{ payload, annotations: await classicAnnotations({ keys }, payload) }]);
    assert.equal(said((await askCosign(subject, byKey(keys))).signature), 'trusted trusted');
  });

  test('where only attestations lie, no answer leaves nothing open about signatures', async () => {
    const { repository, subject } = cosignScene();
    repository.troubles.push(/[.]att$/);
    const { signature } = await askCosign(subject, byKey(ecKeys()));
    assert.equal(said(signature), 'untrusted absent');
    assert.ok(signature.trace.some(({ result }) => result === 'unreachable'));
  });

  test('more signatures than the budget leave it open; what fits is looked at', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const payload = cosignPayload(image.digest);
    const stranger = { payload, annotations: await classicAnnotations({ keys: ecKeys() }, payload) };
    putClassic(repository, image.digest, [stranger, stranger, stranger, stranger]);
    const context = fakeTrustContext({ trustLimits: { signatures: 2 }, network: { offline: true } });
    assert.equal(said((await askCosign(subject, byKey(keys), context)).signature), 'inconclusive limit');
    const known = { payload, annotations: await classicAnnotations({ keys }, payload) };
    putClassic(repository, image.digest, [known, stranger, stranger]);
    assert.equal(said((await askCosign(subject, byKey(keys), context)).signature), 'trusted trusted');
  });

  test('a source that keeps nothing beside images cannot answer', async () => {
    const { image } = cosignScene();
    const { signature } = await askCosign({ digest: image.digest }, byKey(ecKeys()));
    assert.equal(said(signature), 'inconclusive unsupported');
  });
});

describe('claims', () => {
  const cases = [
    ['digest', '', 'trusted'],
    ['repository', 'registry.example/team/app', 'trusted'],
    ['repository', 'registry.example/team/app:9', 'trusted'],
    ['repository', 'registry.example/team/application', 'other-reference'],
    ['repository', '', 'other-reference'],
    ['reference', 'registry.example/team/app:1.0', 'trusted'],
    ['reference', 'registry.example/team/app', 'other-reference'],
    ['reference', 'registry.example/team/app:1.0.1', 'other-reference'],
  ] as const;
  for (const [claim, named, code] of cases)
    test(`${claim} asked, "${named}" signed: ${code}`, async () => {
      const { repository, image, subject } = cosignScene();
      const keys = ecKeys();
      const payload = cosignPayload(image.digest, named);
      putClassic(repository, image.digest, [{ payload, annotations: await classicAnnotations({ keys }, payload) }]);
      assert.equal((await askCosign(subject, byKey(keys, { claim }))).signature.code, code);
    });

  test('the name of another thing in the same statement is not that of the image', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const name = 'registry.example/team/app';
    const hexOf = (digest: string) => ({ sha256: digest.replace('sha256:', '') });
    const sign = async (subjects: readonly object[]) => {
      const statement = JSON.parse(statementOf({ digest: image.digest }).toString()) as object;
      const payload = Buffer.from(JSON.stringify({ ...statement, subject: subjects }));
      putBundle(repository, image, await bundleOf({ keys }, { payload }));
    };
    await sign([
      { name, digest: hexOf(repository.putImage('other').digest) },
      { name: 'registry.example/other', digest: hexOf(image.digest) },
    ]);
    const trust = byKey(keys, { claim: 'repository' });
    assert.equal(said((await askCosign(subject, trust)).signature), 'untrusted other-reference');
    await sign([{ name, digest: hexOf(image.digest) }]);
    assert.equal(said((await askCosign(subject, trust)).signature), 'trusted trusted');
  });

  test('a signed message counts where it is the manifest', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const manifest = await repository.manifest(image.digest, contextAt());
    putBundle(repository, image, await bundleOf({ keys }, { message: manifest?.bytes ?? Buffer.alloc(0) }));
    assert.equal(said((await askCosign(subject, byKey(keys))).signature), 'trusted trusted');
    const next = cosignScene();
    putBundle(next.repository, next.image, await bundleOf({ keys }, { message: Buffer.from('another') }));
    assert.equal(said((await askCosign(next.subject, byKey(keys))).signature), 'untrusted other-digest');
  });
});

describe('statements', () => {
  const provenance = {
    buildDefinition: {
      buildType: 'https://ci.example/build/v1',
      externalParameters: { workflow: { repository: 'https://ci.example/team/app', ref: 'refs/heads/main' } },
      internalParameters: { github: { repository_id: '4711', repository_owner_id: '42' } },
    },
    runDetails: { builder: { id: 'https://ci.example/runner' }, metadata: { invocationId: 'run-1' } },
  };

  test('provenance is a statement with facts, and never a signature', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const payload = statementOf({
      digest: image.digest,
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: provenance,
    });
    putBundle(repository, image, await bundleOf({ keys }, { payload }));
    const { signature, statements } = await askCosign(subject, byKey(keys));
    assert.equal(said(signature), 'untrusted absent');
    assert.equal(statements.length, 1);
    const [statement] = statements as [Attestation];
    assert.equal(said(statement), 'trusted trusted');
    assert.deepEqual(
      { ...statement.facts },
      {
        statement: 'provenance',
        predicateType: 'https://slsa.dev/provenance/v1',
        builder: 'https://ci.example/runner',
        buildType: 'https://ci.example/build/v1',
        sourceRepository: 'https://ci.example/team/app',
        sourceRepositoryRef: 'refs/heads/main',
        sourceRepositoryId: '4711',
        sourceRepositoryOwnerId: '42',
        invocation: 'run-1',
        logged: false,
      },
    );
  });

  test('the classic layout holds statements too; those of strangers say nothing', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const attest = async (signer: FakeSigner, digest: string) => {
      const payload = statementOf({
        digest,
        predicateType: 'https://cyclonedx.org/bom',
        predicate: { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{}, {}] },
      });
      const { dsseEnvelope } = await bundleOf(signer, { payload });
      return repository.putBlob(JSON.stringify(dsseEnvelope), 'application/vnd.dsse.envelope.v1+json');
    };
    repository.putArtifact({
      tag: `${image.digest.replace(':', '-')}.att`,
      layers: [
        await attest({ keys }, image.digest),
        await attest({ keys: ecKeys() }, image.digest),
        await attest({ keys }, repository.putImage('other').digest),
      ],
    });
    const { signature, statements } = await askCosign(subject, byKey(keys));
    assert.equal(said(signature), 'untrusted absent');
    assert.deepEqual(statements.map(said), ['trusted trusted', 'untrusted other-signer', 'untrusted other-digest']);
    assert.deepEqual(
      [statements[0]?.facts?.['statement'], statements[0]?.facts?.['packages'], statements[1]?.facts],
      ['sbom', 2, undefined],
    );
  });

  test('an envelope of another kind leaves nothing open about signatures', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const made = await bundleOf({ keys }, { payload: statementOf({ digest: image.digest }) });
    Object.assign(made['dsseEnvelope'] as object, { payloadType: 'text/plain' });
    putBundle(repository, image, made);
    const { signature, statements } = await askCosign(subject, byKey(keys));
    assert.deepEqual([said(signature), statements.map(said)], ['untrusted absent', ['inconclusive unsupported']]);
  });

  test('a signature of cosign 3 in the tag of attestations does not count as one', async () => {
    const { repository, image, subject } = cosignScene();
    const keys = ecKeys();
    const { dsseEnvelope } = await bundleOf({ keys }, { payload: statementOf({ digest: image.digest }) });
    const layer = repository.putBlob(JSON.stringify(dsseEnvelope), 'application/vnd.dsse.envelope.v1+json');
    repository.putArtifact({ tag: `${image.digest.replace(':', '-')}.att`, layers: [layer] });
    assert.equal(said((await askCosign(subject, byKey(keys))).signature), 'untrusted absent');
  });
});
