/** Everything known about one layer's bytes, independent of the image it lies in: plain data, remembered between scans. */
import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib';
import type { Digest } from '../core/digest.ts';
import type { Coverage } from '../core/gap.ts';
import type { Remark } from '../core/remark.ts';
import type { FactRow, HeaderRow, PlacedGap } from './protocol.ts';

/** Facts with the position of the entry that holds them. */
export type PlacedFact = readonly [index: number, ...fact: FactRow];

/** `nested`: about an archive inside the layer, not about the layer itself. */
export interface PlacedRemark extends Remark {
  readonly nested: boolean;
}

export interface LayerFacts {
  /** Of the bytes as stored; undefined where the layer has no blob of its own, or not all of it was read. */
  readonly digest?: Digest;
  /** Stored bytes read. */
  readonly stored: number;
  /** Digest of the unpacked bytes; undefined where they could not all be unpacked. */
  readonly diffId?: Digest;
  /** Unpacked bytes. */
  readonly bytes: number;
  readonly rows: readonly HeaderRow[];
  /** For each row: SHA-256 of the content, '' where there is none. */
  readonly sha256: readonly string[];
  /** For each row: the number of the content's kind, -1 where there is none. */
  readonly kinds: readonly number[];
  readonly facts: readonly PlacedFact[];
  readonly gaps: readonly PlacedGap[];
  /** Ambiguities. */
  readonly remarks: readonly PlacedRemark[];
  readonly coverage: Coverage;
  /** True when a circumstance (a timeout, a broken connection) took part: another scan may see more. */
  readonly circumstantial: boolean;
}

/** For a memory. Level 1: a twentieth of the time of the scan that it saves, even for a hundred thousand files. */
export const encodeLayerFacts = (facts: LayerFacts): Uint8Array =>
  zstdCompressSync(Buffer.from(JSON.stringify(facts)), {
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });

/** Much more than the facts of the largest layer that the limits allow. */
const maximumBytes = 2 ** 30;

/** undefined for anything that is no encoding of ours. */
export const decodeLayerFacts = (value: Uint8Array): LayerFacts | undefined => {
  try {
    const facts = JSON.parse(
      zstdDecompressSync(value, { maxOutputLength: maximumBytes }).toString(),
    ) as Partial<LayerFacts>;
    const whole =
      Array.isArray(facts.rows) &&
      facts.sha256?.length === facts.rows.length &&
      facts.kinds?.length === facts.rows.length &&
      Array.isArray(facts.facts) &&
      Array.isArray(facts.gaps) &&
      Array.isArray(facts.remarks) &&
      typeof facts.bytes === 'number' &&
      typeof facts.coverage === 'object';
    return whole ? (facts as LayerFacts) : undefined;
  } catch {
    return undefined;
  }
};
