/** Redirections: what a command reads, where what it prints goes, and the connections that bash opens by path. */
import { contentOf } from './shell-values.input.ts';
import type { Result, Walker } from './shell-values.machine.ts';
import { namesInterpreter, socketAddress } from './shell-values.network.ts';
import { joinValues, type Value } from './shell-values.value.ts';
import type { Redirection } from './shell.tree.ts';

interface Plan {
  input: Value | undefined;
  /** Where its output goes; undefined: where the script's goes. */
  output: { readonly path: string; readonly append: boolean } | undefined;
  discards: boolean;
}

const connect = (path: string, address: string, program: string, walker: Walker): Value => {
  walker.act('connect', program === '' ? 'the shell' : program, {
    to: address,
    from: path,
    givesShell: namesInterpreter(program),
  });
  return [walker.markFrom(`what comes from ${address}`, [{ kind: 'connection', from: address }])];
};

const plan = (redirection: Redirection, walker: Walker, program: string, result: Plan): void => {
  const { operator, descriptor } = redirection;
  if (operator === '<<' || operator === '<<-') {
    result.input = walker.textOf(redirection.body?.parts ?? []);
    return;
  }
  const target = walker.textOf(redirection.target.parts);
  const [text = ''] = target;
  if (operator === '<<<') {
    result.input = joinValues(target, ['\n']);
    return;
  }
  const path = walker.path(text);
  const address = socketAddress(path);
  const isDescriptor = /^(?:\d+-?|-)$/.test(text);
  const reads = operator === '<' || operator === '<>' || operator === '<&';
  if (address !== undefined) {
    const value = connect(path, address, program, walker);
    if (descriptor !== undefined && descriptor !== '0' && descriptor !== '1') walker.descriptors.set(descriptor, value);
    else if (reads) result.input = value;
    result.discards ||= !reads;
    return;
  }
  if (reads) {
    if (isDescriptor) result.input = walker.descriptors.get(text.replace('-', '')) ?? result.input;
    else if (descriptor === undefined || descriptor === '0') result.input = contentOf(text, walker);
    else walker.descriptors.set(descriptor, contentOf(text, walker));
    return;
  }
  if (isDescriptor || (descriptor !== undefined && descriptor !== '1' && operator !== '&>' && operator !== '&>>')) {
    if (text === '2' || (descriptor === undefined && walker.descriptors.has(text))) result.discards = true;
    return;
  }
  result.output = { path: text, append: operator === '>>' || operator === '&>>' };
};

/** `program` names the command for connections; its output is kept back where it goes into a file. */
export const withRedirections = (
  redirections: readonly Redirection[],
  walker: Walker,
  program: string,
  run: (input: Value | undefined) => Result,
): Result => {
  const result: Plan = { input: undefined, output: undefined, discards: false };
  for (const redirection of redirections) plan(redirection, walker, program, result);
  const before = walker.input;
  if (result.input !== undefined) walker.input = { value: result.input, at: 0 };
  let ran: Result;
  try {
    ran = run(result.input);
  } finally {
    walker.input = before;
  }
  if (result.output !== undefined) {
    walker.write(result.output.path, ran.output, result.output.append);
    return { ...ran, output: [''] };
  }
  return result.discards ? { ...ran, output: [''] } : ran;
};
