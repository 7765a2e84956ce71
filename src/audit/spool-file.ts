/** The windows of an archive too large for memory → a temporary file that can be read at random, and is gone when closed. */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes } from '../core/bytes.ts';

const streamPiece = 256 * 1024;

export class SpoolFile {
  readonly #descriptor: number;
  #size = 0;

  /** @throws the file system's error */
  constructor(folder: string, name: string) {
    const file = join(folder, name);
    this.#descriptor = openSync(file, 'wx+', 0o600);
    // Unlinked at once: nothing is left behind, however the process ends.
    unlinkSync(file);
  }

  get size(): number {
    return this.#size;
  }

  /** @throws the file system's error, for example when the disk is full */
  append(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.#descriptor, bytes, written, bytes.length - written, this.#size + written);
    this.#size += bytes.length;
  }

  /** Valid until the file is closed. */
  get bytes(): Bytes {
    const descriptor = this.#descriptor;
    const size = this.#size;
    const read = (offset: number, length: number): Uint8Array => {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const buffer = Buffer.allocUnsafe(wanted);
      let filled = 0;
      while (filled < wanted) {
        const count = readSync(descriptor, buffer, filled, wanted - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return buffer.subarray(0, filled);
    };
    return {
      size,
      read: async (offset, length) => read(offset, length),
      async *stream(offset = 0) {
        for (let at = offset; at < size;) {
          const piece = read(at, streamPiece);
          if (piece.length === 0) return;
          at += piece.length;
          yield piece;
        }
      },
    };
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
