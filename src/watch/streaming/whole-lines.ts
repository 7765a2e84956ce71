/** A stream of bytes → pieces that end where a line ends: what is cut off when the connection breaks is never half a record. */
import type { ByteStream } from '../../core/bytes.ts';

export interface WholeLines {
  readonly bytes: Buffer;
  /** Bytes of lines that were passed over because they are longer than the bound. */
  readonly tooLong: number;
}

const newline = 10;

export async function* wholeLines(stream: ByteStream, maximum: number): AsyncGenerator<WholeLines, void, undefined> {
  let held: Buffer[] = [];
  let size = 0;
  let skipped = 0;
  for await (const chunk of stream) {
    const end = chunk.lastIndexOf(newline);
    if (end < 0) {
      size += chunk.length;
      if (skipped > 0 || size > maximum) {
        skipped += skipped === 0 ? size : chunk.length;
        held = [];
      } else held.push(Buffer.from(chunk));
      continue;
    }
    // The rest of the line that is too long ends with its first line end.
    const start = skipped > 0 ? chunk.indexOf(newline) + 1 : 0;
    const tooLong = skipped > 0 ? skipped + start : 0;
    yield { bytes: Buffer.concat([...held, chunk.subarray(start, end + 1)]), tooLong };
    const rest = chunk.subarray(end + 1);
    held = rest.length === 0 ? [] : [Buffer.from(rest)];
    size = rest.length;
    skipped = 0;
  }
}
