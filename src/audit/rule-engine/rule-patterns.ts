/** A rule → its patterns alone, as the windows of large files are searched for them. */
import { isBounded, patternPlace, type PatternPlace } from './pattern-place.ts';
import { patternText } from './rule-condition.ts';
import type { SourceRule } from './yara-source.ts';

/** Rules made of patterns alone, joined by `any of them`; they refer to no other rule. */
export const patternForms = ['nearText', 'unboundedText', 'unplacedText'] as const;
export type PatternForm = (typeof patternForms)[number];

/** Structured-clone data. */
export interface RulePatterns {
  /** Of every pattern that has one. */
  readonly places: readonly { readonly pattern: string; readonly place: PatternPlace }[];
  /** Patterns that match near their places only, no plain texts among them: those are found without an engine. */
  readonly nearText?: string;
  /** Patterns of which a match may be any length: where one of their places is, it may be anywhere. */
  readonly unboundedText?: string;
  /** Patterns without a place. */
  readonly unplacedText?: string;
}

const formOf = (place: PatternPlace | undefined): PatternForm | undefined => {
  if (place === undefined) return 'unplacedText';
  if ('text' in place) return undefined;
  return isBounded(place) ? 'nearText' : 'unboundedText';
};

/** `source`: the text of the rule's file. Where every match counts, patterns are given no places. */
export const toPatterns = (rule: SourceRule, source: string, everyMatchCounts: boolean): RulePatterns => {
  const places: RulePatterns['places'][number][] = [];
  const written: Record<PatternForm, string[]> = { nearText: [], unboundedText: [], unplacedText: [] };
  for (const pattern of rule.patterns) {
    const place = everyMatchCounts ? undefined : patternPlace(pattern);
    if (place !== undefined) places.push({ pattern: pattern.id, place });
    const form = formOf(place);
    if (form === undefined) continue;
    const modifiers = source.slice(pattern.modifiersStart, pattern.end).replaceAll(/\bprivate\b/g, '');
    written[form].push(`${pattern.id} = ${patternText(pattern, source)} ${modifiers}`);
  }
  const texts = patternForms
    .filter((form) => written[form].length > 0)
    .map((form) => [form, `rule ${rule.name} { strings: ${written[form].join('\n')} condition: any of them }`]);
  return { places, ...(Object.fromEntries(texts) as Partial<Record<PatternForm, string>>) };
};
