/**
 * A file's header → the external variables that rules may read, after THOR's manual:
 * - `filename`: the last part of the path: `sshd`
 * - `filepath`: the folder, with a leading slash and without the name: `/usr/sbin`; inside an archive `/opt/app.jar!/META-INF`
 * - `extension`: with its dot, lower case, '' when there is none: `.sh`
 * - `filetype`: our file kind (`elf`, `script`, `zip`); comparisons with LOKI's words (`"EXE"`, `"GIF"`) are translated
 * - `owner`: the user name where the layer states one, else `root` for user 0, else the number
 */
import type { FileHeader } from '../../core/file-entry.ts';
import type { FileKind } from '../../core/file-kind.ts';
import { baseName, extensionOf, parentOf } from '../../core/path.ts';
import type { Externals, ExternalName } from './engine-interface.ts';

export const toExternals = (header: FileHeader, kind: FileKind): Externals => ({
  filename: baseName(header.path),
  filepath: `/${parentOf(header.path)}`,
  extension: extensionOf(header.path),
  filetype: kind,
  owner: header.userName ?? (header.uid === 0 ? 'root' : String(header.uid)),
  whole_file_size: header.size,
});

/** '' when no rule for this kind reads an external; else the values read. `filetype` follows from the content itself. */
export const toScope = (header: FileHeader, kind: FileKind, read: readonly ExternalName[]): string => {
  const names = read.filter((name) => name !== 'filetype');
  if (names.length === 0) return '';
  const externals = toExternals(header, kind);
  return JSON.stringify(names.map((name) => externals[name]));
};
