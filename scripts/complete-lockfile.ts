/**
 * Adds to package-lock.json what npm leaves out of it. `node scripts/complete-lockfile.ts` writes; `--check` only reports.
 *
 * - Optional entries for other platforms that the registry in use does not have: `npm ci` refuses a lockfile without them.
 *   They name a version, os and cpu, and no integrity: npm passes them over on every platform but their own.
 * - `gypfile: false` where a package says so: reading only the lockfile, npm would compile each package with a binding.gyp.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly gypfile?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, LockEntry>>;
  readonly [member: string]: unknown;
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** `@scope/binding-linux-x64-musl` → os linux, cpu x64. undefined: the name does not say for which machine it is. */
const platformOf = (name: string): { readonly os: string; readonly cpu: string } | undefined => {
  const words = name.split(/[-/]/);
  const os = words.find((word) => systems.includes(word));
  const cpu = words.find((word) => processors.includes(word));
  return os === undefined || cpu === undefined ? undefined : { os, cpu };
};

export interface Completion {
  readonly lockfile: Lockfile;
  /** Keys of the entries that were added or marked. */
  readonly added: readonly string[];
  /** What is absent and cannot be added, in words. */
  readonly problems: readonly string[];
}

/**
 * Pure: the lockfile with every absent optional platform package, entries sorted as npm sorts them.
 * `uncompiled`: keys of packages that have a binding.gyp and forbid npm to run it.
 */
export const completeLockfile = (lockfile: Lockfile, uncompiled: readonly string[] = []): Completion => {
  const added: Record<string, LockEntry> = {};
  const problems: string[] = [];
  for (const [key, entry] of Object.entries(lockfile.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const hoisted = `node_modules/${name}`;
      if (lockfile.packages[hoisted] !== undefined || lockfile.packages[`${key}/${hoisted}`] !== undefined) continue;
      const platform = platformOf(name);
      if (platform === undefined || !/^\d+\.\d+\.\d+[\w.+-]*$/.test(version)) {
        problems.push(`${name}@${version}, wanted by ${key || 'package.json'}: its name or version says too little`);
        continue;
      }
      const dev = entry.dev === true ? { dev: true } : {};
      added[hoisted] = { version, cpu: [platform.cpu], ...dev, optional: true, os: [platform.os] };
    }
  }
  for (const key of uncompiled) {
    const entry = lockfile.packages[key];
    if (entry !== undefined && entry.gypfile !== false) added[key] = { ...entry, gypfile: false };
  }
  const packages = Object.fromEntries(
    Object.entries({ ...lockfile.packages, ...added }).sort(([one], [other]) => one.localeCompare(other, 'en')),
  );
  return { lockfile: { ...lockfile, packages }, added: Object.keys(added).sort(), problems };
};

/** Keys of installed packages that bring their binaries along and still carry a binding.gyp. */
export const findUncompiled = (folder: string, lockfile: Lockfile): readonly string[] =>
  Object.keys(lockfile.packages).filter((key) => {
    const description = join(folder, key, 'package.json');
    if (key === '' || !existsSync(join(folder, key, 'binding.gyp')) || !existsSync(description)) return false;
    return (JSON.parse(readFileSync(description, 'utf8')) as LockEntry).gypfile === false;
  });

if (import.meta.main) {
  const check = process.argv.includes('--check');
  const files = ['package-lock.json', 'scripts/runtime/package-lock.json'];
  for (const file of files) {
    const path = join(import.meta.dirname, '..', file);
    const read = JSON.parse(readFileSync(path, 'utf8')) as Lockfile;
    const { lockfile, added, problems } = completeLockfile(read, findUncompiled(dirname(path), read));
    for (const problem of problems) console.error(`${file}: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
    if (added.length === 0) continue;
    if (check) {
      console.error(`${file} lacks ${added.length} entries or marks; run: node scripts/complete-lockfile.ts`);
      process.exitCode = 1;
    } else {
      writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`);
      console.log(`${file}: added ${added.length} entries or marks`);
    }
  }
}
