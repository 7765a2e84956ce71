/** A stream → one array of bytes, within a limit. */
import type { ByteStream } from './bytes.ts';
import { overLimit } from './fault.ts';

/** Reads a whole stream. Throws the Fault `CONTENT_TOO_LARGE` once it holds more than `maximum` bytes. */
export const collect = async (stream: ByteStream, maximum: number, where = ''): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maximum) throw overLimit('CONTENT_TOO_LARGE', `more than ${maximum} bytes`, where);
    chunks.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(chunks, size);
};
