/** The inventory of all layers → the final tree, with links followed as in a container, and the texts that were kept. */
import type { InventoryEntry, Observation } from '../../core/analyzer.ts';
import { viewOf } from '../../core/inventory-view.ts';
import { parentOf } from '../../core/path.ts';
import type { KeptText } from './kept-text.ts';
import type { LaunchFiles } from './launch-part.ts';

/** Linux, path_resolution(7): more links than this in one path are an error. */
const maximumLinks = 40;
/** Linux, PATH_MAX. */
const longestPath = 4096;

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** Hidden files of lower layers are not in it: nothing can start them. */
export class ImageTree implements LaunchFiles {
  readonly #entries: ReadonlyMap<string, InventoryEntry>;
  /** Folders that no entry states. */
  readonly #unstated = new Set<string>();
  /** By content: the same text is the same script wherever it lies. */
  readonly #kept = new Map<string, KeptText>();
  #folders: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor(inventory: readonly InventoryEntry[], observations: readonly Observation[]) {
    const { shown, folders } = viewOf(inventory);
    this.#entries = shown;
    for (const path of folders)
      for (let folder = path; this.#isUnknown(folder); folder = parentOf(folder)) this.#unstated.add(folder);
    for (const { sha256, facts } of observations) this.#kept.set(sha256, facts as KeptText);
  }

  /** The folders above one that is stated, or was met before, have their own turn. */
  #isUnknown(folder: string): boolean {
    return folder !== '' && !this.#entries.has(folder) && !this.#unstated.has(folder);
  }

  /** The file that a path leads to; undefined where there is none, or nothing that can be read or run. */
  find(path: string): InventoryEntry | undefined {
    const found = this.#resolve(path, 0);
    const entry = found === undefined ? undefined : this.#entries.get(found);
    if (entry?.type !== 'hardlink') return entry?.type === 'file' ? entry : undefined;
    const linked = this.#entries.get(partsOf(entry.target ?? '').join('/'));
    const { sha256 = linked?.sha256 } = entry;
    if (linked?.type === 'file' && linked.sha256 === sha256) return linked;
    // A hard link keeps what it was made to, whatever a later layer puts there.
    return entry.sha256 === undefined ? undefined : entry;
  }

  locate(path: string): string | undefined {
    return this.find(path)?.path;
  }

  /** undefined where it was not kept. */
  textOf({ sha256 = '' }: InventoryEntry): string | undefined {
    const kept = this.#kept.get(sha256);
    return typeof kept?.['text'] === 'string' ? kept['text'] : undefined;
  }

  /** A script of a shell that is larger than what is kept. */
  isLarge({ sha256 = '' }: InventoryEntry): boolean {
    const kept = this.#kept.get(sha256);
    return kept?.['large'] === true;
  }

  readFile(path: string): Uint8Array | undefined {
    const entry = this.find(path);
    const text = entry === undefined ? undefined : this.textOf(entry);
    return text === undefined ? undefined : Buffer.from(text, 'latin1');
  }

  listFolder(path: string): readonly string[] {
    this.#folders ??= this.#index();
    const found = this.#resolve(path, 0);
    return found === undefined ? [] : [...(this.#folders.get(found) ?? [])].toSorted();
  }

  #index(): ReadonlyMap<string, ReadonlySet<string>> {
    const folders = new Map<string, Set<string>>();
    for (const path of this.#entries.keys()) {
      // A folder that no entry states is there all the same.
      for (let inner = path; inner !== ''; inner = parentOf(inner)) {
        const folder = parentOf(inner);
        const names = folders.get(folder);
        const name = inner.slice(folder === '' ? 0 : folder.length + 1);
        if (names?.has(name) === true) break;
        if (names === undefined) folders.set(folder, new Set([name]));
        else names.add(name);
      }
    }
    return folders;
  }

  /** The path in the inventory; links in every part of it are followed inside the image. */
  #resolve(path: string, links: number): string | undefined {
    if (path.length > longestPath) return undefined;
    const parts = partsOf(path);
    let here = '';
    for (const [index, part] of parts.entries()) {
      if (part === '..') {
        here = parentOf(here);
        continue;
      }
      const next = here === '' ? part : `${here}/${part}`;
      const entry = this.#entries.get(next);
      // A long path through nothing ends at its first step.
      if (entry === undefined && !this.#unstated.has(next)) return undefined;
      if (entry?.type !== 'symlink' || entry.target === undefined) {
        here = next;
        continue;
      }
      if (links >= maximumLinks) return undefined;
      const before = entry.target.startsWith('/') ? '' : `${here}/`;
      return this.#resolve(`${before}${entry.target}/${parts.slice(index + 1).join('/')}`, links + 1);
    }
    return here;
  }
}
