/** Outcomes → the tables: by class, by column, precision and recall, every miss and false alarm by name. Pure. */
import { toTable } from '../table.ts';
import type { ImageClass, Outcome } from './outcome.ts';
import { type Column, columns } from './specification.ts';

const hostileClasses = ['miner', 'implant', 'worm', 'bot', 'proxyware', 'supply-chain', 'lookalike'] as const;
const honestClasses = ['packages', 'unowned', 'twin'] as const;

const classNames: Readonly<Record<ImageClass, string>> = {
  miner: 'miner',
  implant: 'implant',
  worm: 'worm',
  bot: 'bot',
  proxyware: 'proxyware',
  'supply-chain': 'supply chain',
  lookalike: 'lookalike',
  clean: 'clean image, hostile use',
  packages: 'honest, of packages',
  unowned: 'honest, own software',
  twin: 'honest twin',
};

/** What the benchmark's images of each kind are for: worms and bots are implants. */
const minersAndImplants: readonly ImageClass[] = ['miner', 'implant', 'worm', 'bot'];

const isHostile = ({ class: own }: Outcome): boolean => (hostileClasses as readonly string[]).includes(own);
const isHonest = ({ class: own }: Outcome): boolean => (honestClasses as readonly string[]).includes(own);
const isFlagged = ({ assessment }: Outcome): boolean => assessment === 'malicious' || assessment === 'suspicious';
const isDenied = (outcome: Outcome): boolean => outcome.decision === 'deny' && outcome.assessment === 'malicious';

