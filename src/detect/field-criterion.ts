/** One line of a selection, `field|modifiers: values` → a Criterion. Rules specification 2.1, “Maps”, “Special Field Values”; modifiers appendix 2.1. */
import { RE2JS } from 're2js';
import { fold, levelDashes } from './fold.ts';
import { readModifiers, type Modifiers } from './modifiers.ts';
import { parseNetwork } from './network.ts';
import { expandPlaceholders, type Placeholders } from './placeholders.ts';
import type { RuleNode, ScalarNode } from './rule-nodes.ts';
import { quoted, refuse, RuleProblem } from './rule-problem.ts';
import type { FieldNames, Criterion } from './criterion.ts';
import { comparable, toTextValues } from './text-values.ts';
import { withWildcards } from './text-pattern.ts';

/** What reading a rule's detection needs to know besides the rule. */
export interface Vocabulary {
  /** The names by which events of the rule's log source may carry the field. */
  readonly names: (field: string) => readonly [string, ...string[]];
  readonly placeholders: Placeholders;
}

const maximumPattern = 4096;
const maximumProgram = 10_000;
const maximumValues = 10_000;

/** “Can be applied on all types”: an expression is looked for anywhere unless it is said where it stands. */
const placedRegex = (text: string, [place]: Modifiers['steps']): string =>
  place === 'startswith' ? String.raw`\A(?:${text})` : place === 'endswith' ? String.raw`(?:${text})\z` : text;

const compileRegex = (text: string, modifiers: Modifiers, line: number): RE2JS => {
  if (text.length > maximumPattern) refuse(`A regular expression is longer than ${maximumPattern} characters.`, line);
  const flags =
    (modifiers.insensitive ? RE2JS.CASE_INSENSITIVE : 0) |
    (modifiers.multiline ? RE2JS.MULTILINE : 0) |
    (modifiers.singleLine ? RE2JS.DOTALL : 0);
  try {
    // By itself first: nothing of it may close what is put around it.
    RE2JS.compile(text, flags);
    const regex = RE2JS.compile(placedRegex(text, modifiers.steps), flags);
    // Linear in the text, but times this: a short pattern can ask for very much.
    return regex.programSize() > maximumProgram
      ? refuse(`The regular expression ${quoted(text)} is too large.`, line)
      : regex;
  } catch (thrown) {
    if (thrown instanceof RuleProblem) throw thrown;
    return refuse(
      `The regular expression ${quoted(text)} cannot be run in linear time, or is none: say it without looking around and without references to groups (${thrown instanceof Error ? thrown.message.slice(0, 200) : 'unknown'}).`,
      line,
    );
  }
};

const textOf = (value: ScalarNode, word: string): string =>
  value.value === null ? refuse(`The modifier ${quoted(word)} needs a value.`, value.line) : value.source;

const numberOf = (value: ScalarNode, modifiers: Modifiers): number =>
  typeof value.value === 'number' && Number.isFinite(value.value)
    ? value.value
    : refuse(
        `The modifier ${quoted(modifiers.comparison ?? modifiers.part ?? '')} needs a number, not ${quoted(value.source)}.`,
        value.line,
      );

const any = (of: readonly Criterion[]): Criterion =>
  of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'any', of };

const textTests = (field: FieldNames, value: ScalarNode, text: string, modifiers: Modifiers): readonly Criterion[] =>
  toTextValues(text, modifiers.steps, value.line).map((given): Criterion => {
    const pattern = comparable(given, modifiers.cased, fold, levelDashes);
    return {
      kind: 'text',
      field,
      // A keyword stands anywhere in a value of the record.
      pattern: field === undefined ? withWildcards(pattern, true, true) : pattern,
      cased: modifiers.cased,
      dashes: given.dashes,
    };
  });

type TestValue = (field: FieldNames, value: ScalarNode, modifiers: Modifiers, vocabulary: Vocabulary) => Criterion;

const textsOf = (value: ScalarNode, modifiers: Modifiers, vocabulary: Vocabulary): readonly string[] => {
  const text = textOf(value, modifiers.type === 'regex' ? 're' : modifiers.type === 'network' ? 'cidr' : 'expand');
  return modifiers.expand ? expandPlaceholders(text, vocabulary.placeholders, value.line) : [text];
};

