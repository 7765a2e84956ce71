/** Where a layout keeps its files, a folder or an archive, seen alike. */
import { constants } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Bytes } from '../core/bytes.ts';
import { digestAlgorithm, digestHex, type Digest } from '../core/digest.ts';
import { malformed, misuse, overLimit, unavailable } from '../core/fault.ts';
import type { Finding } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import { normalisePath } from '../core/path.ts';
import { openRegularFile, streamFile } from './file-bytes.ts';

export interface StoredFiles extends AsyncDisposable {
  /** For messages: the path a person gave. */
  readonly where: string;
  /** What the container itself made one notice. */
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  /**
   * The file at a path below the root; undefined when there is none.
   * `path` may come from hostile JSON: it never leads out. @throws {Fault} malformed `PATH_ESCAPES`
   */
  find(path: string): Promise<Bytes | undefined>;
  /** Paths of all files, where that is cheap: archives. */
  readonly paths?: readonly string[];
}

export const blobPath = (digest: Digest): string => `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;

/** A whole small file. @throws {Fault} unavailable `BLOB_MISSING`, limit `CONTENT_TOO_LARGE` */
export const readStored = async (files: StoredFiles, path: string, maximum: number): Promise<Uint8Array> => {
  const found = await files.find(path);
  if (found === undefined) throw unavailable('BLOB_MISSING', `there is no ${path} in ${files.where}`, path);
  if (found.size > maximum)
    throw overLimit('CONTENT_TOO_LARGE', `${path} has ${found.size} bytes, more than ${maximum}`, path);
  return found.read(0, found.size);
};

/** Closes the files once every image that reads from them was disposed of. */
export const shareFiles = (files: StoredFiles, owners: number): (() => Promise<void>) => {
  let left = owners;
  return async () => {
    left -= 1;
    if (left === 0) await files[Symbol.asyncDispose]();
  };
};

/**
 * A folder. Links inside it are followed as long as they stay inside: layouts share blobs that way.
 * @throws {Fault} misuse `FILE_NOT_FOUND` or `FOLDER_EXPECTED`
 */
export const openFolder = async (folder: string): Promise<StoredFiles> => {
  const root = await realpath(folder).catch((thrown: unknown) => {
    throw misuse('FILE_NOT_FOUND', `cannot open the folder ${folder}: ${(thrown as Error).message}`);
  });
  if (!(await stat(root)).isDirectory())
    throw misuse(
      'FOLDER_EXPECTED',
      `${folder} is no folder; an archive is read with oci-archive:FILE or docker-archive:FILE`,
    );

  const locate = async (path: string): Promise<string | undefined> => {
    const { path: inside, escapes } = normalisePath(path);
    if (escapes || path.includes('\0')) throw malformed('PATH_ESCAPES', `a path that leads out: ${path}`, folder);
    const real = await realpath(join(root, inside)).catch((thrown: unknown) => {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
      throw unavailable('FILE_UNREADABLE', `cannot reach ${path}: ${(thrown as Error).message}`, folder, thrown);
    });
    if (real === undefined) return undefined;
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep))
      throw malformed('PATH_ESCAPES', `a symbolic link that leads out of the folder: ${path}`, folder);
    return real;
  };

  return {
    where: folder,
    findings: [],
    gaps: [],
    find: async (path) => {
      const real = await locate(path);
      if (real === undefined) return undefined;
      const openFile = () => openRegularFile(real, constants.O_NOFOLLOW);
      const { handle, size } = await openFile();
      await handle.close();
      return {
        size,
        read: async (offset, length) => {
          const { handle } = await openFile();
          try {
            const into = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
            const { bytesRead } = await handle.read(into, 0, into.length, offset);
            return into.subarray(0, bytesRead);
          } finally {
            await handle.close();
          }
        },
        async *stream(offset = 0) {
          const { handle } = await openFile();
          try {
            yield* streamFile(handle, offset, Math.max(0, size - offset), path);
          } finally {
            await handle.close();
          }
        },
      };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
};
