/** The program: its verbs from the shelf, its help, and the one place where failures become an exit status. */
import { Command, CommanderError } from 'commander';
import { isFault } from '../core/fault.ts';
import { commands } from './commands/index.ts';
import { complaintOf } from './complaint.ts';
import { guessAt } from './guesses.ts';
import { namedAs, programName } from './program-name.ts';
import { programVersion } from './program-version.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const exitMisuse = 2;
const exitUndecided = 3;

/** Verbs of verbs too: misuse must come back to `report`, not end the process. */
const prepare = (command: Command): void => {
  command.exitOverride();
  for (const inner of command.commands) prepare(inner);
};

const openProgram = (terminal: Terminal): Command => {
  const program = new Command('tidewaiter')
    .description('Boards every image before it runs: says what is inside, who should worry, and what it could not see.')
    .version(programVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureOutput({
      writeOut: (text) => void process.stdout.write(namedAs(programName(), text)),
      outputError: (complaint, write) => {
        const guess = guessAt(complaint);
        write(guess === undefined ? complaint : `${complaint.split('\n', 1)[0] ?? ''}\n(Here: ${guess})\n`);
      },
    })
    .showHelpAfterError('(--help shows what there is)')
    .configureHelp({ helpWidth: terminal.width, sortSubcommands: false })
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit status: 0 allowed, 1 denied, 2 misuse, 3 could not decide.

Examples:
  tidewaiter demo                              judge five inert images made on the spot
  tidewaiter scan nginx:1.27                   judge an image in a registry
  tidewaiter scan docker-archive:app.tar       judge what "docker save" wrote
  tidewaiter diff app:1.4 app:1.5              what an upgrade changes in risk
  tidewaiter explain LAYER_TRUNCATED           what a word in a report means`,
    );
  for (const command of commands) command.define(program, terminal);
  program.command('version', { hidden: true }).action(() => terminal.print(`${programVersion()}\n`));
  for (const command of program.commands) prepare(command);
  return program;
};

/** Exit status of what went wrong; says why on standard error. A bug is loud: its stack is what we need to see. */
const report = (thrown: unknown, terminal: Terminal): number => {
  // What went wrong first, not what then went wrong while tidying up.
  if (thrown instanceof SuppressedError) return report(thrown.suppressed, terminal);
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitMisuse;
  if (terminal.signal.aborted) {
    terminal.complain('tidewaiter: interrupted');
    return Number(process.exitCode ?? exitUndecided);
  }
  if (isFault(thrown)) {
    terminal.complain(complaintOf(thrown));
    return thrown.kind === 'misuse' ? exitMisuse : exitUndecided;
  }
  terminal.complain(
    `tidewaiter: this is a bug, please report it: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
  );
  return exitUndecided;
};

export const runProgram = async (words: readonly string[]): Promise<void> => {
  const terminal = openTerminal();
  const program = openProgram(terminal);
  try {
    if (words.length <= 2) {
      program.outputHelp();
      return;
    }
    await program.parseAsync([...words]);
  } catch (thrown) {
    process.exitCode = report(thrown, terminal);
  }
};
