/** Verdicts → the exit status of the program: 0 allowed, 1 denied, 3 could not be decided. (2 is misuse, which has no verdict.) */
import type { Verdict } from '../core/verdict.ts';

export type FailOn = 'deny' | 'warn' | 'never';
export type ExitStatus = 0 | 1 | 2 | 3;

/** Of several: misuse first, then a denial, then what could not be decided. None at all is not a success. */
export const worstStatus = (statuses: readonly ExitStatus[]): ExitStatus =>
  ([2, 1, 3, 0] as const).find((status) => statuses.includes(status)) ?? 3;

/** `warn` fails on warnings too; `never` reports only, whatever was decided. */
export const exitStatus = (verdicts: readonly Verdict[], failOn: FailOn): ExitStatus =>
  worstStatus(
    verdicts.map(({ assessment, decision, untrusted }) => {
      const fails = failOn !== 'never' && (decision === 'deny' || (failOn === 'warn' && decision === 'warn'));
      if (!fails) return 0;
      // What is denied for want of a signature stays so, however much else could not be read.
      return assessment === 'incomplete' && untrusted !== 'deny' ? 3 : 1;
    }),
  );
