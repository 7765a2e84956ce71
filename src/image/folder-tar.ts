/** The entries of a folder → one tar stream, as a layer would hold them. POSIX.1-2001 pax where ustar has no room. */
import { closeSync, readSync, type BigIntStats } from 'node:fs';
import type { Limits } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import { isFault } from '../core/fault.ts';
import type { FileType } from '../core/file-entry.ts';
import { baseName, parentOf } from '../core/path.ts';
import { tarEnd, tarHeader, tarPadding, type TarEntrySpec } from '../formats/tar-writer.ts';
import { walkFolder, type FolderEntry, type OnGap } from './folder-walk.ts';

export interface FolderTarOptions {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly onGap: OnGap;
  /** A file whose name would be read as a deletion mark in a layer: written with a `_` before it, so that its content is seen. */
  readonly onReservedName: (path: string, written: string) => void;
}

const batchBytes = 256 * 1024;
/** Read as a whole before the header is written, which then states what was really read. */
const smallBytes = 1024 * 1024;

const typeOf = (stats: BigIntStats): FileType => {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character-device';
  if (stats.isBlockDevice()) return 'block-device';
  return stats.isFIFO() ? 'fifo' : 'socket';
};

/** Linux's dev_t as makedev(3) packs it. */
const deviceOf = (number: bigint): { major: number; minor: number } => ({
  major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)),
  minor: Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n)),
});

const specOf = (entry: FolderEntry, type: FileType, path: string): Omit<TarEntrySpec, 'content'> => ({
  path,
  type,
  mode: Number(entry.stats.mode & 0o7777n),
  uid: Number(entry.stats.uid),
  gid: Number(entry.stats.gid),
  modified: Number(entry.stats.mtimeMs / 1000n),
  ...(entry.target === undefined ? {} : { target: entry.target }),
  ...(type.endsWith('device') ? { device: deviceOf(entry.stats.rdev) } : {}),
});

const readInto = (fd: number, into: Uint8Array): number => {
  let done = 0;
  while (done < into.length) {
    const count = readSync(fd, into, done, into.length - done, null);
    if (count === 0) break;
    done += count;
  }
  return done;
};

/**
 * The whole tree below `root` (a real path) as a tar: sorted, hard links by inode, sparse files expanded, no extended
 * attributes (Node cannot read them). A file that cannot be read is an empty entry and a gap; one that shrinks while it
 * is read is filled with zeros and a gap. Memory does not grow with the tree, but for the paths of hard links.
 */
export async function* folderTar(root: string, options: FolderTarOptions): ByteStream {
  const { limits, signal, onGap, onReservedName } = options;
  const firstNames = new Map<string, string>();
  let batch: Uint8Array[] = [];
  let batched = 0;
  const put = (bytes: Uint8Array): void => {
    batch.push(bytes);
    batched += bytes.length;
  };
  const takeBatch = (): Uint8Array => {
    const bytes = Buffer.concat(batch, batched);
    batch = [];
    batched = 0;
    return bytes;
  };
  const writtenPath = (path: string): string => {
    const name = baseName(path);
    if (!name.startsWith('.wh.')) return path;
    const parent = parentOf(path);
    const written = `${parent === '' ? '' : `${parent}/`}_${name}`;
    onReservedName(path, written);
    return written;
  };

  const unreadable = (entry: FolderEntry, code: string, reason: string, bytes: number): void => {
    const executable = (entry.stats.mode & 0o111n) !== 0n;
    onGap({ where: entry.path, code, reason, bytes, ...(executable ? { executable } : {}) });
  };

  /** Chunks of the content that do not go into the batch. */
  async function* putFile(entry: FolderEntry, spec: Omit<TarEntrySpec, 'content'>): ByteStream {
    let fd: number | undefined;
    try {
      const opened = entry.open();
      fd = opened.fd;
      const size = Number(opened.stats.size);
      if (size > limits.bytes) {
        put(tarHeader({ ...spec, size: 0 }));
        unreadable(entry, 'ROOTFS_TOO_LARGE', `larger than the ${limits.bytes} bytes that one layer may have`, size);
        return;
      }
      if (size <= smallBytes) {
        const content = Buffer.allocUnsafe(size);
        const count = readInto(fd, content);
        put(tarHeader({ ...spec, size: count }));
        put(content.subarray(0, count));
        put(new Uint8Array(tarPadding(count)));
        return;
      }
      put(tarHeader({ ...spec, size }));
      yield takeBatch();
      yield* restOf(entry, fd, size);
      put(new Uint8Array(tarPadding(size)));
    } catch (thrown) {
      const { code, message } = thrown as NodeJS.ErrnoException;
      if (signal.aborted || (!isFault(thrown) && code === undefined)) throw thrown;
      put(tarHeader({ ...spec, size: 0 }));
      const reason = `cannot read the file: ${message}`;
      unreadable(entry, isFault(thrown) ? thrown.code : 'ROOTFS_UNREADABLE', reason, Number(entry.stats.size));
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Exactly `size` bytes, since the header has promised them: zeros stand for what is gone meanwhile, and a gap says so. */
  async function* restOf(entry: FolderEntry, fd: number, size: number): ByteStream {
    const buffer = Buffer.allocUnsafe(smallBytes);
    let failed = false;
    for (let left = size; left > 0;) {
      signal.throwIfAborted();
      const part = buffer.subarray(0, Math.min(buffer.length, left));
      let count = 0;
      let reason = 'it became shorter';
      try {
        if (!failed) count = readInto(fd, part);
      } catch (thrown) {
        reason = (thrown as Error).message;
      }
      if (count < part.length) {
        part.fill(0, count);
        if (!failed)
          unreadable(entry, 'ROOTFS_CHANGED', `the file could not be read to its end: ${reason}`, left - count);
        failed = true;
      }
      left -= part.length;
      yield part;
    }
  }

  for (const entry of walkFolder(root, limits, onGap)) {
    signal.throwIfAborted();
    const type = typeOf(entry.stats);
    const path = writtenPath(entry.path);
    const inode = `${entry.stats.dev}:${entry.stats.ino}`;
    const firstName = entry.stats.nlink > 1n && type !== 'directory' ? firstNames.get(inode) : undefined;
    if (firstName !== undefined) put(tarHeader({ ...specOf(entry, 'hardlink', path), target: firstName, size: 0 }));
    else {
      if (entry.stats.nlink > 1n && type !== 'directory') firstNames.set(inode, path);
      if (type === 'file') yield* putFile(entry, specOf(entry, type, path));
      else put(tarHeader({ ...specOf(entry, type, path), size: 0 }));
    }
    if (batched >= batchBytes) yield takeBatch();
  }
  put(tarEnd);
  yield takeBatch();
}
