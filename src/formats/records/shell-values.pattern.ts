/** Shell patterns (`*`, `?`, `[…]`) against texts, in linear space and without backtracking over more than one star (POSIX.1-2024, 2.14). */
import { maximumLength, replaceEvery } from './shell-values.value.ts';

interface Piece {
  readonly kind: 'star' | 'any' | 'set' | 'text';
  readonly text: string;
  readonly negated?: boolean;
}

const classes: ReadonlyMap<string, RegExp> = new Map(
  Object.entries<RegExp>({
    alpha: /[A-Za-z]/,
    digit: /[0-9]/,
    alnum: /[A-Za-z0-9]/,
    upper: /[A-Z]/,
    lower: /[a-z]/,
    space: /[ \t\n\v\f\r]/,
    blank: /[ \t]/,
    punct: /[!-/:-@[-`{-~]/,
    xdigit: /[0-9A-Fa-f]/,
  }),
);

/** `pattern`: backslashes quote the next character, as the expansion of quoted text writes them. */
const toPieces = (pattern: string): readonly Piece[] => {
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '\\') {
      at += 1;
      pieces.push({ kind: 'text', text: pattern.charAt(at) });
    } else if (character === '*') {
      if (pieces.at(-1)?.kind !== 'star') pieces.push({ kind: 'star', text: '' });
    } else if (character === '?') pieces.push({ kind: 'any', text: '' });
    else if (character === '[') {
      const found = /^\[([!^]?)(\]?(?:\[:[a-z]+:\]|\\[\s\S]|[^\]\\])*)\]/.exec(pattern.slice(at, at + 300));
      if (found === null) pieces.push({ kind: 'text', text: '[' });
      else {
        pieces.push({ kind: 'set', text: found[2] ?? '', negated: found[1] !== '' });
        at += found[0].length - 1;
      }
    } else pieces.push({ kind: 'text', text: character });
  }
  return pieces;
};

const setHolds = (set: string, character: string): boolean => {
  for (let at = 0; at < set.length; at += 1) {
    const named = /^\[:([a-z]+):\]/.exec(set.slice(at, at + 12));
    if (named !== null) {
      if (classes.get(named[1] ?? '')?.test(character) === true) return true;
      at += named[0].length - 1;
      continue;
    }
    if (set.charAt(at) === '\\') at += 1;
    const low = set.charAt(at);
    if (set.charAt(at + 1) === '-' && at + 2 < set.length) {
      if (character >= low && character <= set.charAt(at + 2)) return true;
      at += 2;
    } else if (character === low) return true;
  }
  return false;
};

const matchesOne = (piece: Piece, character: string): boolean =>
  piece.kind === 'any' ||
  (piece.kind === 'text' && piece.text === character) ||
  (piece.kind === 'set' && setHolds(piece.text, character) !== (piece.negated ?? false));

const matches = (pieces: readonly Piece[], text: string): boolean => {
  let at = 0;
  let piece = 0;
  let star = -1;
  let retry = 0;
  while (at < text.length) {
    const current = pieces[piece];
    if (current?.kind === 'star') {
      star = piece;
      retry = at;
      piece += 1;
    } else if (current !== undefined && matchesOne(current, text.charAt(at))) {
      at += 1;
      piece += 1;
    } else if (star >= 0) {
      piece = star + 1;
      retry += 1;
      at = retry;
    } else return false;
  }
  while (pieces[piece]?.kind === 'star') piece += 1;
  return piece === pieces.length;
};

export const matchesPattern = (pattern: string, text: string): boolean => matches(toPieces(pattern), text);

/** For one pattern and many texts. */
export const patternMatcher = (pattern: string): ((text: string) => boolean) => {
  const pieces = toPieces(pattern);
  return (text) => matches(pieces, text);
};

/** The text as a pattern that matches only itself. */
export const quotePattern = (text: string): string => text.replace(/[\\*?[\]]/g, '\\$&');

/** A pattern without anything special → the text it matches; undefined otherwise. */
export const literalPattern = (pattern: string): string | undefined =>
  toPieces(pattern).every(({ kind }) => kind === 'text')
    ? toPieces(pattern)
        .map(({ text }) => text)
        .join('')
    : undefined;

/** How much of the text's start the pattern matches, shortest or longest; -1 where none. One walk, all ways at once. */
const matchedStart = (pieces: readonly Piece[], characters: readonly string[], longest: boolean): number => {
  // Which pieces may come next; the last place stands for the whole pattern matched.
  let open = reach(new Set([0]), pieces);
  let found = open.has(pieces.length) ? 0 : -1;
  for (let at = 0; at < characters.length && open.size > 0; at += 1) {
    if (found >= 0 && !longest) break;
    const next = new Set<number>();
    for (const place of open) {
      const piece = pieces[place];
      if (piece?.kind === 'star') next.add(place);
      else if (piece !== undefined && matchesOne(piece, characters[at] ?? '')) next.add(place + 1);
    }
    open = reach(next, pieces);
    if (open.has(pieces.length)) found = at + 1;
  }
  return found;
};

/** A star may stand for nothing. */
const reach = (places: Set<number>, pieces: readonly Piece[]): Set<number> => {
  for (const place of places) if (pieces[place]?.kind === 'star') places.add(place + 1);
  return places;
};

/** `${x#p}`, `${x##p}`, `${x%p}`, `${x%%p}`. */
export const removeMatch = (text: string, pattern: string, side: 'start' | 'end', longest: boolean): string => {
  const literal = literalPattern(pattern);
  if (literal !== undefined) {
    if (side === 'start') return text.startsWith(literal) ? text.slice(literal.length) : text;
    return literal !== '' && text.endsWith(literal) ? text.slice(0, -literal.length) : text;
  }
  const pieces = toPieces(pattern);
  const characters = text.split('');
  if (side === 'start') return text.slice(Math.max(0, matchedStart(pieces, characters, longest)));
  const matched = Math.max(0, matchedStart(pieces.toReversed(), characters.toReversed(), longest));
  return text.slice(0, text.length - matched);
};

/** `${x/p/r}` and its kin, for patterns of single characters and literals; undefined for what would take a search. */
export const replaceMatch = (
  text: string,
  pattern: string,
  replacement: string,
  operator: string,
): string | undefined => {
  const literal = literalPattern(pattern);
  if (operator === '/#')
    return literal === undefined
      ? undefined
      : text.startsWith(literal)
        ? replacement + text.slice(literal.length)
        : text;
  if (operator === '/%')
    return literal === undefined
      ? undefined
      : text.endsWith(literal)
        ? text.slice(0, text.length - literal.length) + replacement
        : text;
  if (literal !== undefined) {
    if (literal === '') return text;
    if (operator === '//') return replaceEvery(text, literal, replacement);
    const at = text.indexOf(literal);
    return at < 0 ? text : text.slice(0, at) + replacement + text.slice(at + literal.length);
  }
  const pieces = toPieces(pattern);
  const [only] = pieces;
  if (pieces.length !== 1 || only === undefined || only.kind === 'star') return undefined;
  if (text.length * replacement.length > maximumLength) return undefined;
  let replaced = false;
  return text
    .split('')
    .map((character) => {
      if ((replaced && operator === '/') || !matchesOne(only, character)) return character;
      replaced = true;
      return replacement;
    })
    .join('');
};
