/** A memory of facts that is a Map, and tells what is in it. */
import type { FactMemory } from '../../src/core/memory.ts';

export const mapMemory = (): FactMemory & { readonly keys: (kind: string) => readonly string[] } => {
  const values = new Map<string, Uint8Array>();
  return {
    recall: (kind, key) => values.get(`${kind} ${key}`),
    remember: (kind, facts) => {
      for (const { key, value } of facts) values.set(`${kind} ${key}`, value);
    },
    close: () => undefined,
    keys: (kind) =>
      [...values.keys()].filter((key) => key.startsWith(`${kind} `)).map((key) => key.slice(kind.length + 1)),
  };
};
