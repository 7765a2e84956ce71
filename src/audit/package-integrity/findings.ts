/** Accounts of files and what records say of themselves → findings, weighed by what was changed or brought along, and where. */
import type { InventoryEntry } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import { isProgram } from '../../core/file-kind.ts';
import { baseName } from '../../core/path.ts';
import type { Accounts, ChangedFile } from './accounts.ts';
import type { Installed } from './installed.ts';
import { problemFindings, setIdFindings, undigestedFindings } from './record-findings.ts';
import { named, planted, proofOf, recordProof, shownProofs, tampered } from './statements.ts';
import { isHiddenName, isMultiCall, isOnPath, isSystemLibrary, isSystemPath, isWatched } from './system-names.ts';

/** Every so many changed programs of so many checked were changed by one step over all of them, such as stripping. */
const manyChanged = 12;

type Graded = Pick<Finding, 'severity' | 'confidence'>;

const gradeOf = ({ path, entry, how }: ChangedFile): Graded => {
  const runs = entry.kind !== undefined && isProgram(entry.kind);
  if (how === 'size' || (runs && isWatched(path))) return { severity: 'high', confidence: 'high' };
  if (entry.kind === 'elf' && isSystemPath(path)) return { severity: 'high', confidence: 'medium' };
  return { severity: runs && isOnPath(path) ? 'low' : 'info', confidence: 'medium' };
};

const changedFinding = (change: ChangedFile, others: readonly ChangedFile[], graded: Graded): Finding => {
  const { entry, record, how } = change;
  const runs = entry.kind !== undefined && isProgram(entry.kind);
  const what = runs ? 'program' : 'file';
  return {
    ...tampered,
    ...graded,
    rule: runs ? 'package-integrity/changed-program' : 'package-integrity/changed-file',
    title:
      how === 'size'
        ? `A file has the recorded digest and another size, which cannot be (${named(record)})`
        : others.length === 0
          ? `A ${what} is not the one that its package delivered (${named(record)})`
          : `${others.length + 1} ${what}s are not those that their package delivered (${named(record)})`,
    advice:
      'Compare the file with the one in the package, and find the build step that replaced it. Install the package again if nobody can say why.',
    evidence: [
      proofOf(entry),
      ...others.slice(0, shownProofs - 1).map((other) => proofOf(other.entry)),
      ...recordProof(record),
    ],
  };
};

