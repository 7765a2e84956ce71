/** Facts of all layers with visibility resolved → what every analyzer concludes, its proofs stamped with layer, build step and context. */
import {
  toConclusion,
  type Analyzer,
  type Conclusion,
  type FileOwner,
  type InventoryEntry,
  type Observation,
  type Subject,
} from '../core/analyzer.ts';
import type { InstalledPackage } from '../core/dossier.ts';
import { compareFindings, severityRank, type Evidence, type Finding, type Placement } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import type { Identity } from '../core/identity.ts';
import type { Image, Layer } from '../core/image.ts';
import type { Ecosystem, PackageRecord } from '../core/package-record.ts';
import type { Announced } from '../core/program-inventory.ts';
import type { LayerFacts } from './layer-facts.ts';
import { oddityRemarks } from './oddity-remarks.ts';
import { fileTypes, fromRow, kindOfNumber, toInventoryEntry, type HeaderRow } from './protocol.ts';
import { resolveLayers, type Visibility } from './visibility.ts';

/** Findings of one rule that a report keeps; the others are counted. */
export const keptPerRule = 20;

/** The layers of one image with what is known about each; `facts` in the order of the layers. */
export interface AuditedLayers extends Visibility {
  readonly layers: readonly Layer[];
  readonly facts: readonly LayerFacts[];
}

export const resolveVisibility = (layers: readonly Layer[], facts: readonly LayerFacts[]): AuditedLayers => {
  const visibility = resolveLayers(facts.map(({ rows }) => rows));
  const withOddities = facts.map((one, index): LayerFacts => {
    const oddities = visibility.oddities[index];
    if (oddities === undefined || oddities.size === 0) return one;
    return { ...one, remarks: [...one.remarks, ...oddityRemarks(oddities, one.rows)] };
  });
  return { layers, ...visibility, facts: withOddities };
};

/** A hard link with what it shows: the content of a file, or where a symbolic link leads. */
const linkedEntry = (
  stated: InventoryEntry,
  facts: readonly LayerFacts[],
  [layer, index]: readonly [number, number],
): InventoryEntry => {
  const shared = facts[layer];
  const row = shared?.rows[index];
  if (shared === undefined || row === undefined) return stated;
  const { type, target = '', size } = fromRow(row);
  const digest = shared.sha256[index] ?? '';
  return {
    ...stated,
    ...(type === 'symlink' ? { type, target } : { size }),
    ...(digest === '' ? {} : { sha256: digest, kind: kindOfNumber(shared.kinds[index] ?? -1) }),
  };
};

export const inventoryOf = ({ facts, hidden, linked }: AuditedLayers): readonly InventoryEntry[] => {
  const inventory: InventoryEntry[] = [];
  for (const [layerIndex, { rows, sha256, kinds }] of facts.entries()) {
    const isHidden = hidden[layerIndex] ?? [];
    let index = 0;
    for (const row of rows) {
      const entry = toInventoryEntry(
        row,
        layerIndex,
        isHidden[index] === true,
        sha256[index] ?? '',
        kinds[index] ?? -1,
      );
      const link = entry.type === 'hardlink' ? linked[layerIndex]?.get(index) : undefined;
      inventory.push(link === undefined ? entry : linkedEntry(entry, facts, link));
      index += 1;
    }
  }
  return inventory;
};

const observationsOf = ({ facts, hidden }: AuditedLayers): ReadonlyMap<string, readonly Observation[]> => {
  const byAnalyzer = new Map<string, Observation[]>();
  for (const [layerIndex, layer] of facts.entries())
    for (const [index, path, sha256, size, analyzer, said] of layer.facts) {
      const observation = { path, sha256, size, layerIndex, hidden: hidden[layerIndex]?.[index] === true, facts: said };
      const known = byAnalyzer.get(analyzer);
      if (known === undefined) byAnalyzer.set(analyzer, [observation]);
      else known.push(observation);
    }
  return byAnalyzer;
};

