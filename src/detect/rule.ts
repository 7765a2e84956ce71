/** What the compiler makes of rule files: rules that can be run, filters already applied. */
import type { LogSource } from '../core/event.ts';
import type { Comparison, FieldNames, Criterion } from './criterion.ts';

export const levels = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof levels)[number];

/** What a person is told about a rule. All texts are the rule writer's. */
export interface RuleHead {
  /** The rule's id; its name or title where it has none. No two rules of a set have the same. */
  readonly id: string;
  /** What correlations and filters call it: its id and its name, where it has them. */
  readonly handles: readonly string[];
  readonly name?: string;
  readonly title: string;
  readonly description: string;
  readonly status?: string;
  readonly level?: Level;
  readonly tags: readonly string[];
  /** Ids of ATT&CK techniques among the tags, in capitals; never checked against a list. */
  readonly techniques: readonly string[];
  readonly author?: string;
  readonly references: readonly string[];
  readonly falsePositives: readonly string[];
  /** Fields to show to whoever looks into a match. */
  readonly fields: readonly string[];
  readonly file: string;
  /** Line where its document begins, 1-based. */
  readonly line: number;
}

export interface DetectionRule {
  readonly kind: 'detection';
  readonly head: RuleHead;
  readonly logsource: LogSource;
  readonly test: Criterion;
  /** Names by which events of its log source may carry a field, for correlations. */
  readonly names: (field: string) => NonNullable<FieldNames>;
  /** False: only correlations hear of its matches (correlation specification 2.1, “Generate”). */
  readonly alone: boolean;
}

export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
] as const;
export type CorrelationType = (typeof correlationTypes)[number];

export interface Bound {
  readonly comparison: Comparison;
  readonly number: number;
}

export interface CorrelationRule {
  readonly kind: 'correlation';
  readonly head: RuleHead;
  readonly type: CorrelationType;
  /** Positions of the rules it goes by, in the order of `RuleSet.rules`; always smaller than its own. */
  readonly of: readonly number[];
  readonly groupBy: readonly string[];
  /** Field of an alias by the position of the rule that matched. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly timespanMs: number;
  /** All must hold. */
  readonly bounds: readonly Bound[];
  /** Fields of the value_ types. */
  readonly fields: readonly string[];
  /** For value_percentile: this percentile of the values is compared; absent: the share of the event's own value, in per cent. */
  readonly percentile?: number;
  readonly alone: boolean;
}

export type Rule = DetectionRule | CorrelationRule;

/** In the order in which they run: a correlation stands behind everything it goes by. */
export interface RuleSet {
  readonly rules: readonly Rule[];
}

/** A rule, filter or whole document that is not used, and why. Everything else of the file still is. */
export interface Refusal {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** The title, where one could be read. */
  readonly title?: string;
  readonly reason: string;
}
