/** What auditor and scanning process say to each other. The process reads hostile bytes: nothing it says is trusted to be well-formed. */
import type { InventoryEntry, Plain } from '../core/analyzer.ts';
import type { Limits } from '../core/budget.ts';
import type { FileHeader, FileType } from '../core/file-entry.ts';
import { fileKinds, type FileKind } from '../core/file-kind.ts';
import type { Remark } from '../core/remark.ts';

export const fileTypes = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'character-device',
  'block-device',
  'fifo',
  'socket',
  'deletion',
  'opaque',
] as const satisfies readonly FileType[];

/** A FileHeader: path, type, mode, uid, gid, size, modified, target, user name (0: none); of its extended attributes only the capabilities ('': none). */
export type HeaderRow = readonly [
  path: string,
  type: number,
  mode: number,
  uid: number,
  gid: number,
  size: number,
  modified: number,
  target: string | 0,
  userName: string | 0,
  capabilities?: string,
  storedAs?: string,
];

/** capabilities(7): a few bytes. Much more is no such value, and would be kept for every file. */
const capabilitiesOf = ({ xattrs }: FileHeader): string => {
  const value = xattrs?.get('security.capability');
  return value === undefined || value.length > 64 ? '' : Buffer.from(value).toString('hex');
};

/** What few entries have. */
const rarelyOf = (header: FileHeader): readonly [capabilities?: string] | readonly [string, storedAs: string] => {
  const { xattrs, storedAs } = header;
  if (xattrs === undefined && storedAs === undefined) return [];
  const capabilities = capabilitiesOf(header);
  if (storedAs !== undefined) return [capabilities, storedAs];
  return capabilities === '' ? [] : [capabilities];
};

export const toRow = (header: FileHeader): HeaderRow => [
  header.path,
  fileTypes.indexOf(header.type),
  header.mode,
  header.uid,
  header.gid,
  header.size,
  header.modified,
  header.target ?? 0,
  header.userName ?? 0,
  ...rarelyOf(header),
];

export const fromRow = (row: HeaderRow): FileHeader & Pick<InventoryEntry, 'capabilities'> => {
  const [path, type, mode, uid, gid, size, modified, target, userName, capabilities, storedAs] = row;
  return {
    path,
    type: fileTypes[type] ?? 'file',
    mode,
    uid,
    gid,
    size,
    modified,
    ...(target === 0 ? {} : { target }),
    ...(userName === 0 ? {} : { userName }),
    ...(capabilities === undefined || capabilities === '' ? {} : { capabilities }),
    ...(storedAs === undefined ? {} : { storedAs }),
  };
};

type Writable<Shape> = { -readonly [Name in keyof Shape]: Shape[Name] };

/** As `fromRow`, with what else is known of an entry, in one object: an image has hundreds of thousands. `sha256`: '' for no content. */
export const toInventoryEntry = (
  row: HeaderRow,
  layerIndex: number,
  hidden: boolean,
  sha256: string,
  kind: number,
): InventoryEntry => {
  const entry: Writable<InventoryEntry> = {
    path: row[0],
    type: fileTypes[row[1]] ?? 'file',
    mode: row[2],
    uid: row[3],
    gid: row[4],
    size: row[5],
    modified: row[6],
    layerIndex,
    hidden,
  };
  const target = row[7];
  const userName = row[8];
  const capabilities = row[9];
  const storedAs = row[10];
  if (sha256 !== '') {
    entry.sha256 = sha256;
    entry.kind = kindOfNumber(kind);
  }
  if (target !== 0) entry.target = target;
  if (userName !== 0) entry.userName = userName;
  if (capabilities !== undefined && capabilities !== '') entry.capabilities = capabilities;
  if (storedAs !== undefined) entry.storedAs = storedAs;
  return entry;
};

export const kindNumber = (kind: FileKind): number => fileKinds.indexOf(kind);
export const kindOfNumber = (number: number): FileKind => fileKinds[number] ?? 'data';

/** Tells the worker's module that it is run, and not only loaded. */
export const scanWord = 'scan';

/** What a scanning process is given once. */
export interface ScanInit {
  readonly analyzers: readonly { readonly id: string; readonly data: unknown }[];
  readonly limits: Limits;
  readonly arenaBytes: number;
  /** A content larger than this is scanned in windows of this size. */
  readonly windowBytes: number;
  readonly overlapBytes: number;
  /** Archives larger than a window are written here to be read at random; '' when that is not possible. */
  readonly spoolFolder: string;
  readonly spoolBytes: number;
  /** Where facts of earlier scans may be read; '' for nowhere. */
  readonly memoryFolder: string;
  /** Names everything that facts of a file depend on besides its content and scope. */
  readonly knowledgeKey: string;
}

/** Why the inspection of a file is not tried again. */
export type Condemned = 'FILE_TIMED_OUT' | 'SCAN_PROCESS_DIED';

