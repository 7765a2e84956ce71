/** One command with its words expanded → what it does: a function, a builtin, a known tool, a file, or a program nobody here knows. */
import { handlerOf, toolOf } from './shell-values.commands.ts';
import { type Call, done, type Result, type Walker } from './shell-values.machine.ts';
import { findProgram } from './shell-values.programs.ts';
import { isUnknown, mapValue } from './shell-values.value.ts';
import type { ShellCommand } from './shell.tree.ts';

const callFunction = (body: ShellCommand, call: Call, walker: Walker): Result => {
  const { state } = walker;
  const { positional } = state;
  const result = walker.deeper(() => {
    state.positional = call.args.map((text) => [text]);
    return walker.runBody(body);
  });
  walker.state.positional = positional;
  return result === undefined ? done : { ...result, flow: result.flow === 'return' ? 'next' : result.flow };
};

/** A program that is not modelled: it runs, what it prints is unknown, and comes from where its input came from. */
const runUnknown = (call: Call, walker: Walker): Result => {
  const origins = walker.originsOf(call.program);
  walker.act('run', call.program, { arguments: call.args, through: call.through, origins });
  const shown = [call.program, ...call.args.slice(0, 3)].join(' ');
  return {
    status: 'assumed',
    output: mapValue(call.input ?? [''], (text) => walker.markFrom(`output of ${shown}`, walker.originsOf(text))),
    flow: 'next',
  };
};

export const followCommand = (call: Call, walker: Walker): Result => {
  if (!walker.spend(1)) return done;
  const { program } = call;
  const own = walker.state.functions.get(program);
  if (own?.kind === 'function') return callFunction(own.body, call, walker);
  if (isUnknown(program)) return runUnknown(call, walker);
  const written = program.includes('/') ? undefined : walker.files.size > 0 ? findProgram(program, walker) : undefined;
  const tool = written === undefined || !walker.files.has(written) ? toolOf(program) : undefined;
  if (tool !== undefined) {
    const named = { ...call, program: tool };
    const result = handlerOf(tool, call)?.(named, walker);
    return result ?? done;
  }
  if (program.includes('/')) return walker.runFile(walker.path(program), call);
  const found = findProgram(program, walker);
  return found === undefined ? runUnknown(call, walker) : walker.runFile(found, call);
};
