/** Pieces of a layer as they arrive → a ByteStream that holds back whoever pushes when it is not read. */
import { releaseMemory, type ByteStream } from '../core/bytes.ts';
import { unavailable } from '../core/fault.ts';

/** Pieces wait up to this many bytes. */
const highWater = 2 * 2 ** 20;

export class BlobQueue {
  readonly #pieces: Uint8Array[] = [];
  readonly #where: string;
  #bytes = 0;
  #read = 0;
  #ended = false;
  #lost = false;
  #closed = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(where: string) {
    this.#where = where;
  }

  get isReaderWaiting(): boolean {
    return this.#wakeReader !== undefined;
  }

  /** Bytes that the reader was given. */
  get read(): number {
    return this.#read;
  }

  /** Resolves when there is room for more. */
  async push(piece: Uint8Array): Promise<void> {
    this.#bytes += piece.length;
    if (this.#closed) return;
    this.#pieces.push(piece);
    this.#wake();
    if (this.#bytes >= highWater)
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
  }

  end(lost: boolean): void {
    this.#ended = true;
    this.#lost = lost;
    this.#wake();
  }

  /** Nobody will read on: what still comes is only counted. */
  close(): void {
    this.#closed = true;
    this.#pieces.length = 0;
    this.#wakeWriter?.();
    this.#wakeWriter = undefined;
  }

  /** @throws {Fault} unavailable `LAYER_UNAVAILABLE` where the source broke off */
  async *stream(): ByteStream {
    let last: Uint8Array | undefined;
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        // Several pieces may lie in one buffer as it came from the socket, in order.
        if (last !== undefined && last.buffer !== piece.buffer) releaseMemory(new Uint8Array(last.buffer));
        last = piece;
        this.#bytes -= piece.length;
        this.#read += piece.length;
        if (this.#bytes < highWater) {
          this.#wakeWriter?.();
          this.#wakeWriter = undefined;
        }
        yield piece;
        continue;
      }
      if (this.#lost) throw unavailable('LAYER_UNAVAILABLE', 'the source broke off', this.#where);
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }
}
