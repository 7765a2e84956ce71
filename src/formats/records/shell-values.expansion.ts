/** Words with their expansions → the texts they may become (POSIX.1-2024, 2.6; Bash Reference Manual, 3.5). */
import { evaluateArithmetic, type Variables } from './shell-values.arithmetic.ts';
import { expandBraces } from './shell-values.braces.ts';
import { expandParameter } from './shell-values.parameter.ts';
import { matchFiles, mayBePattern } from './shell-values.file-names.ts';
import { quotePattern } from './shell-values.pattern.ts';
import type { Expander } from './shell-values.machine.ts';
import {
  joinValues,
  lengthOf,
  mapValue,
  mark,
  maximumAlternatives,
  maximumLength,
  onlyText,
  trimEnd,
  type Value,
} from './shell-values.value.ts';
import type { Assignment, Word, WordPart } from './shell.tree.ts';

export const variablesOf = (expander: Expander): Variables => ({
  get: (name) => {
    const value = expander.state.variables.get(name);
    if (value === undefined) return 0;
    const text = onlyText(value);
    return text === undefined
      ? undefined
      : text.trim() === ''
        ? 0
        : /^-?\d{1,15}$/.test(text.trim())
          ? Number(text)
          : undefined;
  },
  set: (name, value) => {
    expander.state.variables.set(name, [value === undefined ? mark(`$${name}`) : String(value)]);
  },
});

const arithmeticValue = (parts: readonly WordPart[], expander: Expander): Value =>
  mapValue(expandText(parts, expander), (text) => {
    const expression = text.replace(/\$([A-Za-z_]\w*)/g, '$1');
    const value = evaluateArithmetic(expression, variablesOf(expander));
    return value === undefined ? mark(`$((${expression.trim()}))`) : String(value);
  });

/** Each text is paid for where it comes to be. */
const partValue = (part: WordPart, expander: Expander): Value => {
  const value = unpaidValue(part, expander);
  expander.spend(1);
  expander.spendText(lengthOf(value));
  return value;
};

const unpaidValue = (part: WordPart, expander: Expander): Value => {
  switch (part.kind) {
    case 'text':
      return [expander.thaw(part.text)];
    case 'parameter':
      return expandParameter(part, {
        expander,
        text: (parts) => expandText(parts, expander),
        pattern: (parts) => expandPattern(parts, expander),
        number: (text) => evaluateArithmetic(text, variablesOf(expander)),
      });
    case 'command':
      return mapValue(expander.capture(part.body), (text) => trimEnd(text, '\n'));
    case 'arithmetic':
      return arithmeticValue(part.parts, expander);
    case 'process':
      return [expander.processFile(part.direction, part.body)];
    default:
      return part satisfies never;
  }
};

const withTilde = (parts: readonly WordPart[], expander: Expander): readonly WordPart[] => {
  const [first, ...rest] = parts;
  if (first?.kind !== 'text' || first.quoted || !/^~(?:\/|$)/.test(first.text)) return parts;
  const home = onlyText(expander.state.variables.get('HOME') ?? ['/root']) ?? '/root';
  return [{ kind: 'text', text: home + first.text.slice(1), quoted: false }, ...rest];
};

const paidJoin = (left: Value, right: Value, expander: Expander): Value => {
  const joined = joinValues(left, right);
  if (joined.length > 1) expander.spendText(lengthOf(joined));
  return joined;
};

/** One text, nothing split: an assignment's value, a here-document, the word behind `case`. */
export const expandText = (parts: readonly WordPart[], expander: Expander): Value => {
  const value = withTilde(parts, expander).reduce<Value>(
    (value, part) => paidJoin(value, partValue(part, expander), expander),
    [''],
  );
  return value;
};

/** As `expandText`, with a backslash before what was quoted and would mean something in a pattern. */
export const expandPattern = (parts: readonly WordPart[], expander: Expander): Value =>
  parts.reduce<Value>(
    (value, part) => {
      const piece = partValue(part, expander);
      return paidJoin(value, 'quoted' in part && part.quoted ? mapValue(piece, quotePattern) : piece, expander);
    },
    [''],
  );

/** At separators outside marks. Blanks run together, other separators each end a field. */
const splitFields = (
  text: string,
  separators: string,
): { pieces: readonly string[]; opens: boolean; closes: boolean } => {
  const pieces: string[] = [];
  let current = '';
  let started = false;
  let opens = false;
  let closes = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '‹') {
      const end = text.indexOf('›', at);
      const stop = end < 0 ? text.length - 1 : end;
      current += text.slice(at, stop + 1);
      at = stop;
      started = true;
      closes = false;
    } else if (separators.includes(character)) {
      if (at === 0) opens = true;
      if (started || !' \t\n'.includes(character)) pieces.push(current);
      current = '';
      started = false;
      closes = true;
    } else {
      current += character;
      started = true;
      closes = false;
    }
  }
  if (started) pieces.push(current);
  return { pieces, opens, closes };
};

/** Of one word or one command; what lies behind is not looked at. */
const maximumFields = 4096;
/** Copied for one step. */
const fieldsForAStep = 16;
const maximumWordsLength = 4 * maximumLength;

/** Fields while a word is expanded. `current` is undefined until something, be it an empty quote, stands in it. */
interface Fields {
  readonly fields: string[];
  current: string | undefined;
}

