/** Manifest bytes → a ManifestDocument, read in one way only: OCI image manifest and index 1.1, Docker schema 2 manifest and list. */
import { defaultLimits } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import type { Descriptor } from '../../core/image.ts';
import { normaliseMediaType } from '../media-type.ts';
import { isJsonObject, parseStrictJson, type JsonObject } from '../strict-json.ts';
import { invalidManifest, optionalText, parseDescriptor, refuseLookalikes, stringMap } from './oci-descriptor.ts';

export { describeArtifact } from './oci-artifact.ts';

interface ManifestCommon {
  /** Normal form. What the body says; else what the descriptor, the Content-Type or the shape says. */
  readonly mediaType: string;
  readonly subject?: Descriptor;
  /** Normal form. */
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ImageManifest extends ManifestCommon {
  readonly kind: 'image';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface IndexManifest extends ManifestCommon {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

export type ManifestDocument = ImageManifest | IndexManifest;

/** What others say the bytes are. Absent: they say nothing. */
export interface ExpectedManifest {
  /** From the descriptor that led here. */
  readonly mediaType?: string | undefined;
  /** From the HTTP response. */
  readonly contentType?: string | undefined;
}

export const ociManifestType = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndexType = 'application/vnd.oci.image.index.v1+json';
export const dockerManifestType = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerListType = 'application/vnd.docker.distribution.manifest.list.v2+json';

const kinds: Readonly<Record<string, 'image' | 'index' | 'schema1'>> = {
  [ociManifestType]: 'image',
  [dockerManifestType]: 'image',
  [ociIndexType]: 'index',
  [dockerListType]: 'index',
  'application/vnd.docker.distribution.manifest.v1+json': 'schema1',
  'application/vnd.docker.distribution.manifest.v1+prettyjws': 'schema1',
};

/** `image`, `index`, `schema1`, or undefined for what is no manifest. */
export const manifestKind = (mediaType: string): 'image' | 'index' | 'schema1' | undefined => {
  const type = normaliseMediaType(mediaType);
  return Object.hasOwn(kinds, type) ? kinds[type] : undefined;
};

/** Types that servers put on anything: they state nothing. */
const unspecific = new Set(['', 'application/json', 'application/octet-stream', 'binary/octet-stream', 'text/plain']);

const manifestNames = new Set([
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
  'fsLayers',
  'blobs',
]);

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

const disagrees = (reason: string, where: string): never => {
  throw malformed('MEDIA_TYPE_DISAGREES', reason, where);
};

const refuseSchema1 = (where: string): never => {
  throw malformed(
    'SCHEMA1_REFUSED',
    'a Docker schema 1 manifest: its layers cannot be tied to their unpacked content one by one, and engines no longer run it; push the image again with a current tool',
    where,
  );
};

/** The one kind on which body, descriptor, Content-Type and shape agree, and the media type that says so. */
const agreedType = (
  body: JsonObject,
  expected: ExpectedManifest,
  where: string,
): { readonly kind: 'image' | 'index'; readonly mediaType: string } => {
  const statements = [
    ['the manifest', optionalText(body['mediaType'], 'mediaType', where)],
    ['its descriptor', expected.mediaType],
    ['the Content-Type', expected.contentType],
  ].flatMap(([who = '', text = '']) => {
    const type = normaliseMediaType(text);
    return unspecific.has(type) ? [] : [{ who, type, kind: manifestKind(type) }];
  });
  const [first] = statements;
  for (const { who, type, kind } of statements) {
    if (first !== undefined && type !== first.type)
      disagrees(`${first.who} says ${first.type.slice(0, 120)}, ${who} says ${type.slice(0, 120)}`, where);
    if (kind === undefined)
      throw malformed('MANIFEST_TYPE_UNKNOWN', `${type.slice(0, 120)} is no manifest that engines run`, where);
    if (kind === 'schema1') disagrees(`${who} says schema 1, the manifest is none`, where);
  }

  const hasImageFields = isPresent(body['config']) || isPresent(body['layers']);
  const hasManifests = isPresent(body['manifests']);
  if (isPresent(body['fsLayers']) || isPresent(body['blobs']))
    disagrees('it holds fields of another kind of manifest (fsLayers or blobs)', where);
  if (hasImageFields && hasManifests) disagrees('it holds the fields of an image and of an index', where);
  const stated = first?.kind === 'index' || first?.kind === 'image' ? first.kind : undefined;
  const shape = hasImageFields ? 'image' : hasManifests || 'manifests' in body ? 'index' : stated;
  if (shape === undefined) throw invalidManifest('it is neither an image manifest nor an index', where);
  if (stated !== undefined && stated !== shape)
    disagrees(`${first?.who ?? ''} says ${first?.type ?? ''}, its fields are those of an ${shape}`, where);
  return { kind: shape, mediaType: first?.type ?? (shape === 'image' ? ociManifestType : ociIndexType) };
};

const parseDescriptors = (value: unknown, field: string, where: string): readonly Descriptor[] => {
  if (!isPresent(value)) return [];
  if (!Array.isArray(value)) throw invalidManifest(`${field} is no list`, where);
  return value.map((item, position) => parseDescriptor(item, `${field}[${position}]`, where));
};

/**
 * Strict, because whoever reads a manifest in two ways can be shown two images.
 * @throws {Fault} malformed `MANIFEST_INVALID`, `MANIFEST_AMBIGUOUS`, `MANIFEST_TYPE_UNKNOWN`, `MEDIA_TYPE_DISAGREES`, `SCHEMA1_REFUSED`,
 * `DIGEST_INVALID`; limit `MANIFEST_TOO_LARGE`
 */
export const parseManifest = (bytes: Uint8Array, expected: ExpectedManifest, where: string): ManifestDocument => {
  const body = parseStrictJson(bytes, { where, subject: 'MANIFEST', maximumBytes: defaultLimits.record });
  if (!isJsonObject(body)) throw invalidManifest('it is no JSON object', where);
  refuseLookalikes(body, manifestNames, '', where);
  if (body['schemaVersion'] === 1) refuseSchema1(where);
  if (body['schemaVersion'] !== 2) throw invalidManifest('schemaVersion is not 2', where);

  const { kind, mediaType } = agreedType(body, expected, where);
  const subject = isPresent(body['subject']) ? parseDescriptor(body['subject'], 'subject', where) : undefined;
  const artifactType = optionalText(body['artifactType'], 'artifactType', where);
  const shared = {
    mediaType,
    ...(subject === undefined ? {} : { subject }),
    ...(artifactType === undefined ? {} : { artifactType: normaliseMediaType(artifactType) }),
    annotations: stringMap(body['annotations'], 'annotations', where) ?? {},
  };
  if (kind === 'index') return { kind, ...shared, manifests: parseDescriptors(body['manifests'], 'manifests', where) };
  if (!isPresent(body['config'])) throw invalidManifest('config is missing', where);
  return {
    kind,
    ...shared,
    config: parseDescriptor(body['config'], 'config', where),
    layers: parseDescriptors(body['layers'], 'layers', where),
  };
};
