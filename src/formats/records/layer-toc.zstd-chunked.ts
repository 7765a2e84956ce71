/** The skippable frames of a zstd:chunked layer and its annotations → its table of contents (containers/storage, zstd:chunked). */
import { createHash } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import type { Limits } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import type { OnRemark } from '../wrapper.ts';
import { parseTableOfContents, type TableOfContents } from './layer-toc.document.ts';

export interface SkippableFrame {
  readonly payload: Uint8Array;
  /** Of the payload, in the packed layer. */
  readonly offset: number;
}

/** The prefix was renamed; readers know both. */
const prefixes = ['io.github.containers.zstd-chunked.', 'io.containers.zstd-chunked.'] as const;
const footerMagic = Buffer.from('GNUlInUx', 'latin1');
const maximumTable = 64 * 2 ** 20;

interface Position {
  readonly offset: number;
  readonly packed: number;
  readonly unpacked: number;
}

const parsePosition = (text: string): Position | undefined => {
  const match = /^(\d{1,15}):(\d{1,15}):(\d{1,15}):1$/.exec(text);
  return match === null
    ? undefined
    : { offset: Number(match[1]), packed: Number(match[2]), unpacked: Number(match[3]) };
};

/** The last frame: offset, packed and unpacked size and type of the table (later versions add the tar-split's), then the magic. */
const parseFooter = (frame: SkippableFrame | undefined): Position | undefined => {
  if (frame === undefined || frame.payload.length < 40 || frame.payload.length > 128) return undefined;
  const payload = Buffer.from(frame.payload);
  if (!payload.subarray(-8).equals(footerMagic) || payload.readBigUInt64LE(24) !== 1n) return undefined;
  return {
    offset: Number(payload.readBigUInt64LE(0)),
    packed: Number(payload.readBigUInt64LE(8)),
    unpacked: Number(payload.readBigUInt64LE(16)),
  };
};

const annotated = (annotations: Readonly<Record<string, string>>, name: string): string | undefined =>
  prefixes.map((prefix) => annotations[prefix + name]).find((value) => value !== undefined);

/** True when the annotations say that the layer can be pulled by its table of contents. */
export const isZstdChunked = (annotations: Readonly<Record<string, string>>): boolean =>
  annotated(annotations, 'manifest-position') !== undefined ||
  annotated(annotations, 'manifest-checksum') !== undefined;

const unpack = (
  packed: Uint8Array,
  maximum: number,
  where: string,
): { readonly content: Uint8Array; readonly used: number } => {
  try {
    const { buffer, engine } = zstdDecompressSync(packed, { info: true, maxOutputLength: maximum }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    return { content: buffer, used: engine.bytesWritten };
  } catch (cause) {
    throw malformed('TOC_INVALID', `the table of contents cannot be unpacked: ${(cause as Error).message}`, where);
  }
};

/**
 * The table that a client would use: where the annotations point, else where the footer does. undefined when there is none.
 * Remarks `TOC_DISAGREES` when the two point to different places, or the annotated checksum is not the table's.
 * @throws {Fault} malformed `TOC_INVALID`, `TOC_AMBIGUOUS`, limit `TOC_TOO_LARGE`
 */
export const findZstdChunkedToc = (
  frames: readonly SkippableFrame[],
  annotations: Readonly<Record<string, string>>,
  limits: Limits,
  where: string,
  remark: OnRemark,
): TableOfContents | undefined => {
  const disagree = (reason: string): void =>
    remark({ kind: 'ambiguity', code: 'TOC_DISAGREES', where: '', reason, bytes: 0 });
  const stated = annotated(annotations, 'manifest-position');
  const fromAnnotation = stated === undefined ? undefined : parsePosition(stated);
  const fromFooter = parseFooter(frames.at(-1));
  if (stated !== undefined && fromAnnotation === undefined)
    throw malformed('TOC_INVALID', 'the annotation that says where the table of contents lies is damaged', where);
  if (fromAnnotation !== undefined && fromFooter !== undefined && fromAnnotation.offset !== fromFooter.offset)
    disagree('the annotation and the footer point to different tables of contents');
  const position = fromAnnotation ?? fromFooter;
  if (position === undefined) return undefined;
  const frame = frames.find(({ offset }) => offset === position.offset);
  if (frame === undefined || frame.payload.length !== position.packed)
    throw malformed('TOC_INVALID', 'the table of contents does not lie in a skippable frame of its own', where);
  const checksum = annotated(annotations, 'manifest-checksum');
  if (checksum !== undefined && checksum !== `sha256:${createHash('sha256').update(frame.payload).digest('hex')}`)
    disagree('the table of contents is not the one whose checksum the annotation gives');
  const { content, used } = unpack(frame.payload, Math.min(maximumTable, position.unpacked + 1), where);
  // A second frame would belong to the table for readers that go on, and not for those that stop.
  if (used !== frame.payload.length || content.length !== position.unpacked)
    throw malformed('TOC_INVALID', 'the table of contents has another size than stated', where);
  return parseTableOfContents(content, 'zstd:chunked', limits, where);
};
