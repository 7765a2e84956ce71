/** What to type to start this program again from here: examples must work where they are pasted. */
import { join, relative } from 'node:path';
import { packageRoot } from '../app/package-root.ts';

/** `tidewaiter` where it is installed; the launcher of the clone, as seen from the working directory, where it runs from source. */
export const programName = (entry: string = import.meta.filename, folder: string = process.cwd()): string => {
  if (!entry.endsWith('.ts')) return 'tidewaiter';
  const launcher = join(packageRoot, 'tidewaiter');
  const near = relative(folder, launcher);
  const path = near.startsWith('..') ? launcher : `./${near}`;
  return /^[\w./@+-]+$/.test(path) ? path : 'tidewaiter';
};

/** The command in examples and usage lines of a help text; words about the program stay. */
export const namedAs = (name: string, help: string): string =>
  help.replaceAll(/(^ *|^Usage: |[|] |&& |: )tidewaiter(?= [a-z[-])/gm, (_, before: string) => `${before}${name}`);
