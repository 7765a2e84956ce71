/** A JSON value → a Descriptor, following descriptor.md of the OCI image specification 1.1. */
import { createHash } from 'node:crypto';

import { isDigest, digestAlgorithm, digestHex } from '../../core/digest.ts';
import { malformed, type Fault } from '../../core/fault.ts';
import type { Descriptor } from '../../core/image.ts';
import type { Platform } from '../../core/platform.ts';
import { isMediaType, normaliseMediaType } from '../media-type.ts';
import { foldName, isJsonObject, type JsonObject } from '../strict-json.ts';

export const invalidManifest = (reason: string, where: string): Fault => malformed('MANIFEST_INVALID', reason, where);

/**
 * Refuses names that only readers written in Go take for one of `known` (they ignore case), so that nobody shows those
 * readers other layers than us.
 * @throws {Fault} malformed `MANIFEST_AMBIGUOUS`
 */
export const refuseLookalikes = (
  object: JsonObject,
  known: ReadonlySet<string>,
  field: string,
  where: string,
): void => {
  const folded = new Set([...known].map(foldName));
  for (const name of Object.keys(object))
    if (!known.has(name) && folded.has(foldName(name)))
      throw malformed(
        'MANIFEST_AMBIGUOUS',
        `${field}${JSON.stringify(name.slice(0, 80))} differs from a field's name only in case: some readers take it for the field`,
        where,
      );
};

/** A string, or undefined where absent, null or empty. @throws {Fault} `MANIFEST_INVALID` */
export const optionalText = (value: unknown, field: string, where: string): string | undefined => {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw invalidManifest(`${field} is no string`, where);
  return value;
};

/** A map of strings; null and absence are none. @throws {Fault} `MANIFEST_INVALID` */
export const stringMap = (
  value: unknown,
  field: string,
  where: string,
): Readonly<Record<string, string>> | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw invalidManifest(`${field} is no object`, where);
  for (const [name, text] of Object.entries(value))
    if (typeof text !== 'string')
      throw invalidManifest(`${field}[${JSON.stringify(name.slice(0, 80))}] is no string`, where);
  return value as Readonly<Record<string, string>>;
};

const platformNames = new Set(['architecture', 'os', 'os.version', 'os.features', 'variant', 'features']);

const parsePlatformObject = (value: unknown, field: string, where: string): Platform | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw invalidManifest(`${field} is no object`, where);
  refuseLookalikes(value, platformNames, `${field}.`, where);
  const os = optionalText(value['os'], `${field}.os`, where)?.toLowerCase();
  const architecture = optionalText(value['architecture'], `${field}.architecture`, where)?.toLowerCase();
  const variant = optionalText(value['variant'], `${field}.variant`, where)?.toLowerCase();
  const osVersion = optionalText(value['os.version'], `${field}.os.version`, where);
  if (os === undefined && architecture === undefined) return undefined;
  if (os === undefined || architecture === undefined)
    throw invalidManifest(`${field} needs both os and architecture`, where);
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { osVersion }),
  };
};

/** Content that travels inside the descriptor must be the content that the digest names, or there are two of them. */
const verifyEmbedded = (value: unknown, descriptor: Descriptor, field: string, where: string): void => {
  const data = optionalText(value, `${field}.data`, where);
  if (data === undefined) return;
  const bytes = Buffer.from(data, 'base64');
  const actual = createHash(digestAlgorithm(descriptor.digest)).update(bytes).digest('hex');
  if (bytes.toString('base64') !== data || bytes.length !== descriptor.size || actual !== digestHex(descriptor.digest))
    throw malformed('MANIFEST_AMBIGUOUS', `${field}.data is not the content that its digest and size name`, where);
};

const descriptorNames = new Set([
  'mediaType',
  'digest',
  'size',
  'urls',
  'annotations',
  'data',
  'platform',
  'artifactType',
]);

/**
 * `mediaType` and `artifactType` come out in normal form: lower case, no parameters.
 * @throws {Fault} malformed `MANIFEST_INVALID`, `MANIFEST_AMBIGUOUS` or `DIGEST_INVALID`
 */
export const parseDescriptor = (value: unknown, field: string, where: string): Descriptor => {
  if (!isJsonObject(value)) throw invalidManifest(`${field} is no descriptor object`, where);
  refuseLookalikes(value, descriptorNames, `${field}.`, where);
  const { mediaType, digest, size, urls } = value;
  if (typeof mediaType !== 'string' || !isMediaType(normaliseMediaType(mediaType)))
    throw invalidManifest(`${field}.mediaType is no media type`, where);
  if (typeof digest !== 'string' || !isDigest(digest))
    throw malformed('DIGEST_INVALID', `${field}.digest is no sha256 or sha512 digest`, where);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalidManifest(`${field}.size is no number of bytes`, where);
  if (urls !== undefined && urls !== null && !(Array.isArray(urls) && urls.every((url) => typeof url === 'string')))
    throw invalidManifest(`${field}.urls is no list of strings`, where);
  const artifactType = optionalText(value['artifactType'], `${field}.artifactType`, where);
  const platform = parsePlatformObject(value['platform'], `${field}.platform`, where);
  const annotations = stringMap(value['annotations'], `${field}.annotations`, where);
  const descriptor: Descriptor = {
    mediaType: normaliseMediaType(mediaType),
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType: normaliseMediaType(artifactType) }),
    ...(platform === undefined ? {} : { platform }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(Array.isArray(urls) && urls.length > 0 ? { urls } : {}),
  };
  verifyEmbedded(value['data'], descriptor, field, where);
  return descriptor;
};
