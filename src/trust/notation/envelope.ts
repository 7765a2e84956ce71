/** What both kinds of envelope hold, once their signature was found true: payload, signed attributes, certificates (signature-specification, "Signature Envelope"). */
import type { HashName } from '../../formats/records/signature-algorithm.ts';
import type { Certificate } from '../../formats/records/x509-certificate.ts';
import { parseCertificate } from '../../formats/records/x509-certificate.ts';
import { readPublicKey } from '../certificates/verify-signed.ts';
import { refusal } from './refusal.ts';

export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

export interface SignatureEnvelope {
  readonly payload: Uint8Array;
  readonly scheme: SigningScheme;
  /** Claimed under `notary.x509`; by the authority's clock under `notary.x509.signingAuthority`. */
  readonly signingTime: Date;
  readonly expiry?: Date;
  /** The signer's first. Only the first one's key was used yet. */
  readonly chain: readonly Certificate[];
  /** What the signer asks for that is not done here; then nothing may be concluded from the signature. */
  readonly unsupported?: string;
  /** The bare signature: what a time stamp is of. */
  readonly signature: Uint8Array;
  readonly timestamp?: Uint8Array;
}

export const payloadType = 'application/vnd.cncf.notary.payload.v1+json';

export const header = {
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  plugin: 'io.cncf.notary.verificationPlugin',
  timestamp: 'io.cncf.notary.timestampSignature',
} as const;

/** What an envelope's protected headers say, before anything about them is judged. */
export interface SignedAttributes {
  readonly contentType: unknown;
  /** Names that the signer marks as critical. */
  readonly critical: unknown;
  /** Every name in the protected headers. */
  readonly names: ReadonlySet<unknown>;
  readonly scheme: unknown;
  /** undefined: absent; null: no time. */
  readonly signingTime: Date | null | undefined;
  readonly authenticSigningTime: Date | null | undefined;
  readonly expiry: Date | null | undefined;
}

export type JudgedAttributes = Pick<SignatureEnvelope, 'scheme' | 'signingTime' | 'expiry' | 'unsupported'>;

const isScheme = (value: unknown): value is SigningScheme =>
  value === 'notary.x509' || value === 'notary.x509.signingAuthority';

const ours: readonly unknown[] = [header.scheme, header.authenticSigningTime, header.expiry];

/** signature-specification, "Signed Attributes"; the same for JWS and COSE. @throws {Refusal} */
export const judgeAttributes = (said: SignedAttributes): JudgedAttributes => {
  const { contentType, critical, names, scheme, signingTime, authenticSigningTime, expiry } = said;
  if (contentType !== payloadType) throw refusal('unsupported', 'its content type is not that of a Notary payload');
  if (!Array.isArray(critical)) throw refusal('malformed', 'it marks nothing as critical');
  const marked: readonly unknown[] = critical;
  for (const name of marked) if (!names.has(name)) throw refusal('malformed', 'it marks as critical what is not there');
  if (new Set(marked).size !== marked.length) throw refusal('malformed', 'it marks something as critical twice');
  for (const name of ours)
    if (names.has(name) && !marked.includes(name))
      throw refusal('malformed', `${String(name)} is not marked as critical`);
  if (!isScheme(scheme)) throw refusal('unsupported', 'its signing scheme is not known');
  const authority = scheme === 'notary.x509.signingAuthority';
  const time = authority ? authenticSigningTime : signingTime;
  if ((authority ? signingTime : authenticSigningTime) !== undefined)
    throw refusal('malformed', 'it holds the signing time of another scheme');
  if (time === undefined || time === null) throw refusal('malformed', 'its signing time is missing, or is none');
  if (expiry === null) throw refusal('malformed', 'its expiry is no time');
  if (expiry !== undefined && expiry <= time) throw refusal('malformed', 'it expires before it was signed');
  // Extended attributes: a program of the signer's choice would have to have its say.
  const unsupported = [...names].some((name) => typeof name === 'string' && name.startsWith(header.plugin))
    ? 'it asks for a verification plug-in, which is not run here'
    : marked.some((name) => !ours.includes(name))
      ? 'it marks something as critical that is not known here'
      : undefined;
  return {
    scheme,
    signingTime: time,
    ...(expiry === undefined ? {} : { expiry }),
    ...(unsupported === undefined ? {} : { unsupported }),
  };
};

/** signature-specification, "Algorithm Selection": the signer's key decides the algorithm. */
export interface KeyAlgorithm {
  readonly jws: string;
  readonly cose: number;
  readonly hash: HashName;
  readonly key: 'rsa' | 'ec';
}

const algorithms: Readonly<Record<string, KeyAlgorithm>> = {
  'rsa 2048': { jws: 'PS256', cose: -37, hash: 'sha256', key: 'rsa' },
  'rsa 3072': { jws: 'PS384', cose: -38, hash: 'sha384', key: 'rsa' },
  'rsa 4096': { jws: 'PS512', cose: -39, hash: 'sha512', key: 'rsa' },
  'ec prime256v1': { jws: 'ES256', cose: -7, hash: 'sha256', key: 'ec' },
  'ec secp384r1': { jws: 'ES384', cose: -35, hash: 'sha384', key: 'ec' },
  'ec secp521r1': { jws: 'ES512', cose: -36, hash: 'sha512', key: 'ec' },
};

/** @throws {Refusal} */
export const signingKey = (certificate: Certificate) => {
  const key = readPublicKey(certificate.publicKey);
  const { modulusLength, namedCurve } = key?.asymmetricKeyDetails ?? {};
  const algorithm = algorithms[`${key?.asymmetricKeyType} ${modulusLength ?? namedCurve}`];
  if (key === undefined || algorithm === undefined)
    throw refusal('unsupported', 'the signer’s key is of a kind or size that Notary signatures do not have');
  return { key, algorithm };
};

/** @throws {Refusal}; Fault malformed `DER_INVALID` */
export const readChain = (ders: readonly unknown[], maximum: number): readonly [Certificate, ...Certificate[]] => {
  if (ders.length > maximum) throw refusal('limit', `it brings more than ${maximum} certificates`);
  const [first, ...rest] = ders.map((der) => {
    if (!(der instanceof Uint8Array)) throw refusal('malformed', 'its certificates are no list of certificates');
    return parseCertificate(der, 'a certificate of the signature');
  });
  if (first === undefined) throw refusal('malformed', 'it brings no certificate');
  return [first, ...rest];
};
