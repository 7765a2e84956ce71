/** LZ4 → the bytes inside: frames with any options, skippable frames, and the old frames of kernels (LZ4 Frame Format 1.6.4). */
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, overLimit, unavailable } from '../../core/fault.ts';
import { ByteReader } from '../byte-reader.ts';
import { u32At } from '../little-endian.ts';
import { reportTrailingData } from '../trailing-data.ts';
import { UnpackingMeter } from '../unpacking-meter.ts';
import type { OnRemark, Wrapper } from '../wrapper.ts';
import { decodeLz4Block } from './lz4.block.ts';
import { Xxh32, xxh32 } from './lz4.checksum.ts';

const frameMagic = 0x184d2204;
const oldMagic = 0x184c2102;
/** Blocks of old frames, when unpacked. */
const oldBlock = 8 * 2 ** 20;
/** How far back a match may reach. */
const historyBytes = 1 << 16;
/** Skippable frames of this size or less hold what parallel compressors note. */
const smallFrame = 64;

const isSkippable = (magic: number): boolean => magic >>> 4 === 0x184d2a5;

interface FrameHeader {
  readonly largestBlock: number;
  readonly isLinked: boolean;
  readonly hasBlockChecks: boolean;
  readonly hasCheck: boolean;
  readonly size: number | undefined;
}

class Lz4Walk {
  readonly #reader: ByteReader;
  readonly #meter: UnpackingMeter;
  readonly #where: string;
  /** History, then room for one block. */
  #room: Uint8Array = new Uint8Array(0);

  constructor(reader: ByteReader, meter: UnpackingMeter, where: string) {
    this.#reader = reader;
    this.#meter = meter;
    this.#where = where;
  }

  #invalid(what: string): Error {
    return malformed('LZ4_DATA_INVALID', `LZ4 data with ${what} near byte ${this.#reader.position}`, this.#where);
  }

  async #word(): Promise<number> {
    return u32At(await this.#reader.read(4));
  }

  async #header(): Promise<FrameHeader> {
    const start = Uint8Array.from(await this.#reader.read(2));
    const [flags = 0, block = 0] = start;
    const code = (block >> 4) & 7;
    if (flags >> 6 !== 1 || (flags & 2) !== 0 || (block & 0x8f) !== 0 || code < 4)
      throw this.#invalid('an unknown header');
    const more = Uint8Array.from(await this.#reader.read(((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4)));
    const [check = 0] = await this.#reader.read(1);
    if (((xxh32(Buffer.concat([start, more])) >>> 8) & 255) !== check)
      throw this.#invalid('a wrong checksum of a header');
    if ((flags & 1) !== 0)
      throw unavailable(
        'LZ4_DICTIONARY_UNSUPPORTED',
        'the LZ4 data can only be unpacked with a dictionary, which is not part of them',
        this.#where,
      );
    return {
      largestBlock: 2 ** (8 + 2 * code),
      isLinked: (flags & 0x20) === 0,
      hasBlockChecks: (flags & 0x10) !== 0,
      hasCheck: (flags & 4) !== 0,
      size: (flags & 8) === 0 ? undefined : u32At(more, 4) * 2 ** 32 + u32At(more),
    };
  }

  /** A packed block, `history` bytes of what came before at hand. The chunk is the caller's. */
  #unpack(input: Uint8Array, largest: number, history: number): Uint8Array {
    const start = historyBytes;
    if (this.#room.length !== start + largest) this.#room = new Uint8Array(start + largest);
    const result = decodeLz4Block(input, this.#room, start, start - history);
    if ('damage' in result) throw this.#invalid(result.damage);
    return this.#room.slice(start, result.end);
  }

  /** What the next block may refer to. Gives how much that is. */
  #remember(bytes: Uint8Array, history: number, largest: number): number {
    if (this.#room.length !== historyBytes + largest) this.#room = new Uint8Array(historyBytes + largest);
    const kept = Math.min(historyBytes - Math.min(bytes.length, historyBytes), history);
    this.#room.copyWithin(
      historyBytes - Math.min(bytes.length, historyBytes) - kept,
      historyBytes - kept,
      historyBytes,
    );
    const tail = bytes.subarray(Math.max(0, bytes.length - historyBytes));
    this.#room.set(tail, historyBytes - tail.length);
    return kept + tail.length;
  }

  #spend(bytes: Uint8Array): Uint8Array {
    this.#meter.packed = this.#reader.position;
    this.#meter.spend(bytes.length);
    return bytes;
  }

