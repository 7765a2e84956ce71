/** A content too large for one piece of memory → overlapping windows, in order. */
import type { ByteStream } from '../core/bytes.ts';

/** Larger contents come in windows. */
export const usualWindowBytes = 16 * 2 ** 20;

export interface ContentWindow {
  /** Where the window starts in the content. */
  readonly offset: number;
  /** Bytes at its start that the window before held too. */
  readonly overlap: number;
  readonly last: boolean;
}

/** Memory of one window. `release` is called by whoever was handed the window. */
export interface WindowMemory {
  readonly bytes: Uint8Array;
}

export interface WindowSizes {
  readonly windowBytes: number;
  readonly overlapBytes: number;
}

/**
 * Fills window after window from the stream and hands each one on; a window is handed on once it is known whether it is the last.
 * At least one window is handed on, also when the stream fails: what arrived is never lost. `expected` bytes at most are taken.
 * @returns how many bytes arrived, and what the stream threw
 */
export const fillWindows = async <Memory extends WindowMemory>(
  stream: ByteStream,
  expected: number,
  sizes: WindowSizes,
  allocate: (size: number) => Promise<Memory>,
  give: (memory: Memory, filled: number, window: ContentWindow, arrived: number) => void | Promise<void>,
): Promise<{ readonly arrived: number; readonly thrown?: unknown }> => {
  const { windowBytes, overlapBytes } = sizes;
  let memory = await allocate(Math.min(windowBytes, expected));
  let filled = 0;
  let offset = 0;
  let overlap = 0;
  let arrived = 0;
  let failure: { readonly thrown: unknown } | undefined;
  try {
    for await (const chunk of stream) {
      const wanted = Math.min(chunk.length, expected - arrived);
      for (let taken = 0; taken < wanted;) {
        if (filled === memory.bytes.length) {
          // Copied before the memory is given away. Almost no content has a second window, so none pays for it in advance.
          const keep = memory.bytes.slice(filled - overlapBytes, filled);
          await give(memory, filled, { offset, overlap, last: false }, arrived);
          offset += filled - overlapBytes;
          overlap = overlapBytes;
          memory = await allocate(Math.min(windowBytes, expected - offset));
          memory.bytes.set(keep);
          filled = overlapBytes;
        }
        const count = Math.min(wanted - taken, memory.bytes.length - filled);
        memory.bytes.set(chunk.subarray(taken, taken + count), filled);
        filled += count;
        taken += count;
        arrived += count;
      }
    }
  } catch (thrown) {
    failure = { thrown };
  }
  await give(memory, filled, { offset, overlap, last: true }, arrived);
  return { arrived, ...failure };
};
