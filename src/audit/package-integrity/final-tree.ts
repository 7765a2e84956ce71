/** The inventory → the final tree by canonical path: links in folders followed, so that bin/ls and usr/bin/ls are one file where /bin is a link. */
import type { InventoryEntry } from '../../core/analyzer.ts';
import { baseName, normalisePath, parentOf } from '../../core/path.ts';

/** Linux, path_resolution(7). */
const maximumLinks = 40;

/** No system is so deep: what is, is taken as written, since following costs time for every folder of it. */
const maximumDepth = 64;

const isDeep = (path: string): boolean => {
  let slashes = 0;
  for (let at = path.indexOf('/'); at >= 0 && slashes < maximumDepth; at = path.indexOf('/', at + 1)) slashes += 1;
  return slashes >= maximumDepth;
};

const isFile = ({ type }: InventoryEntry): boolean => type === 'file' || type === 'hardlink' || type === 'symlink';

export class FinalTree {
  /** What is no folder, by canonical path; of several entries of one path the last. */
  readonly files: ReadonlyMap<string, InventoryEntry>;
  readonly #links = new Map<string, string>();
  /** Folder as written → canonical. */
  readonly #folders = new Map<string, string>([['', '']]);

  constructor(inventory: readonly InventoryEntry[]) {
    for (const { path, type, hidden, target } of inventory)
      if (type === 'symlink' && !hidden && target !== undefined) this.#links.set(path, target);
    const files = new Map<string, InventoryEntry>();
    for (const entry of inventory) if (!entry.hidden && isFile(entry)) files.set(this.canonical(entry.path), entry);
    this.files = files;
  }

  /** The last name stays as it is. */
  canonical(path: string): string {
    const parent = parentOf(path);
    if (parent === '') return path;
    const folder = this.#folder(parent, 0);
    return folder === parent ? path : `${folder}/${baseName(path)}`;
  }

  /** Where a path leads in the end; undefined for nothing that is there, or a circle. */
  resolve(path: string): InventoryEntry | undefined {
    let place = this.canonical(path);
    for (let links = 0; links < maximumLinks; links += 1) {
      const entry = this.files.get(place);
      if (entry === undefined) return undefined;
      if (entry.type === 'file') return entry;
      // Hard links name a path of the tree, symbolic ones a path from where they lie.
      const target = entry.target ?? '';
      const next = entry.type === 'hardlink' || target.startsWith('/') ? target : `${parentOf(place)}/${target}`;
      place = this.canonical(normalisePath(next).path);
      // A hard link keeps what it was made to, whatever a later layer puts there.
      if (entry.type === 'hardlink' && entry.sha256 !== undefined && this.files.get(place)?.sha256 !== entry.sha256)
        return { ...entry, type: 'file' };
    }
    return undefined;
  }

  #folder(path: string, links: number): string {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    if (isDeep(path)) return path;
    // In a circle of links a folder is itself.
    this.#folders.set(path, path);
    const parent = parentOf(path);
    const base = parent === '' ? '' : `${this.#folder(parent, links)}/`;
    const place = base + baseName(path);
    const target = this.#links.get(place);
    let canonical = place;
    if (target !== undefined && links < maximumLinks) {
      const next = target.startsWith('/') ? target : `${base}${target}`;
      canonical = this.#folder(normalisePath(next).path, links + 1);
    }
    this.#folders.set(path, canonical);
    return canonical;
  }
}
