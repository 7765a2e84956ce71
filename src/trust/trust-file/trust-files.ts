/** The files that a trust configuration names: read within budgets, regular files only, with who may write them. */
import { constants } from 'node:fs';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

/** A file that was read, for the linter. */
export interface TrustFile {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Permission bits and owner of the file; undefined where the system has none. */
  readonly mode?: number;
  readonly owner?: number;
  /** Of the folder in which it lies: whoever may write there can put another file in its place. */
  readonly folderMode?: number;
}

/** Why a key, a file or a folder cannot be used; becomes a Fault where the line is known that names it. */
export class TrustFileProblem extends Error {
  readonly code: 'TRUST_INVALID' | 'TRUST_PRIVATE_KEY';

  constructor(message: string, code: 'TRUST_INVALID' | 'TRUST_PRIVATE_KEY' = 'TRUST_INVALID') {
    super(message);
    this.code = code;
  }
}

const maximumFiles = 512;
const maximumTotalBytes = 64 * 2 ** 20;

const isWindows = process.platform === 'win32';

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  EISDIR: 'it is a folder, and a file is needed',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long to be one',
};

const wordsOf = (thrown: unknown): string => {
  const { code, message } = thrown as NodeJS.ErrnoException;
  return words[code ?? ''] ?? message.slice(0, 200);
};

export class TrustFiles {
  readonly #folder: string;
  readonly #read: TrustFile[] = [];
  #bytes = 0;

  /** Relative names are relative to `folder`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  get read(): readonly TrustFile[] {
    return this.#read;
  }

  resolve(name: string): string {
    return isAbsolute(name) ? name : join(this.#folder, name);
  }

  async has(name: string): Promise<boolean> {
    return stat(this.resolve(name)).then(
      () => true,
      () => false,
    );
  }

  /** @throws {TrustFileProblem} */
  async file(name: string, maximumBytes: number): Promise<TrustFile> {
    const file = this.resolve(name);
    if (this.#read.length >= maximumFiles)
      throw new TrustFileProblem(`${file}: more than ${maximumFiles} files of keys and certificates are not read`);
    let found: TrustFile;
    try {
      found = await this.#open(file, maximumBytes);
    } catch (thrown) {
      if (thrown instanceof TrustFileProblem) throw thrown;
      throw new TrustFileProblem(`${file}: ${wordsOf(thrown)}`);
    }
    this.#bytes += found.bytes.length;
    if (this.#bytes > maximumTotalBytes)
      throw new TrustFileProblem(`${file}: all files together are larger than ${maximumTotalBytes / 2 ** 20} MiB`);
    this.#read.push(found);
    return found;
  }

  async #open(file: string, maximumBytes: number): Promise<TrustFile> {
    // Without O_NONBLOCK a pipe that nobody writes to would hold us for ever.
    await using handle = await open(file, constants.O_RDONLY | (isWindows ? 0 : constants.O_NONBLOCK));
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new TrustFileProblem(`${file}: ${words['EISDIR']}`);
    if (!stats.isFile()) throw new TrustFileProblem(`${file}: it is no regular file`);
    const buffer = Buffer.alloc(Math.min(stats.size, maximumBytes) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (length > maximumBytes) throw new TrustFileProblem(`${file}: it is larger than ${maximumBytes / 1024} KiB`);
    const bytes = buffer.subarray(0, length);
    if (isWindows) return { file, bytes };
    const { mode: folderMode } = await stat(dirname(file));
    return { file, bytes, mode: stats.mode & 0o7777, owner: stats.uid, folderMode: folderMode & 0o7777 };
  }

  /** Names in a folder, in order; undefined: there is no such folder. @throws {TrustFileProblem} */
  async folder(name: string): Promise<readonly string[] | undefined> {
    const folder = this.resolve(name);
    try {
      const names = await readdir(folder);
      if (names.length > maximumFiles) throw new TrustFileProblem(`${folder}: more than ${maximumFiles} files in it`);
      return names.sort();
    } catch (thrown) {
      if (thrown instanceof TrustFileProblem) throw thrown;
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw new TrustFileProblem(`${folder}: ${wordsOf(thrown)}`);
    }
  }

  /** For formats that follow no links. @throws {TrustFileProblem} */
  async refuseLink(name: string): Promise<void> {
    const place = this.resolve(name);
    const stats = await lstat(place).catch((thrown: unknown) => {
      throw new TrustFileProblem(`${place}: ${wordsOf(thrown)}`);
    });
    if (stats.isSymbolicLink())
      throw new TrustFileProblem(`${place}: it is a link, which Notation does not follow: put the file itself there`);
  }
}
