/** The entries of all layers, in order → which of them the final tree still shows (OCI image specification, layer.md, "Applying Changesets"). */
import { fileTypes, type HeaderRow } from './protocol.ts';

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

const emptyDirectory = (): Node => ({ children: new Map(), entries: [], content: -1, target: undefined });

/** Linux, path_resolution(7): more links than this in one path are an error. */
const maximumLinks = 40;

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

class FinalTree {
  readonly #root = emptyDirectory();
  /** For each entry, under how many names the tree shows its content. */
  readonly shown: Int32Array;

  constructor(entries: number) {
    this.shown = new Int32Array(entries);
  }

  /** "Whiteouts hide only what lies in lower layers": applied before the layer's own entries. */
  delete(path: string): void {
    const parts = partsOf(path);
    const name = parts.pop();
    const parent = this.#directory(parts, false, 0);
    const node = name === undefined ? undefined : parent?.children?.get(name);
    if (name === undefined || parent === undefined || node === undefined) return;
    this.#hide(node);
    parent.children?.delete(name);
  }

  /** All children from lower layers go; the directory stays. */
  clear(path: string): void {
    const node = this.#directory(partsOf(path), false, 0);
    for (const child of node?.children?.values() ?? []) this.#hide(child);
    node?.children?.clear();
  }

  place(entry: number, row: HeaderRow): void {
    const parts = partsOf(row[0]);
    const name = parts.pop();
    if (name === undefined) return;
    const type = fileTypes[row[1]];
    const names = this.#directory(parts, true, 0)?.children;
    const before = names?.get(name);
    // "If the entry is a directory on both sides, it is merged."
    if (type === 'directory' && before?.children !== undefined) {
      before.entries.push(entry);
      this.#count(entry, 1);
      return;
    }
    const linked = type === 'hardlink' && typeof row[7] === 'string' ? this.#find(row[7]) : undefined;
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
      target: type === 'symlink' && typeof row[7] === 'string' ? row[7] : undefined,
    };
    this.#countNode(node, 1);
    if (before !== undefined) this.#hide(before);
    names?.set(name, node);
  }

  /** What a name shows, links in its directories followed. */
  #find(path: string): Node | undefined {
    const parts = partsOf(path);
    const name = parts.pop();
    return name === undefined ? undefined : this.#directory(parts, false, 0)?.children?.get(name);
  }

  /**
   * The directory that a path names, links followed inside the tree. `make`: what is missing is made, and what is no directory is
   * replaced by one, as engines do when a layer has files below it.
   */
  #directory(parts: readonly string[], make: boolean, links: number): Node | undefined {
    const trail: Node[] = [this.#root];
    for (const [place, part] of parts.entries()) {
      const node = trail.at(-1);
      if (node?.children === undefined) return undefined;
      if (part === '..') {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const child = node.children.get(part);
      if (child?.target !== undefined && links < maximumLinks) {
        const before = child.target.startsWith('/') ? [] : parts.slice(0, place);
        const path = [...before, ...partsOf(child.target), ...parts.slice(place + 1)];
        return this.#directory(path, make, links + 1);
      }
      if (child?.children !== undefined) {
        trail.push(child);
        continue;
      }
      if (!make) return undefined;
      if (child !== undefined) this.#hide(child);
      const made = emptyDirectory();
      node.children.set(part, made);
      trail.push(made);
    }
    return trail.at(-1);
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
    const open = [node];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      this.#countNode(next, -1);
      if (next.children !== undefined) open.push(...next.children.values());
    }
  }
}

/** For each layer, for each of its rows: true when the final tree shows nothing of it. Whiteouts themselves are never hidden. */
export const hiddenEntries = (layers: readonly (readonly HeaderRow[])[]): readonly (readonly boolean[])[] => {
  const starts: number[] = [];
  let total = 0;
  for (const rows of layers) {
    starts.push(total);
    total += rows.length;
  }
  const tree = new FinalTree(total);
  for (const [layer, rows] of layers.entries()) {
    for (const row of rows) {
      const type = fileTypes[row[1]];
      if (type === 'deletion') tree.delete(row[0]);
      else if (type === 'opaque') tree.clear(row[0]);
    }
    for (const [index, row] of rows.entries()) {
      const type = fileTypes[row[1]];
      if (type !== 'deletion' && type !== 'opaque') tree.place((starts[layer] ?? 0) + index, row);
    }
  }
  return layers.map((rows, layer) =>
    rows.map((row, index) => {
      const type = fileTypes[row[1]];
      return (
        type !== 'deletion' && type !== 'opaque' && row[0] !== '' && tree.shown[(starts[layer] ?? 0) + index] === 0
      );
    }),
  );
};
