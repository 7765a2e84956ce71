/** A stream of chunks → reads of exact sizes, without copying what lies in one chunk. */
import type { ByteStream } from '../core/bytes.ts';
import { malformed } from '../core/fault.ts';

const nothing = Buffer.alloc(0);
/** What is put together is seldom larger: only so much is kept for the next time. */
const keptScratch = 512 * 1024;

/**
 * Reads a stream forward. The `try…` methods answer at once from what is buffered, so that a parser of small records
 * waits only at the borders of chunks. Every array given out is a view, valid until the next call.
 * After a failure of the stream every further call fails the same way: damage never looks like an end.
 */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #where: string;
  readonly #truncatedCode: string;
  /** What is read next. Bytes of our own, or the newest chunk. */
  #head: Uint8Array = nothing;
  #offset = 0;
  /** The newest chunk, when `#head` holds bytes before it. */
  #next: Uint8Array = nothing;
  #nextOffset = 0;
  #position = 0;
  /** Where bytes of several chunks are put together, used again and again. */
  #scratch: Buffer = nothing;
  #sourceEnded = false;
  #failure: { readonly thrown: unknown } | undefined;

  /** `where` and `truncatedCode` go into the Fault that `read` and `skip` throw at an early end. */
  constructor(stream: ByteStream, where = '', truncatedCode = 'DATA_TRUNCATED') {
    this.#source = stream[Symbol.asyncIterator]();
    this.#where = where;
    this.#truncatedCode = truncatedCode;
  }

  /** Bytes consumed so far. */
  get position(): number {
    return this.#position;
  }

  /** Bytes that the `try…` methods can give now. */
  get buffered(): number {
    return this.#head.length - this.#offset + (this.#next.length - this.#nextOffset);
  }

  /** True when it is known that no byte is left; only sure after a `peek` came back short. */
  get ended(): boolean {
    return this.#sourceEnded && this.buffered === 0;
  }

  /** Exactly `count` bytes, not consumed; undefined when fewer are buffered. */
  tryPeek(count: number): Uint8Array | undefined {
    const end = this.#offset + count;
    if (end <= this.#head.length) return this.#head.subarray(this.#offset, end);
    if (count > this.buffered) return undefined;
    this.#join(count);
    return this.#head.subarray(this.#offset, this.#offset + count);
  }

  /** Exactly `count` bytes; undefined, and nothing consumed, when fewer are buffered. */
  tryRead(count: number): Uint8Array | undefined {
    const bytes = this.tryPeek(count);
    if (bytes !== undefined) this.#consume(count);
    return bytes;
  }

  /** False, and nothing consumed, when fewer bytes are buffered. */
  trySkip(count: number): boolean {
    if (count > this.buffered) return false;
    this.#consume(count);
    return true;
  }

  /** Up to `count` bytes, not consumed; fewer only at the end. `count` is a size the caller has limited. */
  async peek(count: number): Promise<Uint8Array> {
    if (this.buffered < count) await this.#fill(count);
    return this.tryPeek(Math.min(count, this.buffered)) ?? nothing;
  }

  /** @throws {Fault} malformed, with the code given to the constructor, when fewer bytes are left */
  async read(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw this.#truncated(count - bytes.length);
    this.#consume(count);
    return bytes;
  }

  /** @throws {Fault} malformed, as `read` */
  async skip(count: number): Promise<void> {
    let left = count;
    while (!this.trySkip(left)) {
      left -= this.buffered;
      this.#consume(this.buffered);
      if (!(await this.#pull())) throw this.#truncated(left);
    }
  }

  /** The bytes that are buffered and lie together, at least one and at most `maximum`; undefined at the end. */
  async readSome(maximum: number): Promise<Uint8Array | undefined> {
    if (this.buffered === 0 && !(await this.#pull())) return undefined;
    return this.tryReadSome(maximum);
  }

  /** As `readSome`, but not consumed. */
  async peekSome(maximum: number): Promise<Uint8Array | undefined> {
    if (this.buffered === 0 && !(await this.#pull())) return undefined;
    if (this.#offset === this.#head.length) this.#advance();
    return this.#head.subarray(this.#offset, Math.min(this.#offset + maximum, this.#head.length));
  }

  /** As `readSome`, but undefined also when nothing is buffered. */
  tryReadSome(maximum: number): Uint8Array | undefined {
    if (this.#offset === this.#head.length) this.#advance();
    const count = Math.min(maximum, this.#head.length - this.#offset);
    if (count === 0) return undefined;
    const bytes = this.#head.subarray(this.#offset, this.#offset + count);
    this.#consume(count);
    return bytes;
  }

  /** The next `count` bytes as views, consumed as they are given; whoever stops early has consumed what was given. */
  async *stream(count: number): ByteStream {
    let left = count;
    while (left > 0) {
      const bytes = await this.readSome(left);
      if (bytes === undefined) throw this.#truncated(left);
      left -= bytes.length;
      yield bytes;
    }
  }

  /** Tells the stream that no more will be asked for. */
  async close(): Promise<void> {
    if (this.#sourceEnded) return;
    this.#sourceEnded = true;
    await this.#source.return?.();
  }

  #truncated(missing: number): Error {
    return malformed(
      this.#truncatedCode,
      `the data end at byte ${this.#position + this.buffered}, ${missing} bytes too early`,
      this.#where,
    );
  }

  #consume(count: number): void {
    this.#position += count;
    const inHead = this.#head.length - this.#offset;
    if (count <= inHead) this.#offset += count;
    else {
      this.#advance();
      this.#offset += count - inHead;
    }
  }

  /** Goes on from the newest chunk once the bytes before it are consumed. */
  #advance(): void {
    this.#head = this.#next;
    this.#offset = this.#nextOffset;
    this.#next = nothing;
    this.#nextOffset = 0;
  }

  /** Makes the first `count` buffered bytes lie together, copying only those. */
  #join(count: number): void {
    const before = this.#head.subarray(this.#offset);
    if (before.length === 0) {
      this.#advance();
      return;
    }
    const joined = new Uint8Array(count);
    joined.set(before);
    const taken = count - before.length;
    joined.set(this.#next.subarray(this.#nextOffset, this.#nextOffset + taken), before.length);
    this.#head = joined;
    this.#offset = 0;
    this.#nextOffset += taken;
  }

  /** The newest chunk of the stream; undefined at its end. Everything of the chunk before has been consumed or copied. */
  async #nextChunk(): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) throw this.#failure.thrown;
    if (this.#sourceEnded) return undefined;
    try {
      for (;;) {
        const step = await this.#source.next();
        if (step.done === true) {
          this.#sourceEnded = true;
          return undefined;
        }
        if (step.value.length > 0) return step.value;
      }
    } catch (thrown) {
      this.#failure = { thrown };
      throw thrown;
    }
  }

  /** One more chunk, when nothing is buffered. */
  async #pull(): Promise<boolean> {
    this.#head = nothing;
    this.#offset = 0;
    this.#next = nothing;
    this.#nextOffset = 0;
    const chunk = await this.#nextChunk();
    if (chunk === undefined) return false;
    this.#head = chunk;
    return true;
  }

  /** Not zeroed: only what was written is ever shown. It may hold the bytes that are left of `#head`, which are then moved to its start. */
  #room(count: number): Buffer {
    if (count > keptScratch) return Buffer.allocUnsafe(count);
    if (count > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(count);
    return this.#scratch;
  }

  /** Buffers `count` bytes, or all there are, copying each byte once, however small the chunks are. */
  async #fill(count: number): Promise<void> {
    if (this.buffered === 0 && (!(await this.#pull()) || this.buffered >= count)) return;
    const gathered = this.#room(count);
    const before = this.#head.subarray(this.#offset);
    const newest = this.#next.subarray(this.#nextOffset);
    gathered.set(before);
    gathered.set(newest, before.length);
    let size = before.length + newest.length;
    this.#head = gathered.subarray(0, size);
    this.#offset = 0;
    this.#next = nothing;
    this.#nextOffset = 0;
    while (size < count) {
      const chunk = await this.#nextChunk();
      if (chunk === undefined) return;
      const taken = Math.min(chunk.length, count - size);
      gathered.set(chunk.subarray(0, taken), size);
      size += taken;
      this.#head = gathered.subarray(0, size);
      this.#next = chunk;
      this.#nextOffset = taken;
    }
  }
}
