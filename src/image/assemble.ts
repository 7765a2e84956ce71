/** Manifest, config and layers as a source found them → an Image, verified and linked. OCI image specification, config.md and manifest.md. */
import type { ByteStream } from '../core/bytes.ts';
import type { Context } from '../core/context.ts';
import type { Digest } from '../core/digest.ts';
import { isFault } from '../core/fault.ts';
import type { Finding } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import type { Descriptor, Image, ImageConfig, Layer, Repository } from '../core/image.ts';
import { formatPlatform, type Platform } from '../core/platform.ts';
import { parseImageConfig } from '../formats/records/image-config.ts';
import { describeArtifact, type ImageManifest } from '../formats/records/oci-manifest.ts';
import { digestMismatch, digestOf, sizeMismatch } from './digest-mismatch.ts';

export type LayerSource = Pick<Layer, 'digest' | 'mediaType' | 'size' | 'annotations'>;

export interface ImageParts {
  /** Canonical, pinned. */
  readonly reference: string;
  /** As the archive or layout writes them. */
  readonly names?: readonly string[];
  /** Digests of bytes that the source itself has read and hashed, never of what a descriptor claims. */
  readonly indexDigest?: Digest;
  readonly manifestDigest?: Digest;
  readonly manifest?: ImageManifest;
  readonly configBytes: Uint8Array;
  /**
   * As the manifest (or the archive) names the config; checked here against `configBytes`. Absent: the config has no name
   * of its own (images before content addressing), so that the identity has none either.
   */
  readonly configDigest?: Digest;
  /** The platform that the index's entry states; checked against the config's. */
  readonly indexPlatform?: Platform;
  /** Lowest first. Absent: the manifest's; without a manifest one for each diffID. */
  readonly layers?: readonly LayerSource[];
  openLayer(position: number, context: Context): Promise<ByteStream>;
  /** As `Image.repository`; the image's referrers come from it. */
  readonly repository?: Repository;
  dispose?(): Promise<void>;
  readonly findings?: readonly Finding[];
  /** May grow while layers are read; `Image.gaps` shows what it holds at that moment. */
  readonly gaps?: readonly Gap[];
}

interface ReadConfig {
  readonly config?: ImageConfig;
  readonly platform?: Platform;
  readonly diffIds: readonly Digest[];
  readonly gaps: readonly Gap[];
}

/** A config that cannot be read is a Gap: the layers are audited all the same. */
const readConfig = (parts: ImageParts): ReadConfig => {
  const where = parts.configDigest === undefined ? 'config' : `config (${parts.configDigest})`;
  const artifact = parts.manifest === undefined ? undefined : describeArtifact(parts.manifest);
  if (artifact !== undefined)
    return {
      diffIds: [],
      gaps: [
        {
          where: 'manifest',
          code: 'ARTIFACT_NOT_IMAGE',
          reason: `this is ${artifact}, not a container image: nothing of it was judged as a program that runs`,
          bytes: 0,
        },
      ],
    };
  try {
    const { config, platform, diffIds } = parseImageConfig(parts.configBytes, where);
    return { config, ...(platform === undefined ? {} : { platform }), diffIds, gaps: [] };
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
    const gap = { where, code: thrown.code, reason: thrown.message, bytes: parts.configBytes.length, executable: true };
    return { diffIds: [], gaps: [gap] };
  }
};

/** Image specification, config.md: `history` entries that are not `empty_layer` stand for the layers, in order. */
const buildSteps = (
  config: ImageConfig | undefined,
  layerCount: number,
): { steps: readonly string[]; finding?: Finding } => {
  const steps = (config?.history ?? []).filter(({ emptyLayer }) => !emptyLayer).map(({ createdBy }) => createdBy);
  if (steps.length === layerCount || steps.length === 0) return { steps };
  return {
    steps: [],
    finding: {
      rule: 'image/history-mismatch',
      title: 'The build history does not fit the layers',
      severity: 'info',
      confidence: 'high',
      intent: 'hygiene',
      techniques: [],
      advice: 'No build step can be named for a layer of this image. Rebuild it with a builder that keeps its history.',
      evidence: [
        { kind: 'config', field: 'history entries that made a layer', value: String(steps.length) },
        { kind: 'config', field: 'layers', value: String(layerCount) },
      ],
    },
  };
};

const layerCountMismatch = (layers: number, diffIds: number): Finding => ({
  rule: 'image/layer-count-mismatch',
  title: 'Manifest and config disagree about the number of layers',
  severity: 'high',
  confidence: 'high',
  intent: 'tampering',
  techniques: ['T1525'],
  advice: 'Do not run this image: programs that read it take different layers for its content. Rebuild it.',
  evidence: [
    { kind: 'config', field: 'layers', value: String(layers) },
    { kind: 'config', field: 'rootfs.diff_ids', value: String(diffIds) },
  ],
});

