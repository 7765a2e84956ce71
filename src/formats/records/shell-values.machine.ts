/** What commands and expansions may ask of the evaluation that they are part of. */
import type { ActionKind, ActionOrigin } from './action.ts';
import type { Variables } from './shell-values.arithmetic.ts';
import type { EvaluationLimit } from './shell-values.meter.ts';
import type { ShellCommand, ShellList, WordPart } from './shell.tree.ts';
import type { Value } from './shell-values.value.ts';

/** `assumed`: a deed that scripts expect to succeed. `unknown`: a question that only the running system can answer. */
export type Status = 'true' | 'false' | 'assumed' | 'unknown';
export type Flow = 'next' | 'exit' | 'return' | 'break' | 'continue';

export interface Result {
  readonly status: Status;
  /** What it writes to its output. */
  readonly output: Value;
  readonly flow: Flow;
}

export const done: Result = { status: 'assumed', output: [''], flow: 'next' };
export const gives = (output: Value, status: Status = 'assumed'): Result => ({ status, output, flow: 'next' });
export const answers = (status: Status): Result => ({ status, output: [''], flow: 'next' });

/** What a path holds since the script touched it. */
export interface FileState {
  readonly content?: Value;
  readonly origins: readonly ActionOrigin[];
  /** The tool that it is a copy or a link of: `cp /usr/bin/curl /tmp/x`. */
  readonly copyOf?: string;
}

/** What a subshell gets a copy of. */
export interface ShellState {
  readonly variables: Map<string, Value>;
  readonly arrays: Map<string, readonly Value[]>;
  readonly functions: Map<string, ShellCommand>;
  /** undefined: nothing is known of them. */
  positional: readonly Value[] | undefined;
  directory: string;
}

export interface ActionDetails {
  readonly from?: string;
  readonly to?: string;
  readonly arguments?: readonly string[];
  readonly origins?: readonly ActionOrigin[];
  readonly text?: string;
  readonly givesShell?: boolean;
  readonly through?: readonly string[];
  readonly background?: boolean;
}

/** One command with its words expanded. */
export interface Call {
  /** As written. */
  readonly program: string;
  readonly args: readonly string[];
  /** What comes down a pipe, or from `<`, `<<`, `<<<`; undefined: the terminal's or nothing. */
  readonly input: Value | undefined;
  readonly through: readonly string[];
}

export interface TextOptions {
  /** In a shell of its own: what it assigns is lost behind it. */
  readonly own: boolean;
  readonly positional?: readonly Value[];
  readonly input?: Value;
  /** The file of the image that the text is: offsets are then its own. */
  readonly script?: string;
}

export interface Machine {
  /** What was not followed, and why. */
  readonly limitsMet: Set<EvaluationLimit>;
  readonly state: ShellState;
  readonly files: Map<string, FileState>;
  /** What `exec 3<…` opened. */
  readonly descriptors: ReadonlyMap<string, Value>;
  act(kind: ActionKind, what: string, details?: ActionDetails): void;
  /** A mark whose origin is remembered: whoever runs a text that holds it runs what came from there. */
  markFrom(why: string, origins: readonly ActionOrigin[]): string;
  originsOf(text: string): readonly ActionOrigin[];
  /** The text was made by undoing an encoding: whoever runs it runs what was hidden. */
  noteDecoded(text: string, encoding: string): void;
  /** A script found in a text, in this shell or in one of its own. */
  runText(
    text: string,
    options: { readonly own: boolean; readonly positional?: readonly Value[]; readonly input?: Value },
  ): Result;
  runCall(call: Call): Result;
  /** Content comes to lie at a path: remembered, and told as an action unless the path is no file. */
  write(name: string, content: Value, append: boolean): void;
  /** A file that the image holds. */
  readFile(path: string): string | undefined;
  /** Names in a folder of the image; empty where nothing is known of it. */
  listFolder(path: string): readonly string[];
  /** `$0`: the script that runs; undefined where it has no name. */
  readonly scriptName: string | undefined;
  /** The path from the script's folder, without `.` and `..`. */
  path(name: string): string;
  /** Runs the file as a program, following it where it is a script. */
  runFile(path: string, call: Call, options?: { readonly interpreter?: string; readonly here?: boolean }): Result;
  /** The next line of the input, known or a mark; undefined behind the last. */
  readLine(input: Value | undefined): string | undefined;
  /** Runs what may or may not happen. */
  maybe(run: () => Result): Result;
  /** Variables as arithmetic sees them. */
  readonly numbers: Variables;
  /** Steps of work. @throws {EvaluationEnded} once there are no more to spend. */
  spend(steps: number): void;
  /** Work that grows with a text's length. @throws {EvaluationEnded} */
  spendText(length: number): void;
  /** Holding a text against a pattern. @throws {EvaluationEnded} */
  spendMatch(pattern: string, text: string): void;
}

/** What expansion needs besides the machine: to run what stands in `$( )`. */
export interface Expander extends Machine {
  capture(list: ShellList): Value;
  /** The text of a script with the marks that were put into it put back. */
  thaw(text: string): string;
  processFile(direction: '<' | '>', list: ShellList): string;
}

/** What all actions of a stretch of script have in common. */
export interface Frame {
  readonly conditional: boolean;
  readonly background: boolean;
  readonly repeats: boolean;
  readonly script: string;
  /** Set while a text is read whose bytes are not the script's own. */
  readonly fixedOffset: number | undefined;
  readonly nesting: number;
}

/** What a pipe or a redirection gives, read line by line. */
export interface Input {
  readonly value: Value;
  at: number;
}

/** A file being followed, with what it was given: the same again would only say the same. */
export interface RunningFile {
  readonly path: string;
  readonly args: readonly string[];
  readonly variables: ReadonlyMap<string, Value>;
}

/** What walking over commands needs besides expansion. */
export interface Walker extends Expander {
  readonly frame: Frame;
  readonly numbers: Variables;
  state: ShellState;
  input: Input | undefined;
  /** What `exec 3<…` opened. */
  readonly descriptors: Map<string, Value>;
  /** Where in its script the current command begins. */
  offset: number;
  /** Files being followed, outermost first. */
  readonly running: RunningFile[];
  /** Functions being followed, and how often each. */
  readonly calling: Map<ShellCommand, number>;
  list(list: ShellList): Result;
  within<T>(changes: Partial<Frame>, run: () => T): T;
  apart<T>(run: () => T): T;
  /** One of several ways; open: or none of them. */
  either(ways: readonly (() => Result)[], isOpen: boolean): Result;
  /** One level deeper; undefined where that is too deep. */
  deeper<T>(run: () => T): T | undefined;
  /** A command of the tree: a function's body. */
  runBody(command: ShellCommand): Result;
  textOf(parts: readonly WordPart[]): Value;
  patternOf(parts: readonly WordPart[]): Value;
}

export type Handler = (call: Call, machine: Machine) => Result | undefined;
