/** What an expression of a script may be, as far as a reader of literals can tell. */
import { mark, maximumLength } from './shell-values.value.ts';

export interface Lambda {
  readonly parameters: readonly string[];
  /** Tokens of its body. */
  readonly start: number;
}

export interface ScriptValue {
  readonly text?: string;
  readonly number?: number;
  readonly items?: readonly ScriptValue[];
  /** A name with dots: a function, a module, a thing whose methods matter. */
  readonly path?: string;
  readonly lambda?: Lambda;
  /** `shell=True`, `PeerAddr => …`: by name. */
  readonly named?: string;
}

export const textValue = (text: string): ScriptValue => ({
  text: text.length > maximumLength ? mark('a very long text') : text,
});
export const nothing: ScriptValue = {};

/** Lists in lists, which may share what they hold. */
const maximumDepth = 8;

/** The text that a value is; a mark where it is none that is known. */
export const toText = (value: ScriptValue | undefined, depth = 0): string => {
  if (value === undefined) return '';
  if (value.text !== undefined) return value.text;
  if (value.number !== undefined) return String(value.number);
  if (value.path !== undefined) return mark(value.path);
  if (value.items !== undefined && depth < maximumDepth)
    return textValue(joinItems(value.items, ',', depth + 1)).text ?? '';
  return mark('something');
};

/** The elements of a list, or the value alone. */
export const toItems = (value: ScriptValue | undefined): readonly ScriptValue[] =>
  value === undefined ? [] : (value.items ?? [value]);

/** Stops at what a text may hold. */
export const joinItems = (items: readonly ScriptValue[], separator: string, depth = 0): string => {
  let text = '';
  for (const [index, item] of items.entries()) {
    text += (index === 0 ? '' : separator) + toText(item, depth);
    if (text.length > maximumLength) break;
  }
  return text;
};
