/** The stored bytes of a layer, hashed and counted as they pass on their way to a scanning process. */
import { createHash } from 'node:crypto';
import type { ByteStream } from '../core/bytes.ts';
import { digestAlgorithm, type Digest } from '../core/digest.ts';
import { overLimit } from '../core/fault.ts';

export class BlobReader {
  readonly #hash;
  readonly #algorithm;
  readonly #limit: number;
  #digest: Digest | undefined;
  stored = 0;

  /** `claimed` tells the algorithm; `limit` is how much is read at most. */
  constructor(claimed: Digest | undefined, limit: number) {
    this.#algorithm = claimed === undefined ? ('sha256' as const) : digestAlgorithm(claimed);
    this.#hash = createHash(this.#algorithm);
    this.#limit = limit;
  }

  /** @throws {Fault} limit `LAYER_TOO_LARGE`, and what the stream throws */
  async read(stream: ByteStream, onChunk: (chunk: Uint8Array) => Promise<void> | undefined): Promise<void> {
    for await (const chunk of stream) {
      this.stored += chunk.length;
      if (this.stored > this.#limit) throw overLimit('LAYER_TOO_LARGE', `more than ${this.#limit} stored bytes`);
      this.#hash.update(chunk);
      await onChunk(chunk);
    }
    this.#digest = `${this.#algorithm}:${this.#hash.digest('hex')}` as Digest;
  }

  /** undefined unless everything was read. */
  digest(): Digest | undefined {
    return this.#digest;
  }
}
