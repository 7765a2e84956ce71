/** A private sigstore instance with real cryptography: certificate authority, certificate log, Rekor 1 and 2, time-stamping authority. */
import { createHash, generateKeyPairSync, randomInt, sign, type KeyObject } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { initializeCA, initializeCTLog, initializeTSA } from '@sigstore/mock';

export interface FakeKeys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const ecKeys = (namedCurve = 'P-256'): FakeKeys => generateKeyPairSync('ec', { namedCurve });

export const keyPem = ({ publicKey }: FakeKeys): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();
const spki = ({ publicKey }: FakeKeys): Buffer => publicKey.export({ type: 'spki', format: 'der' });

/** An entry as a bundle has it, in the JSON form of Protocol Buffers. */
export interface FakeEntry {
  readonly logIndex: string;
  readonly logId: { readonly keyId: string };
  readonly kindVersion: { readonly kind: string; readonly version: string };
  readonly integratedTime?: string;
  readonly inclusionPromise?: { readonly signedEntryTimestamp: string };
  readonly inclusionProof: {
    readonly logIndex: string;
    readonly rootHash: string;
    readonly treeSize: string;
    readonly hashes: readonly string[];
    readonly checkpoint: { readonly envelope: string };
  };
  readonly canonicalizedBody: string;
}

export interface FakeBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: object;
}

export interface FakeSigstore {
  /** The time by every clock of the instance. */
  readonly clock: Date;
  /** JSON; `change` may alter it before it is written. */
  trustedRoot(change?: (root: FakeTrustedRoot) => void): string;
  /** DER of a certificate that is valid for ten minutes from `clock`. */
  certify(
    keys: FakeKeys,
    names: {
      readonly subject: string;
      readonly issuer?: string;
      /** Last number of Fulcio's extensions → text. */
      readonly extensions?: Readonly<Record<number, string>>;
    },
  ): Promise<Uint8Array>;
  /** Rekor 1 signs a time; Rekor 2 does not. */
  log(body: FakeBody, version: 1 | 2): FakeEntry;
  /** An RFC 3161 response over these bytes. */
  timestamp(bytes: Uint8Array, at?: Date): Promise<Uint8Array>;
  /** The same over a SHA-256, with the nonce of the request (an INTEGER's bytes). */
  timestampOf(hash: Uint8Array, nonce?: Uint8Array, at?: Date): Promise<Uint8Array>;
}

interface FakeWindow {
  start?: string;
  end?: string;
}
interface FakeLogOfRoot {
  baseUrl: string;
  hashAlgorithm: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor: FakeWindow };
  logId: { keyId: string };
}
interface FakeAuthorityOfRoot {
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor: FakeWindow;
}
export interface FakeTrustedRoot {
  mediaType: string;
  tlogs: FakeLogOfRoot[];
  ctlogs: FakeLogOfRoot[];
  certificateAuthorities: FakeAuthorityOfRoot[];
  timestampAuthorities: FakeAuthorityOfRoot[];
}

