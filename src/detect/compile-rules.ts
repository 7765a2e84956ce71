/** Texts of Sigma rule files → rules that can be run, and what was refused with its reason. Sigma 2.1: rules, correlations, filters. */
import type { LogSource } from '../core/event.ts';
import { toNames, type FieldMapping } from './field-mapping.ts';
import type { Vocabulary } from './field-criterion.ts';
import type { Placeholders } from './placeholders.ts';
import { readCorrelation, type CorrelationDraft } from './read-correlation.ts';
import { applyFilter, readDetection, readFilter, type DetectionDraft, type FilterDraft } from './read-detection.ts';
import { resolveCorrelations } from './resolve-correlations.ts';
import type { Refusal, RuleHead, RuleSet } from './rule.ts';
import { taxonomy } from './taxonomy.ts';
import { readDocuments, type MapNode } from './rule-nodes.ts';
import { quoted, refuse, RuleProblem } from './rule-problem.ts';

export interface RuleText {
  /** For reasons and for people; never opened. */
  readonly file: string;
  readonly text: string;
}

export interface RuleOptions {
  readonly placeholders?: Placeholders;
  /** Before those of the taxonomy. */
  readonly mappings?: readonly FieldMapping[];
}

/** Something about a rule that is used nevertheless. */
export type Remark = Refusal;

export interface CompiledRules {
  readonly rules: RuleSet;
  /** In the order of files and lines. */
  readonly refused: readonly Refusal[];
  readonly remarks: readonly Remark[];
}

const kinds = ['detection', 'correlation', 'filter'] as const;

const kindOf = (root: MapNode): (typeof kinds)[number] => {
  if (root.entries.has('action'))
    refuse(
      'Documents with “action” are no longer part of Sigma: say in each document what it needs, or write a filter.',
      root.line,
    );
  const found = kinds.filter((kind) => root.entries.has(kind));
  const [kind] = found;
  return kind === undefined || found.length > 1
    ? refuse('A rule has exactly one of “detection”, “correlation” and “filter”.', root.line)
    : kind;
};

class Reading {
  readonly #options: RuleOptions;
  readonly #known = new Map<string, RuleHead>();
  readonly refused: { readonly refusal: Refusal; readonly order: number }[] = [];
  readonly detections: DetectionDraft[] = [];
  readonly correlations: CorrelationDraft[] = [];
  readonly filters: { readonly draft: FilterDraft; readonly order: number }[] = [];

  constructor(options: RuleOptions) {
    this.#options = options;
  }

  readonly #vocabularyOf = (logsource: LogSource): Vocabulary => ({
    names: toNames([...(this.#options.mappings ?? []), ...taxonomy], logsource),
    placeholders: this.#options.placeholders ?? {},
  });

  /** Runs what may refuse; a refusal is kept, anything else thrown is a bug. */
  attempt(file: string, order: number, title: string | undefined, work: () => void): void {
    try {
      work();
    } catch (thrown) {
      if (!(thrown instanceof RuleProblem)) throw thrown;
      const refusal = { file, line: thrown.line, ...(title === undefined ? {} : { title }), reason: thrown.message };
      this.refused.push({ refusal, order });
    }
  }

  /** Ids and names are how correlations and filters refer to rules: the second of a kind would never be meant. */
  #claim(head: RuleHead): void {
    const claims = new Set([head.id, ...head.handles]);
    for (const claim of claims) {
      const other = this.#known.get(claim);
      if (other !== undefined)
        refuse(
          `${quoted(claim)} already stands for a rule in ${other.file}, line ${other.line}: a rule needs an id of its own.`,
          head.line,
        );
    }
    for (const claim of claims) this.#known.set(claim, head);
  }

  take(root: MapNode, file: string, order: number): void {
    const kind = kindOf(root);
    if (kind === 'filter') {
      const draft = readFilter(root, file);
      this.#claim(draft.head);
      this.filters.push({ draft, order });
    } else if (kind === 'correlation') {
      const draft = readCorrelation(root, file, this.#options.placeholders ?? {});
      this.#claim(draft.head);
      this.correlations.push(draft);
    } else {
      const draft = readDetection(root, file, this.#vocabularyOf);
      this.#claim(draft.head);
      this.detections.push(draft);
    }
  }
}

const titleOf = (root: MapNode): string | undefined => {
  const node = root.entries.get('title');
  return node?.kind === 'scalar' && node.value !== null ? node.source.slice(0, 256) : undefined;
};

/**
 * Compiles all rules together, since correlations and filters may refer to rules of other files. A document that uses what
 * is not understood is refused, and everything that goes by it; the others load. Never throws for what a text says.
 * Equal texts in equal order give equal rules.
 */
export const compileRules = (texts: readonly RuleText[], options: RuleOptions = {}): CompiledRules => {
  const reading = new Reading(options);
  const orders = new Map(texts.map(({ file }, position) => [file, position]));
  for (const [order, { file, text }] of texts.entries())
    for (const document of readDocuments(text)) {
      const title = 'root' in document ? titleOf(document.root) : undefined;
      reading.attempt(file, order, title, () => {
        if ('problem' in document) throw document.problem;
        reading.take(document.root, file, order);
      });
    }
  let { detections }: { detections: readonly DetectionDraft[] } = reading;
  for (const { draft, order } of reading.filters)
    reading.attempt(draft.head.file, order, draft.head.title, () => {
      detections = applyFilter(draft, detections);
    });
  const { rules, problems } = resolveCorrelations(detections, reading.correlations);
  for (const { draft, problem } of problems)
    reading.attempt(draft.head.file, orders.get(draft.head.file) ?? 0, draft.head.title, () => {
      throw problem;
    });
  return {
    rules: { rules },
    refused: reading.refused
      .toSorted((one, other) => one.order - other.order || one.refusal.line - other.refusal.line)
      .map(({ refusal }) => refusal),
    remarks: detections.flatMap(({ head, unused }) =>
      unused.map((name) => ({
        file: head.file,
        line: head.line,
        title: head.title,
        reason: `The condition does not name the search ${quoted(name)}.`,
      })),
    ),
  };
};
