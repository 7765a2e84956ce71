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
  /** Folders that are written through a link. */
  readonly #linked = new Set<string>();
  /** By canonical path: the files in them. */
  readonly #moved = new Map<string, InventoryEntry>();
  /** Folder as written → canonical. */
  readonly #folders = new Map<string, string>([['', '']]);
  /** What `canonical` was asked last: files come folder by folder. */
  #folder = '';
  #canonicalFolder = '';

  constructor(inventory: readonly InventoryEntry[]) {
    const { shown, folders } = viewOf(inventory);
    this.#shown = shown;
    for (const folder of folders) if (this.#follow(folder, 0) !== folder) this.#linked.add(folder);
    if (this.#linked.size > 0) for (const entry of shown.values()) this.#move(entry);
  }

  #move(entry: InventoryEntry): void {
    if (!isFile(entry) || !this.#linked.has(parentOf(entry.path))) return;
    const canonical = this.canonical(entry.path);
    // Of several entries of one path the one that was laid last.
    if ((this.at(canonical)?.layerIndex ?? 0) <= entry.layerIndex) this.#moved.set(canonical, entry);
  }

  /** What is there and no folder, by canonical path. */
  at(canonical: string): InventoryEntry | undefined {
    const entry = this.#moved.get(canonical) ?? this.#shown.get(canonical);
    if (entry === undefined || !isFile(entry)) return undefined;
    return entry.path === canonical && this.#linked.has(parentOf(canonical)) ? undefined : entry;
  }

  /** All that `at` finds. */
  forEach(visit: (canonical: string, entry: InventoryEntry) => void): void {
    const isPlain = this.#linked.size === 0;
    for (const entry of this.#shown.values()) {
      const { path } = entry;
      if (isFile(entry) && (isPlain || (!this.#linked.has(parentOf(path)) && !this.#moved.has(path))))
        visit(path, entry);
    }
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
