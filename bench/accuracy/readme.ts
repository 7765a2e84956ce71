/** Outcomes → the section of the README between its marks. Pure. */
import { alarmLines, classTable, columnTable, figureLines, missLines } from './confusion.ts';
import type { Outcome } from './outcome.ts';

export interface Results {
  /** The day of the run. */
  readonly date: string;
  readonly outcomes: readonly Outcome[];
}

/** One line for the day, then one for each image: a change of one outcome is a change of one line. */
export const formatResults = ({ date, outcomes }: Results): string =>
  [{ date }, ...outcomes].map((line) => `${JSON.stringify(line)}\n`).join('');

export const parseResults = (text: string): Results => {
  const [head = '{}', ...lines] = text.trimEnd().split('\n');
  const { date } = JSON.parse(head) as { readonly date: string };
  return { date, outcomes: lines.map((line) => JSON.parse(line) as Outcome) };
};

const marks = { begin: '<!-- accuracy: begin -->', end: '<!-- accuracy: end -->' } as const;

const list = (lines: readonly string[]): string =>
  lines.length === 0 ? 'None.' : lines.map((line) => `- ${line}`).join('\n');

/** A line of the results may quote what an image wrote. */
const asText = (line: string): string =>
  line
    .replaceAll(/[<>&|[\]`*]/g, (letter) => `\\${letter}`)
    .replaceAll('\\&', '&amp;')
    .replaceAll('\\<', '&lt;');

const folded = (title: string, lines: readonly string[]): string =>
  `<details><summary>${title}: ${lines.length}</summary>\n\n${list(lines.map(asText))}\n\n</details>`;

/** Campaign, image and what was wrong: the variants of one image that fail alike stand in one line. */
export const groupVariants = (lines: readonly string[]): readonly string[] => {
  const groups = new Map<string, string[]>();
  for (const line of lines) {
    const [, image = '', variant = '', rest = ''] = /^([^/]+\/[^/]+)\/([^:]+): (.*)$/.exec(line) ?? [];
    const key = image === '' ? line : `${image} (%): ${rest}`;
    groups.set(key, [...(groups.get(key) ?? []), variant]);
  }
  return [...groups].map(([key, variants]) => key.replace('%', variants.join(', ')));
};

export const accuracySection = ({ date, outcomes }: Results): string =>
  [
    marks.begin,
    `Measured on ${date} by \`npm run bench:accuracy\`, which builds inert reconstructions of documented campaigns from their published descriptions, several variants of each, with the nearest honest twin of each, and honest images of real software. **It is synthetic**: nothing in it runs, and its authors could have forgotten what an attacker would not. Its specifications share no words with the rules beyond those of protocols, and a test holds that.`,
    list(figureLines(outcomes)),
    classTable(outcomes),
    'The trick may lie in the content, in what happens at the start, or only in the name; a column that has nothing to find is to be silent.',
    columnTable(outcomes),
    folded('Misses, by name', groupVariants(missLines(outcomes))),
    folded('False alarms, by name', alarmLines(outcomes)),
    marks.end,
  ].join('\n\n');

/** @throws {Error} when the marks are not there */
export const replaceSection = (readme: string, section: string): string => {
  const [begin, end] = [readme.indexOf(marks.begin), readme.indexOf(marks.end)];
  if (begin < 0 || end < begin) throw new Error('the README has no marks for the accuracy section');
  return readme.slice(0, begin) + section + readme.slice(end + marks.end.length);
};