const share = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(0)} %`);

const count = (outcomes: readonly Outcome[], test: (outcome: Outcome) => boolean): number =>
  outcomes.filter(test).length;

export const classTable = (outcomes: readonly Outcome[]): string => {
  const rows = [...hostileClasses, 'clean' as const, ...honestClasses].flatMap((own) => {
    const these = outcomes.filter((outcome) => outcome.class === own);
    if (these.length === 0) return [];
    const assessed = (name: Outcome['assessment']): string =>
      `${count(these, ({ assessment }) => assessment === name)}`;
    const fact = (hostileClasses as readonly string[]).includes(own)
      ? share(
          count(these, ({ named }) => named),
          these.length,
        )
      : '';
    return [
      [
        classNames[own],
        `${these.length}`,
        assessed('malicious'),
        assessed('suspicious'),
        assessed('incomplete'),
        assessed('clean'),
        fact,
      ],
    ];
  });
  return toTable(['class', 'images', 'malicious', 'suspicious', 'incomplete', 'clean', 'decisive fact named'], rows);
};

export const columnTable = (outcomes: readonly Outcome[]): string => {
  const honest = outcomes.filter(isHonest);
  const line = (column: Column): readonly string[] => {
    const asked = outcomes.filter(({ caught, class: own }) => caught.includes(column) && own !== 'clean');
    const silent = outcomes.filter((outcome) => outcome.silent.includes(column));
    const says = ({ spoke }: Outcome): boolean => spoke.includes(column);
    if (column === 'run-time')
      return [column, `${count(outcomes, ({ class: own }) => own === 'clean')}`, 'out of scope', '', '', '', ''];
    return [
      column,
      `${asked.length}`,
      `${count(asked, says)}`,
      share(count(asked, says), asked.length),
      `${silent.length}`,
      `${count(silent, (outcome) => !says(outcome))}`,
      `${count(honest, says)}`,
    ];
  };
  return toTable(
    ['column', 'is to speak', 'speaks', 'recall', 'is to be silent', 'is silent', 'speaks on honest'],
    columns.map(line),
  );
};

export interface Figures {
  readonly minersAndImplants: number;
  readonly minersAndImplantsDenied: number;
  readonly honest: number;
  readonly honestMalicious: number;
  readonly honestSuspicious: number;
  readonly honestUnexamined: number;
  readonly twins: number;
  readonly twinsMalicious: number;
  readonly twinsSuspicious: number;
  readonly precision: string;
  readonly recall: string;
}

export const figuresOf = (outcomes: readonly Outcome[]): Figures => {
  const miners = outcomes.filter((outcome) => minersAndImplants.includes(outcome.class));
  const twins = outcomes.filter(({ class: own }) => own === 'twin');
  const honest = outcomes.filter((outcome) => isHonest(outcome) && outcome.class !== 'twin');
  const hostile = outcomes.filter(isHostile);
  const flagged = count(
    outcomes.filter((outcome) => isHostile(outcome) || isHonest(outcome)),
    isFlagged,
  );
  const found = count(hostile, isFlagged);
  const graded = (these: readonly Outcome[], name: Outcome['assessment']): number =>
    count(these, ({ assessment }) => assessment === name);
  return {
    minersAndImplants: miners.length,
    minersAndImplantsDenied: count(miners, isDenied),
    honest: honest.length,
    honestMalicious: graded(honest, 'malicious'),
    honestSuspicious: graded(honest, 'suspicious'),
    honestUnexamined: count(honest, ({ assessment, decision }) => assessment === 'incomplete' && decision === 'deny'),
    twins: twins.length,
    twinsMalicious: graded(twins, 'malicious'),
    twinsSuspicious: graded(twins, 'suspicious'),
    precision: share(found, flagged),
    recall: share(found, hostile.length),
  };
};

export const figureLines = (outcomes: readonly Outcome[]): readonly string[] => {
  const figures = figuresOf(outcomes);
  const { minersAndImplants: all, minersAndImplantsDenied: denied } = figures;
  return [
    `miner and implant variants denied by the default policy: ${denied} of ${all} (${share(denied, all)}; the aim is 90 %)`,
    `honest images assessed malicious: ${figures.honestMalicious} of ${figures.honest} (the aim is none)`,
    `honest images assessed suspicious: ${figures.honestSuspicious} of ${figures.honest} (the aim is at most 1 of 40)`,
    `honest images denied because something was not examined: ${figures.honestUnexamined} of ${figures.honest}`,
    `honest twins assessed malicious: ${figures.twinsMalicious}, suspicious: ${figures.twinsSuspicious} of ${figures.twins}`,
    `malicious or suspicious against everything else: precision ${figures.precision}, recall ${figures.recall}`,
  ];
};

const foundInstead = ({ assessment, rules }: Outcome): string =>
  `${assessment}${rules.length > 0 ? `, by ${rules.join(', ')}` : ''}`;

/** A hostile image that is not denied, or whose fact is not named, or a column that does not do what it is to do. */
export const missLines = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes
    .filter((outcome) => isHostile(outcome) || outcome.class === 'clean')
    .flatMap((outcome) => {
      const problems: string[] = [];
      if (isHostile(outcome) && !isFlagged(outcome)) problems.push('not found');
      else if (minersAndImplants.includes(outcome.class) && !isDenied(outcome)) problems.push('not denied');
      if (isHostile(outcome) && isFlagged(outcome) && !outcome.named) problems.push('for another reason');
      const quiet = outcome.caught.filter((column) => column !== 'run-time' && !outcome.spoke.includes(column));
      if (quiet.length > 0) problems.push(`no word from ${quiet.join(', ')}`);
      const loud = outcome.silent.filter((column) => outcome.spoke.includes(column));
      if (loud.length > 0) problems.push(`speaks though nothing is there: ${loud.join(', ')}`);
      if (problems.length === 0) return [];
      return [`${outcome.id}: ${problems.join('; ')} (${outcome.fact}; ${foundInstead(outcome)})`];
    });

export const alarmLines = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes
    .filter((outcome) => isHonest(outcome) && outcome.assessment !== 'clean')
    .map((outcome) => `${outcome.id}: ${foundInstead(outcome)}: ${outcome.because}`);
