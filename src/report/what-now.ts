/** What the reader of a report is to do first: about the image as a whole, before any finding's own advice. */
import type { Verdict } from '../core/verdict.ts';
import type { RenderOptions } from './renderer.ts';

/** Why an image could not be had, where that is all that there is to say. */
export const onlyGapCode = ({ dossier: { findings, gaps } }: Verdict): string | undefined => {
  const codes = new Set(gaps.map(({ code }) => code));
  return findings.length === 0 && codes.size === 1 ? gaps[0]?.code : undefined;
};

/** Nothing where the image may run, or where something else than its content decided. */
export const whatNow = (verdict: Verdict, { adviceOn }: Pick<RenderOptions, 'adviceOn'>): string | undefined => {
  const { assessment, decision } = verdict;
  if (decision === 'allow' || assessment === 'clean') return undefined;
  const code = assessment === 'incomplete' ? onlyGapCode(verdict) : undefined;
  return (code === undefined ? undefined : adviceOn?.(code)) ?? adviceOn?.(assessment);
};
