/** Answers of verifiers, identities and history → their public form, member by member: what is not public never gets out. */
import type * as z from 'zod';
import type { Attestation } from '../core/attestation.ts';
import type { Identity } from '../core/identity.ts';
import type { ImageHistory } from '../core/image-history.ts';
import type { TrustSummary } from '../core/trust-summary.ts';
import type { attestationSchema, historySchema, identitySchema, trustSchema } from './trust-schema.ts';

export const toIdentity = (identity: Identity): z.infer<typeof identitySchema> => ({
  index: identity.index,
  manifest: identity.manifest,
  config: identity.config,
  diffIds: [...identity.diffIds],
  ami: identity.ami,
  snapshot: identity.snapshot,
});

export const toAttestation = (attestation: Attestation): z.infer<typeof attestationSchema> => ({
  verifier: attestation.verifier,
  signer: attestation.signer,
  kind: attestation.kind,
  digest: attestation.digest,
  outcome: attestation.outcome,
  code: attestation.code,
  identity: attestation.identity,
  signedAt: attestation.signedAt,
  expires: attestation.expires,
  reason: attestation.reason,
  facts: attestation.facts === undefined ? undefined : { ...attestation.facts },
  trace: attestation.trace.map(({ lookedFor, result, detail }) => ({ lookedFor, result, detail })),
});

export const toTrust = (trust: TrustSummary): z.infer<typeof trustSchema> => ({
  asked: trust.asked,
  outcome: trust.outcome,
  code: trust.code,
  rule: trust.rule,
  by: [...trust.by],
  reason: trust.reason,
  signers: trust.signers.map(({ signer, outcome, code, reason, identity, signedAt }) => ({
    signer,
    outcome,
    code,
    reason,
    identity,
    signedAt,
  })),
  configuration: { name: trust.configuration.name, version: trust.configuration.version },
});

export const toHistory = (history: ImageHistory): z.infer<typeof historySchema> => ({
  firstSeen: history.firstSeen,
  seenBefore: history.seenBefore,
  since: history.since,
  loggedAt: history.loggedAt,
  tagMoved: history.tagMoved,
  tagBefore: history.tagBefore,
  tagMovedAt: history.tagMovedAt,
  signersBefore: [...history.signersBefore],
  signatureLost: history.signatureLost,
  signerChanged: history.signerChanged,
  elsewhere: history.elsewhere.map(({ repository, digest }) => ({ repository, digest })),
});