const flush = (target: Fields): void => {
  if (target.current !== undefined) target.fields.push(target.current);
  target.current = undefined;
};

const addSplit = (target: Fields, text: string, separators: string): void => {
  const { pieces, opens, closes } = splitFields(text, separators);
  if (opens) flush(target);
  pieces.forEach((piece, index) => {
    if (index > 0) flush(target);
    target.current = (target.current ?? '') + piece;
  });
  if (closes && text !== '') flush(target);
};

/** `"$@"` and `"${a[@]}"`: each element its own field. */
const elementsOf = (part: WordPart, expander: Expander): readonly Value[] | undefined => {
  if (part.kind !== 'parameter' || part.operator !== undefined) return undefined;
  if (part.name === '@' || (part.name === '*' && !part.quoted)) return expander.state.positional;
  const [subscript] = part.subscript ?? [];
  if (part.subscript?.length !== 1 || subscript?.kind !== 'text') return undefined;
  const all = subscript.text === '@' || (subscript.text === '*' && !part.quoted);
  return all ? expander.state.arrays.get(part.name) : undefined;
};

const expandField = (parts: readonly WordPart[], expander: Expander): readonly (readonly string[])[] => {
  const separators = onlyText(expander.state.variables.get('IFS') ?? [' \t\n']) ?? ' \t\n';
  let alternatives: Fields[] = [{ fields: [], current: undefined }];
  for (const part of withTilde(parts, expander)) {
    const elements = elementsOf(part, expander);
    if (elements !== undefined) {
      expander.spend(elements.length * alternatives.length);
      for (const target of alternatives)
        elements.slice(0, maximumFields).forEach((element, index) => {
          if (index > 0) flush(target);
          const text = element.length === 1 ? (element[0] ?? '') : mark(`one of ${element.join(', ')}`);
          if ('quoted' in part && part.quoted) target.current = (target.current ?? '') + text;
          else addSplit(target, text, separators);
        });
      continue;
    }
    const isLiteral = part.kind === 'text' || part.kind === 'process' || part.quoted;
    const value = partValue(part, expander);
    if (value.length > 1)
      expander.spend(alternatives.reduce((sum, { fields }) => sum + fields.length, 0) / fieldsForAStep);
    const next: Fields[] = [];
    for (const target of alternatives)
      for (const text of value) {
        if (next.length >= maximumAlternatives) break;
        const copy: Fields = value.length === 1 ? target : { fields: [...target.fields], current: target.current };
        if (isLiteral) copy.current = (copy.current ?? '') + text;
        else addSplit(copy, text, separators);
        next.push(copy);
      }
    alternatives = next;
  }
  return alternatives.map((target) => {
    flush(target);
    return target.fields;
  });
};

const declarationText = (assignment: Assignment, expander: Expander): string => {
  if ('parts' in assignment.value) {
    const value = expandText(assignment.value.parts, expander);
    return `${assignment.name}=${value.length === 1 ? (value[0] ?? '') : mark(`one of ${value.join(', ')}`)}`;
  }
  const elements = assignment.value.map(({ value }) => expandText(value.parts, expander));
  expander.state.arrays.set(assignment.name, elements);
  return `${assignment.name}=${elements.map((value) => value[0] ?? '').join(' ')}`;
};

/** Names that an unquoted pattern stands for, where the image's files are known. */
const withFileNames = (word: Word, fields: readonly string[], expander: Expander): readonly string[] => {
  const isPattern = word.parts.some(
    (part) =>
      (part.kind === 'text' && !part.quoted && mayBePattern(part.text)) || (part.kind === 'parameter' && !part.quoted),
  );
  if (!isPattern || !fields.some(mayBePattern)) return fields;
  return fields.flatMap((field) => {
    const found = mayBePattern(field) ? matchFiles(field, expander) : [];
    return found.length === 0 ? [field] : found;
  });
};

/** The argument lists that words may become: one nearly always, four at most. */
export const expandWords = (
  words: readonly (Word | Assignment)[],
  expander: Expander,
): readonly (readonly string[])[] => {
  let alternatives: string[][] = [[]];
  let length = 0;
  for (const word of words) {
    const options =
      'parts' in word
        ? combine(
            expandBraces(word.parts, (steps) => {
              expander.spend(steps);
            }).map((parts) => expandField(parts, expander)),
          )
        : [[declarationText(word, expander)]];
    const [only] = 'parts' in word ? options.map((fields) => withFileNames(word, fields, expander)) : options;
    expander.spend(options.length + (options.length * (alternatives[0]?.length ?? 0)) / fieldsForAStep);
    if ((alternatives[0]?.length ?? 0) > maximumFields) break;
    if (options.length === 1 && only !== undefined)
      for (const fields of alternatives)
        for (const field of only.slice(0, maximumFields)) {
          length += field.length;
          fields.push(length > maximumWordsLength ? mark('a very long text') : field);
        }
    else
      alternatives = alternatives
        .flatMap((before) => options.map((after) => [...before, ...after]))
        .slice(0, maximumAlternatives);
  }
  return alternatives;
};

const combine = (fields: readonly (readonly (readonly string[])[])[]): readonly (readonly string[])[] =>
  fields.reduce<readonly (readonly string[])[]>(
    (before, options) =>
      before.flatMap((one) => options.map((other) => [...one, ...other])).slice(0, maximumAlternatives),
    [[]],
  );
