/** One thing that a launch path must not do, and how it is recognised among the actions. */
import type { Confidence, Intent, Severity } from '../../core/finding.ts';
import type { Action } from '../../formats/records/action.ts';

/** How sure an action is a trait, and how grave where that differs from the trait's own. */
export interface LaunchMatch {
  readonly confidence: Confidence;
  readonly severity?: Severity;
}

export interface LaunchTrait {
  /** Second half of the rule id. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly intent: Intent;
  readonly techniques: readonly string[];
  readonly advice: string;
  /** Another analyzer reads the config's own command for it: only what that starts in turn counts. */
  readonly beyondConfig?: true;
  /** How sure this action is it, or undefined. `all`: every action of the same part, for what takes two. */
  match(action: Action, all: readonly Action[]): LaunchMatch | Confidence | undefined;
}

/** What hangs on a condition, or on a value that only the one who starts it knows, says less. */
export const confidenceOf = ({ conditional, certainty }: Action): Confidence =>
  certainty === 'unknown' ? 'low' : conditional || certainty === 'partial' ? 'medium' : 'high';
