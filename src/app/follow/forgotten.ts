/** What bounds made the second flow leave out: for the summary of a replay, and told now and then while it runs live. */
import type { Gap } from '../../core/gap.ts';
import type { DetectorFigures } from '../../detect/detector.ts';
import type { IncidentFigures } from '../../detect/incidents/incidents.ts';

interface Figures {
  readonly detector: DetectorFigures;
  readonly join: IncidentFigures;
}

/** By what was left out: above zero, something may have been missed. */
export const forgottenOf = ({ detector, join }: Figures): Readonly<Record<string, number>> => {
  // Events that come again are none that were missed; and the same chain is looked for by image, by container and by pod,
  // so that most events lack a value for one of them.
  const { doubled: _again, ungrouped: _none, ...correlations } = detector.dropped;
  // Steps that an incident has too many of are counted in it.
  const { moments: _counted, ...joins } = join.dropped;
  const all = {
    ...Object.fromEntries(Object.entries(correlations).map(([name, count]) => [`correlation-${name}`, count])),
    ...joins,
    'too-deep': detector.tooDeep,
  };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
};

/** Tells of each count when it is no longer zero, and then each time that it is ten times as high: a flood is no flood of gaps. */
export class ForgottenTelling {
  readonly #next = new Map<string, number>();

  tell(figures: Figures): readonly Gap[] {
    const forgotten = Object.entries(forgottenOf(figures));
    let isNews = false;
    for (const [name, count] of forgotten) {
      let next = this.#next.get(name) ?? 1;
      if (count < next) continue;
      isNews = true;
      while (next <= count) next *= 10;
      this.#next.set(name, next);
    }
    if (!isNews) return [];
    const counts = forgotten.map(([name, count]) => `${name} ${count}`).join(', ');
    return [
      {
        where: 'events',
        code: 'EVENTS_FORGOTTEN',
        reason: `left out since the start, to stay within bounds: ${counts}`,
        bytes: 0,
        kind: 'limit',
      },
    ];
  }
}
