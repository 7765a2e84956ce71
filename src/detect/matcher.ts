/** A Criterion → a closure that asks it of an event. Nothing of a rule ever becomes code. */
import { datePartOf } from './date-part.ts';
import type { EventView, FieldTable } from './event-view.ts';
import { levelDashes } from './fold.ts';
import { isInside, parseAddress } from './network.ts';
import { compareBy, type FieldNames, type Criterion } from './criterion.ts';
import { openPattern, plainTextOf } from './text-pattern.ts';

export type Matcher = (view: EventView) => boolean;

type Of<Kind extends Criterion['kind']> = Extract<Criterion, { readonly kind: Kind }>;

const slotOf = (field: FieldNames, table: FieldTable): number | undefined =>
  field === undefined ? undefined : table.slotOf(field);

const some = (texts: readonly string[], matches: (text: string) => boolean): boolean => {
  for (const text of texts) if (matches(text)) return true;
  return false;
};

const textMatcher = (test: Of<'text'>, table: FieldTable): Matcher => {
  const slot = slotOf(test.field, table);
  const matches = openPattern(test.pattern);
  if (test.cased)
    return test.dashes
      ? (view) => some(view.texts(slot), (text) => matches(levelDashes(text)))
      : (view) => some(view.texts(slot), matches);
  return test.dashes ? (view) => some(view.levelled(slot), matches) : (view) => some(view.folded(slot), matches);
};

/** A number as records write it; what is not wholly a number is none. */
const numberPattern = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?\s*$/i;

/** Undefined for what is no number, and for numbers too large to be one here. */
export const toNumber = (text: string): number | undefined => {
  const number = text.length <= 64 && numberPattern.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
};

const numberMatcher = (test: Of<'number'>, table: FieldTable): Matcher => {
  const slot = slotOf(test.field, table);
  const { part } = test;
  return (view) =>
    some(view.texts(slot), (text) => {
      const number = part === undefined ? toNumber(text) : datePartOf(text, part);
      return number !== undefined && compareBy[test.comparison](number, test.number);
    });
};

const networkMatcher = (test: Of<'network'>, table: FieldTable): Matcher => {
  const slot = slotOf(test.field, table);
  return (view) =>
    some(view.texts(slot), (text) => {
      const address = parseAddress(text.trim());
      return address !== undefined && isInside(test.network, address);
    });
};

type Stands = (text: string, other: string) => boolean;

const stands: Readonly<Record<Of<'reference'>['place'], Stands>> = {
  whole: (text, other) => text === other,
  start: (text, other) => text.startsWith(other),
  end: (text, other) => text.endsWith(other),
  inside: (text, other) => text.includes(other),
};

const referenceMatcher = (test: Of<'reference'>, table: FieldTable): Matcher => {
  const slot = slotOf(test.field, table);
  const other = slotOf(test.other, table);
  return (view) => {
    const others = test.cased ? view.texts(other) : view.folded(other);
    return some(test.cased ? view.texts(slot) : view.folded(slot), (text) =>
      some(others, (given) => stands[test.place](text, given)),
    );
  };
};

/** Exact texts of one field, asked of a set instead of one by one. */
const setMatcher = (field: FieldNames, texts: ReadonlySet<string>, table: FieldTable): Matcher => {
  const slot = slotOf(field, table);
  return (view) => some(view.folded(slot), (text) => texts.has(text));
};

/** Alternatives that a set can answer are taken together. */
const anyMatchers = (tests: readonly Criterion[], table: FieldTable): readonly Matcher[] => {
  const sets = new Map<string, { readonly field: FieldNames; readonly texts: Set<string> }>();
  const matchers: Matcher[] = [];
  for (const test of tests) {
    const text = test.kind === 'text' && !test.cased && !test.dashes ? plainTextOf(test.pattern) : undefined;
    if (test.kind !== 'text' || text === undefined) {
      matchers.push(toMatcher(test, table));
      continue;
    }
    const key = JSON.stringify(test.field);
    const set = sets.get(key);
    if (set === undefined) sets.set(key, { field: test.field, texts: new Set([text]) });
    else set.texts.add(text);
  }
  return [...[...sets.values()].map(({ field, texts }) => setMatcher(field, texts, table)), ...matchers];
};

const allMatcher = (test: Of<'all'>, table: FieldTable): Matcher => {
  const of = test.of.map((part) => toMatcher(part, table));
  return (view) => {
    for (const matcher of of) if (!matcher(view)) return false;
    return true;
  };
};

const anyMatcher = (test: Of<'any'>, table: FieldTable): Matcher => {
  const of = anyMatchers(test.of, table);
  const [only] = of;
  if (of.length === 1 && only !== undefined) return only;
  return (view) => {
    for (const matcher of of) if (matcher(view)) return true;
    return false;
  };
};

const notMatcher = (test: Of<'not'>, table: FieldTable): Matcher => {
  const of = toMatcher(test.of, table);
  return (view) => !of(view);
};

const regexMatcher = ({ field, regex }: Of<'regex'>, table: FieldTable): Matcher => {
  const slot = slotOf(field, table);
  return (view) => some(view.texts(slot), (text) => regex.test(text));
};

const nullMatcher = ({ field }: Of<'null'>, table: FieldTable): Matcher => {
  const slot = slotOf(field, table);
  return (view) => view.texts(slot).length === 0;
};

const existsMatcher = ({ field }: Of<'exists'>, table: FieldTable): Matcher => {
  const slot = slotOf(field, table);
  return (view) => view.exists(slot);
};

const matchers: { readonly [Kind in Criterion['kind']]: (test: Of<Kind>, table: FieldTable) => Matcher } = {
  all: allMatcher,
  any: anyMatcher,
  not: notMatcher,
  text: textMatcher,
  regex: regexMatcher,
  number: numberMatcher,
  network: networkMatcher,
  null: nullMatcher,
  exists: existsMatcher,
  reference: referenceMatcher,
};

/** The fields of the test get their numbers in the table; views of the same table can be asked. */
export const toMatcher = (test: Criterion, table: FieldTable): Matcher =>
  (matchers[test.kind] as (test: Criterion, table: FieldTable) => Matcher)(test, table);
