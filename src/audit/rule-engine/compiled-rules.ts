/** A RulePack → the same with every set in its compiled form, which scanning threads read ten times as fast as they compile. */
import { deserialize, serialize } from 'node:v8';
import { findCompiled, keepCompiled } from '../../io/code-cache.ts';
import { fileKinds } from '../../core/file-kind.ts';
import { usualWindowBytes } from '../content-windows.ts';
import { compileSetsApart } from './compile-sets.ts';
import type { RuleEngine } from './engine-interface.ts';
import { windowRulesOf } from './pattern-sets.ts';
import { toUnits, withNeeds, type PackedSet, type PatternSet, type RulePack } from './rule-pack.ts';

const cacheKind = 'rules';

/** What was kept, if it is what we would have made. */
const readSets = (key: string, count: number): readonly Uint8Array[] | undefined => {
  const kept = findCompiled(cacheKind, key);
  const sets: unknown = kept === undefined ? undefined : deserialize(kept);
  const isUsable = Array.isArray(sets) && sets.length === count && sets.every((set) => set instanceof Uint8Array);
  return isUsable ? sets : undefined;
};

/** Those for files that do not fit one window of the usual size; kinds with the same rules share them. */
const usualPatternSets = (pack: RulePack): readonly PatternSet[] => {
  const sets = fileKinds.flatMap((kind) => windowRulesOf(pack, kind, usualWindowBytes).sets);
  return [...new Map(sets.map((set) => [`${set.form} ${set.rules.join(',')}`, set])).values()];
};

/** Compiled once for each version of rules and engine, and kept beside our own compiled code. An engine that can write no such form leaves the pack as it is. */
export const withCompiledRules = (pack: RulePack, engine: RuleEngine): RulePack => {
  const isOpen = (set: PackedSet): boolean => set.serialized === undefined;
  const all = new Set(
    pack.groups.flatMap(({ always, parts }) => [...(always === undefined ? [] : [always]), ...parts]),
  );
  const open = [...all].filter(isOpen);
  if (open.length === 0 && pack.patternSets !== undefined) return pack;
  const patternSets = usualPatternSets(pack);
  const sources = [
    ...open.map(({ rules }) => toUnits(pack.rules, withNeeds(pack.rules, rules))),
    ...patternSets.map(({ rules, form }) => toUnits(pack.rules, rules, form)),
  ];
  const key = JSON.stringify([engine.version, process.arch, sources]);
  const kept = readSets(key, sources.length);
  const sets = kept ?? compileSetsApart(sources, engine);
  if (sets === undefined) return pack;
  if (kept === undefined) keepCompiled(cacheKind, key, serialize(sets));
  const filled = new Map(
    open.map((set, index): [PackedSet, PackedSet] => {
      const serialized = sets[index];
      return [set, serialized === undefined ? set : { ...set, serialized }];
    }),
  );
  const fill = (set: PackedSet): PackedSet => filled.get(set) ?? set;
  return {
    ...pack,
    patternSets: patternSets.flatMap((set, index) => {
      const serialized = sets[open.length + index];
      return serialized === undefined ? [] : [{ ...set, serialized }];
    }),
    groups: pack.groups.map(({ always, parts }) => ({
      ...(always === undefined ? {} : { always: fill(always) }),
      parts: parts.map(fill),
    })),
  };
};
