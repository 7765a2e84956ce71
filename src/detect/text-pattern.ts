/** A value of a rule, with its wildcards and escapes → what it matches. Rules specification 2.1, “String Wildcard” and “Escape Character”. */

/** `any`: the `*`, text of any length; `one`: the `?`, exactly one character. */
export type PatternPart = string | { readonly wildcard: 'any' | 'one' };

/** Parts in order; never two texts and never two `any` next to each other. */
export type TextPattern = readonly PatternPart[];

export const anyText: PatternPart = { wildcard: 'any' };
const oneCharacter: PatternPart = { wildcard: 'one' };

export const isAny = (part: PatternPart | undefined): boolean => typeof part === 'object' && part.wildcard === 'any';

const joined = (parts: readonly PatternPart[]): TextPattern => {
  const result: PatternPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part === '' || (isAny(part) && isAny(last))) continue;
    if (typeof part === 'string' && typeof last === 'string') result[result.length - 1] = last + part;
    else result.push(part);
  }
  return result;
};

/** `\*`, `\?` and `\\` stand for the character itself; a backslash before anything else is a backslash. */
export const parsePattern = (text: string): TextPattern => {
  const parts: PatternPart[] = [];
  let plain = '';
  for (let position = 0; position < text.length; position++) {
    const character = text.charAt(position);
    const next = text.charAt(position + 1);
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      plain += next;
      position++;
    } else if (character === '*' || character === '?') {
      parts.push(plain, character === '*' ? anyText : oneCharacter);
      plain = '';
    } else plain += character;
  }
  return joined([...parts, plain]);
};

/** A pattern for exactly this text. */
export const plainPattern = (text: string): TextPattern => joined([text]);

/** The text of a pattern without wildcards. */
export const plainTextOf = (pattern: TextPattern): string | undefined =>
  pattern.length === 0 ? '' : pattern.length === 1 && typeof pattern[0] === 'string' ? pattern[0] : undefined;

export const withWildcards = (pattern: TextPattern, before: boolean, after: boolean): TextPattern =>
  joined([...(before ? [anyText] : []), ...pattern, ...(after ? [anyText] : [])]);

export const mapTexts = (pattern: TextPattern, change: (text: string) => string): TextPattern =>
  joined(pattern.map((part) => (typeof part === 'string' ? change(part) : part)));

/** The same pattern always gives the same text, and no other does. */
export const patternKey = (pattern: TextPattern): string =>
  JSON.stringify(pattern.map((part) => (typeof part === 'string' ? part : part.wildcard === 'any' ? 1 : 0)));

type Segment = readonly PatternPart[];

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;
const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** Where the segment ends when it begins at `start`; -1: it does not stand there. A character is a code point. */
const endOf = (segment: Segment, text: string, start: number): number => {
  let position = start;
  for (const part of segment) {
    if (typeof part === 'string') {
      if (!text.startsWith(part, position)) return -1;
      position += part.length;
    } else {
      if (position >= text.length) return -1;
      position += isHighSurrogate(text.charCodeAt(position)) && isLowSurrogate(text.charCodeAt(position + 1)) ? 2 : 1;
    }
  }
  return position;
};

/** Where the segment begins when it ends at `end`; -1: it does not stand there. */
const startOf = (segment: Segment, text: string, end: number): number => {
  let position = end;
  for (const part of segment.toReversed()) {
    if (typeof part === 'string') {
      if (!text.endsWith(part, position) || part.length > position) return -1;
      position -= part.length;
    } else {
      if (position <= 0) return -1;
      position -=
        isLowSurrogate(text.charCodeAt(position - 1)) && isHighSurrogate(text.charCodeAt(position - 2)) ? 2 : 1;
    }
  }
  return position;
};

/** The end of the leftmost place at or after `from` where the segment stands. */
const findSegment = (segment: Segment, text: string, from: number): number => {
  const [first] = segment;
  for (let start = from; start <= text.length; start++) {
    if (typeof first === 'string') {
      start = text.indexOf(first, start);
      if (start === -1) return -1;
    } else if (start > from && isLowSurrogate(text.charCodeAt(start)) && isHighSurrogate(text.charCodeAt(start - 1)))
      continue;
    const end = endOf(segment, text, start);
    if (end !== -1) return end;
  }
  return -1;
};

/**
 * Tells whether a whole text matches. At most the product of the two lengths in steps: each `*` is settled by the leftmost
 * place of what follows it, so nothing is ever tried again.
 */
export const openPattern = (pattern: TextPattern): ((text: string) => boolean) => {
  const plain = plainTextOf(pattern);
  if (plain !== undefined) return (text) => text === plain;
  const [first, second, third] = pattern;
  if (pattern.length === 1 && isAny(first)) return () => true;
  if (pattern.length === 2 && typeof first === 'string' && isAny(second)) return (text) => text.startsWith(first);
  if (pattern.length === 2 && isAny(first) && typeof second === 'string') return (text) => text.endsWith(second);
  if (pattern.length === 3 && isAny(first) && typeof second === 'string' && isAny(third))
    return (text) => text.includes(second);
  const segments: PatternPart[][] = [[]];
  for (const part of pattern)
    if (isAny(part)) segments.push([]);
    else segments.at(-1)?.push(part);
  const [head = [], ...rest] = segments;
  const tail = rest.pop();
  if (tail === undefined) return (text) => endOf(head, text, 0) === text.length;
  return (text) => {
    let position = endOf(head, text, 0);
    for (const segment of rest) {
      if (position === -1) return false;
      position = findSegment(segment, text, position);
    }
    return position !== -1 && startOf(tail, text, text.length) >= position;
  };
};
