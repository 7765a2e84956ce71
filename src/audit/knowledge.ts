/** Analyzers and where rules come from → what they know, loaded once: for the scanning processes, for reports, and as a key for memory. */
import { createHash } from 'node:crypto';
import type { Analyzer, LoadedKnowledge, RejectedRule, RuleLocations } from '../core/analyzer.ts';
import type { RulesUsed } from '../core/dossier.ts';
import type { Gap } from '../core/gap.ts';

/** Raised when the facts that this engine makes of the same bytes change. */
export const engineVersion = 6;

export interface Knowledge {
  readonly rules: RulesUsed;
  readonly rejected: readonly RejectedRule[];
  readonly gaps: readonly Gap[];
  /** Everything but the content and its scope that facts depend on. */
  readonly key: string;
  dataOf(analyzer: string): unknown;
  /** What scanning processes are given. */
  dataToOpen(analyzer: string): unknown;
}

const addCounts = (all: Record<string, number>, counts: Readonly<Record<string, number>>): Record<string, number> => {
  for (const [kind, count] of Object.entries(counts)) all[kind] = (all[kind] ?? 0) + count;
  return all;
};

export const loadKnowledge = async (analyzers: readonly Analyzer[], locations: RuleLocations): Promise<Knowledge> => {
  const loaded = new Map<string, LoadedKnowledge>();
  await Promise.all(
    analyzers.map(async (analyzer) => {
      const knowledge = await analyzer.load?.(locations);
      if (knowledge !== undefined) loaded.set(analyzer.id, knowledge);
    }),
  );
  const all = analyzers.flatMap(({ id }) => loaded.get(id) ?? []);
  const parts = analyzers.map(({ id, version }) => [id, version, loaded.get(id)?.digest ?? '']);
  const version = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const days = analyzers.flatMap(({ id }) => {
    const newest = loaded.get(id)?.newest;
    return newest === undefined ? [] : [[id, newest] as const];
  });
  return {
    rules: {
      version: `sha256:${version}`,
      counts: all.reduce((counts, one) => addCounts(counts, one.counts), {}),
      ...(days.length === 0 ? {} : { newest: Object.fromEntries(days) }),
    },
    rejected: all.flatMap(({ rejected }) => rejected),
    gaps: all.flatMap(({ gaps }) => gaps),
    // Facts are made by those that are opened: what the others know may change, and facts stay what they are.
    key: createHash('sha256')
      .update(JSON.stringify([engineVersion, parts.filter((_, position) => analyzers[position]?.open !== undefined)]))
      .digest('hex')
      .slice(0, 32),
    dataOf: (analyzer) => loaded.get(analyzer)?.data,
    dataToOpen(analyzer) {
      const knowledge = loaded.get(analyzer);
      return knowledge?.dataToOpen === undefined ? knowledge?.data : knowledge.dataToOpen();
    },
  };
};
