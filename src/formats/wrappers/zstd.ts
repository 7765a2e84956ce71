/** Zstandard → the bytes inside, all frames one after the other (RFC 8878). */
import { constants, createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, overLimit, unavailable } from '../../core/fault.ts';
import { ByteReader } from '../byte-reader.ts';
import { nativeOptions, peekPiece, runDecoder } from '../native-decoder.ts';
import { reportTrailingData } from '../trailing-data.ts';
import { UnpackingMeter } from '../unpacking-meter.ts';
import type { OnRemark, Wrapper } from '../wrapper.ts';

/**
 * Called with the payload of a skippable frame (without its eight header bytes) and the payload's offset in the packed
 * data. The array is the callee's to keep.
 */
export type OnSkippableFrame = (payload: Uint8Array, offset: number) => void;

const maximumWindowLog = 27;
/** Payloads of this size or less are sizes that parallel compressors note. */
const smallPayload = 16;
/** A skippable frame kept in memory for the hook. A table of contents of 300,000 files fits. */
const keptPayload = 64 * 2 ** 20;
/** Frames that lie within this window are unpacked in one call: a layer made for lazy pulling has one for each file. */
const smallFrame = 1 << 16;
const smallFrameOutput = 1 << 20;

const magicOf = (head: Uint8Array): number =>
  head.length < 4 ? 0 : new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true);
const isFrame = (magic: number): boolean => magic === 0xfd2fb528;
// 3.1.2: 0x184D2A50 to 0x184D2A5F
const isSkippable = (magic: number): boolean => magic >>> 4 === 0x184d2a5;

const decoderParameters = { [constants.ZSTD_d_windowLogMax]: maximumWindowLog };

interface FrameHeader {
  readonly length: number;
  readonly window: number;
  readonly checksum: boolean;
  readonly contentSize: number | undefined;
}

