/** Paths inside images: always relative, `/`-separated, without `.` and `..`. */

/**
 * The path under which a name of an archive lands in the tree, and whether the name tried to leave it.
 * `/etc/x`, `./etc/x` and `../etc/x` are all `etc/x`; a root entry is ''. Backslashes are ordinary characters.
 */
export const normalisePath = (name: string): { readonly path: string; readonly escapes: boolean } => {
  if (isNormal(name)) return { path: name, escapes: false };
  const parts: string[] = [];
  let escapes = false;
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (parts.pop() === undefined) escapes = true;
    } else parts.push(part);
  }
  return { path: parts.join('/'), escapes };
};

/** Almost every name of a real layer needs no work but a trailing slash; this keeps the rest off the hot path. */
const isNormal = (name: string): boolean =>
  name !== '' &&
  name.charCodeAt(0) !== 47 &&
  name.charCodeAt(name.length - 1) !== 47 &&
  !/(?:^|\/)\.{0,2}(?:\/|$)/.test(name);

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** With the dot, lower case, '' when there is none: `.py`. A leading dot is no extension. */
export const extensionOf = (path: string): string => {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot).toLowerCase() : '';
};

/** Between an archive and its member: `app.jar!/META-INF/MANIFEST.MF`. */
export const memberPath = (archive: string, member: string): string => `${archive}!/${member}`;
