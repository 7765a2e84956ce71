/**
 * Drives the zstd decoder of node:zlib: packed pieces in, unpacked chunks out. The decoder runs on the thread pool while the
 * consumer works on the chunk before, with at most about two megabytes waiting.
 */
import type { ZstdDecompress } from 'node:zlib';
import { releaseMemory, type ByteStream } from '../core/bytes.ts';
import type { ByteReader } from './byte-reader.ts';

/** One chunk of output; 64 KiB costs a third of the speed. */
const nativeChunkSize = 1 << 18;
/** Packed bytes handed over at a time, at most; pieces below the smaller size are gathered, since each costs a turn of the event loop and one of the thread pool. */
const pieceSize = 1 << 18;
const smallPiece = 1 << 17;
/** Output that waits for the consumer before the decoder is stopped. */
const waitingLimit = 1 << 20;

/** The decoder buffers nothing itself while it is paused, so that no output is lost when it then meets damage. */
export const nativeOptions = { chunkSize: nativeChunkSize, readableHighWaterMark: 1 } as const;

/**
 * Hands one piece to the decoder; the piece must stay as it is until the promise resolves.
 * Gives the number of bytes used: fewer than the piece holds only when the decoder found the end of its data.
 */
export type WritePiece = (piece: Uint8Array) => Promise<number>;

/** The next piece worth handing over, not consumed; empty at the end. */
export const peekPiece = async (reader: ByteReader): Promise<Uint8Array> => {
  const piece = await reader.peekSome(pieceSize);
  if (piece === undefined) return new Uint8Array(0);
  return piece.length < smallPiece ? await reader.peek(2 * smallPiece) : piece;
};

class Stopped extends Error {}

/**
 * The decoder's output. `feed` writes the packed data piece by piece and returns when there are no more or the decoder
 * has ended; then the decoder is told that this was all. Faults thrown by `feed` come out of the stream, errors of the
 * decoder through `toFault`; both after the chunks before them.
 */
export async function* runDecoder(
  decoder: ZstdDecompress,
  feed: (write: WritePiece) => Promise<void>,
  toFault: (thrown: Error & { code?: string }) => Error,
): ByteStream {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let ended = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  let settle: ((stopped: boolean) => void) | undefined;

  const signal = (): void => {
    wake?.();
    wake = undefined;
  };
  decoder.on('data', (chunk: Uint8Array) => {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes >= waitingLimit) decoder.pause();
    signal();
  });
  decoder.once('end', () => {
    ended = true;
    settle?.(false);
    signal();
  });
  decoder.once('error', (thrown: Error) => {
    failure ??= toFault(thrown);
    settle?.(true);
    signal();
  });
  decoder.once('close', () => settle?.(true));

  const write: WritePiece = (piece) =>
    new Promise((resolve, reject) => {
      if (decoder.destroyed) {
        reject(new Stopped());
        return;
      }
      const before = decoder.bytesWritten;
      settle = (stopped) => {
        settle = undefined;
        if (stopped) reject(new Stopped());
        else resolve(decoder.bytesWritten - before);
      };
      decoder.write(piece, (thrown) => {
        if (thrown === null || thrown === undefined) settle?.(false);
      });
    });

  const feedAll = async (): Promise<void> => {
    try {
      await feed(write);
      if (!ended && !decoder.destroyed) decoder.end();
    } catch (thrown) {
      if (thrown instanceof Stopped) return;
      failure ??= thrown as Error;
      signal();
    }
  };
  const feeding = feedAll();

  try {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk !== undefined) {
        waitingBytes -= chunk.length;
        if (waitingBytes < waitingLimit && decoder.isPaused()) decoder.resume();
        yield chunk;
        // The decoder fills one buffer after the other: with its end it is done with it, and so is the consumer.
        releaseMemory(chunk);
        continue;
      }
      if (failure !== undefined) throw failure;
      if (ended) {
        await feeding;
        // oxlint-disable-next-line typescript/no-unnecessary-condition
        if (failure !== undefined) throw failure;
        return;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    decoder.destroy();
  }
}
