/** DER bytes → an RFC 3161 TimeStampToken: the signed statement of a time-stamping authority, in CMS (RFC 5652). Nothing is verified here. */
import {
  contextTag,
  contextValueTag,
  derCount,
  derOid,
  DerReader,
  derTag,
  derTime,
  invalidDer,
  openDer,
} from './der.ts';
import { parseHashAlgorithm, type HashName } from './signature-algorithm.ts';

/** TSTInfo. */
export interface TimestampInfo {
  readonly policy: string;
  readonly hash: HashName | undefined;
  readonly hashed: Uint8Array;
  readonly time: Date;
  readonly accuracyMs: number | undefined;
}

export interface TimestampToken {
  readonly info: TimestampInfo;
  /** What the authority's signed message digest is of. */
  readonly content: Uint8Array;
  /** DER of the certificates that came along. */
  readonly certificates: readonly Uint8Array[];
  /** Who signed: by issuer and serial number, or by the key's identifier. */
  readonly signer:
    | { readonly issuer: Uint8Array; readonly serial: Uint8Array }
    | { readonly keyIdentifier: Uint8Array };
  readonly digest: HashName | undefined;
  /** The signed attributes, as they are signed. */
  readonly signed: Uint8Array;
  readonly messageDigest: Uint8Array;
  /** RFC 5816: hash and value of the certificate that the authority says it signed with. undefined: it says nothing. */
  readonly signingCertificate: { readonly hash: HashName | undefined; readonly value: Uint8Array } | undefined;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

const signedDataOid = '1.2.840.113549.1.7.2';
const timestampInfoOid = '1.2.840.113549.1.9.16.1.4';
const contentTypeOid = '1.2.840.113549.1.9.3';
const messageDigestOid = '1.2.840.113549.1.9.4';
const signingCertificateV2Oid = '1.2.840.113549.1.9.16.2.47';

/** RFC 3628, 5.2: what follows the baseline policy and says nothing is right to a second. */
const baselinePolicy = '0.4.0.2023.1.1';
const maximumCertificates = 16;

const parseAccuracy = (fields: DerReader, where: string): number => {
  const seconds = fields.optional(derTag.integer);
  const millis = fields.optional(contextValueTag(0));
  const micros = fields.optional(contextValueTag(1));
  return (
    (seconds === undefined ? 0 : derCount(seconds, where) * 1000) +
    (millis === undefined ? 0 : derCount(millis, where)) +
    (micros === undefined ? 0 : Math.ceil(derCount(micros, where) / 1000))
  );
};

const parseInfo = (content: Uint8Array, where: string): TimestampInfo => {
  const fields = openDer(content, where);
  if (derCount(fields.next(derTag.integer), where) !== 1) throw invalidDer('a time stamp of an unknown version', where);
  const policy = derOid(fields.next(derTag.oid), where);
  const imprint = fields.enter();
  const hash = parseHashAlgorithm(imprint.next(derTag.sequence), where);
  const hashed = imprint.next(derTag.octetString).content;
  fields.next(derTag.integer);
  const time = derTime(fields.next(derTag.generalizedTime), where);
  const accuracy = fields.optional(derTag.sequence);
  const accuracyMs =
    accuracy === undefined
      ? policy === baselinePolicy
        ? 1000
        : undefined
      : parseAccuracy(new DerReader(accuracy.content, where), where);
  return { policy, hash, hashed, time, accuracyMs };
};

/** RFC 5652, 11: each of the attributes that are read occurs once, with one value. */
const parseAttributes = (content: Uint8Array, where: string): ReadonlyMap<string, Uint8Array> => {
  const reader = new DerReader(content, where);
  const attributes = new Map<string, Uint8Array>();
  while (!reader.done) {
    const attribute = reader.enter();
    const oid = derOid(attribute.next(derTag.oid), where);
    const values = attribute.enter(derTag.set);
    const value = values.next().whole;
    if (oid === contentTypeOid || oid === messageDigestOid || oid === signingCertificateV2Oid) {
      values.end();
      if (attributes.has(oid)) throw invalidDer(`the attribute ${oid} occurs twice`, where);
      attributes.set(oid, value);
    }
  }
  return attributes;
};

/** ESSCertIDv2; a hash that is left out is SHA-256. */
const parseSigningCertificate = (value: Uint8Array, where: string): TimestampToken['signingCertificate'] => {
  const first = openDer(value, where).enter().enter();
  const algorithm = first.optional(derTag.sequence);
  return {
    hash: algorithm === undefined ? 'sha256' : parseHashAlgorithm(algorithm, where),
    value: first.next(derTag.octetString).content,
  };
};

const parseSigner = (fields: DerReader): TimestampToken['signer'] => {
  const keyIdentifier = fields.optional(contextValueTag(0));
  if (keyIdentifier !== undefined) return { keyIdentifier: keyIdentifier.content };
  const name = fields.enter();
  return { issuer: name.next(derTag.sequence).whole, serial: name.next(derTag.integer).content };
};

/** @throws {Fault} malformed `DER_INVALID` */
export const parseTimestampToken = (der: Uint8Array, where: string): TimestampToken => {
  const outer = openDer(der, where);
  if (derOid(outer.next(derTag.oid), where) !== signedDataOid) throw invalidDer('no signed data', where);
  const data = new DerReader(outer.next(contextTag(0)).content, where).enter();
  data.next(derTag.integer);
  data.next(derTag.set);
  const wrapped = data.enter();
  if (derOid(wrapped.next(derTag.oid), where) !== timestampInfoOid) throw invalidDer('no time stamp', where);
  const content = new DerReader(wrapped.next(contextTag(0)).content, where).next(derTag.octetString).content;
  const bag = data.optional(contextTag(0));
  data.optional(contextTag(1));
  const signers = data.enter(derTag.set);
  const fields = signers.enter();
  // RFC 3161, 2.4.2: the authority's signature, and no other.
  signers.end();

  const certificates: Uint8Array[] = [];
  const bagReader = new DerReader(bag?.content ?? new Uint8Array(0), where);
  while (!bagReader.done) {
    const certificate = bagReader.next();
    if (certificate.tag === derTag.sequence) certificates.push(certificate.whole);
    if (certificates.length > maximumCertificates) throw invalidDer('too many certificates', where);
  }

  fields.next(derTag.integer);
  const signer = parseSigner(fields);
  const digest = parseHashAlgorithm(fields.next(derTag.sequence), where);
  const attributeSet = fields.next(contextTag(0));
  const signatureAlgorithm = fields.next(derTag.sequence).whole;
  const signature = fields.next(derTag.octetString).content;
  const attributes = parseAttributes(attributeSet.content, where);
  const contentType = attributes.get(contentTypeOid);
  const messageDigest = attributes.get(messageDigestOid);
  const signingCertificate = attributes.get(signingCertificateV2Oid);
  if (contentType === undefined || messageDigest === undefined)
    throw invalidDer('a signed attribute is missing', where);
  const reader = new DerReader(contentType, where);
  if (derOid(reader.next(derTag.oid), where) !== timestampInfoOid)
    throw invalidDer('it is signed as something else than a time stamp', where);
  // RFC 5652, 5.4: signed under the tag of a SET, written under [0].
  const signed = Uint8Array.from(attributeSet.whole);
  signed[0] = derTag.set;
  return {
    info: parseInfo(content, where),
    content,
    certificates,
    signer,
    digest,
    signed,
    messageDigest: new DerReader(messageDigest, where).next(derTag.octetString).content,
    signingCertificate:
      signingCertificate === undefined ? undefined : parseSigningCertificate(signingCertificate, where),
    signatureAlgorithm,
    signature,
  };
};
