/** What verifiers said about the signers of a demand → whether the demand is fulfilled: a threshold over different signers. */
import type { Attestation, AttestationCode, AttestationOutcome } from '../core/attestation.ts';
import type { SignerSummary } from '../core/trust-summary.ts';
import type { TrustDemand, TrustSigner } from './demand.ts';

/** `not-asked`: the configuration asks nobody; `refused`: it refuses such references. */
export type TrustAnswerCode = AttestationCode | 'not-asked' | 'refused';

export interface TrustAnswer {
  readonly rule: string;
  /** False: nobody was asked. Then the outcome is `inconclusive`, and no denial follows from it by itself. */
  readonly asked: boolean;
  readonly outcome: AttestationOutcome;
  readonly code: TrustAnswerCode;
  readonly reason: string;
  /** Signers that count, in the order of the file. A second name of the same identity is not among them. */
  readonly by: readonly string[];
  /** Every signer that was asked, in the order of the file, with `since` and `until` applied. */
  readonly signers: readonly SignerSummary[];
}

const maximumReason = 512;

const bounded = (text: string): string => (text.length > maximumReason ? `${text.slice(0, maximumReason - 1)}…` : text);

/** Which attestations speak for a signer: signatures; of the world of verdicts its statements, which are all it has. */
const isAbout =
  (signer: TrustSigner) =>
  ({ signer: name, verifier, kind }: Attestation): boolean =>
    name === signer.name &&
    verifier === signer.trust.verifier &&
    kind === (signer.trust.verifier === 'verdict' ? 'statement' : 'signature');

/** From what lets the demand be fulfilled to what does not; among failures those that found something tell more than `absent`. */
const rank = ({ outcome, code }: Pick<SignerSummary, 'outcome' | 'code'>): number => {
  if (outcome === 'trusted') return 0;
  if (outcome === 'inconclusive') return 1;
  return code === 'absent' ? 3 : 2;
};

const withinTime = (signer: TrustSigner, answer: SignerSummary): SignerSummary => {
  const { since, until, untimed } = signer;
  if (answer.outcome !== 'trusted' || (since === undefined && until === undefined)) return answer;
  const refuse = (code: AttestationCode, reason: string): SignerSummary => ({
    ...answer,
    outcome: 'untrusted',
    code,
    reason,
  });
  const signed = Date.parse(answer.signedAt ?? '');
  if (Number.isNaN(signed))
    return untimed === 'accept'
      ? answer
      : refuse(
          'unproven-time',
          'the signature proves no time, and counts only within certain dates (untimed: accept would let it count)',
        );
  if (since !== undefined && signed < Date.parse(since))
    return refuse('not-yet-valid', `signed at ${answer.signedAt}, before ${since}, from when on this signer counts`);
  if (until !== undefined && signed > Date.parse(until))
    return refuse('expired', `signed at ${answer.signedAt}, after ${until}, until when this signer counts`);
  return answer;
};

const answerOfSigner = (signer: TrustSigner, attestations: readonly Attestation[]): SignerSummary => {
  const answers = attestations
    .filter(isAbout(signer))
    .map(({ outcome, code, reason, identity, signedAt }): SignerSummary =>
      withinTime(signer, {
        signer: signer.name,
        outcome,
        code,
        reason,
        ...(identity === undefined ? {} : { identity }),
        ...(signedAt === undefined ? {} : { signedAt }),
      }),
    );
  const [best] = answers.sort((one, other) => rank(one) - rank(other));
  if (best !== undefined) return best;
  return signer.trust.verifier === 'verdict'
    ? { signer: signer.name, outcome: 'untrusted', code: 'absent', reason: 'no signed verdict was found' }
    : { signer: signer.name, outcome: 'inconclusive', code: 'unsupported', reason: 'nobody looked for this signature' };
};

/** A key is one in all worlds; what else a world calls its signers is its own. */
const personOf = (signer: TrustSigner | undefined, identity: string): string =>
  identity.startsWith('sha256:') ? identity : `${signer?.trust.verifier} ${identity}`;

/** One key under two names is one signer: else a rule of two persons would be fulfilled by one. */
const differentOf = (demand: TrustDemand, answers: readonly SignerSummary[]): readonly SignerSummary[] => {
  if (demand.each) return answers;
  const seen = new Set<string>();
  return answers.filter(({ identity, outcome }, index) => {
    if (identity === undefined || outcome !== 'trusted') return true;
    const key = personOf(demand.signers[index], identity);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
};

const listOf = (words: readonly string[]): string =>
  words.length > 3 ? `${words.slice(0, 3).join(', ')} and ${words.length - 3} more` : words.join(', ');

const asksOf = ({ rule, require, signers }: TrustDemand): string =>
  `rule "${rule}" asks for ${require === signers.length ? '' : `${require} of `}${signers.length} signer${signers.length === 1 ? '' : 's'}`;

/**
 * Enough different signers trusted → `trusted`. Else, if those that could not be found out might still make up the number →
 * `inconclusive`. Else `untrusted`. The attestations are all about one digest; those of signers that were not asked are ignored.
 */
export const answerDemand = (demand: TrustDemand, attestations: readonly Attestation[]): TrustAnswer => {
  const { rule, ask, require } = demand;
  if (ask === 'nothing')
    return {
      rule,
      asked: false,
      outcome: 'inconclusive',
      code: 'not-asked',
      reason: `nobody is asked to have signed this image (${rule === 'default' ? 'no rule matches it' : `rule "${rule}"`})`,
      by: [],
      signers: [],
    };
  if (ask === 'refuse')
    return {
      rule,
      asked: true,
      outcome: 'untrusted',
      code: 'refused',
      reason: `the trust configuration refuses this image whoever signed it (${rule === 'default' ? 'no rule matches it' : `rule "${rule}"`})`,
      by: [],
      signers: [],
    };
  const signers = demand.signers.map((signer) => answerOfSigner(signer, attestations));
  const different = differentOf(demand, signers);
  const trusted = different.filter(({ outcome }) => outcome === 'trusted');
  const open = different.filter(({ outcome }) => outcome === 'inconclusive');
  const by = trusted.map(({ signer }) => signer);
  const answer = (outcome: AttestationOutcome, code: TrustAnswerCode, reason: string): TrustAnswer => ({
    rule,
    asked: true,
    outcome,
    code,
    reason: bounded(reason),
    by,
    signers,
  });
  // A demand without signers is nobody's: no number of nobody is enough.
  if (require > 0 && trusted.length >= require)
    return answer('trusted', 'trusted', `signed by ${listOf(by)}, as ${asksOf(demand)}`);
  const missing = signers.filter(({ outcome }) => outcome !== 'trusted').sort((one, other) => rank(one) - rank(other));
  const why = listOf(missing.map(({ signer, reason }) => `${signer}: ${reason}`));
  if (require > 0 && trusted.length + open.length >= require)
    return answer(
      'inconclusive',
      open[0]?.code ?? 'unsupported',
      `${asksOf(demand)}, and it could not be found out: ${why}`,
    );
  const again = signers
    .filter((one) => one.outcome === 'trusted' && !trusted.includes(one))
    .map(({ signer }) => signer);
  const sameSigner = again.length === 0 ? '' : `; ${listOf(again)} is somebody who counts already`;
  const decisive = missing.find(({ outcome }) => outcome === 'untrusted');
  return answer('untrusted', decisive?.code ?? 'other-signer', `${asksOf(demand)}: ${why || 'too few'}${sameSigner}`);
};
