/** Gzip → the bytes inside, all members one after the other (RFC 1952, RFC 1951). */
import { crc32 } from 'node:zlib';
import type { Budget } from '../../core/budget.ts';
import type { ByteStream } from '../../core/bytes.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { ByteReader } from '../byte-reader.ts';
import { inflateStream } from '../deflate/inflate-stream.ts';
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

const inflateMember = (reader: ByteReader, meter: UnpackingMeter, where: string): ByteStream =>
  inflateStream(
    reader,
    (position) => {
      meter.packed = position;
    },
    {
      truncated: () => truncated(where),
      damaged: () => malformed('GZIP_DATA_INVALID', `the gzip data are damaged near byte ${reader.position}`, where),
    },
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
      let crc = 0;
      const before = meter.unpacked;
      for await (const chunk of inflateMember(reader, meter, where)) {
        crc = crc32(chunk, crc);
        meter.spend(chunk.length);
        yield chunk;
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
