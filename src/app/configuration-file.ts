/** `tidewaiter.yaml` → its keys and values, unchecked. */
import { readFile } from 'node:fs/promises';
import { misuse } from '../core/fault.ts';
import { fileProblem } from './file-problem.ts';

export interface ConfigurationFile {
  /** '' when there is none. */
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
}

const isMissing = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Reads the file that was asked for, or `tidewaiter.yaml` in the working directory when there is one.
 * @throws {Fault} misuse `CONFIGURATION_INVALID` for a file that was asked for and is missing, or that is no YAML mapping
 */
export const readConfigurationFile = async (asked: string | undefined): Promise<ConfigurationFile> => {
  const name = asked ?? 'tidewaiter.yaml';
  let text: string;
  try {
    text = await readFile(name, 'utf8');
  } catch (thrown) {
    if (asked === undefined && isMissing(thrown)) return { name: '', content: {} };
    throw misuse('CONFIGURATION_INVALID', `cannot read the configuration file ${name}: ${fileProblem(thrown)}`);
  }
  // Most people have none: starts are quicker without.
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { uniqueKeys: true });
  const [problem] = document.errors;
  if (problem !== undefined)
    throw misuse('CONFIGURATION_INVALID', `${name}: ${problem.message.split('\n')[0] ?? 'not YAML'}`);
  const content: unknown = document.toJS({ maxAliasCount: 0 });
  if (content === null || content === undefined) return { name, content: {} };
  if (typeof content !== 'object' || Array.isArray(content))
    throw misuse('CONFIGURATION_INVALID', `${name}: a mapping of settings is needed, for example "fail-on: warn"`);
  return { name, content: content as Readonly<Record<string, unknown>> };
};
