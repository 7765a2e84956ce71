/** A Verdict → the lookup from a finding or gap to the exception that covers it. */
import type { Excepted, Verdict } from '../core/verdict.ts';

export const exceptionsOf = ({
  excepted = [],
}: Verdict): ((kind: Excepted['kind'], position: number) => Excepted | undefined) => {
  const byPlace = new Map(excepted.map((one) => [`${one.kind} ${one.position}`, one]));
  return (kind, position) => byPlace.get(`${kind} ${position}`);
};
