/**
 * A layer's table of contents against its tar. Clients that pull lazily read the table, all others the tar: where the two
 * differ, one image has two contents, and only one of them was audited.
 */
import type { FileHeader } from '../../core/file-entry.ts';
import { normalisePath } from '../../core/path.ts';
import type { Remark } from '../../core/remark.ts';
import { estargzTocPath, type TableOfContents, type TocChunk, type TocEntry } from './layer-toc.document.ts';

/** A file in pieces whose digests only a second reading can check: the table comes after the content it describes. */
export interface ChunkClaim {
  readonly path: string;
  readonly size: number;
  readonly chunks: readonly TocChunk[];
}

/** Entries that eStargz writes for its own use, with one byte of content. */
const landmarks: ReadonlySet<string> = new Set(['.prefetch.landmark', '.no.prefetch.landmark']);

/** More than these say nothing more. */
const remarksKept = 50;

const sameXattrs = (one: ReadonlyMap<string, Uint8Array>, other: ReadonlyMap<string, Uint8Array>): boolean =>
  one.size === other.size &&
  [...one].every(([name, value]) => {
    const match = other.get(name);
    return match !== undefined && Buffer.compare(match, value) === 0;
  });

const none: ReadonlyMap<string, Uint8Array> = new Map();

/** A hard link names a path of the same tar, a symbolic link any text. */
const sameTarget = (entry: TocEntry, header: FileHeader): boolean => {
  const target = header.target ?? '';
  return (
    entry.target === target ||
    (header.type === 'hardlink' && normalisePath(entry.target).path === normalisePath(target).path)
  );
};

/** Compares in the order of the tar: of entries with one path the first meets the first. */
export class TocCheck {
  readonly #kind: string;
  readonly #left = new Map<string, TocEntry[]>();
  readonly #remarks: Remark[] = [];
  readonly #claims: ChunkClaim[] = [];
  #suppressed = 0;

  constructor(toc: TableOfContents) {
    this.#kind = toc.kind;
    for (const entry of toc.entries) {
      const known = this.#left.get(entry.path);
      if (known === undefined) this.#left.set(entry.path, [entry]);
      else known.push(entry);
    }
    for (const name of toc.oddNames)
      this.#say('', `the table has the field ${name.slice(0, 40)}, which readers take differently`, 0);
  }

  /**
   * One entry of the tar as the layer reader gives it (whiteouts as deletions), with its extended attributes. `sha256` is the hex digest of the content,
   * undefined for what is no file or could not be read.
   */
  add(header: FileHeader, sha256: string | undefined): void {
    if (this.#kind === 'estargz' && header.path === estargzTocPath) return;
    const candidates = this.#left.get(header.path);
    const entry = candidates?.shift();
    if (entry === undefined) {
      if (!(landmarks.has(header.path) && header.size === 1))
        this.#say(header.path, 'the tar has an entry that the table does not list', header.size);
      return;
    }
    const differences = [
      ...(entry.type === header.type ? [] : [`type ${entry.type} instead of ${header.type}`]),
      ...(entry.size === header.size ? [] : [`size ${entry.size} instead of ${header.size}`]),
      ...(entry.type === 'deletion' || entry.type === 'opaque' ? [] : this.#ownership(entry, header)),
      ...(sameTarget(entry, header) ? [] : ['another link target']),
      ...this.#content(entry, sha256),
    ];
    if (differences.length > 0)
      this.#say(header.path, `the table says: ${differences.join(', ')}`, Math.max(entry.size, header.size));
    else if (entry.chunks.length > 1) this.#claims.push({ path: entry.path, size: entry.size, chunks: entry.chunks });
  }

  /** Files split into chunks, whose digests `checkTocChunks` compares in a second reading of the tar. Complete after the last `add`. */
  get claims(): readonly ChunkClaim[] {
    return this.#claims;
  }

  /** What disagreed, as ambiguities `TOC_DISAGREES`. Called once, after the last `add`. */
  finish(): readonly Remark[] {
    for (const entries of this.#left.values())
      for (const entry of entries)
        this.#say(entry.path, 'the table lists an entry that the tar does not have', entry.size);
    if (this.#suppressed > 0) {
      this.#remarks.push(this.#remark('', `${this.#suppressed} more disagreements with the table of contents`, 0));
      this.#suppressed = 0;
    }
    return this.#remarks;
  }

  #ownership(entry: TocEntry, header: FileHeader): readonly string[] {
    const mode = entry.mode === header.mode;
    const owner = entry.uid === header.uid && entry.gid === header.gid;
    return [
      ...(mode ? [] : [`mode ${entry.mode.toString(8)} instead of ${header.mode.toString(8)}`]),
      ...(owner ? [] : [`owner ${entry.uid}:${entry.gid} instead of ${header.uid}:${header.gid}`]),
      ...(sameXattrs(entry.xattrs, header.xattrs ?? none) ? [] : ['other extended attributes']),
    ];
  }

  #content(entry: TocEntry, sha256: string | undefined): readonly string[] {
    if (entry.type !== 'file' || entry.size === 0) return [];
    // Content that could not be read is a gap of its own; without a digest there is nothing to compare.
    if (sha256 === undefined) return [];
    const whole = entry.chunks.length === 1 ? entry.chunks[0] : undefined;
    const differences: string[] = [];
    if (entry.sha256 !== undefined && entry.sha256 !== sha256) differences.push('other content');
    if (whole?.sha256 !== undefined && whole.sha256 !== sha256) differences.push('other content in its only chunk');
    // The digest is all that binds what a lazy client reads from the offset in the table.
    if (
      entry.chunks.some((chunk) => chunk.sha256 === undefined && !chunk.zeros) &&
      (entry.sha256 === undefined || whole === undefined)
    )
      differences.push('no digest for the content');
    return differences;
  }

  #remark(where: string, reason: string, bytes: number): Remark {
    return { kind: 'ambiguity', code: 'TOC_DISAGREES', where, reason, bytes };
  }

  #say(where: string, reason: string, bytes: number): void {
    if (this.#remarks.length < remarksKept) this.#remarks.push(this.#remark(where, reason, bytes));
    else this.#suppressed += 1;
  }
}
