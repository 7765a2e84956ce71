/** xz → the bytes inside, all streams one after the other (The .xz File Format 1.2.1). */
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { ByteReader } from '../byte-reader.ts';
import { reportTrailingData, zerosAtStart } from '../trailing-data.ts';
import { UnpackingMeter } from '../unpacking-meter.ts';
import type { OnRemark, Wrapper } from '../wrapper.ts';
import { needsXzBlocks, unwrapXzBlocks } from './xz.blocks.ts';
import { openXzDecoder, XzDataError } from './xz.decoder.ts';
import { isXzStream, XzStreamWalk } from './xz.frames.ts';

const pieceSize = 1 << 16;
/** A block header, the largest field, has at most 1024 bytes. */
const largestField = 1024;
/** The stream's header and that of its first block. */
const startSize = 12 + largestField;

const truncated = (where: string): Error => malformed('XZ_TRUNCATED', 'the xz data end too early', where);
const damaged = (where: string, reader: ByteReader): Error =>
  malformed('XZ_DATA_INVALID', `the xz data are damaged near byte ${reader.position}`, where);

/** One stream, of which exactly its own bytes are read. */
async function* unwrapStream(reader: ByteReader, meter: UnpackingMeter, where: string): ByteStream {
  using decoder = await openXzDecoder();
  const walk = new XzStreamWalk(where);
  try {
    while (!walk.ended) {
      let piece = await reader.peekSome(pieceSize);
      if (piece !== undefined && piece.length < largestField) piece = await reader.peek(largestField);
      const count = piece === undefined ? 0 : walk.take(piece);
      if (piece === undefined || count === 0) throw truncated(where);
      meter.packed = reader.position + count;
      for (const chunk of decoder.decode(piece.subarray(0, count))) {
        meter.spend(chunk.length);
        yield chunk;
      }
      reader.trySkip(count);
    }
    decoder.finish();
  } catch (thrown) {
    throw thrown instanceof XzDataError ? damaged(where, reader) : thrown;
  }
}

async function* unwrapOtherwise(reader: ByteReader, meter: UnpackingMeter, where: string): ByteStream {
  try {
    yield* unwrapXzBlocks(reader, meter, where);
  } catch (thrown) {
    throw thrown instanceof XzDataError ? damaged(where, reader) : thrown;
  }
}

/** 2.2: zeros between and after streams, a multiple of four. Gives how many there were. */
const skipPadding = async (reader: ByteReader): Promise<number> => {
  for (let zeros = 0; ;) {
    const some = await reader.peekSome(pieceSize);
    const count = some === undefined ? 0 : zerosAtStart(some);
    zeros += count;
    reader.trySkip(count);
    if (some === undefined || count < some.length) return zeros;
  }
};

async function* unwrapXz(stream: ByteStream, budget: Budget, remark: OnRemark): ByteStream {
  const { where } = budget;
  const reader = new ByteReader(stream, where, 'XZ_TRUNCATED');
  const meter = new UnpackingMeter(budget);
  try {
    for (let streams = 0; ; streams += 1) {
      if (streams >= budget.limits.entries)
        throw overLimit('XZ_STREAMS_TOO_MANY', `more than ${budget.limits.entries} xz streams`, where);
      const padding = streams === 0 ? 0 : await skipPadding(reader);
      if (padding % 4 !== 0)
        remark({
          kind: 'ambiguity',
          code: 'DATA_AFTER_END',
          where: '',
          reason: `${padding} zero bytes follow an xz stream, where only multiples of four are allowed`,
          bytes: padding,
        });
      const head = await reader.peek(6);
      if (streams > 0 && !isXzStream(head)) break;
      if (head.length < 6) throw truncated(where);
      const start = await reader.peek(startSize);
      yield* needsXzBlocks(start, where) ? unwrapOtherwise(reader, meter, where) : unwrapStream(reader, meter, where);
    }
    await reportTrailingData(reader, { name: 'xz', padding: 'none' }, remark);
  } finally {
    await reader.close();
  }
}

export const xz: Wrapper = {
  id: 'xz',
  about: 'xz with any number of streams',
  detect: isXzStream,
  unwrap: unwrapXz,
};
