/** A source of numbers that gives the same ones from the same seed, so that every run measures the same rules and events. */

export interface Random {
  below(limit: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** A made-up word of some syllables. */
  word(syllables: number): string;
}

const consonants = 'bcdfghjklmnprstvwz';
const vowels = 'aeiou';

export const openRandom = (seed: number): Random => {
  let state = seed >>> 0;
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
    word: (syllables) =>
      Array.from(
        { length: syllables },
        () => consonants.charAt(below(consonants.length)) + vowels.charAt(below(vowels.length)),
      ).join(''),
  };
};
