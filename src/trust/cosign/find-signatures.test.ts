/** What lies beside an image is found in order, and nothing that lies there hides the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { askCosign, byKey, contextAt, cosignScene, said } from '../../../test/fakes/cosign-scene.ts';
import { ecKeys } from '../../../test/fakes/sigstore-authorities.ts';
import { bundleOf, cosignPayload, putBundle, putClassic, statementOf } from '../../../test/fakes/sigstore-signer.ts';
import { fakeTrustContext } from '../../../test/fakes/trust-memory.ts';
import { findSignatures } from './find-signatures.ts';

/** A referrer that holds no signature of this image by anybody who counts. */
const decoyIn = async ({ repository, image }: ReturnType<typeof cosignScene>) =>
  putBundle(repository, image, await bundleOf({ keys: ecKeys() }, { payload: statementOf({ digest: image.digest }) }));

test('a referrer that does not answer hides none behind it, and leaves open what it may hold', async () => {
  const scene = cosignScene();
  const decoy = await decoyIn(scene);
  scene.repository.troubles.push(new RegExp(`^manifest ${decoy.digest}`));
  const keys = ecKeys();
  const { signature } = await askCosign(scene.subject, byKey(keys));
  assert.equal(said(signature), 'inconclusive unreachable');
  putBundle(scene.repository, scene.image, await bundleOf({ keys }, { payload: statementOf(scene.image) }));
  assert.equal(said((await askCosign(scene.subject, byKey(keys))).signature), 'trusted trusted');
});

test('a referrer that is no manifest hides none behind it, and leaves nothing open', async () => {
  const { repository, image, subject } = cosignScene();
  const keys = ecKeys();
  repository.putManifest({ schemaVersion: 2, layers: 'none', subject: image });
  assert.equal(said((await askCosign(subject, byKey(keys))).signature), 'untrusted absent');
  putBundle(repository, image, await bundleOf({ keys }, { payload: statementOf(image) }));
  assert.equal(said((await askCosign(subject, byKey(keys))).signature), 'trusted trusted');
});

test('a referrer that is listed and not there is told, and is no signature', async () => {
  const { repository, subject } = cosignScene();
  const gone = `sha256:${'0'.repeat(64)}` as const;
  const listed = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: gone, size: 3 };
  const forgetful = { ...repository, referrers: async () => [listed] };
  const { signature } = await askCosign({ ...subject, repository: forgetful }, byKey(ecKeys()));
  assert.equal(said(signature), 'untrusted absent');
  assert.ok(
    signature.trace.some((step) => step.lookedFor === `referrer ${gone}` && /not there/.test(step.detail ?? '')),
  );
});

test('candidates come in the same order, whoever answers first, and a few are asked for at once', async () => {
  const scene = cosignScene();
  const { repository, image } = scene;
  const payload = cosignPayload(image.digest);
  putClassic(repository, image.digest, [{ payload, annotations: {} }]);
  for (let count = 0; count < 7; count += 1) await decoyIn(scene);
  let running = 0;
  let most = 0;
  const slow = (pause: () => number) => ({
    ...repository,
    manifest: async (name: string, context: ReturnType<typeof contextAt>) => {
      most = Math.max(most, (running += 1));
      await sleep(pause());
      running -= 1;
      return repository.manifest(name, context);
    },
  });
  const placesBy = async (pause: () => number) =>
    (await findSignatures(slow(pause), [image.digest], contextAt())).candidates.map(({ place }) => place);
  let turn = 0;
  const first = await placesBy(() => 0);
  const second = await placesBy(() => (turn += 7) % 10);
  assert.equal(first.length, 8);
  assert.deepEqual(second, first);
  assert.ok(most > 1 && most <= 6, `${most} at once`);
});

test('more referrers than the budget are not asked for, and leave it open', async () => {
  const scene = cosignScene();
  for (let count = 0; count < 5; count += 1)
    scene.repository.putArtifact({
      artifactType: 'application/x',
      layers: [],
      subject: scene.image,
      annotations: { n: `${count}` },
    });
  const context = fakeTrustContext({ trustLimits: { signatures: 2 }, network: { offline: true } });
  const { signature } = await askCosign(scene.subject, byKey(ecKeys()), context);
  assert.equal(said(signature), 'inconclusive limit');
  assert.equal(scene.repository.asked.filter((line) => line.startsWith('manifest sha256:')).length, 4);
});

test('what is put beside an image to use up the budget takes it from statements, not from signatures', async () => {
  const { repository, image, subject } = cosignScene();
  const keys = ecKeys();
  for (let count = 0; count < 9; count += 1) putBundle(repository, image, `${count}${'x'.repeat(9999)}`);
  const context = fakeTrustContext({ trustLimits: { signatureBytes: 10_000 }, network: { offline: true } });
  assert.equal(said((await askCosign(subject, byKey(keys), context)).signature), 'inconclusive limit');
  assert.equal(repository.asked.filter((line) => line.startsWith('blob ')).length, 8);
  putBundle(repository, image, await bundleOf({ keys }, { payload: statementOf(image) }));
  assert.equal(said((await askCosign(subject, byKey(keys), context)).signature), 'trusted trusted');
});

test('manifests that are too large together leave it open', async () => {
  const { repository, image, subject } = cosignScene();
  for (let count = 0; count < 5; count += 1)
    repository.putArtifact({ layers: [], subject: image, annotations: { n: `${count}${'x'.repeat(1000)}` } });
  const asked = (manifestBytes: number) =>
    askCosign(
      subject,
      byKey(ecKeys()),
      fakeTrustContext({ trustLimits: { manifestBytes }, network: { offline: true } }),
    );
  assert.equal(said((await asked(1000)).signature), 'inconclusive limit');
  assert.equal(said((await asked(4000)).signature), 'untrusted absent');
});
