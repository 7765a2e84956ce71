/** What changed between two images: plain data, worst first everywhere. The input of the reports of `diff`. */
import type { FileType } from './file-entry.ts';
import type { FileKind } from './file-kind.ts';
import type { Finding } from './finding.ts';
import type { Gap } from './gap.ts';
import type { Ecosystem } from './package-record.ts';
import type { Verdict } from './verdict.ts';

/** `unknown`: one of the images could not be had, so nothing can be compared. */
export type Risk = 'worse' | 'better' | 'same' | 'unknown';

/** A finding of both images of which the new one is more visible or more active. */
export interface HeavierFinding {
  readonly finding: Finding;
  /** `now started by the image`, `no longer hidden by a later layer`. */
  readonly now: readonly string[];
}

export interface FindingChanges {
  readonly added: readonly Finding[];
  readonly gone: readonly Finding[];
  readonly heavier: readonly HeavierFinding[];
  /** Findings of both images, the heavier ones among them. */
  readonly same: number;
}

export interface GapChanges {
  readonly added: readonly Gap[];
  readonly gone: readonly Gap[];
  readonly same: number;
}

/** What an image may do or be asked to do. */
export const capabilityKinds = [
  'setuid',
  'setgid',
  'file-capabilities',
  'user',
  'entrypoint',
  'command',
  'healthcheck',
  'on-build',
  'network-tool',
  'environment',
  'exposed-port',
  'volume',
  'working-directory',
] as const;
export type CapabilityKind = (typeof capabilityKinds)[number];

export interface CapabilityChange {
  readonly kind: CapabilityKind;
  /** The path, variable, port, tool; '' for what an image has once. */
  readonly name: string;
  /** '' where there was none. Secrets are not shown. */
  readonly old: string;
  readonly new: string;
  /** The new image may do more, or something else than before, where that matters to its reader. */
  readonly widens: boolean;
}

export interface FileState {
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly sha256?: string;
  readonly kind?: FileKind;
  readonly target?: string;
}

export interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Why it is worth a look: `setuid`, `capabilities`, `started`, `program`, `script`, `start-up`. */
  readonly is: readonly ('setuid' | 'capabilities' | 'started' | 'program' | 'script' | 'start-up')[];
  /** The package that delivers it, in the new image, or in the old one when it is removed. */
  readonly owner?: string;
  readonly unowned?: true;
  /** It changed though the package that delivers it has the same version as before. */
  readonly unexplained?: true;
  readonly old?: FileState;
  readonly new?: FileState;
}

export interface FileChanges {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly same: number;
  /** Programs, scripts, and what gives rights or runs by itself; at most a thousand. */
  readonly notable: readonly FileChange[];
  /** Notable ones beyond those. */
  readonly more: number;
}

export interface PackageChange {
  readonly ecosystem: Ecosystem;
  readonly name: string;
  /** '' for a package that is added. */
  readonly old: string;
  /** '' for a package that is removed. */
  readonly new: string;
  readonly purl: string;
}

export interface PackageChanges {
  readonly added: readonly PackageChange[];
  readonly removed: readonly PackageChange[];
  readonly upgraded: readonly PackageChange[];
  readonly downgraded: readonly PackageChange[];
  readonly same: number;
}

export interface StoryChanges {
  readonly added: readonly string[];
  readonly gone: readonly string[];
}

export interface Difference {
  readonly old: Verdict;
  readonly new: Verdict;
  readonly risk: Risk;
  /** Plain sentences, the most important first. Never empty. */
  readonly because: readonly [string, ...string[]];
  readonly findings: FindingChanges;
  readonly gaps: GapChanges;
  readonly capabilities: readonly CapabilityChange[];
  readonly files: FileChanges;
  readonly packages: PackageChanges;
  readonly story: StoryChanges;
}
