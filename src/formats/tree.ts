/** The interface of a tree: the bytes of an archive → its files, in the order in which they are stored. */
import type { Budget } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import type { FileEntry } from '../core/file-entry.ts';
import type { OnRemark } from './wrapper.ts';

/** A part of `formats/trees/`. */
export interface Tree {
  readonly id: string;
  readonly about: string;
  /** Told by the first bytes alone; 4096 are always enough. */
  detect(head: Uint8Array): boolean;
  /**
   * Every entry once, as stored; duplicates are given as often as they occur. Content of one entry is read, or skipped,
   * before the next entry is asked for. Spends entries from the budget; content bytes of a streamed tree were spent by whoever unpacked them.
   * @throws {Fault} malformed or limit, while iterating, after the entries before the damage were given
   */
  walk(stream: ByteStream, budget: Budget, remark: OnRemark): AsyncIterable<FileEntry>;
}
