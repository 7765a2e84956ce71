/** Certificates of root keys, as the Notary client looks at them: name, dates, algorithms, and the way up to an authority. */
import { X509Certificate } from 'node:crypto';

const block = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** Blocks of a PEM text, with their labels. */
export const pemBlocks = (text: string): readonly { readonly label: string; readonly pem: string }[] =>
  [...text.matchAll(block)].map(([pem, label = '']) => ({ label, pem }));

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

/** Content and length of the DER element at `at`; undefined for what does not fit. */
const element = (der: Uint8Array, at: number): { readonly start: number; readonly end: number } | undefined => {
  const first = der[at + 1] ?? 0x80;
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || count > 4) return undefined;
  let length = count === 0 ? first : 0;
  for (let position = 0; position < count; position += 1) length = length * 256 + (der[at + 2 + position] ?? 0);
  const start = at + 2 + count;
  return start + length <= der.length ? { start, end: start + length } : undefined;
};

/** RFC 3279 2.2: with SHA-1 (and MD5, MD2) anybody with enough money makes a second certificate. In hex, without tag and length. */
const brokenAlgorithms: ReadonlySet<string> = new Set([
  '2a864886f70d010102',
  '2a864886f70d010104',
  '2a864886f70d010105',
  '2b0e03021d',
  '2a8648ce380403',
  '2a8648ce3d0401',
]);

/** RFC 5280 4.1.1.2: Certificate is SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID … }, … }. */
const isBrokenAlgorithm = ({ raw }: X509Certificate): boolean => {
  const outer = element(raw, 0);
  const body = outer && element(raw, outer.start);
  const algorithm = body && element(raw, body.end);
  const oid = algorithm && element(raw, algorithm.start);
  return oid === undefined || brokenAlgorithms.has(raw.subarray(oid.start, oid.end).toString('hex'));
};

const leastRsaBits = 2048;

const isWeakKey = ({ publicKey }: X509Certificate): boolean =>
  publicKey.asymmetricKeyType === 'rsa' && (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < leastRsaBits;

/** Notary's ValidateCertificate without the dates. */
export const isSoundCertificate = (certificate: X509Certificate): boolean =>
  Date.parse(certificate.validFrom) <= Date.parse(certificate.validTo) &&
  !isBrokenAlgorithm(certificate) &&
  !isWeakKey(certificate);

const day = 86_400_000;

/** Notary gives one day's leeway before the first date, none after the last. */
export const isCurrent = (certificate: X509Certificate, now: Date): boolean =>
  Date.parse(certificate.validFrom) <= now.getTime() + day && now.getTime() <= Date.parse(certificate.validTo);

const longestChain = 4;

/** RFC 5280 6.1 in small: each signed by the next, by name and by key; all authorities current; the last is `authority`. */
export const leadsTo = (
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  authority: X509Certificate,
  now: Date,
): boolean => {
  const isIssuer = (one: X509Certificate, issuer: X509Certificate): boolean =>
    issuer.ca &&
    isSoundCertificate(issuer) &&
    isCurrent(issuer, now) &&
    one.checkIssued(issuer) &&
    one.verify(issuer.publicKey);
  let current: readonly X509Certificate[] = [leaf];
  for (let step = 0; step < longestChain; step += 1) {
    if (current.some((one) => isIssuer(one, authority))) return true;
    current = intermediates.filter((issuer) => current.some((one) => isIssuer(one, issuer)));
  }
  return false;
};
