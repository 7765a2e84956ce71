/** A pattern of a rule → what tells the places of a large content at which it can match. */
import { frequencyOf, shortestLiteral, type Need } from './need.ts';
import { readPattern } from './pattern-need.ts';
import type { SourcePattern } from './yara-source.ts';

/**
 * Plain data. With `text` (one character a byte) the pattern matches this and nothing else. Otherwise every match has one of the
 * literals, upper and lower case alike, and no more than `longest` bytes, which may be Infinity.
 */
export type PatternPlace =
  | { readonly text: string; readonly ignoresCase: boolean; readonly isFullWord: boolean }
  | { readonly literals: readonly string[]; readonly longest: number };

/** Shorter literals are almost everywhere; these are looked for only where a pattern has no longer one. */
const shortestOfAll = 3;

/** Around the literals of patterns that may be longer, too much would have to be looked at. */
const longestMatch = 4096;

/** Whether a match lies near its literal. */
export const isBounded = (place: PatternPlace): boolean => 'text' in place || place.longest <= longestMatch;

/** Literals of which every content that meets the need has one. */
const oneOf = (need: Need): readonly string[] => {
  if ('literals' in need) return need.literals;
  // With N of M parts there, one of any M-N+1 is.
  const parts = need.of.toSorted((one, other) => frequencyOf(one) - frequencyOf(other));
  return parts.slice(0, parts.length - need.count + 1).flatMap(oneOf);
};

/** Undefined where nothing is known: the pattern must be looked for everywhere. */
export const patternPlace = (pattern: Pick<SourcePattern, 'kind' | 'text' | 'modifiers'>): PatternPlace | undefined => {
  const usual = readPattern(pattern, shortestLiteral);
  const { need, longest, text } = usual.need === undefined ? readPattern(pattern, shortestOfAll) : usual;
  if (need === undefined) return undefined;
  if (text === undefined) return { literals: oneOf(need), longest };
  const { modifiers } = pattern;
  return { text, ignoresCase: modifiers.includes('nocase'), isFullWord: modifiers.includes('fullword') };
};
