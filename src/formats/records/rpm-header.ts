/** A header blob of an RPM database → the installed package with its files: the RPM V4 format's "Header structure" and rpm's tag list. */
import type { Budget } from '../../core/budget.ts';
import { malformed, overLimit } from '../../core/fault.ts';
import { toPackageUrl, type PackageFile, type PackageRecord } from '../../core/package-record.ts';
import { RpmHeader } from '../trees/rpm.layout.ts';
import type { OnRemark } from '../wrapper.ts';
import { toTreePath } from './record-text.ts';
import { checkHeaderDigest, type HeaderDigest } from './rpm-header-digest.ts';
import { rpmTags as tags, rpmDigestNames, rpmFileFlags, rpmFileStates } from './rpm-tags.ts';

export interface RpmPackage extends PackageRecord {
  readonly ecosystem: 'rpm';
  readonly epoch?: number;
  /** `version` without epoch and release. */
  readonly upstreamVersion: string;
  readonly release: string;
  /** Name, version and release of the source package's file. Absent for keys, which rpm keeps as packages called gpg-pubkey. */
  readonly sourceRpm?: string;
  /** What the blob's immutable part is against the digest kept beside it. An edited header differs unless the editor mends that too. */
  readonly headerDigest: HeaderDigest;
}

/** Headers of packages with a hundred thousand files come near to this. */
const maximumBlob = 64 * 2 ** 20;
const maximumTags = 65_535;
const entrySize = 16;

const fileTypes: Readonly<Record<number, NonNullable<PackageFile['type']>>> = {
  0o010000: 'fifo',
  0o020000: 'device',
  0o040000: 'directory',
  0o060000: 'device',
  0o100000: 'file',
  0o120000: 'symlink',
  0o140000: 'socket',
};

interface Names {
  readonly paths: readonly string[];
  /** Folders and names do not belong together. */
  readonly isTorn: boolean;
}

const pathsOf = (header: RpmHeader, budget: Budget): Names => {
  for (const tag of [tags.baseNames, tags.directoryNames, tags.oldFileNames])
    if (header.count(tag) > budget.limits.entries)
      throw overLimit('ENTRIES_TOO_MANY', `a package of ${header.count(tag)} files`, budget.where);
  const names = header.texts(tags.baseNames);
  if (names.length === 0) return { paths: header.texts(tags.oldFileNames).map(toTreePath), isTorn: false };
  const folders = header.texts(tags.directoryNames);
  const indexes = header.numbers(tags.directoryIndexes, names.length);
  let isTorn = indexes.length !== names.length;
  const paths: string[] = [];
  for (const [position, name] of names.entries()) {
    const folder = folders[indexes[position] ?? -1];
    if (folder === undefined || folder.length + name.length > budget.limits.path) {
      isTorn = true;
      continue;
    }
    paths.push(toTreePath(folder + name));
  }
  // One name left out shifts what the other tables say: then they are not used.
  return { paths, isTorn };
};

/** The tables with one value for each file. A table of another length says nothing about which file is which. */
class FileTables {
  readonly short: string[] = [];
  readonly #header: RpmHeader;
  readonly #count: number;

  constructor(header: RpmHeader, count: number) {
    this.#header = header;
    this.#count = count;
  }

  #checked<Value>(name: string, tag: number, read: (maximum: number) => readonly Value[]): readonly Value[] {
    const count = this.#header.count(tag);
    if (count === 0) return [];
    const values = count === this.#count ? read(count) : [];
    if (values.length === this.#count) return values;
    this.short.push(name);
    return [];
  }

  texts(name: string, tag: number): readonly string[] {
    return this.#checked(name, tag, (maximum) => this.#header.texts(tag, maximum));
  }

  numbers(name: string, tag: number): readonly number[] {
    return this.#checked(name, tag, (maximum) => this.#header.numbers(tag, maximum));
  }
}

const filesOf = (header: RpmHeader, budget: Budget, remark: OnRemark, name: string): readonly PackageFile[] => {
  const { paths, isTorn } = pathsOf(header, budget);
  const tables = new FileTables(header, paths.length);
  const long = isTorn ? [] : tables.numbers('sizes', tags.longFileSizes);
  const of = {
    sizes: long.length > 0 || isTorn ? long : tables.numbers('sizes', tags.fileSizes),
    modes: isTorn ? [] : tables.numbers('modes', tags.fileModes),
    digests: isTorn ? [] : tables.texts('digests', tags.fileDigests),
    targets: isTorn ? [] : tables.texts('link targets', tags.linkTargets),
    flags: isTorn ? [] : tables.numbers('flags', tags.fileFlags),
    states: isTorn ? [] : tables.numbers('states', tags.fileStates),
    owners: isTorn ? [] : tables.texts('owners', tags.fileUserNames),
    groups: isTorn ? [] : tables.texts('groups', tags.fileGroupNames),
    capabilities: isTorn ? [] : tables.texts('capabilities', tags.fileCapabilities),
  };
  const short = isTorn ? ['names'] : tables.short;
  if (short.length > 0)
    remark({
      kind: 'gap',
      code: 'RPM_FILES_DISAGREE',
      where: '',
      reason: `package ${name.slice(0, 120)} has ${paths.length} files, and another number of their ${short.join(', ')}`,
      bytes: 0,
    });
  const algorithm = rpmDigestNames[header.numbers(tags.fileDigestAlgorithm, 1)[0] ?? 1];
  return paths.map((path, position): PackageFile => {
    budget.spendEntry();
    const mode = of.modes[position];
    const type = mode === undefined ? undefined : fileTypes[mode & 0o170000];
    const digest = of.digests[position] ?? '';
    const target = of.targets[position] ?? '';
    const capabilities = of.capabilities[position] ?? '';
    const flags = of.flags[position] ?? 0;
    const state = rpmFileStates[of.states[position] ?? 0];
    const [size, owner, group] = [of.sizes[position], of.owners[position], of.groups[position]];
    return {
      path,
      ...(type === undefined ? {} : { type }),
      digests: digest === '' || algorithm === undefined ? {} : { [algorithm]: digest.toLowerCase() },
      ...(mode === undefined ? {} : { mode: mode & 0o7777 }),
      ...(owner === undefined ? {} : { owner }),
      ...(group === undefined ? {} : { group }),
      ...(size === undefined || type !== 'file' ? {} : { size }),
      ...(target === '' ? {} : { target }),
      ...(capabilities === '' ? {} : { capabilities }),
      ...((flags & rpmFileFlags.config) === 0 ? {} : { conffile: true }),
      ...((flags & rpmFileFlags.ghost) === 0 ? {} : { ghost: true }),
      ...((flags & rpmFileFlags.documentation) === 0 ? {} : { documentation: true }),
      ...(state === undefined ? {} : { state }),
    };
  });
};

