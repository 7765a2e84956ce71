/** The interface of a command, and the options that the inspecting commands share. */
import { Option, type Command } from 'commander';
import { formats, settingsTable, type Format, type Setting, type Settings } from '../app/settings.ts';
import { misuse } from '../core/fault.ts';
import type { Terminal } from './terminal.ts';

/** A part of `cli/commands/`: one verb. What it needs beyond options is imported when it runs, so that starting stays quick. */
export interface CommandPart {
  readonly id: string;
  readonly about: string;
  /** Adds the verb to the program. Its action sets `process.exitCode`. */
  define(program: Command, terminal: Terminal): void;
}

const collect = (value: string, earlier: readonly string[] | undefined): readonly string[] => [
  ...(earlier ?? []),
  value,
];

/** What most commands write: only reports on images have the other formats. */
export const textOrJson: readonly Format[] = ['text', 'json'];

const toOption = (setting: Setting, written: readonly Format[] = formats): Option => {
  const flag = `${setting.short === undefined ? '' : `-${setting.short}, `}--${setting.flag}`;
  const about =
    setting.kind === 'number' && setting.default > 0 ? `${setting.about} (default: ${setting.default})` : setting.about;
  switch (setting.kind) {
    case 'switch':
      return new Option(flag, about);
    case 'choice':
      return new Option(`${flag} <WORD>`, `${about} (default: ${setting.default})`).choices(
        setting.name === 'format' ? written : setting.values,
      );
    case 'list':
      return new Option(`${flag} <${setting.placeholder}>`, about).argParser(collect);
    default:
      return new Option(`${flag} <${setting.placeholder}>`, about);
  }
};

const optionName = (setting: Setting): string => toOption(setting).attributeName();

/** A command may have an option of its own by the name of a setting that it does not take: `--fail-on incident` of replay. */
const takenBy = new WeakMap<Command, readonly (keyof Settings)[]>();

/** `written`: the formats in which the command can answer. */
export const addSettings = (
  command: Command,
  names: readonly (keyof Settings)[] | 'all',
  written: readonly Format[] = textOrJson,
): Command => {
  const taken = settingsTable.filter(({ name }) => names === 'all' || names.includes(name));
  for (const setting of taken) command.addOption(toOption(setting, written));
  takenBy.set(
    command,
    taken.map(({ name }) => name),
  );
  return command.option('--config <FILE>', 'configuration file (default: tidewaiter.yaml in the working directory)');
};

/** Elsewhere `-o json` chooses the format: here it would write text into a file of that name. */
const refuseFormatAsFile = (output: unknown): void => {
  const format = formats.find((word) => word === output);
  if (format !== undefined)
    throw misuse(
      'SETTING_INVALID',
      `--output names a file; --format ${format} chooses the format (for a file of that name write --output ./${format})`,
    );
};

/**
 * Flags as given, files and variables → Settings. `defaults`: where this command's own differ.
 * @throws {Fault} misuse
 */
export const readSettings = async (
  command: Command,
  terminal: Terminal,
  defaults: Partial<Settings> = {},
): Promise<Settings> => {
  const { readConfigurationFile } = await import('../app/configuration-file.ts');
  const { resolveSettings } = await import('../app/settings.ts');
  const given = command.opts<Record<string, unknown>>();
  const flags: Partial<Record<keyof Settings, unknown>> = {};
  for (const setting of settingsTable) {
    const name = optionName(setting);
    if (takenBy.get(command)?.includes(setting.name) === true && command.getOptionValueSource(name) === 'cli')
      flags[setting.name] = given[name];
  }
  refuseFormatAsFile(flags.output);
  const asked = (given['config'] as string | undefined) ?? terminal.environment['TIDEWAITER_CONFIG'];
  const file = await readConfigurationFile(asked);
  const { output, ...settings } = resolveSettings({
    flags,
    environment: terminal.environment,
    file: file.content,
    fileName: file.name,
    defaults,
  });
  return output === undefined || output === '-' ? settings : { ...settings, output };
};
