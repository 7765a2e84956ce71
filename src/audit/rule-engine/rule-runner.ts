/** A RulePack in one thread: runs the rules for a file, stops rules that run away, names them, and evaluates the others all the same. */
import type { FileKind } from '../../core/file-kind.ts';
import { ScanTimedOut, type CompiledRules, type Externals, type RuleEngine } from './engine-interface.ts';
import { LiteralFilter } from './literal-filter.ts';
import type { Need } from './need.ts';
import {
  limitMatches,
  toUnits,
  withNeeds,
  type PackedGroup,
  type PackedSet,
  type RuleForm,
  type RulePack,
} from './rule-pack.ts';

export interface Hit {
  /** Position of the rule in the pack. */
  readonly rule: number;
  readonly matches: readonly { readonly pattern: string; readonly offset: number; readonly length: number }[];
}

export interface RunResult {
  readonly hits: readonly Hit[];
  /** Rules that were stopped at their time limit on this content. */
  readonly runaways: readonly number[];
  /** Rules that were not evaluated because the time for finding runaways was used up. */
  readonly unevaluated: readonly number[];
}

/** Whole seconds, since engines know no smaller ones. */
interface TimeLimits {
  /** For a set of rules: far beyond what the slowest honest pack needs. */
  readonly set: number;
  /** For a part of a set in which a runaway is looked for, and for the whole search. */
  readonly part: number;
  readonly search: number;
}

export interface RunLimits {
  /** For a content of so many bytes. Few different values: changing one is dear. */
  timeFor(size: number): TimeLimits;
  /** A rule that ran away on so many contents in one thread is not tried again there. */
  readonly runaways: number;
}

/** Together the times stay below what the watchdog of a scanning process allows for so many bytes. */
export const usualRunLimits: RunLimits = {
  runaways: 3,
  timeFor(size) {
    if (size < 4e6) return { set: 3, part: 1, search: 4 };
    if (size < 32e6) return { set: 6, part: 1, search: 6 };
    return { set: 20, part: 3, search: 15 };
  },
};

/** Into so many parts a set with a runaway is cut, again and again. */
const fanOut = 8;

interface Collected {
  readonly hits: Hit[];
  readonly runaways: Set<number>;
  readonly unevaluated: Set<number>;
}

interface NeedUser {
  /** To be run where the need is met. */
  readonly set: PackedSet;
  /** The rule says itself that it is false from this size on. */
  readonly sizeBound: number;
}

/** `users[n]` is whose need n of the filter is. */
interface KindFilter {
  readonly filter: LiteralFilter;
  readonly users: readonly NeedUser[];
}

/** Positions of every rule that the group reports. */
export const rulesOfGroup = (group: PackedGroup | undefined): readonly number[] =>
  group === undefined ? [] : [...(group.always?.rules ?? []), ...group.parts.flatMap(({ rules }) => rules)];

export class RuleRunner {
  readonly pack: RulePack;
  readonly limits: RunLimits;
  readonly #engine: RuleEngine;
  readonly #compiled = new Map<PackedSet, Map<RuleForm, CompiledRules>>();
  readonly #byName: ReadonlyMap<string, number>;
  readonly #filters = new Map<string, KindFilter>();
  readonly #runaways = new Map<number, number>();
  readonly #wholes = new Map<PackedGroup, readonly PackedSet[]>();

  constructor(pack: RulePack, engine: RuleEngine, limits = usualRunLimits) {
    this.pack = pack;
    this.limits = limits;
    this.#engine = engine;
    this.#byName = new Map(pack.rules.map(({ namespace, name }, position) => [`${namespace}/${name}`, position]));
  }

  /** Rules that are not tried any more, in pack order. */
  get dropped(): readonly number[] {
    return [...this.#runaways]
      .filter(([, count]) => count >= this.limits.runaways)
      .map(([rule]) => rule)
      .sort((one, other) => one - other);
  }

  /** The rules for this kind over this content. */
  run(kind: FileKind, content: Uint8Array, externals: Externals): RunResult {
    const found: Collected = { hits: [], runaways: new Set(), unevaluated: new Set() };
    const { filter, users } = this.#filterOf(kind);
    const wanted = new Set<PackedSet>();
    for (const need of filter.met(content)) {
      const user = users[need];
      if (user !== undefined && content.length < user.sizeBound) wanted.add(user.set);
    }
    for (const index of this.pack.groupsOf[kind]) {
      const group = this.pack.groups[index];
      if (group?.always !== undefined) this.#guard(group.always, 'text', content, externals, found);
      for (const part of group?.parts ?? []) if (wanted.has(part)) this.#guard(part, 'text', content, externals, found);
    }
    return toResult(found);
  }

  /** One filter for kinds that meet the same groups. */
  #filterOf(kind: FileKind): KindFilter {
    const key = this.pack.groupsOf[kind].join(',');
    const known = this.#filters.get(key);
    if (known !== undefined) return known;
    const needs: Need[] = [];
    const users: NeedUser[] = [];
    for (const index of this.pack.groupsOf[kind])
      for (const set of this.pack.groups[index]?.parts ?? [])
        for (const rule of set.rules) {
          const { need, sizeBound = Infinity } = this.pack.rules[rule] ?? {};
          if (need === undefined) continue;
          needs.push(need);
          users.push({ set, sizeBound });
        }
    const made: KindFilter = { filter: new LiteralFilter(needs), users };
    this.#filters.set(key, made);
    return made;
  }

