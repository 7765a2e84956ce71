/** A RulePack and the size of a large file → the rules whose patterns are looked for in its windows, as one or two sets. */
import { rulesOfGroup, withNeeds, type PackedSet, type RulePack } from './rule-pack.ts';
import type { FileKind } from '../../core/file-kind.ts';

/**
 * Rules that say themselves that they are false from `size` on are left out. Two sets: those that count or look at positions need to know
 * of every match, the others of few. All patterns of a set are searched in one pass: where few rules could be spared, that costs a
 * fraction of many.
 */
export const patternSetsOf = (
  { rules, groups, groupsOf }: RulePack,
  kind: FileKind,
  size: number,
): readonly PackedSet[] => {
  const alive = groupsOf[kind]
    .flatMap((index) => rulesOfGroup(groups[index]))
    .filter((rule) => size < (rules[rule]?.sizeBound ?? Infinity));
  const all = withNeeds(rules, alive).filter((rule) => rules[rule]?.patternsText !== undefined);
  const isPositional = (rule: number): boolean => rules[rule]?.isPositional === true;
  return [all.filter((rule) => !isPositional(rule)), all.filter(isPositional)]
    .filter((part) => part.length > 0)
    .map((part): PackedSet => ({ rules: part }));
};
