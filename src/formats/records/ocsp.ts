/** A question about one certificate → the bytes of an OCSP request; an OCSP response's bytes → what it says (RFC 6960). Nothing is verified here. */
import { createHash } from 'node:crypto';
import {
  contextTag,
  contextValueTag,
  derBits,
  derCount,
  derOid,
  DerReader,
  derTag,
  derTime,
  invalidDer,
  openDer,
} from './der.ts';
import { parseExtensions, type Certificate } from './x509-certificate.ts';

/** Which certificate is meant (RFC 6960, 4.1.1): by SHA-1, the one form that all responders know. It names; it proves nothing. */
export interface OcspName {
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serial: Uint8Array;
}

export interface OcspStatus {
  readonly name: OcspName;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly invalidSince?: Date;
}

export interface OcspResponse {
  readonly signed: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
  /** DER of those that came along. At most four. */
  readonly certificates: readonly Uint8Array[];
  /** Of those certificates that were named by SHA-1. At most sixteen. */
  readonly statuses: readonly OcspStatus[];
}

const sha1Oid = '1.3.14.3.2.26';
/** AlgorithmIdentifier of SHA-1 with its NULL. */
const sha1Identifier = Buffer.from('300906052b0e03021a0500', 'hex');
const basicResponseOid = '1.3.6.1.5.5.7.48.1.1';
const maximumCertificates = 4;
const maximumStatuses = 16;

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();

export const ocspNameOf = (certificate: Certificate, issuer: Certificate): OcspName => ({
  issuerNameHash: sha1(certificate.issuer),
  issuerKeyHash: sha1(issuer.publicKeyBits),
  serial: certificate.serial,
});

/** Contents here are of less than 128 bytes: hashes, and a serial number of at most 64. */
const encode = (tag: number, ...contents: readonly Uint8Array[]): Uint8Array => {
  const content = Buffer.concat(contents);
  const length = content.length < 128 ? [content.length] : [0x81, content.length];
  return Buffer.concat([Uint8Array.of(tag, ...length), content]);
};

/** One question, not signed, without a nonce: so that answers can be kept by those between. */
export const encodeOcspRequest = ({ issuerNameHash, issuerKeyHash, serial }: OcspName): Uint8Array => {
  const name = encode(
    derTag.sequence,
    sha1Identifier,
    encode(derTag.octetString, issuerNameHash),
    encode(derTag.octetString, issuerKeyHash),
    encode(derTag.integer, serial),
  );
  return encode(derTag.sequence, encode(derTag.sequence, encode(derTag.sequence, encode(derTag.sequence, name))));
};

const parseStatus = (fields: DerReader, where: string): OcspStatus | undefined => {
  const name = fields.enter();
  const algorithm = derOid(name.enter().next(derTag.oid), where);
  const issuerNameHash = name.next(derTag.octetString).content;
  const issuerKeyHash = name.next(derTag.octetString).content;
  const serial = name.next(derTag.integer).content;
  const state = fields.next();
  const thisUpdate = derTime(fields.next(derTag.generalizedTime), where);
  const next = fields.optional(contextTag(0));
  const list = fields.optional(contextTag(1));
  fields.end();
  const status =
    state.tag === contextValueTag(0)
      ? 'good'
      : state.tag === contextTag(1)
        ? 'revoked'
        : state.tag === contextValueTag(2)
          ? 'unknown'
          : undefined;
  if (status === undefined) throw invalidDer('a status that is none', where);
  const invalid = parseExtensions(list?.content, where).get('2.5.29.24');
  if (algorithm !== sha1Oid) return undefined;
  return {
    name: { issuerNameHash, issuerKeyHash, serial },
    status,
    thisUpdate,
    ...(next === undefined ? {} : { nextUpdate: derTime(new DerReader(next.content, where).next(), where) }),
    ...(invalid === undefined ? {} : { invalidSince: derTime(new DerReader(invalid.value, where).next(), where) }),
  };
};

const refusals: Readonly<Record<number, string>> = {
  1: 'the question is malformed',
  2: 'an internal error',
  3: 'it asks to be tried later',
  5: 'it wants a signed question',
  6: 'it is not authorised to answer',
};

/** @throws {Fault} malformed `DER_INVALID`; also where the responder refuses to answer */
export const parseOcspResponse = (der: Uint8Array, where: string): OcspResponse => {
  const outer = openDer(der, where);
  const status = derCount(outer.next(derTag.enumerated), where);
  if (status !== 0) throw invalidDer(`the responder says: ${refusals[status] ?? `error ${status}`}`, where);
  const wrapper = new DerReader(outer.next(contextTag(0)).content, where).enter();
  if (derOid(wrapper.next(derTag.oid), where) !== basicResponseOid)
    throw invalidDer('an answer of an unknown kind', where);
  const basic = openDer(wrapper.next(derTag.octetString).content, where);
  const body = basic.next(derTag.sequence);
  const signatureAlgorithm = basic.next(derTag.sequence).whole;
  const signature = derBits(basic.next(derTag.bitString), where);
  const list = basic.optional(contextTag(0));
  basic.end();
  const certificates: Uint8Array[] = [];
  const bag = list === undefined ? new DerReader(new Uint8Array(0), where) : openDer(list.content, where);
  while (!bag.done && certificates.length < maximumCertificates) certificates.push(bag.next(derTag.sequence).whole);

  const fields = new DerReader(body.content, where);
  fields.optional(contextTag(0));
  // The responder's name, or the hash of its key: who may answer is decided by signatures.
  const responder = fields.next();
  if (responder.tag !== contextTag(1) && responder.tag !== contextTag(2)) throw invalidDer('no responder', where);
  fields.next(derTag.generalizedTime);
  const responses = fields.enter();
  const statuses: OcspStatus[] = [];
  while (!responses.done && statuses.length < maximumStatuses) {
    const found = parseStatus(responses.enter(), where);
    if (found !== undefined) statuses.push(found);
  }
  return { signed: body.whole, signatureAlgorithm, signature, certificates, statuses };
};
