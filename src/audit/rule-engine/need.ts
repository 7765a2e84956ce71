/** What a content must hold in any case for a rule to match: a tree of literals, plain data. */
import { rarity } from './literal-rarity.ts';

/** One of the literals (one character a byte, upper and lower case alike), or at least `count` of the parts. */
export type Need = { readonly literals: readonly string[] } | { readonly count: number; readonly of: readonly Need[] };

/** Shorter literals are not looked for. */
export const shortestLiteral = 5;
/** More alternatives than this are not told apart. */
export const maximumLiterals = 24;

/** How often a need may be expected to be met, in no particular unit. */
export const frequencyOf = (need: Need): number => {
  if ('literals' in need) return need.literals.reduce((sum, literal) => sum + 4 ** -Math.min(rarity(literal), 14), 0);
  // With N needed the N-1 most frequent parts prove nothing: the others decide.
  const frequencies = need.of.map(frequencyOf).sort((one, other) => other - one);
  return frequencies.slice(need.count - 1).reduce((sum, frequency) => sum + frequency, 0);
};

/** A part that is met less often than this is reason enough to run a rule. */
const rareEnough = 4 ** -6;
/** A part that is met more often than this is not worth looking for beside another. */
const tooCommon = 4 ** -4;
const partsLookedFor = 3;

/** All of the parts hold wherever the rule matches: the rarest is looked for, and with it others when it is not rare. */
export const allOf = (parts: readonly Need[]): Need | undefined => {
  const ranked = parts
    .map((need) => ({ need, frequency: frequencyOf(need) }))
    .sort((one, other) => one.frequency - other.frequency);
  const [rarest] = ranked;
  if (rarest === undefined || rarest.frequency < rareEnough || ranked.length === 1) return rarest?.need;
  const others = ranked
    .slice(1, partsLookedFor)
    .filter(({ frequency }) => frequency < tooCommon || rarest.frequency > tooCommon);
  const of = [rarest, ...others].map(({ need }) => need);
  return of.length === 1 ? rarest.need : { count: of.length, of };
};

/** One of the parts holds; undefined parts may hold without any literal. */
export const anyOf = (parts: readonly (Need | undefined)[]): Need | undefined => atLeast(1, parts);

export const atLeast = (count: number, parts: readonly (Need | undefined)[]): Need | undefined => {
  const of = parts.filter((part) => part !== undefined);
  const needed = count - (parts.length - of.length);
  if (needed < 1 || of.length === 0) return undefined;
  const [only] = of;
  return of.length === 1 ? only : { count: needed, of };
};

/** Length of the literal that a content is searched for, at worst; 0 when nothing is needed. */
export const literalLength = (need: Need | undefined): number => {
  if (need === undefined) return 0;
  if ('literals' in need) return Math.min(...need.literals.map(({ length }) => length));
  const lengths = need.of.map(literalLength).sort((one, other) => one - other);
  return lengths[need.count - 1] ?? 0;
};
