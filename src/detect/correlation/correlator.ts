/** One correlation rule at work: its groups, and what it says when another match comes. Correlation specification 2.1. */
import { fold } from '../fold.ts';
import { toNumber } from '../matcher.ts';
import type { CorrelationRule } from '../rule.ts';
import { compareBy } from '../criterion.ts';
import { isWorthTaking, type Entry, type Signal } from './entry.ts';
import { openMeasure } from './measure.ts';
import { OrderedSeries } from './ordered.ts';
import { Recency } from './recency.ts';
import type { Account } from './state.ts';
import { namedEntries, SlidingWindow, unexamined, type Series, type Window } from './window.ts';

/** Of a signal: the value of a field or alias, without its case for comparing. */
export type ValueOf = (name: string, signal: Signal) => string | undefined;

/** A correlation whose condition holds. */
export interface Outcome {
  readonly signal: Signal;
  /** What was counted, summed or measured. */
  readonly value: number;
}

interface Group {
  readonly series: Series;
  readonly values: ReadonlyMap<string, string>;
  /** End of the window that was told last. */
  told: number | undefined;
}

const maximumWindows = 100;

/** Types for which it only matters that a match exists hear of every window that holds; those that count, of each once. */
const existential: ReadonlySet<string> = new Set(['temporal', 'temporal_ordered', 'value_count']);

const numeric = (rule: CorrelationRule): boolean =>
  rule.type === 'value_sum' || rule.type === 'value_avg' || rule.percentile !== undefined;

interface Named {
  readonly events: readonly string[];
  readonly more: number;
}

/** A repeat is told to nobody: what it adds to the window that was told is its newest event. */
const newestOf = ({ last: { signal } }: Window): Named => ({ events: signal.events, more: signal.more });

const idsOf = (window: Window): Named => {
  const ids = [...new Set(window.entries.flatMap(({ signal }) => signal.events))];
  const below = window.entries.reduce((sum, { signal }) => sum + signal.more, 0);
  const events = ids.slice(-namedEntries);
  return { events, more: window.more + below + ids.length - events.length };
};

export class Correlator {
  readonly #rule: CorrelationRule;
  readonly #position: number;
  readonly #valueOf: ValueOf;
  readonly #account: Account;
  readonly #entriesOfGroup: number;
  readonly #groups = new Recency<Group>();
  #entries = 0;

  constructor(rule: CorrelationRule, position: number, valueOf: ValueOf, account: Account) {
    this.#rule = rule;
    this.#position = position;
    this.#valueOf = valueOf;
    this.#account = account;
    const asked = rule.bounds.map(({ number }) => number + 1);
    this.#entriesOfGroup =
      rule.type === 'event_count' || rule.type === 'value_count'
        ? Math.max(account.limits.entriesOfGroup, ...asked)
        : account.limits.entriesOfGroup;
  }

  /** How much it remembers, for who gives way. */
  get weight(): number {
    return this.#entries + this.#groups.size;
  }

  readonly #holds = (value: number): boolean =>
    this.#rule.bounds.every(({ comparison, number }) => compareBy[comparison](value, number));

  #newGroup(values: ReadonlyMap<string, string>): Group {
    const { type, timespanMs, of } = this.#rule;
    const series =
      type === 'temporal_ordered'
        ? new OrderedSeries(timespanMs, of, this.#holds)
        : new SlidingWindow(timespanMs, openMeasure(this.#rule), this.#holds);
    this.#account.groups++;
    return { series, values, told: undefined };
  }

  #toEntry(signal: Signal): Entry | undefined {
    if (this.#rule.fields.length === 0) return { at: signal.at, signal, text: '', number: 0 };
    const values = this.#rule.fields.map((field) => this.#valueOf(field, signal));
    const [first] = values;
    if (first === undefined || values.includes(undefined)) return undefined;
    const number = numeric(this.#rule) ? toNumber(first) : 0;
    // “When you use multiple values in field they are linked by an AND”: what is counted are combinations.
    const text = fold(values.length === 1 ? first : JSON.stringify(values));
    return number === undefined ? undefined : { at: signal.at, signal, text, number };
  }

  #groupOf(signal: Signal): Group | undefined {
    const values = new Map<string, string>();
    for (const name of this.#rule.groupBy) {
      const value = this.#valueOf(name, signal);
      if (value === undefined) return undefined;
      values.set(name, value);
    }
    return this.#groups.use(JSON.stringify([...values.values()].map(fold)), () => this.#newGroup(values));
  }

  #count(change: number): void {
    this.#entries += change;
    this.#account.entries += change;
  }

  #outcome(group: Group, window: Window): Outcome {
    const repeat = group.told !== undefined && Math.abs(window.last.at - group.told) <= this.#rule.timespanMs;
    if (!repeat) group.told = window.last.at;
    const { base, source } = window.last.signal;
    return {
      signal: {
        rule: this.#position,
        base,
        source,
        from: window.first.signal.from,
        at: window.last.at,
        ...(repeat ? newestOf(window) : idsOf(window)),
        group: group.values,
        repeat,
      },
      value: window.value,
    };
  }

  /**
   * What follows from the signal, in the order of time. A window that holds within the timespan of one that was told is a
   * repeat. Nothing will come any more from before the horizon.
   */
  take(signal: Signal, horizon: number): readonly Outcome[] {
    if (signal.repeat && !existential.has(this.#rule.type)) return [];
    const { dropped } = this.#account;
    const entry = this.#toEntry(signal);
    if (entry === undefined) {
      dropped.unusable++;
      return [];
    }
    const group = this.#groupOf(signal);
    if (group === undefined) {
      dropped.ungrouped++;
      return [];
    }
    const outcomes: Outcome[] = [];
    this.#count(1 - group.series.forget(horizon - this.#rule.timespanMs));
    for (const window of group.series.take(entry)) {
      if (window === unexamined || outcomes.length === maximumWindows) {
        dropped.windows++;
        break;
      }
      outcomes.push(this.#outcome(group, window));
    }
    const over = group.series.size - this.#entriesOfGroup;
    if (isWorthTaking(over, this.#entriesOfGroup)) {
      this.#count(-group.series.drop(over));
      dropped.entries += over;
    }
    return outcomes;
  }

  /** Forgets groups that no window can hold any more, a few at a time. */
  forget(horizon: number): void {
    for (let looked = 0; looked < 4; looked++) {
      const series = this.#groups.oldest?.series;
      if (series === undefined) return;
      this.#count(-series.forget(horizon - this.#rule.timespanMs));
      if (series.size > 0) return;
      this.#groups.takeOldest();
      this.#account.groups--;
    }
  }

  /** Gives up the group that was used longest ago. False: there is none. */
  giveUp(): boolean {
    const group = this.#groups.takeOldest();
    if (group === undefined) return false;
    this.#account.groups--;
    this.#account.dropped.groups++;
    this.#account.dropped.entries += group.series.size;
    this.#count(-group.series.size);
    return true;
  }
}