export interface LayerTask {
  readonly type: 'layer';
  readonly task: number;
  /** For messages. */
  readonly where: string;
  /** Whether `.wh.` names delete: they do in a layer, and are plain names in a folder read as one. */
  readonly whiteouts: boolean;
  readonly diffIdAlgorithm: 'sha256' | 'sha512';
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** For content that is no tar. */
  readonly name: string;
  readonly threads: number;
  /** True where it must be known of every content, however small, that a thread is at it. */
  readonly precise: boolean;
  /** Position of an entry → SHA-256 of the content whose facts an earlier attempt already gave. */
  readonly known: readonly (readonly [number, string])[];
  /** Positions of entries that ended an earlier attempt. */
  readonly condemned: readonly number[];
  /** False: only entries and digests; every content that is not known stays unexamined. */
  readonly inspect: boolean;
  readonly recallFiles: boolean;
}

export type ToChild =
  | LayerTask
  | { readonly type: 'end' }
  /** The bytes of the same layer come a second time, for what could not be checked the first time. */
  | { readonly type: 'again' }
  /** The source failed: no more bytes will come. */
  | { readonly type: 'lost' }
  | { readonly type: 'threads'; readonly count: number };

/** - `examined`: by every inspector that wanted it - `known`: content as in an earlier attempt - `unexamined`: not inspected */
export type FileState = 'examined' | 'known' | 'unexamined';

export interface NestedCounts {
  files: number;
  filesUnreadable: number;
  bytes: number;
  bytesUnreadable: number;
}

/** Facts of one analyzer; `path` is '' for the file itself, else the full path of the member. */
export type FactRow = readonly [path: string, sha256: string, size: number, analyzer: string, facts: Plain];

/** A Gap inside a layer; `path` is '' for the layer itself. */
export interface PlacedGap {
  readonly path: string;
  readonly code: string;
  readonly reason: string;
  readonly bytes: number;
  readonly executable: boolean;
  /** About the members of an archive whose own bytes were examined. */
  readonly nested?: boolean;
}

/** A gap that concerns the layer as a whole: any of its programs may lie in it. */
export const wholeGap = (code: string, reason: string, bytes: number): PlacedGap => ({
  path: '',
  code,
  reason,
  bytes,
  executable: true,
});

export interface FileResult {
  readonly index: number;
  readonly sha256: string;
  readonly kind: number;
  readonly state: FileState;
  /** Bytes that the header announced and that did not come. */
  readonly missing: number;
  /** Where the header could not tell the size. */
  readonly size?: number;
  readonly facts?: readonly FactRow[];
  readonly gaps?: readonly PlacedGap[];
  readonly remarks?: readonly Remark[];
  readonly nested?: Readonly<NestedCounts>;
  /** Facts to remember, by key. */
  readonly learned?: readonly (readonly [string, string])[];
  /** Keys of facts that were recalled. */
  readonly recalled?: readonly string[];
}

/** What a second reading is for: chunks that a table of contents names, and contents under the names of hard links. */
export type SecondReading = 'TOC_UNCHECKED' | 'LAYER_LINKS_UNREAD';

export interface LayerEnd {
  readonly type: 'done';
  readonly task: number;
  /** Digest of all unpacked bytes; '' when they could not all be unpacked. */
  readonly diffId: string;
  /** Unpacked bytes. */
  readonly bytes: number;
  /** Stored bytes that were handed to a parser. */
  readonly read: number;
  readonly isTar: boolean;
  /** Codes of what stays open without a second reading; none where it is not needed. */
  readonly again: readonly SecondReading[];
  readonly fault: { readonly code: string; readonly reason: string; readonly kind: string } | null;
  readonly gaps: readonly PlacedGap[];
  readonly remarks: readonly Remark[];
}

export type FromChild =
  | { readonly type: 'ready' }
  /** Headers, in order of position, before anything is done with their content. */
  | { readonly type: 'rows'; readonly task: number; readonly rows: readonly HeaderRow[] }
  | { readonly type: 'results'; readonly task: number; readonly results: readonly FileResult[] }
  /** Sign of life of the main thread; `steps` grows with everything that it does. */
  | { readonly type: 'beat'; readonly steps: number; readonly waits: boolean }
  /** No more bytes of this layer are wanted. */
  | { readonly type: 'enough'; readonly task: number }
  | LayerEnd
  | { readonly type: 'broken'; readonly reason: string };

/**
 * Place of a scanning thread in the shared journal file, written before each content: task, position of the entry, bytes, step.
 * The auditor reads it at any time, also when the process hangs or is dead.
 */
export const journal = {
  slotBytes: 32,
  slots: 64,
  /** Position when the thread is at no file. */
  idle: -1,
  /** Position when it is at one of several small contents. */
  several: -2,
} as const;
