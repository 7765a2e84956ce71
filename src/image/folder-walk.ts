/** A folder of a file system that others may be changing → its entries, sorted, without ever leaving it. */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  statfsSync,
  type BigIntStats,
} from 'node:fs';
import { Fault, isFault } from '../core/fault.ts';
import type { Limits } from '../core/budget.ts';
import type { Gap } from '../core/gap.ts';
import { nameFromBytes } from '../formats/name-bytes.ts';

export interface FolderEntry {
  /** Relative, as in FileHeader. */
  readonly path: string;
  readonly stats: BigIntStats;
  /** Symbolic links only. */
  readonly target?: string;
  /** Opens the entry itself, of the folder it was seen in; the caller closes. Throws what `open` throws, or a Fault when something else is there now. */
  open(): { readonly fd: number; readonly stats: BigIntStats };
}

export type OnGap = (gap: Gap) => void;

/** Deeper trees would need one descriptor a level; no packaged software comes near. */
const maximumDepth = 1000;

/** File systems through which the kernel shows itself (statfs(2)): nothing in them is a program. */
const kernelFileSystems: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x1cd1, 0x64626720, 0x74726163, 0x73636673, 0x19800202, 0x6165676c,
  0xcafe4a11, 0x62656570, 0xde5e81e4, 0x65735543, 0x42494e4d,
]);

const hasDescriptorPaths = existsSync('/proc/self/fd');

interface Level {
  readonly fd: number;
  readonly path: string;
  readonly names: readonly Buffer[];
  next: number;
}

const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message.replace(/, \w+ '.*$/s, '') : String(thrown);

/** Through `/proc/self/fd` a name is looked up in the very folder that was opened, wherever that has been moved since: openat(2). */
const pathBelow = (fd: number, root: string, folder: string, name: Buffer): Buffer => {
  const base = hasDescriptorPaths ? `/proc/self/fd/${fd}/` : `${root}/${folder === '' ? '' : `${folder}/`}`;
  return Buffer.concat([Buffer.from(base), name]);
};

const sameFile = (one: BigIntStats, other: BigIntStats): boolean =>
  one.ino === other.ino && one.dev === other.dev && (one.mode & 0o170000n) === (other.mode & 0o170000n);

const openSame = (path: Buffer, seen: BigIntStats, flags: number): { fd: number; stats: BigIntStats } => {
  // O_NOFOLLOW: the entry may be a link by now. O_NONBLOCK: or a pipe, at which an open would wait for ever.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | flags);
  const stats = fstatSync(fd, { bigint: true });
  if (sameFile(stats, seen)) return { fd, stats };
  closeSync(fd);
  throw new Fault('unavailable', 'ROOTFS_CHANGED', 'replaced by something else while the folder was read');
};

const isEmpty = (path: Buffer): boolean => {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
};

const isKernelFileSystem = (path: Buffer): boolean => {
  try {
    return kernelFileSystems.has(statfsSync(path).type);
  } catch {
    return false;
  }
};

/**
 * Every entry below `root` once, parents before children, names in byte order. `root` must be a real path.
 * What cannot be read becomes a gap, never an end. Devices, pipes and sockets are told, never opened; folders on other file
 * systems are told, never entered. Stopping early closes what is open.
 */
export function* walkFolder(root: string, limits: Limits, onGap: OnGap): Generator<FolderEntry> {
  const gap = (path: string, code: string, reason: string, executable: boolean, bytes = 0): void => {
    onGap({ where: path === '' ? root : path, code, reason, bytes, ...(executable ? { executable } : {}) });
  };
  const levels: Level[] = [];
  const enter = (fd: number, path: string): void => {
    try {
      const names = readdirSync(hasDescriptorPaths ? `/proc/self/fd/${fd}` : `${root}/${path}`, { encoding: 'buffer' });
      levels.push({ fd, path, names: names.sort((one, other) => Buffer.compare(one, other)), next: 0 });
    } catch (thrown) {
      closeSync(fd);
      gap(path, 'ROOTFS_UNREADABLE', `cannot list the folder: ${reasonOf(thrown)}`, true);
    }
  };

  let rootFd: number;
  try {
    rootFd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (thrown) {
    gap('', 'ROOTFS_UNREADABLE', `cannot enter the folder: ${reasonOf(thrown)}`, true);
    return;
  }
  const device = fstatSync(rootFd, { bigint: true }).dev;
  enter(rootFd, '');
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names[level.next];
      level.next += 1;
      if (name === undefined) {
        closeSync(level.fd);
        levels.pop();
        continue;
      }
      const at = pathBelow(level.fd, root, level.path, name);
      const path = `${level.path === '' ? '' : `${level.path}/`}${nameFromBytes(name)}`;
      let stats: BigIntStats;
      let target: string | undefined;
      try {
        stats = lstatSync(at, { bigint: true });
        if (stats.isSymbolicLink()) target = nameFromBytes(readlinkSync(at, { encoding: 'buffer' }));
      } catch (thrown) {
        gap(path, 'ROOTFS_UNREADABLE', `cannot look at the entry: ${reasonOf(thrown)}`, true);
        continue;
      }
      if (Buffer.byteLength(path) > limits.path) {
        gap(path.slice(0, 200), 'ROOTFS_TOO_DEEP', `a path longer than ${limits.path} bytes`, true);
        continue;
      }
      yield { path, stats, ...(target === undefined ? {} : { target }), open: () => openSame(at, stats, 0) };
      if (!stats.isDirectory()) continue;
      if (stats.dev !== device) {
        if (!isEmpty(at))
          gap(
            path,
            'ROOTFS_OTHER_FILESYSTEM',
            'another file system is mounted here; it was not entered',
            !isKernelFileSystem(at),
          );
        continue;
      }
      if (levels.length >= maximumDepth) {
        gap(path, 'ROOTFS_TOO_DEEP', `more than ${maximumDepth} folders inside each other`, true);
        continue;
      }
      try {
        enter(openSame(at, stats, constants.O_DIRECTORY).fd, path);
      } catch (thrown) {
        const code = isFault(thrown) ? thrown.code : 'ROOTFS_UNREADABLE';
        gap(path, code, `cannot enter the folder: ${reasonOf(thrown)}`, true);
      }
    }
  } finally {
    for (const { fd } of levels) closeSync(fd);
  }
}