/** As in a database: without the magic, the counts of entries and of bytes first. @throws {Fault} malformed `RPM_HEADER_INVALID`; limit `RECORD_TOO_LARGE` */
const openBlob = (blob: Uint8Array, where: string, remark: OnRemark): RpmHeader => {
  if (blob.length > maximumBlob) throw overLimit('RECORD_TOO_LARGE', `a package header of ${blob.length} bytes`, where);
  if (blob.length < 8) throw malformed('RPM_HEADER_INVALID', 'a package header of less than eight bytes', where);
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const entries = view.getUint32(0);
  const storeSize = view.getUint32(4);
  const bodySize = entries * entrySize + storeSize;
  if (entries === 0 || entries > maximumTags || 8 + bodySize > blob.length)
    throw malformed(
      'RPM_HEADER_INVALID',
      `${entries} tags and ${storeSize} bytes in a header of ${blob.length}`,
      where,
    );
  const rest = blob.length - 8 - bodySize;
  if (rest > 0)
    remark({
      kind: 'ambiguity',
      code: 'DATA_AFTER_END',
      where: '',
      reason: `${rest} bytes behind a package header`,
      bytes: rest,
    });
  return new RpmHeader(blob.subarray(8, 8 + bodySize), { entries, storeSize, bodySize });
};

const sourceOf = (sourceRpm: string): NonNullable<PackageRecord['source']> => {
  const [, name = sourceRpm, version] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(sourceRpm) ?? [];
  return { name, ...(version === undefined ? {} : { version }) };
};

/**
 * Remarks: ambiguity `RPM_TAG_DUPLICATE` (two values for one tag), `RPM_HEADER_ALTERED` (differs from the digest kept beside it),
 * `DATA_AFTER_END`; gap `RPM_FILES_DISAGREE`.
 * @throws {Fault} malformed `RPM_HEADER_INVALID`; limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parseRpmHeader = (blob: Uint8Array, budget: Budget, remark: OnRemark): RpmPackage => {
  const header = openBlob(blob, budget.where, remark);
  const name = header.text(tags.name) ?? '';
  if (name === '') throw malformed('RPM_HEADER_INVALID', 'a package header names no package', budget.where);
  const upstreamVersion = header.text(tags.version) ?? '';
  const release = header.text(tags.release) ?? '';
  const epoch = header.numbers(tags.epoch, 1)[0];
  const [arch, vendor, license, sourceRpm] = [tags.architecture, tags.vendor, tags.license, tags.sourceRpm].map((tag) =>
    header.text(tag),
  );
  const installed = header.numbers(tags.installTime, 1)[0];
  if (header.duplicates > 0)
    remark({
      kind: 'ambiguity',
      code: 'RPM_TAG_DUPLICATE',
      where: '',
      reason: `${header.duplicates} tags occur twice in the header of ${name.slice(0, 120)}`,
      bytes: 0,
    });
  const headerDigest = checkHeaderDigest(blob, header);
  if (headerDigest === 'differs')
    remark({
      kind: 'ambiguity',
      code: 'RPM_HEADER_ALTERED',
      where: '',
      reason: `the header of ${name.slice(0, 120)} is not the one that its recorded digest is of`,
      bytes: 0,
    });
  return {
    ecosystem: 'rpm',
    name,
    version: `${epoch === undefined || epoch === 0 ? '' : `${epoch}:`}${upstreamVersion}-${release}`,
    ...(epoch === undefined ? {} : { epoch }),
    upstreamVersion,
    release,
    ...(arch === undefined ? {} : { arch }),
    purl: toPackageUrl('rpm', {
      name,
      version: `${upstreamVersion}-${release}`,
      qualifiers: { arch, epoch: epoch === undefined || epoch === 0 ? undefined : String(epoch), upstream: sourceRpm },
    }),
    ...(sourceRpm === undefined ? {} : { source: sourceOf(sourceRpm), sourceRpm }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(license === undefined ? {} : { license }),
    ...(installed === undefined ? {} : { installed }),
    headerDigest,
    files: filesOf(header, budget, remark, name),
  };
};
