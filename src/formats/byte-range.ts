/** A range of Bytes → a stream of it, piece by piece. */
import type { Bytes, ByteStream } from '../core/bytes.ts';

const pieceSize = 1 << 18;

/** The bytes from `start` up to `end`, or up to the end of the data when that comes first. */
export async function* streamRange(bytes: Bytes, start: number, end: number): ByteStream {
  const stop = Math.min(end, bytes.size);
  for (let offset = start; offset < stop; offset += pieceSize)
    yield await bytes.read(offset, Math.min(pieceSize, stop - offset));
}
