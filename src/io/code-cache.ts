/**
 * Node's cache of compiled modules, for child processes that parse hostile bytes: they are given a copy to spoil, never ours. Beside it
 * lies what else was compiled, such as rules.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** A module and the flags of the engine with which a child runs it: compiled code fits no others. */
export interface CachedProgram {
  readonly entry: string;
  readonly flags: readonly string[];
}

/** The folder that holds the caches of all engines and flags; undefined where this process has none. */
const cacheRoot = (): string | undefined => {
  const own = getCompileCacheDir();
  return own === undefined ? undefined : dirname(own);
};

/** Another value when a source file below the folders was changed. Packages may have one time for all files of all versions: sizes count too. */
export const sourceStamp = (folders: readonly string[]): string => {
  let newest = 0;
  let bytes = 0;
  let files = 0;
  for (const folder of folders)
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/(?<!\.test)\.[jt]s$/.test(entry.name)) continue;
      const { mtimeMs, size } = statSync(join(entry.parentPath, entry.name));
      newest = Math.max(newest, mtimeMs);
      bytes += size;
      files += 1;
    }
  return `${newest} ${bytes} ${files}`;
};

/** A file that holds the name of the folder with the program's compiled modules. */
const markOf = (root: string, { entry, flags }: CachedProgram): string => {
  const parts = [process.version, process.arch, entry, flags, sourceStamp([dirname(dirname(entry))])];
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return join(root, `program-${key.slice(0, 16)}`);
};

/**
 * Copies the program's cache below `folder`, and gives the value of NODE_COMPILE_CACHE for the child; undefined where there is none:
 * the child then compiles everything itself, which takes it a few tenths of a second.
 */
export const copyCodeCache = (program: CachedProgram, folder: string): string | undefined => {
  const root = cacheRoot();
  if (root === undefined) return undefined;
  const copy = join(folder, 'code');
  try {
    const name = basename(readFileSync(markOf(root, program), 'utf8').trim());
    cpSync(join(root, name), join(copy, name), { recursive: true });
    return copy;
  } catch {
    return undefined;
  }
};

const fillTimeoutMs = 10_000;

/**
 * Loads the program in a process of its own that does nothing else, so that the cache has its modules the next time. Called without
 * the word on which the program acts. Done once for each engine, program and flags; fails silently, since nothing depends on it.
 */
export const fillCodeCache = async (program: CachedProgram): Promise<void> => {
  const root = cacheRoot();
  if (root === undefined || !existsSync(program.entry) || existsSync(markOf(root, program))) return;
  const tell = 'process.stdout.write(require("node:module").getCompileCacheDir() ?? "")';
  const words = [...program.flags, '--eval', `import(process.argv[1]).then(() => ${tell})`, '--', program.entry];
  const filler = spawn(process.execPath, words, {
    env: { NODE_COMPILE_CACHE: root },
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: fillTimeoutMs,
  });
  let told = '';
  filler.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  const status = await new Promise((resolve) => {
    filler.once('close', resolve);
    filler.once('error', resolve);
  });
  if (status !== 0 || told === '') return;
  try {
    writeFileSync(markOf(root, program), basename(told));
  } catch {
    // The folder is not ours to write: the next scan compiles again.
  }
};

const digestBytes = 32;
/** Compiled forms of one kind that are kept: one a version of the rules, and one for each set of rules that a user adds. */
const keptOfKind = 6;

const compiledName = (kind: string, key: string): string =>
  `${kind}-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;

/** What `keepCompiled` kept under this key; undefined where there is nothing, or nothing whole. */
export const findCompiled = (kind: string, key: string): Uint8Array | undefined => {
  const root = cacheRoot();
  if (root === undefined) return undefined;
  try {
    const kept = readFileSync(join(root, compiledName(kind, key)));
    const bytes = kept.subarray(digestBytes);
    const digest = createHash('sha256').update(bytes).digest();
    return digest.equals(kept.subarray(0, digestBytes)) ? bytes : undefined;
  } catch {
    return undefined;
  }
};

/** `key` names everything that the compiled form depends on. Fails silently: it is compiled again the next time. */
export const keepCompiled = (kind: string, key: string, bytes: Uint8Array): void => {
  const root = cacheRoot();
  if (root === undefined) return;
  try {
    const file = join(root, compiledName(kind, key));
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, Buffer.concat([createHash('sha256').update(bytes).digest(), bytes]), { mode: 0o600 });
    renameSync(draft, file);
    const others = readdirSync(root)
      .filter((name) => name.startsWith(`${kind}-`))
      .map((name) => join(root, name))
      .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
    for (const old of others.slice(keptOfKind)) rmSync(old);
  } catch {
    // The folder is not ours to write, or another process tidies it at the same time.
  }
};
