/** One file that is followed: opened once, read at places, and told from another by its first bytes. */
import { hash } from 'node:crypto';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Bytes at the beginning by which a log is known again; fewer while it is shorter. */
export const headBytes = 1024;

/** A log's first bytes: how many, and their digest. */
export interface LogHead {
  readonly bytes: number;
  readonly digest: string;
}

export const isMissing = (thrown: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ESTALE'].includes((thrown as NodeJS.ErrnoException).code ?? '');

export const isSystemError = (thrown: unknown): thrown is NodeJS.ErrnoException =>
  thrown instanceof Error && typeof (thrown as NodeJS.ErrnoException).code === 'string';

export const toLogHead = (bytes: Uint8Array): LogHead => ({
  bytes: bytes.length,
  digest: hash('sha256', bytes).slice(0, 32),
});

const readFully = async (handle: FileHandle, offset: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length);
  let have = 0;
  while (have < length) {
    const { bytesRead } = await handle.read(buffer, have, length - have, offset + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return buffer.subarray(0, have);
};

export interface FileState {
  readonly inode: string;
  readonly size: number;
  readonly modified: number;
}

/** Undefined: nothing there, or no plain file. */
export const stateOf = async (path: string): Promise<FileState | undefined> => {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) return undefined;
    return { inode: `${found.dev}:${found.ino}`, size: Number(found.size), modified: Number(found.mtimeNs) / 1e6 };
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
};

export class LogFile implements AsyncDisposable {
  readonly inode: string;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, inode: string) {
    this.#handle = handle;
    this.inode = inode;
  }

  /** Undefined: nothing there, or no plain file. A pipe or a device under the name is never opened. */
  static async open(path: string): Promise<LogFile | undefined> {
    if ((await stateOf(path)) === undefined) return undefined;
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const found = await handle.stat({ bigint: true });
      if (found.isFile()) {
        const file = new LogFile(handle, `${found.dev}:${found.ino}`);
        handle = undefined;
        return file;
      }
      return undefined;
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw thrown;
    } finally {
      await handle?.close();
    }
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return readFully(this.#handle, offset, length);
  }

  async head(bytes = headBytes): Promise<LogHead> {
    return toLogHead(await this.read(0, Math.min(bytes, headBytes)));
  }

  async begins(head: LogHead): Promise<boolean> {
    return head.bytes === 0 || (await this.head(head.bytes)).digest === head.digest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

export const isPacked = (path: string): boolean => path.endsWith('.gz');

/** What a packed log holds, from `offset` of what was packed. Damage ends it with the system's or zlib's error. */
export async function* readPacked(path: string, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, 'r');
  const unpacked = createGunzip({ chunkSize: 1 << 18 });
  pipeline(handle.createReadStream(), unpacked, () => undefined);
  let at = 0;
  for await (const chunk of unpacked as AsyncIterable<Uint8Array>) {
    const skipped = Math.max(0, Math.min(chunk.length, offset - at));
    at += chunk.length;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}

const packedHead = async (path: string, bytes: number): Promise<LogHead> => {
  const parts: Uint8Array[] = [];
  let have = 0;
  try {
    for await (const chunk of readPacked(path, 0)) {
      parts.push(chunk.slice(0, bytes - have));
      have += chunk.length;
      if (have >= bytes) break;
    }
  } catch (thrown) {
    // Still being packed, or damaged: it is no log that is known.
    if (!isSystemError(thrown)) throw thrown;
  }
  return toLogHead(Buffer.concat(parts));
};

export interface FoundLog {
  readonly path: string;
  readonly state: FileState;
  readonly packed: boolean;
}

const siblingLimit = 10_000;

/** Files beside `path` whose names begin with its name: what rotation made of earlier logs. Oldest first. */
export const siblingsOf = async (path: string): Promise<readonly FoundLog[]> => {
  const [folder, name] = [dirname(path), basename(path)];
  const stem = name.replace(/\.[a-z]{1,8}$/i, '');
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
  const found: FoundLog[] = [];
  for (const other of names.filter((one) => one !== name && one.startsWith(stem)).slice(0, siblingLimit)) {
    const at = join(folder, other);
    const state = await stateOf(at);
    if (state !== undefined) found.push({ path: at, state, packed: isPacked(at) });
  }
  return found.sort((one, two) => one.state.modified - two.state.modified);
};

export const beginsWith = async (found: FoundLog, head: LogHead): Promise<boolean> => {
  if (head.bytes === 0) return false;
  if (found.packed) return (await packedHead(found.path, head.bytes)).digest === head.digest;
  await using file = await LogFile.open(found.path);
  return file !== undefined && (await file.begins(head));
};
