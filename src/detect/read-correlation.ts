/** A rule document with `correlation` → a draft, its references not yet resolved. Correlation specification 2.1, “Correlation section”. */
import { expandPlaceholders, type Placeholders } from './placeholders.ts';
import { correlationTypes, type Bound, type CorrelationType, type RuleHead } from './rule.ts';
import { lineAt, mapAt, readHead, textAt, textsAt } from './rule-head.ts';
import type { MapNode } from './rule-nodes.ts';
import { quoted, refuse } from './rule-problem.ts';
import type { Comparison } from './criterion.ts';

export interface CorrelationDraft {
  readonly head: RuleHead;
  readonly type: CorrelationType;
  /** Ids or names. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  /** By alias, by id or name of a rule: a field. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly timespanMs: number;
  /** Empty: every rule must have matched. */
  readonly bounds: readonly Bound[];
  readonly fields: readonly string[];
  readonly percentile?: number;
  /** The rules it goes by are told on their own as well. */
  readonly generate: boolean;
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const maximumDays = 366;
/** As many events of a group are remembered as its count asks for; more than this is refused. */
export const maximumCount = 100_000;
const maximumRules = 64;

const comparisons: readonly string[] = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] satisfies readonly Comparison[];

const keys: readonly string[] = ['type', 'rules', 'aliases', 'group-by', 'timespan', 'condition', 'generate'];

/** “number + letter (in lowercase)”; or one placeholder that stands for it, which is ours: windows are what people set most. */
const readTimespan = (map: MapNode, placeholders: Placeholders): number => {
  const written = textAt(map, 'timespan', 256) ?? refuse('The correlation has no timespan.', map.line);
  const line = lineAt(map, 'timespan');
  const texts = /^%\w+%$/.test(written) ? expandPlaceholders(written, placeholders, line) : [written];
  const [text = ''] = texts;
  if (texts.length > 1) refuse(`The timespan ${quoted(written)} stands for more than one value.`, line);
  const found = /^(\d{1,7})([smhd])$/.exec(text);
  const milliseconds = Number(found?.[1]) * (units[found?.[2] ?? ''] ?? Number.NaN);
  return milliseconds > 0 && milliseconds <= maximumDays * 86_400_000
    ? milliseconds
    : refuse(
        `The timespan ${quoted(text)} is none: a number and s, m, h or d, from 1s to ${maximumDays}d.`,
        lineAt(map, 'timespan'),
      );
};

const readNumber = (map: MapNode, key: string): number => {
  const node = map.entries.get(key);
  return node?.kind === 'scalar' && typeof node.value === 'number' && Number.isFinite(node.value)
    ? node.value
    : refuse(`${quoted(key)} must be a number.`, node?.line ?? map.line);
};

const readAliases = (map: MapNode): CorrelationDraft['aliases'] => {
  if (!map.entries.has('aliases')) return new Map();
  const aliases = mapAt(map, 'aliases');
  return new Map(
    [...aliases.entries.keys()].map((alias) => {
      const fields = mapAt(aliases, alias);
      return [
        alias,
        new Map(
          [...fields.entries.keys()].map((rule) => [
            rule,
            textAt(fields, rule, 256) ?? refuse(`The alias ${quoted(alias)} names no field.`, fields.line),
          ]),
        ),
      ];
    }),
  );
};

interface Condition {
  readonly bounds: readonly Bound[];
  readonly fields: readonly string[];
  readonly percentile?: number;
}

const isCount = (type: CorrelationType): boolean =>
  type === 'event_count' || type === 'value_count' || type === 'temporal' || type === 'temporal_ordered';

const readCondition = (map: MapNode, type: CorrelationType): Condition => {
  const temporal = type === 'temporal' || type === 'temporal_ordered';
  if (!map.entries.has('condition') && temporal) return { bounds: [], fields: [] };
  const condition = mapAt(map, 'condition');
  const strange = [...condition.entries.keys()].find(
    (key) => !comparisons.includes(key) && key !== 'field' && key !== 'percentile',
  );
  if (strange !== undefined)
    refuse(
      `The condition does not know ${quoted(strange)}; it knows ${[...comparisons, 'field', 'percentile'].join(', ')}.`,
      condition.line,
    );
  const bounds = [...condition.entries.keys()]
    .filter((key) => comparisons.includes(key))
    .map((key) => ({ comparison: key as Comparison, number: readNumber(condition, key) }));
  if (bounds.length === 0) refuse('The condition compares nothing.', condition.line);
  for (const { number } of isCount(type) ? bounds : [])
    if (!Number.isInteger(number) || number < 0 || number > maximumCount)
      refuse(`A count must be a whole number from 0 to ${maximumCount}.`, condition.line);
  const fields = textsAt(condition, 'field');
  if (type.startsWith('value_') ? fields.length === 0 : fields.length > 0)
    refuse(`A condition of ${type} ${fields.length === 0 ? 'needs a field' : 'has no field'}.`, condition.line);
  if (fields.length > 1 && type !== 'value_count') refuse(`A condition of ${type} has one field.`, condition.line);
  if (!condition.entries.has('percentile')) return { bounds, fields };
  const percentile = readNumber(condition, 'percentile');
  if (type !== 'value_percentile' || percentile < 0 || percentile > 100)
    refuse('“percentile” is a number from 0 to 100 in a condition of value_percentile.', condition.line);
  return { bounds, fields, percentile };
};

const readGenerate = (map: MapNode, correlation: MapNode): boolean => {
  // The specification describes it beside the correlation; rules in the wild have it inside as well.
  const node = map.entries.get('generate') ?? correlation.entries.get('generate');
  if (node === undefined) return false;
  return node.kind === 'scalar' && typeof node.value === 'boolean'
    ? node.value
    : refuse('“generate” must be true or false.', node.line);
};

export const readCorrelation = (map: MapNode, file: string, placeholders: Placeholders): CorrelationDraft => {
  const head = readHead(map, file);
  const correlation = mapAt(map, 'correlation');
  const strange = [...correlation.entries.keys()].find((key) => !keys.includes(key));
  if (strange !== undefined)
    refuse(
      `The correlation does not know ${quoted(strange)}; it knows ${keys.join(', ')}.`,
      lineAt(correlation, strange),
    );
  const word = textAt(correlation, 'type');
  const type = correlationTypes.find((type) => type === word);
  if (type === undefined)
    return refuse(
      `The correlation type ${quoted(word ?? '')} is not known; there are ${correlationTypes.join(', ')}.`,
      lineAt(correlation, 'type'),
    );
  const rules = textsAt(correlation, 'rules');
  if (rules.length === 0 || rules.length > maximumRules || new Set(rules).size < rules.length)
    refuse(`A correlation names from one to ${maximumRules} rules, each once.`, lineAt(correlation, 'rules'));
  return {
    head,
    type,
    rules,
    groupBy: textsAt(correlation, 'group-by'),
    aliases: readAliases(correlation),
    timespanMs: readTimespan(correlation, placeholders),
    ...readCondition(correlation, type),
    generate: readGenerate(map, correlation),
  };
};
