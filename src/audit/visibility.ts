/** The entries of all layers, in order → which of them the final tree still shows (OCI image specification, layer.md, "Applying Changesets"). */
import { fileTypes, type HeaderRow } from './protocol.ts';

const [directory, symbolicLink, hardLink, deletion, opaque] = (
  ['directory', 'symlink', 'hardlink', 'deletion', 'opaque'] as const
).map((type) => fileTypes.indexOf(type));

/**
 * - `merged`: each layer is unpacked into the tree of those below it, whose links are followed. So do engines that copy layers
 *   (Podman's vfs, btrfs and zfs, containerd without root), umoci and builders.
 * - `stacked`: each layer is unpacked by itself and laid over the others, as overlay file systems do. Where a lower layer has a link
 *   and this one a path through it, this one has a folder, which takes the link's place.
 */
type Reading = 'merged' | 'stacked';

/** What has a name: the entry of a file that has this name alone, as nearly all have, and a Node for everything else. */
type Place = number | Node;

interface Node {
  /** Names below; undefined for everything but a directory. */
  readonly children: Map<string, Place> | undefined;
  /** Entries that made the name: several for a directory that several layers state. None for one that no entry made. */
  readonly entries: number[];
  /** Entry whose content the name shows: for a hard link the one it leads to. */
  readonly content: number;
  /** Of a symbolic link. */
  readonly target: string | undefined;
}

/** What engines do not agree on. `where` is the entry's path, `landed` where a link of a lower layer puts it. */
export type Oddity =
  | { readonly kind: 'path-over-link'; readonly landed: string }
  | { readonly kind: 'link-to-nothing' | 'link-to-folder' | 'link-below' };

/** Where entries of one folder are placed. */
interface Folder {
  readonly node: Node;
  /** Whether a link of a lower layer led there; if so, the names under which it lies. */
  readonly crossed: boolean;
  readonly names: readonly string[];
}

const emptyDirectory = (): Node => ({ children: new Map(), entries: [], content: -1, target: undefined });

const isDirectory = (place: Place | undefined): place is Node =>
  typeof place === 'object' && place.children !== undefined;

const contentOf = (place: Place): number => (typeof place === 'number' ? place : place.content);

const lastEntryOf = (place: Place): number => (typeof place === 'number' ? place : (place.entries.at(-1) ?? 0));

/** Linux, path_resolution(7): more links than this in one path are an error. */
const maximumLinks = 40;

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

class FinalTree {
  readonly #root = emptyDirectory();
  readonly #reading: Reading;
  /** The first entry of the layer that is laid now. */
  #start = 0;
  /** Of the folder that was looked for last: its names, and whether a link of a lower layer led there. */
  #names: readonly string[] = [];
  #crossed = false;
  /** Folders of this layer by path as written, while no folder and no link has gone since. */
  readonly #folders = new Map<string, Folder>();
  #lastFolder: Folder | undefined;
  #lastPath = '';
  /** For each entry, under how many names the tree shows its content. */
  readonly shown: Int32Array;
  /** By hard link, the entry whose content it shows. */
  readonly linked = new Map<number, number>();
  readonly oddities = new Map<number, Oddity>();

  constructor(entries: number, reading: Reading) {
    this.shown = new Int32Array(entries);
    this.#reading = reading;
  }

  beginLayer(start: number): void {
    this.#start = start;
    this.#forgetFolders();
  }

