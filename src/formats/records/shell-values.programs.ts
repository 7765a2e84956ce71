/** A path that is run → where the program came from, and what it does where it is a script that can be read. */
import { baseName } from '../../core/path.ts';
import { contentOf } from './shell-values.input.ts';
import { followScript } from './shell-values.interpreters.ts';
import { type Call, gives, type FileState, type Result, type Walker } from './shell-values.machine.ts';
import { isKnown, toReadable, toExcerpt } from './shell-values.value.ts';

/** The file itself, or the folder that an archive was unpacked in. */
const stateAt = (path: string, walker: Walker): FileState | undefined => {
  const own = walker.files.get(path);
  if (own !== undefined) return own;
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const folder = walker.files.get(path.slice(0, end + 1));
    if (folder !== undefined) return { origins: [...folder.origins, { kind: 'unpack', from: path.slice(0, end + 1) }] };
  }
  return undefined;
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
  if (content.length === 0 || walker.running.includes(path) || walker.running.length >= 12)
    return gives([walker.markFrom(`output of ${path}`, file?.origins ?? [])]);
  walker.running.push(path);
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