  /**
   * Every rule for this kind in another form, for files that come in windows: `patternsText` tells which patterns are where, those
   * of private rules too; `windowText` judges what was put together from that.
   */
  runAll(kind: FileKind, content: Uint8Array, externals: Externals, form: 'patternsText' | 'windowText'): RunResult {
    const found: Collected = { hits: [], runaways: new Set(), unevaluated: new Set() };
    for (const index of this.pack.groupsOf[kind]) {
      const group = this.pack.groups[index];
      if (group === undefined) continue;
      for (const set of this.#wholeOf(group)) this.#guard(set, form, content, externals, found);
    }
    return toResult(found);
  }

  /**
   * All rules of a group in one set, and those that count or look at positions in another: where none is spared, one pass over the
   * content costs a fraction of many, and only few rules need to know of every match.
   */
  #wholeOf(group: PackedGroup): readonly PackedSet[] {
    const known = this.#wholes.get(group);
    if (known !== undefined) return known;
    const isPositional = (position: number): boolean => this.pack.rules[position]?.isPositional === true;
    const all = rulesOfGroup(group);
    const sets = [all.filter((position) => !isPositional(position)), all.filter(isPositional)];
    const wholes = sets.filter((rules) => rules.length > 0).map((rules): PackedSet => ({ rules }));
    this.#wholes.set(group, wholes);
    return wholes;
  }

  #guard(set: PackedSet, form: RuleForm, content: Uint8Array, externals: Externals, found: Collected): void {
    const wanted = new Set(form === 'patternsText' ? withNeeds(this.pack.rules, set.rules) : set.rules);
    const compiled = this.#open(set, form);
    if (compiled === undefined) return;
    compiled.setTimeLimit(this.limits.timeFor(content.length).set);
    try {
      this.#scan(compiled, wanted, content, externals, found);
    } catch (error) {
      if (!(error instanceof ScanTimedOut)) throw error;
      this.#search([...wanted], form, content, externals, found);
    }
  }

  #scan(
    compiled: CompiledRules,
    wanted: ReadonlySet<number>,
    content: Uint8Array,
    externals: Externals,
    found: Collected,
  ): void {
    for (const { namespace, rule, matches } of compiled.scan(content, externals)) {
      const position = this.#byName.get(`${namespace}/${rule}`);
      if (position !== undefined && wanted.has(position)) found.hits.push({ rule: position, matches });
    }
  }

  /** Compiled on first use; from the serialized form when nothing was dropped from the set. */
  #open(set: PackedSet, form: RuleForm): CompiledRules | undefined {
    const known = this.#compiled.get(set)?.get(form);
    if (known !== undefined) return known;
    const dropped = new Set(this.dropped);
    const kept = set.rules.filter((rule) => !dropped.has(rule));
    if (kept.length === 0) return undefined;
    const compiled =
      form === 'text' && set.serialized !== undefined && kept.length === set.rules.length
        ? this.#engine.deserialize(set.serialized)
        : this.#compile(kept, form);
    limitMatches(compiled, this.pack.rules, set.rules);
    const forms = this.#compiled.get(set) ?? new Map<RuleForm, CompiledRules>();
    this.#compiled.set(set, forms.set(form, compiled));
    return compiled;
  }

  #compile(positions: readonly number[], form: RuleForm): CompiledRules {
    return this.#engine.compile(toUnits(this.pack.rules, withNeeds(this.pack.rules, positions), form));
  }

  /** Cuts the rules into parts and scans each by itself; a part that runs away is cut again, down to single rules. */
  #search(rules: readonly number[], form: RuleForm, content: Uint8Array, externals: Externals, found: Collected): void {
    const deadline = performance.now() + 1000 * this.limits.timeFor(content.length).search;
    const dropped = new Set(this.dropped);
    const open: (readonly number[])[] = split(rules.filter((rule) => !dropped.has(rule)));
    for (let part = open.shift(); part !== undefined; part = open.shift()) {
      if (performance.now() > deadline) {
        for (const rule of part) found.unevaluated.add(rule);
        continue;
      }
      const compiled = this.#compile(part, form);
      limitMatches(compiled, this.pack.rules, part);
      compiled.setTimeLimit(this.limits.timeFor(content.length).part);
      try {
        this.#scan(compiled, new Set(part), content, externals, found);
      } catch (error) {
        if (!(error instanceof ScanTimedOut)) throw error;
        const [only] = part;
        if (part.length > 1) open.unshift(...split(part));
        else if (only !== undefined) this.#count(only, found);
      } finally {
        compiled.close();
      }
    }
  }

  #count(rule: number, found: Collected): void {
    found.runaways.add(rule);
    const count = (this.#runaways.get(rule) ?? 0) + 1;
    this.#runaways.set(rule, count);
    if (count === this.limits.runaways) this.close();
  }

  /** Frees what was compiled. What is needed again is compiled again. */
  close(): void {
    for (const forms of this.#compiled.values()) for (const compiled of forms.values()) compiled.close();
    this.#compiled.clear();
  }
}

const toResult = ({ hits, runaways, unevaluated }: Collected): RunResult => ({
  hits,
  runaways: [...runaways],
  unevaluated: [...unevaluated].filter((rule) => !runaways.has(rule)),
});

const split = (rules: readonly number[]): (readonly number[])[] => {
  const size = Math.max(1, Math.ceil(rules.length / fanOut));
  return Array.from({ length: Math.ceil(rules.length / size) }, (_, part) =>
    rules.slice(part * size, (part + 1) * size),
  );
};
