/** The entries of one group in the order of their time, and a window that slides over them. */
import { countBefore, isWorthTaking, placeOf, type Entry } from './entry.ts';
import type { Measure } from './measure.ts';

/** A window whose condition holds. */
export interface Window {
  readonly first: Entry;
  readonly last: Entry;
  /** The entries nearest to its end, oldest first; at most `namedEntries`. */
  readonly entries: readonly Entry[];
  /** Entries in front of those. */
  readonly more: number;
  readonly value: number;
}

/** A window of thousands is not copied whenever it holds. */
export const namedEntries = 100;

/** A late entry has so many behind it that not every window was looked at. */
export const unexamined = 'unexamined';

/** As many entries behind a late one are looked at: a flood out of order costs no more than this each. */
export const maximumBehind = 1000;

/** What one group remembers. `take` yields the windows that hold because of the entry, in the order of their ends. */
export interface Series {
  readonly size: number;
  /** When its last entry happened. */
  readonly newest: number;
  take(entry: Entry): Iterable<Window | typeof unexamined>;
  /** Forgets what happened before, in whole or when it is worth it; returns how many entries that were. */
  forget(before: number): number;
  /** Forgets the oldest entries; returns how many. */
  drop(count: number): number;
}

/**
 * A window ends at an entry and holds all entries that are no more than the timespan older. Where an entry comes late, the
 * windows that end at later entries are asked again: in whatever order entries come, the same windows are found in the end.
 */
export class SlidingWindow implements Series {
  readonly #timespanMs: number;
  readonly #measure: Measure;
  readonly #holds: (value: number) => boolean;
  readonly #entries: Entry[] = [];
  /** The window: entries from `low`, up to and without `high`. */
  #low = 0;
  #high = 0;

  constructor(timespanMs: number, measure: Measure, holds: (value: number) => boolean) {
    this.#timespanMs = timespanMs;
    this.#measure = measure;
    this.#holds = holds;
  }

  get size(): number {
    return this.#entries.length;
  }

  get newest(): number {
    return this.#entries.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  }

  #at(position: number): number {
    return this.#entries[position]?.at ?? Number.POSITIVE_INFINITY;
  }

  #add(position: number): void {
    const entry = this.#entries[position];
    if (entry !== undefined) this.#measure.add(entry);
  }

  #remove(position: number): void {
    const entry = this.#entries[position];
    if (entry !== undefined) this.#measure.remove(entry);
  }

  /** Costs what the window moves: nothing is counted anew. */
  #endAt(last: number): void {
    const start = this.#at(last) - this.#timespanMs;
    while (this.#high <= last) this.#add(this.#high++);
    while (this.#low > 0 && this.#at(this.#low - 1) >= start) this.#add(--this.#low);
    while (this.#at(this.#low) < start) this.#remove(this.#low++);
    while (this.#high > last + 1) this.#remove(--this.#high);
  }

  *take(entry: Entry): Iterable<Window | typeof unexamined> {
    const position = placeOf(this.#entries, entry.at);
    if (position === this.#entries.length) this.#entries.push(entry);
    else this.#entries.splice(position, 0, entry);
    if (position <= this.#low && position < this.#high) {
      this.#low++;
      this.#high++;
    } else if (position < this.#high) {
      this.#high++;
      this.#measure.add(entry);
    }
    // It counts in the windows to come.
    if (this.#entries.length - position > maximumBehind) {
      yield unexamined;
      return;
    }
    for (let last = position; this.#at(last) <= entry.at + this.#timespanMs; last++) {
      // A window holds all that happened at its end.
      if (this.#at(last + 1) === this.#at(last)) continue;
      this.#endAt(last);
      const end = this.#entries[last];
      const first = this.#entries[this.#low];
      const value = end === undefined ? undefined : this.#measure.value(end);
      if (first === undefined || end === undefined || value === undefined || !this.#holds(value)) continue;
      const named = Math.max(this.#low, this.#high - namedEntries);
      yield {
        first,
        last: end,
        entries: this.#entries.slice(named, this.#high),
        more: named - this.#low,
        value,
      };
    }
  }

  forget(before: number): number {
    const count = countBefore(this.#entries, before);
    return isWorthTaking(count, this.#entries.length) ? this.drop(count) : 0;
  }

  drop(count: number): number {
    const dropped = Math.min(count, this.#entries.length);
    if (dropped === 0) return 0;
    for (let position = this.#low; position < Math.min(this.#high, dropped); position++) this.#remove(position);
    this.#entries.splice(0, dropped);
    this.#low = Math.max(0, this.#low - dropped);
    this.#high = Math.max(0, this.#high - dropped);
    return dropped;
  }
}
