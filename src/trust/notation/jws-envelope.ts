/** A JWS in flattened JSON → the envelope it is, its signature verified by jose (signature-envelope-jws; RFC 7515, 7.2.2). */
import { errors, flattenedVerify } from 'jose';
import { isJsonObject, parseStrictJson, type JsonObject } from '../../formats/strict-json.ts';
import { header, judgeAttributes, readChain, signingKey, type SignatureEnvelope } from './envelope.ts';
import { refusal } from './refusal.ts';

const members = new Set(['payload', 'protected', 'header', 'signature']);

const parseObject = (bytes: Uint8Array, maximumBytes: number): JsonObject => {
  const value = parseStrictJson(bytes, { where: 'the signature', subject: 'ENVELOPE', maximumBytes, maximumDepth: 16 });
  if (!isJsonObject(value)) throw refusal('malformed', 'it is no JSON object');
  return value;
};

/** RFC 4648, 5, without padding: one text for the same bytes. */
const decodeUrl = (value: unknown): Uint8Array => {
  const bytes = Buffer.from(typeof value === 'string' ? value : '', 'base64url');
  if (typeof value !== 'string' || value === '' || bytes.toString('base64url') !== value)
    throw refusal('malformed', 'a part of it is no base64url');
  return bytes;
};

const decodeBase64 = (value: unknown): Uint8Array => {
  const bytes = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (typeof value !== 'string' || bytes.toString('base64') !== value)
    throw refusal('malformed', 'a part of it is no base64');
  return bytes;
};

const timePattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339. */
const timeOf = (value: unknown): Date | null | undefined => {
  if (value === undefined) return undefined;
  const date = new Date(typeof value === 'string' && timePattern.test(value) ? value.toUpperCase() : '');
  return Number.isNaN(date.getTime()) ? null : date;
};

/** @throws {Refusal}; Fault malformed, limit */
export const openJwsEnvelope = async (
  bytes: Uint8Array,
  maximumBytes: number,
  maximumCertificates: number,
): Promise<SignatureEnvelope> => {
  const envelope = parseObject(bytes, maximumBytes);
  // "no additional top level fields are supported"
  for (const name of Object.keys(envelope))
    if (!members.has(name)) throw refusal('malformed', 'it has members that a flattened JWS of Notary does not have');
  const unprotected = envelope['header'];
  if (!isJsonObject(unprotected)) throw refusal('malformed', 'its header is no object');
  const protectedHeader = parseObject(decodeUrl(envelope['protected']), maximumBytes);
  const payload = decodeUrl(envelope['payload']);
  const signature = decodeUrl(envelope['signature']);
  const { x5c } = unprotected;
  if (!Array.isArray(x5c)) throw refusal('malformed', 'it brings no certificates');
  if (x5c.length > maximumCertificates)
    throw refusal('limit', `it brings more than ${maximumCertificates} certificates`);
  const chain = readChain(x5c.map(decodeBase64), maximumCertificates);

  // The signer's key decides the algorithm; what the header says must be that.
  const { key, algorithm } = signingKey(chain[0]);
  if (protectedHeader['alg'] !== algorithm.jws)
    throw refusal('malformed', 'its algorithm is not that of the signer’s key');
  const attributes = judgeAttributes({
    contentType: protectedHeader['cty'],
    critical: protectedHeader['crit'],
    names: new Set(Object.keys(protectedHeader)),
    scheme: protectedHeader[header.scheme],
    signingTime: timeOf(protectedHeader[header.signingTime]),
    authenticSigningTime: timeOf(protectedHeader[header.authenticSigningTime]),
    expiry: timeOf(protectedHeader[header.expiry]),
  });
  try {
    await flattenedVerify(
      {
        payload: String(envelope['payload']),
        protected: String(envelope['protected']),
        signature: String(envelope['signature']),
      },
      key,
      {
        algorithms: [algorithm.jws],
        // What is critical was judged above, where it is also said what is not understood.
        crit: Object.fromEntries((protectedHeader['crit'] as readonly string[]).map((name) => [name, true])),
      },
    );
  } catch (thrown) {
    if (!(thrown instanceof errors.JOSEError)) throw thrown;
    throw refusal('malformed', 'its signature is not true for its content');
  }
  const timestamp = unprotected[header.timestamp];
  return {
    payload,
    ...attributes,
    chain,
    signature,
    ...(timestamp === undefined || timestamp === '' ? {} : { timestamp: decodeBase64(timestamp) }),
  };
};
