/**
 * One metadata file of Notary v1 → what is signed, its signatures, and the fields that every role has.
 * The Update Framework specification 1.0, sections 4.1 to 4.4, in the dialect of theupdateframework/notary: types in capitals,
 * bytes in base64, key ids over `{"keytype","keyval":{"private":null,"public"}}`.
 */
import { createHash } from 'node:crypto';
import { malformed, overLimit, type Fault } from '../../core/fault.ts';
import { isJsonObject, parseStrictJson, type JsonObject } from '../strict-json.ts';
import { memberOf, textIn } from './record-json.ts';

export interface NotarySignature {
  readonly keyId: string;
  /** Lower case: `ecdsa`, `rsapss`, `rsapkcs1v15`, `eddsa`. */
  readonly method: string;
  readonly signature: Uint8Array;
}

export interface NotaryEnvelope {
  /** As parsed: verified in its canonical form and read from this same object, so that there is one meaning only. */
  readonly signed: JsonObject;
  readonly signatures: readonly NotarySignature[];
}

/** Of every role. */
export interface NotaryCommon {
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly expires: string;
}

export interface NotaryKey {
  /** `ecdsa`, `ecdsa-x509`, `rsa`, `rsa-x509`, `ed25519`, or anything else. */
  readonly type: string;
  /** SPKI in DER, PEM certificates, or the raw point. */
  readonly publicBytes: Uint8Array;
}

export interface NotaryRole {
  readonly keyIds: readonly string[];
  readonly threshold: number;
}

/** What one role says about a file. Digests in hex. */
export interface NotaryFile {
  readonly length: number;
  readonly sha256?: string;
  readonly sha512?: string;
}

const mostSignatures = 64;
const mostKeys = 256;

export const notaryInvalid = (reason: string, where: string): Fault =>
  malformed('NOTARY_METADATA_INVALID', reason, where);
const tooMany = (reason: string, where: string): Fault => overLimit('NOTARY_METADATA_TOO_LARGE', reason, where);

/** Go's encoding/json takes padded standard base64 only. */
const bytesIn = (object: JsonObject, name: string): Uint8Array | undefined => {
  const value = memberOf(object, name);
  return typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
    ? Buffer.from(value, 'base64')
    : undefined;
};

export const objectIn = (object: JsonObject, name: string, where: string): JsonObject => {
  const value = memberOf(object, name);
  if (isJsonObject(value)) return value;
  throw notaryInvalid(`"${name}" is no object`, where);
};

const parseSignature = (value: unknown, where: string): NotarySignature => {
  if (!isJsonObject(value)) throw notaryInvalid('a signature is no object', where);
  const keyId = textIn(value, 'keyid');
  const method = textIn(value, 'method');
  const signature = bytesIn(value, 'sig');
  if (keyId === undefined || method === undefined || signature === undefined)
    throw notaryInvalid('a signature has no key id, no method or no bytes', where);
  return { keyId, method: method.toLowerCase(), signature };
};

/**
 * TUF 4.2: `{"signed": …, "signatures": […]}`.
 * @throws {Fault} malformed `NOTARY_METADATA_INVALID`, `NOTARY_METADATA_AMBIGUOUS`; limit `NOTARY_METADATA_TOO_LARGE`
 */
export const parseNotaryEnvelope = (bytes: Uint8Array, maximumBytes: number, where: string): NotaryEnvelope => {
  const document = parseStrictJson(bytes, { where, subject: 'NOTARY_METADATA', maximumBytes, maximumDepth: 32 });
  if (!isJsonObject(document)) throw notaryInvalid('the file is no object', where);
  const signatures = memberOf(document, 'signatures');
  if (!Array.isArray(signatures)) throw notaryInvalid('"signatures" is no list', where);
  if (signatures.length > mostSignatures) throw tooMany(`more than ${mostSignatures} signatures`, where);
  return {
    signed: objectIn(document, 'signed', where),
    signatures: signatures.map((signature: unknown) => parseSignature(signature, where)),
  };
};

