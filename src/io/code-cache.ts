/**
 * Node's cache of compiled modules, for child processes that parse hostile bytes: they are given a copy to spoil, never ours. Beside it
 * lies what else was compiled, such as rules.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';

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

/** Of what is kept under names that begin with this word, only the newest stay. */
const tidy = (root: string, word: string, kept: number): void => {
  const found = readdirSync(root)
    .filter((name) => name.startsWith(`${word}-`))
    .map((name) => join(root, name))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  for (const old of found.slice(kept)) rmSync(old, { recursive: true, force: true });
};

const stamps = new Map<string, string>();

const stampOf = (folders: readonly string[]): string => {
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

/**
 * Another value when a source file below the folders was changed before it was asked for first: this process has loaded what it runs.
 * Packages may have one time for all files of all versions: sizes count too.
 */
export const sourceStamp = (folders: readonly string[]): string => {
  const name = folders.join('\0');
  const stamp = stamps.get(name) ?? stampOf(folders);
  stamps.set(name, stamp);
  return stamp;
};

/** In a program's folder: its compiled modules as Node keeps them, and the list of files that they were compiled from. */
const codeName = 'code';
const sourcesName = 'sources.json';
/** Folders of programs that are kept: one for each clone of the repository, version of Node and set of flags. */
const keptPrograms = 6;

type SourceFile = readonly [file: string, modified: number, bytes: number];

const folderOf = (root: string, { entry, flags }: CachedProgram): string => {
  const key = createHash('sha256')
    .update(JSON.stringify([process.version, process.arch, entry, flags]))
    .digest('hex');
  return join(root, `program-${key.slice(0, 16)}`);
};

/** The first is in memory, on Linux: some hundred small files are copied there in a tenth of the time that a disk takes. */
const placesForCopies = (): readonly string[] => ['/dev/shm', tmpdir()];

/**
 * Copies the program's cache into a new folder, which is the caller's to remove, and is NODE_COMPILE_CACHE for the child; undefined
 * where there is none: the child then compiles everything itself, which takes it a few tenths of a second. A copy, since Node uses no
 * cache that the child may not write to. What was compiled from files that have changed since is in it too: Node compiles those anew.
 */
export const copyCodeCache = (program: CachedProgram): string | undefined => {
  const root = cacheRoot();
  const kept = root === undefined ? undefined : join(folderOf(root, program), codeName);
  if (kept === undefined || !existsSync(kept)) return undefined;
  for (const place of placesForCopies()) {
    let copy: string | undefined;
    try {
      copy = mkdtempSync(join(place, 'tidewaiter-code-'));
      cpSync(kept, copy, { recursive: true });
      return copy;
    } catch {
      // No such place, no room there, or another process has just put a newer cache in the place of this one.
      if (copy !== undefined) rmSync(copy, { recursive: true, force: true });
    }
  }
  return undefined;
};

const describe = (file: string): SourceFile => {
  const { mtimeMs, size } = statSync(file);
  return [file, mtimeMs, size];
};

/** Whether nothing of what the cache was compiled from has changed. */
const isCurrent = (folder: string): boolean => {
  try {
    const sources = JSON.parse(readFileSync(join(folder, sourcesName), 'utf8')) as readonly SourceFile[];
    return sources.every(([file, modified, bytes]) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found?.mtimeMs === modified && found.size === bytes;
    });
  } catch {
    return false;
  }
};

const fillTimeoutMs = 10_000;

/** Resolves with the files that the program consists of; undefined when it could not be loaded. */
const compileInto = async (folder: string, { entry, flags }: CachedProgram): Promise<readonly string[] | undefined> => {
  const loader = join(import.meta.dirname, `list-modules${extname(import.meta.filename)}`);
  const filler = spawn(process.execPath, [...flags, loader, entry], {
    env: { NODE_COMPILE_CACHE: folder },
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
  return status === 0 ? told.split('\n').filter((line) => line !== '') : undefined;
};

/**
 * Loads the program in a process of its own that does nothing else, so that the cache has its modules the next time, and nothing but
 * them. Called without the word on which the program acts. Done again when a file that it consists of has changed; fails silently,
 * since nothing depends on it.
 */
export const fillCodeCache = async (program: CachedProgram): Promise<void> => {
  const root = cacheRoot();
  if (root === undefined || !existsSync(program.entry)) return;
  const folder = folderOf(root, program);
  if (isCurrent(folder)) return;
  const draft = `${folder}.${process.pid}`;
  try {
    mkdirSync(draft, { mode: 0o700 });
    try {
      const files = await compileInto(join(draft, codeName), program);
      if (files === undefined) return;
      writeFileSync(join(draft, sourcesName), JSON.stringify(files.map(describe)));
      // Whoever copies the old one at this moment does without.
      rmSync(folder, { recursive: true, force: true });
      renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    tidy(root, 'program', keptPrograms);
  } catch {
    // The folder is not ours to write, or another process fills it at the same time: the next scan compiles again.
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
    tidy(root, kind, keptOfKind);
  } catch {
    // The folder is not ours to write, or another process tidies it at the same time.
  }
};
