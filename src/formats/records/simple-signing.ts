/** The JSON that a simple signature covers → which content it names, and as what. containers-signature(5). */
import { isDigest, type Digest } from '../../core/digest.ts';
import { malformed, type Fault } from '../../core/fault.ts';
import { isJsonObject, parseStrictJson, type JsonObject } from '../strict-json.ts';

export interface SimpleSigning {
  /** As the signer wrote it. */
  readonly dockerReference: string;
  readonly manifestDigest: Digest;
  readonly creator?: string;
  /** Seconds since 1970, by the signer's clock. */
  readonly timestamp?: number;
}

/** Honest ones have about 300. */
export const simpleSigningBytes = 64 * 1024;

const signatureType = 'atomic container signature';

const invalid = (reason: string, where: string): Fault => malformed('SIMPLE_SIGNING_INVALID', reason, where);

/** The object at `name` with exactly these members: one more may be what another reader goes by. */
const exactly = (value: unknown, names: readonly string[], at: string, where: string): JsonObject => {
  if (!isJsonObject(value)) throw invalid(`${at} is no object`, where);
  const found = Object.keys(value);
  for (const name of names) if (!found.includes(name)) throw invalid(`${at} has no "${name}"`, where);
  const other = found.find((name) => !names.includes(name));
  if (other !== undefined) throw invalid(`${at} has "${other.slice(0, 80)}", which has no place there`, where);
  return value;
};

const textAt = (object: JsonObject, name: string, where: string): string => {
  const value = object[name];
  if (typeof value === 'string') return value;
  throw invalid(`${name} is no text`, where);
};

/** Both may be absent; what else stands in `optional` means nothing. */
const parseOptional = (value: unknown, where: string): Pick<SimpleSigning, 'creator' | 'timestamp'> => {
  if (!isJsonObject(value)) throw invalid('optional is no object', where);
  const has = (name: string): boolean => Object.hasOwn(value, name);
  const { timestamp } = value;
  if (has('timestamp') && !Number.isSafeInteger(timestamp)) throw invalid('timestamp is no whole number', where);
  return {
    ...(has('creator') ? { creator: textAt(value, 'creator', where) } : {}),
    ...(has('timestamp') ? { timestamp: timestamp as number } : {}),
  };
};

/**
 * The caller has verified the signature over `bytes`.
 * @throws {Fault} malformed `SIMPLE_SIGNING_INVALID`, `SIMPLE_SIGNING_AMBIGUOUS`; limit `SIMPLE_SIGNING_TOO_LARGE`
 */
export const parseSimpleSigning = (bytes: Uint8Array, where: string): SimpleSigning => {
  const options = { where, subject: 'SIMPLE_SIGNING', maximumBytes: simpleSigningBytes, maximumDepth: 16 };
  const payload = exactly(parseStrictJson(bytes, options), ['critical', 'optional'], 'the payload', where);
  const critical = exactly(payload['critical'], ['identity', 'image', 'type'], 'critical', where);
  const image = exactly(critical['image'], ['docker-manifest-digest'], 'critical.image', where);
  const identity = exactly(critical['identity'], ['docker-reference'], 'critical.identity', where);
  if (critical['type'] !== signatureType)
    throw invalid(`critical.type is not "${signatureType}": it was signed as something else`, where);
  const digest = textAt(image, 'docker-manifest-digest', where);
  if (!isDigest(digest)) throw invalid('docker-manifest-digest is no sha256 or sha512 digest', where);
  return {
    dockerReference: textAt(identity, 'docker-reference', where),
    manifestDigest: digest,
    ...parseOptional(payload['optional'], where),
  };
};
