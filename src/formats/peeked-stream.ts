/** A stream → its first bytes, and the whole stream again. */
import type { ByteStream } from '../core/bytes.ts';

/** `replay` gives everything, once; `close` tells the source that no more will be read. */
export interface PeekedStream {
  /** At least as many bytes as were asked for, unless the stream has fewer. */
  readonly head: Uint8Array;
  /** True when it is known that `head` is everything. */
  readonly isWhole: boolean;
  /** What the source throws goes to `failed`, where given; when that returns, the stream ends there. */
  replay(failed?: (thrown: unknown) => void): ByteStream;
  close(): Promise<void>;
}

/** Stops looking after `count` bytes, or after `expected`, the size that somebody stated. Copies only where several chunks were needed. */
export const peekStream = async (
  stream: ByteStream,
  count: number,
  expected = Number.POSITIVE_INFINITY,
): Promise<PeekedStream> => {
  const source = stream[Symbol.asyncIterator]();
  const wanted = Math.min(count, expected);
  let head: Uint8Array = new Uint8Array(0);
  let isWhole = false;
  while (head.length < wanted && !isWhole) {
    // A chunk is valid only until the next one is asked for.
    if (head.length > 0) head = Uint8Array.from(head);
    const step = await source.next();
    if (step.done === true) isWhole = true;
    else head = head.length === 0 ? step.value : Buffer.concat([head, step.value]);
  }
  return {
    head,
    isWhole,
    async *replay(failed) {
      if (head.length > 0) yield head;
      if (isWhole) return;
      for (;;) {
        let step: IteratorResult<Uint8Array>;
        try {
          step = await source.next();
        } catch (thrown) {
          if (failed === undefined) throw thrown;
          failed(thrown);
          return;
        }
        if (step.done === true) return;
        yield step.value;
      }
    },
    async close() {
      await source.return?.();
    },
  };
};
