/** The variables, functions and folder of a shell: copied for subshells and branches, joined behind them. */
import { unsetMark } from './shell-values.parameter.ts';
import type { ShellState } from './shell-values.machine.ts';
import { eitherValue } from './shell-values.value.ts';

export const copyState = (state: ShellState): ShellState => ({
  variables: new Map(state.variables),
  arrays: new Map(state.arrays),
  functions: new Map(state.functions),
  positional: state.positional,
  directory: state.directory,
});

export const sizeOf = (state: ShellState): number => state.variables.size + state.arrays.size + state.functions.size;

/** What holds behind a place where either way may have been taken. */
export const joinStates = (one: ShellState, other: ShellState): ShellState => {
  const variables = new Map(one.variables);
  for (const name of new Set([...one.variables.keys(), ...other.variables.keys()])) {
    const left = one.variables.get(name);
    const right = other.variables.get(name);
    if (left !== right) variables.set(name, eitherValue(left ?? [unsetMark(name)], right ?? [unsetMark(name)]));
  }
  return {
    variables,
    arrays: new Map([...one.arrays, ...other.arrays]),
    functions: new Map([...one.functions, ...other.functions]),
    positional: one.positional === other.positional ? one.positional : longer(one, other),
    directory: other.directory,
  };
};

/** `set -- program "$@"` in a branch: the longer list says more. */
const longer = (one: ShellState, other: ShellState): ShellState['positional'] =>
  (one.positional?.length ?? -1) >= (other.positional?.length ?? -1) ? one.positional : other.positional;
