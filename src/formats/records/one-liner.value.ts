/** What an expression of a script may be, as far as a reader of literals can tell. */
import { mark } from './shell-values.value.ts';

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

export const textValue = (text: string): ScriptValue => ({ text });
export const nothing: ScriptValue = {};

/** The text that a value is; a mark where it is none that is known. */
export const toText = (value: ScriptValue | undefined): string => {
  if (value === undefined) return '';
  if (value.text !== undefined) return value.text;
  if (value.number !== undefined) return String(value.number);
  if (value.path !== undefined) return mark(value.path);
  if (value.items !== undefined) return value.items.map(toText).join(',');
  return mark('something');
};

/** The elements of a list, or the value alone. */
export const toItems = (value: ScriptValue | undefined): readonly ScriptValue[] =>
  value === undefined ? [] : (value.items ?? [value]);