const testExists: TestValue = (field, value) => {
  if (typeof value.value !== 'boolean') refuse('The modifier “exists” needs true or false.', value.line);
  const exists: Criterion = { kind: 'exists', field };
  return value.value === true ? exists : { kind: 'not', of: exists };
};

const testRegex: TestValue = (field, value, modifiers, vocabulary) =>
  any(
    textsOf(value, modifiers, vocabulary).map((text) => ({
      kind: 'regex',
      field,
      regex: compileRegex(text, modifiers, value.line),
    })),
  );

const testNetwork: TestValue = (field, value, modifiers, vocabulary) =>
  any(
    textsOf(value, modifiers, vocabulary).map((text) => ({
      kind: 'network',
      field,
      network:
        parseNetwork(text) ??
        refuse(
          `${quoted(text)} is no network: an address, a slash and how many of its bits count; the others are 0.`,
          value.line,
        ),
    })),
  );

const places: Readonly<Record<string, 'inside' | 'start' | 'end'>> = {
  contains: 'inside',
  startswith: 'start',
  endswith: 'end',
};

const testReference: TestValue = (field, value, modifiers, vocabulary) => ({
  kind: 'reference',
  field,
  other: vocabulary.names(textOf(value, 'fieldref')),
  place: places[modifiers.steps[0] ?? ''] ?? 'whole',
  cased: modifiers.cased,
});

const testNumber: TestValue = (field, value, modifiers) => ({
  kind: 'number',
  field,
  comparison: modifiers.comparison ?? 'eq',
  number: numberOf(value, modifiers),
  ...(modifiers.part === undefined ? {} : { part: modifiers.part }),
});

const testText: TestValue = (field, value, modifiers, vocabulary) => {
  if (value.value === null) {
    const word = modifiers.steps[0] ?? (modifiers.cased ? 'cased' : modifiers.expand ? 'expand' : undefined);
    if (word !== undefined) refuse(`The modifier ${quoted(word)} needs a value.`, value.line);
    return { kind: 'null', field };
  }
  // `EventID: 0x10` is written so, and is sixteen.
  const numeric = typeof value.value === 'number' && modifiers.steps.length === 0 ? [String(value.value)] : [];
  const written = new Set([...textsOf(value, modifiers, vocabulary), ...numeric]);
  return any([...written].flatMap((text) => textTests(field, value, text, modifiers)));
};

const testValue: Readonly<Record<Modifiers['type'], TestValue>> = {
  text: testText,
  regex: testRegex,
  network: testNetwork,
  exists: testExists,
  reference: testReference,
  number: testNumber,
};

const scalarsOf = (node: RuleNode): readonly ScalarNode[] => {
  const items = node.kind === 'list' ? node.items : [node];
  if (items.length === 0) refuse('A list of values is empty.', node.line);
  if (items.length > maximumValues) refuse(`A list has more than ${maximumValues} values.`, node.line);
  return items.map((item) => {
    if (item.kind !== 'scalar') return refuse('A value must be a text, a number, true, false or null.', item.line);
    if (items.length > 1 && item.value === null)
      refuse('null cannot be part of a list of values: give it a selection of its own.', item.line);
    return item;
  });
};

const keywordTypes: readonly Modifiers['type'][] = ['text', 'regex'];

/** `key` is empty, or words behind a bare `|`, for keywords. Unlisted words, and words that do not go together, refuse the rule. */
export const readFieldCriterion = (key: string, node: RuleNode, keyLine: number, vocabulary: Vocabulary): Criterion => {
  const [name = '', ...words] = key.split('|');
  const modifiers = readModifiers(words, keyLine);
  const field = name.trim() === '' ? undefined : vocabulary.names(name.trim());
  const values = scalarsOf(node);
  if (field === undefined) {
    if (!keywordTypes.includes(modifiers.type) || modifiers.neq)
      refuse(`The modifiers ${quoted(words.join('|'))} need a field.`, keyLine);
    if (values.some(({ value }) => value === null)) refuse('A keyword must be a text or a number.', keyLine);
  }
  // “Single item values are not allowed to have an all modifier.”
  if (modifiers.all && values.length < 2)
    refuse('The modifier “all” needs more than one value: leave it out.', keyLine);
  const tests = values.map((value) => testValue[modifiers.type](field, value, modifiers, vocabulary));
  const linked: Criterion = modifiers.all ? { kind: 'all', of: tests } : any(tests);
  // Different from every value: also where the field is absent.
  return modifiers.neq ? { kind: 'not', of: linked } : linked;
};
