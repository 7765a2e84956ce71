/** A folder for facts that we will believe later → made, or refused when somebody else could have written into it. */
import { lstatSync, mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

const ownerProblem = (stats: Stats, path: string): string | undefined => {
  const user = process.getuid?.();
  if (user !== undefined && stats.uid !== user) return `${path} belongs to user ${stats.uid}, not to ${user}`;
  if (process.platform !== 'win32' && (stats.mode & 0o022) !== 0)
    return `${path} can be written by others (mode ${(stats.mode & 0o7777).toString(8)}); chmod it to 700`;
  return undefined;
};

/**
 * With its parents, for this user only. Throws what `mkdir` throws. Node's own `recursive` never ends below a folder that is there and
 * answers "no such file" (`/proc`).
 */
export const makeFolder = (folder: string): void => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (thrown) {
    // Another process was first.
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  }
};

/** Why the folder cannot be trusted; undefined when it can. Made with mode 700 when absent, if `create`. Throws what `mkdir` and `stat` throw. */
export const folderProblem = (folder: string, create: boolean): string | undefined => {
  if (create) makeFolder(folder);
  const stats = statSync(folder);
  return stats.isDirectory() ? ownerProblem(stats, folder) : `${folder} is no folder`;
};

/** Why the file cannot be trusted: a link or a special file leads elsewhere. undefined when it can be, or is not there. */
export const fileProblem = (file: string): string | undefined => {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isFile() ? ownerProblem(stats, file) : `${file} is no regular file`;
};
