/** The chunks that a table of contents names against the content in the tar, in a second reading of the layer. */
import { createHash, type Hash } from 'node:crypto';
import type { FileEntry } from '../../core/file-entry.ts';
import type { OnRemark } from '../wrapper.ts';
import type { ChunkClaim } from './layer-toc.ts';

/** Cuts one content at the chunks' borders and compares the digest of each piece. */
class ChunkComparison {
  readonly #claim: ChunkClaim;
  #index = 0;
  #left: number;
  #hash: Hash = createHash('sha256');
  #zeros = true;
  #wrong = 0;

  constructor(claim: ChunkClaim) {
    this.#claim = claim;
    this.#left = claim.chunks[0]?.size ?? 0;
  }

  add(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.#index < this.#claim.chunks.length) {
      const part = bytes.subarray(at, at + this.#left);
      this.#hash.update(part);
      this.#zeros &&= part.every((byte) => byte === 0);
      at += part.length;
      this.#left -= part.length;
      if (this.#left === 0) this.#close();
    }
  }

  /** Bytes in chunks that differ, or that never came. */
  finish(): number {
    const missing = this.#claim.chunks.slice(this.#index).reduce((sum, chunk) => sum + chunk.size, 0);
    return this.#wrong + missing;
  }

  #close(): void {
    const chunk = this.#claim.chunks[this.#index];
    const digest = this.#hash.digest('hex');
    if (chunk !== undefined && (chunk.zeros ? !this.#zeros : chunk.sha256 !== digest)) this.#wrong += chunk.size;
    this.#index += 1;
    this.#left = this.#claim.chunks[this.#index]?.size ?? 0;
    this.#hash = createHash('sha256');
    this.#zeros = true;
  }
}

/**
 * Reads the entries of the same tar again and remarks `TOC_DISAGREES` for each claimed file with a chunk that is not what the tar
 * holds. A client that pulls lazily checks only the chunk's digest: the whole file's may be right while a chunk's is not.
 */
export const checkTocChunks = async (
  entries: AsyncIterable<FileEntry>,
  claims: readonly ChunkClaim[],
  remark: OnRemark,
): Promise<void> => {
  const waiting = Map.groupBy(claims, (claim) => claim.path);
  for await (const entry of entries) {
    const candidates = entry.type === 'file' ? waiting.get(entry.path) : undefined;
    const claim = candidates?.find(({ size }) => size === entry.size);
    if (candidates === undefined || claim === undefined) continue;
    candidates.splice(candidates.indexOf(claim), 1);
    const comparison = new ChunkComparison(claim);
    for await (const bytes of entry.content()) comparison.add(bytes);
    const wrong = comparison.finish();
    if (wrong > 0)
      remark({
        kind: 'ambiguity',
        code: 'TOC_DISAGREES',
        where: entry.path,
        reason: 'the table gives other content for a part of the file',
        bytes: wrong,
      });
    if ([...waiting.values()].every((left) => left.length === 0)) return;
  }
};
