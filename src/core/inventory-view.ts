/** An inventory → what more than one analyzer looks for in it, found in one pass for all of them. */
import type { InventoryEntry } from './analyzer.ts';
import { isProgram } from './file-kind.ts';
import { parentOf } from './path.ts';

export interface InventoryView {
  /**
   * What the final tree shows, by path as written; of several entries of one path, such as a folder that several layers state, the
   * last. Whiteouts are not in it.
   */
  readonly shown: ReadonlyMap<string, InventoryEntry>;
  /** Paths of the folders in which something is shown, as written, whether an entry states them or not; '' for the root. */
  readonly folders: ReadonlySet<string>;
  /** Files of all layers that a kernel or an interpreter runs, hidden ones among them, in the order of the inventory. */
  readonly programs: readonly InventoryEntry[];
}

const lookOver = (inventory: readonly InventoryEntry[]): InventoryView => {
  const shown = new Map<string, InventoryEntry>();
  const folders = new Set<string>();
  const programs: InventoryEntry[] = [];
  // Layers state their entries folder by folder.
  let folder: string | undefined;
  for (const entry of inventory) {
    const { path, type, kind } = entry;
    if (!entry.hidden && type !== 'deletion' && type !== 'opaque') {
      shown.set(path, entry);
      const parent = parentOf(path);
      if (parent !== folder) folders.add(parent);
      folder = parent;
    }
    if (type === 'file' && kind !== undefined && isProgram(kind)) programs.push(entry);
  }
  return { shown, folders, programs };
};

const views = new WeakMap<readonly InventoryEntry[], InventoryView>();

/** Made when it is first asked for, and kept as long as the inventory. */
export const viewOf = (inventory: readonly InventoryEntry[]): InventoryView => {
  const known = views.get(inventory) ?? lookOver(inventory);
  views.set(inventory, known);
  return known;
};
