/** `${name…}` → what it may be, from what the script has assigned so far (POSIX.1-2024, 2.6.2; Bash Reference Manual, 3.5.3). */
import type { Expander } from './shell-values.machine.ts';
import { removeMatch, replaceMatch } from './shell-values.pattern.ts';
import {
  eitherValue,
  isKnown,
  joinTexts,
  mapValue,
  mark,
  onlyText,
  toValue,
  type Value,
} from './shell-values.value.ts';
import type { ParameterPart, WordPart } from './shell.tree.ts';

export interface ParameterContext {
  readonly expander: Expander;
  text(parts: readonly WordPart[]): Value;
  pattern(parts: readonly WordPart[]): Value;
  number(text: string): number | undefined;
}

const specials: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    '?': 'the last status',
    $: 'the process id',
    '!': 'the id of the last background process',
  }),
);

const joined = (values: readonly Value[]): Value => [
  joinTexts(
    values.map((value) => (value.length === 1 ? (value[0] ?? '') : mark(`one of ${value.join(', ')}`))),
    ' ',
  ),
];

const subscripted = (part: ParameterPart, context: ParameterContext): Value | undefined => {
  const { arrays, variables } = context.expander.state;
  if (part.name === 'BASH_SOURCE')
    return context.expander.scriptName === undefined ? undefined : [context.expander.scriptName];
  const elements = arrays.get(part.name);
  const subscript = onlyText(context.text(part.subscript ?? []));
  if (elements === undefined)
    return subscript === '0' || subscript === '@' || subscript === '*' ? variables.get(part.name) : undefined;
  if (subscript === '@' || subscript === '*') return joined(elements);
  const index = subscript === undefined ? undefined : context.number(subscript);
  if (index === undefined) return [mark(`an element of $${part.name}`)];
  return elements[index < 0 ? elements.length + index : index];
};

/** undefined: unset as far as is known. */
const current = (part: ParameterPart, context: ParameterContext): Value | undefined => {
  const { state } = context.expander;
  const { name } = part;
  if (part.subscript !== undefined) return subscripted(part, context);
  if (name === '@' || name === '*') return state.positional === undefined ? undefined : joined(state.positional);
  if (name === '#') return state.positional === undefined ? undefined : [String(state.positional.length)];
  if (name === '-') return ['hB'];
  if (name === '0' || name === 'BASH_SOURCE')
    return context.expander.scriptName === undefined ? undefined : [context.expander.scriptName];
  const special = specials.get(name);
  if (special !== undefined) return [mark(special)];
  if (/^[1-9]\d*$/.test(name))
    return state.positional?.[Number(name) - 1] ?? (state.positional === undefined ? undefined : ['']);
  return state.variables.get(name) ?? state.arrays.get(name)?.[0] ?? maintained(name, context);
};

/** Variables that the shell itself keeps. */
const maintained = (name: string, { expander }: ParameterContext): Value | undefined => {
  switch (name) {
    case 'IFS':
      return [' \t\n'];
    case 'PWD':
      return [expander.state.directory];
    case 'RANDOM':
    case 'SRANDOM':
    case 'SECONDS':
    case 'EPOCHSECONDS':
      return [mark(`$${name}`)];
    default:
      return undefined;
  }
};

export const unsetMark = (name: string): string =>
  mark(name === '@' || name === '*' ? 'the arguments' : /^\d/.test(name) ? `argument ${name}` : `$${name}`);

/** Digits and signs of `offset` and `offset:length`. */
const substring = (text: string, argument: string, context: ParameterContext): string | undefined => {
  const [first = '', second] = argument.split(':');
  const start = context.number(first);
  const length = second === undefined ? text.length : context.number(second);
  if (start === undefined || length === undefined) return undefined;
  const from = start < 0 ? Math.max(0, text.length + start) : start;
  return length < 0 ? text.slice(from, Math.max(from, text.length + length)) : text.slice(from, from + length);
};

const changeCase = (text: string, operator: string): string => {
  const change = (piece: string): string =>
    operator.startsWith('^')
      ? piece.replace(/[a-z]/g, (c) => c.toUpperCase())
      : piece.replace(/[A-Z]/g, (c) => c.toLowerCase());
  return operator.length === 2 ? change(text) : change(text.slice(0, 1)) + text.slice(1);
};

