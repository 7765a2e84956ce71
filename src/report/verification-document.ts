/** A Verification → the public object `tidewaiter/verify/v1`. Members are only ever added; schemas/verify.schema.json describes them. */
import type { ImageHistory } from '../core/image-history.ts';
import type { TrustSummary } from '../core/trust-summary.ts';
import type { Verification } from '../core/verification.ts';
import { toAttestation, toHistory, toIdentity, toTrust } from './trust-document.ts';
import { historyWords, trustWords } from './trust-words.ts';
import type { VerificationDocument } from './verification-schema.ts';

/** What would make one look twice at an image that is trusted, too. */
const becauseOf = (trust: TrustSummary, history: ImageHistory | undefined): string[] => [
  trustWords(trust),
  ...(history === undefined ? [] : historyWords(history)),
];

export const toVerificationDocument = (verification: Verification): VerificationDocument => {
  const { trust, discovery, history } = verification;
  return {
    schema: 'tidewaiter/verify/v1',
    reference: verification.reference,
    asked: verification.asked,
    digest: verification.digest,
    identity: toIdentity(verification.identity),
    kind: verification.kind,
    platform: verification.platform,
    outcome: trust.outcome,
    because: becauseOf(trust, history),
    attestations: verification.attestations.map(toAttestation),
    trust: toTrust(trust),
    history: history === undefined ? undefined : toHistory(history),
    historyProblem: verification.historyProblem,
    beside:
      discovery === undefined
        ? undefined
        : {
            companions: discovery.companions.map(({ subject, place, digest, type, what, verifier }) => ({
              subject,
              place,
              digest,
              type,
              what,
              verifier,
            })),
            trace: discovery.trace.map(({ lookedFor, result, detail }) => ({ lookedFor, result, detail })),
          },
    at: verification.at,
  };
};