/** The path of the file in the layer, for a member of an archive in it. */
const outerPath = (path: string): string => {
  const end = path.indexOf('!/');
  return end < 0 ? path : path.slice(0, end);
};

/** What the analyzers together know of the final tree. */
export interface TreeContext {
  readonly launched: ReadonlySet<string>;
  /** Absent where no analyzer found a package database. */
  readonly ownership?: ReadonlyMap<string, FileOwner>;
  readonly announced?: Announced;
  /** A layer was not read to its end: files may be missing. */
  readonly partial?: true;
}

/** Of two analyzers that know a file's owner the first counts. */
const mergeContext = (conclusions: readonly Conclusion[], partial: boolean): TreeContext => {
  const maps = conclusions.flatMap(({ ownership }) => ownership ?? []);
  const [only] = maps;
  const announced = conclusions.flatMap((conclusion) => conclusion.announced ?? []);
  return {
    ...(partial ? { partial } : {}),
    ...(announced.length === 0
      ? {}
      : {
          announced: {
            programs: [...new Set(announced.flatMap(({ programs }) => programs))],
            hosts: [...new Set(announced.flatMap(({ hosts }) => hosts))],
          },
        }),
    launched: new Set(conclusions.flatMap(({ launched = [] }) => [...launched])),
    ...(only === undefined
      ? {}
      : { ownership: maps.length === 1 ? only : new Map(maps.toReversed().flatMap((map) => [...map])) }),
  };
};

const systemEcosystems: ReadonlySet<Ecosystem> = new Set(['deb', 'rpm', 'apk']);

/** A package of a language is owned by whoever published it, and a changed file is not what its package delivers. */
const speaksFor = ({ package: name, ecosystem, state }: FileOwner): boolean =>
  name !== '' && state !== 'changed' && ecosystem !== undefined && systemEcosystems.has(ecosystem);

/** Which entry of which layer a proof is about, by path and, where the analyzer knows it, by layer. */
class Placements {
  readonly #audited: AuditedLayers;
  readonly #context: TreeContext;
  readonly #expected = new Set<string>();
  /** For each layer: expected path → the last entry that states it; made for one layer when it is first asked for. */
  readonly #indexes: (ReadonlyMap<string, number> | undefined)[] = [];

  /** `expected`: paths that will be asked for, few among very many entries. Any other is looked for among all of them, each time. */
  constructor(audited: AuditedLayers, context: TreeContext, expected: Iterable<string>) {
    this.#audited = audited;
    this.#context = context;
    for (const path of expected) this.#expected.add(path).add(outerPath(path));
  }

  /** `isHidden`: what the analyzer itself says counts; it knew which of two entries of one path it meant. */
  of(layerIndex: number, path: string, isHidden?: boolean): Placement {
    const { layers, hidden, facts } = this.#audited;
    const layer = layers[layerIndex];
    const digest = layer?.digest ?? layer?.diffId;
    const entry = this.#entryOf(layerIndex, path);
    const row = entry === undefined ? undefined : facts[layerIndex]?.rows[entry];
    const gone = isHidden ?? (entry === undefined ? undefined : hidden[layerIndex]?.[entry] === true);
    return {
      layerIndex,
      ...(digest === undefined ? {} : { layer: digest }),
      ...(layer?.createdBy === undefined ? {} : { createdBy: layer.createdBy }),
      ...(gone === undefined ? {} : { hidden: gone }),
      ...(row === undefined || gone === true ? {} : this.#contextOf(row)),
    };
  }

  /** The final tree's, so nothing of it holds for a hidden file. A member of an archive is what the archive is. */
  #contextOf([path, type]: HeaderRow): Pick<Placement, 'launched' | 'owner' | 'unowned'> {
    const { launched, ownership } = this.#context;
    const owner = ownership?.get(path);
    const isFile = fileTypes[type] === 'file' || fileTypes[type] === 'hardlink';
    return {
      ...(launched.has(path) ? { launched: true } : {}),
      ...(owner !== undefined && speaksFor(owner) ? { owner: owner.package } : {}),
      ...(ownership !== undefined && owner === undefined && isFile ? { unowned: true } : {}),
    };
  }

