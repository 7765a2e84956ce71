/** Programs that change files: modes, names, links, removal, archives. */
import { baseName } from '../../core/path.ts';
import type { ActionOrigin } from './action.ts';
import { contentOf } from './shell-values.input.ts';
import { type Call, done, type FileState, type Handler, type Machine } from './shell-values.machine.ts';
import { hasOption, optionOf, parseArguments } from './shell-values.options.ts';
import { isKnown, mark, trimEnd, type Value } from './shell-values.value.ts';

const runnable = /^(?:[0-7]?[0-7]?[1357][0-7]{0,2}|[0-7]{0,2}[1357][0-7]{0,1}|[0-7]{1,3}[1357])$/;

/** Whether a mode, in digits or letters, lets anybody run the file. */
const makesExecutable = (mode: string): boolean =>
  /^[0-7]{3,5}$/.test(mode)
    ? /[1357]/.test(mode.slice(-3))
    : runnable.test(mode) || /(?:^|,)[ugoa]*[+=][rwst]*[xX]/.test(mode);

const givesOthersRights = (mode: string): boolean =>
  /^[0-7]{4,5}$/.test(mode) ? /[4-7]/.test(mode.slice(-4, -3)) : /\+[rwx]*s/.test(mode);

const chmod: Handler = (call, machine) => {
  const operands = call.args.filter((arg) => !/^-(?:[Rfvch]+|-.*)$/.test(arg));
  const [mode = '', ...names] = operands;
  for (const name of names) {
    const path = machine.path(name);
    if (makesExecutable(mode) || !isKnown(mode))
      machine.act('make-executable', path, {
        arguments: [mode],
        origins: machine.files.get(path)?.origins ?? [],
        through: call.through,
      });
    else if (givesOthersRights(mode))
      machine.act('setting', path, { arguments: ['chmod', mode], through: call.through });
  }
  return done;
};

const systemFolders = /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/;

/** What a path is, for whoever gets a copy of it. */
export const stateOf = (path: string, machine: Machine): FileState => {
  const known = machine.files.get(path);
  if (known !== undefined) return known;
  if (systemFolders.test(path)) return { copyOf: baseName(path), origins: [] };
  return { content: contentOf(path, machine), origins: [] };
};

const targetOf = (from: string, to: string, several: boolean): string =>
  several || to.endsWith('/') || to === '.' || to === '..' ? `${trimEnd(to, '/')}/${baseName(trimEnd(from, '/'))}` : to;

const transfer =
  (kind: 'copy' | 'rename' | 'link', valued: string): Handler =>
  (call, machine) => {
    const parsed = parseArguments(call.args, valued);
    const folder = optionOf(parsed, 't', 'target-directory');
    const names = folder === undefined ? parsed.operands.slice(0, -1) : parsed.operands;
    const last = folder ?? parsed.operands.at(-1) ?? '';
    if (call.program.endsWith('install') && hasOption(parsed, 'd', 'directory')) return done;
    for (const name of names.slice(0, 200)) {
      const from =
        kind === 'link' && !name.startsWith('/') ? machine.path(last).replace(/[^/]*$/, '') + name : machine.path(name);
      const to = machine.path(targetOf(name, last, folder !== undefined || names.length > 1));
      const state = stateOf(from, machine);
      machine.act(kind, from, { from, to, origins: state.origins, through: call.through });
      machine.files.set(to, state);
      if (kind === 'rename') machine.files.delete(from);
      const mode = optionOf(parsed, 'm', 'mode');
      if (mode !== undefined && makesExecutable(mode))
        machine.act('make-executable', to, { arguments: [mode], origins: state.origins, through: call.through });
    }
    return done;
  };

/** Where shells keep what was typed. */
export const historyFile = /(?:^|\/)\.(?:bash|zsh|ash|sh|python|mysql|psql)_history$/;
const logFile = /^\/var\/(?:log\/|run\/utmp)/;

const remove: Handler = (call, machine) => {
  const { operands } = parseArguments(call.args, 'n s iterations size');
  for (const name of operands.slice(0, 200)) {
    const path = machine.path(name);
    const origins = machine.files.get(path)?.origins ?? [];
    machine.act(historyFile.test(path) ? 'forget' : 'delete', path, { origins, through: call.through });
    machine.files.delete(path);
  }
  return done;
};

const truncate: Handler = (call, machine) => {
  for (const name of parseArguments(call.args, 's r size reference').operands) {
    const path = machine.path(name);
    machine.act(historyFile.test(path) || logFile.test(path) ? 'forget' : 'write', path, {
      to: path,
      text: '',
      through: call.through,
    });
  }
  return done;
};

