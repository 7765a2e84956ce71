/** `docker://REGISTRY/NAME[:TAG][@DIGEST]` → Images. The tag is resolved once; everything after goes by digest. OCI distribution specification 1.1. */
import { collect } from '../../core/collect.ts';
import type { Context } from '../../core/context.ts';
import { isDigest, referrersTag, type Digest } from '../../core/digest.ts';
import { isFault, malformed, misuse } from '../../core/fault.ts';
import type { Finding } from '../../core/finding.ts';
import type { Gap } from '../../core/gap.ts';
import type { Descriptor, Image, ImageSource, Repository } from '../../core/image.ts';
import { formatPlatform } from '../../core/platform.ts';
import { formatReference, type RegistryReference } from '../../core/reference.ts';
import { parseManifest, type ManifestDocument } from '../../formats/records/oci-manifest.ts';
import { openRegistryClient, type ManifestAnswer, type RegistryClient } from '../../io/registry-client.ts';
import { assembleImage } from '../assemble.ts';
import { chooseManifests, requirePlatform, type ChosenManifest, type LoadedRoot } from '../choose-platform.ts';
import { digestMismatch, sizeMismatch } from '../digest-mismatch.ts';
import { openRepository, type RepositoryPlace } from '../repository.ts';

interface LoadedManifest {
  readonly document: ManifestDocument;
  /** Of the bytes. */
  readonly digest: Digest;
  readonly size: number;
}

/** Manifests of one repository, each fetched once, with what did not fit noted. */
interface ManifestLoader {
  readonly findings: readonly Finding[];
  root(tagOrDigest: string): Promise<LoadedRoot>;
  load(descriptor: Descriptor): Promise<ManifestDocument>;
  /** Digest of the bytes that a loaded descriptor led to. */
  actual(claimed: Digest): Digest;
}

const openManifestLoader = (client: RegistryClient, repository: string, context: Context): ManifestLoader => {
  const findings: Finding[] = [];
  const loaded = new Map<string, LoadedManifest>();

  const read = async (tagOrDigest: string, mediaType: string | undefined): Promise<LoadedManifest> => {
    const known = loaded.get(tagOrDigest);
    if (known !== undefined) return known;
    const answer: ManifestAnswer = await client.readManifest(repository, tagOrDigest, context);
    const { bytes, contentType, digest, claimedDigest } = answer;
    const document = parseManifest(bytes, { mediaType, contentType }, `manifest ${tagOrDigest}`);
    const subject = document.kind === 'index' ? 'index' : 'manifest';
    const claimed = isDigest(tagOrDigest) && tagOrDigest !== digest ? tagOrDigest : claimedDigest;
    if (claimed !== undefined) findings.push(digestMismatch(subject, claimed, digest));
    const manifest = { document, digest, size: bytes.length };
    loaded.set(tagOrDigest, manifest);
    loaded.set(digest, manifest);
    return manifest;
  };

  return {
    findings,
    actual: (claimed) => loaded.get(claimed)?.digest ?? claimed,
    async root(tagOrDigest) {
      const { document, digest, size } = await read(tagOrDigest, undefined);
      return { document, descriptor: { mediaType: document.mediaType, digest, size } };
    },
    async load(descriptor) {
      const { document, digest, size } = await read(descriptor.digest, descriptor.mediaType);
      if (digest === descriptor.digest && size !== descriptor.size)
        findings.push(sizeMismatch('manifest', descriptor.size, size));
      return document;
    },
  };
};

/** What lies beside the images of one repository. A manifest that the registry says it does not have is absent; every other refusal is a Fault. */
const openPlace = (client: RegistryClient, { registry: host, repository }: RegistryReference): RepositoryPlace => {
  const readManifest: RepositoryPlace['readManifest'] = async (tagOrDigest, context) => {
    try {
      return await client.readManifest(repository, tagOrDigest, context);
    } catch (thrown) {
      if (isFault(thrown) && thrown.code === 'MANIFEST_UNKNOWN') return undefined;
      throw thrown;
    }
  };
  const readList = (bytes: Uint8Array, contentType: string | undefined, subject: Digest): readonly Descriptor[] => {
    const where = `referrers of ${subject}`;
    const document = parseManifest(bytes, { contentType }, where);
    if (document.kind !== 'index') throw malformed('MANIFEST_KIND_DISAGREES', 'the list is no index', where);
    return document.manifests;
  };
  return {
    name: `${host}/${repository}`,
    where: `${host}/${repository}`,
    readManifest,
    openBlob: (descriptor, maximum, context) => client.openBlob(repository, { ...descriptor, maximum }, context),
    async *walkReferrers(subject, context) {
      let listed = false;
      for await (const { bytes, contentType, from } of client.walkReferrers(repository, subject, context)) {
        const descriptors = readList(bytes, contentType, subject);
        if (descriptors.length > 0 || from === 'tag') listed = true;
        yield { from: from === 'api' ? 'computed' : 'written', descriptors };
      }
      // An API that knows of none: what was pushed before the registry had one may lie under the tag alone.
      const written = listed ? undefined : await readManifest(referrersTag(subject), context);
      if (written !== undefined)
        yield { from: 'written', descriptors: readList(written.bytes, written.contentType, subject) };
    },
  };
};

