/** A layer blob as stored → the bytes of its tar. Compression is told by content, as the engines do, and compared with the media type. */
import type { Budget } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import { unavailable } from '../core/fault.ts';
import { ByteReader } from './byte-reader.ts';
import { normaliseMediaType } from './media-type.ts';
import { tar } from './trees/tar.ts';
import type { OnRemark, Wrapper } from './wrapper.ts';
import { bzip2 } from './wrappers/bzip2.ts';
import { gzip } from './wrappers/gzip.ts';
import { type OnSkippableFrame, unwrapZstd, zstd } from './wrappers/zstd.ts';
import { xz } from './wrappers/xz.ts';

export interface LayerHooks {
  /** Payloads of the skippable frames of a zstd layer, where zstd:chunked keeps its table of contents. */
  readonly onSkippableFrame?: OnSkippableFrame;
}

export type LayerCompression = 'none' | 'gzip' | 'zstd';

/**
 * The compression that a layer's media type states; undefined for a media type that is no layer's. Docker's
 * `….diff.tar` and OCI's `….tar` are uncompressed, `+gzip`, `.gzip`, `+zstd` and `.zstd` say it.
 */
export const statedCompression = (mediaType: string): LayerCompression | undefined => {
  const match =
    /^application\/vnd\.(?:oci\.image\.layer(?:\.nondistributable)?\.v1|docker\.image\.rootfs(?:\.foreign)?\.diff)\.tar(?:[+.](gzip|zstd))?(?:\+encrypted)?$/.exec(
      normaliseMediaType(mediaType),
    );
  if (match === null) return undefined;
  return (match[1] as LayerCompression | undefined) ?? 'none';
};

/** ocicrypt marks a layer so; its bytes are cipher text. */
export const isEncryptedLayer = (mediaType: string): boolean => normaliseMediaType(mediaType).endsWith('+encrypted');

/** No engine unpacks these: what is in such a layer is nobody's file. */
const unsupported: readonly { readonly name: string; readonly detect: (head: Uint8Array) => boolean }[] = [
  { name: 'lz4', detect: (head) => head[0] === 0x04 && head[1] === 0x22 && head[2] === 0x4d && head[3] === 0x18 },
  // lzma alone: usual properties, a dictionary size whose low bytes are zero, and an unknown or sensible content size.
  {
    name: 'lzma',
    detect: (head) =>
      head[0] === 0x5d && head[1] === 0 && head[2] === 0 && (head[12] === 0xff || (head[12] === 0 && head[11] === 0)),
  },
];

const compressions: readonly Wrapper[] = [gzip, zstd, xz, bzip2];
const headSize = 512;

/** All that a reader has left; spent from the budget where nothing will unpack it. */
async function* rest(reader: ByteReader, budget?: Budget): ByteStream {
  try {
    for (;;) {
      const bytes = await reader.readSome(1 << 18);
      if (bytes === undefined) return;
      budget?.spendBytes(bytes.length);
      yield bytes;
    }
  } finally {
    await reader.close();
  }
}

const compare = (found: string, mediaType: string, remark: OnRemark): void => {
  if (found === 'xz' || found === 'bzip2')
    remark({
      kind: 'ambiguity',
      code: 'LAYER_COMPRESSION_UNUSUAL',
      where: '',
      reason: `the layer is compressed with ${found}, which some engines unpack and others refuse`,
      bytes: 0,
    });
  const stated = statedCompression(mediaType);
  if (stated !== undefined && stated !== found)
    remark({
      kind: 'ambiguity',
      code: 'LAYER_MEDIA_TYPE_DISAGREES',
      where: '',
      reason: `the media type says ${stated === 'none' ? 'no compression' : stated}, the content is ${found === 'none' ? 'not compressed' : found}`,
      bytes: 0,
    });
};

/**
 * The tar inside a layer. An empty `mediaType`, or one that is no layer's, is compared with nothing. Closing the stream
 * early closes the source.
 * @throws {Fault} unavailable `LAYER_ENCRYPTED` or `LAYER_COMPRESSION_UNSUPPORTED`, and what the decoder throws; from the stream
 */
export async function* unwrapLayer(
  stream: ByteStream,
  mediaType: string,
  budget: Budget,
  remark: OnRemark,
  hooks: LayerHooks = {},
): ByteStream {
  if (isEncryptedLayer(mediaType))
    throw unavailable(
      'LAYER_ENCRYPTED',
      'the layer is encrypted; without its key nothing in it can be seen',
      budget.where,
    );
  const reader = new ByteReader(stream, budget.where);
  const head = Uint8Array.from(await reader.peek(headSize));
  const wrapper = tar.detect(head) ? undefined : compressions.find((candidate) => candidate.detect(head));
  const foreign =
    wrapper === undefined && !tar.detect(head) ? unsupported.find(({ detect }) => detect(head)) : undefined;
  if (foreign !== undefined) {
    await reader.close();
    throw unavailable(
      'LAYER_COMPRESSION_UNSUPPORTED',
      `the layer is compressed with ${foreign.name}, which no engine unpacks`,
      budget.where,
    );
  }
  compare(wrapper?.id ?? 'none', mediaType, remark);
  if (wrapper === undefined) yield* rest(reader, budget);
  else if (wrapper === zstd) yield* unwrapZstd(rest(reader), budget, remark, hooks.onSkippableFrame);
  else yield* wrapper.unwrap(rest(reader), budget, remark);
}
