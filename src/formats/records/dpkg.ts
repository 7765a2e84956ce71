/** What dpkg's files say one by one → packages with their files: the status joined with `info/`, conffiles and diversions. */
import { toPackageUrl, type PackageFile, type PackageRecord, type RecordedDigests } from '../../core/package-record.ts';
import type { OnRemark } from '../wrapper.ts';
import type { DpkgDiversion } from './dpkg-info.ts';
import { isDpkgUnpacked, type DpkgPackage } from './dpkg-status.ts';
import type { ByPath } from './record-text.ts';

export interface DpkgDatabase {
  readonly packages: readonly DpkgPackage[];
  /** By the name under `info/` without its ending: `bash`, `libc6:amd64`. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly md5sums: ReadonlyMap<string, ByPath<string>>;
  /** `info/*.conffiles`; the status names the same files, with digests, once they are configured. */
  readonly conffiles?: ReadonlyMap<string, readonly string[]>;
  readonly diversions: readonly DpkgDiversion[];
}

/** The name under `info/`. Only packages with `Multi-Arch: same` carry their architecture there. */
const infoName = ({ name, architecture, multiArch }: DpkgPackage, names: ReadonlyMap<string, unknown>): string => {
  const qualified = `${name}:${architecture}`;
  return multiArch === 'same' || (!names.has(name) && names.has(qualified)) ? qualified : name;
};

type Divert = (path: string, name: string) => string;

/** A diversion moves the files of every package but the one that made it. */
const toDivert = (diversions: readonly DpkgDiversion[]): Divert => {
  const byPath = new Map<string, DpkgDiversion>();
  for (const diversion of diversions) if (!byPath.has(diversion.from)) byPath.set(diversion.from, diversion);
  if (byPath.size === 0) return (path) => path;
  return (path, name) => {
    const diversion = byPath.get(path);
    return diversion === undefined || diversion.by === name ? path : diversion.to;
  };
};

/** Shared by all files without a digest: folders and links, half of every list. */
const noDigests: RecordedDigests = {};

const filesOf = (found: DpkgPackage, database: DpkgDatabase, divert: Divert): readonly PackageFile[] | undefined => {
  const list = database.lists.get(infoName(found, database.lists));
  const md5sums = database.md5sums.get(infoName(found, database.md5sums));
  if (list === undefined && md5sums === undefined) return undefined;
  const conffiles = new Map<string, string | undefined>();
  for (const path of database.conffiles?.get(infoName(found, database.conffiles)) ?? []) conffiles.set(path, undefined);
  const placed = found.conffiles.filter(({ md5 }) => md5 !== undefined);
  for (const { path, md5 } of placed) conffiles.set(path, md5);

  const files: PackageFile[] = [];
  const add = (path: string, digest: string | undefined): void => {
    const lies = divert(path, found.name);
    const isConffile = conffiles.size > 0 && conffiles.has(path);
    const md5 = (isConffile ? conffiles.get(path) : undefined) ?? digest;
    const digests = md5 === undefined ? noDigests : { md5 };
    if (lies === path && !isConffile) files.push({ path, digests });
    else
      files.push({
        path: lies,
        digests,
        ...(isConffile ? { conffile: true } : {}),
        ...(lies === path ? {} : { divertedFrom: path }),
      });
  };
  let digested = 0;
  for (const path of list ?? []) {
    const digest = md5sums?.get(path);
    if (digest !== undefined) digested += 1;
    add(path, digest);
  }
  // What has a digest and is in no list (status.d has no lists at all) is the package's all the same.
  if (placed.length > 0 || digested < (md5sums?.size ?? 0)) {
    const listed = new Set(list);
    for (const [path, digest] of md5sums ?? []) if (!listed.has(path)) add(path, digest);
    for (const { path, marks } of placed)
      if (!listed.has(path) && !(md5sums?.has(path) ?? false) && !marks.includes('obsolete')) add(path, undefined);
  }
  return files;
};

/**
 * Packages in the order of the status. Those that were removed (`config-files`, `not-installed`) have no files.
 * Remarks: `DPKG_LIST_MISSING` for an installed package whose files nobody lists, `DPKG_LIST_ORPHANED` for lists of packages
 * that the status does not know, both of which dpkg never leaves behind.
 */
export const joinDpkg = (database: DpkgDatabase, remark: OnRemark): readonly PackageRecord[] => {
  const divert = toDivert(database.diversions);
  const known = new Set<string>();
  const missing: string[] = [];
  const records = database.packages.map((found): PackageRecord => {
    const { name, version, architecture, source, status, maintainer } = found;
    const files = isDpkgUnpacked(found) ? filesOf(found, database, divert) : undefined;
    known.add(infoName(found, database.lists));
    known.add(infoName(found, database.md5sums));
    if (files === undefined && isDpkgUnpacked(found)) missing.push(name);
    return {
      ecosystem: 'deb',
      name,
      version,
      ...(architecture === '' ? {} : { arch: architecture }),
      purl: toPackageUrl('deb', { name, version, qualifiers: { arch: architecture } }),
      ...(source === undefined ? {} : { source }),
      ...(maintainer === undefined ? {} : { vendor: maintainer }),
      ...(status === undefined ? {} : { status }),
      ...(files === undefined ? {} : { files }),
    };
  });
  const orphaned = [...new Set([...database.lists.keys(), ...database.md5sums.keys()])].filter(
    (name) => !known.has(name),
  );
  for (const [code, names, reason] of [
    ['DPKG_LIST_MISSING', missing, 'packages are installed and no file of them is listed'],
    ['DPKG_LIST_ORPHANED', orphaned, 'lists of files belong to packages that the status does not know'],
  ] as const)
    if (names.length > 0)
      remark({
        kind: 'gap',
        code,
        where: '',
        reason: `${names.length} ${reason}: ${names.slice(0, 10).join(', ')}`,
        bytes: 0,
      });
  return records;
};
