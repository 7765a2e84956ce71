/** The rules of one log source, by literals that they require: an event meets only the rules that could match it. */
import { anchorKey, anchorsOf, possibleAnchors, type Anchor } from './anchors.ts';
import { EndIndex } from './end-index.ts';
import { ownFields, type EventView, type FieldTable } from './event-view.ts';
import { GramIndex } from './gram-index.ts';
import type { Criterion } from './criterion.ts';

export interface IndexedRule {
  readonly position: number;
  readonly test: Criterion;
}

/** The literals of one field. */
interface FieldIndex {
  readonly slot: number | undefined;
  readonly exact: ReadonlyMap<string, readonly number[]> | undefined;
  readonly starts: EndIndex | undefined;
  readonly ends: EndIndex | undefined;
  readonly parts: GramIndex | undefined;
}

/** Fields of the event itself with few words each: a word of theirs stands in many events, however few rules ask for it. */
const closedFields: ReadonlyMap<string, number> = new Map([
  [`${ownFields}action`, 1000],
  [`${ownFields}outcome`, 10_000],
  [`${ownFields}image.kind`, 10_000],
  [`${ownFields}actor.kind`, 500],
  [`${ownFields}connection.direction`, 10_000],
]);

/** Common literals cost most; a whole value is asked for more cheaply than a part, and a long part seldom occurs by chance. */
const openWeigh = (rules: readonly IndexedRule[]): ((anchor: Anchor) => number) => {
  const counts = new Map<string, number>();
  for (const { test } of rules)
    for (const key of new Set(possibleAnchors(test).map(anchorKey))) counts.set(key, (counts.get(key) ?? 0) + 1);
  return (anchor) => {
    const closed = anchor.field?.length === 1 ? closedFields.get(anchor.field[0]) : undefined;
    if (closed !== undefined) return closed;
    const length = Math.min(anchor.text.length, 16);
    return (counts.get(anchorKey(anchor)) ?? 1) * (1 + (anchor.place === 'exact' ? 2 : 16) / (1 + length));
  };
};

type Places = Readonly<Record<Anchor['place'], Map<string, number[]>>>;

const toFieldIndex = (slot: number | undefined, places: Places): FieldIndex => {
  const starts = new EndIndex(false);
  for (const [text, rules] of places.start) starts.add(text, rules);
  const ends = new EndIndex(true);
  for (const [text, rules] of places.end) ends.add(text, rules);
  return {
    slot,
    exact: places.exact.size === 0 ? undefined : places.exact,
    starts: places.start.size === 0 ? undefined : starts,
    ends: places.end.size === 0 ? undefined : ends,
    parts:
      places.part.size === 0 ? undefined : new GramIndex([...places.part].map(([text, rules]) => ({ text, rules }))),
  };
};

export class RuleIndex {
  readonly #fields: readonly FieldIndex[];
  /** Rules without a literal. */
  readonly #always: readonly number[];
  /** By position of a rule: the number of the event for which it was last found. */
  readonly #seen: Int32Array;
  #found: number[] = [];
  #event = 0;

  /** `size`: one more than the highest position. */
  constructor(rules: readonly IndexedRule[], size: number, table: FieldTable) {
    const weigh = openWeigh(rules);
    const always: number[] = [];
    const fields = new Map<number | undefined, Places>();
    for (const { position, test } of rules) {
      const set = anchorsOf(test, weigh);
      if (set === undefined) always.push(position);
      for (const { field, place, text } of set ?? []) {
        const slot = field === undefined ? undefined : table.slotOf(field);
        const places = fields.get(slot) ?? { exact: new Map(), start: new Map(), end: new Map(), part: new Map() };
        fields.set(slot, places);
        const known = places[place].get(text);
        if (known === undefined) places[place].set(text, [position]);
        else if (known.at(-1) !== position) known.push(position);
      }
    }
    this.#always = always;
    this.#fields = [...fields].map(([slot, places]) => toFieldIndex(slot, places));
    this.#seen = new Int32Array(size);
  }

  /** How many rules are asked of every event. */
  get unindexed(): number {
    return this.#always.length;
  }

  readonly #take = (rules: readonly number[]): void => {
    for (const rule of rules)
      if (this.#seen[rule] !== this.#event) {
        this.#seen[rule] = this.#event;
        this.#found.push(rule);
      }
  };

  /** Positions of the rules that could match, in rising order: every rule that does is among them. Good until the next call. */
  candidates(view: EventView): readonly number[] {
    // The numbers must never come round to those of rules seen long ago.
    if (this.#event >= 0x7fffffff) {
      this.#seen.fill(0);
      this.#event = 0;
    }
    this.#event++;
    this.#found = [...this.#always];
    for (const { slot, exact, starts, ends, parts } of this.#fields)
      for (const text of view.folded(slot)) {
        if (exact !== undefined) {
          const rules = exact.get(text);
          if (rules !== undefined) this.#take(rules);
        }
        starts?.find(text, this.#take);
        ends?.find(text, this.#take);
        parts?.find(text, this.#take);
      }
    return this.#found.sort((one, other) => one - other);
  }
}
