/** A regular file → Bytes, without ever waiting at a pipe or opening a device. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Bytes, ByteStream } from '../core/bytes.ts';
import { Fault, isFault, malformed, misuse, unavailable } from '../core/fault.ts';

export interface FileBytes extends Bytes, AsyncDisposable {}

const chunkBytes = 1024 * 1024;

const readFully = async (handle: FileHandle, into: Uint8Array, position: number): Promise<number> => {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
};

/**
 * From `offset`, exactly `length` bytes. The next chunk is read while the last one is worked on; two buffers in turn,
 * so that a chunk is valid until the next one is asked for, as ByteStream says.
 * @throws {Fault} unavailable `FILE_CHANGED` when the file ends before
 */
export async function* streamFile(handle: FileHandle, offset: number, length: number, where: string): ByteStream {
  const end = offset + length;
  const size = Math.min(chunkBytes, length);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
  const readAt = (position: number, turn: number): Promise<Uint8Array> => {
    const part = buffers[turn % 2 === 0 ? 0 : 1].subarray(0, Math.min(chunkBytes, end - position));
    return readFully(handle, part, position).then((count) => part.subarray(0, count));
  };
  let pending: Promise<Uint8Array> | undefined = length > 0 ? readAt(offset, 0) : undefined;
  try {
    for (let position = offset, turn = 1; pending !== undefined; turn += 1) {
      const chunk: Uint8Array = await pending;
      const wanted = Math.min(chunkBytes, end - position);
      position += wanted;
      pending = position < end ? readAt(position, turn) : undefined;
      // Somebody awaits it later, or nobody does: then its failure is nobody's.
      pending?.catch(() => undefined);
      if (chunk.length > 0) yield chunk;
      if (chunk.length < wanted) throw unavailable('FILE_CHANGED', 'the file ends before its size', where);
    }
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw unavailable('FILE_UNREADABLE', `cannot read: ${(thrown as Error).message}`, where, thrown);
  } finally {
    await pending?.catch(() => undefined);
  }
}

const toFault = (thrown: unknown, path: string): unknown => {
  const { code, message } = thrown as NodeJS.ErrnoException;
  if (code === undefined || thrown instanceof Fault) return thrown;
  if (code === 'ENOENT' || code === 'ENOTDIR') return unavailable('FILE_NOT_FOUND', `there is no ${path}`, path);
  if (code === 'ELOOP') return unavailable('FILE_UNREADABLE', 'a symbolic link where a file must be', path);
  return unavailable('FILE_UNREADABLE', `cannot open ${path}: ${message}`, path, thrown);
};

/**
 * Opens a regular file, checked after opening, so that what was swapped in meanwhile is noticed.
 * @throws {Fault} unavailable `FILE_NOT_FOUND`, `FILE_UNREADABLE`; malformed `FILE_NOT_REGULAR`
 */
export const openRegularFile = async (path: string, flags = 0): Promise<{ handle: FileHandle; size: number }> => {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
    const stats = await handle.stat();
    if (stats.isFile()) return { handle, size: stats.size };
    await handle.close();
  } catch (thrown) {
    throw toFault(thrown, path);
  }
  throw malformed('FILE_NOT_REGULAR', `${path} is no regular file`, path);
};

/**
 * A file that a person named; symbolic links are followed. Dispose of it after the last read.
 * @throws {Fault} misuse `FILE_NOT_FOUND` or `FILE_NOT_REGULAR`, unavailable `FILE_UNREADABLE`
 */
export const openFileBytes = async (path: string): Promise<FileBytes> => {
  const { handle, size } = await openRegularFile(path).catch((thrown: unknown) => {
    // Here the path is a person's, who can write another one.
    if (!isFault(thrown) || thrown.code === 'FILE_UNREADABLE') throw thrown;
    const hint = thrown.code === 'FILE_NOT_REGULAR' ? '; a layout in a folder is read with oci:DIR' : '';
    throw misuse(thrown.code, `${thrown.message}${hint}`);
  });
  return {
    size,
    read: async (offset, length) => {
      const into = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      const count = await readFully(handle, into, offset).catch((thrown: unknown) => {
        throw unavailable('FILE_UNREADABLE', `cannot read: ${(thrown as Error).message}`, path, thrown);
      });
      return into.subarray(0, count);
    },
    stream: (offset = 0) => streamFile(handle, offset, Math.max(0, size - offset), path),
    [Symbol.asyncDispose]: () => handle.close(),
  };
};

/** Part of other bytes. Where they end too early, so does the view's `read`; its `stream` throws. */
export const sectionOf = (bytes: Bytes, start: number, size: number, where: string): Bytes => ({
  size,
  read: (offset, length) => bytes.read(start + offset, Math.max(0, Math.min(length, size - offset))),
  async *stream(offset = 0) {
    let left = size - offset;
    if (left <= 0) return;
    for await (const chunk of bytes.stream(start + offset)) {
      yield chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= chunk.length;
      if (left <= 0) return;
    }
    throw unavailable('ARCHIVE_TRUNCATED', `the archive ends ${left} bytes before this file does`, where);
  },
});
