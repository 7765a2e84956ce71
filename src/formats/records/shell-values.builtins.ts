/** What a shell does itself: variables, directories, `eval`, `exec`, `source`, and the ends of scripts and loops. */
import { evaluateTest } from './shell-values.condition.ts';
import { contentOf, openedAt } from './shell-values.input.ts';
import {
  answers,
  type Call,
  done,
  type Flow,
  gives,
  type Handler,
  type Machine,
  type Result,
} from './shell-values.machine.ts';
import { evaluateArithmetic } from './shell-values.arithmetic.ts';
import { isKnown, mark, onlyText, toValue } from './shell-values.value.ts';

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables that switch off the shell's memory of what was typed. */
const historyNames = new Set(['HISTFILE', 'HISTSIZE', 'HISTFILESIZE', 'HISTIGNORE', 'SAVEHIST', 'HISTLOG']);

export const assign = (machine: Machine, name: string, text: string, exported: boolean): void => {
  machine.state.variables.set(name, [text]);
  if (historyNames.has(name) && /^(?:|0|\/dev\/null|\*)$/.test(text)) machine.act('forget', name, { to: text });
  else if (exported) machine.act('environment', name, { to: text });
};

const declare =
  (exported: boolean): Handler =>
  (call, machine) => {
    const exports = exported || call.args.some((arg) => /^-[a-zA-Z]*x/.test(arg));
    for (const arg of call.args) {
      const [name = ''] = arg.split('=', 1);
      if (!namePattern.test(name)) continue;
      if (arg.includes('=')) assign(machine, name, arg.slice(name.length + 1), exports);
      else if (exports && !arg.startsWith('-')) {
        const value = machine.state.variables.get(name);
        if (value !== undefined) machine.act('environment', name, { to: value.join(' or ') });
      }
    }
    return done;
  };

const ends =
  (flow: Flow): Handler =>
  (call) => ({ status: call.args[0] === '0' || call.args.length === 0 ? 'assumed' : 'false', output: [''], flow });

const set: Handler = (call, machine) => {
  const { args } = call;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--' || !/^[-+]/.test(arg)) {
      const from = arg === '--' ? at + 1 : at;
      machine.state.positional = args.slice(from).map((text) => [text]);
      return done;
    }
    if (/^[-+][A-Za-z]*o$/.test(arg)) {
      at += 1;
      if (args[at] === 'history' && arg.startsWith('+')) machine.act('forget', 'history', { to: 'off' });
    }
  }
  return done;
};

const shift: Handler = (call, machine) => {
  const count = Number(call.args[0] ?? 1);
  const { positional } = machine.state;
  if (positional === undefined) return done;
  if (!Number.isInteger(count) || count < 0) machine.state.positional = undefined;
  else machine.state.positional = positional.slice(count);
  return answers(positional.length === 0 ? 'false' : 'assumed');
};

const unset: Handler = (call, machine) => {
  for (const name of call.args.filter((arg) => !arg.startsWith('-'))) {
    machine.state.variables.set(name, ['']);
    if (historyNames.has(name)) machine.act('forget', name, { to: '' });
    if (call.args.includes('-f')) machine.state.functions.delete(name);
  }
  return done;
};

const cd: Handler = (call, machine) => {
  const target = call.args.find((arg) => !/^-[LPe@]*$/.test(arg));
  const home = onlyText(machine.state.variables.get('HOME') ?? ['/root']) ?? '/root';
  machine.state.directory = target === '-' ? `/${mark('the previous folder')}` : machine.path(target ?? home);
  return done;
};

const read: Handler = (call, machine) => {
  const names = call.args.filter(
    (arg, index) => namePattern.test(arg) && !/^-.*[adinNptu]$/.test(call.args[index - 1] ?? ''),
  );
  const line = machine.readLine(call.input);
  if (line === undefined) return answers('false');
  const words = isKnown(line) ? line.trim().split(/[ \t]+/) : [line];
  (names.length === 0 ? ['REPLY'] : names).forEach((name, index, all) => {
    const isLast = index === all.length - 1;
    const text = isKnown(line) ? (isLast ? words.slice(index).join(' ') : (words[index] ?? '')) : line;
    machine.state.variables.set(name, [text]);
  });
  return answers(isKnown(line) ? 'true' : 'unknown');
};

const evaluate: Handler = (call, machine) => {
  const text = call.args.join(' ');
  if (text.trim() === '') return answers('true');
  const origins = machine.originsOf(text);
  if (origins.length > 0 || !isKnown(text)) machine.act('run', 'eval', { origins, text, through: call.through });
  return machine.runText(text, { own: false });
};

