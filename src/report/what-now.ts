/** What the reader of a report is to do first: about the image as a whole, before any finding's own advice. */
import type { Verdict } from '../core/verdict.ts';
import type { RenderOptions } from './renderer.ts';

/** Nothing where the image may run, or where something else than its content decided. */
export const whatNow = (
  { assessment, decision }: Pick<Verdict, 'assessment' | 'decision'>,
  { adviceOn }: Pick<RenderOptions, 'adviceOn'>,
): string | undefined => (decision === 'allow' || assessment === 'clean' ? undefined : adviceOn?.(assessment));
