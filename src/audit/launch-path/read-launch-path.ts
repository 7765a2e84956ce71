/** An image's config and the scripts that it names → everything that starts by itself, in the order in which it does. */
import type { ImageConfig } from '../../core/image.ts';
import { baseName } from '../../core/path.ts';
import type { Action } from '../../formats/records/action.ts';
import { parseShell } from '../../formats/records/shell.ts';
import {
  defaultLimits,
  evaluateCommand,
  evaluateShell,
  type ShellActions,
  type ShellSurroundings,
} from '../../formats/records/shell-values.ts';
import { findModules } from './find-modules.ts';
import { findScheduled } from './find-scheduled.ts';
import { findServices } from './find-services.ts';
import { onBuildScript } from './on-build-script.ts';
import type { LaunchFiles, LaunchPart, NamedCommand } from './launch-part.ts';

/** Services and timers, all together. */
const maximumParts = 300;
/** Of all parts together: what three scripts without end may cost. */
const maximumSteps = 3 * defaultLimits.steps;

const shown = (command: string | readonly string[]): string =>
  typeof command === 'string' ? command : command.slice(0, 100).join(' ');

const surroundingsOf = (config: ImageConfig, files: LaunchFiles, left: number): ShellSurroundings => ({
  environment: config.environment,
  workingDirectory: config.workingDirectory,
  readFile: (path) => files.readFile(path),
  listFolder: (path) => files.listFolder(path),
  limits: { steps: Math.max(0, Math.min(defaultLimits.steps, left)) },
});

const evaluate = (command: string | readonly string[], surroundings: ShellSurroundings): ShellActions =>
  typeof command === 'string'
    ? evaluateShell(parseShell(Buffer.from(command, 'utf8'), { dialect: 'bash' }), { ...surroundings, arguments: [] })
    : evaluateCommand(command, surroundings);

/** A command line runs in the shell that the image names, `/bin/sh -c` unless it says otherwise. */
const inShell = (text: string, { shell }: ImageConfig): string | readonly string[] =>
  shell.length === 0 ? text : [...shell, text];

const healthCheck = (config: ImageConfig): string | readonly string[] | undefined => {
  const [form, ...rest] = config.healthcheck;
  if (form === 'CMD') return rest;
  return form === 'CMD-SHELL' ? inShell(rest.join(' '), config) : undefined;
};

/** Files that a shell reads before anything else, because the environment or its arguments say so. */
const shellStartFiles = (config: ImageConfig): readonly string[] => {
  const variable = (name: string): readonly string[] =>
    config.environment.filter((entry) => entry.startsWith(`${name}=`)).map((entry) => entry.slice(name.length + 1));
  const words = [...config.entrypoint, ...config.command];
  const program = baseName(words[0] ?? '');
  const isShell = /^(?:ba|da|a|z|k)?sh$/.test(program);
  const asksForLogin = isShell && words.slice(1).some((word) => /^-[a-z]*l|^--login$/.test(word));
  const isInteractive = isShell && (words.length === 1 || words.slice(1).some((word) => /^-[a-z]*i/.test(word)));
  const home = variable('HOME')[0] ?? '/root';
  return [
    ...(program === 'bash' && !isInteractive ? variable('BASH_ENV') : []),
    ...(isShell && isInteractive ? variable('ENV') : []),
    ...(asksForLogin ? ['/etc/profile', `${home}/.bash_profile`, `${home}/.profile`] : []),
    ...(isInteractive && program === 'bash' ? ['/etc/bash.bashrc', `${home}/.bashrc`] : []),
    ...(isInteractive && /^(?:a|z)sh$/.test(program) ? [`${home}/.${program}rc`] : []),
  ];
};

/**
 * `more`: what starts besides the config's own command. RUN history is no part of it: what a build did is done. Total and bounded; what could not be followed is named in `limitsMet`.
 */
export const readLaunchPath = (
  config: ImageConfig,
  files: LaunchFiles,
  more: readonly NamedCommand[] = [],
): readonly LaunchPart[] => {
  const parts: LaunchPart[] = [];
  let left = maximumSteps;
  const read = ({ trigger, named, command }: NamedCommand, isConfig: boolean): void => {
    if (parts.length >= maximumParts) return;
    // The last one says that there were more.
    const isLast = parts.length === maximumParts - 1;
    const { actions, limitsMet, steps } = evaluate(command, surroundingsOf(config, files, isLast ? 0 : left));
    left -= steps;
    parts.push({ trigger, named, command: shown(command), isConfig, actions, limitsMet });
  };
  for (const path of shellStartFiles(config))
    if (files.locate(path) !== undefined) read({ trigger: 'shell-start', named: path, command: `. '${path}'` }, false);
  const start = [...config.entrypoint, ...config.command];
  const field = config.entrypoint.length > 0 ? 'Entrypoint' : 'Cmd';
  if (start.length > 0) read({ trigger: 'start', named: field, command: start }, true);
  for (const assumed of more) read(assumed, false);
  const started = parts.flatMap(({ actions }): readonly Action[] => actions);
  const assumedInit = more.some(({ named }) => named === '/sbin/init');
  for (const service of findServices(assumedInit ? ['/sbin/init'] : start, started, files, config.workingDirectory))
    read(service, false);
  let modulesLeft = defaultLimits.steps;
  for (const { path, interpreter } of findModules(
    parts.flatMap(({ actions }): readonly Action[] => actions),
    files,
    config,
  )) {
    if (parts.length >= maximumParts - 1 || modulesLeft <= 0) break;
    const { actions, steps } = evaluate([interpreter, path], surroundingsOf(config, files, modulesLeft));
    modulesLeft -= steps;
    // What is loaded is looked at as far as it goes: where it is not followed to its end, nothing is hidden that was to be seen.
    parts.push({ trigger: 'start', named: path, command: path, isConfig: false, actions, limitsMet: [] });
  }
  const check = healthCheck(config);
  if (check !== undefined) read({ trigger: 'health-check', named: 'Healthcheck', command: check }, true);
  const onBuild = onBuildScript(config);
  if (onBuild !== '') read({ trigger: 'build-on-top', named: 'OnBuild', command: onBuild }, true);
  const all = parts.flatMap(({ actions }): readonly Action[] => actions);
  for (const scheduled of findScheduled(all, files)) read(scheduled, false);
  return parts;
};
