/** `.wh.` entries of a layer → deletions (OCI image specification, layer.md, "Whiteouts"). Only for layers: in any other tar these are plain names. */
import type { FileEntry } from '../core/file-entry.ts';
import { baseName, parentOf } from '../core/path.ts';
import type { OnRemark } from './wrapper.ts';

const prefix = '.wh.';
const opaqueName = '.wh..wh..opq';

/**
 * A deletion of `NAME` for `.wh.NAME`, an opaque of the directory for `.wh..wh..opq`, else the entry as it is; aufs' own
 * `.wh..wh.*` files stay plain entries. Content of a whiteout is never extracted by an engine, and is remarked on.
 */
export const toLayerEntry = (entry: FileEntry, remark: OnRemark): FileEntry => {
  const name = baseName(entry.path);
  if (!name.startsWith(prefix)) return entry;
  const isOpaque = name === opaqueName;
  if (!isOpaque && name.startsWith(prefix + prefix)) return entry;
  const deleted = name.slice(prefix.length);
  // `.wh.`, `.wh..` and `.wh...` would delete the directory itself or its parent.
  if (!isOpaque && (deleted === '' || deleted === '.' || deleted === '..')) {
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
  const parent = parentOf(entry.path);
  return {
    ...entry,
    type: isOpaque ? 'opaque' : 'deletion',
    path: isOpaque ? parent : parent === '' ? deleted : `${parent}/${deleted}`,
    size: 0,
    async *content() {
      // A deletion has no content; what the tar stores for it is skipped with the entry.
    },
  };
};
