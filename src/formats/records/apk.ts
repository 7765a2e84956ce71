/** apk's `installed` database and APKINDEX → packages with their files: apk-v2(5) and apk-package(5), one letter, a colon and a value on each line. */
import type { Budget } from '../../core/budget.ts';
import {
  toPackageUrl,
  type PackageFile,
  type PackageRecord,
  type RecordedDigest,
  type RecordedDigests,
} from '../../core/package-record.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import { linesOf, parseRecordText, toTreePath } from './record-text.ts';

const digestOf: Readonly<Record<number, RecordedDigest>> = { 20: 'sha1', 32: 'sha256' };

/**
 * `Q1…` (base64) or `X1…` (hex), 1 a SHA-1 and 2 a SHA-256; a `1` with 32 bytes is a SHA-256 too, as apk reads it.
 * undefined for what is neither.
 */
export const parseApkDigest = (text: string): RecordedDigests | undefined => {
  const [, form = '', kind, digits = ''] = /^([QX])([12])([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (kind === undefined || (form === 'X' && !/^(?:[0-9a-fA-F]{2})+$/.test(digits))) return undefined;
  const bytes = Buffer.from(digits, form === 'Q' ? 'base64' : 'hex');
  const algorithm = digestOf[bytes.length];
  if (algorithm === undefined || (kind === '2' && bytes.length !== 32)) return undefined;
  return { [algorithm]: bytes.toString('hex') };
};

interface Access {
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
}

/** What apk leaves out when it is so. */
const folderAccess: Access = { mode: 0o755, owner: '0', group: '0' };
const fileAccess: Access = { mode: 0o644, owner: '0', group: '0' };

/** `uid:gid:mode[:digest of the extended attributes]`. */
const parseAccess = (value: string): Access | undefined => {
  const [, owner, group, mode] = /^([0-9]{1,10}):([0-9]{1,10}):([0-7]{1,6})(?::\S*)?$/.exec(value) ?? [];
  if (owner === undefined || group === undefined || mode === undefined) return undefined;
  return { owner, group, mode: Number.parseInt(mode, 8) & 0o7777 };
};

/** Fields that may stand once in a stanza and say nothing that is kept here. */
const otherFields = 'TUDpiSIkcrqst';
const keptFields = 'PVALomC';

class ApkReader {
  readonly packages: PackageRecord[] = [];
  readonly complaints = new Complaints();
  readonly #budget: Budget;
  readonly #seen = new Set<string>();
  #fields = new Map<string, string>();
  #files: PackageFile[] = [];
  #folder: string | undefined;
  #last: 'folder' | 'file' | undefined;
  /** Set by `f:S`: what is called SHA-1 is the start of a SHA-256. */
  #isShortSha256 = false;
  #isInstalled = false;
  /** Characters of the stanza under way. */
  #size = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get isInsideStanza(): boolean {
    return this.#size > 0;
  }

  line(line: string): void {
    // apk takes any line shorter than two bytes for the end of a stanza.
    if (line.length < 2) {
      if (line !== '') this.complaints.addLine('ambiguity', 'APK_LINE_INVALID', 'one byte that ends a stanza', line);
      this.endStanza();
      return;
    }
    this.#size += line.length + 1;
    const value = line.slice(2);
    if (line[1] !== ':' || !this.#field(line[0] ?? '', value))
      this.complaints.addLine('gap', 'APK_LINE_INVALID', 'a line that cannot be read', line);
  }

  #field(field: string, value: string): boolean {
    switch (field) {
      case 'F':
        this.#startFolder(toTreePath(value));
        return true;
      case 'R':
        return this.#startFile(value);
      case 'M':
      case 'a':
        return this.#setAccess(field === 'M' ? 'folder' : 'file', parseAccess(value));
      case 'Z':
        return this.#setDigest(parseApkDigest(value));
      case 'f':
        this.#isShortSha256 ||= value.includes('S');
        return true;
      default:
        break;
    }
    if (keptFields.includes(field)) {
      if (this.#fields.has(field))
        this.complaints.addLine(
          'ambiguity',
          'APK_FIELD_DUPLICATE',
          'a field occurs twice in a stanza',
          `${field}:${value}`,
        );
      else this.#fields.set(field, value);
      return true;
    }
    // Unknown lower-case fields may be passed over, unknown others mean something that we do not understand.
    return otherFields.includes(field) || (field >= 'a' && field <= 'z');
  }

  #startFolder(path: string): void {
    this.#isInstalled = true;
    this.#folder = path;
    this.#last = 'folder';
    this.#add({ path, type: 'directory', digests: {}, ...folderAccess });
  }

  #startFile(name: string): boolean {
    if (this.#folder === undefined) return false;
    this.#last = 'file';
    this.#add({ path: toTreePath(`${this.#folder}/${name}`), digests: {}, ...fileAccess });
    return true;
  }

  #add(file: PackageFile): void {
    this.#budget.spendEntry();
    this.#files.push(file);
  }

  /** `M` may follow anything in its folder as apk reads it; apk writes it right behind `F`. */
  #setAccess(of: 'folder' | 'file', access: Access | undefined): boolean {
    if (access === undefined || this.#last !== of) return false;
    return this.#amend(access);
  }

  #setDigest(digests: RecordedDigests | undefined): boolean {
    if (digests === undefined || this.#last !== 'file') return false;
    return this.#amend({ digests });
  }

  #amend(more: Partial<PackageFile>): boolean {
    const last = this.#files.pop();
    if (last === undefined) return false;
    this.#files.push({ ...last, ...more });
    return true;
  }

  endStanza(): void {
    if (this.#size === 0) return;
    this.#budget.spendEntry();
    const name = this.#fields.get('P') ?? '';
    if (name === '')
      this.complaints.addLine('gap', 'APK_STANZA_INVALID', 'a stanza names no package', ' '.repeat(this.#size));
    else this.packages.push(this.#toRecord(name));
    this.#fields = new Map();
    this.#files = [];
    this.#folder = undefined;
    this.#last = undefined;
    this.#isShortSha256 = false;
    this.#isInstalled = false;
    this.#size = 0;
  }

  #toRecord(name: string): PackageRecord {
    const [version = '', arch, license, origin, maintainer, checksum] = ['V', 'A', 'L', 'o', 'm', 'C'].map((field) =>
      this.#fields.get(field),
    );
    if (version === '') this.complaints.addLine('gap', 'APK_STANZA_INVALID', 'a package has no version', name);
    if (this.#seen.has(name) && this.#isInstalled)
      this.complaints.addLine('ambiguity', 'APK_PACKAGE_DUPLICATE', 'a package has two stanzas', name);
    this.#seen.add(name);
    return {
      ecosystem: 'apk',
      name,
      version,
      ...(arch === undefined ? {} : { arch }),
      purl: toPackageUrl('apk', { name, version, qualifiers: { arch } }),
      ...(origin === undefined ? {} : { source: { name: origin } }),
      ...(maintainer === undefined ? {} : { vendor: maintainer }),
      ...(license === undefined ? {} : { license }),
      ...(checksum === undefined ? {} : { checksum }),
      ...(this.#isInstalled ? { files: this.#isShortSha256 ? this.#files.map(toShortSha256) : this.#files } : {}),
    };
  }
}

const toShortSha256 = (file: PackageFile): PackageFile => {
  const { sha1, ...others } = file.digests;
  return sha1 === undefined ? file : { ...file, digests: { ...others, 'sha256-160': sha1 } };
};

/**
 * `lib/apk/db/installed`, and an APKINDEX, whose packages have no `files`. Files have their permissions also where apk leaves them
 * out. A package without files has none in the database either; a symbolic link's digest is of its target.
 * @throws {Fault} limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parseApkDatabase = (bytes: Uint8Array, budget: Budget, remark: OnRemark): readonly PackageRecord[] => {
  const reader = new ApkReader(budget);
  for (const line of linesOf(parseRecordText(bytes, budget))) reader.line(line);
  // apk ends every stanza with an empty line and forgets one that does not end so.
  if (reader.isInsideStanza)
    reader.complaints.addLine(
      'ambiguity',
      'APK_STANZA_UNFINISHED',
      'the last stanza has no end, so apk does not see it',
      '',
    );
  reader.endStanza();
  reader.complaints.report(remark);
  return reader.packages;
};
