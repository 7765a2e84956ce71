/** Certificates of root keys, as the Notary client looks at them: name, dates, algorithms, and the way up to an authority. */
import { X509Certificate } from 'node:crypto';
import { isFault } from '../../core/fault.ts';
import { pemBlocks } from '../../formats/records/pem.ts';
import { parseSignatureAlgorithm } from '../../formats/records/signature-algorithm.ts';
import { basicConstraintsOf, parseCertificate, type Certificate } from '../../formats/records/x509-certificate.ts';

/** undefined: it holds something else than certificates, or more than `most` of them. */
export const readCertificates = (text: string, most: number): readonly X509Certificate[] | undefined => {
  const blocks = pemBlocks(text);
  if (blocks.length === 0 || blocks.length > most || blocks.some(({ label }) => label !== 'CERTIFICATE'))
    return undefined;
  try {
    return blocks.map(({ pem }) => new X509Certificate(pem));
  } catch {
    // Node says no more than that OpenSSL cannot read it.
    return undefined;
  }
};

/** The one common name; several are ambiguous, and count as none. OpenSSL escapes line ends inside names. */
export const commonName = (certificate: X509Certificate): string => {
  const names = certificate.subject.split('\n').filter((line) => line.startsWith('CN='));
  return names.length === 1 ? (names[0] ?? '').slice('CN='.length) : '';
};

/** Notary: the name is the GUN, or a prefix of it and a star. */
export const isNamedFor = (certificate: X509Certificate, gun: string): boolean => {
  const name = commonName(certificate);
  if (!name.endsWith('*')) return name === gun;
  return gun.startsWith(name.replace(/\*+$/, ''));
};

/** Its fields, where its own signature is by an algorithm that can be believed: with SHA-1 or MD5 anybody with enough money makes a second certificate. */
const believable = ({ raw }: X509Certificate): Certificate | undefined => {
  try {
    const certificate = parseCertificate(raw, 'certificate');
    return parseSignatureAlgorithm(certificate.signatureAlgorithm, 'certificate') === undefined
      ? undefined
      : certificate;
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

const leastRsaBits = 2048;

const isWeakKey = ({ publicKey }: X509Certificate): boolean =>
  publicKey.asymmetricKeyType === 'rsa' && (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < leastRsaBits;

/** Notary's ValidateCertificate without the dates. */
export const isSoundCertificate = (certificate: X509Certificate): boolean =>
  Date.parse(certificate.validFrom) <= Date.parse(certificate.validTo) &&
  believable(certificate) !== undefined &&
  !isWeakKey(certificate);

const day = 86_400_000;

/** Notary gives one day's leeway before the first date, none after the last. */
export const isCurrent = (certificate: X509Certificate, now: Date): boolean =>
  Date.parse(certificate.validFrom) <= now.getTime() + day && now.getTime() <= Date.parse(certificate.validTo);

const longestChain = 4;

/** RFC 5280 4.2.1.9: authorities between this one and the leaf. */
const allowsBelow = (issuer: X509Certificate, authorities: number): boolean => {
  const certificate = believable(issuer);
  if (certificate === undefined) return false;
  try {
    const constraints = basicConstraintsOf(certificate, 'certificate');
    return constraints?.ca === true && authorities <= (constraints.pathLength ?? longestChain);
  } catch (thrown) {
    if (isFault(thrown)) return false;
    throw thrown;
  }
};

/** RFC 5280 6.1 in small: each issued by the next, by name and by key; all authorities current; the last is `authority`. */
export const leadsTo = (
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  authority: X509Certificate,
  now: Date,
): boolean => {
  let current: readonly X509Certificate[] = [leaf];
  for (let below = 0; below < longestChain && current.length > 0; below += 1) {
    const isIssuer = (one: X509Certificate, issuer: X509Certificate): boolean =>
      allowsBelow(issuer, below) &&
      isSoundCertificate(issuer) &&
      isCurrent(issuer, now) &&
      one.checkIssued(issuer) &&
      one.verify(issuer.publicKey);
    if (current.some((one) => isIssuer(one, authority))) return true;
    const above = current;
    current = intermediates.filter((issuer) => above.some((one) => isIssuer(one, issuer)));
  }
  return false;
};
