/** The words behind a field's name, checked: what they mean together, and which of them do not go together. Modifiers appendix 2.1. */
import { dateParts, type DatePart } from './date-part.ts';
import type { Utf16 } from './encodings.ts';
import { didYouMean } from '../core/nearest.ts';
import { quoted, refuse } from './rule-problem.ts';
import type { Comparison } from './criterion.ts';

export type Placing = 'contains' | 'startswith' | 'endswith';
export type Encoding = Utf16 | 'base64' | 'base64offset';
export type TextStep = Placing | Encoding | 'windash';

export interface Modifiers {
  readonly type: 'text' | 'regex' | 'network' | 'exists' | 'reference' | 'number';
  /** In the given order: “The value modifiers are applied in the given order to the value.” */
  readonly steps: readonly TextStep[];
  readonly all: boolean;
  readonly neq: boolean;
  readonly cased: boolean;
  readonly expand: boolean;
  readonly insensitive: boolean;
  readonly multiline: boolean;
  readonly singleLine: boolean;
  readonly comparison?: Comparison;
  readonly part?: DatePart;
}

const placings: readonly string[] = ['contains', 'startswith', 'endswith'] satisfies readonly Placing[];
const encodings: readonly string[] = [
  'base64',
  'base64offset',
  'utf16',
  'utf16le',
  'utf16be',
  'wide',
] satisfies readonly Encoding[];
const comparisons: readonly string[] = ['gt', 'gte', 'lt', 'lte'] satisfies readonly Comparison[];
const regexFlags: readonly string[] = ['i', 'm', 's'];
const parts: readonly string[] = dateParts;

/** What a value is taken for, and what else may be said then. No other word may. */
const types: Readonly<Record<string, { readonly type: Modifiers['type']; readonly beside: readonly string[] }>> = {
  re: { type: 'regex', beside: [...regexFlags, ...placings, 'cased', 'all', 'neq', 'expand'] },
  cidr: { type: 'network', beside: ['all', 'neq', 'expand'] },
  exists: { type: 'exists', beside: [] },
  fieldref: { type: 'reference', beside: [...placings, 'all', 'neq', 'cased'] },
  ...Object.fromEntries(
    comparisons.map((word) => [word, { type: 'number' as const, beside: [...parts, 'all'] }] as const),
  ),
  ...Object.fromEntries(
    parts.map((word) => [word, { type: 'number' as const, beside: [...comparisons, 'all', 'neq'] }] as const),
  ),
};

const textWords: readonly string[] = [...placings, ...encodings, 'windash', 'all', 'neq', 'cased', 'expand'];

export const modifierWords: readonly string[] = [...new Set([...Object.keys(types), ...regexFlags, ...textWords])];

const checkTogether = (words: readonly string[], line: number): void => {
  for (const [position, word] of words.entries()) {
    if (!modifierWords.includes(word))
      refuse(
        `The modifier ${quoted(word)} is not known${didYouMean(word, modifierWords) || `; there are ${modifierWords.join(', ')}.`}`,
        line,
      );
    // Base64 of Base64 is a thing of its own; every other word says the same the second time.
    if (word !== 'base64' && words.indexOf(word) !== position)
      refuse(`The modifier ${quoted(word)} stands twice.`, line);
    if (regexFlags.includes(word) && !['re', ...regexFlags].includes(words[position - 1] ?? ''))
      refuse(`The modifier ${quoted(word)} belongs directly behind “re”.`, line);
  }
  for (const leading of words) {
    const beside = types[leading]?.beside;
    const stranger =
      beside === undefined ? undefined : words.find((word) => word !== leading && !beside.includes(word));
    if (stranger !== undefined)
      refuse(`The modifiers ${quoted(leading)} and ${quoted(stranger)} do not go together.`, line);
  }
  for (const group of [placings, comparisons, parts]) {
    const [one, other] = words.filter((word) => group.includes(word));
    if (other !== undefined)
      refuse(`The modifiers ${quoted(one ?? '')} and ${quoted(other)} do not go together.`, line);
  }
  if (words.includes('i') && words.includes('cased'))
    refuse('The modifiers “i” and “cased” do not go together: leave out one of them.', line);
  if (words.includes('all') && words.includes('neq'))
    refuse('The modifiers “all” and “neq” do not go together: negate in the condition.', line);
  const placed = words.findIndex((word) => placings.includes(word));
  const encoded = words.findLastIndex((word) => encodings.includes(word));
  if (placed !== -1 && encoded > placed)
    refuse(
      `What ${quoted(words[placed] ?? '')} adds cannot be encoded: say it behind ${quoted(words[encoded] ?? '')}.`,
      line,
    );
};

/** `line` is where the words stand, for the reasons. */
export const readModifiers = (words: readonly string[], line: number): Modifiers => {
  checkTogether(words, line);
  const leading = words.map((word) => types[word]?.type).find((type) => type !== undefined);
  const comparison = words.find((word) => comparisons.includes(word)) as Comparison | undefined;
  const part = words.find((word) => parts.includes(word)) as DatePart | undefined;
  return {
    type: leading ?? 'text',
    steps: words.filter(
      (word) => placings.includes(word) || encodings.includes(word) || word === 'windash',
    ) as TextStep[],
    all: words.includes('all'),
    neq: words.includes('neq'),
    cased: words.includes('cased'),
    expand: words.includes('expand'),
    insensitive: words.includes('i'),
    multiline: words.includes('m'),
    singleLine: words.includes('s'),
    ...(comparison === undefined ? {} : { comparison }),
    ...(part === undefined ? {} : { part }),
  };
};
