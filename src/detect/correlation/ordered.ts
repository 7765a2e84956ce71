/** temporal_ordered: entries of several rules, in the order in which the correlation names the rules. Correlation specification 2.1. */
import { countBefore, isWorthTaking, placeOf, type Entry } from './entry.ts';
import { maximumBehind, unexamined, type Series, type Window } from './window.ts';

interface Chain {
  readonly entry: Entry;
  readonly next: Chain | undefined;
}

/** An entry at which a chain may end, and the place of its rule. */
interface End {
  readonly last: Entry;
  readonly rule: number;
}

const entriesOf = (chain: Chain | undefined): readonly Entry[] => {
  const entries: Entry[] = [];
  for (let link = chain; link !== undefined; link = link.next) entries.push(link.entry);
  return entries;
};

/**
 * What is measured is the longest chain of entries that ends at an entry, each of a rule named later and none before the
 * entry in front of it, all within the timespan. Entries of one and the same moment are in any order, but no event
 * is two links of a chain next to each other.
 */
export class OrderedSeries implements Series {
  readonly #timespanMs: number;
  readonly #rules: readonly number[];
  readonly #holds: (value: number) => boolean;
  /** By the place of the rule in the correlation. */
  readonly #entries: readonly Entry[][];

  constructor(timespanMs: number, rules: readonly number[], holds: (value: number) => boolean) {
    this.#timespanMs = timespanMs;
    this.#rules = rules;
    this.#holds = holds;
    this.#entries = rules.map(() => []);
  }

  get size(): number {
    return this.#entries.reduce((sum, entries) => sum + entries.length, 0);
  }

  get newest(): number {
    let newest = Number.NEGATIVE_INFINITY;
    for (const entries of this.#entries) newest = Math.max(newest, entries.at(-1)?.at ?? newest);
    return newest;
  }

  #latest(rule: number, chain: Chain, start: number): Entry | undefined {
    const entries = this.#entries[rule] ?? [];
    for (let position = placeOf(entries, chain.entry.at) - 1; position >= 0; position--) {
      const entry = entries[position];
      if (entry === undefined || entry.at < start) return undefined;
      if (entry.signal.source.id !== chain.entry.signal.source.id) return entry;
    }
    return undefined;
  }

  /** The longest chain that ends there; of each length, the one that begins latest leaves most room for more. */
  #chainTo(last: Entry, rule: number): readonly Entry[] {
    const start = last.at - this.#timespanMs;
    const byLength: (Chain | undefined)[] = [undefined, { entry: last, next: undefined }];
    for (let before = rule - 1; before >= 0; before--)
      for (let length = byLength.length - 1; length >= 1; length--) {
        const chain = byLength[length];
        const entry = chain === undefined ? undefined : this.#latest(before, chain, start);
        const known = byLength[length + 1];
        if (entry !== undefined && (known === undefined || known.entry.at < entry.at))
          byLength[length + 1] = { entry, next: chain };
      }
    return entriesOf(byLength.at(-1));
  }

  *take(entry: Entry): Iterable<Window | typeof unexamined> {
    const own = this.#rules.indexOf(entry.signal.rule);
    const series = this.#entries[own];
    if (series === undefined) return;
    const newest = this.newest;
    series.splice(placeOf(series, entry.at), 0, entry);
    const behind = newest < entry.at ? [] : this.#endsBehind(entry, own);
    for (const { last, rule } of [{ last: entry, rule: own }, ...behind.slice(0, maximumBehind)]) {
      const entries = this.#chainTo(last, rule);
      const first = entries[0];
      if (first !== undefined && this.#holds(entries.length))
        yield { first, last, entries, more: 0, value: entries.length };
    }
    if (behind.length > maximumBehind) yield unexamined;
  }

  /** What came late may stand in front of what is already there. */
  #endsBehind(entry: Entry, own: number): readonly End[] {
    return this.#entries
      .flatMap((entries, rule) => {
        const start = countBefore(entries, entry.at);
        return rule <= own ? [] : entries.slice(start, start + maximumBehind + 1).map((last) => ({ last, rule }));
      })
      .filter(({ last }) => last.at <= entry.at + this.#timespanMs)
      .toSorted((one, other) => one.last.at - other.last.at || one.rule - other.rule);
  }

  forget(before: number): number {
    let forgotten = 0;
    for (const entries of this.#entries) {
      const count = countBefore(entries, before);
      if (!isWorthTaking(count, entries.length)) continue;
      entries.splice(0, count);
      forgotten += count;
    }
    return forgotten;
  }

  drop(count: number): number {
    for (let dropped = 0; dropped < count; dropped++) {
      let oldest: Entry[] | undefined;
      for (const entries of this.#entries)
        if (entries.length > 0 && (oldest === undefined || (entries[0]?.at ?? 0) < (oldest[0]?.at ?? 0)))
          oldest = entries;
      if (oldest?.shift() === undefined) return dropped;
    }
    return count;
  }
}
