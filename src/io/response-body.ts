/** The body of an HTTP answer → a ByteStream that ends, fails or is cut off, and never hangs. */
import type { Readable } from 'node:stream';
import type { ByteStream } from '../core/bytes.ts';
import { overLimit, unavailable, type Fault } from '../core/fault.ts';

/** A server that sends less than this on average, while we wait, keeps us busy on purpose. */
export const slowestBytesPerSecond = 1024;

export interface BodyWatch {
  /** The longest silence, and the time over which the average speed is judged. Only time spent waiting counts. */
  readonly timeoutMs: number;
  readonly where: string;
  /** What the socket's errors mean. */
  readonly toFault: (thrown: unknown) => unknown;
  /** Called once, however the body ends. */
  readonly onEnd: () => void;
}

const stalled = (timeoutMs: number, where: string): Fault =>
  unavailable('REGISTRY_STALLED', `the server sent (nearly) nothing for ${timeoutMs / 1000} seconds`, where);

/**
 * Breaking off the loop closes the connection.
 * @throws {Fault} unavailable `REGISTRY_STALLED`, and what `toFault` makes of a broken connection
 */
export async function* watchBody(body: Readable, { timeoutMs, where, toFault, onEnd }: BodyWatch): ByteStream {
  let waiting = false;
  const timer = setTimeout(() => {
    // Whoever reads slowly may do so.
    if (waiting) body.destroy(stalled(timeoutMs, where));
    else timer.refresh();
  }, timeoutMs);
  let waitedMs = 0;
  let received = 0;
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      waiting = true;
      timer.refresh();
      const since = performance.now();
      const { done, value } = await chunks.next();
      waiting = false;
      if (done === true) return;
      waitedMs += performance.now() - since;
      received += value.length;
      if (waitedMs >= timeoutMs) {
        if (received < (slowestBytesPerSecond * waitedMs) / 1000) throw stalled(timeoutMs, where);
        waitedMs = 0;
        received = 0;
      }
      yield value;
    }
  } catch (thrown) {
    throw toFault(thrown);
  } finally {
    clearTimeout(timer);
    body.destroy();
    onEnd();
  }
}

/**
 * A whole document within a size and a time.
 * @throws {Fault} limit `RESPONSE_TOO_LARGE`; unavailable `REGISTRY_STALLED`
 */
export const collectDocument = async (
  body: ByteStream,
  limits: { readonly maximum: number; readonly timeoutMs: number; readonly where: string },
): Promise<Uint8Array> => {
  const { maximum, timeoutMs, where } = limits;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const started = performance.now();
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maximum) throw overLimit('RESPONSE_TOO_LARGE', `the answer is larger than ${maximum} bytes`, where);
    if (performance.now() - started > timeoutMs) throw stalled(timeoutMs, where);
    chunks.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(chunks, size);
};