  /** The layer that a proof without one means: the highest that has the path, and not only to delete it. */
  layerOf(path: string): number | undefined {
    for (let index = this.#audited.facts.length - 1; index >= 0; index -= 1) {
      const entry = this.#entryOf(index, path);
      const row = entry === undefined ? undefined : this.#audited.facts[index]?.rows[entry];
      if (row !== undefined && fileTypes[row[1]] !== 'deletion') return index;
    }
    return undefined;
  }

  #entryOf(layerIndex: number, path: string): number | undefined {
    // First as it is: a name inside an image may hold the mark that we use for members.
    return this.#find(layerIndex, path) ?? this.#find(layerIndex, outerPath(path));
  }

  #find(layerIndex: number, path: string): number | undefined {
    if (this.#expected.has(path)) return (this.#indexes[layerIndex] ??= this.#indexLayer(layerIndex)).get(path);
    const entry = this.#audited.facts[layerIndex]?.rows.findLastIndex(([stated]) => stated === path) ?? -1;
    return entry < 0 ? undefined : entry;
  }

  #indexLayer(layerIndex: number): ReadonlyMap<string, number> {
    const index = new Map<string, number>();
    let entry = 0;
    for (const row of this.#audited.facts[layerIndex]?.rows ?? []) {
      if (this.#expected.has(row[0])) index.set(row[0], entry);
      entry += 1;
    }
    return index;
  }
}

const pathOf = (proof: Evidence): string | readonly never[] =>
  proof.kind === 'file' || proof.kind === 'excerpt' ? proof.path : [];

const stamp = (proof: Evidence, placements: Placements): Evidence => {
  if (proof.kind !== 'file' && proof.kind !== 'excerpt') return proof;
  const layerIndex = proof.layerIndex ?? placements.layerOf(proof.path);
  if (layerIndex === undefined) return proof;
  return { ...proof, ...placements.of(layerIndex, proof.path, proof.hidden) };
};

const prefixed = (rule: string, analyzer: string): string =>
  rule.startsWith(`${analyzer}/`) ? rule : `${analyzer}/${rule}`;

/** What is started is kept before what no package owns, and that before the rest: decoys must not push it out. */
const urgency = ({ evidence }: Finding): number => {
  const has = (word: 'launched' | 'unowned'): boolean =>
    evidence.some((proof) => (proof.kind === 'file' || proof.kind === 'excerpt') && proof[word] === true);
  return has('launched') ? 0 : has('unowned') ? 1 : 2;
};

/** Worst first; of each rule the `keptPerRule` worst, the last of which says how many more there are. */
export const sortAndCap = (findings: readonly Finding[], kept = keptPerRule): readonly Finding[] => {
  const counts = new Map<string, number>();
  const keep = new Set(
    findings
      .map((finding) => ({ finding, urgency: urgency(finding) }))
      .sort(
        (one, other) =>
          severityRank(other.finding.severity) - severityRank(one.finding.severity) ||
          one.urgency - other.urgency ||
          compareFindings(one.finding, other.finding),
      )
      .filter(({ finding }) => {
        const count = (counts.get(finding.rule) ?? 0) + 1;
        counts.set(finding.rule, count);
        return count <= kept;
      })
      .map(({ finding }) => finding),
  );
  const sorted = [...keep].sort(compareFindings);
  const last = new Map<string, Finding>(sorted.map((finding) => [finding.rule, finding]));
  return sorted.map((finding) => {
    const left = (counts.get(finding.rule) ?? 0) - kept;
    if (left <= 0 || last.get(finding.rule) !== finding) return finding;
    return { ...finding, more: (finding.more ?? 0) + left };
  });
};

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** What reports keep of the records: each package once, in an order of its own. */
const installed = (records: readonly PackageRecord[]): readonly InstalledPackage[] => {
  const known = new Map<string, InstalledPackage>();
  for (const { ecosystem, name, version, purl } of records)
    known.set(JSON.stringify([ecosystem, name, version, purl]), { name, version, ecosystem, purl });
  return [...known.values()].sort(
    (one, other) =>
      compareText(one.ecosystem, other.ecosystem) ||
      compareText(one.name, other.name) ||
      compareText(one.version, other.version) ||
      compareText(one.purl, other.purl),
  );
};

