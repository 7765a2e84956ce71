/** Every text in a JSON record, one below the other: a message stands where each program likes. */

const textCount = 2000;
const totalLimit = 256 * 1024;
const depthLimit = 16;

export const textsOf = (record: unknown): string => {
  const found: string[] = [];
  let size = 0;
  const walk = (value: unknown, depth: number): void => {
    if (found.length >= textCount || size >= totalLimit || depth > depthLimit) return;
    if (typeof value === 'string') {
      found.push(value);
      size += value.length;
    } else if (Array.isArray(value)) for (const item of value as readonly unknown[]) walk(item, depth + 1);
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) {
        // `"image": "x"` says the same in JSON as `image: x` does in YAML.
        if (name === 'image' && typeof item === 'string') walk(`image: ${item}`, depth + 1);
        else walk(item, depth + 1);
      }
  };
  walk(record, 0);
  return found.join('\n');
};
