/** DER bytes → an X.509 certificate's fields (RFC 5280). Nothing is judged or verified here. */
import { isSameBytes } from '../../core/bytes.ts';
import {
  contextTag,
  contextValueTag,
  derBits,
  derBoolean,
  derCount,
  derNamedBits,
  derOid,
  DerReader,
  derTag,
  derTime,
  invalidDer,
  openDer,
  parseSigned,
} from './der.ts';

export interface CertificateExtension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export interface Certificate {
  /** All of it. */
  readonly der: Uint8Array;
  /** The part that is signed. */
  readonly signed: Uint8Array;
  /** AlgorithmIdentifier. */
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
  /** The INTEGER's content. */
  readonly serial: Uint8Array;
  /** Name, as encoded. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** The key alone: what OCSP hashes. */
  readonly publicKeyBits: Uint8Array;
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
}

const maximumExtensions = 64;

/** RFC 5280, 4.1.2.9: one of each. `list`: the SEQUENCE; none where it is left out. */
export const parseExtensions = (
  list: Uint8Array | undefined,
  where: string,
): ReadonlyMap<string, CertificateExtension> => {
  const extensions = new Map<string, CertificateExtension>();
  if (list === undefined) return extensions;
  const reader = openDer(list, where);
  while (!reader.done) {
    const extension = reader.enter();
    const oid = derOid(extension.next(derTag.oid), where);
    const flag = extension.optional(derTag.boolean);
    const value = extension.next(derTag.octetString).content;
    extension.end();
    if (extensions.has(oid)) throw invalidDer(`the extension ${oid} occurs twice`, where);
    if (extensions.size >= maximumExtensions) throw invalidDer('too many extensions', where);
    extensions.set(oid, { critical: flag !== undefined && derBoolean(flag, where), value });
  }
  return extensions;
};

/** @throws {Fault} malformed `DER_INVALID` */
export const parseCertificate = (der: Uint8Array, where: string): Certificate => {
  const { body, signatureAlgorithm, signature } = parseSigned(der, where);

  const fields = new DerReader(body.content, where);
  fields.optional(contextTag(0));
  const serial = fields.next(derTag.integer).content;
  if (serial.length === 0 || serial.length > 64) throw invalidDer('a serial number that is none', where);
  const innerAlgorithm = fields.next(derTag.sequence).whole;
  // RFC 5280, 4.1.1.2: the algorithm stands twice; only the inner one is signed.
  if (!isSameBytes(innerAlgorithm, signatureAlgorithm)) throw invalidDer('it names two signature algorithms', where);
  const issuer = fields.next(derTag.sequence).whole;
  const validity = fields.enter();
  const notBefore = derTime(validity.next(), where);
  const notAfter = derTime(validity.next(), where);
  const subject = fields.next(derTag.sequence).whole;
  const key = fields.next(derTag.sequence);
  const keyFields = new DerReader(key.content, where);
  keyFields.next(derTag.sequence);
  const publicKeyBits = derBits(keyFields.next(derTag.bitString), where);
  fields.optional(contextValueTag(1));
  fields.optional(contextValueTag(2));
  const list = fields.optional(contextTag(3));
  fields.end();
  return {
    der,
    signed: body.whole,
    signatureAlgorithm,
    signature,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey: key.whole,
    publicKeyBits,
    extensions: parseExtensions(list?.content, where),
  };
};

/** RFC 5280, 4.2.1.9. undefined: the certificate has none. */
export const basicConstraintsOf = (
  { extensions }: Certificate,
  where: string,
): { readonly ca: boolean; readonly pathLength?: number; readonly critical: boolean } | undefined => {
  const extension = extensions.get('2.5.29.19');
  if (extension === undefined) return undefined;
  const reader = openDer(extension.value, where);
  const ca = reader.optional(derTag.boolean);
  const length = reader.optional(derTag.integer);
  reader.end();
  return {
    ca: ca !== undefined && derBoolean(ca, where),
    critical: extension.critical,
    ...(length === undefined ? {} : { pathLength: derCount(length, where) }),
  };
};

/** In the order of their bits. */
export const keyUses = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export type KeyUse = (typeof keyUses)[number];

/** RFC 5280, 4.2.1.3. undefined: the certificate has none. */
export const keyUsageOf = (
  { extensions }: Certificate,
  where: string,
): { readonly uses: ReadonlySet<KeyUse>; readonly critical: boolean } | undefined => {
  const extension = extensions.get('2.5.29.15');
  if (extension === undefined) return undefined;
  const bits = derNamedBits(new DerReader(extension.value, where).next(derTag.bitString), where);
  return { uses: new Set(keyUses.filter((_, bit) => bits.has(bit))), critical: extension.critical };
};

/** Object identifiers of RFC 5280, 4.2.1.12. undefined: the certificate has none. */
export const extendedKeyUsageOf = (
  { extensions }: Certificate,
  where: string,
): { readonly purposes: readonly string[]; readonly critical: boolean } | undefined => {
  const extension = extensions.get('2.5.29.37');
  if (extension === undefined) return undefined;
  const reader = openDer(extension.value, where);
  const purposes: string[] = [];
  while (!reader.done) {
    // Whatever is left out could be the one that is forbidden.
    if (purposes.length >= maximumExtensions) throw invalidDer('too many extended key usages', where);
    purposes.push(derOid(reader.next(derTag.oid), where));
  }
  return { purposes, critical: extension.critical };
};

const uriTag = contextValueTag(6);
const maximumAddresses = 8;

const addressOf = (content: Uint8Array): string => Buffer.from(content.subarray(0, 2048)).toString('latin1');

/** The URIs of a list of GeneralNames. */
export const generalNameUris = (content: Uint8Array, where: string): readonly string[] => {
  const reader = new DerReader(content, where);
  const found: string[] = [];
  while (!reader.done) {
    const name = reader.next();
    if (name.tag === uriTag && found.length < maximumAddresses) found.push(addressOf(name.content));
  }
  return found;
};

/** Where OCSP is answered (RFC 5280, 4.2.2.1). At most eight. */
export const ocspAddressesOf = ({ extensions }: Certificate, where: string): readonly string[] => {
  const extension = extensions.get('1.3.6.1.5.5.7.1.1');
  if (extension === undefined) return [];
  const reader = openDer(extension.value, where);
  const found: string[] = [];
  while (!reader.done && found.length < maximumAddresses) {
    const description = reader.enter();
    const method = derOid(description.next(derTag.oid), where);
    const place = description.next();
    if (method === '1.3.6.1.5.5.7.48.1' && place.tag === uriTag) found.push(addressOf(place.content));
  }
  return found;
};

/** The URIs of a list of DistributionPoints (RFC 5280, 4.2.1.13), which a CRL uses too for its delta. */
export const distributionPointUris = (value: Uint8Array, where: string): readonly string[] => {
  const reader = openDer(value, where);
  const found: string[] = [];
  while (!reader.done && found.length < maximumAddresses) {
    const name = reader.enter().optional(contextTag(0));
    const full = name === undefined ? undefined : new DerReader(name.content, where).optional(contextTag(0));
    if (full !== undefined) found.push(...generalNameUris(full.content, where));
  }
  return found.slice(0, maximumAddresses);
};

/** Where lists of revoked certificates lie. At most eight. */
export const crlAddressesOf = ({ extensions }: Certificate, where: string): readonly string[] => {
  const extension = extensions.get('2.5.29.31');
  return extension === undefined ? [] : distributionPointUris(extension.value, where);
};