const source: Handler = (call, machine) => {
  const [name = '', ...rest] = call.args;
  const path = name.includes('/') ? machine.path(name) : name;
  if (/^\/dev\/stdin$|^\/dev\/fd\/0$|^\/proc\/self\/fd\/0$/.test(path) && call.input !== undefined) {
    const given = call.input.join('\n');
    const origins = machine.originsOf(given);
    if (origins.length > 0 || !isKnown(given))
      machine.act('run', path, { arguments: rest, origins, through: ['source'] });
    return machine.runText(given, { own: false });
  }
  const file = machine.files.get(path);
  const content = contentOf(path, machine);
  const text = content[0] ?? '';
  if (file !== undefined && file.origins.length > 0) {
    machine.act('run', path, { arguments: rest, origins: file.origins, through: ['source'] });
    if (!isKnown(text)) return done;
  }
  if (file === undefined && isKnown(text) && openedAt(path, machine) === undefined)
    return machine.runFile(path, { ...call, program: path, args: rest }, { here: true });
  if (!isKnown(text)) {
    machine.act('run', path, { arguments: rest, origins: machine.originsOf(text), through: ['source'] });
    return done;
  }
  return machine.runText(text, { own: false, ...(rest.length === 0 ? {} : { positional: rest.map((arg) => [arg]) }) });
};

const exec: Handler = (call, machine) => {
  const start = call.args.findIndex(
    (arg, index) => !/^-[cl]+$/.test(arg) && !(arg === '-a' || call.args[index - 1] === '-a'),
  );
  const [program, ...args] = start < 0 ? [] : call.args.slice(start);
  if (program === undefined) return done;
  const result = machine.runCall({ ...call, program, args });
  return { ...result, flow: 'exit' };
};

const history: Handler = (call, machine) => {
  if (call.args.some((arg) => /^-[cdw]/.test(arg))) machine.act('forget', 'history', { arguments: call.args });
  return done;
};

/** `trap 'text' EXIT`: what it holds runs, at some time. */
const trap: Handler = (call, machine) => {
  const [text = '-', ...signals] = call.args.filter((arg) => arg !== '--');
  if (signals.length === 0 || text === '-' || text === '' || text.startsWith('-')) return done;
  return machine.maybe(() => ({ ...machine.runText(text, { own: true }), flow: 'next' }));
};

const letCommand: Handler = (call, machine) => {
  let value: number | undefined = 0;
  for (const arg of call.args) value = evaluateArithmetic(arg, machine.numbers);
  return answers(value === undefined ? 'unknown' : value === 0 ? 'false' : 'true');
};

const command: Handler = (call, machine) => {
  const [first = '', ...rest] = call.args;
  if (/^-[vV]+$/.test(first)) return gives([mark(`path of ${rest.join(' ')}`)], 'unknown');
  if (first === '-p') return machine.runCall({ ...call, program: rest[0] ?? '', args: rest.slice(1) });
  return first === '' ? done : machine.runCall({ ...call, program: first, args: rest });
};

const test: Handler = (call, machine) => {
  const args = call.program === '[' && call.args.at(-1) === ']' ? call.args.slice(0, -1) : call.args;
  return answers(evaluateTest(args, machine));
};

/** Of an array that is read. */
const maximumElements = 1000;

const mapfile: Handler = (call, machine) => {
  const name = call.args.filter((arg) => namePattern.test(arg)).at(-1) ?? 'MAPFILE';
  const text = (call.input ?? [mark('the input')])[0] ?? '';
  machine.state.arrays.set(name, isKnown(text) ? text.split('\n', maximumElements).map((line) => [line]) : [[text]]);
  return done;
};

const quiet: Handler = () => done;

const ask = (call: Call): Result => gives([mark(`output of ${[call.program, ...call.args].join(' ')}`)], 'unknown');

export const builtins: Readonly<Record<string, Handler>> = {
  ':': () => answers('true'),
  true: () => answers('true'),
  false: () => answers('false'),
  test,
  '[': test,
  export: declare(true),
  setenv: (call, machine) => {
    assign(machine, call.args[0] ?? '', call.args[1] ?? '', true);
    return done;
  },
  declare: declare(false),
  typeset: declare(false),
  local: declare(false),
  readonly: declare(false),
  set,
  shift,
  unset,
  cd,
  pushd: cd,
  read,
  mapfile,
  readarray: mapfile,
  eval: evaluate,
  source,
  '.': source,
  exec,
  command,
  builtin: command,
  let: letCommand,
  history,
  trap,
  exit: ends('exit'),
  logout: ends('exit'),
  return: ends('return'),
  break: ends('break'),
  continue: ends('continue'),
  pwd: (_call, machine) => gives(toValue([`${machine.state.directory}\n`])),
  type: ask,
  hash: ask,
  getopts: ask,
  jobs: ask,
  ...Object.fromEntries(
    'alias unalias shopt umask ulimit wait popd dirs bind complete compgen compopt disown bg fg times enable caller suspend sleep usleep sync clear reset tput'
      .split(' ')
      .map((name) => [name, quiet]),
  ),
};
