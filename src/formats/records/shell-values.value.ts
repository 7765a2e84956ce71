/** Texts that a script computes, as far as they can be known without running it. */
import { nameFromBytes } from '../name-bytes.ts';

/**
 * What a text may be: at least one, at most four. Each holds one character for each byte, and marks `‹why›` where something
 * unknown stands; no byte can be taken for a mark.
 */
export type Value = readonly string[];

export const maximumAlternatives = 4;
/** Far more than a script that people wrote holds in one piece. */
export const maximumLength = 1 << 18;

const markPattern = /‹[^›]*›/g;

export const mark = (why: string): string => {
  const inner = why.slice(0, 300).replace(/‹/g, '<').replace(/›/g, '>');
  return `‹${inner}${why.length > 300 ? '…' : ''}›`;
};

export const isKnown = (text: string): boolean => !text.includes('‹');
export const isUnknown = (text: string): boolean => text.includes('‹') && text.replace(markPattern, '').trim() === '';
export const marksOf = (text: string): readonly string[] => (isKnown(text) ? [] : (text.match(markPattern) ?? []));

const bounded = (text: string): string => (text.length > maximumLength ? mark('a very long text') : text);

/** More than four become one mark that names the first of them. */
export const toValue = (texts: Iterable<string>): Value => {
  const different = [...new Set(texts)].map(bounded);
  if (different.length === 0) return [''];
  if (different.length <= maximumAlternatives) return different;
  const named = different.slice(0, maximumAlternatives).map((text) => text.slice(0, 100));
  return [mark(`one of ${named.join(', ')}, …`)];
};

export const lengthOf = (value: Value): number => value.reduce((sum, text) => sum + text.length, 0);

export const joinValues = (left: Value, right: Value): Value => {
  const [onlyLeft] = left;
  const [onlyRight] = right;
  if (left.length === 1 && right.length === 1) return [bounded((onlyLeft ?? '') + (onlyRight ?? ''))];
  return toValue(left.flatMap((one) => right.map((other) => one + other)));
};

/** As `join` of a list, but a text that grows too long is a mark. */
export const joinTexts = (texts: readonly string[], separator: string): string => {
  let length = 0;
  for (const text of texts) length += text.length + separator.length;
  return length > maximumLength + separator.length ? mark('a very long text') : texts.join(separator);
};

/** Every occurrence; undefined where the result would be too long. */
export const replaceEvery = (text: string, what: string, replacement: string): string | undefined => {
  const pieces = text.split(what);
  return pieces.length * replacement.length > maximumLength ? undefined : pieces.join(replacement);
};

export const eitherValue = (left: Value, right: Value): Value => (left === right ? left : toValue([...left, ...right]));

export const mapValue = (value: Value, change: (text: string) => string): Value => toValue(value.map(change));

/** The one text it must be, or undefined. */
export const onlyText = (value: Value): string | undefined => {
  const [text] = value;
  return value.length === 1 && text !== undefined && isKnown(text) ? text : undefined;
};

/** For people: bytes that are UTF-8 as their characters, marks as they are. */
export const toReadable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  /^[\x00-\x7f]*$/.test(text)
    ? text
    : text
        .split(/(‹[^›]*›)/)
        .map((piece) => (piece.startsWith('‹') ? piece : nameFromBytes(Buffer.from(piece, 'latin1'))))
        .join('');

/** The text of configuration files and the like → one character for each byte. */
export const fromReadable = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Without the characters at its end; linear, unlike a pattern. */
export const trimEnd = (text: string, characters: string): string => {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
};

/** The beginning of a text for people, or its size where it is none. */
export const toExcerpt = (text: string, maximum = 400): string => {
  // oxlint-disable-next-line no-control-regex
  if (/[\x00-\x08\x0e-\x1f\x7f-\x9f]/.test(text.slice(0, maximum)) && !isUtf8(text.slice(0, maximum)))
    return `${text.length} bytes`;
  const trimmed = text.trim();
  return toReadable(trimmed.length > maximum ? `${trimmed.slice(0, maximum)}…` : trimmed);
};

/** Characters beyond ASCII are bytes of UTF-8, and no controls are among them. */
const isUtf8 = (text: string): boolean => {
  // oxlint-disable-next-line no-control-regex
  if (/[\x00-\x08\x0e-\x1f\x7f]/.test(text)) return false;
  return !/[\udc80-\udcff]/.test(toReadable(text.slice(0, -4)));
};
