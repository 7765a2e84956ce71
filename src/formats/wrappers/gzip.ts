/** Gzip → the bytes inside, all members one after the other (RFC 1952, RFC 1951). */
import { constants, crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { ByteReader } from '../byte-reader.ts';
import { nativeOptions, peekPiece, runDecoder } from '../native-decoder.ts';
import { reportTrailingData } from '../trailing-data.ts';
import { UnpackingMeter } from '../unpacking-meter.ts';
import type { OnRemark, Wrapper } from '../wrapper.ts';

const flagHeaderCrc = 2;
const flagExtra = 4;
const flagName = 8;
const flagComment = 16;
const flagsReserved = 0xe0;

/** Names, comments and extra fields beyond this are room for hidden content. The largest honest ones are some hundred bytes. */
const headerTextLimit = 1024;

/** Members whose packed bytes fit are unpacked in one call: a file may hold a hundred thousand of them. */
const smallMember = 1 << 16;
const smallMemberOutput = 1 << 20;

const isMember = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;

const truncated = (where: string): Error => malformed('GZIP_TRUNCATED', 'the gzip data end too early', where);

/** Takes a zero-terminated text of the header, and gives its length with the zero. */
const skipText = async (reader: ByteReader, hash: (bytes: Uint8Array) => void): Promise<number> => {
  for (let length = 0; ;) {
    const some = await reader.peekSome(1 << 16);
    if (some === undefined) return (await reader.read(1)).length;
    const end = some.indexOf(0);
    const part = end < 0 ? some : some.subarray(0, end + 1);
    hash(part);
    length += part.length;
    reader.trySkip(part.length);
    if (end >= 0) return length;
  }
};

/** RFC 1952, 2.3: one member header. Gives the bytes of its optional fields. */
const readMemberHeader = async (reader: ByteReader, where: string): Promise<number> => {
  let crc = 0;
  const hash = (bytes: Uint8Array): void => {
    crc = crc32(bytes, crc);
  };
  const fixed = await reader.read(10);
  const flags = fixed[3] ?? 0;
  if (!isMember(fixed)) throw malformed('GZIP_HEADER_INVALID', 'these are no gzip data', where);
  // 2.3.1.2: "must give an error indication if any reserved bit is non-zero"
  if ((flags & flagsReserved) !== 0)
    throw malformed('GZIP_HEADER_INVALID', 'the gzip header has reserved flags set', where);
  hash(fixed);
  let optional = 0;
  if ((flags & flagExtra) !== 0) {
    const length = await reader.read(2);
    hash(length);
    const size = (length[0] ?? 0) + (length[1] ?? 0) * 256;
    hash(await reader.read(size));
    optional += 2 + size;
  }
  if ((flags & flagName) !== 0) optional += await skipText(reader, hash);
  if ((flags & flagComment) !== 0) optional += await skipText(reader, hash);
  if ((flags & flagHeaderCrc) !== 0) {
    const expected = crc & 0xffff;
    const stored = await reader.read(2);
    if ((stored[0] ?? 0) + (stored[1] ?? 0) * 256 !== expected)
      throw malformed('GZIP_HEADER_INVALID', 'the checksum of the gzip header is wrong', where);
  }
  return optional;
};

/** RFC 1952, 2.3.1: CRC-32 and size modulo 2^32 of the member's content. */
const checkTrailer = async (reader: ByteReader, crc: number, size: number, where: string): Promise<void> => {
  const trailer = await reader.read(8);
  const view = new DataView(trailer.buffer, trailer.byteOffset, 8);
  if (view.getUint32(0, true) !== crc)
    throw malformed('GZIP_CHECKSUM_WRONG', 'the checksum of the gzip content is wrong', where);
  if (view.getUint32(4, true) !== size % 2 ** 32)
    throw malformed('GZIP_CHECKSUM_WRONG', 'the size that the gzip trailer states is wrong', where);
};

/** A whole small member at once; undefined when it is too large or damaged, which the streaming way then tells apart. */
const inflateSmall = (packed: Uint8Array): { readonly content: Uint8Array; readonly used: number } | undefined => {
  try {
    const { buffer, engine } = inflateRawSync(packed, {
      info: true,
      chunkSize: smallMember,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: smallMemberOutput,
    }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
    return engine.bytesWritten < packed.length ? { content: buffer, used: engine.bytesWritten } : undefined;
  } catch {
    return undefined;
  }
};

const inflateStreaming = (reader: ByteReader, meter: UnpackingMeter, where: string): ByteStream =>
  runDecoder(
    createInflateRaw(nativeOptions),
    async (write) => {
      for (;;) {
        const piece = await peekPiece(reader);
        if (piece.length === 0) return;
        meter.packed = reader.position + piece.length;
        const used = await write(piece);
        reader.trySkip(used);
        if (used < piece.length) return;
      }
    },
    (thrown) =>
      thrown.code === 'Z_BUF_ERROR'
        ? truncated(where)
        : malformed('GZIP_DATA_INVALID', `the gzip data are damaged near byte ${reader.position}`, where),
  );

async function* unwrapGzip(stream: ByteStream, budget: Budget, remark: OnRemark): ByteStream {
  const { where } = budget;
  const reader = new ByteReader(stream, where, 'GZIP_TRUNCATED');
  const meter = new UnpackingMeter(budget);
  let headerText = 0;
  try {
    for (let members = 0; ; members += 1) {
      const head = await reader.peek(3);
      if (members > 0 && !isMember(head)) break;
      // An empty member is 20 bytes and costs a decoder: the number is bounded as the entries of a tree are.
      if (members >= budget.limits.entries)
        throw overLimit('GZIP_MEMBERS_TOO_MANY', `more than ${budget.limits.entries} gzip members`, where);
      headerText += Math.max(0, (await readMemberHeader(reader, where)) - headerTextLimit);
      const window = members > 0 || reader.buffered < smallMember ? await reader.peek(smallMember) : undefined;
      const small =
        window === undefined || (members === 0 && window.length === smallMember) ? undefined : inflateSmall(window);
      let crc = 0;
      const before = meter.unpacked;
      if (small === undefined) {
        for await (const chunk of inflateStreaming(reader, meter, where)) {
          crc = crc32(chunk, crc);
          meter.spend(chunk.length);
          yield chunk;
        }
      } else {
        reader.trySkip(small.used);
        meter.packed = reader.position;
        meter.spend(small.content.length);
        crc = crc32(small.content);
        for (let at = 0; at < small.content.length; at += nativeOptions.chunkSize)
          yield small.content.subarray(at, at + nativeOptions.chunkSize);
      }
      await checkTrailer(reader, crc, meter.unpacked - before, where);
    }
    if (headerText > 0)
      remark({
        kind: 'gap',
        code: 'GZIP_HEADER_DATA',
        where: '',
        reason: `gzip headers hold ${headerText} bytes of names, comments or extra fields, which unpacking never shows`,
        bytes: headerText,
      });
    await reportTrailingData(reader, { name: 'gzip', padding: 'zeros' }, remark);
  } finally {
    await reader.close();
  }
}

export const gzip: Wrapper = {
  id: 'gzip',
  about: 'gzip with any number of members',
  detect: isMember,
  unwrap: unwrapGzip,
};
