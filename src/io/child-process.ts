/** A module of ours → a child process that runs it with as little power as this machine can take away. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Confinement } from './confinement.ts';

export interface ChildOptions {
  /** Absolute path of the module to run. */
  readonly entry: string;
  /** What it finds in `process.argv` behind its own name. */
  readonly word: string;
  readonly confinement: Confinement;
  /** Of the JavaScript engine. */
  readonly flags: readonly string[];
  /** Files and folders that the child may read besides the source and the packages it runs from, and what it may write. */
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  /**
   * The child's current folder. Node's permission model lets worker threads read all of it, whatever the flags say: it must hold
   * nothing but what the child may read.
   */
  readonly folder: string;
  /** A file descriptor of ours that becomes the child's number 4. */
  readonly shared: number;
  /** A cache of compiled modules that is the child's own. */
  readonly codeCache: string | undefined;
}

export interface Child {
  readonly process: ChildProcess;
  /** Both directions; the child's file descriptor 3. */
  readonly channel: Duplex;
}

/** Where the entry's own source and the packages it may import lie. */
const sourceOf = (entry: string): readonly string[] => {
  const found: string[] = [];
  let folder = dirname(entry);
  for (;;) {
    const description = join(folder, 'package.json');
    if (existsSync(description)) {
      found.push(description);
      for (const name of ['src', 'dist']) if (existsSync(join(folder, name))) found.push(join(folder, name));
    }
    if (existsSync(join(folder, 'node_modules'))) found.push(join(folder, 'node_modules'));
    const parent = dirname(folder);
    if (parent === folder) return [dirname(entry), ...found];
    folder = parent;
  }
};

const withRealPaths = (paths: readonly string[]): readonly string[] => [
  ...new Set(paths.flatMap((path) => (existsSync(path) ? [path, realpathSync(path)] : [path]))),
];

const permissionFlags = ({ entry, readable, writable, codeCache }: ChildOptions): readonly string[] => {
  // Node uses no cache that it may not write to.
  const own = codeCache === undefined ? writable : [...writable, codeCache];
  return [
    '--permission',
    '--allow-addons',
    '--allow-worker',
    ...withRealPaths([...sourceOf(entry), ...readable, ...own]).map((path) => `--allow-fs-read=${path}`),
    ...withRealPaths(own).map((path) => `--allow-fs-write=${path}`),
  ];
};

/**
 * glibc's allocator (mallopt(3)): with its defaults, memory of decoders and buffers that were freed stays with the process, more of
 * it the more threads there are. Other allocators know nothing of these names.
 */
const allocatorSettings = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '1048576',
};

/** The child has an environment with nothing but settings of its allocator and the place of its code cache, and no standard input or output; what it complains of is read by us. */
export const spawnChild = (options: ChildOptions): Child => {
  const { entry, word, confinement, flags, folder, shared, codeCache } = options;
  const words = [
    ...confinement.prefix,
    process.execPath,
    '--no-warnings',
    ...flags,
    ...(confinement.nodePermissions ? permissionFlags(options) : []),
    entry,
    word,
  ];
  const env = { ...allocatorSettings, ...(codeCache === undefined ? {} : { NODE_COMPILE_CACHE: codeCache }) };
  const [program = process.execPath, ...rest] = words;
  const child = spawn(program, rest, { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe', 'pipe', shared] });
  return { process: child, channel: child.stdio[3] as Duplex };
};
