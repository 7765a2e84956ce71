/** What somebody typed and could not be had → what they may have meant to write. */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nearest } from '../app/nearest.ts';
import { isFault, misuse } from '../core/fault.ts';
import { parseReference } from '../core/reference.ts';

const schemes: readonly string[] = ['oci', 'oci-archive', 'docker-archive', 'docker-daemon', 'containerd', 'rootfs'];

const pathHint = (asked: string): string | undefined => {
  const found = statSync(asked, { throwIfNoEntry: false });
  if (found?.isFile() === true)
    return `there is a file ${asked} here: docker-archive:${asked} reads what docker save wrote, oci-archive:${asked} a packed OCI layout`;
  if (found?.isDirectory() !== true) return undefined;
  return existsSync(join(asked, 'oci-layout'))
    ? `there is an OCI layout ${asked} here: write oci:${asked}`
    : `there is a folder ${basename(asked)} here: rootfs:${asked} reads an unpacked tree`;
};

const schemeHint = (asked: string): string | undefined => {
  const [, scheme = '', rest = ''] = /^([a-z-]+):([^/].*)$/.exec(asked) ?? [];
  if (scheme === 'docker')
    return `"${asked}" is the tag ${rest} of the image docker; did you mean docker://${rest} or docker-daemon:${rest}?`;
  const near = scheme === '' || schemes.includes(scheme) ? undefined : nearest(scheme, schemes);
  return near === undefined ? undefined : `"${scheme}" was read as the name of an image; did you mean ${near}:${rest}?`;
};

/** `asked` was read as a name in a registry, or not at all. */
export const referenceHint = (asked: string): string | undefined => {
  if (/^https?:\/\//i.test(asked)) return 'leave https:// out: a registry is named as in registry.example/team/app:1';
  if (/^(?:(?:docker|oci)-archive:)?-$/.test(asked))
    return 'an image is not read from standard input: write it to a file first, as in: docker save app > app.tar';
  if (asked.length > 1000 || /[\s\p{Cc}]/u.test(asked)) return undefined;
  try {
    return pathHint(asked) ?? schemeHint(asked);
  } catch (thrown) {
    if (typeof (thrown as NodeJS.ErrnoException).code === 'string') return undefined;
    throw thrown;
  }
};

/** @throws {Fault} misuse, as of the first that is no reference, with what may have been meant */
export const requireReferences = (references: readonly string[]): void => {
  for (const reference of references)
    try {
      const { scheme, ...parts } = parseReference(reference);
      if (scheme.endsWith('-archive') && 'path' in parts && parts.path === '-')
        throw misuse('REFERENCE_INVALID', `cannot read "${reference}"`);
    } catch (thrown) {
      const hint = isFault(thrown) ? referenceHint(reference) : undefined;
      if (!isFault(thrown) || hint === undefined) throw thrown;
      throw misuse(thrown.code, `${thrown.message.replace(/\.?$/, ';')} ${hint}`);
    }
};
