/** Files known by digest and size, fetched once and kept in a folder: what is given has been hashed in this run, kept or not. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import type { ByteStream } from '../core/bytes.ts';
import { isFault, malformed, unavailable } from '../core/fault.ts';

export interface KnownFile {
  readonly sha256: string;
  readonly size: number;
}

export interface VerifiedFiles {
  /** Whether it is kept already, so that having it costs no transfer. */
  isKept(file: KnownFile): Promise<boolean>;
  /**
   * The path of a file with this content, from the folder or from `open`.
   * @throws {Fault} malformed `ARCHIVE_FILE_DIFFERS`, unavailable `ARCHIVE_STORE_UNUSABLE`, and what `open` throws
   */
  have(file: KnownFile, where: string, open: () => Promise<ByteStream>): Promise<string>;
  /** Deletes what was not used for longest, until the rest is within the bound. */
  trim(): Promise<void>;
}

const namePattern = /^[0-9a-f]{64}$/;

const isMissing = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException).code === 'ENOENT';

const hashOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

export const openVerifiedFiles = async (folder: string, maximumBytes: number): Promise<VerifiedFiles> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });

  const sizeOf = async (path: string): Promise<number | undefined> => {
    try {
      return (await stat(path)).size;
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw thrown;
    }
  };

  const fetchInto = async (
    path: string,
    { sha256, size }: KnownFile,
    where: string,
    stream: ByteStream,
  ): Promise<void> => {
    const hash = createHash('sha256');
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    const failed = Promise.withResolvers<never>();
    file.on('error', failed.reject);
    failed.promise.catch(() => undefined);
    let given = 0;
    try {
      for await (const chunk of stream) {
        given += chunk.length;
        if (given > size) break;
        hash.update(chunk);
        if (!file.write(Uint8Array.from(chunk))) await Promise.race([once(file, 'drain'), failed.promise]);
      }
    } finally {
      file.end();
      await Promise.race([once(file, 'close'), failed.promise]);
    }
    if (given !== size || hash.digest('hex') !== sha256)
      throw malformed('ARCHIVE_FILE_DIFFERS', 'the server sends another content than the signed index names', where);
  };

  return {
    isKept: async (file) => (await sizeOf(join(folder, file.sha256))) === file.size,
    async have(file, where, open) {
      const path = join(folder, file.sha256);
      if ((await sizeOf(path)) === file.size && (await hashOf(path)) === file.sha256) {
        const now = new Date();
        await utimes(path, now, now);
        return path;
      }
      const partial = join(folder, `${file.sha256}.${randomBytes(6).toString('hex')}.partial`);
      try {
        await fetchInto(partial, file, where, await open());
        await rename(partial, path);
      } catch (thrown) {
        if (isFault(thrown) || (thrown as NodeJS.ErrnoException).syscall === undefined) throw thrown;
        throw unavailable('ARCHIVE_STORE_UNUSABLE', `cannot keep it: ${(thrown as Error).message}`, where, thrown);
      } finally {
        await rm(partial, { force: true });
      }
      return path;
    },
    async trim() {
      const kept: { readonly path: string; readonly size: number; readonly used: number }[] = [];
      for (const name of await readdir(folder)) {
        if (!namePattern.test(name)) continue;
        const path = join(folder, name);
        const size = await sizeOf(path);
        if (size !== undefined) kept.push({ path, size, used: (await stat(path)).mtimeMs });
      }
      let sum = kept.reduce((total, { size }) => total + size, 0);
      for (const { path, size } of kept.sort((one, other) => one.used - other.used)) {
        if (sum <= maximumBytes) break;
        await rm(path, { force: true });
        sum -= size;
      }
    },
  };
};