/** Engines choose by the index and run what the manifest holds: a difference shows one image and runs another. */
const platformDisagreement = (listed: Platform, stated: Platform): Finding | undefined => {
  const other = listed.os !== stated.os || listed.architecture !== stated.architecture;
  const variant = listed.variant !== undefined && stated.variant !== undefined && listed.variant !== stated.variant;
  if (!other && !variant) return undefined;
  return {
    rule: 'image/platform-mismatch',
    title: 'The index and the config disagree about the platform',
    severity: other ? 'medium' : 'low',
    confidence: 'high',
    intent: 'tampering',
    techniques: ['T1036'],
    advice: 'Check with the publisher which platform the image is built for before using it.',
    evidence: [
      { kind: 'config', field: 'platform in the index', value: formatPlatform(listed) },
      { kind: 'config', field: 'platform in the config', value: formatPlatform(stated) },
    ],
  };
};

const layerSources = ({ layers, manifest }: ImageParts, diffIds: readonly Digest[]): readonly LayerSource[] =>
  layers ?? manifest?.layers ?? diffIds.map(() => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar' }));

/**
 * Checks what can be checked before any layer is read: the config's digest, the number of layers, the platform.
 * What does not fit becomes a finding or a gap of the Image; nothing is thrown but bugs.
 */
export const assembleImage = (parts: ImageParts): Image => {
  const configDigest = parts.configDigest && digestOf(parts.configBytes, parts.configDigest);
  const { config, platform = parts.indexPlatform, diffIds, gaps } = readConfig(parts);
  const sources = layerSources(parts, diffIds);
  const ownFindings: Finding[] = [];
  const ownGaps: Gap[] = [...gaps];

  const configSize = parts.manifest?.config.size ?? parts.configBytes.length;
  if (parts.configDigest !== undefined && configDigest !== undefined && configDigest !== parts.configDigest)
    ownFindings.push(digestMismatch('config', parts.configDigest, configDigest));
  else if (configSize !== parts.configBytes.length)
    ownFindings.push(sizeMismatch('config', configSize, parts.configBytes.length));
  const { steps, finding } = buildSteps(config, sources.length);
  if (finding !== undefined) ownFindings.push(finding);
  // Images of before content addressing have no diffIDs.
  if (config !== undefined && configDigest !== undefined && sources.length !== diffIds.length) {
    ownFindings.push(layerCountMismatch(sources.length, diffIds.length));
    for (const diffId of diffIds.slice(sources.length))
      ownGaps.push({
        where: `layer ${diffIds.indexOf(diffId)}`,
        code: 'LAYER_MISSING',
        reason: `the config names a layer ${diffId} that the manifest does not have`,
        bytes: 0,
        executable: true,
      });
  }
  if (parts.indexPlatform !== undefined && platform !== undefined) {
    const disagreement = platformDisagreement(parts.indexPlatform, platform);
    if (disagreement !== undefined) ownFindings.push(disagreement);
  }

  let disposed = false;
  const layers = sources.map((source, position): Layer => {
    const diffId = diffIds[position];
    const createdBy = steps[position];
    return {
      ...(source.digest === undefined ? {} : { digest: source.digest }),
      ...(diffId === undefined ? {} : { diffId }),
      mediaType: source.mediaType,
      ...(source.size === undefined ? {} : { size: source.size }),
      ...(createdBy === undefined ? {} : { createdBy }),
      ...(source.annotations === undefined ? {} : { annotations: source.annotations }),
      open: (context) => parts.openLayer(position, context),
    };
  });

  return {
    reference: parts.reference,
    digest: parts.manifestDigest ?? configDigest ?? null,
    identity: {
      ...(parts.indexDigest === undefined ? {} : { index: parts.indexDigest }),
      ...(parts.manifestDigest === undefined ? {} : { manifest: parts.manifestDigest }),
      ...(configDigest === undefined ? {} : { config: configDigest }),
      diffIds,
    },
    ...(parts.names === undefined || parts.names.length === 0 ? {} : { names: parts.names }),
    kind: 'container',
    ...(platform === undefined ? {} : { platform }),
    ...(config === undefined ? {} : { config }),
    layers,
    get findings() {
      return [...(parts.findings ?? []), ...ownFindings];
    },
    get gaps() {
      return [...ownGaps, ...(parts.gaps ?? [])];
    },
    ...(parts.repository === undefined ? {} : { repository: parts.repository }),
    referrers: async (context) => {
      const found: Descriptor[] = [];
      for (const subject of [parts.manifestDigest, parts.indexDigest])
        if (subject !== undefined) found.push(...((await parts.repository?.referrers(subject, context)) ?? []));
      return [...new Map(found.map((descriptor) => [descriptor.digest, descriptor])).values()];
    },
    [Symbol.asyncDispose]: async () => {
      // Images share files: one that is disposed of twice must not close them for the others.
      if (disposed) return;
      disposed = true;
      await parts.dispose?.();
    },
  };
};
