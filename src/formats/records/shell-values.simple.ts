/** A simple command: expanded, its assignments made, its redirections opened, then called (POSIX.1-2024, 2.9.1). */
import { assign } from './shell-values.builtins.ts';
import { followCommand } from './shell-values.calls.ts';
import { expandWords } from './shell-values.expansion.ts';
import { done, type Result, type Walker } from './shell-values.machine.ts';
import { withRedirections } from './shell-values.redirection.ts';
import { eitherValue, joinValues, onlyText, type Value } from './shell-values.value.ts';
import type { Assignment, SimpleCommand } from './shell.tree.ts';

const assignArray = (assignment: Assignment, walker: Walker): void => {
  if ('parts' in assignment.value) return;
  const { arrays } = walker.state;
  const before = assignment.append ? (arrays.get(assignment.name) ?? []) : [];
  const words = assignment.value.map(({ value }) => value);
  const added = (expandWords(words, walker)[0] ?? []).map((text): Value => [text]);
  walker.spend((before.length + added.length) / 16);
  arrays.set(assignment.name, [...before, ...added].slice(0, 1000));
};

const assignElement = (assignment: Assignment, value: Value, walker: Walker): void => {
  const { arrays } = walker.state;
  const elements = [...(arrays.get(assignment.name) ?? [])];
  walker.spend(elements.length / 16);
  const index = Number(onlyText(walker.textOf(assignment.subscript ?? [])));
  if (Number.isInteger(index) && index >= 0 && index < 1000) {
    while (elements.length < index) elements.push(['']);
    elements[index] = assignment.append ? joinValues(elements[index] ?? [''], value) : value;
  } else elements.push(value);
  arrays.set(assignment.name, elements.slice(0, 1000));
};

const make = (assignment: Assignment, walker: Walker, exported: boolean): void => {
  if (!('parts' in assignment.value)) {
    assignArray(assignment, walker);
    return;
  }
  const value = walker.textOf(assignment.value.parts);
  if (assignment.subscript !== undefined) {
    assignElement(assignment, value, walker);
    return;
  }
  const { variables } = walker.state;
  const before = assignment.append ? (variables.get(assignment.name) ?? ['']) : [''];
  const whole = joinValues(before, value);
  // Told where a shell would remember it, or where it concerns a program's start.
  assign(
    walker,
    assignment.name,
    whole.length === 1 ? (whole[0] ?? '') : '',
    exported && /^LD_|PROXY$|_proxy$/.test(assignment.name),
  );
  variables.set(assignment.name, whole);
};

/** `read` takes a line of the surrounding input and leaves the rest; all others take what there is. */
const call = (argv: readonly string[], command: SimpleCommand, walker: Walker): Result => {
  const [program = '', ...args] = argv;
  return withRedirections(command.redirections, walker, [program, ...args.slice(0, 2)].join(' '), (input) =>
    followCommand(
      { program, args, input: input ?? (program === 'read' ? undefined : walker.input?.value), through: [] },
      walker,
    ),
  );
};

export const runSimple = (command: SimpleCommand, walker: Walker): Result => {
  const alternatives = expandWords(command.words, walker).filter(
    (argv, index, all) => argv.length > 0 || all.length === index + 1,
  );
  const [only = []] = alternatives;
  walker.offset = command.start;
  if (alternatives.length <= 1 && only.length === 0) {
    for (const assignment of command.assignments) make(assignment, walker, false);
    return withRedirections(command.redirections, walker, '', () => done);
  }
  const { variables } = walker.state;
  const before = command.assignments.map(({ name }) => [name, variables.get(name)] as const);
  for (const assignment of command.assignments) make(assignment, walker, true);
  const result =
    alternatives.length === 1
      ? call(only, command, walker)
      : alternatives
          .map((argv) => walker.maybe(() => call(argv, command, walker)))
          .reduce((one, other) => ({ ...other, output: eitherValue(one.output, other.output) }));
  for (const [name, value] of before)
    if (value === undefined) walker.state.variables.delete(name);
    else walker.state.variables.set(name, value);
  return result;
};