/** What stands out is told one by one; the rest by package, since a patched package is patched in many places. */
const changedFindings = (changed: readonly ChangedFile[]): readonly Finding[] => {
  const groups = new Map<string, { readonly graded: Graded; readonly changes: ChangedFile[] }>();
  const findings: Finding[] = [];
  for (const change of changed) {
    const graded = gradeOf(change);
    if (graded.severity === 'high') {
      findings.push(changedFinding(change, [], graded));
      continue;
    }
    const runs = change.entry.kind !== undefined && isProgram(change.entry.kind);
    const key = `${change.record.ecosystem} ${change.record.name} ${graded.severity} ${runs}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { graded, changes: [change] });
    else group.changes.push(change);
  }
  for (const { graded, changes } of groups.values()) {
    const [first, ...others] = changes;
    if (first !== undefined) findings.push(changedFinding(first, others, graded));
  }
  return findings;
};

const changedByAll = (changed: readonly ChangedFile[], checked: number): Finding | undefined => {
  const [first, ...others] = changed;
  if (first === undefined || changed.length < manyChanged || changed.length * 2 < checked) return undefined;
  return {
    ...tampered,
    rule: 'package-integrity/many-changed',
    title: `${changed.length} programs are not those that their packages delivered: something went over all of them`,
    severity: 'medium',
    confidence: 'low',
    advice:
      'Tools that strip or pack programs do this. If the image was not made with one, build it again from its base.',
    evidence: [proofOf(first.entry), ...others.slice(0, shownProofs - 1).map(({ entry }) => proofOf(entry))],
  };
};

const isBinaryProgram = ({ entry: { kind }, how }: ChangedFile): boolean => kind === 'elf' && how === 'content';

const linkFinding = (
  { path, entry, record }: ChangedFile,
  leadsTo: InventoryEntry | undefined,
  isOwned: boolean,
): Finding | undefined => {
  // /bin/sh may be any shell that a package delivered; a link to nothing or to data runs nothing.
  if (isOwned || leadsTo?.kind === undefined || !isProgram(leadsTo.kind) || isMultiCall(baseName(leadsTo.path)))
    return undefined;
  return {
    ...tampered,
    rule: 'package-integrity/changed-program',
    title: `A packaged program was replaced by a link to one that no package owns (${named(record)})`,
    severity: isWatched(path) ? 'high' : 'medium',
    confidence: 'medium',
    advice: 'Find the build step that made the link, and what the program behind it does.',
    evidence: [proofOf(leadsTo), proofOf(entry)],
  };
};

type Placed = readonly [path: string, entry: InventoryEntry];

const isProgramFile = ({ kind }: InventoryEntry): boolean => kind !== undefined && isProgram(kind);

/** What an unowned program in a system folder is beyond that. */
const traitOf = ([path, entry]: Placed, isCopy: boolean, isWholeSystem: boolean): Finding | undefined => {
  if (isHiddenName(path) && (entry.kind === 'elf' || isOnPath(path)))
    return planted(
      {
        rule: 'package-integrity/hidden-program',
        title: 'A program with a hidden name lies in a system folder, and no package owns it',
        severity: 'high',
      },
      entry,
    );
  if ((entry.mode & 0o6000) !== 0 && (entry.mode & 0o111) !== 0)
    return planted(
      {
        rule: 'package-integrity/unowned-setuid',
        title: 'A program that no package owns runs with its owner’s rights (setuid or setgid)',
        severity: 'medium',
      },
      entry,
    );
  if (/\/security\/pam_[^/]+\.so$/.test(path))
    return planted(
      {
        rule: 'package-integrity/unowned-login-module',
        title: 'A login module (PAM) that no package owns',
        severity: 'medium',
      },
      entry,
    );
  if (isWholeSystem && !isCopy && entry.kind === 'elf' && isOnPath(path) && isWatched(path))
    return planted(
      {
        rule: 'package-integrity/unowned-system-tool',
        title: 'A program has the name of a system tool, and no package owns it',
        severity: 'medium',
      },
      entry,
    );
  return undefined;
};

const unownedFindings = (unowned: readonly Placed[], isWholeSystem: boolean): readonly Finding[] => {
  const inSystem = unowned.filter(([path, entry]) => isSystemPath(path) && isProgramFile(entry));
  const boxes = new Set(inSystem.flatMap(([path, { sha256 }]) => (isMultiCall(baseName(path)) ? [sha256] : [])));
  const counts = new Map<string | undefined, number>();
  for (const [, { sha256 }] of inSystem) counts.set(sha256, (counts.get(sha256) ?? 0) + 1);
  const isCopy = ({ sha256 }: InventoryEntry): boolean => boxes.has(sha256) || (counts.get(sha256) ?? 0) > 2;
  const told: Finding[] = [];
  const plain: Placed[] = [];
  for (const placed of inSystem) {
    const finding = traitOf(placed, isCopy(placed[1]), isWholeSystem);
    if (finding !== undefined) told.push(finding);
    else if (isOnPath(placed[0]) || (isSystemLibrary(placed[0]) && placed[1].kind === 'elf')) plain.push(placed);
  }
  const [first, ...others] = plain;
  if (first === undefined) return told;
  const binaries = plain.filter(([, { kind }]) => kind === 'elf').length;
  return [
    ...told,
    {
      rule: 'package-integrity/unowned-program',
      title: `No package owns ${plain.length === 1 ? 'a program' : `${plain.length} programs`} in system folders`,
      severity: binaries > 0 ? 'low' : 'info',
      confidence: 'high',
      intent: 'hygiene',
      techniques: ['T1525'],
      advice:
        'Nothing to do where the build put them there on purpose; programs of your own belong below /usr/local or /opt.',
      evidence: [proofOf(first[1]), ...others.slice(0, shownProofs - 1).map(([, entry]) => proofOf(entry))],
    },
  ];
};

export interface FindingInputs {
  readonly installed: Installed;
  readonly accounts: Accounts;
  /** A file of the final tree by canonical path. */
  readonly fileAt: (path: string) => InventoryEntry | undefined;
  /** Where a path leads through links. */
  readonly resolve: (path: string) => InventoryEntry | undefined;
  /** Programs that could be compared. */
  readonly checked: number;
  /** False for distroless images and the like, which have few packages and bring their shell from elsewhere. */
  readonly isWholeSystem: boolean;
}

export const findingsOf = ({
  installed,
  accounts,
  fileAt,
  resolve,
  checked,
  isWholeSystem,
}: FindingInputs): readonly Finding[] => {
  const { changed, unowned, ownership } = accounts;
  const ownSystem = changed.filter(({ record }) => record.ecosystem !== 'pypi');
  const all = changedByAll(ownSystem.filter(isBinaryProgram), checked);
  const single = ownSystem.filter((change) => change.how !== 'link' && (all === undefined || !isBinaryProgram(change)));
  const links = ownSystem.flatMap((change) => {
    if (change.how !== 'link') return [];
    const leadsTo = resolve(change.path);
    return linkFinding(change, leadsTo, leadsTo !== undefined && ownership.has(leadsTo.path)) ?? [];
  });
  return [
    ...(all === undefined ? [] : [all]),
    ...changedFindings(single),
    ...links,
    ...unownedFindings(unowned, isWholeSystem),
    ...undigestedFindings(accounts, installed),
    ...setIdFindings(installed, fileAt),
    ...problemFindings(installed.problems),
  ];
};
