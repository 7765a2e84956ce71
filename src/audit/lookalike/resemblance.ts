/** Two words → how one could be taken for the other: letters that look alike, swapped, doubled, left out, or separators moved. */

/**
 * - `look`: reads the same at a glance, such as `ng1nx`, `rnysql`.
 * - `swap`, `double`: two neighbours changed places, or a letter stands twice or once where it should not.
 * - `letter`: one letter more, less or other, or two of a long word, as fingers slip.
 * - `separator`: the same letters with other `-`, `_` and `.` between them.
 */
export type Resemblance = 'look' | 'swap' | 'double' | 'letter' | 'separator';

/** A namespace may hold at most 255 characters; nothing longer is compared. */
const maximumLength = 255;

const digitLetters: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
};

/** Words with equal skeletons are drawn alike in common typefaces. */
export const skeletonOf = (word: string): string =>
  word
    .toLowerCase()
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('cl', 'd')
    .replace(/[0-9]/g, (digit) => digitLetters[digit] ?? digit)
    .replaceAll('i', 'l');

export const withoutSeparators = (word: string): string => word.replace(/[-_.]/g, '');

const collapsed = (word: string): string => word.replace(/(.)\1+/g, '$1');

/** Exactly one pair of neighbours changed places. */
const isSwapped = (word: string, original: string): boolean => {
  if (word.length !== original.length) return false;
  let at = 0;
  while (at < word.length && word[at] === original[at]) at += 1;
  return (
    word[at] !== word[at + 1] &&
    word[at] === original[at + 1] &&
    word[at + 1] === original[at] &&
    word.slice(at + 2) === original.slice(at + 2)
  );
};

/** A doubled letter must not make a word of four letters out of one of three: `egg` is no slip of `eg`. */
const isDoubled = (word: string, original: string): boolean =>
  Math.abs(word.length - original.length) <= 2 &&
  Math.min(word.length, original.length) >= (word.length > original.length ? 4 : 5) &&
  collapsed(word) === collapsed(original);

/**
 * Optimal string alignment distance (Damerau, neighbours swapped once), given up beyond `limit`.
 * Only the band that the limit allows is computed: the cost is linear.
 */
export const editDistance = (one: string, other: string, limit: number): number => {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  if (Math.max(one.length, other.length) > maximumLength) return limit + 1;
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row += 1) {
    const current: number[] = Array.from({ length: other.length + 1 }, () => limit + 1);
    current[0] = row;
    const [from, to] = [Math.max(1, row - limit), Math.min(other.length, row + limit)];
    for (let column = from; column <= to; column += 1) {
      const same = one[row - 1] === other[column - 1];
      let best = (rows[row - 1]?.[column - 1] ?? limit) + (same ? 0 : 1);
      best = Math.min(best, (rows[row - 1]?.[column] ?? limit) + 1, (current[column - 1] ?? limit) + 1);
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) best = Math.min(best, (rows[row - 2]?.[column - 2] ?? limit) + 1);
      current[column] = best;
    }
    rows.push(current);
  }
  return Math.min(rows[one.length]?.[other.length] ?? limit + 1, limit + 1);
};

const keyRows: readonly string[] = ['1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

const keyOf = (letter: string): readonly [number, number] | undefined => {
  for (const [row, keys] of keyRows.entries()) {
    const column = keys.indexOf(letter);
    if (column >= 0) return [row, column];
  }
  return undefined;
};

/** Neighbours on a keyboard, vowels, and letters that sound alike: what is mistyped and misheard. */
const isNear = (one: string, other: string): boolean => {
  if (/^[aeiouy]{2}$/.test(one + other)) return true;
  if (['ck', 'kc', 'sz', 'zs', 'mn', 'nm', 'xs', 'sx', 'vw', 'wv'].includes(one + other)) return true;
  const [first, second] = [keyOf(one), keyOf(other)];
  return (
    first !== undefined &&
    second !== undefined &&
    Math.abs(first[0] - second[0]) <= 1 &&
    Math.abs(first[1] - second[1]) <= 1
  );
};

/** The first letter is hardly ever wrong, and a letter at the end makes another word: `mongod`, `postgrest`. */
const isSlip = (word: string, original: string): boolean => {
  let start = 0;
  while (start < Math.min(word.length, original.length) && word[start] === original[start]) start += 1;
  if (start === 0) return false;
  if (word.length === original.length)
    return word.slice(start + 1) === original.slice(start + 1) && isNear(word[start] ?? '', original[start] ?? '');
  const [longer, shorter] = word.length > original.length ? [word, original] : [original, word];
  if (longer.length !== shorter.length + 1 || start >= shorter.length) return false;
  return longer.slice(start + 1) === shorter.slice(start);
};

const fewestForSlip = 5;
const fewestForTwoSlips = 9;

/** undefined for equal words, and for words that nobody would take for each other. */
export const resemblanceOf = (word: string, original: string): Resemblance | undefined => {
  if (word === original || Math.min(word.length, original.length) < 4 || word.length > maximumLength) return undefined;
  if (withoutSeparators(word) === withoutSeparators(original)) return 'separator';
  if (skeletonOf(word) === skeletonOf(original)) {
    // `peri` is a word of its own; `per1` is not.
    const isStrange = /\d/.test(word) || word.length !== original.length || word.length >= 5;
    if (isStrange) return 'look';
  }
  if (isSwapped(word, original)) return 'swap';
  if (isDoubled(word, original)) return 'double';
  if (original.length >= fewestForSlip && isSlip(word, original)) return 'letter';
  const isLong = original.length >= fewestForTwoSlips && word[0] === original[0];
  return isLong && editDistance(word, original, 2) <= 2 && !isExtended(word, original) ? 'letter' : undefined;
};

/** `elasticsearch7` and `memcache` are no slips: something was added or cut off on purpose. */
const isExtended = (word: string, original: string): boolean => word.startsWith(original) || original.startsWith(word);

const resemblanceWords: Readonly<Record<Resemblance, string>> = {
  look: 'with characters that look alike',
  swap: 'with two letters swapped',
  double: 'with a letter doubled or halved',
  letter: 'with a letter more, less or another',
  separator: 'with other separators',
};

export const describeResemblance = (resemblance: Resemblance, original: string): string =>
  `${original} ${resemblanceWords[resemblance]}`;
