/** Where this package lies: the same answer when run from source (src/app/) and from the emitted JavaScript (dist/app/). */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The nearest folder upward from `start` that holds a package.json. rules/ and schemas/ lie there.
 * @throws {Error} when there is none: the package was torn apart, which no input can cause
 */
export const findPackageRoot = (start: string): string => {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) throw new Error(`no package.json above ${start}`);
  }
};

export const packageRoot = findPackageRoot(import.meta.dirname);
