/** A RulePack in one thread: runs the rules for a file, stops rules that run away, names them, and evaluates the others all the same. */
import type { FileKind } from '../../core/file-kind.ts';
import { ScanTimedOut, type CompiledRules, type Externals, type RuleEngine } from './engine-interface.ts';
import { limitMatches, toUnits, withNeeds, type RuleForm, type RulePack } from './rule-pack.ts';

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

/** A rule that ran away so often in one thread is not tried again there. */
export const maximumRunaways = 3;

/** Seconds that all rules together may take for so many bytes: far beyond what the slowest honest pack needs. */
const fullLimit = (size: number): number => Math.min(60, 5 + Math.ceil(size / 4e6));
/** Seconds for a part of the rules while the runaway is looked for. */
const partLimit = (size: number): number => Math.min(10, 1 + Math.ceil(size / 32e6));
/** Seconds for the whole search. */
const searchLimit = (size: number): number => 10 + 4 * partLimit(size);
/** Into so many parts a set with a runaway is cut, again and again. */
const fanOut = 8;

export class RuleRunner {
  readonly pack: RulePack;
  readonly #engine: RuleEngine;
  readonly #compiled = new Map<string, CompiledRules>();
  readonly #byName: ReadonlyMap<string, number>;
  readonly #runaways = new Map<number, number>();

  constructor(pack: RulePack, engine: RuleEngine) {
    this.pack = pack;
    this.#engine = engine;
    this.#byName = new Map(pack.rules.map(({ namespace, name }, position) => [`${namespace}/${name}`, position]));
  }

  /** Rules that are not tried any more, in pack order. */
  get dropped(): readonly number[] {
    return [...this.#runaways]
      .filter(([, count]) => count >= maximumRunaways)
      .map(([rule]) => rule)
      .sort((one, other) => one - other);
  }

  /** Compiled on first use; the serialized form when nothing was dropped from the set. */
  #open(index: number, form: RuleForm): CompiledRules {
    const key = `${index} ${form}`;
    let compiled = this.#compiled.get(key);
    if (compiled !== undefined) return compiled;
    const set = this.pack.sets[index];
    const dropped = new Set(this.dropped);
    const wanted = (set?.rules ?? []).filter((rule) => !dropped.has(rule));
    compiled =
      form === 'text' && set?.serialized !== undefined && wanted.length === set.rules.length
        ? this.#engine.deserialize(set.serialized)
        : this.#compile(wanted, form);
    limitMatches(compiled, this.pack.rules, set?.rules ?? []);
    this.#compiled.set(key, compiled);
    return compiled;
  }

  #compile(positions: readonly number[], form: RuleForm): CompiledRules {
    return this.#engine.compile(toUnits(this.pack.rules, withNeeds(this.pack.rules, positions), form));
  }

  /**
   * The rules for this kind over this content. With `patternsText` the hits say only which patterns are where, also those of
   * private rules.
   */
  run(kind: FileKind, content: Uint8Array, externals: Externals, form: RuleForm = 'text'): RunResult {
    const hits: Hit[] = [];
    const runaways: number[] = [];
    const unevaluated: number[] = [];
    for (const index of this.pack.setsOf[kind]) {
      const reported = this.pack.sets[index]?.rules ?? [];
      const wanted = new Set(form === 'patternsText' ? withNeeds(this.pack.rules, reported) : reported);
      const compiled = this.#open(index, form);
      compiled.setTimeLimit(fullLimit(content.length));
      try {
        hits.push(...this.#scan(compiled, wanted, content, externals));
      } catch (error) {
        if (!(error instanceof ScanTimedOut)) throw error;
        const found = this.#search([...wanted], content, externals, form);
        hits.push(...found.hits);
        runaways.push(...found.runaways);
        unevaluated.push(...found.unevaluated);
        this.#count(found.runaways);
      }
    }
    return { hits, runaways, unevaluated };
  }

  #scan(compiled: CompiledRules, wanted: ReadonlySet<number>, content: Uint8Array, externals: Externals): Hit[] {
    const hits: Hit[] = [];
    for (const { namespace, rule, matches } of compiled.scan(content, externals)) {
      const position = this.#byName.get(`${namespace}/${rule}`);
      if (position !== undefined && wanted.has(position)) hits.push({ rule: position, matches });
    }
    return hits;
  }

  /** Cuts the rules into parts and scans each by itself; a part that runs away is cut again, down to single rules. */
  #search(rules: readonly number[], content: Uint8Array, externals: Externals, form: RuleForm): RunResult {
    const hits: Hit[] = [];
    const runaways: number[] = [];
    const unevaluated: number[] = [];
    const deadline = performance.now() + 1000 * searchLimit(content.length);
    const dropped = new Set(this.dropped);
    const open: (readonly number[])[] = split(rules.filter((rule) => !dropped.has(rule)));
    for (let part = open.shift(); part !== undefined; part = open.shift()) {
      if (performance.now() > deadline) {
        unevaluated.push(...part);
        continue;
      }
      const compiled = this.#compile(part, form);
      limitMatches(compiled, this.pack.rules, part);
      compiled.setTimeLimit(partLimit(content.length));
      try {
        hits.push(...this.#scan(compiled, new Set(part), content, externals));
      } catch (error) {
        if (!(error instanceof ScanTimedOut)) throw error;
        if (part.length === 1) runaways.push(...part);
        else open.unshift(...split(part));
      } finally {
        compiled.close();
      }
    }
    return { hits, runaways, unevaluated };
  }

  #count(runaways: readonly number[]): void {
    for (const rule of runaways) {
      const count = (this.#runaways.get(rule) ?? 0) + 1;
      this.#runaways.set(rule, count);
      if (count !== maximumRunaways) continue;
      for (const compiled of this.#compiled.values()) compiled.close();
      this.#compiled.clear();
    }
  }

  close(): void {
    for (const compiled of this.#compiled.values()) compiled.close();
    this.#compiled.clear();
  }
}

const split = (rules: readonly number[]): (readonly number[])[] => {
  const size = Math.max(1, Math.ceil(rules.length / fanOut));
  return Array.from({ length: Math.ceil(rules.length / size) }, (_, part) =>
    rules.slice(part * size, (part + 1) * size),
  );
};
