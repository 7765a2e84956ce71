/**
 * Certificates in order, the signer's first → whether they are a chain as the Notary Project asks for: signature-specification,
 * "Certificate Requirements". Whether anybody trusts its root is another question.
 */
import { isSameBytes } from '../../core/bytes.ts';
import {
  basicConstraintsOf,
  extendedKeyUsageOf,
  keyUsageOf,
  keyUses,
  type Certificate,
} from '../../formats/records/x509-certificate.ts';
import { nameText } from '../../formats/records/distinguished-name.ts';
import { isSignedBy, readPublicKey } from './verify-signed.ts';

export type ChainPurpose = 'code-signing' | 'time-stamping';

const purposes = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
} as const;

const notForCode: readonly string[] = Object.values(purposes);

const notForSigners = keyUses.filter((use) => use !== 'digitalSignature' && use !== 'contentCommitment');

/** By name and by signature. */
export const isIssuedBy = (certificate: Certificate, issuer: Certificate): boolean =>
  isSameBytes(certificate.issuer, issuer.subject) && isSignedBy(certificate, issuer.publicKey);

const isSelfIssued = (certificate: Certificate): boolean => isIssuedBy(certificate, certificate);

/** How certificates are named in reasons; text from outside. */
export const subjectText = (certificate: Certificate): string => nameText(certificate.subject, 'the certificate');

const keyUsageFlaw = (certificate: Certificate, purpose: ChainPurpose): string | undefined => {
  const usage = keyUsageOf(certificate, 'key usage');
  if (usage === undefined) return 'it has no key usage';
  return purpose === 'code-signing' && !usage.critical ? 'its key usage is not critical' : undefined;
};

/** Root and Intermediate CA Certificates. `below`: authorities between it and the signer. */
const authorityFlaw = (certificate: Certificate, below: number, purpose: ChainPurpose): string | undefined => {
  const constraints = basicConstraintsOf(certificate, 'basic constraints');
  // 1. Basic constraints are present, critical, of an authority, and the path below is no longer than they say.
  if (constraints?.ca !== true || !constraints.critical) return 'it is not marked as an authority, critically';
  if (constraints.pathLength !== undefined && constraints.pathLength < below)
    return `it allows ${constraints.pathLength} authorities below it, and there are ${below}`;
  // 2. Key usage is present, and allows to sign certificates.
  const flaw = keyUsageFlaw(certificate, purpose);
  if (flaw !== undefined) return flaw;
  return keyUsageOf(certificate, 'key usage')?.uses.has('keyCertSign') === true
    ? undefined
    : 'its key is not for signing certificates';
};

const purposeFlaw = (certificate: Certificate, purpose: ChainPurpose): string | undefined => {
  const usage = extendedKeyUsageOf(certificate, 'extended key usage');
  if (purpose === 'code-signing') {
    const wrong = usage?.purposes.find((found) => notForCode.includes(found));
    return wrong === undefined ? undefined : `it is for another purpose (${wrong})`;
  }
  // RFC 3161, 2.3: time stamping, nothing else, critical.
  const alone = usage?.purposes.length === 1 && usage.purposes[0] === purposes.timeStamping;
  return alone && usage.critical ? undefined : 'it is not for time stamping alone, critically';
};

/** Leaf Certificates. */
const signerFlaw = (certificate: Certificate, purpose: ChainPurpose): string | undefined => {
  // 1. Basic constraints: no authority.
  if (basicConstraintsOf(certificate, 'basic constraints')?.ca === true) return 'it is marked as an authority';
  // 2. Key usage: signatures, and nothing of an authority or of encryption.
  const flaw = keyUsageFlaw(certificate, purpose);
  if (flaw !== undefined) return flaw;
  const uses = keyUsageOf(certificate, 'key usage')?.uses ?? new Set();
  if (!uses.has('digitalSignature')) return 'its key is not for signatures';
  const wrong = notForSigners.find((use) => uses.has(use));
  if (wrong !== undefined) return `its key is for ${wrong} too`;
  // 3. Extended key usage.
  const other = purposeFlaw(certificate, purpose);
  if (other !== undefined) return other;
  // 4. Key length.
  return keyLengthFlaw(certificate);
};

const keyLengthFlaw = (certificate: Certificate): string | undefined => {
  const key = readPublicKey(certificate.publicKey);
  if (key?.asymmetricKeyType === 'rsa')
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? undefined : 'its RSA key is shorter than 2048 bits';
  if (key?.asymmetricKeyType === 'ec')
    return ['prime256v1', 'secp384r1', 'secp521r1'].includes(key.asymmetricKeyDetails?.namedCurve ?? '')
      ? undefined
      : 'its elliptic curve is none of P-256, P-384 and P-521';
  return 'its key is neither RSA nor of an elliptic curve';
};

/**
 * Why this is no chain for the purpose; undefined when it is one. Validity periods are not looked at.
 * @throws {Fault} malformed `DER_INVALID`: an extension that cannot be read
 */
export const chainFlaw = (chain: readonly Certificate[], purpose: ChainPurpose): string | undefined => {
  const [signer] = chain;
  if (signer === undefined) return 'there is no certificate';
  const named = (certificate: Certificate, flaw: string): string =>
    `the certificate of ${subjectText(certificate)}: ${flaw}`;
  for (const [index, certificate] of chain.entries()) {
    const last = index === chain.length - 1;
    // Other requirements, 1: the chain ends with a root; alone, a root is held to what is asked of a signer.
    if (last && !isSelfIssued(certificate))
      return named(certificate, 'the chain ends here, and it is no root that signed itself in a way that is believed');
    if (!last && isSelfIssued(certificate)) return named(certificate, 'it is a root, and not the last');
    // 2 and 3: in order, nothing unrelated, no SHA-1.
    const issuer = chain[index + 1];
    if (issuer !== undefined && !isIssuedBy(certificate, issuer))
      return named(certificate, 'the next one did not issue it, or signed it in a way that is not believed');
    const flaw = index === 0 ? signerFlaw(certificate, purpose) : authorityFlaw(certificate, index - 1, purpose);
    if (flaw !== undefined) return named(certificate, flaw);
  }
  return undefined;
};

/** The first certificate that was not valid at some moment between the two; ends count as valid. */
export const notValidBetween = (
  chain: readonly Certificate[],
  from: Date,
  to: Date,
): { readonly certificate: Certificate; readonly when: 'expired' | 'not-yet-valid' } | undefined => {
  for (const certificate of chain) {
    if (from < certificate.notBefore) return { certificate, when: 'not-yet-valid' };
    if (to > certificate.notAfter) return { certificate, when: 'expired' };
  }
  return undefined;
};