/** `pattern/replacement` at the first unquoted slash. */
const splitReplacement = (parts: readonly WordPart[]): readonly [readonly WordPart[], readonly WordPart[]] => {
  for (const [index, part] of parts.entries()) {
    const slash = part.kind === 'text' && !part.quoted ? part.text.indexOf('/') : -1;
    if (part.kind !== 'text' || slash < 0) continue;
    return [
      [...parts.slice(0, index), { ...part, text: part.text.slice(0, slash) }],
      [{ ...part, text: part.text.slice(slash + 1) }, ...parts.slice(index + 1)],
    ];
  }
  return [parts, []];
};

const edited = (value: Value, part: ParameterPart, context: ParameterContext): Value => {
  const operator = part.operator ?? '';
  const argument = part.argument ?? [];
  const [patternParts, replacementParts] = operator.startsWith('/') ? splitReplacement(argument) : [argument, []];
  const pattern = onlyText(operator === ':' ? context.text(argument) : context.pattern(patternParts));
  const replacement = context.text(replacementParts)[0] ?? '';
  return mapValue(value, (text) => {
    context.expander.spendText(4 * text.length);
    if (pattern !== undefined) context.expander.spendMatch(pattern, text);
    const result =
      pattern === undefined || !isKnown(text)
        ? undefined
        : operator === ':'
          ? substring(text, pattern, context)
          : operator.startsWith('#') || operator.startsWith('%')
            ? removeMatch(text, pattern, operator.startsWith('#') ? 'start' : 'end', operator.length === 2)
            : operator.startsWith('/')
              ? replaceMatch(text, pattern, replacement, operator)
              : changeCase(text, operator);
    if (result === undefined) return context.expander.markFrom(`part of ${text}`, context.expander.originsOf(text));
    if (result !== text && operator !== ':' && isKnown(replacement))
      context.expander.noteDecoded(result, 'replaced characters');
    return result;
  });
};

export const expandParameter = (part: ParameterPart, context: ParameterContext): Value => {
  const { name, operator } = part;
  const { expander } = context;
  if (part.indirect === true) {
    // `${!name:-…}`: the operator works on the variable that the first one names.
    const target = onlyText(current(part, context) ?? [unsetMark(name)]);
    if (target === undefined) return [mark(`the variable named by $${name}`)];
    return expandParameter({ ...part, name: target, indirect: false }, context);
  }
  if (name === '') return [mark('a parameter')];
  const value = current(part, context);
  const argument = (): Value => context.text(part.argument ?? []);
  switch (operator) {
    case undefined:
      return value ?? [unsetMark(name)];
    case 'length':
      if (part.subscript !== undefined || name === '@' || name === '*') {
        const elements = part.subscript === undefined ? expander.state.positional : expander.state.arrays.get(name);
        return [elements === undefined ? mark(`length of $${name}`) : String(elements.length)];
      }
      return mapValue(value ?? [unsetMark(name)], (text) =>
        isKnown(text) ? String(text.length) : mark(`length of ${text}`),
      );
    case 'indirect': {
      const target = value === undefined ? undefined : onlyText(value);
      return target === undefined
        ? [mark(`the variable named by $${name}`)]
        : (expander.state.variables.get(target) ?? [unsetMark(target)]);
    }
    case 'names':
    case 'keys':
      return [mark(`names in $${name}`)];
    case '-':
    case ':-':
    case '=':
    case ':=': {
      if (value !== undefined && (operator.length === 1 || value.every((text) => isKnown(text) && text !== '')))
        return value;
      const known = value?.filter((text) => text !== '') ?? [];
      const result = known.length === 0 ? argument() : eitherValue(toValue(known), argument());
      if (operator.endsWith('=')) expander.state.variables.set(name, result);
      return result;
    }
    case '+':
    case ':+': {
      if (value === undefined) return [''];
      if (operator === '+') return argument();
      return value.every(isKnown)
        ? mapValue(value, (text) => (text === '' ? '' : (argument()[0] ?? '')))
        : eitherValue(argument(), ['']);
    }
    case '?':
    case ':?':
      return value ?? [unsetMark(name)];
    default:
      if (operator.startsWith('@')) return value ?? [unsetMark(name)];
      return edited(value ?? [unsetMark(name)], part, context);
  }
};
