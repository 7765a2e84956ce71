/** Rules at work: an event goes in, the matches that follow from it come out. */
import type { Event } from '../core/event.ts';
import { Correlations } from './correlation/correlations.ts';
import type { Outcome } from './correlation/correlator.ts';
import { Newest } from './correlation/newest.ts';
import { defaultLimits, noneDropped, type Account, type DetectorLimits, type Dropped } from './correlation/state.ts';
import { EventView, FieldTable } from './event-view.ts';
import { fold } from './fold.ts';
import { toMatcher, type Matcher } from './matcher.ts';
import type { RuleHead, RuleSet } from './rule.ts';
import { RuleRouter } from './rule-router.ts';

export interface Match {
  /** Of the rule, its group and the event that completed it: the same events replayed give the same ids. */
  readonly id: string;
  readonly rule: RuleHead;
  readonly kind: 'detection' | 'correlation';
  /** When its first and its last event happened: one and the same for a detection. */
  readonly from: number;
  readonly at: number;
  /** Ids of its events, oldest first: at most a hundred, the last ones. */
  readonly events: readonly string[];
  /** Events that are not named. */
  readonly more: number;
  /** Of a correlation: the values that its events share. Bounded, hostile. */
  readonly group: Readonly<Record<string, string>>;
  /** Of a correlation: what was counted, summed or measured. */
  readonly value?: number;
}

/** How a detector stands; also after millions of events at most what its limits say. */
export interface DetectorFigures {
  readonly events: number;
  readonly matches: number;
  /** Rules asked, over all events: what the index could not rule out. */
  readonly asked: number;
  /** Values nested so deep that they were not looked at. */
  readonly tooDeep: number;
  /** Log sources with an index of their own: at most as many as the rules tell apart. */
  readonly indexes: number;
  readonly groups: number;
  readonly entries: number;
  readonly dropped: Readonly<Dropped>;
}

export interface Detector {
  /**
   * How far back an event can matter to a correlation: the longest chain of timespans and the lateness. A detector that is
   * opened anew and handed the events of that long finds every window that the old one would find; only when one that goes
   * on holding is told again may differ.
   */
  readonly reachMs: number;
  /**
   * The matches that follow from the event: detections first, then correlations, each in the order of the rules. `ceiling` is
   * the latest time that an event may bear when events are live: what claims to be from later still meets the rules and is
   * not correlated, so that one wrong clock does not make every other event too late.
   */
  push(event: Event, ceiling?: number): readonly Match[];
  /**
   * What rules for one event say of it now, for an event that was pushed before and of which more is known since. Matches that
   * it had then come again with the same ids; no correlation hears of it.
   */
  ask(event: Event): readonly Match[];
  figures(): DetectorFigures;
}

const reachOf = ({ rules }: RuleSet): number => {
  const reaches: number[] = [];
  for (const rule of rules)
    reaches.push(
      rule.kind === 'detection'
        ? 0
        : rule.timespanMs + rule.of.reduce((most, of) => Math.max(most, reaches[of] ?? 0), 0),
    );
  return reaches.reduce((most, reach) => Math.max(most, reach), 0);
};

const idOf = (rule: RuleHead, group: readonly string[], event: string): string =>
  JSON.stringify([rule.id, ...group.map(fold), event]);

const toMatch = ({ signal, value }: Outcome, { rules }: RuleSet): Match | undefined => {
  const rule = rules[signal.rule];
  if (rule === undefined || !rule.alone || signal.repeat) return undefined;
  const { from, at, events, more, group, source } = signal;
  return {
    id: idOf(rule.head, [...(group?.values() ?? [])], source.id),
    rule: rule.head,
    kind: 'correlation',
    from,
    at,
    events,
    more,
    group: Object.fromEntries(group ?? []),
    value,
  };
};

class RunningDetector implements Detector {
  readonly #set: RuleSet;
  readonly #view: EventView;
  readonly #router: RuleRouter;
  readonly #matchers: readonly (Matcher | undefined)[];
  readonly #correlations: Correlations;
  readonly #account: Account;
  readonly reachMs: number;
  readonly #newest = new Newest();
  #events = 0;
  #matches = 0;
  #asked = 0;

  constructor(set: RuleSet, limits: DetectorLimits) {
    const table = new FieldTable();
    this.#set = set;
    this.#view = new EventView(table);
    this.#router = new RuleRouter(set, table);
    this.#matchers = set.rules.map((rule) => (rule.kind === 'detection' ? toMatcher(rule.test, table) : undefined));
    this.reachMs = limits.latenessMs + reachOf(set);
    this.#account = { limits, dropped: noneDropped(), entries: 0, groups: 0 };
    this.#correlations = new Correlations(set, table, this.#account);
  }

  #detect(event: Event): readonly number[] {
    this.#view.load(event);
    const candidates = this.#router.indexOf(event.logsource).candidates(this.#view);
    this.#asked += candidates.length;
    const matched: number[] = [];
    for (const position of candidates) if (this.#matchers[position]?.(this.#view) === true) matched.push(position);
    return matched;
  }

  #correlate(event: Event, heard: readonly number[], ceiling: number): readonly Outcome[] {
    const { dropped, limits } = this.#account;
    if (event.at <= ceiling) this.#newest.see(event.at);
    if (heard.length === 0) return [];
    const horizon = this.#newest.at - limits.latenessMs;
    if (!(event.at <= ceiling)) dropped.early += heard.length;
    else if (event.at < horizon) dropped.late += heard.length;
    else return this.#correlations.take({ id: event.id, at: event.at, matched: heard }, this.#view, horizon);
    return [];
  }

  #toMatches(event: Event, matched: readonly number[]): Match[] {
    const matches: Match[] = [];
    for (const position of matched) {
      const rule = this.#set.rules[position];
      if (rule?.alone === true)
        matches.push({
          id: idOf(rule.head, [], event.id),
          rule: rule.head,
          kind: 'detection',
          from: event.at,
          at: event.at,
          events: [event.id],
          more: 0,
          group: {},
        });
    }
    return matches;
  }

  ask(event: Event): readonly Match[] {
    return this.#toMatches(event, this.#detect(event));
  }

  push(event: Event, ceiling = Number.MAX_VALUE): readonly Match[] {
    this.#events++;
    const matched = this.#detect(event);
    const outcomes = this.#correlate(
      event,
      matched.filter((position) => this.#correlations.isHeard(position)),
      ceiling,
    );
    const matches = this.#toMatches(event, matched);
    for (const outcome of outcomes) {
      const match = toMatch(outcome, this.#set);
      if (match !== undefined) matches.push(match);
    }
    this.#matches += matches.length;
    return matches;
  }

  figures(): DetectorFigures {
    return {
      events: this.#events,
      matches: this.#matches,
      asked: this.#asked,
      tooDeep: this.#view.tooDeep,
      indexes: this.#router.indexes,
      groups: this.#account.groups,
      entries: this.#account.entries,
      dropped: { ...this.#account.dropped },
    };
  }
}

/**
 * A detector of the rules. It reads no clock: time is what events say, so that the same events in the same order give the
 * same matches whenever they are replayed. Events may come in any order within `latenessMs`.
 */
export const openDetector = (rules: RuleSet, limits: Partial<DetectorLimits> = {}): Detector =>
  new RunningDetector(rules, { ...defaultLimits, ...limits });
