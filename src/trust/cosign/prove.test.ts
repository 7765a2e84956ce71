/** Log entries and signed times: what sigstore's library would let pass, and this verifier does not. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  artifact,
  base64,
  isProven,
  issuer,
  openCosignProof,
  subject,
  type PlainBundle as Changed,
} from '../../../test/fakes/cosign-proof.ts';
import {
  ecKeys,
  startFakeSigstore,
  type FakeSigstore,
  type FakeTrustedRoot,
} from '../../../test/fakes/sigstore-authorities.ts';
import { logBody, type FakeSigner } from '../../../test/fakes/sigstore-signer.ts';
import { parseTrustRoot } from './trust-root.ts';

const { sigstore, signer, termsOf, answer, bundle, changed } = await openCosignProof();

describe('log entries', () => {
  test('an unaltered one proves', async () => {
    assert.ok(isProven(answer(await bundle())));
    assert.ok(isProven(answer(await bundle({ log: 2, timestamp: true }))));
  });

  test('an entry about another key or certificate does not, though content and signature are the same', async () => {
    const stranger: FakeSigner = { keys: ecKeys() };
    const other = ecKeys();
    const certified = { keys: other, certificate: await sigstore.certify(other, { subject, issuer }) };
    for (const version of [1, 2] as const)
      for (const named of [stranger, certified]) {
        const made = await changed(
          ({ verificationMaterial, messageSignature: { signature } }) => {
            const bytes = Buffer.from(signature, 'base64');
            verificationMaterial.tlogEntries = [{ ...sigstore.log(logBody(named, version, artifact, bytes), version) }];
          },
          { log: version, timestamp: true },
        );
        assert.match(answer(made), /^unproven-time: .*another key or certificate/);
      }
  });

  test('a time that the log did not sign is none', async () => {
    const made = await changed(
      ({ verificationMaterial }) => {
        const [entry] = verificationMaterial.tlogEntries;
        if (entry !== undefined) Object.assign(entry, { integratedTime: String(sigstore.clock.getTime() / 1000) });
      },
      { log: 2 },
    );
    assert.match(answer(made), /^unproven-time: no signed time that is trusted/);
  });

  const proofChanges: readonly (readonly [string, (proof: Record<string, unknown>) => void])[] = [
    ['another root hash', (proof) => (proof['rootHash'] = base64(createHash('sha256').update('x').digest()))],
    ['another tree size', (proof) => (proof['treeSize'] = '3')],
    ['no hash', (proof) => (proof['hashes'] = [])],
    ['another index', (proof) => (proof['logIndex'] = '0')],
  ];
  for (const [name, change] of proofChanges)
    test(`a proof with ${name} does not prove`, async () => {
      const made = await changed(
        ({ verificationMaterial: { tlogEntries } }) =>
          change(tlogEntries[0]?.inclusionProof as Record<string, unknown>),
        { log: 2, timestamp: true },
      );
      assert.match(answer(made), /^unproven-time: /);
    });

  test('an index that nobody signed is that of the proof', async () => {
    const renumber = (version: 1 | 2) =>
      changed(({ verificationMaterial: { tlogEntries } }) => Object.assign(tlogEntries[0] ?? {}, { logIndex: '7' }), {
        log: version,
        timestamp: true,
      });
    assert.match(answer(await renumber(2)), /^unproven-time: .*another index/);
    assert.match(answer(await renumber(1)), /^unproven-time: .*promise/);
  });

  test('a part of the log’s address is not its name; lines of others beside its own are passed over', async () => {
    const withEnvelope = (change: (envelope: string) => string) =>
      changed(
        ({ verificationMaterial: { tlogEntries } }) => {
          const checkpoint = tlogEntries[0]?.inclusionProof.checkpoint as { envelope: string };
          checkpoint.envelope = change(checkpoint.envelope);
        },
        { log: 2, timestamp: true },
      );
    const renamed = await withEnvelope((envelope) =>
      envelope.replace('\u2014 log2026.rekor.sigstore.example', '\u2014 rekor.sigstore'),
    );
    assert.match(answer(renamed), /^unproven-time: .*did not sign/);
    const witness = `\u2014 witness.example/w1 ${base64(Buffer.alloc(76, 1))}\n`;
    assert.ok(isProven(answer(await withEnvelope((envelope) => envelope + witness))));
    assert.ok(isProven(answer(await withEnvelope((envelope) => envelope.replace('\n\n', `\n\n${witness}`)))));
    assert.match(
      answer(await withEnvelope((envelope) => `${envelope.split('\n\n')[0]}\n\n${witness}`)),
      /^unproven-time: /,
    );
    const crowd = await withEnvelope((envelope) => envelope + witness.repeat(64));
    assert.match(answer(crowd), /^unproven-time: /);
  });

  test('the key of the log was valid then: both ends of its window belong to it', async () => {
    const window = (end: Date) =>
      termsOf((root) => {
        for (const log of root.tlogs) log.publicKey.validFor.end = end.toISOString();
      });
    const earlier = new Date(sigstore.clock.getTime() - 1000);
    for (const proofs of [{ log: 1 }, { log: 2, timestamp: true }] as const) {
      const made = await bundle(proofs);
      assert.ok(isProven(answer(made, window(sigstore.clock))));
      assert.match(answer(made, window(earlier)), /^unproven-time: /);
    }
  });

  test('a trusted root that does not say since when its keys are valid is not used', async () => {
    for (const remove of [
      (root: FakeTrustedRoot) => delete root.tlogs[0]?.publicKey.validFor.start,
      (root: FakeTrustedRoot) => delete root.ctlogs[0]?.publicKey.validFor.start,
      (root: FakeTrustedRoot) => delete root.certificateAuthorities[0]?.validFor.start,
      (root: FakeTrustedRoot) => delete root.timestampAuthorities[0]?.validFor.start,
    ])
      assert.throws(() => parseTrustRoot(sigstore.trustedRoot(remove)), { code: 'TRUSTED_ROOT_INVALID' });
  });

  test('a log whose key is of an unknown kind vouches for nothing, and leaves the others', async () => {
    const terms = termsOf((root) => {
      const [first] = root.tlogs;
      if (first !== undefined) root.tlogs.push({ ...first, publicKey: { ...first.publicKey, rawBytes: 'AAAA' } });
    });
    assert.ok(isProven(answer(await bundle(), terms)));
  });

  test('one entry twice is one entry that somebody copied', async () => {
    const made = await changed(({ verificationMaterial }) => {
      verificationMaterial.tlogEntries = verificationMaterial.tlogEntries.flatMap((entry) => [entry, entry]);
    });
    assert.match(answer(made), /duplicate/);
  });
});

describe('signed times', () => {
  test('over other bytes, by a stranger, outside the certificate', async () => {
    const stamp = async (bytes: Uint8Array, from = sigstore, at?: Date) => {
      const made = await bundle({ log: 2 });
      made.verificationMaterial.timestampVerificationData = {
        rfc3161Timestamps: [{ signedTimestamp: base64(await from.timestamp(bytes, at)) }],
      };
      return made;
    };
    const signatureOf = async (make: (signature: Uint8Array) => Promise<Changed>) => {
      // The signature is made anew for each bundle: the time is put over the one that it comes with.
      const made = await bundle({ log: 2 });
      const signature = Buffer.from(made.messageSignature.signature, 'base64');
      made.verificationMaterial.timestampVerificationData = (
        await make(signature)
      ).verificationMaterial.timestampVerificationData!;
      return made;
    };
    assert.ok(isProven(answer(await signatureOf((signature) => stamp(signature)))));
    assert.match(answer(await stamp(Buffer.from('other'))), /^unproven-time: /);
    const stranger = await startFakeSigstore(sigstore.clock);
    assert.match(answer(await signatureOf((signature) => stamp(signature, stranger))), /^unproven-time: /);
    const late = new Date(sigstore.clock.getTime() + 3_600_000);
    assert.match(answer(await signatureOf((signature) => stamp(signature, sigstore, late))), /^expired: /);
  });

  test('times and entries of authorities that are not known neither help nor harm; those of known ones must hold', async () => {
    const stranger = await startFakeSigstore(sigstore.clock);
    const made = await bundle({ log: 1 });
    const signature = Buffer.from(made.messageSignature.signature, 'base64');
    const { tlogEntries } = made.verificationMaterial;
    const withTime = async (from: FakeSigstore, bytes: Uint8Array) => {
      const changedBundle = structuredClone(made);
      changedBundle.verificationMaterial.timestampVerificationData = {
        rfc3161Timestamps: [{ signedTimestamp: base64(await from.timestamp(bytes)) }],
      };
      return answer(changedBundle);
    };
    assert.equal(await withTime(sigstore, signature), 'proven');
    assert.match(await withTime(sigstore, Buffer.from('other')), /^unproven-time: /);
    const entry = stranger.log(logBody(signer, 1, artifact, signature), 1);
    const both = structuredClone(made);
    both.verificationMaterial.tlogEntries = [...tlogEntries, { ...entry }];
    assert.equal(answer(both), 'proven');
    both.verificationMaterial.tlogEntries = [{ ...entry }];
    assert.match(answer(both), /^unproven-time: .*no entry of a transparency log that is trusted/);
  });

  test('a time by an authority that is not in the root is as if it were not there', async () => {
    const without = termsOf((root) => {
      root.timestampAuthorities = [];
    });
    assert.equal(answer(await bundle({ log: 1, timestamp: true }), without), 'proven');
    assert.match(answer(await bundle({ log: 2, timestamp: true }), without), /^unproven-time: no signed time/);
  });

  test('a fraction of a second may have any length', async () => {
    for (const milliseconds of [500, 250, 125]) {
      const made = await bundle({ log: 2 });
      const signature = Buffer.from(made.messageSignature.signature, 'base64');
      const at = new Date(sigstore.clock.getTime() + milliseconds);
      made.verificationMaterial.timestampVerificationData = {
        rfc3161Timestamps: [{ signedTimestamp: base64(await sigstore.timestamp(signature, at)) }],
      };
      assert.equal(answer(made), 'proven', `${milliseconds} ms`);
    }
  });

  test('an authority whose certificate is not for stamping times is none', async () => {
    const made = await bundle({ log: 2, timestamp: true });
    const terms = termsOf((root) => {
      root.timestampAuthorities = root.certificateAuthorities;
    });
    assert.match(answer(made, terms), /^unproven-time: /);
  });
});
