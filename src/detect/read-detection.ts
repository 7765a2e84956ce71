/** A rule document with `detection`, and filter documents → Tests. Rules specification 2.1, “Detection”; filters specification 2.1. */
import type { LogSource } from '../core/event.ts';
import { readCondition, type ReadCondition } from './condition.ts';
import type { Vocabulary } from './field-criterion.ts';
import { covers, readLogsource } from './read-logsource.ts';
import type { RuleHead } from './rule.ts';
import { mapAt, readHead, textsAt } from './rule-head.ts';
import type { MapNode, RuleNode } from './rule-nodes.ts';
import { quoted, refuse } from './rule-problem.ts';
import { readSearch } from './search.ts';
import type { Criterion } from './criterion.ts';

/** A detection rule before filters are applied to it. */
export interface DetectionDraft {
  readonly head: RuleHead;
  readonly logsource: LogSource;
  readonly vocabulary: Vocabulary;
  readonly test: Criterion;
  /** Searches that the condition does not name. */
  readonly unused: readonly string[];
}

const readSearches = (
  map: MapNode,
  reserved: readonly string[],
  vocabulary: Vocabulary,
): ReadonlyMap<string, Criterion> => {
  const searches = new Map<string, Criterion>();
  for (const [name, node] of map.entries) {
    if (reserved.includes(name)) continue;
    // The old aggregations had it; without them it would silently mean nothing.
    if (name === 'timeframe') refuse('“timeframe” is no longer part of Sigma: write a correlation rule.', node.line);
    searches.set(name, readSearch(node, vocabulary));
  }
  if (searches.size === 0) refuse('The detection has no search identifier.', map.line);
  return searches;
};

const conditionsOf = (map: MapNode): readonly RuleNode[] => {
  const node = map.entries.get('condition');
  if (node === undefined) return refuse('The detection has no condition.', map.line);
  const conditions = node.kind === 'list' ? node.items : [node];
  return conditions.length === 0 ? refuse('The list of conditions is empty.', node.line) : conditions;
};

/** “The condition can be a list … They are logically linked with OR.” */
const readConditions = (map: MapNode, searches: ReadonlyMap<string, Criterion>): ReadCondition => {
  const read = conditionsOf(map).map((node) =>
    node.kind === 'scalar' && typeof node.value === 'string'
      ? readCondition(node.value, searches, node.line)
      : refuse('A condition must be a text.', node.line),
  );
  const [first] = read;
  return {
    test: read.length === 1 && first !== undefined ? first.test : { kind: 'any', of: read.map(({ test }) => test) },
    used: new Set(read.flatMap(({ used }) => [...used])),
  };
};

export const readDetection = (
  map: MapNode,
  file: string,
  vocabularyOf: (logsource: LogSource) => Vocabulary,
): DetectionDraft => {
  const head = readHead(map, file);
  const logsource = readLogsource(map);
  const vocabulary = vocabularyOf(logsource);
  const detection = mapAt(map, 'detection');
  const searches = readSearches(detection, ['condition'], vocabulary);
  const { test, used } = readConditions(detection, searches);
  return { head, logsource, vocabulary, test, unused: [...searches.keys()].filter((name) => !used.has(name)) };
};

export interface FilterDraft {
  readonly head: RuleHead;
  readonly logsource: LogSource;
  /** Ids or names; `any`: every rule of the log source. */
  readonly rules: readonly string[] | 'any';
  /** What must also hold for the rule to match. */
  readonly testFor: (vocabulary: Vocabulary) => Criterion;
}

/**
 * The condition of a filter is a further condition of its rules, joined by “and”: `not selection` suppresses what the
 * selection describes. (The specification's example says `selection` and means the opposite; its reference implementation
 * and every published filter do it this way.)
 */
export const readFilter = (map: MapNode, file: string): FilterDraft => {
  const head = readHead(map, file);
  const logsource = readLogsource(map);
  const filter = mapAt(map, 'filter');
  const given = textsAt(filter, 'rules');
  if (given.length === 0) refuse('The filter names no rules.', filter.line);
  const rules = given.length === 1 && given[0]?.toLowerCase() === 'any' ? 'any' : given;
  return {
    head,
    logsource,
    rules,
    testFor: (vocabulary) => readConditions(filter, readSearches(filter, ['condition', 'rules'], vocabulary)).test,
  };
};

/** The rules with the filter applied. Refuses a filter for a rule that is not there, or of another log source. */
export const applyFilter = (filter: FilterDraft, drafts: readonly DetectionDraft[]): readonly DetectionDraft[] => {
  const { rules, head } = filter;
  const isMeant = (draft: DetectionDraft): boolean =>
    rules === 'any'
      ? covers(filter.logsource, draft.logsource)
      : draft.head.handles.some((handle) => rules.includes(handle));
  const meant = new Set(drafts.filter(isMeant));
  for (const rule of rules === 'any' ? [] : rules) {
    const draft = [...meant].find(({ head }) => head.handles.includes(rule));
    if (draft === undefined)
      return refuse(
        `The filter is for ${quoted(rule)}, which is not loaded: no detection rule that is accepted has this id or name.`,
        head.line,
      );
    if (!covers(filter.logsource, draft.logsource))
      return refuse(`The filter is for ${quoted(rule)}, which is of another log source.`, head.line);
  }
  if (meant.size === 0) refuse('The filter applies to no rule: none that is accepted is of its log source.', head.line);
  return drafts.map((draft) =>
    meant.has(draft) ? { ...draft, test: { kind: 'all', of: [draft.test, filter.testFor(draft.vocabulary)] } } : draft,
  );
};
