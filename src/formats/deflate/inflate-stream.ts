/** DEFLATE data in a stream → their content in chunks (RFC 1951). */
import type { ByteStream } from '../../core/bytes.ts';
import type { ByteReader } from '../byte-reader.ts';
import { Inflater } from './inflater.ts';

/** A piece below the smaller size is gathered to the larger: a turn costs as much as some kilobytes. */
const smallPiece = 1 << 14;
const gatheredPiece = 1 << 16;

/** What is in the reader, as it lies there; `isLast` when no more will come. */
const nextPiece = async (reader: ByteReader, room: number): Promise<{ piece: Uint8Array; isLast: boolean }> => {
  const piece = await reader.peekSome(room);
  if (piece !== undefined && piece.length >= smallPiece) return { piece, isLast: false };
  const gathered = await reader.peek(gatheredPiece);
  return { piece: gathered, isLast: gathered.length < gatheredPiece };
};

export interface InflateFaults {
  readonly truncated: () => Error;
  readonly damaged: () => Error;
}

/**
 * Leaves the reader behind the last byte of the data. `onFed` is told to which position bytes were handed to the decoder; at last, where
 * the data end.
 * @throws what `faults` make, after the content before the fault
 */
export async function* inflateStream(
  reader: ByteReader,
  onFed: (position: number) => void,
  faults: InflateFaults,
): ByteStream {
  const inflater = Inflater.take();
  try {
    for (;;) {
      const { piece, isLast } = await nextPiece(reader, inflater.room);
      inflater.feed(piece, isLast);
      onFed(reader.position + piece.length);
      let state = inflater.run();
      for (; state === 'full'; state = inflater.run()) yield inflater.content;
      reader.trySkip(inflater.used);
      if (state === 'hungry') continue;
      onFed(reader.position);
      if (inflater.content.length > 0) yield inflater.content;
      if (state === 'ended') return;
      throw state === 'truncated' ? faults.truncated() : faults.damaged();
    }
  } finally {
    inflater.giveBack();
  }
}
