/** A Dossier and a Policy → a Verdict: pure and total. What is not said is not allowed. */
import type { Dossier } from '../core/dossier.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { Assessment, Decision, Verdict } from '../core/verdict.ts';
import { assess, type Assessed } from './assess.ts';
import {
  clearSentence,
  decisiveSentences,
  expiredSentence,
  fewOf,
  gapSentence,
  lightSentence,
  ruleSentence,
  trustedSentence,
  untrustedSentence,
} from './because.ts';
import { applyExceptions } from './exceptions.ts';
import { isReferenceMatch } from '../core/reference-pattern.ts';
import type { Policy, PolicyRule, RuleSubject } from './policy.ts';

/** Lines of the scopes that fit come first, in the order of the file; a later scope's decisions win over an earlier one's. */
const inForce = (policy: Policy, reference: string): Omit<Policy, 'scopes'> => {
  const scopes = policy.scopes.filter(({ match }) => isReferenceMatch(match, reference));
  return {
    ...policy,
    decisions: scopes.reduce((decisions, scope) => ({ ...decisions, ...scope.decisions }), policy.decisions),
    findings: [...scopes.flatMap(({ findings }) => findings), ...policy.findings],
    gaps: [...scopes.flatMap(({ gaps }) => gaps), ...policy.gaps],
    rules: [...scopes.flatMap(({ rules }) => rules), ...policy.rules],
  };
};

interface RulesAsked {
  readonly applying: readonly PolicyRule[];
  /** Rules whose condition could not be decided, as sentences. */
  readonly undecided: readonly string[];
}

const askRules = (rules: readonly PolicyRule[], subject: RuleSubject): RulesAsked => {
  const applying: PolicyRule[] = [];
  const undecided: string[] = [];
  for (const rule of rules) {
    try {
      if (rule.when.evaluate(subject)) applying.push(rule);
    } catch (thrown) {
      const why = toPlainText(thrown instanceof Error ? thrown.message : String(thrown), 300);
      undecided.push(`the policy's rule ${rule.id} could not be decided, which denies: ${why}`);
    }
  }
  return { applying, undecided };
};

/** `allow` loosens only what is a matter of taste: malware and gaps have exceptions and gap lines, which name what they allow. */
const isLoosened = (assessment: Assessment): boolean => assessment === 'suspicious' || assessment === 'clean';

/** No rule that allows loosens this: who must have signed is a question of its own, which the policy answers by `untrusted`. */
const decideTrust = ({ trust }: Dossier, decisions: Policy['decisions']): Decision | undefined =>
  trust?.asked === true && trust.outcome === 'untrusted' ? decisions.untrusted : undefined;

const stricter = (one: Decision, other: Decision = 'allow'): Decision =>
  (['deny', 'warn'] as const).find((word) => one === word || other === word) ?? 'allow';

const decide = (assessed: Assessed, decisions: Policy['decisions'], { applying, undecided }: RulesAsked): Decision => {
  const says = (decision: Decision): boolean => applying.some((rule) => rule.decision === decision);
  const { assessment, denied } = assessed;
  const byAssessment = assessment === 'incomplete' && denied.length === 0 ? 'warn' : decisions[assessment];
  const start = isLoosened(assessment) && says('allow') ? 'allow' : byAssessment;
  if (undecided.length > 0 || says('deny') || start === 'deny') return 'deny';
  return says('warn') || start === 'warn' || assessed.warned.length > 0 ? 'warn' : 'allow';
};

const evidenceSentences = (assessed: Assessed): readonly string[] => {
  switch (assessed.assessment) {
    case 'malicious':
      return decisiveSentences(assessed.malicious);
    case 'incomplete':
      return [...fewOf(assessed.denied, gapSentence, 'such gap'), ...decisiveSentences(assessed.suspicious, 1)];
    case 'suspicious':
      return decisiveSentences(assessed.suspicious);
    default:
      return [];
  }
};

/** Never throws. Findings are judged in the order of the dossier; `at` decides which exceptions still hold. */
export const judge = (policy: Policy, dossier: Dossier, at: string): Verdict => {
  const { decisions, findings, gaps, rules, exceptions, name, version } = inForce(policy, dossier.reference);
  const exempted = applyExceptions(exceptions, dossier, at);
  const remaining = { findings: exempted.findings, gaps: exempted.gaps };
  const assessed = assess({ findings, gaps }, remaining.findings, remaining.gaps);
  const { assessment } = assessed;
  const asked = askRules(
    rules.filter(({ id }) => !exempted.rules.has(id)),
    { dossier: { ...dossier, ...remaining }, assessment, at },
  );
  const untrusted = decideTrust(dossier, decisions);
  const decision = stricter(decide(assessed, decisions, asked), untrusted);
  const saying = (word: Decision): readonly PolicyRule[] => asked.applying.filter((rule) => rule.decision === word);
  const sentences = [
    ...(assessment === 'malicious' ? evidenceSentences(assessed) : []),
    ...(untrusted === undefined ? [] : [untrustedSentence(dossier)]),
    ...asked.undecided,
    ...[...saying('deny'), ...saying('warn'), ...(isLoosened(assessment) ? saying('allow') : [])].map(ruleSentence),
    ...(assessment === 'malicious' ? [] : evidenceSentences(assessed)),
    ...fewOf(assessed.warned, gapSentence, 'such gap', 1),
    ...exempted.expired.map(expiredSentence),
  ];
  const excepted = exempted.excepted.length;
  const ends = [
    ...trustedSentence(dossier),
    ...(assessment === 'clean' ? [clearSentence(dossier, dossier.findings.length - remaining.findings.length)] : []),
    ...(assessment === 'clean' ? assessed.light.flatMap((light) => lightSentence(light) ?? []).slice(0, 2) : []),
    ...(assessed.accepted.length > 0
      ? [`the policy accepts ${assessed.accepted.length} gap${assessed.accepted.length === 1 ? '' : 's'}`]
      : []),
    ...(excepted > 0 ? [`the policy excepts ${excepted} finding${excepted === 1 ? '' : 's'} or gaps by name`] : []),
  ];
  const [first = `assessed as ${assessment}`, ...others] = [...sentences, ...ends];
  return {
    assessment,
    decision,
    because: [first, ...others],
    dossier,
    policy: { name, version },
    ...(untrusted === undefined ? {} : { untrusted }),
    ...(excepted > 0 ? { excepted: exempted.excepted } : {}),
    at,
  };
};
