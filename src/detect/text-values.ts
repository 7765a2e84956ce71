/** A text of a rule and the steps of its modifiers → the patterns that it stands for. Modifiers appendix 2.1. */
import { toBase64, toBase64Offsets, toUtf16, type Utf16 } from './encodings.ts';
import { dashes } from './fold.ts';
import type { TextStep } from './modifiers.ts';
import { quoted, refuse } from './rule-problem.ts';
import { mapTexts, parsePattern, plainPattern, plainTextOf, withWildcards, type TextPattern } from './text-pattern.ts';

export interface TextValue {
  readonly pattern: TextPattern;
  /** Dashes are still interchangeable. */
  readonly dashes: boolean;
}

/** What is worked on: a pattern, or bytes once something is encoded. */
type Working = TextValue | { readonly bytes: Buffer };

/** Where a text is encoded behind `windash`, each permutation is a value of its own. */
const maximumPermutations = 5 ** 5;

const isDash = (character: string): boolean => (dashes as readonly string[]).includes(character);

const permute = (text: string, line: number): readonly string[] => {
  let texts: readonly string[] = [''];
  for (const character of text) {
    texts = texts.flatMap((text) => (isDash(character) ? dashes.map((dash) => text + dash) : [text + character]));
    if (texts.length > maximumPermutations) refuse('The value has more dashes than can be permuted and encoded.', line);
  }
  return texts;
};

/** Bytes that no further step takes up are a text of one character a byte. */
const toText = (working: Working): TextValue =>
  'bytes' in working ? { pattern: plainPattern(working.bytes.toString('latin1')), dashes: false } : working;

const plainTexts = (value: TextValue, step: string, line: number): readonly string[] => {
  const text = plainTextOf(value.pattern);
  if (text === undefined) return refuse(`A value with wildcards cannot be encoded by ${quoted(step)}.`, line);
  return value.dashes ? permute(text, line) : [text];
};

const toBytes = (working: Working, step: string, line: number): readonly Buffer[] =>
  'bytes' in working ? [working.bytes] : plainTexts(working, step, line).map((text) => Buffer.from(text, 'utf8'));

type TakeStep = (working: Working, step: TextStep, line: number) => readonly Working[];

const place: TakeStep = (working, step) => {
  const value = toText(working);
  return [{ ...value, pattern: withWildcards(value.pattern, step !== 'startswith', step !== 'endswith') }];
};

const encodeUtf16 =
  (form: Utf16): TakeStep =>
  (working, step, line) =>
    plainTexts(toText(working), step, line).map((text) => ({ bytes: toUtf16(text, form) }));

const takeStep: Readonly<Record<TextStep, TakeStep>> = {
  contains: place,
  startswith: place,
  endswith: place,
  windash: (working) => [{ pattern: toText(working).pattern, dashes: true }],
  base64: (working, step, line) =>
    toBytes(working, step, line).map((bytes) => ({ pattern: plainPattern(toBase64(bytes)), dashes: false })),
  base64offset: (working, step, line) =>
    toBytes(working, step, line)
      .flatMap(toBase64Offsets)
      .map((text) => {
        if (text === '') refuse('A value for “base64offset” must have at least two bytes.', line);
        return { pattern: plainPattern(text), dashes: false };
      }),
  utf16: encodeUtf16('utf16'),
  utf16le: encodeUtf16('utf16le'),
  utf16be: encodeUtf16('utf16be'),
  wide: encodeUtf16('wide'),
};

/** Every pattern that the text stands for; any of them matches. */
export const toTextValues = (text: string, steps: readonly TextStep[], line: number): readonly TextValue[] => {
  let values: readonly Working[] = [{ pattern: parsePattern(text), dashes: false }];
  for (const step of steps) values = values.flatMap((value) => takeStep[step](value, step, line));
  return values.map(toText);
};

/** The pattern as it is compared: without case unless it is `cased`, with one dash for all under `windash`. */
export const comparable = (
  value: TextValue,
  cased: boolean,
  fold: (text: string) => string,
  level: (text: string) => string,
): TextPattern => {
  const folded = cased ? value.pattern : mapTexts(value.pattern, fold);
  return value.dashes ? mapTexts(folded, level) : folded;
};
