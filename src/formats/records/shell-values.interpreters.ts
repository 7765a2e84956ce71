/** Interpreters: what they are given to run, as an argument, a file or down a pipe. */
import { baseName } from '../../core/path.ts';
import { openedAt } from './shell-values.input.ts';
import { runExecline } from './shell-values.execline.ts';
import { type Call, done, type Handler, type Machine, type Result } from './shell-values.machine.ts';
import { readOneLiner, type ScriptLanguage } from './one-liner.ts';
import { isKnown, type Value, toExcerpt } from './shell-values.value.ts';

export const shellName = /^(?:ba|da|a|z|k|mk|pdk|fi|c|tc)?sh$|^lash$|^hush$/;

const languages: readonly (readonly [RegExp, ScriptLanguage, string])[] = [
  [/^python(?:\d(?:\.\d+)?)?$|^pypy3?$/, 'python', 'c'],
  [/^node(?:js)?$|^bun$|^deno$/, 'javascript', 'e'],
  [/^perl(?:5[\d.]*)?$/, 'perl', 'e'],
  [/^php[\d.]*$/, 'php', 'r'],
  [/^ruby[\d.]*$/, 'ruby', 'e'],
];

export const languageOf = (
  program: string,
): { readonly language: ScriptLanguage; readonly option: string } | undefined => {
  const name = baseName(program);
  const found = languages.find(([pattern]) => pattern.test(name));
  return found === undefined ? undefined : { language: found[1], option: found[2] };
};

const words = (values: readonly string[]): readonly Value[] => values.map((text) => [text]);

/** A text that a shell runs, told as an action where it came from somewhere or is not all known. */
const runInput = (call: Call, input: Value, positional: readonly string[], machine: Machine): Result => {
  let result = done;
  for (const text of input) {
    const origins = machine.originsOf(text);
    machine.act('run', call.program, { arguments: call.args, origins, text: toExcerpt(text), through: call.through });
    result = machine.runText(text, { own: true, positional: words(positional) });
  }
  return result;
};

interface ShellArguments {
  readonly text?: string;
  readonly reads: boolean;
  readonly rest: readonly string[];
}

const shellArguments = (args: readonly string[]): ShellArguments => {
  let takesText = false;
  let reads = false;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--' || arg === '-') return finish(args.slice(at + 1), takesText, reads);
    if (/^[-+][A-Za-z]*[oO]$/.test(arg)) at += 1;
    else if (/^--(?:rcfile|init-file)$/.test(arg)) at += 1;
    else if (!/^[-+]/.test(arg)) return finish(args.slice(at), takesText, reads);
    if (/^-[A-Za-z]*c/.test(arg)) takesText = true;
    if (/^-[A-Za-z]*s/.test(arg)) reads = true;
  }
  return finish([], takesText, reads);
};

const finish = (rest: readonly string[], takesText: boolean, reads: boolean): ShellArguments =>
  takesText ? { text: rest[0] ?? '', reads: false, rest: rest.slice(2) } : { reads: reads || rest.length === 0, rest };

export const shell: Handler = (call, machine) => {
  const parsed = shellArguments(call.args);
  if (parsed.text !== undefined) {
    const origins = machine.originsOf(parsed.text);
    if (origins.length > 0 || !isKnown(parsed.text))
      machine.act('run', call.program, {
        arguments: ['-c'],
        origins,
        text: toExcerpt(parsed.text),
        through: call.through,
      });
    return machine.runText(parsed.text, {
      own: true,
      positional: words(parsed.rest),
      ...(call.input === undefined ? {} : { input: call.input }),
    });
  }
  if (parsed.reads) {
    if (call.input !== undefined) return runInput(call, call.input, parsed.rest, machine);
    machine.act('run', call.program, { arguments: call.args, through: call.through });
    return done;
  }
  const [name = '', ...rest] = parsed.rest;
  if (name === '/dev/stdin' || name === '/proc/self/fd/0') return runInput(call, call.input ?? [''], rest, machine);
  const opened = openedAt(name, machine);
  if (opened !== undefined) return runInput(call, opened, rest, machine);
  return machine.runFile(machine.path(name), { ...call, program: name, args: rest }, { interpreter: call.program });
};

