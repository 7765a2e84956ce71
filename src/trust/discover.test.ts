import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeContext } from '../../test/fakes/context.ts';
import { memoryRepository } from '../../test/fakes/memory-repository.ts';
import { verdictPredicateType } from '../formats/records/verdict-predicate.ts';
import { discover } from './discover.ts';

const signatureOf = (repository: ReturnType<typeof memoryRepository>, tag?: string) => {
  const layers = [repository.putBlob('one'), repository.putBlob('two')];
  return repository.putArtifact({ layers, ...(tag === undefined ? {} : { tag }) });
};

test('what lies under tags and what names the image are found, with who would check it', async () => {
  const repository = memoryRepository();
  const image = repository.putImage('app', '1');
  signatureOf(repository, `${image.digest.replace(':', '-')}.sig`);
  const artifactType = 'application/vnd.cncf.notary.signature';
  repository.putArtifact({ artifactType, layers: [repository.putBlob('envelope')], subject: image });
  const { companions, trace } = await discover({ digest: image.digest, repository }, fakeContext());
  assert.deepEqual(
    companions.map(({ what, verifier }) => [what, verifier]),
    [
      ['2 cosign signatures', 'cosign'],
      ['a Notation signature', 'notation'],
    ],
  );
  assert.deepEqual(
    trace.map(({ result }) => result),
    ['found', 'absent', 'absent', 'found'],
  );
});

test('what a bundle holds is told by what cosign says of it', async () => {
  const repository = memoryRepository();
  const image = repository.putImage('app', '1');
  for (const predicate of [
    'https://sigstore.dev/cosign/sign/v1',
    verdictPredicateType,
    'https://slsa.dev/provenance/v1',
  ])
    repository.putArtifact({
      artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      layers: [repository.putBlob(predicate)],
      subject: image,
      annotations: { 'dev.sigstore.bundle.predicateType': predicate },
    });
  const { companions } = await discover({ digest: image.digest, repository }, fakeContext());
  assert.deepEqual(
    companions.map(({ what, verifier }) => [what, verifier]),
    [
      ['a cosign signature (sigstore bundle)', 'cosign'],
      ['a signed verdict of Tidewaiter', 'verdict'],
      ['a signed statement (sigstore bundle), about https://slsa.dev/provenance/v1', 'cosign'],
    ],
  );
});

test('the index through which an image was reached is looked at too', async () => {
  const repository = memoryRepository();
  const image = repository.putImage('app');
  const index = repository.putIndex([image], '1');
  signatureOf(repository, `${index.digest.replace(':', '-')}.sig`);
  const { companions } = await discover({ digest: image.digest, index: index.digest, repository }, fakeContext());
  assert.deepEqual(
    companions.map(({ subject }) => subject),
    [index.digest],
  );
});

test('a place that does not answer is told, and is not empty', async () => {
  const repository = memoryRepository();
  const image = repository.putImage('app', '1');
  repository.troubles.push(/^referrers/);
  const { companions, trace } = await discover({ digest: image.digest, repository }, fakeContext());
  assert.deepEqual(companions, []);
  assert.deepEqual(
    trace.map(({ result }) => result),
    ['absent', 'absent', 'absent', 'unreachable'],
  );
});

test('where nothing is kept beside an image nothing was looked for', async () => {
  const digest = memoryRepository().putImage('app').digest;
  assert.deepEqual(await discover({ digest }, fakeContext()), { companions: [], trace: [] });
});
