/** Which packaged files are compared with their recorded MD5 or SHA-1, and those digests. rpm records SHA-256, which every file has anyway. */
import { hash } from 'node:crypto';
import type { FileHeader } from '../../core/file-entry.ts';
import type { FileKind } from '../../core/file-kind.ts';
import { keptDigits } from './packed-files.ts';

/** Where a system's programs, libraries and units lie; nothing in /usr/local, /opt or a home is any package's. */
const systemPath = /^(?:usr\/)?(?:s?bin|lib(?:32|64|x32)?|libexec)\//;
const sharedPath =
  /^usr\/share\/(?:perl5?|python3|ca-certificates|initramfs-tools|bash-completion|cloud|pam|polkit-1)\//;

/** Folders that every machine's start and every shell look into: compared up to a size that no honest file there exceeds. */
const centralPath =
  /^(?:usr\/)?(?:s?bin\/[^/]+|lib(?:32|64|x32)?\/(?:[a-z0-9_]+-linux-[a-z0-9]+\/)?(?:security\/)?[^/]+|libexec\/.+|lib\/(?:systemd|openssh|sudo|apt|cron|dpkg)\/.+)$/;
const centralBytes = 8 * 2 ** 20;
const otherBytes = 512 * 2 ** 10;
/** Plug-ins of large applications are most of a system's bytes, and no place where anybody looks for a system's tools. */
const pluginBytes = 192 * 2 ** 10;

const codeName = /\.(?:py|p[lm]|rb|sh|so(?:\.[0-9.]+)?|ko|service|socket|timer|path|target|mount|rules|hook)$/;

/** The system's own configuration that is code: packages deliver it, and whoever changes it has what runs. */
const configPath = /^etc\/(?:cron|init|profile|pam|rc|sudoers|ld\.so|apt\/apt\.conf|udev|systemd)/;

export const isChecked = (header: FileHeader, kind: FileKind): boolean => {
  const { path, size, type } = header;
  if (type !== 'file' || size === 0 || size > centralBytes) return false;
  if (!systemPath.test(path)) {
    if (!path.startsWith('usr/share/') && !path.startsWith('etc/')) return false;
    return size <= otherBytes && (sharedPath.test(path) || configPath.test(path)) && kind !== 'elf';
  }
  if (kind !== 'elf' && kind !== 'script' && !codeName.test(path)) return false;
  return size <= (kind === 'elf' ? pluginBytes : otherBytes) || centralPath.test(path);
};

/** Debian's folders of libraries, where nobody records SHA-1; and rpm's, where nobody records either. */
const debianLibraries = /^(?:usr\/)?lib\/[a-z0-9_]+-linux-gnu[a-z0-9]*\//;
const rpmLibraries = /^(?:usr\/)?lib64\//;

/** A program's interpreter and needed libraries are named in its first pages, its compiler near its end. */
const headBytes = 32 * 1024;
const tailBytes = 8 * 1024;
const [musl, muslLibrary, compiler] = ['ld-musl', 'libc.musl', 'GCC: ('].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
];

/** Which digest the distribution's package manager records: Debian takes the compiler's name out of its programs, Alpine and Wolfi leave it. */
const recordedBy = (content: Uint8Array): 'md5' | 'sha1' | 'either' => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const head = bytes.subarray(0, headBytes);
  if (head.includes(musl) || head.includes(muslLibrary)) return 'sha1';
  return bytes.subarray(Math.max(0, bytes.length - tailBytes)).includes(compiler) ? 'either' : 'md5';
};

/** `m` and MD5, `s` and SHA-1, shortened; '' for a file of which neither can be recorded. */
export const digestsText = ({ path }: FileHeader, kind: FileKind, content: Uint8Array): string => {
  if (rpmLibraries.test(path)) return '';
  const md5 = (): string => `m${hash('md5', content).slice(0, keptDigits)}`;
  const sha1 = (): string => `s${hash('sha1', content).slice(0, keptDigits)}`;
  if (kind !== 'elf') return debianLibraries.test(path) ? md5() : md5() + sha1();
  if (debianLibraries.test(path)) return md5();
  const recorded = recordedBy(content);
  return `${recorded === 'sha1' ? '' : md5()}${recorded === 'md5' ? '' : sha1()}`;
};

export const digestScope = ({ path }: FileHeader): string =>
  rpmLibraries.test(path) ? 'rpm' : debianLibraries.test(path) ? 'md5' : 'both';

export interface WeakDigests {
  readonly md5?: string;
  readonly sha1?: string;
}

/** The way back. */
export const parseDigestsText = (text: string): WeakDigests => {
  const [, md5, sha1] = /^(?:m([0-9a-f]{24}))?(?:s([0-9a-f]{24}))?$/.exec(text) ?? [];
  return { ...(md5 === undefined ? {} : { md5 }), ...(sha1 === undefined ? {} : { sha1 }) };
};
