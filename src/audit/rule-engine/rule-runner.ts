/** A RulePack in one thread: runs the rules for a file, stops rules that run away, names them, and evaluates the others all the same. */
import type { FileKind } from '../../core/file-kind.ts';
import { keepLikely } from '../secret/match-check.ts';
import {
  ScanTimedOut,
  type CompiledRules,
  type Externals,
  type PatternMatch,
  type RuleEngine,
} from './engine-interface.ts';
import { LiteralFilter } from './literal-filter.ts';
import type { Need } from './need.ts';
import { windowRulesOf } from './pattern-sets.ts';
import {
  inParts,
  limitMatches,
  toUnits,
  withNeeds,
  type PackedSet,
  type PatternSet,
  type RuleForm,
  type RulePack,
} from './rule-pack.ts';
import { patternForms } from './rule-patterns.ts';
import { WindowSearch, type SoughtPattern, type Span } from './window-search.ts';

export interface Hit {
  /** Position of the rule in the pack. */
  readonly rule: number;
  readonly matches: readonly PatternMatch[];
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
  readonly matches: Map<number, PatternMatch[]>;
  readonly runaways: Set<number>;
  readonly unevaluated: Set<number>;
}

interface NeedUser {
  /** To be run where the need is met. */
  readonly set: PackedSet;
  /** The rule says itself that it is false from this size on. */
  readonly sizeBound: number;
}

/** What is run over contents of the same kinds. */
interface Plan {
  readonly sets: readonly PackedSet[];
  /** Sets that are run whatever a content holds. */
  readonly always: ReadonlySet<PackedSet>;
  /** `users[n]` is whose need n of the filter is. */
  readonly filter: LiteralFilter;
  readonly users: readonly NeedUser[];
}

/** What is looked for in the windows of files of the same kinds. */
interface WindowPlan {
  readonly search: WindowSearch;
  readonly sets: readonly PatternSet[];
}

/** One window of a large file. */
export interface FileWindow {
  readonly kind: FileKind;
  readonly content: Uint8Array;
  /** Bytes at its start that the window before held too. */
  readonly overlap: number;
  /** Bytes that the file has at least: the same for each of its windows. */
  readonly fileBytes: number;
}

const isSame = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((rule, place) => rule === other[place]);

export class RuleRunner {
  readonly pack: RulePack;
  readonly limits: RunLimits;
  readonly #engine: RuleEngine;
  readonly #compiled = new Map<PackedSet, Map<RuleForm, CompiledRules>>();
  readonly #byName: ReadonlyMap<string, number>;
  readonly #plans = new Map<string, Plan>();
  readonly #windowPlans = new Map<string, WindowPlan>();
  readonly #runaways = new Map<number, number>();

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

  /**
   * The rules for this kind over this content; in the form `windowText` over what was put together from windows of a file of `size` bytes.
   */
  run(
    kind: FileKind,
    content: Uint8Array,
    externals: Externals,
    form: 'text' | 'windowText' = 'text',
    size = content.length,
  ): RunResult {
    const found = nothingCollected();
    const { sets, always, filter, users } = this.#planOf(kind);
    const wanted = new Set(always);
    for (const need of filter.met(content)) {
      const user = users[need];
      if (user !== undefined && size < user.sizeBound) wanted.add(user.set);
    }
    if (wanted.size > 0) for (const set of sets) if (wanted.has(set)) this.#guard(set, form, content, externals, found);
    return this.#toResult(found, content);
  }

