/** A canonical reference → names that other formats want: a readable name, and a relative path. */

export interface ImageName {
  /** `docker.io/library/nginx`, or `oci/srv/images/app` for a file: without tag and digest. */
  readonly path: string;
  readonly scheme: string;
  readonly tag: string;
}

export const imageNameOf = (reference: string): ImageName => {
  const untied = reference.replace(/@sha(?:256|512):[0-9a-f]+$/, '');
  if (!untied.startsWith('docker://')) {
    const colon = untied.indexOf(':');
    const scheme = colon < 0 ? 'image' : untied.slice(0, colon);
    return { path: `${scheme}/${untied.slice(colon + 1)}`, scheme, tag: '' };
  }
  const name = untied.slice('docker://'.length);
  const tag = /:([^:/]+)$/.exec(name)?.[1] ?? '';
  return { path: tag === '' ? name : name.slice(0, -tag.length - 1), scheme: 'docker', tag };
};

/** Percent-encoded relative URI path (RFC 3986): no scheme, no empty, `.` or `..` segment, never absolute. */
export const toRelativeUri = (path: string): string =>
  path
    .toWellFormed()
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .map((segment) => (segment === '..' ? '_' : encodeURIComponent(segment)))
    .map((segment) =>
      segment.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/') || 'image';
