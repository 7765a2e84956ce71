/** The entries of all layers, in order → which of them the final tree still shows (OCI image specification, layer.md, "Applying Changesets"). */
import { fileTypes, type HeaderRow } from './protocol.ts';

/**
 * - `merged`: each layer is unpacked into the tree of those below it, whose links are followed. So do engines that copy layers
 *   (Podman's vfs, btrfs and zfs, containerd without root), umoci and builders.
 * - `stacked`: each layer is unpacked by itself and laid over the others, as overlay file systems do. Where a lower layer has a link
 *   and this one a path through it, this one has a folder, which takes the link's place.
 */
type Reading = 'merged' | 'stacked';

interface Node {
  /** Names below; undefined for everything but a directory. */
  readonly children: Map<string, Node> | undefined;
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

const emptyDirectory = (): Node => ({ children: new Map(), entries: [], content: -1, target: undefined });

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
  /** The folder in which the entry before was placed, while nothing that was there has gone since. */
  #last:
    | { readonly path: string; readonly node: Node; readonly names: readonly string[]; readonly crossed: boolean }
    | undefined;
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
    this.#last = undefined;
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
    const [path] = row;
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    if (name === '') return;
    const type = fileTypes[row[1]];
    const names = this.#folder(path.slice(0, Math.max(0, slash)))?.children;
    this.#noteCrossing(entry, name);
    const before = names?.get(name);
    // "If the entry is a directory on both sides, it is merged."
    if (type === 'directory' && before?.children !== undefined) {
      before.entries.push(entry);
      this.#count(entry, 1);
      return;
    }
    const linked = type === 'hardlink' ? this.#link(entry, row) : undefined;
    if (linked !== undefined && linked === before) {
      // A link to itself changes nothing.
      before.entries.push(entry);
      this.#count(entry, 1);
      return;
    }
    const node: Node = {
      children: type === 'directory' ? new Map() : undefined,
      entries: [entry],
      content: linked === undefined || linked.content < 0 ? entry : linked.content,
      target: type === 'symlink' && typeof row[7] === 'string' ? row[7] : linked?.target,
    };
    this.#countNode(node, 1);
    if (before !== undefined) this.#hide(before);
    names?.set(name, node);
  }

  /** What a hard link shares; engines link inside the layer that they unpack, in its order, and never to a folder. */
  #link(entry: number, row: HeaderRow): Node | undefined {
    const linked = typeof row[7] === 'string' ? this.#find(row[7]) : undefined;
    if (linked === undefined) this.oddities.set(entry, { kind: 'link-to-nothing' });
    else if (linked.children !== undefined) this.oddities.set(entry, { kind: 'link-to-folder' });
    else {
      if (linked.content < this.#start && (linked.entries.at(-1) ?? 0) < this.#start)
        this.oddities.set(entry, { kind: 'link-below' });
      if (linked.content >= 0) this.linked.set(entry, linked.content);
    }
    return linked?.children === undefined ? linked : undefined;
  }

  /** What a name shows, links in its directories followed. */
  #find(path: string): Node | undefined {
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

  /** Made where it is missing. Layers state their entries folder by folder. */
  #folder(path: string): Node | undefined {
    const last = this.#last;
    if (last?.path === path) {
      this.#names = last.names;
      this.#crossed = last.crossed;
      return last.node;
    }
    const node = this.#directory(partsOf(path), true, 0);
    this.#last = node === undefined ? undefined : { path, node, names: this.#names, crossed: this.#crossed };
    return node;
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
      if (child?.target !== undefined && links < maximumLinks && this.#isFollowed(child)) {
        const before = child.target.startsWith('/') ? [] : names;
        const path = [...before, ...partsOf(child.target), ...parts.slice(place + 1)];
        return this.#directory(path, make, links + 1);
      }
      names.push(part);
      if (child?.children !== undefined) {
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

  #countNode({ entries, content }: Node, change: number): void {
    for (const entry of entries) this.#count(entry, change);
    if (content >= 0 && !entries.includes(content)) this.#count(content, change);
  }

  /** A node and everything below it. Without recursion: a hostile path has thousands of parts. */
  #hide(node: Node): void {
    this.#last = undefined;
    const open = [node];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      this.#countNode(next, -1);
      if (next.children !== undefined) open.push(...next.children.values());
    }
  }
}

const isWhiteout = (row: HeaderRow): boolean => {
  const type = fileTypes[row[1]];
  return type === 'deletion' || type === 'opaque';
};

const layTree = (layers: readonly (readonly HeaderRow[])[], starts: readonly number[], reading: Reading): FinalTree => {
  const tree = new FinalTree(
    layers.reduce((total, rows) => total + rows.length, 0),
    reading,
  );
  for (const [layer, rows] of layers.entries()) {
    const start = starts[layer] ?? 0;
    tree.beginLayer(start);
    for (const [index, row] of rows.entries()) {
      const type = fileTypes[row[1]];
      if (type === 'deletion') tree.delete(start + index, row[0]);
      else if (type === 'opaque') tree.clear(start + index, row[0]);
    }
    for (const [index, row] of rows.entries()) if (!isWhiteout(row)) tree.place(start + index, row);
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
    !isWhiteout(row) && row[0] !== '' && tree.shown[entry] === 0 && stacked[entry] === 0;
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