/** Go writes times in RFC 3339 with up to nine digits behind the point and any offset. */
const parseTime = (text: string | undefined, where: string): string => {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(text ?? '');
  const time = parts === null ? NaN : Date.parse(`${parts[1]}${(parts[2] ?? '').slice(0, 4)}${parts[3]}`);
  if (Number.isNaN(time)) throw notaryInvalid('"expires" is no time', where);
  return new Date(time).toISOString();
};

export const wholeNumber = (value: unknown, least: number): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least ? value : undefined;

/** @throws {Fault} malformed `NOTARY_METADATA_INVALID`: another type than `type`, no version, no expiry */
export const parseNotaryCommon = (signed: JsonObject, type: string, where: string): NotaryCommon => {
  if (textIn(signed, '_type') !== type) throw notaryInvalid(`it is not of the type ${type}`, where);
  const version = wholeNumber(memberOf(signed, 'version'), 1);
  if (version === undefined) throw notaryInvalid('"version" is no number from 1', where);
  return { version, expires: parseTime(textIn(signed, 'expires'), where) };
};

/** A digest in hex; undefined where absent. Unknown algorithms are passed over, as Notary does. */
const hashIn = (hashes: JsonObject, name: string, length: number, where: string): string | undefined => {
  if (memberOf(hashes, name) === undefined) return undefined;
  const bytes = bytesIn(hashes, name);
  if (bytes?.length !== length) throw notaryInvalid(`a ${name} digest has not ${length} bytes`, where);
  return Buffer.from(bytes).toString('hex');
};

export const parseNotaryFile = (value: unknown, where: string): NotaryFile => {
  if (!isJsonObject(value)) throw notaryInvalid('what is said about a file is no object', where);
  const length = wholeNumber(memberOf(value, 'length'), 0);
  if (length === undefined) throw notaryInvalid('the length of a file is no number', where);
  const hashes = objectIn(value, 'hashes', where);
  const sha256 = hashIn(hashes, 'sha256', 32, where);
  const sha512 = hashIn(hashes, 'sha512', 64, where);
  return { length, ...(sha256 === undefined ? {} : { sha256 }), ...(sha512 === undefined ? {} : { sha512 }) };
};

/** TUF 5.5.2, 5.6.2: every digest that is named must be the content's, and at least sha256 must be named. */
export const isNotaryFile = (bytes: Uint8Array, { sha256, sha512 }: NotaryFile): boolean => {
  const hash = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');
  return sha256 === hash('sha256') && (sha512 === undefined || sha512 === hash('sha512'));
};

/** Key id as written → key. Whether the id is really the key's is for whoever uses it. */
export const parseNotaryKeys = (value: unknown, where: string): ReadonlyMap<string, NotaryKey> => {
  if (value === undefined || value === null) return new Map();
  if (!isJsonObject(value)) throw notaryInvalid('"keys" is no object', where);
  const entries = Object.entries(value);
  if (entries.length > mostKeys) throw tooMany(`more than ${mostKeys} keys`, where);
  return new Map(
    entries.map(([id, key]) => {
      if (!isJsonObject(key)) throw notaryInvalid('a key is no object', where);
      const type = textIn(key, 'keytype');
      const publicBytes = bytesIn(objectIn(key, 'keyval', where), 'public');
      if (type === undefined || publicBytes === undefined)
        throw notaryInvalid('a key has no type, or no public part', where);
      return [id, { type, publicBytes }] as const;
    }),
  );
};

/** Every key id must name a key that is there, as Notary asks. */
export const parseNotaryRole = (
  value: unknown,
  keys: ReadonlyMap<string, NotaryKey>,
  name: string,
  where: string,
): NotaryRole => {
  if (!isJsonObject(value)) throw notaryInvalid(`the role ${name} is not described`, where);
  const threshold = wholeNumber(memberOf(value, 'threshold'), 1);
  if (threshold === undefined) throw notaryInvalid(`the role ${name} asks for no signature`, where);
  const written = memberOf(value, 'keyids') ?? [];
  if (!Array.isArray(written) || written.length > mostKeys || !written.every((id) => typeof id === 'string'))
    throw notaryInvalid(`the role ${name} has no list of key ids`, where);
  const keyIds: readonly string[] = written;
  if (!keyIds.every((id) => keys.has(id))) throw notaryInvalid(`the role ${name} names a key that is not there`, where);
  return { keyIds, threshold };
};
