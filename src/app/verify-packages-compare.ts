/** What the archive delivers, held against the image's files and against what the image's own database says of them. Pure. */
import type { InventoryEntry } from '../core/analyzer.ts';
import type { AuditResult } from '../audit/audit-result.ts';
import { FinalTree } from '../audit/package-integrity/final-tree.ts';
import { isMultiCall, isOnPath, isSystemPath, isWatched } from '../audit/package-integrity/system-names.ts';
import type { DeliveredPackage } from '../archive/distribution.ts';
import type { InstalledPackage } from '../core/dossier.ts';
import { isProgram } from '../core/file-kind.ts';
import type { Evidence, Finding } from '../core/finding.ts';
import { baseName } from '../core/path.ts';
import { toPlainText } from '../core/plain-text.ts';

type Graded = Pick<Finding, 'severity' | 'confidence'>;

/**
 * - `doctored`: the image's database says that the file is as delivered, or excuses it
 * - `differs`: the database tells of the change, knows no digest, or gives the path to a package that was not compared
 * - `added`: the database counts a program to a package that does not hold it
 */
type How = 'doctored' | 'differs' | 'added';

interface Difference {
  readonly entry: InventoryEntry;
  /** What the archive's package has there. */
  readonly says: string;
  readonly delivered: DeliveredPackage;
  readonly how: How;
  readonly graded: Graded;
}

const shownProofs = 10;

const runs = ({ kind }: InventoryEntry): boolean => kind !== undefined && isProgram(kind);

/** What everybody runs counts most; a database that vouches for another content was made to. */
const gradeOf = (path: string, entry: InventoryEntry, how: How, isCertain: boolean): Graded => {
  const isGrave = (entry.kind === 'elf' && isSystemPath(path)) || (runs(entry) && isWatched(path));
  if (how !== 'differs')
    return isGrave
      ? { severity: 'critical', confidence: 'high' }
      : { severity: runs(entry) ? 'high' : 'medium', confidence: 'medium' };
  if (isGrave) return { severity: 'high', confidence: isCertain ? 'high' : 'medium' };
  return { severity: runs(entry) && isOnPath(path) ? 'low' : 'info', confidence: 'medium' };
};