/** 3.1.1.1: frame header descriptor, window descriptor, dictionary id, content size. */
const readFrameHeader = async (reader: ByteReader, where: string): Promise<FrameHeader> => {
  const invalid = (what: string): Error => malformed('ZSTD_HEADER_INVALID', `a zstd frame header ${what}`, where);
  const head = await reader.peek(18);
  const descriptor = head[4];
  if (descriptor === undefined) throw truncated(where);
  if ((descriptor & 0x08) !== 0) throw invalid('has its reserved bit set');
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag;
  const length = 5 + (singleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
  if (head.length < length) throw truncated(where);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const dictionaryAt = singleSegment ? 5 : 6;
  for (let at = dictionaryAt; at < dictionaryAt + dictionaryBytes; at += 1)
    if (head[at] !== 0)
      throw unavailable('ZSTD_DICTIONARY_NEEDED', 'the zstd data can only be unpacked with a dictionary', where);
  const sizeAt = dictionaryAt + dictionaryBytes;
  const contentSize =
    sizeBytes === 1
      ? view.getUint8(sizeAt)
      : sizeBytes === 2
        ? view.getUint16(sizeAt, true) + 256
        : sizeBytes === 4
          ? view.getUint32(sizeAt, true)
          : sizeBytes === 8
            ? Number(view.getBigUint64(sizeAt, true))
            : undefined;
  const windowByte = view.getUint8(5);
  const base = 2 ** (10 + (windowByte >> 3));
  const window = singleSegment ? (contentSize ?? 0) : base + (base / 8) * (windowByte & 7);
  if (window > 2 ** maximumWindowLog)
    throw overLimit('ZSTD_WINDOW_TOO_LARGE', `the zstd data need a window of ${window} bytes`, where);
  return { length, window, checksum: (descriptor & 0x04) !== 0, contentSize };
};

const truncated = (where: string): Error => malformed('ZSTD_TRUNCATED', 'the zstd data end too early', where);

/**
 * Finds where a frame ends from its block headers alone (3.1.1.2). The decoder of node:zlib stops without an error after
 * the frame in which a write ends, so it must be given exactly one frame: otherwise all that follows would be lost.
 */
class FrameWalk {
  readonly #checksum: boolean;
  readonly #where: string;
  /** Bytes until the next block header, or until the end. */
  #left: number;
  #last = false;

  constructor(header: FrameHeader, where: string) {
    this.#left = header.length;
    this.#checksum = header.checksum;
    this.#where = where;
  }

  get ended(): boolean {
    return this.#last && this.#left === 0;
  }

  /** How many of these bytes belong to the frame, as far as can be told; the rest is shown again. */
  take(bytes: Uint8Array): number {
    let at = 0;
    for (;;) {
      const step = Math.min(this.#left, bytes.length - at);
      at += step;
      this.#left -= step;
      if (this.#left > 0 || this.#last || bytes.length - at < 3) return at;
      const header = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
      const type = (header >> 1) & 3;
      // 3.1.1.2.2: type 3 "is not a block … the data should be considered corrupt"
      if (type === 3) throw malformed('ZSTD_DATA_INVALID', 'a zstd block has the reserved type', this.#where);
      this.#last = (header & 1) !== 0;
      this.#left = 3 + (type === 1 ? 1 : header >> 3) + (this.#last && this.#checksum ? 4 : 0);
    }
  }
}

/** A whole small frame at once; undefined when it is larger or damaged, which the streaming way then tells apart. */
const decodeSmall = (window: Uint8Array, header: FrameHeader, where: string): DecodedFrame | undefined => {
  if ((header.contentSize ?? 0) > smallFrameOutput) return undefined;
  const walk = new FrameWalk(header, where);
  const used = walk.take(window);
  if (!walk.ended) return undefined;
  try {
    const content = zstdDecompressSync(window.subarray(0, used), {
      chunkSize: smallFrame,
      maxOutputLength: smallFrameOutput,
      params: decoderParameters,
    });
    return { content, used };
  } catch {
    return undefined;
  }
};

interface DecodedFrame {
  readonly content: Uint8Array;
  readonly used: number;
}

const decodeStreaming = (reader: ByteReader, header: FrameHeader, meter: UnpackingMeter, where: string): ByteStream => {
  const damaged = (): Error =>
    malformed('ZSTD_DATA_INVALID', `the zstd data are damaged near byte ${reader.position}`, where);
  return runDecoder(
    createZstdDecompress({ ...nativeOptions, params: decoderParameters }),
    async (write) => {
      const walk = new FrameWalk(header, where);
      while (!walk.ended) {
        let piece = await peekPiece(reader);
        if (piece.length < 3) piece = await reader.peek(4);
        const count = walk.take(piece);
        if (count === 0) throw truncated(where);
        meter.packed = reader.position + count;
        const used = await write(piece.subarray(0, count));
        reader.trySkip(count);
        if (used < count) throw damaged();
      }
    },
    damaged,
  );
};

const readSkippable = async (
  reader: ByteReader,
  remark: OnRemark,
  onSkippableFrame: OnSkippableFrame | undefined,
): Promise<void> => {
  const head = await reader.read(8);
  const size = new DataView(head.buffer, head.byteOffset, 8).getUint32(4, true);
  if (onSkippableFrame !== undefined && size <= keptPayload) {
    const offset = reader.position;
    onSkippableFrame(Uint8Array.from(await reader.read(size)), offset);
    return;
  }
  await reader.skip(size);
  if (size > smallPayload)
    remark({
      kind: 'gap',
      code: 'ZSTD_SKIPPABLE_FRAME',
      where: '',
      reason: `a skippable zstd frame holds ${size} bytes, which unpacking never shows`,
      bytes: size,
    });
};

/** As `zstd.unwrap`, and hands the payload of every skippable frame to the hook instead of remarking on it. */
export async function* unwrapZstd(
  stream: ByteStream,
  budget: Budget,
  remark: OnRemark,
  onSkippableFrame?: OnSkippableFrame,
): ByteStream {
  const { where } = budget;
  const reader = new ByteReader(stream, where, 'ZSTD_TRUNCATED');
  const meter = new UnpackingMeter(budget);
  try {
    for (let frames = 0; ; frames += 1) {
      const head = await reader.peek(4);
      const magic = magicOf(head);
      if (frames >= budget.limits.entries)
        throw overLimit('ZSTD_FRAMES_TOO_MANY', `more than ${budget.limits.entries} zstd frames`, where);
      if (isSkippable(magic)) {
        await readSkippable(reader, remark, onSkippableFrame);
        continue;
      }
      if (!isFrame(magic)) {
        if (frames > 0) break;
        throw head.length < 4 ? truncated(where) : malformed('ZSTD_HEADER_INVALID', 'these are no zstd data', where);
      }
      const header = await readFrameHeader(reader, where);
      const window = await reader.peek(frames > 0 ? smallFrame : Math.min(smallFrame, Math.max(18, reader.buffered)));
      const small = decodeSmall(window, header, where);
      if (small === undefined) {
        for await (const chunk of decodeStreaming(reader, header, meter, where)) {
          meter.spend(chunk.length);
          yield chunk;
        }
        continue;
      }
      reader.trySkip(small.used);
      meter.packed = reader.position;
      meter.spend(small.content.length);
      for (let at = 0; at < small.content.length; at += nativeOptions.chunkSize)
        yield small.content.subarray(at, at + nativeOptions.chunkSize);
    }
    await reportTrailingData(reader, { name: 'zstd', padding: 'none' }, remark);
  } finally {
    await reader.close();
  }
}

export const zstd: Wrapper = {
  id: 'zstd',
  about: 'Zstandard with any number of frames and skippable frames',
  detect: (head) => isFrame(magicOf(head)) || isSkippable(magicOf(head)),
  unwrap: (stream, budget, remark) => unwrapZstd(stream, budget, remark),
};
