/** The walk over a script's tree: which commands run, in which order, with what, and what hangs on what cannot be known. */
import { followCommand } from './shell-values.calls.ts';
import { negated } from './shell-values.condition.ts';
import { runCommand } from './shell-values.control.ts';
import { expandPattern, expandText, variablesOf } from './shell-values.expansion.ts';
import {
  type Call,
  done,
  type Flow,
  type Frame,
  type Input,
  type Result,
  type RunningFile,
  type ShellState,
  type TextOptions,
  type Walker,
} from './shell-values.machine.ts';
import { EvaluationEnded } from './shell-values.meter.ts';
import { runProgramFile } from './shell-values.programs.ts';
import { ScriptFiles } from './shell-values.script-files.ts';
import { copyState, joinStates, sizeOf } from './shell-values.state.ts';
import { isKnown, isUnknown, joinValues, lengthOf, mark, type Value } from './shell-values.value.ts';
import { parseShell } from './shell.ts';
import type { ListItem, Pipeline, ShellCommand, ShellList, ShellRemark, WordPart } from './shell.tree.ts';

/** Bytes of a script, without its comments, that are read for one step. */
const parsedForAStep = 8;

/** Lists within lists, through functions and texts: what our own stack must bear. */
const maximumNesting = 220;

export class Evaluation extends ScriptFiles implements Walker {
  input: Input | undefined;
  depth = 0;
  readonly running: RunningFile[] = [];
  readonly calling = new Map<ShellCommand, number>();
  readonly descriptors = new Map<string, Value>();
  readonly #trees = new Map<string, ShellList>();
  #nesting = 0;
  #processes = 0;

  get numbers(): ReturnType<typeof variablesOf> {
    return variablesOf(this);
  }

  textOf(parts: readonly WordPart[]): Value {
    return expandText(parts, this);
  }

  patternOf(parts: readonly WordPart[]): Value {
    return expandPattern(parts, this);
  }

  deeper<T>(run: () => T): T | undefined {
    if (this.depth >= this.surroundings.limits.depth) {
      this.limitsMet.add('depth');
      return undefined;
    }
    this.depth += 1;
    try {
      return run();
    } finally {
      this.depth -= 1;
    }
  }

  get scriptName(): string | undefined {
    return this.running.at(-1)?.path ?? (this.frame.script === '' ? undefined : this.frame.script);
  }

  readLine(input: Value | undefined): string | undefined {
    const source = input === undefined ? this.input : { value: input, at: 0 };
    if (source === undefined) return mark('a line of the input');
    const [text = ''] = source.value;
    if (!isKnown(text) || source.value.length > 1) return this.markFrom(`a line of ${text}`, this.originsOf(text));
    if (source.at >= text.length) return undefined;
    const end = text.indexOf('\n', source.at);
    const line = text.slice(source.at, end < 0 ? text.length : end);
    source.at = end < 0 ? text.length : end + 1;
    return line;
  }

  /** Runs with parts of the frame changed. */
  within<T>(changes: Partial<Frame>, run: () => T): T {
    const before = this.frame;
    this.frame = { ...before, ...changes };
    try {
      return run();
    } finally {
      this.frame = before;
    }
  }

  /** A subshell: what it assigns stays in it. */
  apart<T>(run: () => T): T {
    const before = this.state;
    this.spend(1 + sizeOf(before) / 4);
    this.state = copyState(before);
    try {
      return run();
    } finally {
      this.state = before;
    }
  }

  maybe(run: () => Result): Result {
    const before = this.state;
    this.spend(1 + sizeOf(before) / 4);
    this.state = copyState(before);
    const result = this.within({ conditional: true }, run);
    this.state = result.flow === 'next' ? joinStates(before, this.state) : before;
    return { ...result, flow: 'next' };
  }

  /** One of several ways; `undefined` stands for none of them. */
  either(ways: readonly (() => Result)[], isOpen: boolean): Result {
    const before = this.state;
    const ends: ShellState[] = isOpen ? [before] : [];
    const outputs: Value[] = [];
    const flows: Flow[] = [];
    for (const way of ways) {
      this.spend(1 + sizeOf(before) / 4);
      this.state = copyState(before);
      const result = this.within({ conditional: true }, way);
      outputs.push(result.output);
      if (result.flow === 'next') ends.push(this.state);
      else flows.push(result.flow);
    }
    this.state = ends.length === 0 ? before : ends.reduce(joinStates);
    const output = [...new Set(outputs.flat())];
    return {
      status: 'unknown',
      output: output.length <= 4 ? (output.length === 0 ? [''] : output) : [mark('one of several texts')],
      flow: ends.length === 0 ? (flows[0] ?? 'next') : 'next',
    };
  }

  capture(list: ShellList): Value {
    return this.apart(() => this.list(list)).output;
  }

  processFile(direction: '<' | '>', list: ShellList): string {
    const path = `/dev/fd/${63 - (this.#processes % 50)}`;
    this.#processes += 1;
    if (direction === '>') {
      this.apart(() => this.list(list));
      return path;
    }
    const content = this.capture(list);
    this.files.set(path, { content, origins: content.flatMap((text) => this.originsOf(text)) });
    return path;
  }

  list(list: ShellList): Result {
    if (this.#nesting >= maximumNesting) {
      this.limitsMet.add('depth');
      return done;
    }
    this.#nesting += 1;
    try {
      return this.#items(list);
    } finally {
      this.#nesting -= 1;
    }
  }

