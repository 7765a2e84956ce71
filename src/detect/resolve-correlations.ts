/** Correlations and the rules that they name → an order in which each stands behind all that it goes by. */
import type { DetectionDraft } from './read-detection.ts';
import type { CorrelationDraft } from './read-correlation.ts';
import type { CorrelationRule, DetectionRule, Rule } from './rule.ts';
import { quoted, RuleProblem } from './rule-problem.ts';

export interface Resolved {
  readonly rules: readonly Rule[];
  readonly problems: readonly { readonly draft: CorrelationDraft; readonly problem: RuleProblem }[];
}

type Positions = ReadonlyMap<string, number>;

/** All positions that a correlation goes by, through other correlations as well. */
const closureOf = (of: readonly number[], rules: readonly Rule[]): ReadonlySet<number> => {
  const closure = new Set<number>();
  const waiting = [...of];
  for (let position = waiting.pop(); position !== undefined; position = waiting.pop()) {
    if (closure.has(position)) continue;
    closure.add(position);
    const rule = rules[position];
    if (rule?.kind === 'correlation') waiting.push(...rule.of);
  }
  return closure;
};

const problem = (draft: CorrelationDraft, reason: string): RuleProblem => new RuleProblem(reason, draft.head.line);

const toAliases = (
  draft: CorrelationDraft,
  closure: ReadonlySet<number>,
  positions: Positions,
): CorrelationRule['aliases'] =>
  new Map(
    [...draft.aliases].map(([alias, fields]) => [
      alias,
      new Map(
        [...fields].map(([rule, field]) => {
          const position = positions.get(rule);
          if (position === undefined || !closure.has(position))
            throw problem(draft, `The alias ${quoted(alias)} names ${quoted(rule)}, which is not among its rules.`);
          return [position, field];
        }),
      ),
    ]),
  );

/** An alias must say where its value is for every rule, or the correlation would be blind to one of them. */
const checkAliases = (
  draft: CorrelationDraft,
  of: readonly number[],
  aliases: CorrelationRule['aliases'],
  rules: readonly Rule[],
): void => {
  for (const [alias, fields] of aliases)
    for (const position of of) {
      const rule = rules[position];
      const known =
        fields.has(position) ||
        (rule?.kind === 'correlation' &&
          (rule.groupBy.includes(alias) || [...closureOf([position], rules)].some((below) => fields.has(below))));
      if (!known)
        throw problem(draft, `The alias ${quoted(alias)} has no field for ${quoted(rule?.head.title ?? '')}.`);
    }
};

const place = (draft: CorrelationDraft, positions: Positions, rules: readonly Rule[]): CorrelationRule => {
  const of = draft.rules.map((rule) => positions.get(rule) ?? -1);
  if (new Set(of).size < of.length) throw problem(draft, 'The correlation names a rule twice.');
  const aliases = toAliases(draft, closureOf(of, rules), positions);
  checkAliases(draft, of, aliases, rules);
  const { head, type, groupBy, timespanMs, bounds, fields, percentile } = draft;
  return {
    kind: 'correlation',
    head,
    type,
    of,
    groupBy,
    aliases,
    timespanMs,
    bounds: bounds.length === 0 ? [{ comparison: 'gte', number: of.length }] : bounds,
    fields,
    ...(percentile === undefined ? {} : { percentile }),
    alone: true,
  };
};

const unresolved = (draft: CorrelationDraft, positions: Positions, waiting: ReadonlySet<string>): RuleProblem => {
  const missing = draft.rules.find((rule) => !positions.has(rule) && !waiting.has(rule));
  return problem(
    draft,
    missing === undefined
      ? 'The correlation goes by itself, or by one that does or is refused.'
      : `The correlation goes by ${quoted(missing)}, which is not loaded: no rule that is accepted has this id or name.`,
  );
};

/** Refuses correlations of rules that are not there, of themselves, and those with aliases that lead nowhere; and all that go by a refused one. */
export const resolveCorrelations = (
  detections: readonly DetectionDraft[],
  correlations: readonly CorrelationDraft[],
): Resolved => {
  const rules: Rule[] = detections.map(({ head, logsource, test, vocabulary }): DetectionRule => ({
    kind: 'detection',
    head,
    logsource,
    test,
    names: vocabulary.names,
    alone: true,
  }));
  const positions = new Map<string, number>();
  for (const [position, { head }] of rules.entries())
    for (const reference of head.handles) positions.set(reference, position);
  const problems: { draft: CorrelationDraft; problem: RuleProblem }[] = [];
  const generating = new Set<number>();
  const referenced = new Set<number>();
  let waiting = [...correlations];
  for (let before = -1; waiting.length !== before;) {
    before = waiting.length;
    waiting = waiting.filter((draft) => {
      if (!draft.rules.every((rule) => positions.has(rule))) return true;
      try {
        const rule = place(draft, positions, rules);
        for (const reference of draft.head.handles) positions.set(reference, rules.length);
        for (const position of rule.of) (draft.generate ? generating : referenced).add(position);
        rules.push(rule);
      } catch (thrown) {
        if (!(thrown instanceof RuleProblem)) throw thrown;
        problems.push({ draft, problem: thrown });
      }
      return false;
    });
  }
  const left = new Set(waiting.flatMap(({ head }) => head.handles));
  for (const draft of waiting) problems.push({ draft, problem: unresolved(draft, positions, left) });
  return {
    rules: rules.map((rule, position) => ({ ...rule, alone: !referenced.has(position) || generating.has(position) })),
    problems,
  };
};
