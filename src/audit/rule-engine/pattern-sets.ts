/** A RulePack and the size of a large file → the rules whose patterns are looked for in its windows. */
import type { FileKind } from '../../core/file-kind.ts';
import { rulesOfGroup, withNeeds, type PatternSet, type RulePack } from './rule-pack.ts';
import { patternForms } from './rule-patterns.ts';

export interface WindowRules {
  /** Those that do not say themselves that they are false from that size on, with all that they need. */
  readonly rules: readonly number[];
  /** Those that count or look at positions are apart: they need to know of every match, the others of few. */
  readonly sets: readonly PatternSet[];
}

export const windowRulesOf = ({ rules, groups, groupsOf }: RulePack, kind: FileKind, size: number): WindowRules => {
  const alive = groupsOf[kind]
    .flatMap((index) => rulesOfGroup(groups[index]))
    .filter((rule) => size < (rules[rule]?.sizeBound ?? Infinity));
  const all = withNeeds(rules, alive);
  const isPositional = (rule: number): boolean => rules[rule]?.isPositional === true;
  const sets = patternForms.flatMap((form) => {
    const written = all.filter((rule) => rules[rule]?.[form] !== undefined);
    return [written.filter((rule) => !isPositional(rule)), written.filter(isPositional)]
      .filter((part) => part.length > 0)
      .map((part): PatternSet => ({ form, rules: part }));
  });
  return { rules: all, sets };
};