  /** "Whiteouts hide only what lies in lower layers": applied before the layer's own entries. */
  delete(entry: number, path: string): void {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) return;
    const parent = this.#directory(parts, this.#reading === 'stacked', 0);
    this.#noteCrossing(entry, name);
    const node = parent?.children?.get(name);
    if (parent === undefined || node === undefined) return;
    this.#hide(node);
    parent.children?.delete(name);
  }

  /** All children from lower layers go; the directory stays. */
  clear(entry: number, path: string): void {
    const node = this.#directory(partsOf(path), this.#reading === 'stacked', 0);
    this.#noteCrossing(entry, undefined);
    for (const child of node?.children?.values() ?? []) this.#hide(child);
    node?.children?.clear();
  }

  place(entry: number, row: HeaderRow): void {
    const path = row[0];
    const type = row[1];
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    if (name === '') return;
    const names = this.#folder(slash < 0 ? '' : path.slice(0, slash))?.children;
    if (this.#crossed) this.#noteCrossing(entry, name);
    const before = names?.get(name);
    // "If the entry is a directory on both sides, it is merged."
    if (type === directory && isDirectory(before)) {
      before.entries.push(entry);
      this.#count(entry, 1);
      return;
    }
    const linked = type === hardLink ? this.#link(entry, row) : undefined;
    if (linked !== undefined && linked === before) {
      // A link to itself changes nothing.
      if (typeof before === 'object') before.entries.push(entry);
      else names?.set(name, { children: undefined, entries: [before, entry], content: before, target: undefined });
      this.#count(entry, 1);
      return;
    }
    const place = this.#placeOf(entry, row, linked);
    this.#countPlace(place, 1);
    if (before !== undefined) this.#hide(before);
    names?.set(name, place);
  }

  #placeOf(entry: number, row: HeaderRow, linked: Place | undefined): Place {
    const type = row[1];
    if (type === directory) return { children: new Map(), entries: [entry], content: entry, target: undefined };
    if (type === symbolicLink)
      return {
        children: undefined,
        entries: [entry],
        content: entry,
        target: typeof row[7] === 'string' ? row[7] : undefined,
      };
    if (linked === undefined) return entry;
    return {
      children: undefined,
      entries: [entry],
      content: contentOf(linked),
      target: typeof linked === 'object' ? linked.target : undefined,
    };
  }

  /** What a hard link shares; engines link inside the layer that they unpack, in its order, and never to a folder. */
  #link(entry: number, row: HeaderRow): Place | undefined {
    const linked = typeof row[7] === 'string' ? this.#find(row[7]) : undefined;
    if (linked === undefined) {
      this.oddities.set(entry, { kind: 'link-to-nothing' });
      return undefined;
    }
    if (isDirectory(linked)) {
      this.oddities.set(entry, { kind: 'link-to-folder' });
      return undefined;
    }
    const content = contentOf(linked);
    if (content < this.#start && lastEntryOf(linked) < this.#start) this.oddities.set(entry, { kind: 'link-below' });
    this.linked.set(entry, content);
    return linked;
  }

  /** What a name shows, links in its directories followed. */
  #find(path: string): Place | undefined {
    const parts = partsOf(path);
    const name = parts.pop();
    return name === undefined ? this.#root : this.#directory(parts, false, 0)?.children?.get(name);
  }

  #noteCrossing(entry: number, name: string | undefined): void {
    if (!this.#crossed) return;
    this.#crossed = false;
    const landed = [...this.#names, ...(name === undefined ? [] : [name])].join('/');
    this.oddities.set(entry, { kind: 'path-over-link', landed });
  }

  /** Made where it is missing. Layers state their entries folder by folder, and a folder before what lies in it. */
  #folder(path: string): Node | undefined {
    if (this.#lastFolder === undefined || this.#lastPath !== path) {
      const found = this.#folders.get(path) ?? this.#folderIn(path) ?? this.#folderFrom(path);
      if (found !== undefined) this.#folders.set(path, found);
      this.#lastFolder = found;
      this.#lastPath = path;
    }
    this.#crossed = this.#lastFolder?.crossed ?? this.#crossed;
    this.#names = this.#lastFolder?.names ?? this.#names;
    return this.#lastFolder?.node;
  }

  /** One step from a folder that is known already; undefined where that is none, or there is more to it than a step. */
  #folderIn(path: string): Folder | undefined {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const parent = this.#folders.get(slash < 0 ? '' : path.slice(0, slash));
    if (parent === undefined || name === '' || name === '.' || name === '..') return undefined;
    const child = parent.node.children?.get(name);
    if (child !== undefined && !isDirectory(child)) return undefined;
    const node = child ?? emptyDirectory();
    if (child === undefined) parent.node.children?.set(name, node);
    return { node, crossed: parent.crossed, names: parent.crossed ? [...parent.names, name] : parent.names };
  }

  #folderFrom(path: string): Folder | undefined {
    const node = this.#directory(partsOf(path), true, 0);
    return node === undefined ? undefined : { node, crossed: this.#crossed, names: this.#names };
  }

  #forgetFolders(): void {
    this.#folders.clear();
    this.#folders.set('', { node: this.#root, crossed: false, names: [] });
    this.#lastFolder = undefined;
  }

  #directory(parts: readonly string[], make: boolean, links: number): Node | undefined {
    if (links === 0) this.#crossed = false;
    const trail: Node[] = [this.#root];
    const names: string[] = [];
    this.#names = names;
    for (const [place, part] of parts.entries()) {
      const node = trail.at(-1);
      if (node?.children === undefined) return undefined;
      if (part === '..') {
        if (trail.length > 1) trail.pop();
        names.pop();
        continue;
      }
      const child = node.children.get(part);
      if (typeof child === 'object' && child.target !== undefined && links < maximumLinks && this.#isFollowed(child)) {
        const before = child.target.startsWith('/') ? [] : names;
        const path = [...before, ...partsOf(child.target), ...parts.slice(place + 1)];
        return this.#directory(path, make, links + 1);
      }
      names.push(part);
      if (isDirectory(child)) {
        trail.push(child);
        continue;
      }
      // What is missing is made, and what is no directory is replaced by one, as engines do when a layer has files below it.
      if (!make) return undefined;
      if (child !== undefined) this.#hide(child);
      const made = emptyDirectory();
      node.children.set(part, made);
      trail.push(made);
    }
    return trail.at(-1);
  }

  #isFollowed({ entries }: Node): boolean {
    const isOwn = (entries.at(-1) ?? 0) >= this.#start;
    if (!isOwn && this.#reading === 'merged') this.#crossed = true;
    return isOwn || this.#reading === 'merged';
  }

  #count(entry: number, change: number): void {
    this.shown[entry] = (this.shown[entry] ?? 0) + change;
  }

  #countPlace(place: Place, change: number): void {
    if (typeof place === 'number') {
      this.#count(place, change);
      return;
    }
    const { entries, content } = place;
    for (const entry of entries) this.#count(entry, change);
    if (content >= 0 && !entries.includes(content)) this.#count(content, change);
  }

  /** A name and everything below it. Without recursion: a hostile path has thousands of parts. */
  #hide(place: Place): void {
    // What leads through a folder or a link leads elsewhere now.
    if (typeof place === 'object') this.#forgetFolders();
    const open = [place];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      this.#countPlace(next, -1);
      if (isDirectory(next)) for (const child of next.children?.values() ?? []) open.push(child);
    }
  }
}

