/** One match of a rule that a correlation goes by, as its groups remember it. */

/** What is kept of an event for the correlations above it: bounded texts, never the record. */
export interface Source {
  readonly id: string;
  readonly at: number;
  /** By the number of a field: its value as text, at most a few hundred characters. */
  readonly values: ReadonlyMap<number, string>;
}

/** What a rule tells the correlations that go by it. */
export interface Signal {
  /** Position of the rule. */
  readonly rule: number;
  /** Position of the detection rule at the bottom, whose event set it off. */
  readonly base: number;
  readonly source: Source;
  /** When the first and the last of its events happened. */
  readonly from: number;
  readonly at: number;
  /** Ids of its events, oldest first. */
  readonly events: readonly string[];
  /** Events that are not named. */
  readonly more: number;
  /** Of a correlation: the values that its events share. */
  readonly group?: ReadonlyMap<string, string>;
  /** A correlation that goes on holding, told before within its timespan. */
  readonly repeat: boolean;
}

export interface Entry {
  readonly at: number;
  readonly signal: Signal;
  /** What the value_ types measure: without case, or a number. */
  readonly text: string;
  readonly number: number;
}

/** How many of the entries happened before. */
export const countBefore = (entries: readonly Entry[], time: number): number => {
  let low = 0;
  let high = entries.length;
  if (high === 0 || (entries[0]?.at ?? 0) >= time) return 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.at ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** To take entries from the front costs as much as all that are left: a few wait until an eighth can go. */
export const isWorthTaking = (count: number, size: number): boolean => count > 0 && count >= size >>> 3;

/** Where an entry of that time belongs: behind all that are not later. From the end, since most come in order. */
export const placeOf = (entries: readonly Entry[], at: number): number => {
  let low = 0;
  let high = entries.length;
  if (high === 0 || (entries[high - 1]?.at ?? 0) <= at) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
};
