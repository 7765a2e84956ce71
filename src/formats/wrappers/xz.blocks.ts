/**
 * An xz stream that our decoder lacks something for (a SHA-256 check, a filter for machine code) → its content. Each block is given
 * to the decoder as a stream of its own without filters and check; what was left out is done and verified here (The .xz File
 * Format 1.2.1).
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, unavailable } from '../../core/fault.ts';
import type { ByteReader } from '../byte-reader.ts';
import type { UnpackingMeter } from '../unpacking-meter.ts';
import { openXzCheck, type XzCheck } from './xz.checks.ts';
import { openXzDecoder } from './xz.decoder.ts';
import { openXzFilter, type XzFilter } from './xz.filters.ts';
import { isXzStream, parseXzBlockHeader, type XzBlockHeader } from './xz.frames.ts';

const word = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
const withCrc = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, word(crc32(bytes))]);
const padded = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, new Uint8Array((4 - (bytes.length % 4)) % 4)]);

/** 1.2: seven bits a byte, the lowest first. */
const numberBytes = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
};

/** Flags of a stream whose blocks have no check. */
const plainFlags = Uint8Array.of(0, 0);
const plainStart = Buffer.concat([Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), withCrc(plainFlags)]);
const plainHeaderBytes = 12;
const plainHeader = (dictionary: number): Uint8Array => withCrc(Uint8Array.of(2, 0, 0x21, 1, dictionary, 0, 0, 0));

const plainEnd = (packed: number, unpacked: number): Uint8Array => {
  const index = withCrc(
    padded(Uint8Array.from([0, 1, ...numberBytes(plainHeaderBytes + packed), ...numberBytes(unpacked)])),
  );
  const footer = Buffer.concat([word(index.length / 4 - 1), plainFlags]);
  return Buffer.concat([index, word(crc32(footer)), footer, Buffer.from('YZ')]);
};

const largestPiece = 1 << 16;

const invalid = (what: string, where: string): Error => malformed('XZ_DATA_INVALID', `xz data with ${what}`, where);

/** The last four bytes are the CRC32 of the others. */
const checkCrc = (bytes: Uint8Array, what: string, where: string): void => {
  const { length } = bytes;
  if (Buffer.from(bytes).readUInt32LE(length - 4) !== crc32(bytes.subarray(0, length - 4)))
    throw invalid(`a wrong checksum of ${what}`, where);
};

const filtersOf = ({ filters }: XzBlockHeader, where: string): readonly XzFilter[] =>
  filters
    .slice(0, -1)
    .map(({ id, properties }) => {
      const filter = openXzFilter(id, properties);
      if (filter === undefined)
        throw unavailable(
          'XZ_FILTER_UNSUPPORTED',
          `the xz data use the filter ${id}, which Tidewaiter does not have`,
          where,
        );
      return filter;
    })
    // What was packed went through the first of them first.
    .toReversed();

/** 5.3.1: a chunk of LZMA2 with its header; `undefined` behind the last. */
const readChunk = async (reader: ByteReader, where: string): Promise<Uint8Array> => {
  const [control = 0] = await reader.peek(1);
  if (control > 2 && control < 0x80) throw invalid('an unknown LZMA2 chunk', where);
  if (control === 0) return Uint8Array.from(await reader.read(1));
  const head = control < 0x80 ? 3 : control >= 0xc0 ? 6 : 5;
  const sizes = await reader.peek(head);
  const at = control < 0x80 ? 1 : 3;
  const size = (sizes[at] ?? 0) * 256 + (sizes[at + 1] ?? 0) + 1;
  return Uint8Array.from(await reader.read(head + size));
};

interface Unpacking {
  readonly reader: ByteReader;
  readonly meter: UnpackingMeter;
  readonly where: string;
}

/** Sizes of a block as an index states them. */
interface BlockSizes {
  unpadded: number;
  unpacked: number;
}

async function* unwrapBlock(
  { reader, meter, where }: Unpacking,
  header: XzBlockHeader,
  check: XzCheck | undefined,
  sizes: BlockSizes,
): ByteStream {
  const filters = filtersOf(header, where);
  /** Through every filter from this one on; at the end with what each of them held back. */
  const unfilter = (bytes: Uint8Array, isLast: boolean): Uint8Array =>
    filters.reduce((given, filter) => {
      const out = filter.push(given);
      return isLast ? Buffer.concat([out, filter.finish()]) : out;
    }, bytes);
  const give = (bytes: Uint8Array): Uint8Array => {
    check?.update(bytes);
    return bytes;
  };
  using decoder = await openXzDecoder();
  const start = Buffer.concat([plainStart, plainHeader(header.filters.at(-1)?.properties[0] ?? 0)]);
  for (const _ of decoder.decode(start)) throw invalid('content before the first chunk', where);
  let packed = 0;
  let unpacked = 0;
  for (let isLast = false; !isLast;) {
    const chunk = await readChunk(reader, where);
    isLast = chunk[0] === 0;
    packed += chunk.length;
    meter.packed = reader.position;
    for (const out of decoder.decode(chunk)) {
      unpacked += out.length;
      meter.spend(out.length);
      const shown = unfilter(out, false);
      if (shown.length > 0) yield give(shown);
    }
  }
  const rest = unfilter(new Uint8Array(0), true);
  if (rest.length > 0) yield give(rest);
  const padding = await reader.read((4 - (packed % 4)) % 4);
  const end = Buffer.concat([padding, plainEnd(packed, unpacked)]);
  for (const _ of decoder.decode(end)) throw invalid('content behind the last chunk', where);
  decoder.finish();
  if ((header.packed ?? packed) !== packed || (header.unpacked ?? unpacked) !== unpacked)
    throw invalid('a block of another size than it states', where);
  if (check !== undefined) {
    const stored = await reader.read(check.size);
    if (Buffer.compare(check.digest(), stored) !== 0) throw invalid('content that fails its check', where);
  }
  sizes.unpadded = header.size + packed + (check?.size ?? 0);
  sizes.unpacked = unpacked;
}

