/** File contents as the tree gives them → pieces in shared memory, handed to the scanning threads: small files in batches, large ones in windows. */
import type { ByteStream } from '../core/bytes.ts';
import type { FileEntry, FileHeader } from '../core/file-entry.ts';
import type { Arena } from './arena.ts';
import { fillWindows, type WindowSizes } from './content-windows.ts';
import { toRow, type HeaderRow } from './protocol.ts';

/** One content, or one window of it, in the arena. */
export interface Piece {
  readonly index: number;
  readonly row: HeaderRow;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  readonly at: number;
  readonly length: number;
  readonly windowOffset: number;
  readonly overlap: number;
  readonly last: boolean;
  readonly missing: number;
  /** SHA-256 of the content whose facts are known from an earlier attempt, or ''. */
  readonly known: string;
  readonly inspect: boolean;
  /** False: the row's size is only what has come so far. */
  readonly sized: boolean;
}

export interface Batch {
  readonly extent: number;
  readonly pieces: readonly Piece[];
}

export interface Scanners {
  /** Hands a batch to whoever has the least to do, or to `scanner`. Resolves with the scanner once another batch may come. */
  dispatch(batch: Batch, scanner?: number): Promise<number>;
}

/** Small enough to stay in a core's cache, large enough that handing it over costs little per file. */
const batchBytes = 512 * 1024;
const batchFiles = 256;

interface OpenBatch {
  readonly extent: number;
  filled: number;
  readonly pieces: Piece[];
}

const hasRoom = ({ filled, pieces }: OpenBatch, size: number): boolean =>
  filled + size <= batchBytes && pieces.length < batchFiles;

export class FileFeeder {
  readonly #arena: Arena;
  readonly #scanners: Scanners;
  readonly #sizes: WindowSizes;
  readonly #known: ReadonlyMap<number, string>;
  readonly #isInspected: (index: number) => boolean;
  readonly #announce: () => Promise<void>;
  #open: OpenBatch | undefined;

  /** `announce` tells the auditor of every entry so far; it is called before any thread sees a content. */
  constructor(options: {
    readonly arena: Arena;
    readonly scanners: Scanners;
    readonly sizes: WindowSizes;
    readonly known: ReadonlyMap<number, string>;
    readonly isInspected: (index: number) => boolean;
    readonly announce: () => Promise<void>;
  }) {
    this.#arena = options.arena;
    this.#scanners = options.scanners;
    this.#sizes = options.sizes;
    this.#known = options.known;
    this.#isInspected = options.isInspected;
    this.#announce = options.announce;
  }

  /** False where the content has to be added by `add`: nothing was taken of it then. */
  tryAdd(index: number, entry: FileEntry): boolean {
    const open = this.#open;
    if (open === undefined || !hasRoom(open, entry.size)) return false;
    const whole = entry.whole?.();
    if (whole?.length !== entry.size) return false;
    this.#arena.bytes.set(whole, open.extent + open.filled);
    this.#close(open, index, entry, whole.length);
    return true;
  }

  /**
   * Takes the whole content; what came of one that breaks off is still handed on.
   * @throws whatever the content's stream throws
   */
  async add(index: number, header: FileHeader, content: ByteStream): Promise<void> {
    const small = header.size <= batchBytes / 2;
    const { thrown, failed } = small
      ? await this.#addSmall(index, header, content)
      : await this.#addLarge(index, header, content);
    if (failed) throw thrown;
  }

  /** The content lies in the open batch. */
  #close(open: OpenBatch, index: number, header: FileHeader, length: number): void {
    const at = open.extent + open.filled;
    open.filled += length;
    const place = { at, length, windowOffset: 0, overlap: 0, last: true, missing: header.size - length, sized: true };
    open.pieces.push(this.#piece(index, header, place));
  }

  /** A content whose size only its end tells. @throws whatever the content's stream throws */
  async addUnsized(index: number, header: FileHeader, content: ByteStream): Promise<void> {
    const { thrown, failed } = await this.#addLarge(index, header, content, Infinity);
    if (failed) throw thrown;
  }

  async flush(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#arena.shrink(open.extent, open.filled);
    await this.#announce();
    await this.#scanners.dispatch({ extent: open.extent, pieces: open.pieces });
  }

  #piece(
    index: number,
    header: FileHeader,
    place: Pick<Piece, 'at' | 'length' | 'windowOffset' | 'overlap' | 'last' | 'missing' | 'sized'>,
  ): Piece {
    const known = this.#known.get(index) ?? '';
    const { xattrs } = header;
    const inspect = this.#isInspected(index);
    return { index, row: toRow(header), ...(xattrs === undefined ? {} : { xattrs }), ...place, known, inspect };
  }

  async #addSmall(
    index: number,
    header: FileHeader,
    content: ByteStream,
  ): Promise<{ failed: boolean; thrown?: unknown }> {
    if (this.#open !== undefined && !hasRoom(this.#open, header.size)) await this.flush();
    const open = (this.#open ??= { extent: await this.#arena.allocate(batchBytes), filled: 0, pieces: [] });
    const at = open.extent + open.filled;
    let length = 0;
    let failure: { readonly thrown: unknown } | undefined;
    try {
      if (header.size > 0)
        for await (const chunk of content) {
          const count = Math.min(chunk.length, header.size - length);
          this.#arena.bytes.set(count === chunk.length ? chunk : chunk.subarray(0, count), at + length);
          length += count;
        }
    } catch (thrown) {
      failure = { thrown };
    }
    this.#close(open, index, header, length);
    return { failed: failure !== undefined, ...failure };
  }

  async #addLarge(
    index: number,
    header: FileHeader,
    content: ByteStream,
    size = header.size,
  ): Promise<{ failed: boolean; thrown?: unknown }> {
    await this.flush();
    let thread: number | undefined;
    const result = await fillWindows(
      content,
      size,
      this.#sizes,
      async (size) => {
        const extent = await this.#arena.allocate(size);
        return { extent, bytes: this.#arena.bytes.subarray(extent, extent + size) };
      },
      async ({ extent }, length, { offset: windowOffset, overlap, last }, arrived) => {
        const missing = last && size !== Infinity ? size - arrived : 0;
        await this.#announce();
        const shown = size === Infinity ? { ...header, size: arrived } : header;
        const place = { at: extent, length, windowOffset, overlap, last, missing, sized: size !== Infinity };
        const piece = this.#piece(index, shown, place);
        thread = await this.#scanners.dispatch({ extent, pieces: [piece] }, thread);
      },
    );
    return { failed: 'thrown' in result, thrown: result.thrown };
  }
}
