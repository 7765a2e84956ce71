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
    const inbox = new Map<Work, Signal[]>();
    const tell = (signal: Signal): void => {
      for (const work of this.#above.get(signal.rule) ?? []) {
        const signals = inbox.get(work);
        if (signals === undefined) inbox.set(work, [signal]);
        else signals.push(signal);
      }
    };
    for (const rule of event.matched)
      tell({ rule, base: rule, source, from: event.at, at: event.at, events: [event.id], more: 0, repeat: false });
    while (inbox.size > 0) {
      let next: Work | undefined;
      for (const work of inbox.keys()) if (next === undefined || work.position < next.position) next = work;
      if (next === undefined) break;
      const signals = inbox.get(next) ?? [];
      inbox.delete(next);
      for (const signal of signals)
        for (const outcome of next.correlator.take(signal, horizon)) {
          outcomes.push(outcome);
          tell(outcome.signal);
        }
      next.correlator.forget(horizon);
    }
    this.#keepWithin();
    return outcomes;
  }
}
