/** The inventory → the final tree by canonical path: links in folders followed, so that bin/ls and usr/bin/ls are one file where /bin is a link. */
import type { InventoryEntry } from '../../core/analyzer.ts';
import { viewOf } from '../../core/inventory-view.ts';
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
  readonly #shown: ReadonlyMap<string, InventoryEntry>;
  /** By canonical path: files that were written through a link, and so have another path in the inventory. */
  readonly #moved = new Map<string, InventoryEntry>();
  /** Folder as written → canonical. */
  readonly #folders = new Map<string, string>([['', '']]);
  /** What `canonical` was asked last: files come folder by folder. */
  #folder = '';
  #canonicalFolder = '';

  constructor(inventory: readonly InventoryEntry[]) {
    this.#shown = viewOf(inventory).shown;
    for (const entry of this.#shown.values()) {
      const { path } = entry;
      const canonical = isFile(entry) ? this.canonical(path) : path;
      // Of several entries of one path the one that was laid last.
      if (canonical !== path && (this.at(canonical)?.layerIndex ?? 0) <= entry.layerIndex)
        this.#moved.set(canonical, entry);
    }
  }

  /** What is there and no folder, by canonical path. */
  at(canonical: string): InventoryEntry | undefined {
    const moved = this.#moved.get(canonical);
    if (moved !== undefined) return moved;
    const entry = this.#shown.get(canonical);
    return entry !== undefined && isFile(entry) && this.canonical(canonical) === canonical ? entry : undefined;
  }

  /** All that `at` finds. */
  forEach(visit: (canonical: string, entry: InventoryEntry) => void): void {
    for (const [path, entry] of this.#shown)
      if (isFile(entry) && this.canonical(path) === path && !this.#moved.has(path)) visit(path, entry);
    for (const [path, entry] of this.#moved) visit(path, entry);
  }

  /** The last name stays as it is. */
  canonical(path: string): string {
    const parent = parentOf(path);
    if (parent === '') return path;
    if (parent !== this.#folder) {
      this.#canonicalFolder = this.#follow(parent, 0);
      this.#folder = parent;
    }
    if (this.#canonicalFolder === parent) return path;
    return this.#canonicalFolder === '' ? baseName(path) : `${this.#canonicalFolder}/${baseName(path)}`;
  }

  /** Where a path leads in the end; undefined for nothing that is there, or a circle. */
  resolve(path: string): InventoryEntry | undefined {
    let place = this.canonical(path);
    for (let links = 0; links < maximumLinks; links += 1) {
      const entry = this.at(place);
      if (entry === undefined) return undefined;
      if (entry.type === 'file') return entry;
      // Hard links name a path of the tree, symbolic ones a path from where they lie.
      const target = entry.target ?? '';
      const next = entry.type === 'hardlink' || target.startsWith('/') ? target : `${parentOf(place)}/${target}`;
      place = this.canonical(normalisePath(next).path);
      // A hard link keeps what it was made to, whatever a later layer puts there.
      if (entry.type === 'hardlink' && entry.sha256 !== undefined && this.at(place)?.sha256 !== entry.sha256)
        return { ...entry, type: 'file' };
    }
    return undefined;
  }

  #follow(path: string, links: number): string {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    if (isDeep(path)) return path;
    // In a circle of links a folder is itself.
    this.#folders.set(path, path);
    const parent = parentOf(path);
    const above = this.#follow(parent, links);
    const base = above === '' ? '' : `${above}/`;
    const place = above === parent ? path : base + baseName(path);
    const link = this.#shown.get(place);
    if (link?.type !== 'symlink' || link.target === undefined || links >= maximumLinks) {
      if (place !== path) this.#folders.set(path, place);
      return place;
    }
    const next = link.target.startsWith('/') ? link.target : `${base}${link.target}`;
    const canonical = this.#follow(normalisePath(next).path, links + 1);
    this.#folders.set(path, canonical);
    return canonical;
  }
}
