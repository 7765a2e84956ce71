/** What the archive delivers, held against the image's files and against what the image's own database says of them. Pure. */
import type { InventoryEntry } from '../core/analyzer.ts';
import type { AuditResult } from '../audit/auditor.ts';
import { FinalTree } from '../audit/package-integrity/final-tree.ts';
import { isMultiCall, isOnPath, isSystemPath, isWatched } from '../audit/package-integrity/system-names.ts';
import type { DeliveredFile, DeliveredPackage } from '../archive/distribution.ts';
import { isProgram } from '../core/file-kind.ts';
import type { Evidence, Finding } from '../core/finding.ts';
import { baseName } from '../core/path.ts';
import { toPlainText } from '../core/plain-text.ts';

type Graded = Pick<Finding, 'severity' | 'confidence'>;

interface Difference {
  readonly entry: InventoryEntry;
  readonly file: DeliveredFile;
  readonly delivered: DeliveredPackage;
  /** The image's database says that the file is as delivered, or excuses it. */
  readonly vouched: boolean;
  readonly graded: Graded;
}

const shownProofs = 10;

/** What everybody runs counts most; a database that vouches for another content was made to. */
const gradeOf = (path: string, entry: InventoryEntry, vouched: boolean, isDisputed: boolean): Graded => {
  const runs = entry.kind !== undefined && isProgram(entry.kind);
  const isGrave = (entry.kind === 'elf' && isSystemPath(path)) || (runs && isWatched(path));
  if (vouched)
    return isGrave
      ? { severity: 'critical', confidence: 'high' }
      : { severity: runs ? 'high' : 'medium', confidence: 'medium' };
  if (isGrave) return { severity: 'high', confidence: isDisputed ? 'medium' : 'high' };
  return { severity: runs && isOnPath(path) ? 'low' : 'info', confidence: 'medium' };
};

/** Two packages may deliver one path by right, one diverting the other's: what any of them delivers there is accepted. */
const acceptedAt = (
  tree: FinalTree,
  packages: readonly DeliveredPackage[],
): ReadonlyMap<string, ReadonlySet<string>> => {
  const accepted = new Map<string, Set<string>>();
  for (const { files } of packages)
    for (const { path, sha256 } of files) {
      const place = tree.canonical(path);
      const known = accepted.get(place);
      if (known === undefined) accepted.set(place, new Set([sha256]));
      else known.add(sha256);
    }
  return accepted;
};

const differencesOf = (
  audit: Pick<AuditResult, 'inventory' | 'context'>,
  packages: readonly DeliveredPackage[],
): readonly Difference[] => {
  const tree = new FinalTree(audit.inventory);
  const accepted = acceptedAt(tree, packages);
  const everything = new Set(packages.flatMap(({ files }) => files.map(({ sha256 }) => sha256)));
  const names = new Set(packages.map(({ name }) => name));
  const differences: Difference[] = [];
  const seen = new Set<string>();
  for (const delivered of packages)
    for (const file of delivered.files) {
      if (file.conffile) continue;
      const place = tree.canonical(file.path);
      const entry = tree.files.get(place);
      if (entry === undefined || seen.has(place)) continue;
      const content = tree.resolve(place);
      if (content?.sha256 === undefined || accepted.get(place)?.has(content.sha256) === true) continue;
      // A link to another program that the archive delivers is an arrangement of the build: alternatives, multi-call programs.
      if (entry.type === 'symlink' && (everything.has(content.sha256) || isMultiCall(baseName(content.path)))) continue;
      seen.add(place);
      const owner = audit.context.ownership?.get(entry.path);
      const isOthers = owner !== undefined && owner.package !== '' && !names.has(owner.package);
      const vouched =
        entry.type !== 'symlink' && !isOthers && (owner?.state === 'matching' || owner?.state === 'expected');
      const graded = gradeOf(place, { ...content, path: entry.path }, vouched, isOthers || entry.type === 'symlink');
      differences.push({
        entry: { ...content, path: entry.path, layerIndex: entry.layerIndex },
        file,
        delivered,
        vouched,
        graded,
      });
    }
  return differences;
};

const proofsOf = (
  audit: Pick<AuditResult, 'layers' | 'context'>,
  { entry, file, delivered }: Difference,
): readonly Evidence[] => {
  const { path, sha256, size, layerIndex } = entry;
  const layer = audit.layers[layerIndex];
  const digest = layer?.digest ?? layer?.diffId;
  return [
    {
      kind: 'file',
      path,
      ...(sha256 === undefined ? {} : { sha256 }),
      size,
      layerIndex,
      ...(digest === undefined ? {} : { layer: digest }),
      ...(layer?.createdBy === undefined ? {} : { createdBy: layer.createdBy }),
      hidden: false,
      ...(audit.context.launched.has(path) ? { launched: true } : {}),
    },
    {
      kind: 'signature',
      field: `${path} in ${delivered.name} ${delivered.version}, ${delivered.source}`,
      value: `sha256:${file.sha256}`,
    },
  ];
};

const toFinding = (
  audit: Pick<AuditResult, 'layers' | 'context'>,
  group: readonly [Difference, ...Difference[]],
): Finding => {
  const [first] = group;
  const { name, version } = first.delivered;
  const named = toPlainText(`${name} ${version}`, 120);
  const count = group.length === 1 ? 'A file is not the one' : `${group.length} files are not those`;
  const [proof, ...others] = group.slice(0, shownProofs).flatMap((difference) => proofsOf(audit, difference));
  return {
    ...(first.vouched
      ? {
          rule: 'package-integrity/database-doctored',
          title: `${count} in the distribution’s signed archive, and the image’s package database says that all is well (${named})`,
          advice:
            'Do not run the image: the database was changed so that nobody notices. Build again from a base that you trust, and find out who could write to this one.',
        }
      : {
          rule: 'package-integrity/archive-file-differs',
          title: `${count} in the distribution’s signed archive (${named})`,
          advice: 'Find the build step that replaced it. Install the package again if nobody can say why.',
        }),
    ...first.graded,
    intent: 'tampering',
    techniques: first.vouched ? ['T1554', 'T1565.001'] : ['T1554'],
    evidence: [proof ?? { kind: 'signature', field: named, value: first.file.sha256 }, ...others],
  };
};

/** One finding for each grave difference, one a package and grade for the others. */
export const compareWithArchive = (
  audit: Pick<AuditResult, 'inventory' | 'context' | 'layers'>,
  packages: readonly DeliveredPackage[],
): readonly Finding[] => {
  const groups = new Map<string, [Difference, ...Difference[]]>();
  for (const difference of differencesOf(audit, packages)) {
    const { entry, delivered, vouched, graded } = difference;
    const isGrave = graded.severity === 'critical' || graded.severity === 'high';
    const key = JSON.stringify([
      delivered.name,
      delivered.architecture,
      vouched,
      graded.severity,
      isGrave ? entry.path : '',
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [difference]);
    else group.push(difference);
  }
  return [...groups.values()].map((group) => toFinding(audit, group));
};
