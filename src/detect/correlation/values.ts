/** Where correlations find the values of fields and aliases: in what was kept of the event, or in the group below. Correlation specification 2.1, “Field Name Aliases”. */
import type { FieldTable } from '../event-view.ts';
import type { CorrelationRule, Rule, RuleSet } from '../rule.ts';
import type { ValueOf } from './correlator.ts';

const namesOf = (rule: CorrelationRule): readonly string[] => [...new Set([...rule.groupBy, ...rule.fields])];

/** The field that the name stands for, in events of the detection rule, seen through the rule that matched. */
const fieldOf = (rule: CorrelationRule, name: string, matched: number, base: number): string | undefined => {
  const alias = rule.aliases.get(name);
  return alias === undefined ? name : (alias.get(matched) ?? alias.get(base));
};

const slotOf = (rules: readonly Rule[], base: number, field: string, table: FieldTable): number | undefined => {
  const rule = rules[base];
  return rule?.kind === 'detection' ? table.slotOf(rule.names(field)) : undefined;
};

/**
 * By position of a detection rule: the fields that any correlation above it may ask for. Only those are kept of an event
 * that a correlation remembers.
 */
export const keptSlots = ({ rules }: RuleSet, table: FieldTable): ReadonlyMap<number, ReadonlySet<number>> => {
  const kept = new Map<number, Set<number>>();
  const bases = new Map<number, ReadonlySet<number>>();
  for (const [position, rule] of rules.entries()) {
    if (rule.kind === 'detection') {
      bases.set(position, new Set([position]));
      continue;
    }
    const below = new Set(rule.of.flatMap((of) => [...(bases.get(of) ?? [])]));
    bases.set(position, below);
    for (const base of below) {
      const slots = kept.get(base) ?? new Set();
      kept.set(base, slots);
      for (const name of namesOf(rule))
        for (const matched of rule.of) {
          const field = fieldOf(rule, name, matched, base);
          const slot = field === undefined ? undefined : slotOf(rules, base, field, table);
          if (slot !== undefined) slots.add(slot);
        }
    }
  }
  return kept;
};

/** What the events of a correlation share comes before what its last event alone has. */
export const openValueOf = (rule: CorrelationRule, { rules }: RuleSet, table: FieldTable): ValueOf => {
  const slots = new Map<string, number | undefined>();
  return (name, { rule: matched, base, source, group }) => {
    const field = fieldOf(rule, name, matched, base);
    const shared = group?.get(field ?? name);
    if (shared !== undefined) return shared;
    if (field === undefined) return undefined;
    const key = `${base} ${field}`;
    let slot = slots.get(key);
    if (slot === undefined) slots.set(key, (slot = slotOf(rules, base, field, table)));
    return slot === undefined ? undefined : source.values.get(slot);
  };
};