/** Code of another language: its own deeds, in order, behind the action that it runs. */
export const runCode = (call: Call, language: ScriptLanguage, code: string, machine: Machine): Result => {
  machine.act('run', call.program, {
    arguments: call.args.filter((arg) => arg !== code),
    origins: machine.originsOf(code),
    text: toExcerpt(code),
    through: call.through,
  });
  readOneLiner(language, code, machine);
  return done;
};

const interpreter: Handler = (call, machine) => {
  const known = languageOf(call.program);
  if (known === undefined) return undefined;
  const valued =
    known.language === 'python'
      ? /^-[A-Za-z]*[WXm]$/
      : known.language === 'javascript'
        ? /^(?:-r|--require)$/
        : /^-[IMmd]$/;
  for (let at = 0; at < call.args.length; at += 1) {
    const arg = call.args[at] ?? '';
    const isCode =
      new RegExp(`^-[A-Za-z]*[${known.option}${known.language === 'perl' ? 'E' : ''}]$`).test(arg) ||
      /^--(?:eval|print|run)$|^-p$/.test(arg);
    if (isCode && !(known.language === 'python' && arg === '-p'))
      return runCode(call, known.language, call.args[at + 1] ?? '', machine);
    if (known.language === 'python' && arg.startsWith('-c') && arg.length > 2)
      return runCode(call, known.language, arg.slice(2), machine);
    if (known.language === 'python' && arg === '-m') break;
    if (arg === '-' || arg === '/dev/stdin')
      return runCode(call, known.language, (call.input ?? [''])[0] ?? '', machine);
    if (valued.test(arg)) at += 1;
    else if (!arg.startsWith('-'))
      return machine.runFile(
        machine.path(arg),
        { ...call, program: arg, args: call.args.slice(at + 1) },
        { interpreter: call.program },
      );
  }
  if (call.args.every((arg) => arg.startsWith('-') && arg !== '-m') && call.input !== undefined)
    return runCode(call, known.language, call.input[0] ?? '', machine);
  machine.act('run', call.program, { arguments: call.args, through: call.through });
  return done;
};

export interface FollowOptions {
  /** The interpreter it was given to; undefined: its own first line says. */
  readonly by: string | undefined;
  /** `source`: in this shell. */
  readonly here: boolean;
  /** The file of the image that it is. */
  readonly script: string | undefined;
}

/** A program's content, where it is known and a script: followed in its own language. */
export const followScript = (content: Value, call: Call, how: FollowOptions, machine: Machine): Result => {
  const { by, here } = how;
  let result = done;
  for (const text of content) {
    const line = /^#!([^\n]*)/.exec(text.slice(0, 256))?.[1] ?? '';
    const programs = (by ?? line)
      .trim()
      .split(/[ \t]+/)
      .filter((word) => !word.startsWith('-') && baseName(word) !== 'env' && baseName(word) !== 'with-contenv');
    const name = baseName(programs[0] ?? '');
    const known = languageOf(name);
    if (
      shellName.test(name) ||
      name === 'busybox' ||
      (by === undefined && line === '' && /^[\t\n\r -~\x80-\xff‹]/.test(text) && !text.startsWith('\x7fELF')) ||
      here
    )
      result = machine.runText(text, {
        own: !here,
        // `. file` without arguments keeps the caller's.
        ...(here && call.args.length === 0 ? {} : { positional: words(call.args) }),
        ...(call.input === undefined ? {} : { input: call.input }),
        ...(how.script === undefined ? {} : { script: how.script }),
      });
    else if (known !== undefined) readOneLiner(known.language, text, machine);
    else if (name === 'execlineb') runExecline(text, machine);
  }
  return result;
};

export const interpreters: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(
    'sh bash dash ash zsh ksh mksh pdksh fish csh tcsh lash hush'.split(' ').map((name) => [name, shell]),
  ),
  ...Object.fromEntries(
    'python python2 python3 pypy pypy3 node nodejs bun deno perl php ruby'
      .split(' ')
      .map((name) => [name, interpreter]),
  ),
};

export const interpreterHandler = interpreter;
