/** A record and a path → what stands there, of the record's own. */
type Fields = Readonly<Record<string, unknown>>;

export const valueAt = (value: unknown, ...path: readonly string[]): unknown => {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Fields)[step];
  }
  return here;
};
