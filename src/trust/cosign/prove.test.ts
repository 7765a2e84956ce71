/** What sigstore's library would let pass, and this verifier does not; what hostile bytes do to it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, test } from 'node:test';
import {
  ecKeys,
  keyPem,
  startFakeSigstore,
  type FakeEntry,
  type FakeSigstore,
  type FakeTrustedRoot,
} from '../../../test/fakes/sigstore-authorities.ts';
import {
  bundleOf,
  logBody,
  statementOf,
  type FakeProofs,
  type FakeSigner,
} from '../../../test/fakes/sigstore-signer.ts';
import { mutate } from '../../../test/contracts/format.contract.ts';
import { toWantedIdentities } from './identity.ts';
import { proveArtifact } from './prove-artifact.ts';
import type { Terms } from './prove.ts';
import { Refusal } from './refusal.ts';
import { parseSignatureKey } from './signature-key.ts';
import { parseTrustRoot } from './trust-root.ts';

const subject = 'https://ci.example/team/app';
const issuer = 'https://token.ci.example';
const artifact = Buffer.from('the artifact');

let sigstore: FakeSigstore;
let signer: FakeSigner;
before(async () => {
  sigstore = await startFakeSigstore();
  const keys = ecKeys();
  signer = { keys, certificate: await sigstore.certify(keys, { subject, issuer }) };
});

interface Material {
  tlogEntries: (FakeEntry & Record<string, unknown>)[];
  certificate?: { rawBytes: string };
  x509CertificateChain?: object;
  timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
}

interface Changed {
  mediaType: string;
  verificationMaterial: Material;
  messageSignature: { messageDigest: { algorithm: string; digest: string }; signature: string };
}

const termsOf = (change?: (root: FakeTrustedRoot) => void): Terms => {
  const root = parseTrustRoot(sigstore.trustedRoot(change));
  return {
    keys: [],
    identities: toWantedIdentities([{ subject: { exact: subject }, issuer: { exact: issuer } }]),
    isLogRequired: { key: true, certificate: true },
    root: () => root,
    hasRoot: true,
    now: sigstore.clock,
  };
};

/** `proven`, or `code: reason`. */
const answer = (bundle: object | Uint8Array, terms = termsOf()): string => {
  const bytes = bundle instanceof Uint8Array ? bundle : Buffer.from(JSON.stringify(bundle));
  try {
    proveArtifact(bytes, { bytes: artifact }, 1 << 20, terms);
    return 'proven';
  } catch (thrown) {
    if (thrown instanceof Refusal) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
};

const bundle = async (proofs: Partial<FakeProofs> = { log: 1 }, by = signer): Promise<Changed> =>
  (await bundleOf(by, { message: artifact }, { sigstore, ...proofs })) as unknown as Changed;

const isProven = (said: string): boolean => said === 'proven';

const changed = async (change: (made: Changed) => void, proofs?: Partial<FakeProofs>): Promise<Changed> => {
  const made = await bundle(proofs);
  change(made);
  return made;
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

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
    assert.match(answer(made), /^unproven-time: no signed time/);
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
