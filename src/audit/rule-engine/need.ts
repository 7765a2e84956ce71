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

/** Parts are looked for until all of them together may be expected to be met less often than this. */
const rareEnough = 4 ** -9;
/** A part that is met so many times as often as those before it are together costs more, wherever it is met, than it spares. */
const tooCommon = 2;
const partsLookedFor = 4;

/**
 * All of the parts hold wherever the rule matches: the rarest is looked for, and others beside it as long as they spare more than they
 * cost.
 */
export const allOf = (parts: readonly Need[]): Need | undefined => {
  const ranked = parts
    .map((need) => ({ need, frequency: frequencyOf(need) }))
    .sort((one, other) => one.frequency - other.frequency);
  const of: Need[] = [];
  let together = 1;
  for (const { need, frequency } of ranked.slice(0, partsLookedFor)) {
    if (of.length > 0 && (together < rareEnough || frequency > tooCommon * together)) break;
    of.push(need);
    // What one rule asks for is often met together: by the root, since it is not independent.
    together *= Math.sqrt(frequency);
  }
  const [only] = of;
  return of.length > 1 ? { count: of.length, of } : only;
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
