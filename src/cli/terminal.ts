/** The person's side of the process: where to write, whether somebody is looking, colours, width. */
import { styleText } from 'node:util';
import { fileProblem } from '../app/file-problem.ts';
import { misuse } from '../core/fault.ts';
import { wrap } from '../report/wrap.ts';

export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Standard output shows to a person. */
  readonly isInteractive: boolean;
  /** Standard error shows to a person: progress is drawn there. */
  readonly showsProgress: boolean;
  readonly colour: boolean;
  /** Columns. */
  readonly width: number;
  /** @throws {Fault} misuse `OUTPUT_UNWRITABLE` */
  print(text: string): Promise<void>;
  /** To standard error. Never what an image says without `toPlainText`. */
  complain(text: string): void;
  readonly errorStream: NodeJS.WriteStream;
  /** Aborted by the first interrupt; the second ends the process at once. */
  readonly signal: AbortSignal;
}

export type Style = Parameters<typeof styleText>[0];

/** Colour only where it shows (https://no-color.org, and FORCE_COLOR as Node reads it). */
const wantsColour = (stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): boolean => {
  if (environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== '') return false;
  if (environment['FORCE_COLOR'] !== undefined) return environment['FORCE_COLOR'] !== '0';
  return stream.isTTY && environment['TERM'] !== 'dumb';
};

const defaultWidth = 100;

export const openTerminal = (): Terminal => {
  const interrupt = new AbortController();
  const onInterrupt = (name: NodeJS.Signals): void => {
    if (interrupt.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    interrupt.abort(new Error('interrupted'));
    process.exitCode = name === 'SIGINT' ? 130 : 143;
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  // `tidewaiter … | head` closes our output early: that is no error of ours. Of any other, `print` tells.
  process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  });
  // There is no place left to tell of it.
  process.stderr.on('error', () => undefined);
  return {
    environment: process.env,
    isInteractive: process.stdout.isTTY,
    showsProgress: process.stderr.isTTY && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
    colour: wantsColour(process.stdout, process.env),
    // A terminal may not know its size, as in containers: it then says 0.
    width: process.stdout.isTTY ? Math.max(40, Math.min(process.stdout.columns || defaultWidth, 140)) : defaultWidth,
    print: (text) =>
      new Promise((resolve, reject) => {
        process.stdout.write(text, (problem) => {
          if (problem) reject(misuse('OUTPUT_UNWRITABLE', `cannot write to standard output: ${fileProblem(problem)}`));
          else resolve();
        });
      }),
    complain: (text) => void process.stderr.write(`${text}\n`),
    errorStream: process.stderr,
    signal: interrupt.signal,
  };
};

/** A paragraph, broken at the terminal's width; what is broken off is set in by `hang`. */
export const paragraph = ({ width }: Pick<Terminal, 'width'>, text: string, indent = '', hang = indent): string =>
  wrap(text, width, indent, hang)
    .map((line) => `${line}\n`)
    .join('');

/** Styles for standard output when it shows colours. */
export const paint = (terminal: Terminal, style: Style, text: string): string =>
  terminal.colour ? styleText(style, text, { validateStream: false }) : text;
