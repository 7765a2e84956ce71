/** A COSE_Sign1 → the envelope it is, its signature verified by Node (signature-envelope-cose; RFC 9052, RFC 8230, RFC 9053). */
import { constants, verify } from 'node:crypto';
import { coseTime, parseCoseSign1, type CoseHeaders } from '../../formats/records/cose-sign1.ts';
import { header, judgeAttributes, readChain, signingKey, type SignatureEnvelope } from './envelope.ts';
import { refusal } from './refusal.ts';

const label = { algorithm: 1, critical: 2, contentType: 3, chain: 33 } as const;

const timeOf = (headers: CoseHeaders, name: string): Date | null | undefined =>
  headers.has(name) ? (coseTime(headers.get(name)) ?? null) : undefined;

/** "Optionally, this header can be presented in the protected header." In both, there would be two. */
const certificatesOf = (unprotected: CoseHeaders, signed: CoseHeaders): readonly unknown[] => {
  if (unprotected.has(label.chain) && signed.has(label.chain))
    throw refusal('malformed', 'it brings certificates in two places');
  const value = unprotected.get(label.chain) ?? signed.get(label.chain);
  // RFC 9360, 2: one certificate alone is no list.
  if (value instanceof Uint8Array) return [value];
  if (!Array.isArray(value)) throw refusal('malformed', 'it brings no certificates');
  return value;
};

/** @throws {Refusal}; Fault malformed, limit */
export const openCoseEnvelope = (
  bytes: Uint8Array,
  maximumBytes: number,
  maximumCertificates: number,
): SignatureEnvelope => {
  const message = parseCoseSign1(bytes, maximumBytes, 'the signature');
  const { protectedHeaders, unprotectedHeaders, payload, signature, signed } = message;
  const chain = readChain(certificatesOf(unprotectedHeaders, protectedHeaders), maximumCertificates);
  const { key, algorithm } = signingKey(chain[0]);
  if (protectedHeaders.get(label.algorithm) !== algorithm.cose)
    throw refusal('malformed', 'its algorithm is not that of the signer’s key');
  const attributes = judgeAttributes({
    contentType: protectedHeaders.get(label.contentType),
    critical: protectedHeaders.get(label.critical),
    names: new Set(protectedHeaders.keys()),
    scheme: protectedHeaders.get(header.scheme),
    signingTime: timeOf(protectedHeaders, header.signingTime),
    authenticSigningTime: timeOf(protectedHeaders, header.authenticSigningTime),
    expiry: timeOf(protectedHeaders, header.expiry),
  });
  const form =
    algorithm.key === 'rsa'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : ({ dsaEncoding: 'ieee-p1363' } as const);
  if (!verify(algorithm.hash, signed, { key, ...form }, signature))
    throw refusal('malformed', 'its signature is not true for its content');
  const timestamp = unprotectedHeaders.get(header.timestamp);
  return {
    payload,
    ...attributes,
    chain,
    signature,
    ...(timestamp instanceof Uint8Array && timestamp.length > 0 ? { timestamp } : {}),
  };
};