  #items(list: ShellList): Result {
    let output: Value = [''];
    let last: Result = done;
    for (const item of list) {
      this.spend(1);
      last = item.background
        ? this.within({ background: true }, () => this.apart(() => this.item(item)))
        : this.item(item);
      output = this.#joined(output, last.output);
      if (item.background) last = { ...last, flow: 'next', status: 'assumed' };
      if (last.flow !== 'next') break;
    }
    return { ...last, output };
  }

  /** Several possible texts are each written anew. */
  #joined(output: Value, more: Value): Value {
    if (output.length > 1 || more.length > 1)
      this.spendText(lengthOf(output) * more.length + lengthOf(more) * output.length);
    return joinValues(output, more);
  }

  item({ first, rest }: ListItem): Result {
    let result = this.pipeline(first);
    for (const { operator, pipeline } of rest) {
      if (result.flow !== 'next') return result;
      const { status, output } = result;
      const runs = operator === '&&' ? status === 'true' || status === 'assumed' : status === 'false';
      const skips = operator === '&&' ? status === 'false' : status === 'true';
      if (skips) continue;
      const next: Result = runs ? this.pipeline(pipeline) : this.maybe(() => this.pipeline(pipeline));
      const after = runs ? next.status : operator === '&&' ? 'unknown' : 'assumed';
      result = { ...next, status: after, output: this.#joined(output, next.output) };
    }
    return result;
  }

  pipeline({ negated: isNegated, commands }: Pipeline): Result {
    const [only] = commands;
    let result: Result = done;
    if (commands.length === 1 && only !== undefined) result = runCommand(only, this);
    else if (commands.length > 1) result = this.#pipe(commands);
    return isNegated ? { ...result, status: negated(result.status) } : result;
  }

  #pipe(commands: readonly ShellCommand[]): Result {
    let input: Value | undefined;
    let result: Result = done;
    const before = this.input;
    const first = this.actions.length;
    for (const command of commands) {
      this.input = input === undefined ? before : { value: input, at: 0 };
      result = this.apart(() => runCommand(command, this));
      input = result.output;
    }
    this.input = before;
    this.#joinShellAndSocket(first);
    return { ...result, flow: 'next' };
  }

  /** `sh | nc host port`, `nc host port | sh`: in one pipe a shell and a connection. */
  #joinShellAndSocket(first: number): void {
    const piped = this.actions.slice(first, first + 50);
    const shell = piped.some(({ kind, what }) => kind === 'run' && /(?:^|\/)(?:ba|da|a|z|k)?sh$/.test(what));
    if (!shell) return;
    for (let at = first; at < Math.min(this.actions.length, first + 50); at += 1) {
      const action = this.actions[at];
      if (action?.kind === 'connect' || action?.kind === 'listen') this.actions[at] = { ...action, givesShell: true };
    }
  }

  runText(text: string, options: TextOptions): Result {
    const frozen = this.freeze(text);
    if (isUnknown(text) || text.trim() === '') return done;
    const list = this.#parsed(frozen);
    return this.deeper(() => this.#runList(list, options)) ?? done;
  }

  /** Trees are larger than the text and live on in functions: the same text is read once. */
  #parsed(text: string): ShellList {
    const known = this.#trees.get(text);
    if (known !== undefined) return known;
    this.spend(text.replace(/^[ \t]*#[^\n]*/gm, '').length / parsedForAStep);
    const { list, remarks } = parseShell(Buffer.from(text, 'latin1'), { dialect: 'bash' });
    this.noteRemarks(remarks);
    this.#trees.set(text, list);
    return list;
  }

  /** Where a reader gave up, what stands behind was not followed. A mistake is none: a shell stops there too. */
  noteRemarks(remarks: readonly ShellRemark[]): void {
    if (remarks.some(({ code }) => code.startsWith('SHELL_TOO_'))) this.limitsMet.add('syntax');
  }

  /** Runs to the end, or to the end of what it may cost. */
  follow(run: () => unknown): void {
    try {
      run();
    } catch (thrown) {
      if (!(thrown instanceof EvaluationEnded)) throw thrown;
      this.limitsMet.add(thrown.limit);
    }
  }

  #runList(list: ShellList, options: TextOptions): Result {
    const { script } = options;
    const { input, offset } = this;
    const { positional } = this.state;
    const frame: Partial<Frame> =
      script === undefined
        ? { fixedOffset: this.frame.fixedOffset ?? offset, nesting: this.frame.nesting + 1 }
        : { fixedOffset: undefined, script };
    const run = (): Result => {
      if (options.positional !== undefined || options.own) this.state.positional = options.positional ?? [];
      return this.within(frame, () => this.list(list));
    };
    try {
      if (options.input !== undefined) this.input = { value: options.input, at: 0 };
      const result = options.own ? this.apart(run) : run();
      return options.own || result.flow === 'return' ? { ...result, flow: 'next' } : result;
    } finally {
      if (options.positional !== undefined && !options.own) this.state.positional = positional;
      this.input = input;
      this.offset = offset;
    }
  }

  runBody(command: ShellCommand): Result {
    return runCommand(command, this);
  }

  runCall(call: Call): Result {
    return followCommand(call, this);
  }

  runFile(path: string, call: Call, options: { readonly interpreter?: string; readonly here?: boolean } = {}): Result {
    return runProgramFile(path, call, options, this);
  }
}
