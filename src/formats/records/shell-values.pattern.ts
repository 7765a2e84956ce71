/** Shell patterns (`*`, `?`, `[…]`) against texts, in linear space and without backtracking over more than one star (POSIX.1-2024, 2.14). */
import { replaceEvery } from './shell-values.value.ts';

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

/** The text as a pattern that matches only itself. */
export const quotePattern = (text: string): string => text.replace(/[\\*?[\]]/g, '\\$&');

/** A pattern without anything special → the text it matches; undefined otherwise. */
export const literalPattern = (pattern: string): string | undefined =>
  toPieces(pattern).every(({ kind }) => kind === 'text')
    ? toPieces(pattern)
        .map(({ text }) => text)
        .join('')
    : undefined;

const maximumCut = 4096;

/** `${x#p}`, `${x##p}`, `${x%p}`, `${x%%p}`. undefined when the text is too long to try every place. */
export const removeMatch = (
  text: string,
  pattern: string,
  side: 'start' | 'end',
  longest: boolean,
): string | undefined => {
  const literal = literalPattern(pattern);
  if (literal !== undefined) {
    if (side === 'start') return text.startsWith(literal) ? text.slice(literal.length) : text;
    return literal !== '' && text.endsWith(literal) ? text.slice(0, -literal.length) : text;
  }
  if (text.length > maximumCut) return undefined;
  const pieces = toPieces(pattern);
  for (let step = 0; step <= text.length; step += 1) {
    const length = longest ? text.length - step : step;
    const piece = side === 'start' ? text.slice(0, length) : text.slice(text.length - length);
    if (matches(pieces, piece)) return side === 'start' ? text.slice(length) : text.slice(0, text.length - length);
  }
  return text;
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
  if (text.length * replacement.length > 1 << 20) return undefined;
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
