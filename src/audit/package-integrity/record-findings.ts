/** What records say of themselves and of files, held against each other → findings: a database made to fit a changed file contradicts itself somewhere. */
import type { InventoryEntry } from '../../core/analyzer.ts';
import { isProgram } from '../../core/file-kind.ts';
import type { Evidence, Finding } from '../../core/finding.ts';
import type { PackageRecord } from '../../core/package-record.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Accounts } from './accounts.ts';
import { isWatched } from './system-names.ts';
import { named, planted, proofOf, recordProof, shownProofs, tampered } from './statements.ts';
import type { Installed, RecordProblem } from './installed.ts';

const isProgramFile = ({ kind }: InventoryEntry): boolean => kind !== undefined && isProgram(kind);

/** Records that disagree with themselves are how a database is made to fit a changed file. */
const doctored = (title: string, severity: Finding['severity'], evidence: Finding['evidence']): Finding => ({
  ...tampered,
  rule: 'package-integrity/database-contradicts-itself',
  title,
  severity,
  confidence: severity === 'high' ? 'high' : 'medium',
  techniques: ['T1070', 'T1554'],
  advice:
    'Trust none of the image’s own records. Compare its files with the packages of the distribution, or build it again from its base.',
  evidence,
});

/** Where this share of packages has digests, their absence means something. */
const mostDigested = 0.9;

/** dpkg's lists of digests name every file of a package but its configuration. */
export const undigestedFindings = (accounts: Accounts, installed: Installed): readonly Finding[] => {
  const digested = new Map<PackageRecord, boolean>();
  const hasDigests = (record: PackageRecord): boolean => {
    const known =
      digested.get(record) ??
      (record.files ?? []).some(({ digests, conffile }) => digests.md5 !== undefined && conffile !== true);
    digested.set(record, known);
    return known;
  };
  const digestedShare = installed.system.filter(hasDigests).length / Math.max(1, installed.system.length);
  const told = new Set<PackageRecord>();
  return accounts.unchecked.flatMap(([path, entry, { record, file }]): readonly Finding[] => {
    if (record.ecosystem !== 'deb' || entry.type !== 'file' || !isProgramFile(entry)) return [];
    // Every package of a distribution has its list of digests: one without, that delivers such a program, lost it.
    if (digestedShare >= mostDigested && !hasDigests(record) && isWatched(path) && !told.has(record)) {
      told.add(record);
      return [
        doctored(
          `The digests of a package with a system tool are missing, those of the others are there (${named(record)})`,
          'medium',
          [proofOf(entry), ...recordProof(record)],
        ),
      ];
    }
    const kibibytes = installed.installedSizes.get(`${record.name}:${record.arch ?? ''}`);
    if (file.digests.md5 === undefined && file.conffile !== true && hasDigests(record))
      return [
        doctored(
          `A program is in its package’s list of files and not in its list of digests (${named(record)})`,
          'medium',
          [proofOf(entry), ...recordProof(record)],
        ),
      ];
    if (kibibytes !== undefined && entry.size > kibibytes * 1024 + 65_536)
      return [
        doctored(`A program is larger than all of its package is said to be (${named(record)})`, 'high', [
          proofOf(entry),
          ...recordProof(record),
        ]),
      ];
    return [];
  });
};

/** rpm and apk record permissions. */
export const setIdFindings = (
  installed: Installed,
  inventoryOf: (path: string) => InventoryEntry | undefined,
): readonly Finding[] =>
  installed.system.flatMap((record) =>
    (record.files ?? []).flatMap(({ path, mode, type, state }): readonly Finding[] => {
      if (mode === undefined || (type !== undefined && type !== 'file') || state !== undefined) return [];
      const entry = inventoryOf(path);
      if (entry?.type !== 'file' || (entry.mode & 0o111) === 0 || (entry.mode & ~mode & 0o6000) === 0) return [];
      return [
        planted(
          {
            rule: 'package-integrity/added-setuid',
            title: `A packaged program has its owner’s rights (setuid or setgid), which its package does not give it (${named(record)})`,
            severity: 'medium',
          },
          entry,
        ),
      ];
    }),
  );

/** What states a package or a file twice shows one thing to one reader and another to the next; the rest is what old tools leave behind. */
const weightOf = ({ code }: RecordProblem): Finding['severity'] =>
  code === 'RPM_HEADER_ALTERED' ? 'high' : /_(?:DUPLICATE|UNFINISHED|OVERLAP)$/.test(code) ? 'medium' : 'low';

/** Codes that say a record was edited, or can be read in two ways. Language packages carry such as test data. */
export const problemFindings = (problems: readonly RecordProblem[]): readonly Finding[] => {
  const isSystem = ({ code }: RecordProblem): boolean =>
    /^(?:DPKG|APK|RPM|RPMDB|SQLITE|NDB|BERKELEY_DB|DATA)_/.test(code);
  const slim = new Set(['DPKG_LIST_MISSING', 'DPKG_LIST_ORPHANED']);
  const ambiguous = problems.filter((problem) => isSystem(problem) && !slim.has(problem.code));
  const odd = problems.filter((problem) => !isSystem(problem) || slim.has(problem.code));
  const proof = ({ path, code, reason }: RecordProblem): Evidence => ({
    kind: 'excerpt',
    path,
    offset: 0,
    length: 0,
    text: toPlainText(`${code}: ${reason}`, 400),
  });
  const [first, ...others] = odd;
  return [
    ...ambiguous
      .slice(0, 20)
      .map((problem): Finding =>
        doctored(
          problem.code === 'RPM_HEADER_ALTERED'
            ? 'A package’s record is not the one that its recorded digest is of'
            : 'The package database can be read in two ways',
          weightOf(problem),
          [proof(problem)],
        ),
      ),
    ...(first === undefined
      ? []
      : [
          {
            rule: 'package-integrity/record-incomplete',
            title: `${odd.length === 1 ? 'A record' : `${odd.length} records`} of packages cannot be read in full`,
            severity: 'info',
            confidence: 'high',
            intent: 'hygiene',
            techniques: [],
            advice:
              'Nothing to do for test data and slimmed images; the evidence names the code, which can be explained too.',
            evidence: [proof(first), ...others.slice(0, shownProofs - 1).map(proof)],
          } satisfies Finding,
        ]),
  ];
};
