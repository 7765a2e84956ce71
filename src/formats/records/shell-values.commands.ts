/** The name of a command → what it does. */
import { baseName } from '../../core/path.ts';
import { builtins } from './shell-values.builtins.ts';
import { decoders } from './shell-values.decoders.ts';
import { fileCommands } from './shell-values.files.ts';
import { find, runParts } from './shell-values.file-names.ts';
import { filters } from './shell-values.filters.ts';
import { interpreterHandler, interpreters, languageOf, shell, shellName } from './shell-values.interpreters.ts';
import type { Call, Handler } from './shell-values.machine.ts';
import { network } from './shell-values.network.ts';
import { patternMatcher } from './shell-values.pattern.ts';
import { prefixHandlers } from './shell-values.prefixes.ts';
import { systemCommands } from './shell-values.system.ts';
import { transfers } from './shell-values.transfers.ts';

const table = new Map<string, Handler>(
  Object.entries({
    ...systemCommands,
    ...network,
    ...transfers,
    ...fileCommands,
    ...interpreters,
    ...prefixHandlers,
    ...filters,
    find: (call, machine) => find(call, machine) ?? filters['ls']?.(call, machine),
    'run-parts': runParts,
    ...decoders,
    ...builtins,
  }),
);

const builtinNames = new Set(Object.keys(builtins));

/** Folders in which a program's name says what it is. Elsewhere anything may be called anything. */
const isSystemPath = (program: string): boolean =>
  /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$|^\/(?:package\/admin|command)\/[^/]*$/.test(program);

/** `/bin/b?sh`: the first known program that the pattern names. */
const fromPattern = (program: string): string => {
  const matches = patternMatcher(program);
  const folders = program.includes('/') ? ['/bin/', '/usr/bin/', '/sbin/', '/usr/sbin/'] : [''];
  return (
    [...table.keys()].find((name) => /^[a-z0-9]+$/.test(name) && folders.some((folder) => matches(folder + name))) ??
    program
  );
};

/** The tool that a command's name stands for, or undefined. */
export const toolOf = (program: string): string | undefined => {
  // `c${nothing}url`: a variable that nobody set is empty.
  const bare = program.replace(/‹\$[A-Za-z_]\w*›|‹the arguments›/g, '');
  const plain = /[*?[]/.test(bare) && bare.length > 1 && bare.length < 64 && bare !== '[[' ? fromPattern(bare) : bare;
  if (plain.includes('/') && !isSystemPath(plain)) return undefined;
  const name = baseName(plain);
  return table.has(name) || shellName.test(name) || languageOf(name) !== undefined ? name : undefined;
};

export const handlerOf = (tool: string, call: Call): Handler | undefined => {
  if (call.program.includes('/') && builtinNames.has(tool) && !/^(?:true|false|test|\[|pwd)$/.test(tool))
    return undefined;
  if (tool === 'sed' && call.args.some((arg) => /^-[a-zA-Z]*i|^--in-place/.test(arg))) return table.get('sed -i');
  if (tool === 'openssl' && call.args[0] === 's_client') return table.get('openssl s_client');
  return (
    table.get(tool) ?? (shellName.test(tool) ? shell : languageOf(tool) !== undefined ? interpreterHandler : undefined)
  );
};
