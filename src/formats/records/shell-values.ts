/** A shell script's syntax tree → what it would do, in order, as far as that can be known without running it. */
import type { Action } from './action.ts';
import { Evaluation } from './shell-values.evaluation.ts';
import type { ShellState } from './shell-values.machine.ts';
import type { EvaluationLimit, EvaluationLimits } from './shell-values.meter.ts';
import { fromReadable } from './shell-values.value.ts';
import type { ShellScript } from './shell.tree.ts';

export type { Action, ActionKind, ActionOrigin } from './action.ts';

export interface ShellSurroundings {
  /** `NAME=value`, as an image's config holds them. */
  readonly environment?: readonly string[];
  /** The script's arguments; undefined: nothing is known of them. */
  readonly arguments?: readonly string[];
  readonly workingDirectory?: string;
  /** The script's own path, for actions to name. */
  readonly script?: string;
  /** A file of the image by its absolute path, where it is there and small enough to be a script. */
  readonly readFile?: (path: string) => Uint8Array | undefined;
  /** Names in a folder of the image: file name patterns are then matched against them. */
  readonly listFolder?: (path: string) => readonly string[];
  readonly limits?: Partial<EvaluationLimits>;
}

export interface ShellActions {
  readonly actions: readonly Action[];
  /** What was not followed to its end. Empty when everything was. */
  readonly limitsMet: readonly EvaluationLimit[];
  /** Work done, for whoever has many scripts to follow. */
  readonly steps: number;
}

/** Honest start scripts take some thousands of steps and a few hundred actions. */
export const defaultLimits: EvaluationLimits = { steps: 1_000_000, actions: 4000, actionBytes: 4 * 2 ** 20, depth: 24 };

/** Of a command that is given as words: far more than anybody writes. */
const maximumArguments = 4096;

const toState = (surroundings: ShellSurroundings): ShellState => {
  const variables = new Map<string, readonly string[]>();
  for (const entry of surroundings.environment ?? []) {
    const at = entry.indexOf('=');
    if (at > 0) variables.set(entry.slice(0, at), [fromReadable(entry.slice(at + 1))]);
  }
  return {
    variables,
    arrays: new Map(),
    functions: new Map(),
    positional: surroundings.arguments?.map((text) => [fromReadable(text)]),
    directory:
      surroundings.workingDirectory === undefined || surroundings.workingDirectory === ''
        ? '/'
        : surroundings.workingDirectory,
  };
};

const openEvaluation = (surroundings: ShellSurroundings): Evaluation =>
  new Evaluation(
    toState(surroundings),
    {
      readFile: surroundings.readFile ?? (() => undefined),
      listFolder: surroundings.listFolder ?? (() => []),
      limits: { ...defaultLimits, ...surroundings.limits },
    },
    surroundings.script ?? '',
  );

const resultOf = (evaluation: Evaluation): ShellActions => ({
  actions: evaluation.actions,
  limitsMet: [...evaluation.limitsMet].sort(),
  steps: evaluation.surroundings.limits.steps - Math.max(0, evaluation.left),
});

/**
 * Bounded in work, in depth and in what it gives, whatever the script; it never throws for what a script holds. Both ways of a
 * condition are walked unless it is known; loops run while that is known, and once more where it is not.
 */
export const evaluateShell = (script: ShellScript, surroundings: ShellSurroundings = {}): ShellActions => {
  const evaluation = openEvaluation(surroundings);
  evaluation.noteRemarks(script.remarks);
  evaluation.follow(() => evaluation.list(script.list));
  return resultOf(evaluation);
};

/** The same for a program with its arguments, as an image's config names them: no shell reads it first. */
export const evaluateCommand = (words: readonly string[], surroundings: ShellSurroundings = {}): ShellActions => {
  const evaluation = openEvaluation(surroundings);
  if (words.length > maximumArguments) evaluation.limitsMet.add('steps');
  const [program, ...args] = words.slice(0, maximumArguments).map(fromReadable);
  if (program !== undefined)
    evaluation.follow(() => evaluation.runCall({ program, args, input: undefined, through: [] }));
  return resultOf(evaluation);
};
