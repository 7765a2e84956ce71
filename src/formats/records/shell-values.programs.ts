/** A path that is run → where the program came from, and what it does where it is a script that can be read. */
import { baseName } from '../../core/path.ts';
import { contentOf } from './shell-values.input.ts';
import { followScript } from './shell-values.interpreters.ts';
import { type Call, gives, type FileState, type Result, type Walker } from './shell-values.machine.ts';
import { isKnown, toReadable, toExcerpt, type Value } from './shell-values.value.ts';

/** A tree that anybody unpacks is not that deep. */
const longestPath = 1024;

/** The file itself, or the folder that an archive was unpacked in. */
const stateAt = (path: string, walker: Walker): FileState | undefined => {
  const own = walker.files.get(path);
  if (own !== undefined) return own;
  walker.spend(1 + path.length / 32);
  if (path.length > longestPath) return undefined;
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const folder = walker.files.get(path.slice(0, end + 1));
    if (folder !== undefined) return { origins: [...folder.origins, { kind: 'unpack', from: path.slice(0, end + 1) }] };
  }
  return undefined;
};

/** Scripts that start scripts, and one that starts itself with other words. */
const maximumRunning = 12;
const maximumRounds = 3;

const sameValues = (one: ReadonlyMap<string, Value>, other: ReadonlyMap<string, Value>): boolean =>
  one.size === other.size && [...one].every(([name, value]) => other.get(name)?.join('\0') === value.join('\0'));

/** Honest scripts start themselves again as another user: with the same words and variables that adds nothing. */
const mayFollow = (path: string, call: Call, walker: Walker): boolean => {
  const before = walker.running.filter((running) => running.path === path);
  walker.spend(1 + ((before.length + 1) * walker.state.variables.size) / 4);
  const words = call.args.join('\0');
  if (before.some(({ args, variables }) => args.join('\0') === words && sameValues(variables, walker.state.variables)))
    return false;
  if (before.length < maximumRounds && walker.running.length < maximumRunning) return true;
  if (before.length === 0 || !walker.frame.conditional) walker.limitsMet.add('depth');
  return false;
};

/** `interpreter` reads it; without one the kernel does. `here`: in this very shell. */
export const runProgramFile = (
  path: string,
  call: Call,
  options: { readonly interpreter?: string; readonly here?: boolean },
  walker: Walker,
): Result => {
  const file = stateAt(path, walker);
  if (file?.copyOf !== undefined && options.interpreter === undefined) {
    walker.act('run', path, {
      arguments: call.args,
      through: call.through,
      origins: file.origins,
      text: `a copy of ${file.copyOf}`,
    });
    return walker.runCall({ ...call, program: file.copyOf });
  }
  const content = isKnown(path) ? contentOf(path, walker).filter(isKnown) : [];
  const [text] = content;
  walker.act('run', path, {
    arguments: call.args,
    through: options.interpreter === undefined ? call.through : [...call.through, baseName(options.interpreter)],
    origins: file?.origins ?? [],
    ...(text === undefined || file?.content === undefined ? {} : { text: toExcerpt(text) }),
  });
  const isOurs = file?.content === undefined;
  if (content.length === 0 || !mayFollow(path, call, walker))
    return gives([walker.markFrom(`output of ${path}`, file?.origins ?? [])]);
  walker.running.push({ path, args: call.args, variables: new Map(walker.state.variables) });
  try {
    return followScript(
      content,
      call,
      { by: options.interpreter, here: options.here === true, script: isOurs ? toReadable(path) : undefined },
      walker,
    );
  } finally {
    walker.running.pop();
  }
};

/** Where a name without a slash is found, among what the script wrote and what the image holds. */
export const findProgram = (name: string, walker: Walker): string | undefined => {
  if (name === '' || !isKnown(name)) return undefined;
  const folders = (
    walker.state.variables.get('PATH')?.[0] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  ).split(':');
  for (const folder of folders.slice(0, 40)) {
    const path = walker.path(`${folder === '' ? '.' : folder}/${name}`);
    const file = stateAt(path, walker);
    if (file !== undefined && (file.content !== undefined || file.origins.length > 0 || file.copyOf !== undefined))
      return path;
    if (walker.readFile(path) !== undefined) return path;
  }
  return undefined;
};
