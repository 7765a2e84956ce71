/** A signed bundle → an artifact beside its image in the registry, where the verifiers and cosign look. OCI image specification 1.1, "Associating". */
import type { Context } from '../core/context.ts';
import { referrersTag, type Digest } from '../core/digest.ts';
import { isFault, malformed } from '../core/fault.ts';
import type { RegistryReference } from '../core/reference.ts';
import { ociIndexType, ociManifestType, parseManifest } from '../formats/records/oci-manifest.ts';
import { verdictPredicateType } from '../formats/records/verdict-predicate.ts';
import { isJsonObject, parseStrictJson } from '../formats/strict-json.ts';
import { digestOf } from '../image/digest-mismatch.ts';
import type { HttpOptions } from '../io/http-client.ts';
import { openRegistryClient, type RegistryClient } from '../io/registry-client.ts';
import { openRegistryWriter, type RegistryWriter } from '../io/registry-writer.ts';
import { bundleType } from './attest-key.ts';

const emptyType = 'application/vnd.oci.empty.v1+json';

interface Written {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

const toBytes = (document: object): Buffer => Buffer.from(JSON.stringify(document));

/** The image's manifest as the registry has it: its type and size belong into the artifact. */
const readSubject = async (
  client: RegistryClient,
  repository: string,
  digest: Digest,
  context: Context,
): Promise<Written> => {
  const where = `manifest ${digest}`;
  const { bytes, contentType } = await client.readManifest(repository, digest, context);
  if (digestOf(bytes, digest) !== digest)
    throw malformed('MANIFEST_ALTERED', 'the registry gives other bytes for this digest', where);
  return { mediaType: parseManifest(bytes, { contentType }, where).mediaType, digest, size: bytes.length };
};

/** What others put on the list stays on it, as they wrote it. */
const readList = async (
  client: RegistryClient,
  repository: string,
  tag: string,
  context: Context,
): Promise<readonly unknown[]> => {
  try {
    const { bytes } = await client.readManifest(repository, tag, context);
    const options = { where: `tag ${tag}`, subject: 'MANIFEST', maximumBytes: context.limits.record };
    const list = parseStrictJson(bytes, options);
    const entries = isJsonObject(list) ? list['manifests'] : undefined;
    if (Array.isArray(entries)) return entries as readonly unknown[];
    throw malformed('MANIFEST_INVALID', 'what lies under the tag for referrers is no index', `tag ${tag}`);
  } catch (thrown) {
    if (isFault(thrown) && thrown.code === 'MANIFEST_UNKNOWN') return [];
    throw thrown;
  }
};

/** Distribution specification, "Referrers Tag Schema": for registries that keep no list themselves. */
const addToList = async (
  client: RegistryClient,
  writer: RegistryWriter,
  repository: string,
  subject: Digest,
  entry: Written & object,
  context: Context,
): Promise<void> => {
  const tag = referrersTag(subject);
  const others = await readList(client, repository, tag, context);
  if (others.some((other) => isJsonObject(other) && other['digest'] === entry.digest)) return;
  const bytes = toBytes({ schemaVersion: 2, mediaType: ociIndexType, manifests: [...others, entry] });
  await writer.putManifest(repository, { bytes, mediaType: ociIndexType }, tag, context);
};

export interface PushedBundle {
  /** Of the artifact's manifest. */
  readonly digest: Digest;
}

/**
 * @param at when it was judged; ISO 8601
 * @throws {Fault} unavailable, malformed: the registry does not take it, or does not have the image
 */
export const pushBundle = async (
  bundle: string,
  reference: RegistryReference,
  subjectDigest: Digest,
  at: string,
  context: Context,
  options: HttpOptions = {},
): Promise<PushedBundle> => {
  const { registry, repository } = reference;
  await using client = openRegistryClient(registry, context, options);
  await using writer = openRegistryWriter(registry, context, options);
  const subject = await readSubject(client, repository, subjectDigest, context);
  const put = async (bytes: Uint8Array, mediaType: string): Promise<Written> => ({
    mediaType,
    digest: await writer.putBlob(repository, bytes, context),
    size: bytes.length,
  });
  const config = await put(Buffer.from('{}'), emptyType);
  const layer = await put(Buffer.from(bundle), bundleType);
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': verdictPredicateType,
    'org.opencontainers.image.created': at,
  };
  const bytes = toBytes({
    schemaVersion: 2,
    mediaType: ociManifestType,
    artifactType: bundleType,
    config,
    layers: [layer],
    subject,
    annotations,
  });
  const digest = digestOf(bytes);
  const { isListed } = await writer.putManifest(repository, { bytes, mediaType: ociManifestType }, digest, context);
  const entry = { mediaType: ociManifestType, digest, size: bytes.length, artifactType: bundleType, annotations };
  if (!isListed) await addToList(client, writer, repository, subjectDigest, entry, context);
  return { digest };
};
