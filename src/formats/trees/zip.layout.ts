/** The records of a zip archive as they lie in the bytes: APPNOTE.TXT 6.3.10, sections 4.3 and 4.5. Pure: bytes in, fields out. */

export const localHeaderSize = 30;
export const centralHeaderSize = 46;
export const endRecordSize = 22;
export const locatorSize = 20;
export const end64Size = 56;

export const localSignature = 0x04034b50;
export const centralSignature = 0x02014b50;
export const endSignature = 0x06054b50;
export const locatorSignature = 0x07064b50;
export const end64Signature = 0x06064b50;
export const descriptorSignature = 0x08074b50;
/** Digital signature of the central directory (4.3.13) and archive extra data (4.3.11). */
export const directorySignatureMark = 0x05054b50;
export const archiveExtraSignature = 0x08064b50;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Numbers past 2^53 are no sizes of anything; they come out larger than every file. */
const toNumber = (value: bigint): number =>
  value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);

export const u32At = (bytes: Uint8Array, offset: number): number =>
  offset + 4 <= bytes.length ? viewOf(bytes).getUint32(offset, true) : -1;

export interface EndRecord {
  readonly disk: number;
  readonly directoryDisk: number;
  readonly entries: number;
  readonly directorySize: number;
  readonly directoryOffset: number;
  readonly commentLength: number;
}

/** 4.3.16; `bytes` hold at least the fixed part. */
export const parseEndRecord = (bytes: Uint8Array): EndRecord => {
  const view = viewOf(bytes);
  return {
    disk: view.getUint16(4, true),
    directoryDisk: view.getUint16(6, true),
    entries: view.getUint16(10, true),
    directorySize: view.getUint32(12, true),
    directoryOffset: view.getUint32(16, true),
    commentLength: view.getUint16(20, true),
  };
};

/** 4.3.15: where the zip64 end record says it is. */
export const parseLocator = (bytes: Uint8Array): number => toNumber(viewOf(bytes).getBigUint64(8, true));

/** 4.3.14, without its comment length. */
export const parseEnd64 = (bytes: Uint8Array): Omit<EndRecord, 'commentLength'> => {
  const view = viewOf(bytes);
  return {
    disk: view.getUint32(16, true),
    directoryDisk: view.getUint32(20, true),
    entries: toNumber(view.getBigUint64(32, true)),
    directorySize: toNumber(view.getBigUint64(40, true)),
    directoryOffset: toNumber(view.getBigUint64(48, true)),
  };
};

export interface MemberFields {
  readonly flags: number;
  readonly method: number;
  readonly dosTime: number;
  readonly dosDate: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly name: Uint8Array;
  readonly extra: Uint8Array;
  /** Bytes of the whole record. */
  readonly length: number;
}

export interface CentralFields extends MemberFields {
  /** Upper byte of "version made by": 3 is Unix, 19 macOS. */
  readonly host: number;
  readonly attributes: number;
  readonly localOffset: number;
}

/** The 8-byte numbers of extra field 1 (4.5.3), in the order of the fields that hold 0xffffffff. */
const widen = (extra: Uint8Array, fields: readonly number[]): readonly number[] => {
  if (!fields.includes(0xffffffff)) return fields;
  const data = extraField(extra, 1);
  if (data === undefined) return fields;
  const view = viewOf(data);
  let offset = 0;
  return fields.map((field) => {
    if (field !== 0xffffffff || offset + 8 > data.length) return field;
    offset += 8;
    return toNumber(view.getBigUint64(offset - 8, true));
  });
};

/** Data of the first extra field with this id (4.5.1). */
export const extraField = (extra: Uint8Array, id: number): Uint8Array | undefined => {
  for (let offset = 0; offset + 4 <= extra.length;) {
    const length = (extra[offset + 2] ?? 0) | ((extra[offset + 3] ?? 0) << 8);
    if (((extra[offset] ?? 0) | ((extra[offset + 1] ?? 0) << 8)) === id)
      return offset + 4 + length <= extra.length ? extra.subarray(offset + 4, offset + 4 + length) : undefined;
    offset += 4 + length;
  }
  return undefined;
};

/** 4.3.12 at `offset`; undefined when it does not fit or is none. */
export const parseCentral = (bytes: Uint8Array, offset: number): CentralFields | undefined => {
  if (offset + centralHeaderSize > bytes.length || u32At(bytes, offset) !== centralSignature) return undefined;
  const view = viewOf(bytes);
  const nameEnd = offset + centralHeaderSize + view.getUint16(offset + 28, true);
  const extraEnd = nameEnd + view.getUint16(offset + 30, true);
  const length = extraEnd + view.getUint16(offset + 32, true) - offset;
  if (offset + length > bytes.length) return undefined;
  const extra = bytes.subarray(nameEnd, extraEnd);
  const [size = 0, packedSize = 0, localOffset = 0] = widen(extra, [
    view.getUint32(offset + 24, true),
    view.getUint32(offset + 20, true),
    view.getUint32(offset + 42, true),
  ]);
  return {
    host: view.getUint8(offset + 5),
    flags: view.getUint16(offset + 8, true),
    method: view.getUint16(offset + 10, true),
    dosTime: view.getUint16(offset + 12, true),
    dosDate: view.getUint16(offset + 14, true),
    crc: view.getUint32(offset + 16, true),
    packedSize,
    size,
    attributes: view.getUint32(offset + 38, true),
    localOffset,
    name: bytes.subarray(offset + centralHeaderSize, nameEnd),
    extra,
    length,
  };
};

/** Bytes of the local header whose fixed part is given, or 0 when it is none. */
export const localLength = (bytes: Uint8Array): number =>
  bytes.length < localHeaderSize || u32At(bytes, 0) !== localSignature
    ? 0
    : localHeaderSize + viewOf(bytes).getUint16(26, true) + viewOf(bytes).getUint16(28, true);

/** 4.3.7; undefined when it is cut short or none. */
export const parseLocal = (bytes: Uint8Array): MemberFields | undefined => {
  const length = localLength(bytes);
  if (length === 0 || length > bytes.length) return undefined;
  const view = viewOf(bytes);
  const nameEnd = localHeaderSize + view.getUint16(26, true);
  const extra = bytes.subarray(nameEnd, length);
  const [size = 0, packedSize = 0] = widen(extra, [view.getUint32(22, true), view.getUint32(18, true)]);
  return {
    flags: view.getUint16(6, true),
    method: view.getUint16(8, true),
    dosTime: view.getUint16(10, true),
    dosDate: view.getUint16(12, true),
    crc: view.getUint32(14, true),
    packedSize,
    size,
    name: bytes.subarray(localHeaderSize, nameEnd),
    extra,
    length,
  };
};

/**
 * Length of the data descriptor (4.3.9) at the start of `bytes` that states these values: with or without its mark, with 4- or 8-byte
 * sizes. 0 when none of the four forms does.
 */
export const descriptorLength = (bytes: Uint8Array, crc: number, packedSize: number, size: number): number => {
  for (const start of u32At(bytes, 0) === descriptorSignature ? [4, 0] : [0]) {
    if (u32At(bytes, start) !== crc) continue;
    if (u32At(bytes, start + 4) === packedSize >>> 0 && u32At(bytes, start + 8) === size >>> 0) {
      if (packedSize <= 0xffffffff && size <= 0xffffffff) return start + 12;
    }
    if (bytes.length < start + 20) continue;
    const view = viewOf(bytes);
    if (
      toNumber(view.getBigUint64(start + 4, true)) === packedSize &&
      toNumber(view.getBigUint64(start + 12, true)) === size
    )
      return start + 20;
  }
  return 0;
};
