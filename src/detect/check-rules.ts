/** Rules and their proofs → what is wrong with them: what `rules check` tells, and what holds the shelf of rules. */
import type { Event } from '../core/event.ts';
import { anchorsOf } from './anchors.ts';
import { compileRules, type Remark, type RuleOptions, type RuleText } from './compile-rules.ts';
import type { DetectorLimits } from './correlation/state.ts';
import { openDetector } from './detector.ts';
import type { Refusal, Rule, RuleSet } from './rule.ts';
import { quoted } from './rule-problem.ts';

/** Events, in the order in which they are handed on, of which a rule must or must not make a match. */
export interface RuleProof {
  /** Id of the rule. */
  readonly rule: string;
  readonly fires: boolean;
  readonly events: readonly Event[];
}

export interface RuleReport {
  readonly rules: RuleSet;
  readonly refused: readonly Refusal[];
  /** Rules that are used and may not do what was meant. */
  readonly remarks: readonly Remark[];
  /** Proofs that do not hold, by position, with the reason. */
  readonly failed: readonly { readonly proof: number; readonly reason: string }[];
  /** Ids of rules that are told on their own and lack a proof that fires, or one that does not. */
  readonly unproven: readonly string[];
}

/** Also of what only correlations hear of: a proof is about the rule, whoever is told. */
const alone = ({ rules }: RuleSet): RuleSet => ({ rules: rules.map((rule) => ({ ...rule, alone: true })) });

const remarkOf = ({ head }: Rule, reason: string): Remark => ({
  file: head.file,
  line: head.line,
  title: head.title,
  reason,
});

/** A rule without a literal costs every event of its log source a full look. */
const unindexed = ({ rules }: RuleSet): readonly Remark[] =>
  rules
    .filter((rule) => rule.kind === 'detection' && anchorsOf(rule.test, () => 1) === undefined)
    .map((rule) =>
      remarkOf(rule, 'The rule requires no literal, so that it is asked of every event of its log source.'),
    );

/** A correlation below silences a rule that may have been meant to be heard. */
const silenced = ({ rules }: RuleSet): readonly Remark[] =>
  rules
    .filter(({ alone, head }) => !alone && (head.level === 'high' || head.level === 'critical'))
    .map((rule) =>
      remarkOf(
        rule,
        `The rule is of level ${rule.head.level ?? ''}, and only correlations hear of it: one that says “generate: true” lets it be told.`,
      ),
    );

/** What is worth a second look in rules that are used. */
export const remarksOf = (rules: RuleSet): readonly Remark[] => [...unindexed(rules), ...silenced(rules)];

const failureOf = (
  { rule, fires, events }: RuleProof,
  rules: RuleSet,
  known: ReadonlySet<string>,
  limits: Partial<DetectorLimits>,
): string | undefined => {
  if (!known.has(rule)) return `${quoted(rule)} is not loaded.`;
  if (events.length === 0) return 'The proof has no events.';
  const detector = openDetector(rules, limits);
  const fired = events.some((event) => detector.push(event).some((match) => match.rule.id === rule));
  return fired === fires ? undefined : `${quoted(rule)} ${fires ? 'does not fire' : 'fires'}.`;
};

/** Pure and complete: everything that is wrong is in the report, nothing is thrown. Each proof runs in a detector of its own. */
export const checkRules = (
  texts: readonly RuleText[],
  options: RuleOptions = {},
  proofs: readonly RuleProof[] = [],
  limits: Partial<DetectorLimits> = {},
): RuleReport => {
  const { rules, refused, remarks } = compileRules(texts, options);
  const known = new Set(rules.rules.map(({ head }) => head.id));
  const heard = alone(rules);
  const proven = (fires: boolean): ReadonlySet<string> =>
    new Set(proofs.filter((proof) => proof.fires === fires).map(({ rule }) => rule));
  const [positive, negative] = [proven(true), proven(false)];
  return {
    rules,
    refused,
    remarks: [...remarks, ...remarksOf(rules)],
    failed: proofs.flatMap((proof, position) => {
      const reason = failureOf(proof, heard, known, limits);
      return reason === undefined ? [] : [{ proof: position, reason }];
    }),
    unproven: rules.rules
      .filter(({ alone, head }) => alone && !(positive.has(head.id) && negative.has(head.id)))
      .map(({ head }) => head.id),
  };
};