const countByName = (all: readonly { readonly name: string }[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { name } of all) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

/** Packages of which every installed one (of each version and architecture) was compared. */
const comparedNames = (
  installed: readonly InstalledPackage[],
  packages: readonly DeliveredPackage[],
): ReadonlySet<string> => {
  const known = countByName(packages);
  const versions = new Set(packages.map(({ name, version }) => `${name} ${version}`));
  const debs = installed.filter(({ ecosystem }) => ecosystem === 'deb');
  const names = new Set(known.keys());
  for (const [name, count] of countByName(debs)) if (count > (known.get(name) ?? 0)) names.delete(name);
  for (const { name, version } of debs) if (!versions.has(`${name} ${version}`)) names.delete(name);
  return names;
};

class Comparison {
  readonly #audit: Pick<AuditResult, 'inventory' | 'context'>;
  readonly #packages: readonly DeliveredPackage[];
  readonly #tree: FinalTree;
  readonly #compared: ReadonlySet<string>;
  /** What packages deliver at a path: two may by right, one diverting the other's. */
  readonly #accepted = new Map<string, Set<string>>();
  /** Contents and places that any package of the archive delivers. */
  readonly #contents = new Set<string>();
  readonly #places = new Set<string>();
  readonly #told = new Set<string>();

  constructor(audit: Pick<AuditResult, 'inventory' | 'context' | 'packages'>, packages: readonly DeliveredPackage[]) {
    this.#audit = audit;
    this.#packages = packages;
    this.#tree = new FinalTree(audit.inventory);
    this.#compared = comparedNames(audit.packages, packages);
    for (const { files, links } of packages) {
      for (const { path } of links) this.#places.add(this.#tree.canonical(path));
      for (const { path, sha256 } of files) {
        const place = this.#tree.canonical(path);
        const known = this.#accepted.get(place);
        if (known === undefined) this.#accepted.set(place, new Set([sha256]));
        else known.add(sha256);
        this.#places.add(place);
        this.#contents.add(sha256);
      }
    }
  }

  *differences(): Generator<Difference> {
    for (const delivered of this.#packages) {
      for (const { path, sha256, conffile } of delivered.files)
        if (!conffile) yield* this.#fileAt(this.#tree.canonical(path), `sha256:${sha256}`, delivered);
      for (const { path, target } of delivered.links)
        yield* this.#linkAt(this.#tree.canonical(path), `a link to ${target}`, delivered);
    }
    yield* this.#added();
  }

  *#fileAt(place: string, says: string, delivered: DeliveredPackage): Generator<Difference> {
    const entry = this.#tree.at(place);
    const content = this.#tree.resolve(place);
    if (entry === undefined || content?.sha256 === undefined) return;
    if (this.#accepted.get(place)?.has(content.sha256) === true) return;
    if (entry.type !== 'symlink') {
      yield* this.#tell(place, { ...content, path: entry.path, layerIndex: entry.layerIndex }, says, delivered);
      return;
    }
    // A link to another program that the archive delivers is an arrangement of the build: alternatives, multi-call programs.
    if (this.#contents.has(content.sha256) || isMultiCall(baseName(content.path))) return;
    yield* this.#tell(
      place,
      { ...content, path: entry.path, layerIndex: entry.layerIndex },
      says,
      delivered,
      'differs',
    );
  }

  /** A program in the place of a link, such as /bin/sh. Copies of what the archive delivers elsewhere are made by builds. */
  *#linkAt(place: string, says: string, delivered: DeliveredPackage): Generator<Difference> {
    const entry = this.#tree.at(place);
    if (entry?.type !== 'file' || !runs(entry) || entry.sha256 === undefined) return;
    if (this.#accepted.has(place) || this.#contents.has(entry.sha256)) return;
    yield* this.#tell(place, entry, says, delivered, 'differs');
  }

  /** Below the system's folders there are no conffiles, old or new, that a list may still name. */
  *#added(): Generator<Difference> {
    const byName = new Map(this.#packages.map((delivered) => [delivered.name, delivered]));
    const placed: (readonly [place: string, entry: InventoryEntry])[] = [];
    this.#tree.forEach((place, entry) => placed.push([place, entry]));
    for (const [place, entry] of placed) {
      if (entry.type !== 'file' || !runs(entry) || entry.kind === 'python-bytecode' || !isSystemPath(place)) continue;
      const owner = this.#audit.context.ownership?.get(entry.path);
      const delivered = owner?.ecosystem === 'deb' ? byName.get(owner.package) : undefined;
      if (delivered === undefined || !this.#compared.has(delivered.name)) continue;
      if (this.#places.has(place) || this.#contents.has(entry.sha256 ?? '')) continue;
      yield { entry, says: 'no such file', delivered, how: 'added', graded: gradeOf(place, entry, 'added', true) };
    }
  }

  *#tell(
    place: string,
    entry: InventoryEntry,
    says: string,
    delivered: DeliveredPackage,
    always?: How,
  ): Generator<Difference> {
    if (this.#told.has(place)) return;
    this.#told.add(place);
    const owner = this.#audit.context.ownership?.get(entry.path);
    const isOthers = owner !== undefined && owner.package !== '' && !this.#compared.has(owner.package);
    const isVouched = !isOthers && (owner?.state === 'matching' || owner?.state === 'expected');
    const how = always ?? (isVouched ? 'doctored' : 'differs');
    yield { entry, says, delivered, how, graded: gradeOf(place, entry, how, !isOthers && always === undefined) };
  }
}

const proofsOf = (
  audit: Pick<AuditResult, 'layers' | 'context'>,
  { entry, says, delivered }: Difference,
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
      value: toPlainText(says, 300),
    },
  ];
};

const statements: Readonly<Record<How, (named: string, count: number) => Pick<Finding, 'rule' | 'title' | 'advice'>>> =
  {
    doctored: (named, count) => ({
      rule: 'package-integrity/database-doctored',
      title: `${count === 1 ? 'A file is not the one' : `${count} files are not those`} in the distribution’s signed archive, and the image’s package database says that all is well (${named})`,
      advice:
        'Do not run the image: the database was changed so that nobody notices. Build again from a base that you trust, and find out who could write to this one.',
    }),
    differs: (named, count) => ({
      rule: 'package-integrity/archive-file-differs',
      title: `${count === 1 ? 'A file is not the one' : `${count} files are not those`} in the distribution’s signed archive (${named})`,
      advice: 'Find the build step that replaced it. Install the package again if nobody can say why.',
    }),
    added: (named, count) => ({
      rule: 'package-integrity/archive-lacks-file',
      title: `The image’s package database counts ${count === 1 ? 'a program' : `${count} programs`} to a package that does not hold it in the distribution’s signed archive (${named})`,
      advice:
        'Do not run the image: somebody wrote a program of theirs into the list of a package. Build again from a base that you trust.',
    }),
  };

const toFinding = (
  audit: Pick<AuditResult, 'layers' | 'context'>,
  group: readonly [Difference, ...Difference[]],
): Finding => {
  const [first] = group;
  const { name, version } = first.delivered;
  const named = toPlainText(`${name} ${version}`, 120);
  const [proof, ...others] = group.slice(0, shownProofs).flatMap((difference) => proofsOf(audit, difference));
  return {
    ...statements[first.how](named, group.length),
    ...first.graded,
    intent: 'tampering',
    techniques: first.how === 'differs' ? ['T1554'] : ['T1554', 'T1565.001'],
    evidence: [proof ?? { kind: 'signature', field: named, value: first.says }, ...others],
  };
};

/** One finding for each grave difference, one a package and grade for the others. */
export const compareWithArchive = (
  audit: Pick<AuditResult, 'inventory' | 'context' | 'layers' | 'packages'>,
  packages: readonly DeliveredPackage[],
): readonly Finding[] => {
  const groups = new Map<string, [Difference, ...Difference[]]>();
  for (const difference of new Comparison(audit, packages).differences()) {
    const { entry, delivered, how, graded } = difference;
    const isGrave = graded.severity === 'critical' || graded.severity === 'high';
    const key = JSON.stringify([
      delivered.name,
      delivered.architecture,
      how,
      graded.severity,
      isGrave ? entry.path : '',
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [difference]);
    else group.push(difference);
  }
  return [...groups.values()].map((group) => toFinding(audit, group));
};
