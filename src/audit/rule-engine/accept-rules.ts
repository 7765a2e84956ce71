/** A rule file → the rules of it that compile, and for each of the others its line and the compiler's reason. */
import type { RejectedRule } from '../../core/analyzer.ts';
import type { Diagnostic, RuleEngine } from './engine-interface.ts';
import type { SourceFile } from './rule-source-file.ts';
import { neededRules, ruleText } from './rule-condition.ts';
import type { SourceRule } from './yara-source.ts';

/** Where a rule stands: its part of the file and its text. */
export interface PlacedRule {
  readonly rule: SourceRule;
  readonly path: string;
  readonly text: string;
}

export interface Acceptance {
  readonly accepted: readonly PlacedRule[];
  readonly rejected: readonly RejectedRule[];
  readonly warnings: readonly (Diagnostic & { readonly file: string })[];
}

export const placedRules = (file: SourceFile): readonly PlacedRule[] =>
  file.parts.flatMap(({ path, text, rules }) => rules.map((rule) => ({ rule, path, text })));

const lineCount = (text: string): number => text.split('\n').length;

/** As it is compiled; what was rejected is blanked out, so that every other line keeps its number. */
const sourceWithout = (file: SourceFile, gone: ReadonlySet<SourceRule>): string =>
  file.parts
    .map(({ text, rules }) => {
      let kept = '';
      let at = 0;
      for (const rule of rules) {
        kept += text.slice(at, rule.start);
        kept += gone.has(rule)
          ? text.slice(rule.start, rule.end).replaceAll(/[^\n]/g, ' ')
          : ruleText(rule, text, false);
        at = rule.end;
      }
      return kept + text.slice(at);
    })
    .join('\n');

/** A line of the joined parts → the part's path and its own line. */
const placeOf = (file: SourceFile, line: number): { readonly path: string; readonly line: number } => {
  let first = 1;
  for (const { path, text } of file.parts) {
    const count = lineCount(text);
    if (line < first + count) return { path, line: line - first + 1 };
    first += count;
  }
  return { path: file.path, line: 1 };
};

/**
 * Compiles the file alone, again and again without the rules that have errors, until what is left compiles. A rule that refers to a
 * rejected one goes with it. Where an error lies in no rule the whole file is rejected.
 */
export const acceptRules = (file: SourceFile, engine: RuleEngine): Acceptance => {
  const all = placedRules(file);
  const gone = new Set<SourceRule>();
  const rejected: RejectedRule[] = [];
  const rules = all.map(({ rule }) => rule);
  const positions = new Map(rules.map((rule, position) => [rule, position]));
  const needs = neededRules(rules);
  const missingFor = (rule: SourceRule): SourceRule | undefined =>
    needs[positions.get(rule) ?? -1]?.map((position) => rules[position]).find((needed) => needed && gone.has(needed));
  for (;;) {
    const { errors, warnings } = engine.validate(sourceWithout(file, gone));
    if (errors.length === 0)
      return {
        accepted: all.filter(({ rule }) => !gone.has(rule)),
        rejected,
        warnings: warnings.map((warning) => {
          const { path, line } = placeOf(file, warning.line);
          return { ...warning, line, file: path };
        }),
      };
    let progress = false;
    for (const { line, reason } of errors) {
      const place = placeOf(file, line);
      const culprit = all.find(
        ({ rule, path }) =>
          path === place.path && rule.line <= place.line && place.line <= rule.endLine && !gone.has(rule),
      );
      if (culprit === undefined) continue;
      progress = true;
      const missing = missingFor(culprit.rule);
      gone.add(culprit.rule);
      const why = missing === undefined ? reason : `needs ${missing.name}, which was rejected`;
      rejected.push({ file: place.path, line: place.line, reason: `rule ${culprit.rule.name}: ${why}` });
    }
    if (!progress) {
      const [first] = errors;
      const place = placeOf(file, first?.line ?? 1);
      rejected.push({ file: place.path, line: place.line, reason: first?.reason ?? 'does not compile' });
      return { accepted: [], rejected, warnings: [] };
    }
    rejectDependents(all, missingFor, gone, rejected);
  }
};

const rejectDependents = (
  all: readonly PlacedRule[],
  missingFor: (rule: SourceRule) => SourceRule | undefined,
  gone: Set<SourceRule>,
  rejected: RejectedRule[],
): void => {
  for (let progress = true; progress;) {
    progress = false;
    for (const { rule, path } of all) {
      const missing = gone.has(rule) ? undefined : missingFor(rule);
      if (missing === undefined) continue;
      gone.add(rule);
      rejected.push({
        file: path,
        line: rule.line,
        reason: `rule ${rule.name}: needs ${missing.name}, which was rejected`,
      });
      progress = true;
    }
  }
};
