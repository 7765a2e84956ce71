/** Members of JSON that somebody else wrote, by path: what is absent or of another kind is undefined, never a throw. */
import { isJsonObject, type JsonObject } from '../strict-json.ts';

const nothing: JsonObject = Object.freeze(Object.create(null) as Record<string, unknown>);
const noItems: readonly unknown[] = Object.freeze([]);

/** Never inherited: `constructor` is no member of `{}`. */
export const jsonAt = (value: unknown, ...path: readonly (string | number)[]): unknown => {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Readonly<Record<string | number, unknown>>)[step];
  }
  return current;
};

/** A text that is not empty. */
export const textAt = (value: unknown, ...path: readonly (string | number)[]): string | undefined => {
  const found = jsonAt(value, ...path);
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
