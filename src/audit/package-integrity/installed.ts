/** Facts about records, of the final tree → what is installed, with its files, and on which distribution. */
import type { Observation } from '../../core/analyzer.ts';
import { withDistribution, type PackageRecord } from '../../core/package-record.ts';
import { baseName, parentOf } from '../../core/path.ts';
import { joinDpkg } from '../../formats/records/dpkg.ts';
import { isDpkgUnpacked, type DpkgPackage } from '../../formats/records/dpkg-status.ts';
import { unpackDigests, unpackFiles, unpackPaths } from './packed-files.ts';
import {
  kindOfFact,
  linksIn,
  packagesIn,
  packedIn,
  releaseIn,
  remarksIn,
  stanzasIn,
  type Distribution,
} from './record-facts.ts';

/** Something that a record says in two ways, or that could not be read. */
export interface RecordProblem {
  readonly path: string;
  readonly code: string;
  readonly reason: string;
}

export interface Installed {
  /** deb, rpm and apk, with files. */
  readonly system: readonly PackageRecord[];
  /** Of programming languages; Python's with files where they are recorded. */
  readonly language: readonly PackageRecord[];
  readonly distribution?: Distribution;
  /** dpkg's, by name and architecture as in `info/`: KiB. */
  readonly installedSizes: ReadonlyMap<string, number>;
  /** Links of the alternatives system → where each may lead. */
  readonly alternatives: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly RecordProblem[];
}

/** A package in a place of its own: one of distroless images, whose status files hold one stanza each. */
const stem = (path: string): string => baseName(path).replace(/\.(?:list|md5sums)$/, '');

const readDpkg = (observations: readonly Observation[], problems: RecordProblem[]): readonly PackageRecord[] => {
  const lists = new Map<string, readonly string[]>();
  const md5sums = new Map<string, ReadonlyMap<string, string>>();
  const stanzas = new Map<DpkgPackage, string>();
  const diversions: { readonly from: string; readonly to: string; readonly by?: string }[] = [];
  for (const { path, facts } of observations) {
    const packed = packedIn(facts);
    switch (kindOfFact(facts)) {
      case 'dpkg-status': {
        const found = stanzasIn(facts);
        for (const stanza of found) stanzas.set(stanza, path);
        break;
      }
      case 'dpkg-list':
        if (packed !== undefined) lists.set(stem(path), unpackPaths(packed.paths));
        break;
      case 'dpkg-md5sums':
        if (packed !== undefined) md5sums.set(stem(path), unpackDigests(packed));
        break;
      case 'dpkg-diversions':
        for (const [from = '', to = '', by = ''] of linksIn(facts))
          diversions.push({ from, to, ...(by === '' ? {} : { by }) });
        break;
      default:
    }
  }
  const packages = [...stanzas.keys()];
  const paths = [...stanzas.values()];
  // Files in status.d are named after the package, but for characters that some builders leave out: the first stanza tells.
  for (const [position, stanza] of packages.entries()) {
    const name = baseName(paths[position] ?? '');
    const digests = md5sums.get(name);
    if (parentOf(paths[position] ?? '').endsWith('status.d') && digests !== undefined) {
      md5sums.delete(name);
      md5sums.set(stanza.name, digests);
    }
  }
  const records = joinDpkg({ packages, lists, md5sums, diversions }, ({ code, reason }) =>
    problems.push({ path: paths[0] ?? 'var/lib/dpkg', code, reason }),
  );
  return records.flatMap((record, position) => {
    const stanza = packages[position];
    const recordedIn = paths[position];
    if (stanza === undefined || !isDpkgUnpacked(stanza)) return [];
    return [recordedIn === undefined ? record : { ...record, recordedIn }];
  });
};

/** The folder's own package, for Python's lists of files, which stand in another file than its name. */
const withPythonFiles = (
  records: readonly PackageRecord[],
  files: ReadonlyMap<string, PackageRecord['files']>,
): readonly PackageRecord[] =>
  records.map((record) => {
    const own = record.recordedIn === undefined ? undefined : files.get(parentOf(record.recordedIn));
    return own === undefined ? record : { ...record, files: own };
  });

const isSystem = ({ ecosystem }: PackageRecord): boolean => ecosystem === 'rpm' || ecosystem === 'apk';

/** `observations`: those that the final tree shows. */
export const readInstalled = (observations: readonly Observation[]): Installed => {
  const problems: RecordProblem[] = [];
  const recorded: PackageRecord[] = [];
  const pythonFiles = new Map<string, PackageRecord['files']>();
  const alternatives = new Map<string, readonly string[]>();
  const releases = new Map<string, Distribution>();
  const installedSizes = new Map<string, number>();
  for (const { path, facts } of observations) {
    if (typeof facts === 'string') continue;
    for (const [code, reason] of remarksIn(facts)) problems.push({ path, code, reason });
    for (const record of packagesIn(facts, path)) recorded.push(record);
    for (const { name, architecture, installedSize } of stanzasIn(facts))
      if (installedSize !== undefined) installedSizes.set(`${name}:${architecture}`, installedSize);
    const kind = kindOfFact(facts);
    const release = releaseIn(facts);
    if (release !== undefined) releases.set(path, release);
    if (kind === 'python-record') {
      const packed = packedIn(facts);
      if (packed !== undefined) pythonFiles.set(parentOf(path), unpackFiles(packed));
    }
    if (kind === 'dpkg-alternative')
      for (const [link = '', ...targets] of linksIn(facts))
        alternatives.set(link, [...(alternatives.get(link) ?? []), ...targets]);
  }
  const distribution = releases.get('etc/os-release') ?? releases.get('usr/lib/os-release');
  const system = [...readDpkg(observations, problems), ...recorded.filter(isSystem)];
  return {
    system:
      distribution === undefined
        ? system
        : system.map((record) =>
            withDistribution(
              record,
              distribution.id,
              distribution.versionId === '' ? undefined : distribution.versionId,
            ),
          ),
    language: withPythonFiles(
      recorded.filter((record) => !isSystem(record)),
      pythonFiles,
    ),
    ...(distribution === undefined ? {} : { distribution }),
    installedSizes,
    alternatives,
    problems,
  };
};
