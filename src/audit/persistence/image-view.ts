/** The inventory of an image → its programs and folders by path, links of the usual merged folders followed. One pass. */
import type { InventoryEntry, Subject } from '../../core/analyzer.ts';

export interface ImageView {
  /** The file that the final tree shows under an absolute path, or one that a layer holds and the tree hides. */
  find(absolute: string): InventoryEntry | undefined;
  /** Whether the final tree has the folder. */
  has(folder: string): boolean;
  readonly files: readonly InventoryEntry[];
}

/** Since the merge of /bin, /sbin and /lib into /usr one file has two names. */
const merged = /^(?:bin|sbin|lib|lib32|lib64|libx32)\//;

export const viewImage = ({ inventory }: Subject): ImageView => {
  const files: InventoryEntry[] = [];
  const byPath = new Map<string, InventoryEntry>();
  const folders = new Set<string>();
  for (const entry of inventory) {
    if (entry.type === 'directory') folders.add(entry.path);
    if (entry.type !== 'file') continue;
    files.push(entry);
    const known = byPath.get(entry.path);
    if (known === undefined || known.hidden || !entry.hidden) byPath.set(entry.path, entry);
  }
  const at = (path: string): InventoryEntry | undefined =>
    byPath.get(path) ??
    (merged.test(path) ? byPath.get(`usr/${path}`) : path.startsWith('usr/') ? byPath.get(path.slice(4)) : undefined);
  return {
    find: (absolute) => at(absolute.replace(/^\/+/, '').replaceAll(/\/{2,}/g, '/')),
    has: (folder) => folders.has(folder),
    files,
  };
};