  /** Behind its magic number. */
  async *frame(): ByteStream {
    const { largestBlock, isLinked, hasBlockChecks, hasCheck, size } = await this.#header();
    const hash = hasCheck ? new Xxh32() : undefined;
    let history = 0;
    let unpacked = 0;
    for (let word = await this.#word(); word !== 0; word = await this.#word()) {
      const stored = word & 0x7fffffff;
      if (stored > largestBlock) throw this.#invalid('a block larger than stated');
      const input = Uint8Array.from(await this.#reader.read(stored));
      if (hasBlockChecks && xxh32(input) !== (await this.#word())) throw this.#invalid('a wrong checksum of a block');
      const bytes = word > 0x7fffffff ? input : this.#unpack(input, largestBlock, history);
      if (isLinked) history = this.#remember(bytes, history, largestBlock);
      hash?.update(bytes);
      unpacked += bytes.length;
      if (bytes.length > 0) yield this.#spend(bytes);
    }
    if (hash !== undefined && hash.digest() !== (await this.#word())) throw this.#invalid('a wrong checksum');
    if ((size ?? unpacked) !== unpacked) throw this.#invalid('another size than they state');
  }

  /** Behind its magic number; ends with the data or at the next one, which is no block's size. */
  async *oldFrame(): ByteStream {
    for (;;) {
      const head = await this.#reader.peek(4);
      const stored = u32At(head);
      if (head.length < 4 || stored === frameMagic || stored === oldMagic || isSkippable(stored)) return;
      // What kernels append to such an image is no block: its size of the whole.
      if (stored === 0 || stored > oldBlock + oldBlock / 255 + 16) return;
      await this.#reader.skip(4);
      yield this.#spend(this.#unpack(Uint8Array.from(await this.#reader.read(stored)), oldBlock, 0));
    }
  }
}

async function* unwrapLz4(stream: ByteStream, budget: Budget, remark: OnRemark): ByteStream {
  const { where, limits } = budget;
  const reader = new ByteReader(stream, where, 'LZ4_TRUNCATED');
  const walk = new Lz4Walk(reader, new UnpackingMeter(budget), where);
  try {
    for (let frames = 0; ; frames += 1) {
      if (frames >= limits.entries)
        throw overLimit('LZ4_FRAMES_TOO_MANY', `more than ${limits.entries} LZ4 frames`, where);
      const head = await reader.peek(4);
      const magic = head.length < 4 ? 0 : u32At(head);
      if (magic !== frameMagic && magic !== oldMagic && !isSkippable(magic)) {
        if (frames > 0) break;
        throw malformed('LZ4_DATA_INVALID', 'these are no LZ4 data', where);
      }
      await reader.skip(4);
      if (magic === frameMagic) yield* walk.frame();
      else if (magic === oldMagic) yield* walk.oldFrame();
      else await skipFrame(reader, remark);
    }
    await reportTrailingData(reader, { name: 'LZ4', padding: 'none' }, remark);
  } finally {
    await reader.close();
  }
}

const skipFrame = async (reader: ByteReader, remark: OnRemark): Promise<void> => {
  const size = u32At(await reader.read(4));
  await reader.skip(size);
  if (size > smallFrame)
    remark({
      kind: 'gap',
      code: 'LZ4_SKIPPABLE_FRAME',
      where: '',
      reason: `a skippable LZ4 frame holds ${size} bytes, which unpacking never shows`,
      bytes: size,
    });
};

export const lz4: Wrapper = {
  id: 'lz4',
  about: 'LZ4 with any number of frames, and the old frames of kernels and initial RAM disks',
  detect: (head) => head.length >= 4 && (u32At(head) === frameMagic || u32At(head) === oldMagic),
  unwrap: unwrapLz4,
};