const base64 = (bytes: ArrayBufferView | Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

const oids = '1.3.6.1.4.1.57264.1.';
const sha256Oid = '2.16.840.1.101.3.4.2.1';

/** A checkpoint of a tree of two leaves, ours the second. */
const prove = (
  host: string,
  origin: string,
  keyId: Buffer,
  keys: FakeKeys,
  body: Buffer,
): FakeEntry['inclusionProof'] => {
  const sibling = sha256(Buffer.of(0), Buffer.from('another entry'));
  const rootHash = sha256(Buffer.of(1), sibling, sha256(Buffer.of(0), body));
  const note = `${origin}\n2\n${rootHash.toString('base64')}\n`;
  const isEdwards = keys.privateKey.asymmetricKeyType === 'ed25519';
  const signature = sign(isEdwards ? null : 'sha256', Buffer.from(note), keys.privateKey);
  const line = `\u2014 ${host} ${Buffer.concat([keyId.subarray(0, 4), signature]).toString('base64')}\n`;
  return {
    logIndex: '1',
    rootHash: rootHash.toString('base64'),
    treeSize: '2',
    hashes: [sibling.toString('base64')],
    checkpoint: { envelope: `${note}\n${line}` },
  };
};

/**
 * Everything begins an hour before `clock`. The certificates of the authorities begin now: `clock` must not be before.
 * `hasCertificateLog`: whether certificates are logged themselves, as private instances often do without.
 */
export const startFakeSigstore = async (
  clock = new Date(Math.ceil(Date.now() / 1000 + 60) * 1000),
  hasCertificateLog = true,
): Promise<FakeSigstore> => {
  const keys = { certificateLog: ecKeys(), authority: ecKeys(), rekor1: ecKeys(), stamps: ecKeys() };
  const rekor2: FakeKeys = generateKeyPairSync('ed25519');
  const certificateLog = await initializeCTLog(keys.certificateLog, clock);
  const authority = await initializeCA(keys.authority, hasCertificateLog ? certificateLog : undefined, clock);
  const stamps = await initializeTSA(keys.stamps, clock);
  const host1 = 'rekor.sigstore.example';
  const host2 = 'log2026.rekor.sigstore.example';
  const start = new Date(clock.getTime() - 3_600_000).toISOString();

  /** Of Rekor 1 the digest of its key; of Rekor 2 that of signed-note.md: name, algorithm and key. */
  const keyIds = {
    1: sha256(spki(keys.rekor1)),
    2: sha256(Buffer.from(`${host2}\n\u0001`), spki(rekor2).subarray(-32)),
  };
  const logOfRoot = (url: string, pair: FakeKeys, keyDetails: string, keyId = sha256(spki(pair))): FakeLogOfRoot => ({
    baseUrl: url,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(spki(pair)), keyDetails, validFor: { start } },
    logId: { keyId: base64(keyId) },
  });
  const authorityOfRoot = (uri: string, ...certificates: readonly ArrayBufferView[]): FakeAuthorityOfRoot => ({
    uri,
    certChain: { certificates: certificates.map((certificate) => ({ rawBytes: base64(certificate) })) },
    validFor: { start },
  });

  const stampHash: FakeSigstore['timestampOf'] = async (hash, nonce, at) => {
    // The authority's keys and names, with another clock where one is asked for.
    const authorityAt =
      at === undefined ? stamps : Object.assign(Object.create(stamps) as typeof stamps, { getCurrentTime: () => at });
    const response = await authorityAt.timestamp({
      artifactHash: Buffer.from(hash),
      hashAlgorithmOID: sha256Oid,
      nonce: nonce === undefined ? randomInt(1_000_000) : Number(BigInt(`0x${Buffer.from(nonce).toString('hex')}`)),
      policyOID: '1.2.3.4.1',
      certReq: true,
    });
    return Buffer.from(base64(response), 'base64');
  };

  return {
    clock,
    trustedRoot: (change) => {
      const root: FakeTrustedRoot = {
        mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
        tlogs: [
          logOfRoot(`https://${host1}`, keys.rekor1, 'PKIX_ECDSA_P256_SHA_256'),
          logOfRoot(`https://${host2}`, rekor2, 'PKIX_ED25519', keyIds[2]),
        ],
        ctlogs: hasCertificateLog
          ? [logOfRoot('https://ctfe.sigstore.example', keys.certificateLog, 'PKIX_ECDSA_P256_SHA_256')]
          : [],
        certificateAuthorities: [authorityOfRoot('https://fulcio.sigstore.example', authority.rootCertificate)],
        timestampAuthorities: [
          authorityOfRoot('https://stamps.sigstore.example', stamps.intCertificate, stamps.rootCertificate),
        ],
      };
      change?.(root);
      return JSON.stringify(root);
    },
    certify: async (pair, { subject, issuer, extensions = {} }) =>
      Buffer.from(
        base64(
          await authority.issueCertificate({
            publicKey: Buffer.from(spki(pair)),
            subjectAltName: subject,
            extensions: [
              ...(issuer === undefined
                ? []
                : [
                    { oid: `${oids}1`, value: issuer, legacy: true },
                    { oid: `${oids}8`, value: issuer },
                  ]),
              ...Object.entries(extensions).map(([last, value]) => ({ oid: `${oids}${last}`, value })),
            ],
          }),
        ),
        'base64',
      ),
    log: (body, version) => {
      const bytes = Buffer.from(canonicalize(body));
      const pair = version === 1 ? keys.rekor1 : rekor2;
      const host = version === 1 ? host1 : host2;
      const keyId = keyIds[version];
      // Rekor 1 counts over all its trees, Rekor 2 in the one that the proof is about.
      const logIndex = version === 1 ? randomInt(1_000_000) : 1;
      const integratedTime = Math.floor(clock.getTime() / 1000);
      const promise = canonicalize({
        body: bytes.toString('base64'),
        integratedTime,
        logID: keyId.toString('hex'),
        logIndex,
      });
      return {
        logIndex: String(logIndex),
        logId: { keyId: keyId.toString('base64') },
        kindVersion: { kind: body.kind, version: body.apiVersion },
        ...(version === 2
          ? {}
          : {
              integratedTime: String(integratedTime),
              inclusionPromise: {
                signedEntryTimestamp: sign('sha256', Buffer.from(promise), pair.privateKey).toString('base64'),
              },
            }),
        inclusionProof: prove(host, version === 1 ? `${host} - 7` : host, keyId, pair, bytes),
        canonicalizedBody: bytes.toString('base64'),
      };
    },
    timestamp: (bytes, at) => stampHash(sha256(bytes), undefined, at),
    timestampOf: stampHash,
  };
};
