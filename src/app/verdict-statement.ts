/** A Verdict → the in-toto statement about it that is signed. https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md. Pure. */
import { digestAlgorithm, digestHex } from '../core/digest.ts';
import type { Verdict } from '../core/verdict.ts';
import { verdictPredicateType, type VerdictPredicate } from '../formats/records/verdict-predicate.ts';

export interface VerdictStatement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: typeof verdictPredicateType;
  readonly predicate: VerdictPredicate;
}

const mostSentences = 16;
const sentence = (text: string): string => (text.length > 1000 ? `${text.slice(0, 999)}…` : text);

/** Without tag and digest: a statement is about content, wherever it lies. Paths of this machine are nobody's business. */
const nameOf = (reference: string): string =>
  /^docker:\/\/(.+?)(?::[\w.-]+)?(?:@sha(?:256|512):[0-9a-f]+)?$/.exec(reference)?.[1] ?? 'image';

/** undefined: there is nothing that a registry could know it by (no manifest), so nobody could find the statement. */
export const toVerdictStatement = (verdict: Verdict, scannerVersion: string): VerdictStatement | undefined => {
  const { dossier, policy } = verdict;
  const { manifest } = dossier.identity;
  if (manifest === undefined) return undefined;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: nameOf(dossier.reference), digest: { [digestAlgorithm(manifest)]: digestHex(manifest) } }],
    predicateType: verdictPredicateType,
    predicate: {
      assessment: verdict.assessment,
      decision: verdict.decision,
      because: verdict.because.slice(0, mostSentences).map(sentence),
      policy: { name: sentence(policy.name), version: policy.version },
      rules: {
        version: dossier.rules.version,
        counts: { ...dossier.rules.counts },
        ...(dossier.rules.newest === undefined ? {} : { newest: { ...dossier.rules.newest } }),
      },
      coverage: dossier.coverage,
      findings: dossier.findings.length,
      gaps: dossier.gaps.length,
      platform: dossier.platform,
      scanner: { name: 'tidewaiter', version: scannerVersion },
      at: verdict.at,
    },
  };
};
