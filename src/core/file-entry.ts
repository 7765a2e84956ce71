/** One entry of a tree (a tar, a zip, a file system), as its container states it. */
import type { ByteStream } from './bytes.ts';

export type FileType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  | 'socket'
  | 'deletion'
  | 'opaque';

/** What a header says, without content. `path` is relative, `/`-separated, without `.` and `..`, as `normalisePath` gives it. */
export interface FileHeader {
  readonly path: string;
  readonly type: FileType;
  /** Permission bits with setuid, setgid and sticky (octal 07777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly userName?: string;
  /** Content bytes; 0 for everything but a file. For a sparse file its size when expanded. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
  /** Link target exactly as stored. */
  readonly target?: string;
  /** Of a device, where the container states it. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Path under which the layer stores the entry, where a link of the same layer makes it land at `path`. */
  readonly storedAs?: string;
  /** Extended attributes, raw bytes: `security.capability` and others. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** A header with its content. `content()` may be called once, before the next entry is asked for; not calling it skips the bytes. */
export interface FileEntry extends FileHeader {
  content(): ByteStream;
  /** To be called instead: the same bytes in one piece, where they are at hand; undefined where `content()` has to be read after all. Valid until the next entry is asked for. */
  whole?(): Uint8Array | undefined;
}
