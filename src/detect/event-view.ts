/** An event as rules see it: the values of each field, read once and kept while the event is looked at. */
import { fold, levelDashes } from './fold.ts';
import type { Event } from '../core/event.ts';
import type { FieldNames } from './criterion.ts';

/** A record's values deeper than this are not looked at; `EventView.tooDeep` counts where there were any. */
const maximumDepth = 64;

/** Fields with this in front are those of the Event itself, as the sensor understood the record: no record can claim to have them. */
export const ownFields = 'tidewaiter.';

/** One way to a field. */
interface Path {
  readonly own: boolean;
  /** In turn what is left of the name, and its next step. */
  readonly steps: readonly string[];
}

/** Each distinct field of all rules has a number here, so that a view is a few arrays. */
export class FieldTable {
  readonly #slots = new Map<string, number>();
  readonly paths: (readonly Path[])[] = [];

  /** The number of the field. The same names give the same number. */
  slotOf(names: NonNullable<FieldNames>): number {
    const key = JSON.stringify(names);
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const slot = this.paths.length;
    this.#slots.set(key, slot);
    // The name as it stands, and what is left of it behind each dot: `a.b.c` is `a.b.c`, or `b.c` inside `a`, or `c` inside `b` inside `a`.
    this.paths.push(
      names.map((name) => {
        const own = name.startsWith(ownFields);
        const steps = (own ? name.slice(ownFields.length) : name).split('.');
        return { own, steps: steps.flatMap((step, position) => [steps.slice(position).join('.'), step]) };
      }),
    );
    return slot;
  }
}

type Record = { readonly [name: string]: unknown };

const isRecord = (value: unknown): value is Record =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An Event, or as much of one as is asked for. */
export type Viewed = Pick<Event, 'fields'>;

/** What one field holds in one event. */
interface Held {
  /** The event's number when this was read. */
  event: number;
  exists: boolean;
  /** Texts of all values, nulls left out; lists are taken apart, a map inside is its JSON. */
  readonly texts: string[];
  folded: readonly string[] | undefined;
  levelled: readonly string[] | undefined;
}

const newHeld = (): Held => ({ event: 0, exists: false, texts: [], folded: undefined, levelled: undefined });

/** Reads the fields of one event after the other. Own properties only: a record cannot reach the language's own names. */
export class EventView {
  readonly #table: FieldTable;
  readonly #held: Held[] = [];
  readonly #everything = newHeld();
  #loaded: Viewed = { fields: {} };
  #event = 0;
  /** Values that lay too deep and were not looked at, over all events. */
  tooDeep = 0;

  constructor(table: FieldTable) {
    this.#table = table;
  }

  load(event: Viewed): void {
    this.#loaded = event;
    this.#event++;
  }

  #json(value: unknown, depth: number): string {
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
    if (depth > maximumDepth) {
      this.tooDeep++;
      return 'null';
    }
    if (Array.isArray(value)) return `[${value.map((item) => this.#json(item, depth + 1)).join(',')}]`;
    return `{${Object.entries(value)
      .map(([name, item]) => `${JSON.stringify(name)}:${this.#json(item, depth + 1)}`)
      .join(',')}}`;
  }

  #add(held: Held, value: unknown, depth: number): void {
    if (typeof value === 'string') held.texts.push(value);
    else if (value === null || value === undefined) return;
    else if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
      held.texts.push(String(value));
    else if (typeof value !== 'object') return;
    else if (depth > maximumDepth) this.tooDeep++;
    else if (Array.isArray(value)) for (const item of value) this.#add(held, item, depth + 1);
    else held.texts.push(this.#json(value, depth));
  }

  #follow(held: Held, path: readonly string[], step: number, value: unknown, depth: number): void {
    if (depth > maximumDepth) {
      this.tooDeep++;
      return;
    }
    if (Array.isArray(value)) {
      for (const item of value) this.#follow(held, path, step, item, depth + 1);
      return;
    }
    if (!isRecord(value)) return;
    const whole = path[step] ?? '';
    if (Object.hasOwn(value, whole)) {
      held.exists = true;
      this.#add(held, value[whole], depth + 1);
      return;
    }
    const name = path[step + 1] ?? '';
    if (name !== whole && Object.hasOwn(value, name)) this.#follow(held, path, step + 2, value[name], depth + 1);
  }

  #heldOf(slot: number): Held {
    const held = (this.#held[slot] ??= newHeld());
    if (held.event === this.#event) return held;
    held.event = this.#event;
    held.exists = false;
    held.texts.length = 0;
    held.folded = undefined;
    held.levelled = undefined;
    for (const path of this.#table.paths[slot] ?? []) {
      this.#follow(held, path.steps, 0, path.own ? this.#loaded : this.#loaded.fields, 0);
      if (held.exists) break;
    }
    return held;
  }

  #collect(value: unknown, depth: number): void {
    if (depth > maximumDepth) this.tooDeep++;
    else if (Array.isArray(value)) for (const item of value) this.#collect(item, depth + 1);
    else if (isRecord(value)) for (const name of Object.keys(value)) this.#collect(value[name], depth + 1);
    else this.#add(this.#everything, value, depth);
  }

  #all(): Held {
    const held = this.#everything;
    if (held.event === this.#event) return held;
    held.event = this.#event;
    held.texts.length = 0;
    held.folded = undefined;
    held.levelled = undefined;
    this.#collect(this.#loaded.fields, 0);
    return held;
  }

  #of(slot: number | undefined): Held {
    return slot === undefined ? this.#all() : this.#heldOf(slot);
  }

  exists(slot: number | undefined): boolean {
    return this.#of(slot).exists;
  }

  /** The texts as received; `undefined` for the slot: every value of the record. Good until the next `load`. */
  texts(slot: number | undefined): readonly string[] {
    return this.#of(slot).texts;
  }

  /** Without case. */
  folded(slot: number | undefined): readonly string[] {
    const held = this.#of(slot);
    return (held.folded ??= held.texts.map(fold));
  }

  /** Without case, all dashes the same. */
  levelled(slot: number | undefined): readonly string[] {
    const held = this.#of(slot);
    return (held.levelled ??= this.folded(slot).map(levelDashes));
  }
}
