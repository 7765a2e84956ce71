/** Bundles that contradict themselves or their version, and what altered bytes do. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { mutate } from '../../../test/contracts/format.contract.ts';
import { artifact, base64, isProven, openCosignProof } from '../../../test/fakes/cosign-proof.ts';
import { ecKeys, keyPem, type FakeTrustedRoot } from '../../../test/fakes/sigstore-authorities.ts';
import { bundleOf, statementOf } from '../../../test/fakes/sigstore-signer.ts';
import { parseSignatureKey } from './signature-key.ts';

const { sigstore, signer, termsOf, answer, bundle, changed } = await openCosignProof();

describe('bundles', () => {
  test('a root certificate inside is refused, a chain in version 0.3 too', async () => {
    const chain = (version: string, ...others: readonly string[]) =>
      changed((made) => {
        const { certificate, ...rest } = made.verificationMaterial;
        made.mediaType = `application/vnd.dev.sigstore.bundle+json;version=${version}`;
        made.verificationMaterial = {
          ...rest,
          x509CertificateChain: { certificates: [certificate, ...others.map((rawBytes) => ({ rawBytes }))] },
        };
      });
    const root =
      (JSON.parse(sigstore.trustedRoot()) as FakeTrustedRoot).certificateAuthorities[0]?.certChain.certificates[0]
        ?.rawBytes ?? '';
    assert.ok(isProven(answer(await chain('0.2'))));
    assert.match(answer(await chain('0.2', root)), /^untrusted-root: .*root certificate/);
    assert.match(answer(await chain('0.3')), /^malformed: /);
    assert.match(answer(await chain('0.4')), /^malformed: .*versions/);
  });

  test('version 0.1 needs the promise of the log, later ones its proof', async () => {
    const without = (version: string, part: string) =>
      changed((made) => {
        made.mediaType = `application/vnd.dev.sigstore.bundle+json;version=${version}`;
        for (const entry of made.verificationMaterial.tlogEntries) delete (entry as Record<string, unknown>)[part];
      });
    assert.ok(isProven(answer(await without('0.1', 'inclusionProof'))));
    assert.match(answer(await without('0.1', 'inclusionPromise')), /^malformed: .*promise/);
    assert.match(answer(await without('0.2', 'inclusionProof')), /^malformed: .*proof/);
  });

  test('a signature by another key than the certificate’s is none', async () => {
    const made = await bundleOf(
      { keys: ecKeys(), certificate: signer.certificate ?? Buffer.alloc(0) },
      { message: artifact },
      { sigstore, log: 1 },
    );
    assert.match(answer(made), /^malformed: the signature was not made/);
  });

  test('an envelope of another type than in-toto, and a statement about something else', async () => {
    const about = (digest: string) => bundleOf(signer, { payload: statementOf({ digest }) }, { sigstore, log: 1 });
    const digest = `sha256:${createHash('sha256').update(artifact).digest('hex')}`;
    assert.ok(isProven(answer(await about(digest))));
    assert.match(answer(await about(`sha256:${'0'.repeat(64)}`)), /^other-digest: /);
    const typed = await about(digest);
    (typed['dsseEnvelope'] as Record<string, unknown>)['payloadType'] = 'text/plain';
    assert.match(answer(typed), /^(?:malformed|unproven-time): /);
  });

  test('a key that is trusted does not make a certificate count, nor the other way round', async () => {
    const keys = ecKeys();
    const made = await bundle({ log: 1 }, { keys });
    assert.match(answer(made), /^other-signer: /);
    const byKey = { ...termsOf(), keys: [parseSignatureKey(keyPem(keys))], identities: [] };
    assert.ok(isProven(answer(made, byKey)));
    assert.match(answer(await bundle(), byKey), /^other-signer: /);
  });

  test('altered bytes end in a refusal, whatever they are', async () => {
    const good = [await bundle({ log: 1 }), await bundle({ log: 2, timestamp: true })].map((made) =>
      Buffer.from(JSON.stringify(made)),
    );
    const terms = termsOf();
    let proven = 0;
    for (const bytes of good)
      for (let seed = 0; seed < 250; seed += 1) {
        const said = answer(mutate(bytes, seed), terms);
        // Some members are not signed by anybody: a hint, a name that nobody reads.
        if (isProven(said)) proven += 1;
        else assert.ok(said.length < 700);
      }
    assert.ok(proven < 50, `${proven} of 500 altered bundles proven`);
  });

  test('beside a key, altered times and entries leave the signature, and never break the program', async () => {
    const keys = ecKeys();
    const made = await bundle({ log: 2, timestamp: true }, { keys });
    const stamp = Buffer.from(
      made.verificationMaterial.timestampVerificationData?.rfc3161Timestamps[0]?.signedTimestamp ?? '',
      'base64',
    );
    const byKey = { ...termsOf(), keys: [parseSignatureKey(keyPem(keys))], identities: [] };
    const optional = { ...byKey, isLogRequired: { key: false, certificate: false } };
    for (let seed = 0; seed < 200; seed += 1) {
      const late = structuredClone(made);
      late.verificationMaterial.timestampVerificationData = {
        rfc3161Timestamps: [{ signedTimestamp: base64(mutate(stamp, seed)) || 'AA==' }],
      };
      assert.equal(answer(late, optional), 'proven', `mutation ${seed}`);
      assert.match(answer(late, byKey), /^(?:proven$|unproven-time: |malformed: )/);
    }
  });

  test('altered certificates and timestamps end in a refusal', async () => {
    const made = await bundle({ log: 2, timestamp: true });
    const terms = termsOf();
    const certificate = Buffer.from(made.verificationMaterial.certificate?.rawBytes ?? '', 'base64');
    const stamp = Buffer.from(
      made.verificationMaterial.timestampVerificationData?.rfc3161Timestamps[0]?.signedTimestamp ?? '',
      'base64',
    );
    for (let seed = 0; seed < 150; seed += 1) {
      const cut = structuredClone(made);
      cut.verificationMaterial.certificate = { rawBytes: base64(mutate(certificate, seed)) };
      const said = answer(cut, terms);
      assert.ok(!isProven(said) || Buffer.compare(mutate(certificate, seed), certificate) === 0, `mutation ${seed}`);
      const late = structuredClone(made);
      late.verificationMaterial.timestampVerificationData = {
        rfc3161Timestamps: [{ signedTimestamp: base64(mutate(stamp, seed)) }],
      };
      answer(late, terms);
    }
  });
});
