/** One command with its words expanded → what it does: a function, a builtin, a known tool, a file, or a program nobody here knows. */
import { baseName } from '../../core/path.ts';
import { mayBePattern } from './shell-values.file-names.ts';
import { handlerOf, toolOf } from './shell-values.commands.ts';
import { type Call, done, gives, type Result, type Walker } from './shell-values.machine.ts';
import { shellName } from './shell-values.interpreters.ts';
import { findProgram } from './shell-values.programs.ts';
import { isUnknown, lengthOf, mapValue, mark } from './shell-values.value.ts';
import type { ShellCommand } from './shell.tree.ts';

/** Of a function in itself. */
const maximumRounds = 3;

const callFunction = (body: ShellCommand, call: Call, walker: Walker): Result => {
  const { state, calling } = walker;
  const { positional } = state;
  const before = calling.get(body) ?? 0;
  // Whether it goes on hangs on what cannot be known: as with loops, a few rounds say it all.
  if (before >= maximumRounds && walker.frame.conditional) return gives([mark(`output of ${call.program}`)]);
  calling.set(body, before + 1);
  const result = walker.deeper(() => {
    state.positional = call.args.map((text) => [text]);
    return walker.runBody(body);
  });
  calling.set(body, before);
  walker.state.positional = positional;
  return result === undefined ? done : { ...result, flow: result.flow === 'return' ? 'next' : result.flow };
};

/** What these run is one of their arguments. */
const loader = /^(?:java|javaw|dotnet|mono|wine|luajit|lua|Rscript|julia|ld-linux[\w.-]*|ld-musl[\w.-]*)$/;

/** `wait-for db:5432 -- app`, `with-secrets run -- sh -c …`: behind the dashes, or from a shell on, stands what it starts. */
const followWrapped = (call: Call, walker: Walker): void => {
  const { args } = call;
  const dashes = args.indexOf('--');
  const shell = args.findIndex(
    (arg, index) => shellName.test(baseName(arg)) && /^-[a-z]*c$/.test(args[index + 1] ?? ''),
  );
  const start = dashes >= 0 ? dashes + 1 : shell;
  const [program, ...rest] = start < 0 ? [] : args.slice(start);
  if (program === undefined || !/^[\w./-]*\w$/.test(program)) return;
  // A file, or a word: whatever it is, it is told as what may run.
  if (
    dashes >= 0 &&
    shell < 0 &&
    toolOf(program) === undefined &&
    findProgram(program, walker) === undefined &&
    !program.startsWith('/')
  )
    return;
  walker.deeper(() =>
    walker.runCall({ program, args: rest, input: undefined, through: [...call.through, baseName(call.program)] }),
  );
};

/** A program that is not modelled: it runs, what it prints is unknown, and comes from where its input came from. */
const runUnknown = (call: Call, walker: Walker): Result => {
  const given = loader.test(baseName(call.program)) ? call.args.slice(0, 50) : [];
  const origins = [
    ...walker.originsOf(call.program),
    ...given.flatMap((arg) => walker.files.get(walker.path(arg))?.origins ?? []),
  ];
  walker.act('run', call.program, { arguments: call.args, through: call.through, origins });
  followWrapped(call, walker);
  const shown = [call.program, ...call.args.slice(0, 3)].join(' ');
  return {
    status: 'assumed',
    output: mapValue(call.input ?? [''], (text) => walker.markFrom(`output of ${shown}`, walker.originsOf(text))),
    flow: 'next',
  };
};

/** What the script itself brought, and scripts of the image outside of the system's folders, count for more than a tool's name. */
const isOwnProgram = (path: string, walker: Walker): boolean =>
  walker.files.has(path) || (!/^\/(?:usr\/)?s?bin\//.test(path) && walker.readFile(path)?.startsWith('#!') === true);

/** Looking for a program by a pattern: `/b?n/sh`. */
const patternSteps = 100;

/** What it prints is paid for, whatever printed it. */
export const followCommand = (call: Call, walker: Walker): Result => {
  walker.spend(1 + call.args.length / 16);
  const result = followCall(call, walker);
  walker.spendText(lengthOf(result.output));
  return result;
};

const followCall = (call: Call, walker: Walker): Result => {
  const { program } = call;
  const own = walker.state.functions.get(program);
  if (own?.kind === 'function') return callFunction(own.body, call, walker);
  if (isUnknown(program)) return runUnknown(call, walker);
  const found = program.includes('/') ? undefined : findProgram(program, walker);
  if (program.length > 2 && mayBePattern(program)) walker.spend(patternSteps);
  const tool = found !== undefined && isOwnProgram(found, walker) ? undefined : toolOf(program);
  if (tool !== undefined) {
    const named = { ...call, program: tool };
    const result = handlerOf(tool, call)?.(named, walker);
    return result ?? done;
  }
  if (program.includes('/')) return walker.runFile(walker.path(program), call);
  return found === undefined ? runUnknown(call, walker) : walker.runFile(found, call);
};
