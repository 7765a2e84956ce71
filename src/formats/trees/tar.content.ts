/** The content of the current entry of a tar → a stream, straight from the reader. */
import type { ByteStream } from '../../core/bytes.ts';
import type { ByteReader } from '../byte-reader.ts';

/** The bytes of one entry where they lie: read at most once, and only while the entry is the current one. */
export class Content {
  #left: number;
  #taken = false;
  #current = true;
  readonly #reader: ByteReader;

  constructor(reader: ByteReader, stored: number) {
    this.#reader = reader;
    this.#left = stored;
  }

  take(): void {
    if (this.#taken || !this.#current)
      throw new Error('the content of a tar entry is read once, before the next entry is asked for');
    this.#taken = true;
  }

  /** Everything at once, where it lies in the newest chunk; it is valid as long as that is. */
  whole(): Uint8Array | undefined {
    const bytes = this.#taken ? undefined : this.#reader.tryRead(this.#left);
    if (bytes === undefined) return undefined;
    this.take();
    this.#left = 0;
    return bytes;
  }

  /** A plain iterator: most files lie in one chunk, and a generator for each would cost more than the walk. */
  plain(): ByteStream {
    this.take();
    const next = (): Promise<IteratorResult<Uint8Array, undefined>> => {
      if (this.#left === 0 || !this.#current) return Promise.resolve({ done: true, value: undefined });
      const bytes = this.#reader.tryReadSome(this.#left);
      if (bytes === undefined) return later();
      this.#left -= bytes.length;
      return Promise.resolve({ done: false, value: bytes });
    };
    const later = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
      const bytes = await this.#reader.readSome(this.#left);
      if (bytes === undefined) await this.#reader.skip(this.#left);
      else this.#left -= bytes.length;
      return bytes === undefined ? { done: true, value: undefined } : { done: false, value: bytes };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  close(): void {
    this.#current = false;
  }
}
