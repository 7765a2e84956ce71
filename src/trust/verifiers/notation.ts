/** Notary Project signatures (notation) of one manifest, judged by Notation's own trust policy and trust stores. */
import type { Attestation, TraceStep } from '../../core/attestation.ts';
import type { NotationTrust, SignatureSubject, TrustContext, TrustVerifier } from '../../core/trust.ts';
import { answerOf, type Answer } from '../notation/answer.ts';
import { findSignature } from '../notation/find-signature.ts';
import { applicableStatement, parseTrustPolicy } from '../notation/trust-policy.ts';

const verify = async (
  subject: SignatureSubject,
  trust: NotationTrust,
  context: TrustContext,
): Promise<readonly Attestation[]> => {
  const trace: TraceStep[] = [];
  const keep = (step: TraceStep): void => {
    if (trace.length < 512)
      trace.push({ ...step, ...(step.detail === undefined ? {} : { detail: step.detail.slice(0, 512) }) });
  };
  const answer = await (async (): Promise<Answer> => {
    // 1. Identify the applicable statement; none is a failure.
    const asked = subject.reference?.repository;
    const statement = applicableStatement(parseTrustPolicy(trust.policy), asked);
    const lookedFor = `statement of the trust policy for ${asked ?? 'an image without a repository'}`;
    keep({
      lookedFor,
      result: statement === undefined ? 'absent' : 'found',
      ...(statement && { detail: statement.name }),
    });
    if (statement === undefined)
      return answerOf('other-reference', 'untrusted', 'the trust policy has no statement for this repository');
    // 2. Proceed based on the level.
    if (statement.level === 'skip')
      return answerOf('skipped', 'inconclusive', `the trust policy statement "${statement.name}" says not to check`);
    const { repository } = subject;
    if (repository === undefined) {
      keep({ lookedFor: 'a place where signatures are kept beside the image', result: 'absent' });
      return answerOf('unsupported', 'inconclusive', 'nothing can lie beside an image from this source');
    }
    return await findSignature({ subject, repository, statement, trust, trace: keep, context });
  })();
  return [{ verifier: 'notation', kind: 'signature', digest: subject.digest, ...answer, trace }];
};

export const notation: TrustVerifier<NotationTrust> = {
  id: 'notation',
  about: 'Notary Project signatures made by notation, by X.509 certificates and trust policies',
  verify,
};
