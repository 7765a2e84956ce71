/** One installed package as its package manager recorded it, in one shape for all ecosystems. A record is a claim of the image, never a proof. */

export type Ecosystem = 'deb' | 'rpm' | 'apk' | 'pypi' | 'npm' | 'gem' | 'go' | 'maven' | 'composer' | 'cargo';

/** `sha256-160`: the first 160 bits of a SHA-256, which apk keeps for packages of its third format. */
export type RecordedDigest = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha256-160' | 'sha384' | 'sha512';

/** Lower-case hex by algorithm. Empty where the record names none. */
export type RecordedDigests = Readonly<Partial<Record<RecordedDigest, string>>>;

/** Why a recorded file need not be there, or need not be as packaged (rpm). */
export type PackageFileState = 'not-installed' | 'replaced' | 'net-shared' | 'wrong-colour';

export interface PackageFile {
  /** As `FileHeader.path`: relative to the image's root, `/`-separated, '' for the root. Where the file lies after diversions. */
  readonly path: string;
  /** Where the record says so; dpkg's never does. */
  readonly type?: 'file' | 'directory' | 'symlink' | 'device' | 'fifo' | 'socket';
  /** Of the content; of the target's text for a symbolic link that apk recorded. */
  readonly digests: RecordedDigests;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode?: number;
  /** User and group, names or numbers as recorded. */
  readonly owner?: string;
  readonly group?: string;
  readonly size?: number;
  readonly target?: string;
  /** File capabilities in the text form of cap_to_text(3). */
  readonly capabilities?: string;
  /** Meant to be changed by administrators. Its digest is the packaged one. */
  readonly conffile?: boolean;
  /** Owned but not delivered: the package only says that the file may appear. */
  readonly ghost?: boolean;
  readonly documentation?: boolean;
  /** Absent: installed as packaged. */
  readonly state?: PackageFileState;
  /** Another package's diversion moved the file away from this path. */
  readonly divertedFrom?: string;
}

export interface PackageRecord {
  readonly ecosystem: Ecosystem;
  /** As recorded; Maven's is `group:artifact`. */
  readonly name: string;
  /** As the package manager prints it: `1:2.3-4` with its epoch. '' where the record has none. */
  readonly version: string;
  readonly arch?: string;
  /** Package URL without the distribution, which only the image as a whole knows: see `withDistribution`. */
  readonly purl: string;
  /** What it was built from: a source package's name and version, or a source package's file name. */
  readonly source?: { readonly name: string; readonly version?: string };
  /** Where it was fetched from, as recorded. */
  readonly origin?: string;
  readonly vendor?: string;
  readonly license?: string;
  /** Path in the image of the record that says all this, where that is known. */
  readonly recordedIn?: string;
  /** The package manager's own mark of the package's content, as written: apk's `C`, npm's `integrity`, Go's `h1`. */
  readonly checksum?: string;
  /** dpkg's three words (`install ok installed`). Absent: installed. */
  readonly status?: string;
  /** Seconds since 1970. */
  readonly installed?: number;
  /** Absent when the record does not list files, which is not the same as listing none. */
  readonly files?: readonly PackageFile[];
}

export interface PackageUrlParts {
  readonly namespace?: string;
  readonly name: string;
  readonly version?: string;
  readonly qualifiers?: Readonly<Record<string, string | undefined>>;
}

const urlTypes: Readonly<Partial<Record<Ecosystem, string>>> = { go: 'golang' };

/** Types whose names the purl type definitions fold to lower case. */
const foldedTypes: ReadonlySet<Ecosystem> = new Set(['deb', 'apk', 'pypi', 'npm', 'go', 'composer']);

/** The characters that encodeURIComponent leaves alone and the specification does not. */
const encodeMark = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Percent-encoding of the purl specification. A lone surrogate U+DC80…U+DCFF stands for a byte that is no UTF-8. */
const encode = (text: string): string =>
  text.isWellFormed()
    ? encodeURIComponent(text)
        .replaceAll('%3A', ':')
        .replace(/[!'()*]/g, encodeMark)
    : text
        .split(/([\ud800-\udfff])/u)
        .map((part) => {
          if (part.isWellFormed()) return encode(part);
          const byte = part.charCodeAt(0) - 0xdc00;
          return byte >= 0x80 && byte <= 0xff ? `%${byte.toString(16).toUpperCase()}` : '%EF%BF%BD';
        })
        .join('');

const encodeName = (ecosystem: Ecosystem, text: string): string => {
  const folded = foldedTypes.has(ecosystem) ? text.toLowerCase() : text;
  return encode(ecosystem === 'pypi' ? folded.replaceAll('_', '-') : folded);
};

/** The canonical package URL (ECMA-427). Total: any text gives one. */
export const toPackageUrl = (ecosystem: Ecosystem, parts: PackageUrlParts): string => {
  const segments = (parts.namespace ?? '').split('/').filter((segment) => segment !== '');
  const path = [...segments, parts.name].map((segment) => encodeName(ecosystem, segment)).join('/');
  const version = parts.version === undefined || parts.version === '' ? '' : `@${encode(parts.version)}`;
  const qualifiers = Object.entries(parts.qualifiers ?? {})
    .flatMap(([key, value]) => (value === undefined || value === '' ? [] : [`${key}=${encode(value)}`]))
    .sort()
    .join('&');
  return `pkg:${urlTypes[ecosystem] ?? ecosystem}/${path}${version}${qualifiers === '' ? '' : `?${qualifiers}`}`;
};

const distributionPattern = /^(pkg:(?:deb|rpm|apk)\/)([^/@?]+(?:@[^?]*)?)(?:\?(.*))?$/;

/** The record with the distribution in its package URL: `id` and `versionId` as os-release(5) has them. Others than deb, rpm and apk stay as they are. */
export const withDistribution = (record: PackageRecord, id: string, versionId?: string): PackageRecord => {
  const [, start, rest, qualifiers = ''] = distributionPattern.exec(record.purl) ?? [];
  if (start === undefined || rest === undefined || id === '') return record;
  const distro = `distro=${encode(versionId === undefined ? id : `${id}-${versionId}`)}`;
  const all = [...qualifiers.split('&').filter((qualifier) => qualifier !== ''), distro].sort().join('&');
  return { ...record, purl: `${start}${encode(id.toLowerCase())}/${rest}?${all}` };
};