export interface Conclusions {
  readonly inventory: readonly InventoryEntry[];
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  readonly story: readonly string[];
  readonly packages: readonly InstalledPackage[];
  readonly context: TreeContext;
  /** Quick for paths that remarks about the layer name. */
  placementOf(layerIndex: number, path: string): Placement;
}

const isPartial = ({ diffId, gaps }: LayerFacts): boolean =>
  diffId === undefined || gaps.some(({ path, nested }) => path === '' && nested !== true);

/** Findings are neither sorted nor capped yet: those about the layers themselves come with them. */
export const conclude = (
  image: Pick<Image, 'reference' | 'names' | 'kind' | 'platform' | 'config'>,
  identity: Identity,
  audited: AuditedLayers,
  analyzers: readonly Analyzer[],
  dataOf: (analyzer: string) => unknown,
): Conclusions => {
  const { layers } = audited;
  const inventory = inventoryOf(audited);
  const observations = observationsOf(audited);
  const subject: Subject = {
    reference: image.reference,
    ...(image.names === undefined ? {} : { names: image.names }),
    kind: image.kind,
    identity,
    ...(image.platform === undefined ? {} : { platform: image.platform }),
    ...(image.config === undefined ? {} : { config: image.config }),
    layers: layers.map(({ digest, diffId, createdBy }) => ({
      ...(digest === undefined ? {} : { digest }),
      ...(diffId === undefined ? {} : { diffId }),
      ...(createdBy === undefined ? {} : { createdBy }),
    })),
    inventory,
    ...(audited.facts.some(isPartial) ? { partial: true } : {}),
  };
  const ask = (analyzer: Analyzer, about: Subject): Conclusion & { readonly id: string } => ({
    id: analyzer.id,
    ...toConclusion(analyzer.conclude(about, observations.get(analyzer.id) ?? [], dataOf(analyzer.id))),
  });
  const first = analyzers.filter(({ judgesPackages }) => judgesPackages !== true).map((one) => ask(one, subject));
  const withPackages: Subject = { ...subject, packages: first.flatMap(({ packages = [] }) => packages) };
  const last = analyzers.filter(({ judgesPackages }) => judgesPackages === true).map((one) => ask(one, withPackages));
  const concluded = [...first, ...last];
  const context = mergeContext(concluded, subject.partial === true);
  const asked = concluded.flatMap(({ findings }) => findings.flatMap(({ evidence }) => evidence.flatMap(pathOf)));
  const remarked = audited.facts.flatMap(({ remarks }) => remarks.map(({ where }) => where));
  const placements = new Placements(audited, context, [...asked, ...remarked]);
  return {
    inventory,
    findings: concluded.flatMap(({ id, findings }) =>
      findings.map((finding): Finding => {
        const [first, ...others] = finding.evidence;
        const evidence = [stamp(first, placements), ...others.map((proof) => stamp(proof, placements))] as const;
        return { ...finding, rule: prefixed(finding.rule, id), evidence };
      }),
    ),
    gaps: concluded.flatMap(({ gaps = [] }) => gaps),
    story: concluded.flatMap(({ story = [] }) => story),
    packages: installed(concluded.flatMap(({ packages = [] }) => packages)),
    context,
    placementOf: (layerIndex, path) => placements.of(layerIndex, path),
  };
};
