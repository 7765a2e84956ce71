/** A time-stamp token over a signature → when that signature existed already (RFC 3161, RFC 5816; trust-store-trust-policy, steps 6.i). */
import { createHash } from 'node:crypto';
import { isSameBytes } from '../../core/bytes.ts';
import { parseTimestampToken, type TimestampToken } from '../../formats/records/timestamp-token.ts';
import { parseCertificate, type Certificate } from '../../formats/records/x509-certificate.ts';
import { chainFlaw, isIssuedBy, notValidBetween } from './chain.ts';
import { isSignedBy } from './verify-signed.ts';

export interface VerifiedTime {
  readonly earliest: Date;
  readonly latest: Date;
  /** The authority's, up to a trusted root. Its revocation is still to be looked at. */
  readonly chain: readonly Certificate[];
}

const subjectKeyOid = '2.5.29.14';

const isSigner = ({ signer }: TimestampToken, certificate: Certificate): boolean => {
  if ('serial' in signer)
    return isSameBytes(signer.issuer, certificate.issuer) && isSameBytes(signer.serial, certificate.serial);
  const identifier = certificate.extensions.get(subjectKeyOid)?.value;
  return identifier !== undefined && isSameBytes(identifier.subarray(2), signer.keyIdentifier);
};

/** The way from a certificate to a trusted root through the others. Names lead, signatures prove; each is used once. */
const chainTo = (
  signer: Certificate,
  others: readonly Certificate[],
  roots: readonly Certificate[],
  maximum: number,
): readonly Certificate[] | undefined => {
  const chain = [signer];
  const left = new Set(others.filter((other) => other !== signer));
  while (chain.length <= maximum) {
    const last = chain.at(-1) ?? signer;
    const root = roots.find((candidate) => isSameBytes(candidate.der, last.der) || isIssuedBy(last, candidate));
    if (root !== undefined) return isSameBytes(root.der, last.der) ? chain : [...chain, root];
    const next = [...left].find((candidate) => isIssuedBy(last, candidate));
    if (next === undefined) return undefined;
    left.delete(next);
    chain.push(next);
  }
  return undefined;
};

/**
 * The verified time, or the reason why there is none.
 * @throws {Fault} malformed `DER_INVALID`
 */
export const verifyTimestamp = (
  der: Uint8Array,
  stamped: Uint8Array,
  roots: readonly Certificate[],
  maximumCertificates: number,
): VerifiedTime | string => {
  const token = parseTimestampToken(der, 'the time stamp');
  const { info, digest, signingCertificate } = token;
  // The stamp is of this signature.
  if (info.hash === undefined || digest === undefined) return 'the time stamp uses a hash that is not believed';
  if (!isSameBytes(createHash(info.hash).update(stamped).digest(), info.hashed))
    return 'the time stamp is of something else';
  // The authority signed this stamp: digest of the content, then the attributes that hold it.
  if (!isSameBytes(createHash(digest).update(token.content).digest(), token.messageDigest))
    return 'the time stamp’s content was changed';
  if (token.certificates.length > maximumCertificates) return 'the time stamp brings too many certificates';
  const certificates = token.certificates.map((one) => parseCertificate(one, 'a certificate of the time stamp'));
  const signer = certificates.find((candidate) => isSigner(token, candidate));
  if (signer === undefined) return 'the certificate of the time-stamping authority is missing';
  if (!isSignedBy({ ...token, digest }, signer.publicKey)) return 'the time stamp’s signature is not true';
  // RFC 5816: the certificate is the one that the authority meant.
  if (signingCertificate?.hash === undefined) return 'the time stamp does not say with which certificate it was signed';
  if (!isSameBytes(createHash(signingCertificate.hash).update(signer.der).digest(), signingCertificate.value))
    return 'the time stamp was signed with another certificate than it says';
  // The chain: to a trusted root, fit for time stamping, valid then.
  const chain = chainTo(signer, certificates, roots, maximumCertificates);
  if (chain === undefined) return 'the time-stamping authority is not trusted here';
  const flaw = chainFlaw(chain, 'time-stamping');
  if (flaw !== undefined) return flaw;
  if (notValidBetween(chain, info.time, info.time) !== undefined)
    return 'the authority’s certificates were not valid when it stamped';
  const accuracyMs = info.accuracyMs ?? 0;
  return {
    earliest: new Date(info.time.getTime() - accuracyMs),
    latest: new Date(info.time.getTime() + accuracyMs),
    chain,
  };
};
