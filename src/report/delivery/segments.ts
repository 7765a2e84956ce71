/** The files of a spool, oldest first: which there are, where their frames end, and what of them cannot be read. */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, readSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { SinkRecord } from '../../core/sink.ts';
import { largestFrameBytes, readFrame } from './frames.ts';

export interface Segment {
  readonly number: number;
  /** Bytes of whole frames, as far as they are known. */
  size: number;
}

export const segmentFile = (folder: string, number: number): string =>
  join(folder, `${String(number).padStart(12, '0')}.spool`);

/** Makes a new or removed name last: the file alone is not enough (fsync(2)). */
export const syncPath = (path: string, flags: 'r' | 'r+' = 'r'): void => {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

export const listSegments = (folder: string): Segment[] =>
  readdirSync(folder)
    .flatMap((name) => /^(\d{12})\.spool$/.exec(name)?.[1] ?? [])
    .map((digits) => Number(digits))
    .sort((one, other) => one - other)
    .map((number) => ({ number, size: statSync(segmentFile(folder, number)).size }));

export interface FramesRead {
  readonly records: readonly SinkRecord[];
  /** Behind the last whole frame. */
  readonly end: number;
  /** Where the bytes are not what was written: what lies behind cannot be told apart, and is lost too. */
  readonly damagedAt?: number;
}

export interface ReadBounds {
  readonly records: number;
  readonly bytes: number;
}

const readFrames = (bytes: Uint8Array, most: number): FramesRead => {
  const records: SinkRecord[] = [];
  let end = 0;
  while (end < bytes.length && records.length < most) {
    const reading = readFrame(bytes, end);
    if (reading.state === 'damaged') return { records, end, damagedAt: end };
    if (reading.state === 'torn') break;
    end = reading.next;
    records.push(reading.record);
  }
  return { records, end };
};

const readRange = (file: string, from: number, to: number): Uint8Array => {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(to - from);
    return buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, from));
  } finally {
    closeSync(handle);
  }
};

/** Frames from `offset` on, within bounds; at least one where there is one. A file that ends within a frame is damaged. */
export const readSegment = (folder: string, segment: Segment, offset: number, bounds: ReadBounds): FramesRead => {
  const read = (bytes: number): FramesRead & { readonly reached: boolean } => {
    const to = Math.min(segment.size, offset + bytes);
    const frames = readFrames(readRange(segmentFile(folder, segment.number), offset, to), bounds.records);
    return { ...frames, reached: to === segment.size };
  };
  let frames = read(bounds.bytes);
  if (frames.records.length === 0 && frames.damagedAt === undefined && !frames.reached)
    frames = read(largestFrameBytes);
  const torn = frames.records.length === 0 && frames.damagedAt === undefined && offset < segment.size;
  const damagedAt = torn ? 0 : frames.damagedAt;
  return {
    records: frames.records,
    end: offset + frames.end,
    ...(damagedAt === undefined ? {} : { damagedAt: offset + damagedAt }),
  };
};

/**
 * Brings the last file to the end of its last whole frame, so that the next one can be written behind it. What is cut there was
 * never confirmed to whoever wrote it; bytes that are damaged are counted.
 */
export const cutTornTail = (folder: string, segment: Segment): FramesRead & { readonly damagedBytes: number } => {
  const file = segmentFile(folder, segment.number);
  const frames = readFrames(readFileSync(file), Number.POSITIVE_INFINITY);
  const damagedBytes = frames.damagedAt === undefined ? 0 : segment.size - frames.damagedAt;
  if (frames.end < segment.size) {
    truncateSync(file, frames.end);
    syncPath(file, 'r+');
    segment.size = frames.end;
  }
  return { ...frames, damagedBytes };
};
