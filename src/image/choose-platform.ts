/** An index and what was asked for → the image manifests to judge. OCI image specification, image-index.md; variants as containerd compares them. */
import type { Digest } from '../core/digest.ts';
import { type Fault, isFault, malformed, overLimit, unavailable } from '../core/fault.ts';
import type { Finding } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import type { Descriptor, Image } from '../core/image.ts';
import { formatPlatform, isPlatformMatch, type Platform, type PlatformChoice } from '../core/platform.ts';
import {
  manifestKind,
  type ImageManifest,
  type IndexManifest,
  type ManifestDocument,
} from '../formats/records/oci-manifest.ts';

export interface IndexLimits {
  /** Indexes inside indexes. */
  readonly depth: number;
  /** Entries of all indexes together. */
  readonly manifests: number;
  /**
   * For places that hold only some of an index's images, such as `docker save`: entries that are not there are no
   * candidates, and are listed as missing. Absent: everything is there.
   */
  isPresent?(descriptor: Descriptor): Promise<boolean>;
}

export const indexLimits: IndexLimits = { depth: 4, manifests: 1000 };

export interface ChosenManifest {
  /** Digest of the outermost index; absent when the reference names the manifest itself. */
  readonly indexDigest?: Digest;
  readonly descriptor: Descriptor;
  readonly document: ImageManifest;
  /** As the index states it. */
  readonly platform?: Platform;
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  /** Why this one although nobody asked for it: to be told to the user. */
  readonly note?: string;
}

export interface LoadedRoot {
  readonly descriptor: Descriptor;
  readonly document: ManifestDocument;
}

type LoadManifest = (descriptor: Descriptor) => Promise<ManifestDocument>;

interface Candidate {
  readonly descriptor: Descriptor;
  readonly platform: Platform | undefined;
  readonly present: boolean;
}

/** BuildKit's provenance and SBOM manifests: no engine runs what has this platform. */
const isAttestation = (platform: Platform | undefined): boolean =>
  platform?.os === 'unknown' && platform.architecture === 'unknown';

const nameOf = ({ descriptor, platform }: Candidate): string =>
  `${platform === undefined ? 'no platform stated' : formatPlatform(platform)} (${descriptor.digest})`;

/** What an index says that it has, for an error message: bounded, since a hostile index is long. */
const offerOf = (candidates: readonly Candidate[]): string => {
  const names = candidates.map(
    (candidate) =>
      (candidate.platform === undefined ? 'one without a platform' : formatPlatform(candidate.platform)) +
      (candidate.present ? '' : ' (not in this copy)'),
  );
  const shown = [...new Set(names)].slice(0, 30);
  return shown.length === 0 ? 'no runnable image' : shown.join(', ');
};

/** Every runnable manifest below the root, in the index's order: the first that matches is what engines take. */
const collectCandidates = async (
  root: LoadedRoot & { readonly document: IndexManifest },
  load: LoadManifest,
  limits: IndexLimits,
): Promise<readonly Candidate[]> => {
  const found: Candidate[] = [];
  const known = new Set<string>();
  let entries = 0;
  const descend = async (
    index: readonly Descriptor[],
    inherited: Platform | undefined,
    trail: readonly Digest[],
  ): Promise<void> => {
    for (const descriptor of index) {
      entries += 1;
      if (entries > limits.manifests)
        throw overLimit(
          'INDEX_TOO_LARGE',
          `more than ${limits.manifests} manifests in one index`,
          root.descriptor.digest,
        );
      const platform = descriptor.platform ?? inherited;
      const identity = `${descriptor.digest} ${platform === undefined ? '' : formatPlatform(platform)} ${platform?.osVersion ?? ''}`;
      if (isAttestation(platform)) continue;
      if (trail.includes(descriptor.digest))
        throw malformed('INDEX_LOOP', `the index ${descriptor.digest} contains itself`, root.descriptor.digest);
      // A manifest is listed once; an index that is listed twice is walked once.
      if (known.has(identity)) continue;
      known.add(identity);
      const present = (await limits.isPresent?.(descriptor)) ?? true;
      const kind = manifestKind(descriptor.mediaType);
      if (kind === 'image') found.push({ descriptor, platform, present });
      if (kind !== 'index' || !present) continue;
      if (trail.length >= limits.depth)
        throw overLimit('INDEX_TOO_DEEP', `indexes nested deeper than ${limits.depth}`, root.descriptor.digest);
      const document = await load(descriptor);
      if (document.kind === 'index') await descend(document.manifests, platform, [...trail, descriptor.digest]);
    }
  };
  await descend(root.document.manifests, undefined, [root.descriptor.digest]);
  // Signatures and SBOMs may be listed beside images; alone they are what the reference names.
  const images = found.filter(({ descriptor, platform }) => descriptor.artifactType === undefined || platform);
  return images.length > 0 ? images : found;
};

/** Two contents under one platform: which one runs depends on the engine. Windows builds differ by os.version instead. */
const ambiguity = (taken: Candidate, others: readonly Candidate[]): readonly Finding[] => {
  const rivals = others.filter(
    (other) =>
      other.descriptor.digest !== taken.descriptor.digest && other.platform?.osVersion === taken.platform?.osVersion,
  );
  if (rivals.length === 0) return [];
  const value = [taken, ...rivals].slice(0, 10).map(nameOf).join(', ');
  return [
    {
      rule: 'image/platform-ambiguous',
      title: 'The index offers different images for the same platform',
      severity: 'medium',
      confidence: 'high',
      intent: 'tampering',
      techniques: ['T1036'],
      advice:
        'Pin the manifest digest that you mean: engines differ in which of the entries they run. Only the first was judged.',
      evidence: [{ kind: 'config', field: 'manifests', value }],
    },
  ];
};

