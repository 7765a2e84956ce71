/** The table of contents of a layer made for lazy pulling → entries: eStargz (`stargz.index.json`) and zstd:chunked, both in CRFS form. */
import type { Limits } from '../../core/budget.ts';
import { isDigest } from '../../core/digest.ts';
import type { FileType } from '../../core/file-entry.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { normalisePath } from '../../core/path.ts';
import { foldName, isJsonObject, type JsonObject, parseStrictJson } from '../strict-json.ts';
import { toLayerPath } from '../whiteout.ts';

export type TocKind = 'estargz' | 'zstd:chunked';

/** The name of eStargz's table inside the tar, which the table does not list. */
export const estargzTocPath = 'stargz.index.json';
/** Annotation of a layer: digest of eStargz's table. */
export const estargzTocAnnotation = 'containerd.io/snapshot/stargz/toc.digest';

export interface TocChunk {
  readonly offset: number;
  readonly size: number;
  /** Hex; undefined where the table gives none. */
  readonly sha256: string | undefined;
  /** The client writes zeros instead of reading. */
  readonly zeros: boolean;
}

export interface TocEntry {
  readonly path: string;
  readonly type: FileType;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly target: string;
  /** Hex digest of the whole content, if given. */
  readonly sha256: string | undefined;
  /** In order; one for a file that was not split. */
  readonly chunks: readonly TocChunk[];
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

export interface TableOfContents {
  readonly kind: TocKind;
  readonly entries: readonly TocEntry[];
  /** Names that differ from a known one only in case: some readers take them for it. */
  readonly oddNames: readonly string[];
}

const types: Readonly<Record<string, FileType>> = {
  reg: 'file',
  dir: 'directory',
  symlink: 'symlink',
  hardlink: 'hardlink',
  char: 'character-device',
  block: 'block-device',
  fifo: 'fifo',
};

const knownNames: ReadonlySet<string> = new Set([
  'type',
  'name',
  'linkName',
  'mode',
  'size',
  'uid',
  'gid',
  'xattrs',
  'digest',
  'chunkOffset',
  'chunkSize',
  'chunkDigest',
  'chunkType',
]);
const foldedNames: ReadonlySet<string> = new Set([...knownNames].map(foldName));

/** The largest table that the tools which make them still read. */
const maximumBytes = 64 * 2 ** 20;

/** @throws {Fault} malformed `TOC_INVALID` or `TOC_AMBIGUOUS`, limit `TOC_TOO_LARGE` */
export const parseTableOfContents = (
  bytes: Uint8Array,
  kind: TocKind,
  limits: Limits,
  where: string,
): TableOfContents => {
  const invalid = (what: string): Error => malformed('TOC_INVALID', `the layer's table of contents ${what}`, where);
  const root = parseStrictJson(bytes, { where, subject: 'TOC', maximumBytes });
  if (!isJsonObject(root) || root['version'] !== 1 || !Array.isArray(root['entries']))
    throw invalid('is of no known version');
  const listed = root['entries'] as readonly unknown[];
  if (listed.length > limits.entries)
    throw overLimit('TOC_TOO_LARGE', `${listed.length} entries in a table of contents`, where);
  const oddNames = new Set<string>();

  const text = (entry: JsonObject, name: string): string => {
    const value = entry[name] ?? '';
    if (typeof value !== 'string') throw invalid(`gives ${name} a value that is no text`);
    return value;
  };
  const count = (entry: JsonObject, name: string): number => {
    const value = entry[name] ?? 0;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw invalid(`gives ${name} a value that is no number`);
    return value;
  };
  const sha256 = (entry: JsonObject, name: string): string | undefined => {
    const value = text(entry, name);
    if (value === '') return undefined;
    if (!isDigest(value) || !value.startsWith('sha256:'))
      throw invalid(`gives ${name} a value that is no SHA-256 digest`);
    return value.slice('sha256:'.length);
  };
  const xattrs = (entry: JsonObject): ReadonlyMap<string, Uint8Array> => {
    const value = entry['xattrs'] ?? {};
    if (!isJsonObject(value)) throw invalid('gives xattrs a value that is no object');
    return new Map(
      Object.entries(value).map(([name, data]) => {
        if (typeof data !== 'string') throw invalid('gives an extended attribute a value that is no text');
        return [name, Uint8Array.from(Buffer.from(data, 'base64'))];
      }),
    );
  };

  const entries: (TocEntry & { readonly chunks: TocChunk[] })[] = [];
  for (const entry of listed) {
    if (!isJsonObject(entry)) throw invalid('has an entry that is no object');
    for (const name of Object.keys(entry))
      if (!knownNames.has(name) && foldedNames.has(foldName(name))) oddNames.add(name);
    const stored = text(entry, 'type');
    const path = normalisePath(text(entry, 'name')).path;
    if (stored === 'chunk') {
      const file = entries.at(-1);
      if (file === undefined || file.type !== 'file' || toLayerPath(path).path !== file.path)
        throw invalid('has a chunk that follows no file of its name');
      const offset = count(entry, 'chunkOffset');
      const before = file.chunks.at(-1);
      if (before === undefined || offset !== before.offset + before.size) throw invalid('has chunks that do not join');
      // A last chunk may leave its size out.
      const size = count(entry, 'chunkSize') || file.size - offset;
      if (size <= 0) throw invalid('has chunks that do not join');
      file.chunks.push({
        offset,
        size,
        sha256: sha256(entry, 'chunkDigest'),
        zeros: text(entry, 'chunkType') === 'zeros',
      });
      continue;
    }
    const type = types[stored];
    if (type === undefined) throw invalid(`has an entry of the unknown type ${stored.slice(0, 40)}`);
    const whiteout = toLayerPath(path);
    const size = type === 'file' && whiteout.type === undefined ? count(entry, 'size') : 0;
    const chunkDigest = sha256(entry, 'chunkDigest');
    const chunkSize = count(entry, 'chunkSize') || size;
    entries.push({
      path: whiteout.path,
      type: whiteout.type ?? type,
      size,
      mode: count(entry, 'mode') & 0o7777,
      uid: count(entry, 'uid'),
      gid: count(entry, 'gid'),
      target: text(entry, 'linkName'),
      sha256: sha256(entry, 'digest'),
      chunks:
        size === 0
          ? []
          : [{ offset: 0, size: chunkSize, sha256: chunkDigest, zeros: text(entry, 'chunkType') === 'zeros' }],
      xattrs: xattrs(entry),
    });
  }
  for (const { chunks, size, path } of entries) {
    const last = chunks.at(-1);
    if (last !== undefined && last.offset + last.size !== size)
      throw invalid(`has chunks of ${path.slice(0, 200)} that are not the whole file`);
  }
  return { kind, entries, oddNames: [...oddNames] };
};
