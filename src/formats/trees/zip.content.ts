/** The packed bytes of one zip member → its content: APPNOTE.TXT 4.4.5. Checked against the size and CRC-32 that the directory states. */
import { crc32 } from 'node:zlib';
import type { Budget } from '../../core/budget.ts';
import type { Bytes, ByteStream } from '../../core/bytes.ts';
import { isFault, malformed } from '../../core/fault.ts';
import { streamRange } from '../byte-range.ts';
import { ByteReader } from '../byte-reader.ts';
import { inflateAtOnce } from '../deflate/inflate-at-once.ts';
import { inflateStream } from '../deflate/inflate-stream.ts';
import { UnpackingMeter } from '../unpacking-meter.ts';
import type { OnRemark, Wrapper } from '../wrapper.ts';
import { bzip2 } from '../wrappers/bzip2.ts';
import { xz } from '../wrappers/xz.ts';
import { zstd } from '../wrappers/zstd.ts';

export interface PackedMember {
  readonly path: string;
  readonly method: number;
  readonly crc: number;
  readonly start: number;
  readonly packedSize: number;
  readonly size: number;
}

const stored = 0;
export const deflated = 8;

/** Methods whose data are a whole file of another format. */
const wrapped: Readonly<Record<number, Wrapper>> = { 12: bzip2, 93: zstd, 95: xz };

const otherMethods: Readonly<Record<number, string>> = {
  1: 'shrink',
  6: 'implode',
  9: 'deflate64',
  14: 'lzma',
  96: 'jpeg',
  97: 'wavpack',
  98: 'ppmd',
  99: 'AES encryption',
};

export const isSupportedMethod = (method: number): boolean =>
  method === stored || method === deflated || Object.hasOwn(wrapped, method);

export const methodName = (method: number): string => otherMethods[method] ?? `number ${method}`;

/** Members that unpack to this much at most are inflated in one call: nearly all. */
const smallPacked = 8 * 2 ** 20;
const smallSize = 16 * 2 ** 20;

export const isSmall = ({ method, packedSize, size }: PackedMember): boolean =>
  packedSize <= smallPacked && size <= smallSize && (method === deflated || method === stored);

const inflateMember = (packed: ByteStream, meter: UnpackingMeter, where: string): ByteStream => {
  const reader = new ByteReader(packed, where, 'ZIP_MEMBER_CORRUPT');
  const damaged = (): Error =>
    malformed('ZIP_MEMBER_CORRUPT', `the deflated data are damaged near byte ${reader.position}`, where);
  const onFed = (position: number): void => {
    meter.packed = position;
  };
  return inflateStream(reader, onFed, { truncated: damaged, damaged });
};

/** Spends what it gives. */
async function* unpack(bytes: Bytes, member: PackedMember, budget: Budget, remark: OnRemark): ByteStream {
  const { method, start, packedSize, path } = member;
  const end = start + packedSize;
  const wrapper = wrapped[method];
  if (wrapper !== undefined) {
    yield* wrapper.unwrap(streamRange(bytes, start, end), budget, (inner) => remark({ ...inner, where: path }));
    return;
  }
  const meter = new UnpackingMeter(budget);
  if (method === stored) {
    meter.packed = packedSize;
    for await (const chunk of streamRange(bytes, start, end)) {
      meter.spend(chunk.length);
      yield chunk;
    }
    return;
  }
  for await (const chunk of inflateMember(streamRange(bytes, start, end), meter, path)) {
    meter.spend(chunk.length);
    yield chunk;
  }
  if (meter.packed < packedSize)
    remark({
      kind: 'ambiguity',
      code: 'ZIP_DATA_IN_MEMBER',
      where: path,
      reason: 'bytes behind the end of the deflated data, inside the member',
      bytes: packedSize - meter.packed,
    });
}

/**
 * `packed`: the bytes of a small member. Its whole content if it is in order, which nearly all are; undefined for every other.
 * @throws {Fault} limit
 */
export const unpackSmall = (packed: Uint8Array, member: PackedMember, budget: Budget): Uint8Array | undefined => {
  const { method, packedSize, size } = member;
  const inflated = method === stored ? { content: packed, used: packed.length } : inflateAtOnce(packed, size);
  if (inflated === undefined || inflated.used !== packedSize) return undefined;
  const { content } = inflated;
  if (content.length !== size || crc32(content) !== member.crc) return undefined;
  budget.spendBytes(size);
  return content;
};

/**
 * The content. Damage ends it early, with the gap remark `ZIP_MEMBER_CORRUPT`; a size or checksum that differs from the stated one is an
 * ambiguity: some readers go by the directory, others by the data.
 * @throws {Fault} limit only
 */
export async function* unpackMember(bytes: Bytes, member: PackedMember, budget: Budget, remark: OnRemark): ByteStream {
  const { path } = member;
  let size = 0;
  let crc = 0;
  try {
    for await (const chunk of unpack(bytes, member, budget, remark)) {
      if (chunk.length === 0) continue;
      size += chunk.length;
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (thrown) {
    const isUnsupported = isFault(thrown) && thrown.code.endsWith('_UNSUPPORTED');
    if (!isFault(thrown) || (thrown.kind !== 'malformed' && !isUnsupported)) throw thrown;
    remark({
      kind: 'gap',
      code: isUnsupported ? 'ZIP_METHOD_UNSUPPORTED' : 'ZIP_MEMBER_CORRUPT',
      where: path,
      reason: `${thrown.message}; ${size} bytes came out`,
      bytes: Math.max(0, member.size - size),
    });
    return;
  }
  if (size !== member.size)
    remark({
      kind: 'ambiguity',
      code: 'ZIP_SIZE_DISAGREES',
      where: path,
      reason: `the directory states ${member.size} bytes, the data give ${size}`,
      bytes: Math.abs(member.size - size),
    });
  else if (crc !== member.crc)
    remark({
      kind: 'gap',
      code: 'ZIP_MEMBER_CORRUPT',
      where: path,
      reason: 'the content does not have the CRC-32 that the directory states',
      bytes: size,
    });
}
