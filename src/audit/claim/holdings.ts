/** The final tree → the names of its programs, its paths, and the operating system that it states. */
import type { InventoryEntry, Observation, Plain } from '../../core/analyzer.ts';
import { viewOf } from '../../core/inventory-view.ts';
import type { Product } from './products.ts';

export const osReleasePaths: readonly string[] = ['etc/os-release', 'usr/lib/os-release'];

/** What os-release(5) says: ID, then ID_LIKE. */
export type SystemFacts = readonly string[];

export const isSystemFacts = (facts: Plain): facts is SystemFacts =>
  Array.isArray(facts) && facts.every((id) => typeof id === 'string');

export interface Holdings {
  /** Last components of files that can be programs or their parts; each once. */
  readonly programs: ReadonlySet<string>;
  readonly paths: { has(path: string): boolean };
  /** undefined: no os-release, or none that was read. */
  readonly systems: ReadonlySet<string> | undefined;
  /** There is an os-release, and nothing is known of it. */
  readonly systemUnread: boolean;
}

/** Completions, start scripts and manuals are called like the program, and do not make one. */
const isAside = (path: string): boolean =>
  /^(?:etc|proc|sys|dev|usr\/share\/(?:doc|man|bash-completion|zsh|fish|lintian|info|locale)|var\/lib\/dpkg)\//.test(
    path,
  );

/** An empty file is no program, nor is a link: what it leads to is a file of its own. */
const isProgramFile = ({ path, type, size, hidden }: InventoryEntry): boolean =>
  !hidden && (type === 'hardlink' || (type === 'file' && size > 0)) && !isAside(path);

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const holdingsOf = (inventory: readonly InventoryEntry[], observations: readonly Observation[]): Holdings => {
  const programs = new Set<string>();
  for (const entry of inventory) {
    if (isProgramFile(entry)) programs.add(nameOf(entry.path));
  }
  const stated = observations
    .filter(({ hidden }) => !hidden)
    .flatMap(({ facts }) => (isSystemFacts(facts) ? [facts] : []));
  return {
    programs,
    paths: viewOf(inventory).shown,
    systems: stated.length === 0 ? undefined : new Set(stated.flat()),
    systemUnread:
      stated.length === 0 &&
      inventory.some(({ path, type, hidden }) => !hidden && type === 'file' && osReleasePaths.includes(path)),
  };
};

/** True also where it cannot be told. */
export const isHeld = ({ programs, ids, files }: Product, holdings: Holdings): boolean => {
  if (ids.size === 0) return holdings.programs.values().some((name) => programs.some((pattern) => pattern.test(name)));
  if (holdings.systemUnread) return true;
  if (holdings.systems !== undefined) return holdings.systems.values().some((id) => ids.has(id));
  return files.values().some((path) => holdings.paths.has(path));
};
