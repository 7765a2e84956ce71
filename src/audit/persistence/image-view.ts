/** The inventory of an image → its files by path, links of the usual merged folders followed, its folders and its programs. */
import type { InventoryEntry, Subject } from '../../core/analyzer.ts';
import { viewOf } from '../../core/inventory-view.ts';

export interface ImageView {
  /** The file that the final tree shows under an absolute path, or one that a layer holds and the tree hides. */
  find(absolute: string): InventoryEntry | undefined;
  /** Whether any layer states the folder: what is deleted later had its surroundings too. */
  has(folder: string): boolean;
  /** Files of all layers that a kernel or an interpreter runs, hidden ones too. */
  readonly programs: readonly InventoryEntry[];
  /** Files of all layers that have capabilities of their own. */
  readonly capable: readonly InventoryEntry[];
  /** Files of all layers below a folder of kernel modules. */
  readonly moduleFiles: readonly InventoryEntry[];
}

/** Since the merge of /bin, /sbin and /lib into /usr one file has two names. */
const merged = /^(?:bin|sbin|lib|lib32|lib64|libx32)\//;

export const viewImage = ({ inventory }: Subject): ImageView => {
  const { shown, programs } = viewOf(inventory);
  const capable: InventoryEntry[] = [];
  const moduleFiles: InventoryEntry[] = [];
  const hidden = new Map<string, InventoryEntry>();
  const hiddenFolders = new Set<string>();
  for (const entry of inventory) {
    if (entry.type === 'directory' && entry.hidden) hiddenFolders.add(entry.path);
    if (entry.type !== 'file') continue;
    const { path, capabilities } = entry;
    if (entry.hidden) hidden.set(path, entry);
    if (capabilities !== undefined) capable.push(entry);
    if (path.startsWith('lib/modules/') || path.startsWith('usr/lib/modules/')) moduleFiles.push(entry);
  }
  const fileAt = (path: string): InventoryEntry | undefined => {
    const entry = shown.get(path);
    return entry?.type === 'file' ? entry : hidden.get(path);
  };
  const at = (path: string): InventoryEntry | undefined =>
    fileAt(path) ??
    (merged.test(path) ? fileAt(`usr/${path}`) : path.startsWith('usr/') ? fileAt(path.slice(4)) : undefined);
  return {
    find: (absolute) => at(absolute.replace(/^\/+/, '').replaceAll(/\/{2,}/g, '/')),
    has: (folder) => shown.get(folder)?.type === 'directory' || hiddenFolders.has(folder),
    programs,
    capable,
    moduleFiles,
  };
};
