/**
 * A regular expression → the same one without the character classes that YARA-X (up to 1.20 at least) misreads. It takes a class for
 * a bit mask when its size is the number of values that the bits in which its lowest and highest member differ can take, without
 * looking at the members between: `[aisu]` then matches neither `i` nor `s`. Written as alternatives such a class is read right.
 */

const membersOf = (text: string, ignoresCase: boolean): readonly number[] | undefined => {
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^${text}$`, ignoresCase ? 'i' : '');
  } catch {
    return undefined;
  }
  return Array.from({ length: 256 }, (_, code) => code).filter((code) => pattern.test(String.fromCharCode(code)));
};

const bitCount = (value: number): number => {
  let count = 0;
  for (let rest = value; rest > 0; rest &= rest - 1) count += 1;
  return count;
};

const isMisread = (members: readonly number[]): boolean => {
  const lowest = members[0] ?? 0;
  const differing = lowest ^ (members.at(-1) ?? 0);
  if (members.length < 4 || members.length !== 2 ** bitCount(differing)) return false;
  return members.some((member) => ((member ^ lowest) & ~differing) !== 0);
};

const classPattern = /\\.|\[\^?\]?(?:\\.|[^\]\\])*\]/gs;

/** Packs repeat the same few classes thousands of times. */
const rewritten = new Map<string, string>();
const rememberedAtMost = 4096;

const rewriteClass = (piece: string, ignoresCase: boolean): string => {
  const members = membersOf(piece, ignoresCase);
  if (members === undefined || !isMisread(members)) return piece;
  return `(${members.map((member) => `\\x${member.toString(16).padStart(2, '0')}`).join('|')})`;
};

/** `text` between the slashes. Unchanged for nearly every expression. */
export const rewriteClasses = (text: string, ignoresCase: boolean): string =>
  text.replaceAll(classPattern, (piece) => {
    if (!piece.startsWith('[')) return piece;
    const key = `${ignoresCase ? 'i' : ''}${piece}`;
    const known = rewritten.get(key);
    if (known !== undefined) return known;
    const result = rewriteClass(piece, ignoresCase);
    if (rewritten.size < rememberedAtMost) rewritten.set(key, result);
    return result;
  });
