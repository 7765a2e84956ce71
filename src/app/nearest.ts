/** What somebody may have meant: the known word that is nearest to one that is not known. */

const sharedStart = (one: string, other: string): number => {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
};

/** Letters that must be put in, left out, replaced or swapped with their neighbour (optimal string alignment). */
const distanceOf = (one: string, other: string): number => {
  let beforeLast: readonly number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1;
      let least = Math.min((last[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + same);
      if (one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1])
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      line.push(least);
    }
    beforeLast = last;
    last = line;
  }
  return last[other.length] ?? 0;
};

const longestWord = 80;

/** Differs in at most a third of its letters; failing that, the one that shares the longest start, of at least half of the word. */
export const nearest = (word: string, words: readonly string[]): string | undefined => {
  const asked = word.toLowerCase().slice(0, longestWord);
  const [best] = words
    .map((known) => ({ known, distance: distanceOf(asked, known.toLowerCase().slice(0, longestWord)) }))
    .sort((one, other) => one.distance - other.distance);
  if (best !== undefined && best.distance * 3 <= asked.length) return best.known;
  const [start] = words.toSorted((one, other) => sharedStart(other, word) - sharedStart(one, word));
  return start !== undefined && sharedStart(start, word) * 2 >= word.length ? start : undefined;
};
