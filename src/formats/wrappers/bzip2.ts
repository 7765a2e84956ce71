/** bzip2 → the bytes inside, block by block, all streams one after the other (the format that the bzip2 1.0 manual describes). */
import Bunzip from 'seek-bzip';
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { ByteReader } from '../byte-reader.ts';
import { reportTrailingData } from '../trailing-data.ts';
import { UnpackingMeter } from '../unpacking-meter.ts';
import type { OnRemark, Wrapper } from '../wrapper.ts';

/**
 * No honest block is larger: 900,000 symbols of at most 20 bits, and the tables. The decoder is synchronous, so a block
 * lies in memory as a whole; its output is at most 46 MB (five bytes may stand for a run of 259).
 */
const largestBlock = 2_500_000;
const outputChunk = 1 << 18;

const isStream = (head: Uint8Array): boolean =>
  head[0] === 0x42 && head[1] === 0x5a && head[2] === 0x68 && (head[3] ?? 0) > 0x30 && (head[3] ?? 0) <= 0x39;

/** The mark of a block, or of the end of an empty stream, follows the header. */
const isWholeHead = (head: Uint8Array): boolean => {
  if (!isStream(head) || head.length < 10) return false;
  const mark = Buffer.from(head.subarray(4, 10)).toString('hex');
  return mark === '314159265359' || mark === '177245385090';
};

class InputEnded extends Error {}

/** What the decoder reads from: the bytes that are buffered. */
class Input {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;

  readByte(): number {
    const byte = this.bytes[this.at];
    // The decoder itself would go on with zeros for ever.
    if (byte === undefined) throw new InputEnded();
    this.at += 1;
    return byte;
  }

  read(target: Uint8Array, offset: number, length: number): number {
    for (let index = 0; index < length; index += 1) target[offset + index] = this.readByte();
    return length;
  }
}

/** What the decoder writes to: one block at a time. */
class Output {
  #bytes = new Uint8Array(1 << 20);
  #size = 0;

  writeByte(byte: number): void {
    if (this.#size === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#size] = byte;
    this.#size += 1;
  }

  /** The block so far, valid until the next block is written. */
  take(): Uint8Array {
    const block = this.#bytes.subarray(0, this.#size);
    this.#size = 0;
    return block;
  }
}

/** One stream, of which exactly its own bytes are read. */
async function* unwrapStream(reader: ByteReader, meter: UnpackingMeter, where: string): ByteStream {
  const input = new Input();
  const output = new Output();
  /** Runs one synchronous step of the decoder on what is buffered. */
  const step = async <T>(run: () => T): Promise<T> => {
    input.bytes = await reader.peek(largestBlock);
    input.at = 0;
    try {
      return run();
    } catch (thrown) {
      throw thrown instanceof InputEnded && input.bytes.length < largestBlock
        ? malformed('BZIP2_TRUNCATED', 'the bzip2 data end too early', where)
        : malformed('BZIP2_DATA_INVALID', `the bzip2 data are damaged near byte ${reader.position}`, where);
    } finally {
      reader.trySkip(input.at);
      meter.packed = reader.position;
    }
  };
  const decoder = await step(() => new Bunzip(input, output));
  for (;;) {
    const more = await step(() => {
      const isBlock = decoder._init_block();
      if (isBlock) decoder._read_bunzip();
      return isBlock;
    });
    if (!more) break;
    const block = output.take();
    meter.spend(block.length);
    for (let at = 0; at < block.length; at += outputChunk) yield block.subarray(at, at + outputChunk);
  }
  const stored = await step(() => decoder.reader.read(32) >>> 0);
  if (stored !== decoder.streamCRC)
    throw malformed('BZIP2_CHECKSUM_WRONG', 'the checksum of the bzip2 content is wrong', where);
}

async function* unwrapBzip2(stream: ByteStream, budget: Budget, remark: OnRemark): ByteStream {
  const { where } = budget;
  const reader = new ByteReader(stream, where, 'BZIP2_TRUNCATED');
  const meter = new UnpackingMeter(budget);
  try {
    for (let streams = 0; ; streams += 1) {
      if (streams >= budget.limits.entries)
        throw overLimit('BZIP2_STREAMS_TOO_MANY', `more than ${budget.limits.entries} bzip2 streams`, where);
      const head = await reader.peek(10);
      if (streams > 0 && !isStream(head)) break;
      yield* unwrapStream(reader, meter, where);
    }
    await reportTrailingData(reader, { name: 'bzip2', padding: 'none' }, remark);
  } finally {
    await reader.close();
  }
}

export const bzip2: Wrapper = {
  id: 'bzip2',
  about: 'bzip2 with any number of streams',
  detect: isWholeHead,
  unwrap: unwrapBzip2,
};
