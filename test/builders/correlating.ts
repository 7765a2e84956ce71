/** Stories of events and the correlations that should tell them, in a few words. */
import type { Event } from '../../src/core/event.ts';
import type { DetectorLimits } from '../../src/detect/correlation/state.ts';
import { correlationOf, detectorOf, eventOf, namedRule, toldBy } from './detecting.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `kind` is the rule that matches; the id is its number. */
export const events = (...given: readonly (readonly [at: number, kind: string, fields?: Fields])[]): readonly Event[] =>
  given.map(([at, kind, fields], number) => eventOf({ kind, u: 'x', ...fields }, at * 1000, String(number + 1)));

export const told = (
  documents: readonly string[],
  given: readonly Event[],
  limits: Partial<DetectorLimits> = {},
): readonly string[] => {
  const detector = detectorOf(documents, limits);
  return toldBy(given.flatMap((event) => detector.push(event)));
};

export const rules = ['a', 'b', 'c'].map(namedRule);

export const correlation = (
  type: string,
  condition: string,
  more = 'rules: [a]\ngroup-by: [u]\ntimespan: 10s',
): readonly string[] => [
  ...rules,
  correlationOf(
    'C',
    `type: ${type}\n${more}\n${condition === '' ? '' : `condition:\n${condition.replaceAll(/^/gm, '  ')}`}`,
  ),
];
