/** Records ↔ frames of a spool file: length and CRC-32 (both 32 bits, big-endian), then the record as JSON. */
import { crc32 } from 'node:zlib';
import { sinkRecordTypes, type SinkRecord } from '../../core/sink.ts';

const headBytes = 8;

/** A record that is larger is not kept: it would stand in the way of all others. */
export const largestRecordBytes = 4 * 1024 * 1024;
export const largestFrameBytes = headBytes + largestRecordBytes;

/** Undefined: the record is too large. */
export const toFrame = (record: SinkRecord): Uint8Array | undefined => {
  const payload = Buffer.from(JSON.stringify(record), 'utf8');
  if (payload.length > largestRecordBytes) return undefined;
  const frame = Buffer.allocUnsafe(headBytes + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUInt32BE(crc32(payload), 4);
  payload.copy(frame, headBytes);
  return frame;
};

/**
 * - `record`: a whole frame, and where the next one begins.
 * - `torn`: the bytes end before the frame does, as after a crash.
 * - `damaged`: the bytes are there, and are not what was written.
 */
export type FrameReading =
  | { readonly state: 'record'; readonly record: SinkRecord; readonly next: number }
  | { readonly state: 'torn' }
  | { readonly state: 'damaged' };

const isRecord = (value: unknown): value is SinkRecord => {
  if (typeof value !== 'object' || value === null) return false;
  const { type, id, at, value: inner } = value as Partial<Record<keyof SinkRecord, unknown>>;
  return (
    sinkRecordTypes.some((known) => known === type) &&
    typeof id === 'string' &&
    typeof at === 'string' &&
    typeof inner === 'object' &&
    inner !== null
  );
};

const parseRecord = (payload: Buffer): SinkRecord | undefined => {
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
};

/** Never throws, whatever the bytes. */
export const readFrame = (bytes: Uint8Array, offset: number): FrameReading => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // What a file system leaves of a file that was growing when the power went: zeros to the end.
  if (buffer.subarray(offset).every((byte) => byte === 0)) return { state: 'torn' };
  if (offset + headBytes > buffer.length) return { state: 'torn' };
  const length = buffer.readUInt32BE(offset);
  if (length > largestRecordBytes || length === 0) return { state: 'damaged' };
  const next = offset + headBytes + length;
  if (next > buffer.length) return { state: 'torn' };
  const payload = buffer.subarray(offset + headBytes, next);
  if (crc32(payload) !== buffer.readUInt32BE(offset + 4)) return { state: 'damaged' };
  const record = parseRecord(payload);
  return record === undefined ? { state: 'damaged' } : { state: 'record', record, next };
};
