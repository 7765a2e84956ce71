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
 * Attributes by which overlayfs and fuse-overlayfs keep their own state in an upper folder (Linux, overlayfs.rst). An engine that
 * unpacks a layer into such a folder obeys them; one that copies files does not know them.
 */
const overlayAttribute = /^(?:trusted|user)\.(?:overlay|fuseoverlayfs|containers)\.(.+)$/;
const deleting: ReadonlySet<string> = new Set(['opaque', 'whiteout', 'whiteouts']);
const redirecting: ReadonlySet<string> = new Set(['redirect', 'metacopy', 'verity']);
/** How Podman keeps owners and modes on file systems that have none. */
const harmless: ReadonlySet<string> = new Set(['override_stat']);

const remarkOnOverlay = (entry: FileEntry, remark: OnRemark): void => {
  const say = (code: string, reason: string): void =>
    remark({ kind: 'ambiguity', code, where: entry.path, reason, bytes: 0 });
  const { type, device, xattrs } = entry;
  if (type === 'character-device' && device?.major === 0 && device.minor === 0)
    say(
      'LAYER_OVERLAY_DELETION',
      'the device 0/0 deletes what lower layers have there for engines that stack layers; others make a device',
    );
  if (xattrs === undefined) return;
  for (const [key, value] of xattrs) {
    const name = overlayAttribute.exec(key)?.[1];
    if (name === undefined || harmless.has(name)) continue;
    const shown = Buffer.from(value.subarray(0, 200)).toString('latin1');
    if (deleting.has(name))
      say(
        'LAYER_OVERLAY_DELETION',
        `${key} hides what lower layers have there from engines that stack layers, and from no other`,
      );
    else if (redirecting.has(name))
      say(
        'LAYER_OVERLAY_REDIRECT',
        `${key} (${shown}) shows there what lower layers have elsewhere, in engines that stack layers`,
      );
    else say('LAYER_OVERLAY_TRACE', `${key} is the state of another machine’s overlay file system`);
  }
};

/**
 * A deletion of `NAME` for `.wh.NAME`, an opaque of the directory for `.wh..wh..opq`, else the entry as it is; aufs' own
 * `.wh..wh.*` files stay plain entries. Content of a whiteout is never extracted by an engine, and is remarked on.
 */
export const toLayerEntry = (entry: FileEntry, remark: OnRemark): FileEntry => {
  const { path, type } = toLayerPath(entry.path);
  if (entry.xattrs !== undefined || entry.device !== undefined) remarkOnOverlay(entry, remark);
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
