/** The bytes of one record of a package manager → facts, and gaps for what could not be read of a system's own database. */
import type { Inspection } from '../../core/analyzer.ts';
import { Budget, defaultLimits } from '../../core/budget.ts';
import { isFault } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import type { PackageRecord } from '../../core/package-record.ts';
import { baseName, parentOf } from '../../core/path.ts';
import type { Remark } from '../../core/remark.ts';
import { parseApkDatabase } from '../../formats/records/apk.ts';
import { parseComposerInstalled } from '../../formats/records/composer.ts';
import { alternativeLinks, parseDpkgAlternative } from '../../formats/records/dpkg-alternatives.ts';
import { parseDpkgDiversions, parseDpkgList, parseDpkgMd5sums } from '../../formats/records/dpkg-info.ts';
import { parseDpkgStatus } from '../../formats/records/dpkg-status.ts';
import { parseGemSpec } from '../../formats/records/gem-spec.ts';
import { parseJarManifest, parsePomProperties, toJarPackage } from '../../formats/records/jar.ts';
import { parseNpmPackage } from '../../formats/records/npm-package.ts';
import { parsePythonMetadata, parsePythonRecord } from '../../formats/records/python-package.ts';
import { parseRpmdb, remarkRpmdbJournal } from '../../formats/records/rpmdb.ts';
import { parseOsRelease } from '../../formats/records/os-release.ts';
import type { OnRemark } from '../../formats/wrapper.ts';
import { packFiles, type PackedFiles } from './packed-files.ts';
import { toRow, type PackageRow, type RecordFact, type RecordRemark } from './record-facts.ts';
import type { RecordKind } from './record-place.ts';

/** Of a system's own database: what is missing there leaves files without an account. */
const systemKinds: ReadonlySet<RecordKind> = new Set([
  'dpkg-status',
  'dpkg-list',
  'dpkg-md5sums',
  'dpkg-diversions',
  'rpmdb',
  'rpmdb-journal',
  'apk',
]);

const withFiles = (record: PackageRecord): PackageRow =>
  record.files === undefined ? toRow(record) : { ...toRow(record), packed: packFiles(record.files) };

const rows = (records: readonly (PackageRecord | undefined)[]): Pick<RecordFact, 'packages'> => ({
  packages: records.flatMap((record) => (record === undefined ? [] : [toRow(record)])),
});

const filesOf = (entries: Iterable<readonly [string, string | undefined]>): PackedFiles =>
  packFiles([...entries].map(([path, md5]) => ({ path, digests: md5 === undefined ? {} : { md5 } })));

/** dpkg lists every folder before what lies in it: half of the list, and of no interest to anybody who accounts for files. */
const withoutFolders = (paths: readonly string[]): readonly string[] =>
  paths.filter((path, at) => {
    const next = paths[at + 1];
    return next === undefined || next.charCodeAt(path.length) !== 47 || !next.startsWith(path);
  });

/** @throws {Fault} of the record's parser */
const parse = (
  kind: RecordKind,
  path: string,
  bytes: Uint8Array,
  budget: Budget,
  remark: OnRemark,
): Omit<RecordFact, 'is' | 'remarks'> => {
  switch (kind) {
    case 'os-release': {
      const fields = parseOsRelease(bytes, budget);
      return { release: ['id', 'version_id', 'pretty_name'].map((name) => (fields.get(name) ?? '').slice(0, 200)) };
    }
    case 'dpkg-status':
      return {
        stanzas: parseDpkgStatus(bytes, budget, remark).map(({ conffiles, ...stanza }) => ({
          ...stanza,
          conffiles: conffiles.map(({ path: place, md5 }) => ({ path: place, ...(md5 === undefined ? {} : { md5 }) })),
        })),
      };
    case 'dpkg-list':
      return {
        packed: filesOf(withoutFolders(parseDpkgList(bytes, budget, remark)).map((place) => [place, undefined])),
      };
    case 'dpkg-md5sums':
      return { packed: filesOf(parseDpkgMd5sums(bytes, budget, remark)) };
    case 'dpkg-diversions':
      return { links: parseDpkgDiversions(bytes, budget, remark).map(({ from, to, by }) => [from, to, by ?? '']) };
    case 'dpkg-alternative': {
      const links = alternativeLinks(parseDpkgAlternative(baseName(path), bytes, budget));
      return { links: [...links].map(([link, targets]) => [link, ...targets]) };
    }
    case 'rpmdb':
      return { packages: parseRpmdb(bytes, budget, remark).map(withFiles) };
    case 'rpmdb-journal':
      remarkRpmdbJournal(bytes, remark);
      return {};
    case 'apk':
      return { packages: parseApkDatabase(bytes, budget, remark).map(withFiles) };
    case 'python-metadata':
      return rows([parsePythonMetadata(bytes, budget, remark)]);
    case 'python-record':
      return { packed: packFiles(parsePythonRecord(parentOf(path), bytes, budget, remark)) };
    case 'npm':
      return rows([parseNpmPackage(bytes, budget, remark)]);
    case 'gem':
      return rows([parseGemSpec(path, bytes, budget, remark)]);
    case 'composer':
      return rows(parseComposerInstalled(parentOf(path), bytes, budget, remark));
    case 'maven':
      return rows([parsePomProperties(bytes, budget)]);
    case 'jar-manifest':
    default:
      return rows([toJarPackage(parseJarManifest(bytes, budget, remark))]);
  }
};

/** Facts depend on the name where the record does not say all of itself. */
export const recordScope = (kind: RecordKind, path: string): string =>
  kind === 'gem' || kind === 'python-record' || kind === 'composer' || kind === 'dpkg-alternative'
    ? `${kind} ${path}`
    : kind;

/**
 * A language's record that cannot be read is a remark, since packages carry broken ones as test data and nothing is unexamined for it;
 * a system's is a gap.
 */
export const readRecord = (kind: RecordKind, path: string, bytes: Uint8Array): Inspection => {
  const isSystem = systemKinds.has(kind);
  const gaps: Gap[] = [];
  const remarks: RecordRemark[] = [];
  const say = (code: string, reason: string, lost: number, isGap: boolean): void => {
    if (isGap && isSystem) gaps.push({ where: path, code, reason, bytes: lost });
    else remarks.push([code, reason.slice(0, 400)]);
  };
  const remark = (said: Remark): void => say(said.code, said.reason, said.bytes, said.kind === 'gap');
  let parsed: Omit<RecordFact, 'is' | 'remarks'> = {};
  try {
    parsed = parse(kind, path, bytes, new Budget(defaultLimits, path), remark);
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    say(thrown.code, thrown.message, bytes.length, true);
  }
  const facts: RecordFact = { is: kind, ...parsed, ...(remarks.length === 0 ? {} : { remarks: remarks.slice(0, 16) }) };
  return { facts, ...(gaps.length === 0 ? {} : { gaps }) };
};
