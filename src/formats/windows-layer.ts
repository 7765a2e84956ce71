/**
 * The layout of Windows layers (OCI image specification, layer.md; the layer format of Windows containers): `Files/` holds
 * the files of the system drive, `Hives/` registry hives and their deltas, `UtilityVM/` the guest of isolated containers.
 * Paths stay as they are in the tar; hives are told by content like every other kind. Security descriptors and
 * attributes travel as pax records `MSWINDOWS.rawsd` and `MSWINDOWS.fileattr`, which say nothing about content.
 */

const tops: ReadonlySet<string> = new Set(['Files', 'Hives', 'UtilityVM']);

const topOf = (path: string): string => {
  const slash = path.indexOf('/');
  return slash < 0 ? path : path.slice(0, slash);
};

/** True when every path lies in one of the three folders and `Files` is among them. */
export const isWindowsLayer = (paths: Iterable<string>): boolean => {
  let hasFiles = false;
  for (const path of paths) {
    const top = topOf(path);
    if (top === '') continue;
    if (!tops.has(top)) return false;
    hasFiles ||= top === 'Files';
  }
  return hasFiles;
};

/** The path inside the container's system drive, with `/`: `Files/Windows/x.dll` is `Windows/x.dll`. undefined for hives and the guest. */
export const toWindowsPath = (path: string): string | undefined =>
  path.startsWith('Files/') ? path.slice('Files/'.length) : undefined;
