/** os-release(5) → its fields by lower-case name: assignments as a shell would read them, without expansions. */
import type { Budget } from '../../core/budget.ts';
import { linesOf, parseRecordText } from './record-text.ts';

const unquote = (value: string): string => {
  const [first, last] = [value[0], value.at(-1)];
  if (value.length < 2 || first !== last || (first !== '"' && first !== "'")) return value;
  const inner = value.slice(1, -1);
  return first === '"' ? inner.replace(/\\(["'$`\\])/g, '$1') : inner;
};

/** The last of two assignments counts, as in a shell. Lines that are none are passed over. @throws {Fault} limit `RECORD_TOO_LARGE` */
export const parseOsRelease = (bytes: Uint8Array, budget: Budget): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>();
  for (const line of linesOf(parseRecordText(bytes, budget))) {
    const [, name, value] = /^\s*([A-Z][A-Z0-9_]*)=(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && fields.size < 1000) fields.set(name.toLowerCase(), unquote(value));
  }
  return fields;
};
