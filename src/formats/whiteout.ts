/** `.wh.` entries of a layer → deletions (OCI image specification, layer.md, "Whiteouts"). Only for layers: in any other tar these are plain names. */
import type { FileEntry } from '../core/file-entry.ts';
import { baseName, parentOf } from '../core/path.ts';
import type { OnRemark } from './wrapper.ts';

const prefix = '.wh.';
const opaqueName = '.wh..wh..opq';

/** Where a stored name leads in a layer: the path that is deleted or emptied, with `type`, or the name itself without. */
export const toLayerPath = (stored: string): { readonly path: string; readonly type?: 'deletion' | 'opaque' } => {
  const name = baseName(stored);
  if (!name.startsWith(prefix)) return { path: stored };
  const parent = parentOf(stored);
  if (name === opaqueName) return { path: parent, type: 'opaque' };
  const deleted = name.slice(prefix.length);
  // aufs' own files, and `.wh.`, `.wh..`, `.wh...`, which would delete the directory itself or its parent.
  if (deleted.startsWith(prefix) || deleted === '' || deleted === '.' || deleted === '..') return { path: stored };
  return { path: parent === '' ? deleted : `${parent}/${deleted}`, type: 'deletion' };
};

/**
 * A deletion of `NAME` for `.wh.NAME`, an opaque of the directory for `.wh..wh..opq`, else the entry as it is; aufs' own
 * `.wh..wh.*` files stay plain entries. Content of a whiteout is never extracted by an engine, and is remarked on.
 */
export const toLayerEntry = (entry: FileEntry, remark: OnRemark): FileEntry => {
  const { path, type } = toLayerPath(entry.path);
  if (type === undefined) {
    if (/(?:^|\/)\.wh\.\.{0,2}$/.test(entry.path))
      remark({
        kind: 'ambiguity',
        code: 'WHITEOUT_INVALID',
        where: entry.path,
        reason: 'the name is a whiteout of no file; engines differ in what they delete',
        bytes: 0,
      });
    return entry;
  }
  if (entry.size > 0)
    remark({
      kind: 'gap',
      code: 'WHITEOUT_HAS_CONTENT',
      where: entry.path,
      reason: `a whiteout carries ${entry.size} bytes, which no engine extracts`,
      bytes: entry.size,
    });
  return {
    ...entry,
    type,
    path,
    size: 0,
    async *content() {
      // A deletion has no content; what the tar stores for it is skipped with the entry.
    },
  };
};
