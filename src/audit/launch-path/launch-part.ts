/** What starts by itself in a container, and what each of these would do: the words that the launch path is told in. */
import type { Action } from '../../formats/records/action.ts';
import type { EvaluationLimit } from '../../formats/records/shell-values.meter.ts';

/**
 * - `start`: ENTRYPOINT and CMD.
 * - `health-check`: runs every few seconds while the container does.
 * - `build-on-top`: ONBUILD, runs where somebody builds on this image.
 * - `service`: what an init system starts that the start command names.
 * - `schedule`: what a cron starts that the launch path starts or fills.
 * - `shell-start`: files that a shell reads because the start command makes it.
 */
export type LaunchTrigger = 'start' | 'health-check' | 'build-on-top' | 'service' | 'schedule' | 'shell-start';

export interface LaunchPart {
  readonly trigger: LaunchTrigger;
  /** The field of the config, or the absolute path of the file that says so. */
  readonly named: string;
  /** The command as it stands there. */
  readonly command: string;
  /** True where `named` is a field of the config. */
  readonly isConfig: boolean;
  readonly actions: readonly Action[];
  /** What was not followed to its end. */
  readonly limitsMet: readonly EvaluationLimit[];
}

export interface NamedCommand {
  readonly trigger: LaunchTrigger;
  readonly named: string;
  /** A text for a shell, or a program with its arguments. */
  readonly command: string | readonly string[];
}

/** The final tree of an image, as far as the launch path needs it. Paths are absolute; links inside the image are followed. */
export interface LaunchFiles {
  /** undefined: not there, no file, or nothing that was kept. */
  readFile(path: string): Uint8Array | undefined;
  /** Names in a folder, sorted; empty when there is none. */
  listFolder(path: string): readonly string[];
  /** The path, as in the inventory, of the file that a path leads to; undefined where there is none. */
  locate(path: string): string | undefined;
}
