/** Numbers → the words of a report. */
import { counted, grouped } from '../core/amount.ts';

/** Decimal units, as registries count: `999 bytes`, `1.5 kB`, `120 MB`. */
export const byteSize = (bytes: number): string => {
  if (bytes < 1000) return counted(bytes, 'byte');
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
};

/** `12 deb, 3 npm`: how many packages of each ecosystem, the most first. */
export const packageCounts = (packages: readonly { readonly ecosystem: string }[]): string => {
  const counts = new Map<string, number>();
  for (const { ecosystem } of packages) counts.set(ecosystem, (counts.get(ecosystem) ?? 0) + 1);
  return [...counts]
    .sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))
    .map(([ecosystem, count]) => `${grouped(count)} ${ecosystem}`)
    .join(', ');
};

/** `known-packages up to 2026-03-29, 12 days old`: how old what was known is, at the time of the verdict. */
export const knowledgeAges = (newest: Readonly<Record<string, string>> = {}, at: string): readonly string[] =>
  Object.entries(newest)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, day]) => {
      const days = Math.floor((Date.parse(at) - Date.parse(day)) / 86_400_000);
      return `${name} up to ${day}${days > 0 ? `, ${counted(days, 'day')} old` : ''}`;
    });

/** `sha256:` and the first 12 digits, as engines show it; anything else as it is. */
export const shortDigest = (digest: string): string => /^sha\d+:[0-9a-f]{12}/.exec(digest)?.[0] ?? digest;

/** The same for every digest in a text of ours, such as the place of a gap. */
export const shortDigests = (text: string): string => text.replace(/\b(sha(?:256|512):[0-9a-f]{12})[0-9a-f]+/g, '$1');