const isWhiteout = (row: HeaderRow): boolean => row[1] === deletion || row[1] === opaque;

const layTree = (layers: readonly (readonly HeaderRow[])[], starts: readonly number[], reading: Reading): FinalTree => {
  const tree = new FinalTree(
    layers.reduce((total, rows) => total + rows.length, 0),
    reading,
  );
  for (const [layer, rows] of layers.entries()) {
    let entry = starts[layer] ?? 0;
    tree.beginLayer(entry);
    for (const row of rows) {
      if (row[1] === deletion) tree.delete(entry, row[0]);
      else if (row[1] === opaque) tree.clear(entry, row[0]);
      entry += 1;
    }
    entry = starts[layer] ?? 0;
    for (const row of rows) {
      if (!isWhiteout(row)) tree.place(entry, row);
      entry += 1;
    }
  }
  return tree;
};

export interface Visibility {
  /** For each layer, for each of its rows: true when the final tree shows nothing of it, however it is laid. Whiteouts are never hidden. */
  readonly hidden: readonly (readonly boolean[])[];
  /** By layer and row of a hard link: layer and row of the entry whose content it shows. */
  readonly linked: readonly ReadonlyMap<number, readonly [layer: number, row: number]>[];
  /** By layer and row. */
  readonly oddities: readonly ReadonlyMap<number, Oddity>[];
}

export const resolveLayers = (layers: readonly (readonly HeaderRow[])[]): Visibility => {
  const starts: number[] = [];
  let total = 0;
  for (const rows of layers) {
    starts.push(total);
    total += rows.length;
  }
  const tree = layTree(layers, starts, 'merged');
  const { linked, oddities } = tree;
  // Only where a path leads through a link of a lower layer do the two readings differ.
  const crosses = [...oddities.values()].some(({ kind }) => kind === 'path-over-link');
  const stacked = crosses ? layTree(layers, starts, 'stacked').shown : tree.shown;
  const isHidden = (row: HeaderRow, entry: number): boolean =>
    tree.shown[entry] === 0 && stacked[entry] === 0 && !isWhiteout(row) && row[0] !== '';
  const layerOf = (entry: number): number => starts.findLastIndex((start) => start <= entry);
  const byLayer = <Value, Given>(known: ReadonlyMap<number, Given>, toValue: (given: Given) => Value) => {
    const maps = layers.map(() => new Map<number, Value>());
    for (const [entry, given] of known) {
      const layer = layerOf(entry);
      maps[layer]?.set(entry - (starts[layer] ?? 0), toValue(given));
    }
    return maps;
  };
  return {
    hidden: layers.map((rows, layer) => rows.map((row, index) => isHidden(row, (starts[layer] ?? 0) + index))),
    linked: byLayer(linked, (entry): readonly [number, number] => {
      const layer = layerOf(entry);
      return [layer, entry - (starts[layer] ?? 0)];
    }),
    oddities: byLayer(oddities, (oddity) => oddity),
  };
};
