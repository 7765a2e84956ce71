/** Who signs in Notation's way, who is trusted, and one question about an image, for the tests of its verifier. */
import assert from 'node:assert/strict';
import type { Attestation } from '../../src/core/attestation.ts';
import type { Descriptor } from '../../src/core/image.ts';
import type { NotationTrust, SignatureSubject } from '../../src/core/trust.ts';
import { notation } from '../../src/trust/verifiers/notation.ts';
import { makeAuthority, makeParty, type Party } from './authority.ts';
import type { MemoryRepository } from './memory-repository.ts';
import { attachEnvelope, policyText, signEnvelope, type EnvelopeForm, type SigningOptions } from './notation-signer.ts';
import { startRevocationServer, type RevocationServer } from './revocation-server.ts';
import { fakeTrustContext } from './trust-memory.ts';

export const day = 86_400_000;
const name = 'registry.example/team/app';

export interface NotationScene extends AsyncDisposable {
  readonly server: RevocationServer;
  readonly root: Party;
  readonly issuing: Party;
  readonly signer: Party;
  /** Whose certificate says where to ask about it. */
  readonly watched: Party;
  readonly stranger: Party;
  /** `root` is trusted; `statement` alters that of the policy. */
  readonly trustIn: (statement?: object, more?: NotationTrust['stores']) => NotationTrust;
  /** Signs, and lays it beside the image. */
  readonly signed: (
    repository: MemoryRepository,
    target: Descriptor,
    form: EnvelopeForm,
    options?: Partial<SigningOptions>,
  ) => Uint8Array;
  readonly ask: (
    repository: MemoryRepository,
    target: Descriptor,
    trust?: NotationTrust,
    more?: Partial<SignatureSubject>,
  ) => Promise<Attestation>;
}

export const subjectOf = (repository: MemoryRepository, { digest }: Descriptor): SignatureSubject => ({
  digest,
  reference: { repository: name, tag: 'v1' },
  repository,
});

/** Dispose of it. */
export const openNotationScene = async (): Promise<NotationScene> => {
  const server = await startRevocationServer();
  const root = await makeAuthority({ subject: 'CN=Root, O=Example, ST=WA, C=US' });
  const issuing = await makeAuthority({ issuer: root, subject: 'CN=Issuing, O=Example, ST=WA, C=US' });
  const scene: NotationScene = {
    server,
    root,
    issuing,
    signer: await makeParty({ issuer: issuing, subject: 'C=US, ST=WA, O=Example, OU=CI, CN=builder' }),
    watched: await makeParty({ issuer: issuing, ocsp: server.ocsp, crl: server.crl }),
    stranger: await makeParty({ issuer: await makeAuthority() }),
    trustIn: (statement = {}, more = {}) => ({
      verifier: 'notation',
      policy: policyText(statement),
      stores: { 'ca:company': [root.certificate], ...more },
    }),
    signed: (repository, target, form, options = {}) => {
      const envelope = signEnvelope({ form, signer: scene.signer, target, ...options });
      attachEnvelope(repository, envelope, form, target);
      return envelope;
    },
    ask: async (repository, target, trust = scene.trustIn(), more = {}) => {
      const subject = { ...subjectOf(repository, target), ...more };
      const [answer, ...others] = await notation.verify(subject, trust, fakeTrustContext());
      assert.ok(answer !== undefined && others.length === 0);
      return answer;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return scene;
};
