/** Members of JSON that somebody else wrote, by path: what is absent or of another kind is undefined, never a throw. */
import { isJsonObject, type JsonObject } from '../strict-json.ts';

const nothing: JsonObject = Object.freeze(Object.create(null) as Record<string, unknown>);
const noItems: readonly unknown[] = Object.freeze([]);

type Step = string | number;

/** Never what is inherited: JSON has no functions, and nobody's path goes by the prototype. */
const stepInto = (value: unknown, step: Step): unknown => {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = (value as Readonly<Record<Step, unknown>>)[step];
  return typeof found === 'function' || step === '__proto__' ? undefined : found;
};

export const jsonAt = (value: unknown, first?: Step, second?: Step, ...more: readonly Step[]): unknown => {
  if (first === undefined) return value;
  let current = stepInto(value, first);
  if (second === undefined) return current;
  current = stepInto(current, second);
  for (let index = 0; index < more.length && current !== undefined; index += 1)
    current = stepInto(current, more[index] ?? '');
  return current;
};

/** A text that is not empty. */
export const textAt = (value: unknown, first?: Step, second?: Step, ...more: readonly Step[]): string | undefined => {
  const found = more.length === 0 ? jsonAt(value, first, second) : jsonAt(value, first, second, ...more);
  return typeof found === 'string' && found !== '' ? found : undefined;
};

/** A number, also one that is written as a text. */
export const numberAt = (value: unknown, ...path: readonly (string | number)[]): number | undefined => {
  const found = jsonAt(value, ...path);
  if (typeof found === 'number') return Number.isFinite(found) ? found : undefined;
  if (typeof found !== 'string' || found.length > 32 || !/^-?\d+(?:\.\d+)?$/.test(found)) return undefined;
  return Number(found);
};

export const objectAt = (value: unknown, ...path: readonly (string | number)[]): JsonObject => {
  const found = jsonAt(value, ...path);
  return isJsonObject(found) ? found : nothing;
};

export const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = jsonAt(value, ...path);
  return Array.isArray(found) ? (found as readonly unknown[]) : noItems;
};

/** Texts of a list; members of other kinds are passed over. */
export const textsAt = (value: unknown, ...path: readonly (string | number)[]): readonly string[] =>
  listAt(value, ...path).filter((item) => typeof item === 'string');

/** A text that holds JSON, or the object itself: senders differ. */
export const parsedAt = (value: unknown, ...path: readonly (string | number)[]): unknown => {
  const found = jsonAt(value, ...path);
  if (typeof found !== 'string') return found;
  const first = found.trimStart()[0];
  if (first !== '{' && first !== '[') return undefined;
  try {
    return JSON.parse(found) as unknown;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
};
