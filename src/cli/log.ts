/** The Log that a command writes for people: warnings always but with --quiet, the rest with --verbose. */
import type { Log, LogFields } from '../core/context.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { Terminal } from './terminal.ts';

const formatFields = (fields: LogFields | undefined): string =>
  Object.entries(fields ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${toPlainText(String(value), 400)}`)
    .join('');

export const openLog = (terminal: Terminal, options: { readonly quiet: boolean; readonly verbose: boolean }): Log => ({
  debug(message, fields) {
    if (options.verbose && !options.quiet) terminal.complain(`debug: ${toPlainText(message)}${formatFields(fields)}`);
  },
  warn(message, fields) {
    if (!options.quiet) terminal.complain(`warning: ${toPlainText(message)}${formatFields(fields)}`);
  },
});