interface Choice {
  readonly taken: Candidate;
  readonly rivals: readonly Candidate[];
  readonly note?: string;
}

/** What an architecture without a variant means to containerd. */
const usualVariants: Readonly<Record<string, string>> = { arm: 'v7', arm64: 'v8', amd64: 'v1' };

const samePlatform = (one: Platform, other: Platform): boolean => formatPlatform(one) === formatPlatform(other);

const chooseOne = (
  candidates: readonly Candidate[],
  { platform: wanted, asked }: Extract<PlatformChoice, { all: false }>,
  where: string,
): Choice => {
  const present = candidates.filter((candidate) => candidate.present);
  const matching = present.filter(({ platform }) => platform !== undefined && isPlatformMatch(platform, wanted));
  const usual = { ...wanted, variant: wanted.variant ?? usualVariants[wanted.architecture] ?? '' };
  const exact = matching.filter(({ platform }) => platform !== undefined && samePlatform(platform, wanted));
  const normal = matching.filter(({ platform }) => platform !== undefined && isPlatformMatch(platform, usual));
  const best = [exact, normal, matching].find(({ length }) => length > 0) ?? [];
  const [first] = best;
  if (first !== undefined)
    return {
      taken: first,
      rivals: best.filter(({ platform }) => platform && first.platform && samePlatform(platform, first.platform)),
    };

  const unnamed = present.filter(({ platform }) => platform === undefined);
  const [only] = unnamed.length === 1 ? unnamed : asked ? [] : present;
  if (only !== undefined && (unnamed.length === 1 || present.length === 1))
    return {
      taken: only,
      rivals: [],
      note: `the index offers no ${formatPlatform(wanted)}; took the only one it has: ${nameOf(only)}`,
    };
  throw unavailable(
    'PLATFORM_NOT_FOUND',
    `no image for ${formatPlatform(wanted)}; there is: ${offerOf(candidates)}. Choose one with --platform, or all with --all-platforms`,
    where,
  );
};

const loadImage = async (descriptor: Descriptor, load: LoadManifest): Promise<ImageManifest> => {
  const document = await load(descriptor);
  if (document.kind === 'image') return document;
  throw malformed('MANIFEST_KIND_DISAGREES', 'listed as an image manifest, and is an index', descriptor.digest);
};

/**
 * The manifests to judge: the root itself when it is an image; else the one for the platform, or every one.
 * A chosen manifest is loaded, the others are not. `load` must give the bytes' own reading, and throws a Fault when it cannot.
 * @throws {Fault} unavailable `PLATFORM_NOT_FOUND`; limit `INDEX_TOO_DEEP`, `INDEX_TOO_LARGE`; malformed `INDEX_LOOP`
 */
export const chooseManifests = async (
  root: LoadedRoot,
  choice: PlatformChoice,
  load: LoadManifest,
  limits: IndexLimits = indexLimits,
): Promise<readonly ChosenManifest[]> => {
  const { descriptor, document } = root;
  if (document.kind === 'image') return [{ descriptor, document, findings: [], gaps: [] }];
  const candidates = await collectCandidates({ descriptor, document }, load, limits);
  const indexDigest = descriptor.digest;
  if (!choice.all) {
    const { taken, rivals, note } = chooseOne(candidates, choice, indexDigest);
    return [
      {
        indexDigest,
        descriptor: taken.descriptor,
        document: await loadImage(taken.descriptor, load),
        ...(taken.platform === undefined ? {} : { platform: taken.platform }),
        findings: ambiguity(taken, rivals),
        gaps: [],
        ...(note === undefined ? {} : { note }),
      },
    ];
  }
  const chosen: ChosenManifest[] = [];
  const missing: Gap[] = [];
  let reason: Fault | undefined;
  for (const candidate of candidates) {
    try {
      if (!candidate.present)
        throw unavailable(
          'PLATFORM_NOT_STORED',
          'the index lists this image, and this copy does not hold it',
          nameOf(candidate),
        );
      const manifest = await loadImage(candidate.descriptor, load);
      const { platform } = candidate;
      chosen.push({
        indexDigest,
        descriptor: candidate.descriptor,
        document: manifest,
        ...(platform === undefined ? {} : { platform }),
        findings: [],
        // The first image carries what no image could carry: the platforms that could not be had.
        gaps: chosen.length === 0 ? missing : [],
      });
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      reason ??= thrown;
      missing.push({
        where: `platform ${nameOf(candidate)}`,
        code: thrown.code,
        reason: thrown.message,
        bytes: candidate.descriptor.size,
        executable: true,
      });
    }
  }
  if (chosen.length === 0)
    throw reason ?? unavailable('PLATFORM_NOT_FOUND', 'the index offers no runnable image', indexDigest);
  return chosen;
};

/**
 * For an image that is not chosen from an index: refuses to judge one platform when another was asked for by name.
 * @throws {Fault} unavailable `PLATFORM_NOT_FOUND`
 */
export const requirePlatform = (image: Pick<Image, 'platform' | 'reference'>, choice: PlatformChoice): void => {
  if (choice.all || !choice.asked || image.platform === undefined) return;
  if (isPlatformMatch(image.platform, choice.platform)) return;
  throw unavailable(
    'PLATFORM_NOT_FOUND',
    `no image for ${formatPlatform(choice.platform)}; there is: ${formatPlatform(image.platform)}. Ask for that one with --platform, or leave the flag out`,
    image.reference,
  );
};
