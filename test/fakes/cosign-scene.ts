/** An image in a repository, and one question about who signed it, for the tests of cosign. */
import assert from 'node:assert/strict';
import type { Attestation } from '../../src/core/attestation.ts';
import type { Descriptor } from '../../src/core/image.ts';
import type { CosignTrust, SignatureSubject, TrustContext } from '../../src/core/trust.ts';
import { verifyImage } from '../../src/trust/cosign/verify-image.ts';
import { memoryRepository, type MemoryRepository } from './memory-repository.ts';
import { ecKeys, keyPem, type FakeKeys, type FakeSigstore } from './sigstore-authorities.ts';
import type { FakeSigner } from './sigstore-signer.ts';
import { fakeTrustContext } from './trust-memory.ts';

export const workflow = 'https://ci.example/team/app/.ci/release.yml@refs/heads/main';
export const issuer = 'https://token.ci.example';

export interface CosignScene {
  readonly repository: MemoryRepository;
  readonly image: Descriptor;
  readonly subject: SignatureSubject;
}

export const cosignScene = (): CosignScene => {
  const repository = memoryRepository();
  const image = repository.putImage('app', '1.0');
  const reference = { repository: 'registry.example/team/app', tag: '1.0' };
  return { repository, image, subject: { digest: image.digest, reference, repository } };
};

/** Offline, at this time. */
export const contextAt = (now = new Date()): TrustContext =>
  fakeTrustContext({ network: { offline: true }, now: () => now });

export const byKey = (keys: FakeKeys, more: Partial<CosignTrust> = {}): CosignTrust => ({
  verifier: 'cosign',
  keys: [keyPem(keys)],
  claim: 'digest',
  ...more,
});

export const byIdentity = (sigstore: FakeSigstore, more: Partial<CosignTrust> = {}): CosignTrust => ({
  verifier: 'cosign',
  identities: [{ subject: { exact: workflow }, issuer: { exact: issuer } }],
  trustedRoot: sigstore.trustedRoot(),
  claim: 'digest',
  ...more,
});

/** Somebody with a new certificate for `workflow`. */
export const keyless = async (
  sigstore: FakeSigstore,
  extensions: Readonly<Record<number, string>> = {},
): Promise<FakeSigner> => {
  const keys = ecKeys();
  return { keys, certificate: await sigstore.certify(keys, { subject: workflow, issuer, extensions }) };
};

export const askCosign = async (
  subject: SignatureSubject,
  trust: CosignTrust,
  context = contextAt(),
): Promise<{ readonly signature: Attestation; readonly statements: readonly Attestation[] }> => {
  const attestations = await verifyImage(subject, trust, context);
  const [signature, ...others] = attestations.filter(({ kind }) => kind === 'signature');
  assert.ok(signature !== undefined && others.length === 0);
  return { signature, statements: attestations.filter(({ kind }) => kind === 'statement') };
};

export const said = ({ outcome, code }: Attestation): string => `${outcome} ${code}`;
