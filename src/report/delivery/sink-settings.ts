/** What a configuration says of one sink → its settings; what is unknown, missing or of another kind is refused with the reason. */
import { readFileSync } from 'node:fs';
import { misuse } from '../../core/fault.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { didYouMean } from '../../core/nearest.ts';
import type { Sink, SinkSetting, SinkSettings } from '../../core/sink.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Value = string | number | boolean;

const refused = (sink: Sink, name: string, problem: string) =>
  misuse('SINK_SETTING_INVALID', `the setting ${name} of the sink ${sink.id} ${problem}`);

const longestSecret = 16 * 1024;

const readSecretFile = (sink: Sink, name: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8')
      .slice(0, longestSecret)
      .replace(/\r?\n$/, '');
  } catch (thrown) {
    throw refused(
      sink,
      name,
      `names a file that cannot be read (${(thrown as NodeJS.ErrnoException).code ?? 'no file'})`,
    );
  }
};

/** The value itself never goes into a message. */
const readSecret = (sink: Sink, name: string, given: unknown, environment: Environment): string => {
  const { variable, file } = (typeof given === 'object' ? (given ?? {}) : {}) as Record<string, unknown>;
  const secret =
    typeof given === 'string'
      ? given
      : typeof variable === 'string'
        ? environment[variable]
        : typeof file === 'string'
          ? readSecretFile(sink, name, file)
          : undefined;
  if (typeof variable === 'string' && (secret === undefined || secret === ''))
    throw refused(sink, name, `is to come from the variable ${toPlainText(variable, 100)}, which is not set`);
  if (secret === undefined || secret === '')
    throw refused(sink, name, 'is a text that is not empty, or { variable: NAME }, or { file: PATH }');
  // A secret goes into headers: a line end in it would write another one.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(secret)) throw refused(sink, name, 'holds control characters');
  return secret;
};

/** What else the value should be; undefined when it is right. */
const problemOf = (setting: SinkSetting, given: unknown): string | undefined => {
  const { kind } = setting;
  if (kind === 'choice')
    return setting.values.some((value) => value === given) ? undefined : `is one of ${setting.values.join(', ')}`;
  if (kind === 'number')
    return typeof given === 'number' && given >= setting.minimum && given <= setting.maximum
      ? undefined
      : `is a number from ${setting.minimum} to ${setting.maximum}`;
  if (kind === 'switch') return typeof given === 'boolean' ? undefined : 'is true or false';
  return typeof given === 'string' && given !== '' ? undefined : 'is a text that is not empty';
};

const readSetting = (sink: Sink, setting: SinkSetting, given: unknown, environment: Environment): Value => {
  if (setting.kind === 'secret') return readSecret(sink, setting.name, given, environment);
  const problem = problemOf(setting, given);
  if (problem !== undefined) throw refused(sink, setting.name, problem);
  return given as Value;
};

/** @throws {Fault} misuse `SINK_SETTING_INVALID` */
export const readSinkSettings = (
  sink: Sink,
  given: Readonly<Record<string, unknown>>,
  environment: Environment,
): SinkSettings => {
  const values = new Map<string, Value>();
  const names = sink.settings.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw refused(sink, toPlainText(name, 100), `is not known${didYouMean(name, names)}`);
  }
  for (const setting of sink.settings) {
    const { name } = setting;
    if (Object.hasOwn(given, name)) values.set(name, readSetting(sink, setting, given[name], environment));
    else if ('default' in setting && setting.default !== undefined) values.set(name, setting.default);
    else if ('required' in setting) throw refused(sink, name, `is missing: ${setting.about}`);
  }
  const valueOf = (name: string): Value => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`the sink ${sink.id} has no setting ${name}`);
    return value;
  };
  return {
    text: (name) => (values.has(name) ? String(valueOf(name)) : undefined),
    number: (name) => Number(valueOf(name)),
    flag: (name) => valueOf(name) === true,
  };
};
