/** A Difference → the public object `tidewaiter/diff/v1`. Members are only ever added; schemas/diff.schema.json describes them. */
import type { Difference, FileChange, FileState, PackageChange } from '../core/difference.ts';
import type { Verdict } from '../core/verdict.ts';
import type { DifferenceDocument } from './difference-schema.ts';
import { toFindingDocument, toGapDocument } from './verdict-document.ts';

const toImage = ({ dossier, assessment, decision, because }: Verdict): DifferenceDocument['old'] => ({
  reference: dossier.reference,
  asked: dossier.asked,
  digest: dossier.digest,
  platform: dossier.platform,
  assessment,
  decision,
  because: [...because],
});

const toState = ({ type, mode, uid, gid, size, sha256, kind, target }: FileState) => ({
  type,
  mode,
  uid,
  gid,
  size,
  sha256,
  kind,
  target,
});

const toFile = (change: FileChange): DifferenceDocument['files']['notable'][number] => ({
  path: change.path,
  change: change.change,
  is: [...change.is],
  owner: change.owner,
  unowned: change.unowned,
  unexplained: change.unexplained,
  old: change.old === undefined ? undefined : toState(change.old),
  new: change.new === undefined ? undefined : toState(change.new),
});

const toPackage = ({ ecosystem, name, old, new: now, purl }: PackageChange) => ({
  ecosystem,
  name,
  old,
  new: now,
  purl,
});

export const toDifferenceDocument = (difference: Difference): DifferenceDocument => {
  const { findings, gaps, capabilities, story, packages, files } = difference;
  return {
    schema: 'tidewaiter/diff/v1',
    risk: difference.risk,
    because: [...difference.because],
    old: toImage(difference.old),
    new: toImage(difference.new),
    findings: {
      new: findings.added.map(toFindingDocument),
      gone: findings.gone.map(toFindingDocument),
      heavier: findings.heavier.map(({ finding, now }) => ({ finding: toFindingDocument(finding), now: [...now] })),
      same: findings.same,
    },
    gaps: { new: gaps.added.map(toGapDocument), gone: gaps.gone.map(toGapDocument), same: gaps.same },
    capabilities: capabilities.map(({ kind, name, old, new: now, widens }) => ({ kind, name, old, new: now, widens })),
    story: { new: [...story.added], gone: [...story.gone] },
    packages: {
      downgraded: packages.downgraded.map(toPackage),
      upgraded: packages.upgraded.map(toPackage),
      added: packages.added.map(toPackage),
      removed: packages.removed.map(toPackage),
      same: packages.same,
    },
    files: {
      added: files.added,
      removed: files.removed,
      changed: files.changed,
      same: files.same,
      notable: files.notable.map(toFile),
      more: files.more,
    },
    policy: { name: difference.new.policy.name, version: difference.new.policy.version },
    rules: { version: difference.new.dossier.rules.version },
    at: difference.new.at,
  };
};