/** 4 and 2.1.2: the sizes of all blocks once more, and the end of the stream. */
const checkEnd = async (
  { reader, where }: Unpacking,
  flags: Uint8Array,
  blocks: number,
  records: Uint8Array,
): Promise<void> => {
  const start = reader.position;
  const hash = createHash('sha256');
  let crc = 0;
  const take = async (count: number): Promise<Uint8Array> => {
    const bytes = Uint8Array.from(await reader.read(count));
    crc = crc32(bytes, crc);
    return bytes;
  };
  const head = Uint8Array.from([0, ...numberBytes(blocks)]);
  if (Buffer.compare(await take(head.length), head) !== 0) throw invalid('a wrong count of blocks', where);
  // Every number has a byte at least, so that this never reads beyond the last.
  for (let left = blocks * 2; left > 0;) {
    const bytes = await take(Math.min(left, largestPiece));
    hash.update(bytes);
    for (const byte of bytes) if (byte < 128) left -= 1;
  }
  if (Buffer.compare(hash.digest(), records) !== 0) throw invalid('an index of other blocks', where);
  const padding = await take((4 - ((reader.position - start) % 4)) % 4);
  if (padding.some((byte) => byte !== 0)) throw invalid('used padding', where);
  const stored = Buffer.from(await reader.read(4)).readUInt32LE(0);
  if (stored !== crc) throw invalid('a wrong checksum of the index', where);
  const size = reader.position - start;
  const footer = Buffer.from(await reader.read(12));
  const body = Buffer.concat([word(size / 4 - 1), flags]);
  const expected = Buffer.concat([word(crc32(body)), body, Buffer.from('YZ')]);
  if (!footer.equals(expected)) throw invalid('a wrong end', where);
};

/** 2.1.1: what stands before the first block. */
const startBytes = 12;

/** True for a stream that needs this reader. `head` holds its start, and the header of its first block as far as there is one. */
export const needsXzBlocks = (head: Uint8Array, where: string): boolean => {
  const check = head[7] ?? 0;
  if (head.length < startBytes || !isXzStream(head) || head[6] !== 0) return false;
  if (check === 10) return true;
  const size = ((head[startBytes] ?? 0) + 1) * 4;
  if (head[startBytes] === 0 || head.length < startBytes + size) return false;
  return parseXzBlockHeader(head.subarray(startBytes, startBytes + size), where).filters.length > 1;
};

/**
 * One stream, of which exactly its own bytes are read; damage that the decoder finds is its `XzDataError`.
 * @throws {Fault} malformed, limit, or unavailable `XZ_FILTER_UNSUPPORTED` and `XZ_CHECK_UNSUPPORTED`
 */
export async function* unwrapXzBlocks(reader: ByteReader, meter: UnpackingMeter, where: string): ByteStream {
  const unpacking = { reader, meter, where };
  const start = Uint8Array.from(await reader.read(startBytes));
  const flags = start.slice(6, 8);
  checkCrc(start.subarray(6), 'the stream header', where);
  // Sizes of blocks as the index has to repeat them; there may be as many as the stream has room for.
  const records = createHash('sha256');
  let blocks = 0;
  for (;;) {
    const [first = 0] = await reader.peek(1);
    if (first === 0) {
      if ((await reader.peek(1)).length === 0) throw malformed('XZ_TRUNCATED', 'the xz data end too early', where);
      break;
    }
    const bytes = Uint8Array.from(await reader.read((first + 1) * 4));
    checkCrc(bytes, 'a block header', where);
    const sizes = { unpadded: 0, unpacked: 0 };
    const check = openXzCheck(flags[1] ?? 0, where);
    yield* unwrapBlock(unpacking, parseXzBlockHeader(bytes, where), check, sizes);
    records.update(Uint8Array.from([...numberBytes(sizes.unpadded), ...numberBytes(sizes.unpacked)]));
    blocks += 1;
  }
  await checkEnd(unpacking, flags, blocks, records.digest());
}