const firstText = (value: Value): string => value[0] ?? '';

/** What an archive's origin is, its members' is too: every path below the folder it is unpacked in. */
const unpack = (call: Call, archive: string | undefined, folder: string, machine: Machine): void => {
  const path = archive === undefined ? undefined : machine.path(archive);
  const file = path === undefined ? undefined : machine.files.get(path);
  const origins: readonly ActionOrigin[] =
    file?.origins ?? (path === undefined ? machine.originsOf(firstText(call.input ?? [''])) : []);
  const to = machine.path(folder);
  machine.act('unpack', path ?? mark('the input'), { from: path ?? 'a pipe', to, origins, through: call.through });
  if (origins.length > 0) machine.files.set(`${trimEnd(to, '/')}/`, { origins });
};

const tar: Handler = (call, machine) => {
  const [first = '', ...rest] = call.args;
  const args = /^[a-zA-Z]+$/.test(first) ? [`-${first}`, ...rest] : call.args;
  const parsed = parseArguments(
    args,
    'f C X T I b H K N F g L V file directory exclude strip-components transform use-compress-program owner group mode',
  );
  if (!hasOption(parsed, 'x', 'extract', 'get')) return done;
  const name = optionOf(parsed, 'f', 'file');
  unpack(call, name === '-' ? undefined : name, optionOf(parsed, 'C', 'directory') ?? '.', machine);
  return done;
};

const unzip: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'd o P x');
  unpack(call, parsed.operands[0], optionOf(parsed, 'd', 'o') ?? '.', machine);
  return done;
};

const cpio: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'F D I H E R');
  if (hasOption(parsed, 'i', 'extract'))
    unpack(call, optionOf(parsed, 'F', 'I'), optionOf(parsed, 'D') ?? '.', machine);
  return done;
};

const dd: Handler = (call, machine) => {
  const operands = new Map(call.args.map((arg) => [arg.split('=', 1)[0] ?? '', arg.slice(arg.indexOf('=') + 1)]));
  const input = operands.get('if');
  const output = operands.get('of');
  const content = input === undefined ? (call.input ?? [mark('the input')]) : contentOf(input, machine);
  if (output !== undefined) machine.write(output, content, false);
  return output === undefined ? { status: 'assumed', output: content, flow: 'next' } : done;
};

/** `sed -i script file`: what the file holds is no longer known, but its origins stay. */
const editInPlace: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'e f');
  const scripts = parsed.options.get('e') ?? parsed.operands.slice(0, 1);
  for (const name of parsed.options.has('e') ? parsed.operands : parsed.operands.slice(1)) {
    const path = machine.path(name);
    const origins = machine.files.get(path)?.origins ?? [];
    machine.act('write', path, {
      to: path,
      text: scripts.join('; '),
      arguments: call.args,
      origins,
      through: call.through,
    });
    machine.files.set(path, { origins });
  }
  return done;
};

const attributes: Handler = (call, machine) => {
  for (const name of call.args.filter((arg) => !/^[-+=]/.test(arg)))
    machine.act('setting', machine.path(name), {
      arguments: ['chattr', ...call.args.filter((arg) => /^[-+=]/.test(arg))],
      through: call.through,
    });
  return done;
};

const quiet: Handler = () => done;

export const fileCommands: Readonly<Record<string, Handler>> = {
  chmod,
  mv: transfer('rename', 'S t suffix target-directory'),
  cp: transfer('copy', 'S t suffix target-directory'),
  ln: transfer('link', 'S t suffix target-directory'),
  install: transfer('copy', 'g m o S t group mode owner suffix target-directory'),
  rm: remove,
  unlink: remove,
  shred: remove,
  rmdir: quiet,
  truncate,
  tar,
  bsdtar: tar,
  unzip,
  '7z': unzip,
  '7za': unzip,
  cpio,
  dd,
  'sed -i': editInPlace,
  chattr: attributes,
  setfattr: attributes,
  setcap: attributes,
  mkdir: quiet,
  mkfifo: (call, machine) => {
    for (const name of call.args.filter((arg) => !arg.startsWith('-')))
      machine.files.set(machine.path(name), { content: [mark('a named pipe')], origins: [] });
    return done;
  },
  mknod: quiet,
  touch: quiet,
  chown: quiet,
  chgrp: quiet,
  setfacl: quiet,
};
