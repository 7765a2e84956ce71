/** Bytes as they come (a stream, once, forward) and bytes that stay (random access, a view). */

/**
 * Bytes read once, forward. A chunk is valid until the next one is asked for; whoever keeps it copies it.
 * A failure to go on is a thrown Fault.
 */
export type ByteStream = AsyncIterable<Uint8Array>;

/**
 * Gives memory back at once, which would otherwise wait for the collector: gigabytes flow through buffers that live for microseconds.
 * For the last view of a buffer that nobody will look at again; every view of it is empty afterwards. Does nothing for a view that
 * ends before its buffer does, and for shared memory.
 */
export const releaseMemory = ({ buffer, byteOffset, byteLength }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && byteOffset + byteLength === buffer.byteLength && byteLength > 0)
    buffer.transfer(0);
};

/** Random access to bytes that do not change while they are read. */
export interface Bytes {
  readonly size: number;
  /** The same bytes, where they lie in memory as a whole. */
  readonly memory?: Uint8Array;
  /** Exactly `length` bytes from `offset`, or fewer at the end. Never more; never throws for a range past the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  stream(offset?: number): ByteStream;
}

/** Of public bytes: it takes longer the later they differ. */
export const isSameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** A view of bytes in memory. */
export const bytesOf = (memory: Uint8Array): Bytes => ({
  size: memory.length,
  memory,
  read: async (offset, length) =>
    memory.subarray(Math.min(offset, memory.length), Math.min(offset + length, memory.length)),
  async *stream(offset = 0) {
    if (offset < memory.length) yield memory.subarray(offset);
  },
});
