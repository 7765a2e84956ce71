/** os-release(5) → the words by which it says which system it is, and which ones it is like. */

/** Honest ones are half a screen. */
const maximumLines = 200;

const valueOf = (line: string): string =>
  line
    .slice(line.indexOf('=') + 1)
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');

/** The last assignment of a name counts, as in a shell. At most 20 words. */
export const readSystemIds = (content: Uint8Array): readonly string[] => {
  const lines = Buffer.from(content.subarray(0, 64 * 1024))
    .toString('latin1')
    .split('\n', maximumLines);
  const last = (name: RegExp): string => valueOf(lines.findLast((line) => name.test(line)) ?? '');
  return `${last(/^ID=/)} ${last(/^ID_LIKE=/)}`
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => /^[a-z0-9._-]{1,60}$/.test(word))
    .slice(0, 20);
};
