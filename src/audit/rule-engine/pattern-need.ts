/** A pattern of a rule → the literals that every match of it contains, and how long a match can be. */
import { shortestLiteral, type Need } from './need.ts';
import { literalNeed, readRegex } from './regex-need.ts';
import type { SourcePattern } from './yara-source.ts';

type PatternSource = Pick<SourcePattern, 'kind' | 'text' | 'modifiers'>;

/** Text with the escapes of YARA resolved, one character a byte. */
const toBytes = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/\\(?:x([0-9A-Fa-f]{2})|(.))/g, (_, hex: string | undefined, sign: string | undefined) =>
      hex === undefined
        ? ({ n: '\n', t: '\t', r: '\r' }[sign ?? ''] ?? sign ?? '')
        : String.fromCharCode(Number.parseInt(hex, 16)),
    );

/** Signs of a hexadecimal pattern without comments and blanks. */
const hexSigns = (text: string): string => text.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|\s+/g, '');

/** The longest row of fixed bytes; jumps, wildcards and alternatives break it. */
const hexLiteral = (text: string): string => {
  const plain = hexSigns(text)
    .replaceAll(/\((?:[^()]|\([^()]*\))*\)/g, '??')
    .replaceAll(/\[[^\]]*\]/g, '??');
  let best = '';
  let open = '';
  for (const [piece] of plain.matchAll(/~?[0-9A-Fa-f?]{2}|./g)) {
    open = /^[0-9A-Fa-f]{2}$/.test(piece) ? open + String.fromCharCode(Number.parseInt(piece, 16)) : '';
    if (open.length > best.length) best = open;
  }
  return best;
};

/** Every byte that is written, those of all alternatives, and what jumps may leave open. */
const longestHex = (text: string): number => {
  let longest = 0;
  for (const [piece, from, isRange, to] of hexSigns(text).matchAll(/\[(\d*)(-?)(\d*)\]|~?[0-9A-Fa-f?]{2}/g)) {
    if (!piece.startsWith('[')) longest += 1;
    else longest += Number((isRange === '' ? from : to) || Infinity);
  }
  return longest;
};

/** Modifiers under which the bytes of a match are others than those written. */
const changing: readonly string[] = ['xor', 'base64', 'base64wide', 'wide'];
const isChanged = ({ modifiers }: PatternSource): boolean => modifiers.some((modifier) => changing.includes(modifier));

export interface KnownPattern {
  /** Undefined: no literal of the length asked for is known to be in every match. */
  readonly need: Need | undefined;
  /** Bytes, Infinity where there is no bound. */
  readonly longest: number;
  /** The one text that matches, one character a byte, upper and lower case alike where the pattern says so. */
  readonly text?: string;
}

/** Literals shorter than `shortest` are of no use to whoever asks. */
export const readPattern = (pattern: PatternSource, shortest: number): KnownPattern => {
  const { kind, text } = pattern;
  if (isChanged(pattern)) return { need: undefined, longest: Infinity };
  if (kind === 'regex') return readRegex(text, shortest);
  if (kind === 'hex') return { need: literalNeed([hexLiteral(text)], shortest), longest: longestHex(text) };
  const bytes = toBytes(text);
  return { need: literalNeed([bytes], shortest), longest: bytes.length, text: bytes };
};

/** Undefined: no literal of at least five bytes is known to be in every match. */
export const patternNeed = (pattern: PatternSource): Need | undefined => readPattern(pattern, shortestLiteral).need;
