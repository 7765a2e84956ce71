/** What the types of correlations measure in a window: kept up to date as entries come and go. Correlation specification 2.1, “Correlation Types”. */
import type { CorrelationRule, CorrelationType } from '../rule.ts';
import type { Entry } from './entry.ts';

export interface Measure {
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** Of the window that ends at the entry. Undefined: nothing was measured. */
  value(last: Entry): number | undefined;
}

const openCount = (): Measure => {
  let count = 0;
  return {
    add: () => {
      count++;
    },
    remove: () => {
      count--;
    },
    value: () => count,
  };
};

/** `share`: how many per cent of all have the last entry's text; otherwise how many different ones there are. */
const openTexts = (keyOf: (entry: Entry) => string | number, share: boolean): Measure => {
  const counts = new Map<string | number, number>();
  let total = 0;
  return {
    add: (entry) => {
      const key = keyOf(entry);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      total++;
    },
    remove: (entry) => {
      const key = keyOf(entry);
      const count = (counts.get(key) ?? 0) - 1;
      if (count > 0) counts.set(key, count);
      else counts.delete(key);
      total--;
    },
    value: (last) => (share ? (100 * (counts.get(keyOf(last)) ?? 0)) / total : counts.size),
  };
};

/** Numbers in order. */
const openNumbers = (valueOf: (sorted: readonly number[]) => number): Measure => {
  const sorted: number[] = [];
  const placeOf = (number: number): number => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add: ({ number }) => {
      sorted.splice(placeOf(number), 0, number);
    },
    remove: ({ number }) => {
      sorted.splice(placeOf(number), 1);
    },
    value: () => (sorted.length === 0 ? undefined : valueOf(sorted)),
  };
};

/** Beyond this, sums of many would no longer be exact: larger numbers count as this one. */
const largest = 1e15;

/** What rounding takes is kept apart and given back (Neumaier), so that no error adds up as numbers come and go. */
const openSum = (mean: boolean): Measure => {
  let sum = 0;
  let lost = 0;
  let count = 0;
  const plus = (number: number): void => {
    const next = sum + number;
    lost += Math.abs(sum) >= Math.abs(number) ? sum - next + number : number - next + sum;
    sum = next;
  };
  const bounded = (number: number): number => Math.max(-largest, Math.min(largest, number));
  return {
    add: ({ number }) => {
      plus(bounded(number));
      count++;
    },
    remove: ({ number }) => {
      plus(-bounded(number));
      count--;
      if (count > 0) return;
      sum = 0;
      lost = 0;
    },
    value: () => (count === 0 ? undefined : (sum + lost) / (mean ? count : 1)),
  };
};

/** By the nearest rank: the smallest value that at least so many per cent of all do not exceed. */
const percentileOf =
  (percentile: number) =>
  (sorted: readonly number[]): number =>
    sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)] ?? 0;

const openers: Readonly<Record<CorrelationType, (rule: CorrelationRule) => Measure>> = {
  event_count: openCount,
  value_count: () => openTexts(({ text }) => text, false),
  temporal: () => openTexts(({ signal }) => signal.rule, false),
  // What counts there is the order: see OrderedSeries.
  temporal_ordered: () => openTexts(({ signal }) => signal.rule, false),
  value_sum: () => openSum(false),
  value_avg: () => openSum(true),
  value_percentile: ({ percentile }) =>
    percentile === undefined ? openTexts(({ text }) => text, true) : openNumbers(percentileOf(percentile)),
};

export const openMeasure = (rule: CorrelationRule): Measure => openers[rule.type](rule);