/** Several images share one client; the last one closes it. */
const shareClient = (client: RegistryClient, owners: number): (() => () => Promise<void>) => {
  let left = owners;
  return () => {
    let owned = true;
    return async () => {
      if (owned) left -= 1;
      owned = false;
      if (left === 0) await client[Symbol.asyncDispose]();
    };
  };
};

/** A chosen manifest whose config has been read. */
interface ReadyManifest {
  readonly chosen: ChosenManifest;
  readonly configBytes: Uint8Array;
}

/** One platform of many that cannot be had is a gap of the others; the only one that was asked for is a failure. */
const readConfigs = async (
  client: RegistryClient,
  repository: string,
  chosen: readonly ChosenManifest[],
  context: Context,
): Promise<{ readonly ready: readonly ReadyManifest[]; readonly gaps: readonly Gap[] }> => {
  const ready: ReadyManifest[] = [];
  const gaps: Gap[] = chosen.flatMap((one) => one.gaps);
  let reason: unknown;
  for (const one of chosen) {
    const { config } = one.document;
    try {
      // All of it, also where the manifest states another size: only the whole can be compared with its digest.
      const stream = await client.openBlob(repository, { ...config, maximum: context.limits.record }, context);
      const configBytes = await collect(stream, context.limits.record, `config ${config.digest}`);
      ready.push({ chosen: one, configBytes });
    } catch (thrown) {
      if (!isFault(thrown) || thrown.kind === 'misuse' || context.signal.aborted) throw thrown;
      reason ??= thrown;
      const name = one.platform === undefined ? one.descriptor.digest : formatPlatform(one.platform);
      gaps.push({ where: `platform ${name}`, code: thrown.code, reason: thrown.message, bytes: 0, executable: true });
    }
  }
  if (ready.length === 0) throw reason;
  return { ready, gaps };
};

const toImage = (
  client: RegistryClient,
  reference: RegistryReference,
  { chosen, configBytes }: ReadyManifest,
  loader: ManifestLoader,
  gaps: readonly Gap[],
  beside: Repository,
  dispose: () => Promise<void>,
): Image => {
  const { repository } = reference;
  const { document, indexDigest, platform } = chosen;
  const manifestDigest = loader.actual(chosen.descriptor.digest);
  return assembleImage({
    reference: formatReference({ ...reference, digest: manifestDigest }),
    ...(indexDigest === undefined ? {} : { indexDigest }),
    manifestDigest,
    manifest: document,
    configBytes,
    configDigest: document.config.digest,
    ...(platform === undefined ? {} : { indexPlatform: platform }),
    openLayer: async (position, now) => {
      const layer = document.layers[position];
      if (layer === undefined) throw malformed('LAYER_MISSING', `there is no layer ${position}`, manifestDigest);
      return client.openBlob(repository, { ...layer, maximum: now.limits.bytes }, now);
    },
    repository: beside,
    dispose,
    findings: [...loader.findings, ...chosen.findings],
    gaps,
  });
};

export const registry: ImageSource = {
  id: 'registry',
  about: 'a registry that speaks the OCI distribution or Docker registry protocol',
  /** A digest in the reference decides, whatever the tag beside it names now. */
  async resolve(reference, choice, context) {
    if (reference.scheme !== 'docker')
      throw misuse('REFERENCE_INVALID', `expected docker://NAME, not ${formatReference(reference)}`);
    const client = openRegistryClient(reference.registry, context);
    try {
      const loader = openManifestLoader(client, reference.repository, context);
      const root = await loader.root(reference.digest ?? reference.tag ?? 'latest');
      const chosen = await chooseManifests(root, choice, (descriptor) => loader.load(descriptor));
      const { ready, gaps } = await readConfigs(client, reference.repository, chosen, context);
      const share = shareClient(client, ready.length);
      const beside = openRepository(openPlace(client, reference));
      const images = ready.map((one, position) =>
        toImage(client, reference, one, loader, position === 0 ? gaps : [], beside, share()),
      );
      for (const { note } of chosen)
        if (note !== undefined) context.log.warn(note, { image: formatReference(reference) });
      const [only] = images;
      if (only !== undefined && images.length === 1) requirePlatform(only, choice);
      return images;
    } catch (thrown) {
      await client[Symbol.asyncDispose]();
      throw thrown;
    }
  },
};
