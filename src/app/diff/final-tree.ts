/** What an audit saw → the files of the final tree by path, with owners and what is started: all that a comparison keeps of an inventory. */
import type { AuditResult } from '../../audit/audit-result.ts';
import type { TreeContext } from '../../audit/conclude.ts';
import type { InventoryEntry } from '../../core/analyzer.ts';

export interface FinalTree extends TreeContext {
  readonly entries: ReadonlyMap<string, InventoryEntry>;
}

export const finalTreeOf = ({ inventory, context }: AuditResult): FinalTree => ({
  entries: new Map(
    inventory
      .filter(({ hidden, type, path }) => !hidden && type !== 'deletion' && type !== 'opaque' && path !== '')
      .map((entry) => [entry.path, entry]),
  ),
  ...context,
});

/** A hard link is the file that it leads to. A target that is missing, or a ring of links, leaves the link as it is. */
export const contentEntry = (tree: FinalTree, entry: InventoryEntry): InventoryEntry => {
  let found = entry;
  for (let step = 0; step < 8 && found.type === 'hardlink' && found.target !== undefined; step += 1) {
    const next = tree.entries.get(found.target.replace(/^(?:\.?\/)+/, ''));
    // A hard link keeps what it was made to, whatever a later layer puts there.
    if (found.sha256 !== undefined && next?.sha256 !== found.sha256) return { ...found, type: 'file' };
    if (next === undefined) return entry;
    found = next;
  }
  return found.type === 'hardlink' ? entry : found;
};
