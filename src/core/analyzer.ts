/** The interface of an analyzer: facts per file in a scanning child process, conclusions over the whole image in the parent. */
import type { FileHeader } from './file-entry.ts';
import type { FileKind } from './file-kind.ts';
import type { Finding } from './finding.ts';
import type { Gap } from './gap.ts';
import type { Identity } from './identity.ts';
import type { ImageConfig, ImageKind } from './image.ts';
import type { Ecosystem, PackageRecord } from './package-record.ts';
import type { Platform } from './platform.ts';
import type { Announced } from './program-inventory.ts';

/** JSON: facts cross process borders and are remembered. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** Where rules come from: the built-in shelf and what the user added. All paths absolute. */
export interface RuleLocations {
  /** Folder with our own rules; undefined with `--no-default-rules`. */
  readonly builtIn?: string;
  /** Files or folders given with `--rules`, in order. */
  readonly added: readonly string[];
  /** Registries, namespaces and repositories of one's own organisation, and originals pinned by digest. */
  readonly ownNames?: readonly string[];
}

/** A rule or feed that was not accepted, and why. The others are used. */
export interface RejectedRule {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** An analyzer's knowledge, loaded once in the parent and sent to every scanning thread. */
export interface LoadedKnowledge {
  /** Digest of everything that facts depend on: rules, feeds, engine. */
  readonly digest: string;
  /** Rules or feed entries in use, by kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** Day of the newest of it, `2026-03-29`: reports show how old it is. Absent where nothing tells. */
  readonly newest?: string;
  readonly rejected: readonly RejectedRule[];
  /** Whatever `open` and `conclude` need. Structured-clone data. */
  readonly data: unknown;
  /** What `open` is given in the place of `data`, where it is dear to make: a command that finds all facts in memory never asks. */
  readonly dataToOpen?: () => unknown;
  /** Problems that a report must show. */
  readonly gaps: readonly Gap[];
}

/** What an inspector may ask about the content besides its bytes. */
export interface InspectedFile extends FileHeader {
  /** Inside an archive: `outer.jar!/member`. */
  readonly path: string;
  readonly kind: FileKind;
  /** Lower-case hex of the whole content; '' for a window that is not the last, when it is not known yet. */
  readonly sha256: string;
  /** Where `content` starts in the file: not 0 for the later windows of a file too large for one. */
  readonly windowOffset: number;
  /** Bytes at the start of this window which the previous window held too. */
  readonly overlap: number;
  readonly lastWindow: boolean;
}

/** What one analyzer saw in one file. `undefined` facts: nothing worth keeping, which is by far the commonest case. */
export interface Inspection {
  readonly facts?: Plain;
  /** What could not be examined: a rule that ran away, content that only a whole-file view could decide. */
  readonly gaps?: readonly Gap[];
}

export interface Inspector {
  /**
   * What the facts depend on besides content, analyzer version and knowledge digest, for this header; '' when on nothing.
   * Two files with equal content and equal scope share their facts.
   */
  scope(header: FileHeader, kind: FileKind): string;
  /** Decides from the header alone. Absent: every file is wanted. */
  wants?(header: FileHeader, kind: FileKind): boolean;
  /** Other digests that must be computed for this inspector: none unless a feed holds such digests. */
  readonly digests?: readonly ('sha1' | 'md5')[];
  /** `content` lies in shared memory and is valid only during the call. Synchronous: the thread does one thing at a time. */
  inspect(file: InspectedFile, content: Uint8Array, digests: Readonly<Record<string, string>>): Inspection | undefined;
  close?(): void;
}

/** Facts of one file with its place in the image, visibility resolved. */
export interface Observation {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly layerIndex: number;
  /** A later layer deletes or overwrites the file. */
  readonly hidden: boolean;
  readonly facts: Plain;
}

/** The file inventory of the whole image, hidden files included, in layer order. */
export interface InventoryEntry extends Omit<FileHeader, 'xattrs'> {
  readonly layerIndex: number;
  readonly hidden: boolean;
  /** The raw attribute `security.capability` in hex. */
  readonly capabilities?: string;
  /** Files only. */
  readonly sha256?: string;
  readonly kind?: FileKind;
}

/** What an analyzer may conclude from. Pure data. */
export interface Subject {
  readonly reference: string;
  /** What an archive or layout calls the image, as written there: claims. */
  readonly names?: readonly string[];
  readonly kind: ImageKind;
  readonly identity: Identity;
  readonly platform?: Platform;
  readonly config?: ImageConfig;
  readonly layers: readonly { readonly digest?: string; readonly diffId?: string; readonly createdBy?: string }[];
  readonly inventory: readonly InventoryEntry[];
  /** What the other analyzers found installed; only for one that judges packages. */
  readonly packages?: readonly PackageRecord[];
  /** A layer was not read to its end: what the inventory lacks may lie there. */
  readonly partial?: true;
}

/** A file of the final tree whose owner is known. `expected`: no package delivers it, yet it belongs where it is, such as a cache. */
export interface FileOwner {
  /** '' for a file that is expected without any package. */
  readonly package: string;
  /** Of the package. Only a system's own packages speak for a file: anybody writes those of a language. */
  readonly ecosystem?: Ecosystem;
  readonly state: 'matching' | 'changed' | 'unchecked' | 'expected';
}

/** What an analyzer concludes about one image. */
export interface Conclusion {
  readonly findings: readonly Finding[];
  /** Gaps that only the whole image shows. */
  readonly gaps?: readonly Gap[];
  /** The start-up story, one plain sentence a step, in order. */
  readonly story?: readonly string[];
  /** Paths as in the inventory: what runs when the image starts, or is run by what does. */
  readonly launched?: ReadonlySet<string>;
  /** What the story says that will run and be spoken to. */
  readonly announced?: Announced;
  /** By path as in the inventory. A file of the final tree that is absent is unowned. Absent as a whole: the image records no packages. */
  readonly ownership?: ReadonlyMap<string, FileOwner>;
  /** What is installed, hidden layers left out. */
  readonly packages?: readonly PackageRecord[];
}

const isConclusion = (said: readonly Finding[] | Conclusion): said is Conclusion => 'findings' in said;

/** What `conclude` returned, in its longer form. */
export const toConclusion = (said: readonly Finding[] | Conclusion): Conclusion =>
  isConclusion(said) ? said : { findings: said };

/** A part of `audit/analyzers/`. Which members it has is its own choice: one with only `conclude` looks at config and names. */
export interface Analyzer {
  readonly id: string;
  readonly about: string;
  /** Raised when the facts of the same content would change. */
  readonly version: number;
  /** Asked after the others, with all packages that they found in the subject. */
  readonly judgesPackages?: true;
  /** In the parent, once a process. */
  load?(locations: RuleLocations): Promise<LoadedKnowledge>;
  /** As what it reads a text because it lies at this path, in a word; a link there to a file of the same layer is read under its own name too. */
  readsAs?(path: string): string | undefined;
  /** In each scanning thread, once, with what `load` gave. */
  open?(data: unknown): Inspector | Promise<Inspector>;
  /** In the parent, pure: all layers, with visibility resolved. `data` is what `load` gave. */
  conclude(subject: Subject, observations: readonly Observation[], data: unknown): readonly Finding[] | Conclusion;
}
