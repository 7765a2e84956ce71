/** A Criterion → literals of which at least one must be in an event for the test to hold: what the index goes by. */
import { RE2JS } from 're2js';
import { dashes, fold } from './fold.ts';
import { literalOf } from './regex-literal.ts';
import type { FieldNames, Criterion } from './criterion.ts';
import { isAny, plainTextOf, type TextPattern } from './text-pattern.ts';

/** `exact`: the whole value; `start`, `end`, `part`: of a value. Without case. */
export interface Anchor {
  readonly field: FieldNames;
  readonly place: 'exact' | 'start' | 'end' | 'part';
  readonly text: string;
}

/** One of these is in every event that matches; `undefined`: nothing is known to be. */
export type AnchorSet = readonly Anchor[] | undefined;

export const anchorKey = ({ field, place, text }: Anchor): string => JSON.stringify([field ?? 0, place, text]);

const longest = (texts: readonly string[]): string =>
  texts.reduce((best, text) => (text.length > best.length ? text : best), '');

/** No character of a value is looked for that might stand there in another form. */
const withoutDashes = (text: string): string => longest(text.split(new RegExp(`[${dashes.join('')}]`)));

const anchorOf = (field: FieldNames, pattern: TextPattern, dashed: boolean): Anchor | undefined => {
  const texts = pattern.filter((part) => typeof part === 'string').map(fold);
  if (dashed) {
    const text = longest(texts.map(withoutDashes));
    return text === '' ? undefined : { field, place: 'part', text };
  }
  const plain = plainTextOf(pattern);
  if (plain !== undefined) return { field, place: 'exact', text: fold(plain) };
  const text = longest(texts);
  if (text === '') return undefined;
  const [first, last] = [pattern[0], pattern.at(-1)];
  if (pattern.length === 2 && isAny(last)) return { field, place: 'start', text };
  if (pattern.length === 2 && isAny(first)) return { field, place: 'end', text };
  return { field, place: 'part', text };
};

/** How much it costs to be asked whenever one of the anchors is there. */
export type Weigh = (anchor: Anchor) => number;

const weightOf = (set: readonly Anchor[], weigh: Weigh): number => set.reduce((sum, anchor) => sum + weigh(anchor), 0);

/** A longer list than this is not worth its place in the index. */
const maximumAnchors = 20_000;

/** The cheapest set by the given weights. What a `not` says is required of nothing. */
export const anchorsOf = (test: Criterion, weigh: Weigh): AnchorSet => {
  switch (test.kind) {
    case 'text': {
      const anchor = anchorOf(test.field, test.pattern, test.dashes);
      return anchor === undefined ? undefined : [anchor];
    }
    case 'regex': {
      const text = fold(literalOf(test.regex.pattern(), (test.regex.flags() & RE2JS.CASE_INSENSITIVE) !== 0));
      // A single character is nearly everywhere.
      return text.length < 2 ? undefined : [{ field: test.field, place: 'part', text }];
    }
    case 'all': {
      let best: AnchorSet;
      for (const part of test.of) {
        const set = anchorsOf(part, weigh);
        if (set !== undefined && (best === undefined || weightOf(set, weigh) < weightOf(best, weigh))) best = set;
      }
      return best;
    }
    case 'any': {
      const sets = test.of.map((part) => anchorsOf(part, weigh));
      const all: Anchor[] = [];
      for (const set of sets) {
        if (set === undefined) return undefined;
        all.push(...set);
      }
      return all.length > maximumAnchors ? undefined : all;
    }
    default:
      return undefined;
  }
};

/** Every anchor that the test could be found by: how often each occurs in all rules tells how common it is. */
export const possibleAnchors = (test: Criterion): readonly Anchor[] => {
  if (test.kind === 'all' || test.kind === 'any') return test.of.flatMap(possibleAnchors);
  return anchorsOf(test, () => 1) ?? [];
};