  /** One plan for kinds that meet the same groups. */
  #planOf(kind: FileKind): Plan {
    const key = this.pack.groupsOf[kind].join(',');
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const groups = this.pack.groupsOf[kind].flatMap((index) => this.pack.groups[index] ?? []);
    const sets = groups.flatMap(({ always, parts }) => [...(always === undefined ? [] : [always]), ...parts]);
    const needs: Need[] = [];
    const users: NeedUser[] = [];
    for (const set of sets)
      for (const position of set.rules) {
        const { need, sizeBound = Infinity } = this.pack.rules[position] ?? {};
        if (need === undefined) continue;
        needs.push(need);
        users.push({ set, sizeBound });
      }
    const always = new Set(groups.flatMap((group) => group.always ?? []));
    const made: Plan = { sets, always, filter: new LiteralFilter(needs), users };
    this.#plans.set(key, made);
    return made;
  }

  /**
   * Which patterns of any rule for this kind are where in the window, those of private rules too; except patterns of which there is
   * enough, and what lies in the overlap.
   */
  runPatterns(window: FileWindow, externals: Externals, isEnough: (pattern: SoughtPattern) => boolean): RunResult {
    const { content, overlap } = window;
    const { search, sets } = this.#windowPlanOf(window);
    const { texts, spans, isUnbounded } = search.search(content, overlap, isEnough);
    const found = nothingCollected();
    for (const [rule, matches] of texts) found.matches.set(rule, [...matches]);
    for (const set of sets)
      if (set.form === 'nearText') for (const span of spans) this.#runSpan(set, content, span, externals, found);
      else if (set.form === 'unplacedText' || isUnbounded) this.#guard(set, set.form, content, externals, found);
    return this.#toResult(found, content);
  }

  #runSpan(set: PatternSet, content: Uint8Array, { start, end }: Span, externals: Externals, found: Collected): void {
    const within: Collected = { ...found, matches: new Map() };
    this.#guard(set, set.form, content.subarray(start, end), externals, within);
    for (const [rule, matches] of within.matches)
      collect(
        found,
        rule,
        matches.map((match) => ({ ...match, offset: match.offset + start })),
      );
  }

  #windowPlanOf({ kind, fileBytes }: FileWindow): WindowPlan {
    const { rules, sets } = windowRulesOf(this.pack, kind, fileBytes);
    const key = rules.join(',');
    const known = this.#windowPlans.get(key);
    if (known !== undefined) return known;
    const sought = rules.flatMap((rule) => (this.pack.rules[rule]?.places ?? []).map((place) => ({ rule, ...place })));
    const isCompiled = (set: PatternSet) => (other: PatternSet) =>
      other.form === set.form && isSame(other.rules, set.rules);
    const made: WindowPlan = {
      search: new WindowSearch(sought),
      sets: sets.map((set) => this.pack.patternSets?.find(isCompiled(set)) ?? set),
    };
    this.#windowPlans.set(key, made);
    return made;
  }

  #guard(set: PackedSet, form: RuleForm, content: Uint8Array, externals: Externals, found: Collected): void {
    const wanted = new Set(set.rules);
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
      if (position !== undefined && wanted.has(position)) collect(found, position, matches);
    }
  }

  #toResult({ matches: collected, runaways, unevaluated }: Collected, content: Uint8Array): RunResult {
    const hits: Hit[] = [];
    for (const [rule, matches] of collected) {
      const check = this.pack.rules[rule]?.check;
      const kept = check === undefined ? matches : keepLikely(check, matches, content);
      if (check === undefined || kept.length > 0) hits.push({ rule, matches: kept });
    }
    return {
      hits,
      runaways: [...runaways],
      unevaluated: [...unevaluated].filter((rule) => !runaways.has(rule)),
    };
  }

  /** Compiled on first use; from the serialized form when nothing was dropped from the set. Sets of patterns have one of their own. */
  #open(set: PackedSet, form: RuleForm): CompiledRules | undefined {
    const known = this.#compiled.get(set)?.get(form);
    if (known !== undefined) return known;
    const dropped = new Set(this.dropped);
    const kept = set.rules.filter((rule) => !dropped.has(rule));
    if (kept.length === 0) return undefined;
    const compiled =
      form !== 'windowText' && set.serialized !== undefined && kept.length === set.rules.length
        ? this.#engine.deserialize(set.serialized)
        : this.#compile(kept, form);
    limitMatches(compiled, this.pack.rules, set.rules);
    const forms = this.#compiled.get(set) ?? new Map<RuleForm, CompiledRules>();
    this.#compiled.set(set, forms.set(form, compiled));
    return compiled;
  }

  #compile(positions: readonly number[], form: RuleForm): CompiledRules {
    const isPatterns = patternForms.some((patterns) => patterns === form);
    const all = isPatterns ? positions : withNeeds(this.pack.rules, positions);
    return this.#engine.compile(toUnits(this.pack.rules, all, form));
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

const nothingCollected = (): Collected => ({ matches: new Map(), runaways: new Set(), unevaluated: new Set() });

const collect = ({ matches: all }: Collected, rule: number, matches: readonly PatternMatch[]): void => {
  const known = all.get(rule);
  if (known === undefined) all.set(rule, [...matches]);
  else known.push(...matches);
};

const split = (rules: readonly number[]): (readonly number[])[] =>
  inParts(rules, Math.max(1, Math.ceil(rules.length / fanOut)));
