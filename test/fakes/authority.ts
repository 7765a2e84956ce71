/** Certificate authorities, signers and responders with real keys, made anew for each run. */
import 'reflect-metadata';
import { KeyObject, randomBytes } from 'node:crypto';
import * as x509 from '@peculiar/x509';

type CryptoKeyPair = Awaited<ReturnType<typeof makeKeys>>;

const day = 86_400_000;

const kinds = {
  'EC 256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'EC 384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  'EC 521': { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  'RSA 1024': { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, hash: 'SHA-256' },
  'RSA 2048': { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, hash: 'SHA-256' },
  'RSA 2048 SHA-1': { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, hash: 'SHA-1' },
  'RSA 3072': { name: 'RSASSA-PKCS1-v1_5', modulusLength: 3072, hash: 'SHA-256' },
  'RSA 4096': { name: 'RSASSA-PKCS1-v1_5', modulusLength: 4096, hash: 'SHA-256' },
} as const;

export type KeyKind = keyof typeof kinds;

const makeKeys = (kind: KeyKind) =>
  crypto.subtle.generateKey({ ...kinds[kind], publicExponent: Uint8Array.of(1, 0, 1) }, true, ['sign', 'verify']);

/** Somebody with a certificate and its key. */
export interface Party {
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly subject: string;
  readonly serial: string;
  readonly keys: CryptoKeyPair;
  readonly hash: string;
  /** Who issued it, up to the root. */
  readonly chain: readonly Uint8Array[];
}

export interface PartyOptions {
  readonly subject?: string;
  /** Absent: by itself. */
  readonly issuer?: Party;
  readonly kind?: KeyKind;
  /** Those of another certificate: a second one for the same key. */
  readonly keys?: CryptoKeyPair;
  /** false: a signer. */
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly ocsp?: string;
  readonly crl?: string;
  readonly usages?: x509.KeyUsageFlags;
  readonly usagesCritical?: boolean;
  readonly constraints?: x509.Extension | null;
  readonly purposes?: readonly string[];
  readonly purposesCritical?: boolean;
  readonly extensions?: readonly x509.Extension[];
}

const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags;
const authorityUses: x509.KeyUsageFlags = keyCertSign | cRLSign;

export const purposes = {
  codeSigning: '1.3.6.1.5.5.7.3.3',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
} as const;

export const makeParty = async (options: PartyOptions = {}): Promise<Party> => {
  const { issuer, kind = 'EC 256', ca = false, pathLength, ocsp, crl, purposes: uses = [] } = options;
  const keys = options.keys ?? (await makeKeys(kind));
  const subject =
    options.subject ?? `CN=${ca ? 'Authority' : 'Signer'} ${randomBytes(4).toString('hex')}, O=Example, ST=WA, C=US`;
  const serial = `4${randomBytes(9).toString('hex')}0`.slice(0, 18);
  const constraints =
    options.constraints === undefined ? new x509.BasicConstraintsExtension(ca, pathLength, true) : options.constraints;
  const extensions = [
    ...(constraints === null ? [] : [constraints]),
    new x509.KeyUsagesExtension(
      options.usages ?? (ca ? authorityUses : digitalSignature),
      options.usagesCritical ?? true,
    ),
    ...(uses.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension([...uses], options.purposesCritical ?? false)]),
    ...(ocsp === undefined ? [] : [new x509.AuthorityInfoAccessExtension({ ocsp })]),
    ...(crl === undefined ? [] : [new x509.CRLDistributionPointsExtension([crl])]),
    ...(options.extensions ?? []),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject,
    issuer: issuer?.subject ?? subject,
    notBefore: options.notBefore ?? new Date(Date.now() - 10 * day),
    notAfter: options.notAfter ?? new Date(Date.now() + 10 * day),
    signingKey: (issuer?.keys ?? keys).privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: {
      name: (issuer?.keys ?? keys).privateKey.algorithm.name,
      hash: issuer?.hash ?? kinds[kind].hash,
    },
    extensions,
  });
  const bytes = new Uint8Array(certificate.rawData);
  return {
    certificate: bytes,
    privateKey: KeyObject.from(keys.privateKey),
    publicKey: KeyObject.from(keys.publicKey),
    subject,
    serial,
    keys,
    hash: kinds[kind].hash,
    chain: [bytes, ...(issuer?.chain ?? [])],
  };
};

/** A root, or an authority below one. */
export const makeAuthority = (options: PartyOptions = {}): Promise<Party> => makeParty({ ca: true, ...options });

export interface ListOptions {
  readonly authority: Party;
  readonly entries?: readonly {
    readonly serial: string;
    readonly reason?: keyof typeof x509.X509CrlReason;
    readonly invalidSince?: Date;
  }[];
  readonly number?: number;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date | null;
  readonly extensions?: readonly x509.Extension[];
}

/** A list of revoked certificates. */
export const makeList = async (options: ListOptions): Promise<Uint8Array> => {
  const { authority, entries = [], number = 7, nextUpdate } = options;
  const list = await x509.X509CrlGenerator.create({
    issuer: authority.subject,
    thisUpdate: options.thisUpdate ?? new Date(Date.now() - day),
    ...(nextUpdate === null ? {} : { nextUpdate: nextUpdate ?? new Date(Date.now() + day) }),
    signingAlgorithm: { name: authority.keys.privateKey.algorithm.name, hash: authority.hash },
    signingKey: authority.keys.privateKey,
    entries: entries.map(({ serial, reason, invalidSince }) => ({
      serialNumber: serial,
      revocationDate: new Date(Date.now() - 2 * day),
      ...(reason === undefined ? {} : { reason: x509.X509CrlReason[reason] }),
      ...(invalidSince === undefined ? {} : { invalidity: invalidSince }),
    })),
    extensions: [new x509.Extension('2.5.29.20', false, Uint8Array.of(2, 1, number)), ...(options.extensions ?? [])],
  });
  return new Uint8Array(list.rawData);
};

export const pemOf = (certificate: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
