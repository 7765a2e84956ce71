/** Advisories ⇄ lines sorted by package: two hundred thousand are loaded in a moment and searched without being read, which no folder of JSON is. */
import { isJsonObject } from '../../formats/strict-json.ts';
import type { Advisory, KnownEcosystem } from './advisory.ts';
import type { RangeEvent } from './affected-versions.ts';

/** The first line of a file of lines; the day of the newest statement follows. */
export const linesHead = '# tidewaiter known packages 1';

const keyOf = (ecosystem: string, name: string): string => `${ecosystem} ${name.replaceAll(/[\t\n\r]/g, ' ')}`;

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

export const toLines = (advisories: readonly Advisory[]): readonly string[] =>
  [
    ...new Set(
      advisories.map(
        ({ id, ecosystem, name, distribution, summary, date, source, versions, ranges }) =>
          `${keyOf(ecosystem, name)}\t${JSON.stringify([id, distribution, summary, date, source, versions, ranges])}`,
      ),
    ),
  ].sort(byText);

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const kinds: ReadonlySet<unknown> = new Set(['introduced', 'fixed', 'last_affected', 'limit']);
const isRange = (value: unknown): value is readonly RangeEvent[] =>
  Array.isArray(value) && value.every((event) => isTexts(event) && event.length === 2 && kinds.has(event[0]));

const parseLine = (line: string, ecosystem: KnownEcosystem, name: string): readonly Advisory[] => {
  try {
    const value: unknown = JSON.parse(line.slice(line.indexOf('\t') + 1));
    if (!Array.isArray(value) || isJsonObject(value)) return [];
    const [id, distribution, summary, date, source, versions, ranges] = value as readonly unknown[];
    const texts = [id, distribution, summary, date, source];
    if (!isTexts(texts) || !isTexts(versions) || !Array.isArray(ranges) || !ranges.every(isRange)) return [];
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = texts;
    const said = { id: first, distribution: second, summary: third, date: fourth, source: fifth };
    return [{ ...said, ecosystem, name, versions, ranges }];
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return [];
    throw thrown;
  }
};

/** `lines` as `toLines` gives them. A line that somebody broke says nothing. */
export const findAdvisories = (
  lines: readonly string[],
  ecosystem: KnownEcosystem,
  name: string,
): readonly Advisory[] => {
  const key = `${keyOf(ecosystem, name)}\t`;
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lines[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  const found: Advisory[] = [];
  for (let at = low; lines[at]?.startsWith(key) === true; at += 1)
    found.push(...parseLine(lines[at] ?? '', ecosystem, name));
  return found;
};

export interface LinesFile {
  readonly lines: readonly string[];
  readonly newest: string;
}

/** The lines of a file, sorted as the search needs them whoever wrote it; undefined for a file of another kind. */
export const parseLinesFile = (text: string): LinesFile | undefined => {
  const [head = '', ...lines] = text.split('\n');
  if (!head.startsWith(linesHead)) return undefined;
  const newest = head.slice(linesHead.length).trim();
  const kept = lines.filter((line) => line.includes('\t'));
  const isSorted = kept.every((line, at) => at === 0 || (kept[at - 1] ?? '') <= line);
  return { lines: isSorted ? kept : kept.sort(byText), newest };
};

export const writeLinesFile = ({ lines, newest }: LinesFile): string =>
  `${linesHead}${newest === '' ? '' : ` ${newest}`}\n${lines.join('\n')}\n`;
