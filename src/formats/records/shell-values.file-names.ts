/** Patterns and searches → the names of files that the image holds (POSIX.1-2024, 2.14.3; find, ls, run-parts). */
import { type Handler, done, gives, type Machine } from './shell-values.machine.ts';
import { optionOf, parseArguments } from './shell-values.options.ts';
import { literalPattern, matchesPattern } from './shell-values.pattern.ts';
import { isKnown, mark, trimEnd } from './shell-values.value.ts';

const maximumNames = 256;
/** Of one search. */
const maximumVisited = 1000;
const maximumDepth = 4;

export const mayBePattern = (text: string): boolean => /[*?[]/.test(text);

/** Paths that the pattern names, in order; empty where none does, or nothing is known of the folder. */
export const matchFiles = (pattern: string, machine: Machine): readonly string[] => {
  if (!isKnown(pattern) || pattern.length > 500) return [];
  const isAbsolute = pattern.startsWith('/');
  const parts = pattern.split('/').filter((part) => part !== '');
  if (parts.length > 12) return [];
  const first = parts.findIndex((part) => literalPattern(part) === undefined);
  if (first < 0) return [];
  let found: readonly string[] = [isAbsolute ? '' : trimEnd(machine.state.directory, '/')];
  for (const [index, part] of parts.entries()) {
    const literal = literalPattern(part);
    found = found
      .flatMap((folder) => {
        machine.spend(4);
        if (literal !== undefined) {
          const isThere = index < first || machine.listFolder(folder).includes(literal);
          return isThere ? [`${folder}/${literal}`] : [];
        }
        return machine
          .listFolder(folder === '' ? '/' : folder)
          .filter((name) => (part.startsWith('.') || !name.startsWith('.')) && matches(part, name, machine))
          .map((name) => `${folder}/${name}`);
      })
      .slice(0, maximumNames);
  }
  return found;
};

const matches = (pattern: string, name: string, machine: Machine): boolean => {
  machine.spendMatch(pattern, name);
  return matchesPattern(pattern, name);
};

/** Files below a folder in order, folder after folder; what lies deeper or behind too many others is a mark. */
const filesBelow = (folder: string, pattern: string, machine: Machine): readonly string[] => {
  const found: string[] = [];
  const open: (readonly [path: string, depth: number])[] = [[folder, 0]];
  let visited = 0;
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const [path, depth] = next;
    for (const name of machine.listFolder(path)) {
      visited += 1;
      if (visited > maximumVisited || found.length >= maximumNames) return [...found, mark(`more files in ${folder}`)];
      const inner = `${path === '/' ? '' : path}/${name}`;
      if (depth < maximumDepth && machine.listFolder(inner).length > 0) open.push([inner, depth + 1]);
      else if (matches(pattern, name, machine)) found.push(inner);
    }
  }
  return found;
};

/** `find FOLDER… -name PATTERN`: what it lists; other tests are taken to hold. */
export const find: Handler = (call, machine) => {
  const start = call.args.findIndex((arg) => /^[-(!]/.test(arg));
  const folders = (start < 0 ? call.args : call.args.slice(0, start)).filter(isKnown);
  const tests = start < 0 ? [] : call.args.slice(start);
  const at = tests.findIndex((arg) => arg === '-name' || arg === '-iname');
  const pattern = at < 0 ? '*' : (tests[at + 1] ?? '*');
  const found = folders.slice(0, 20).flatMap((folder) => filesBelow(machine.path(folder), pattern, machine));
  const exec = tests.findIndex((arg) => /^-(?:exec|execdir|ok)$/.test(arg));
  if (exec >= 0) {
    const each = found.length === 0 ? [mark(`files in ${folders.join(' ')}`)] : found.slice(0, 32);
    return runOnEach(tests.slice(exec + 1), each, call.through, machine);
  }
  if (found.length === 0) return undefined;
  return gives([found.map((path) => `${path}\n`).join('')]);
};

const runOnEach = (
  words: readonly string[],
  found: readonly string[],
  through: readonly string[],
  machine: Machine,
): ReturnType<Handler> => {
  const end = words.findIndex((word) => word === ';' || word === '+');
  const [program = '', ...args] = end < 0 ? words : words.slice(0, end);
  for (const path of found)
    machine.runCall({
      program,
      args: args.map((arg) => (arg === '{}' ? path : arg)),
      input: undefined,
      through: [...through, 'find'],
    });
  return done;
};

export const runParts: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'a u arg umask regex');
  const folder = machine.path(parsed.operands.at(-1) ?? '.');
  const given = optionOf(parsed, 'a', 'arg');
  const names = machine
    .listFolder(folder)
    .filter((name) => parsed.options.has('regex') || /^[A-Za-z0-9_-]+$/.test(name));
  for (const name of names.slice(0, maximumNames))
    machine.runCall({
      program: `${folder}/${name}`,
      args: given === undefined ? [] : [given],
      input: undefined,
      through: [...call.through, 'run-parts'],
    });
  if (names.length === 0) machine.act('run', `${folder}/*`, { through: [...call.through, 'run-parts'] });
  return done;
};
