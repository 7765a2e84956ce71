/** All correlation rules at work: the matches of an event go in, what follows from them comes out. */
import type { EventView, FieldTable } from '../event-view.ts';
import type { RuleSet } from '../rule.ts';
import { boundedValue } from './bounded-value.ts';
import { Correlator, type Outcome } from './correlator.ts';
import type { Signal, Source } from './entry.ts';
import { KnownIds } from './known-ids.ts';
import type { Account } from './state.ts';
import { keptSlots, openValueOf } from './values.ts';

interface Work {
  readonly position: number;
  readonly correlator: Correlator;
}

/** What correlations are still to hear of one event. A rule only tells those behind it, so that each is done once. */
class Inbox {
  readonly #signals = new Map<Work, Signal[]>();
  /** By position, from `#next` on. */
  readonly #waiting: Work[] = [];
  #next = 0;

  add(work: Work, signal: Signal): void {
    const signals = this.#signals.get(work);
    if (signals !== undefined) {
      signals.push(signal);
      return;
    }
    this.#signals.set(work, [signal]);
    let low = this.#next;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#waiting[middle]?.position ?? 0) < work.position) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, work);
  }

  take(): { readonly work: Work; readonly signals: readonly Signal[] } | undefined {
    const work = this.#waiting[this.#next++];
    return work === undefined ? undefined : { work, signals: this.#signals.get(work) ?? [] };
  }
}

/** An event of which correlations hear. */
export interface CorrelatedEvent {
  readonly id: string;
  readonly at: number;
  /** Positions of the detection rules that matched. */
  readonly matched: readonly number[];
}

export class Correlations {
  readonly #account: Account;
  readonly #kept: ReadonlyMap<number, ReadonlySet<number>>;
  readonly #correlators: readonly Work[];
  readonly #ids: KnownIds;
  /** By position of a rule: the correlations that go by it. */
  readonly #above = new Map<number, Work[]>();

  constructor(set: RuleSet, table: FieldTable, account: Account) {
    this.#account = account;
    this.#ids = new KnownIds(account.limits.ids);
    this.#kept = keptSlots(set, table);
    this.#correlators = set.rules.flatMap((rule, position) => {
      if (rule.kind !== 'correlation') return [];
      const work = { position, correlator: new Correlator(rule, position, openValueOf(rule, set, table), account) };
      for (const of of rule.of) this.#above.set(of, [...(this.#above.get(of) ?? []), work]);
      return [work];
    });
  }

  isHeard(rule: number): boolean {
    return this.#above.has(rule);
  }

  #toSource({ id, at, matched }: CorrelatedEvent, view: EventView): Source {
    const values = new Map<number, string>();
    for (const rule of matched)
      for (const slot of this.#kept.get(rule) ?? []) {
        const value = boundedValue(view.texts(slot));
        if (value !== undefined) values.set(slot, value);
      }
    return { id, at, values };
  }

  /** The correlation that remembers most gives way: one that is flooded does not blind the others. */
  #keepWithin(): void {
    const { limits } = this.#account;
    while (this.#account.entries > limits.entries || this.#account.groups > limits.groups) {
      const [first, ...rest] = this.#correlators;
      if (first === undefined) return;
      const largest = rest.reduce(
        (largest, work) => (work.correlator.weight > largest.correlator.weight ? work : largest),
        first,
      );
      if (!largest.correlator.giveUp()) return;
    }
  }

  /** Correlations further up hear of those below within the same event. In the order of the rules; equal input gives equal output. */
  take(event: CorrelatedEvent, view: EventView, horizon: number): readonly Outcome[] {
    if (this.#ids.isKnown(event.id)) {
      this.#account.dropped.doubled++;
      return [];
    }
    const source = this.#toSource(event, view);
    const outcomes: Outcome[] = [];
    const inbox = new Inbox();
    const tell = (signal: Signal): void => {
      for (const work of this.#above.get(signal.rule) ?? []) inbox.add(work, signal);
    };
    for (const rule of event.matched)
      tell({ rule, base: rule, source, from: event.at, at: event.at, events: [event.id], more: 0, repeat: false });
    for (let next = inbox.take(); next !== undefined; next = inbox.take()) {
      const { correlator } = next.work;
      for (const signal of next.signals)
        for (const outcome of correlator.take(signal, horizon)) {
          outcomes.push(outcome);
          tell(outcome.signal);
        }
      correlator.forget(horizon);
    }
    this.#keepWithin();
    return outcomes;
  }
}
