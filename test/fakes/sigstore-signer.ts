/** Signs as cosign does, in its classic layout and in sigstore bundles, with keys and authorities of the test. */
import { createHash, sign, X509Certificate } from 'node:crypto';
import type { Descriptor } from '../../src/core/image.ts';
import { dsseSignedBytes } from '../../src/formats/records/dsse.ts';
import type { MemoryRepository } from './memory-repository.ts';
import { keyPem, type FakeBody, type FakeEntry, type FakeKeys, type FakeSigstore } from './sigstore-authorities.ts';

export interface FakeSigner {
  readonly keys: FakeKeys;
  /** DER; absent where a key signs. */
  readonly certificate?: Uint8Array;
}

export interface FakeProofs {
  readonly sigstore?: FakeSigstore;
  /** Rekor's version; absent: no entry. */
  readonly log?: 1 | 2;
  readonly timestamp?: boolean;
}

const signPredicate = 'https://sigstore.dev/cosign/sign/v1';
const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** The hash that sigstore's algorithm registry has for the key. */
const signBytes = ({ keys: { privateKey } }: FakeSigner, bytes: Uint8Array): Buffer => {
  const curve = privateKey.asymmetricKeyDetails?.namedCurve;
  if (privateKey.asymmetricKeyType === 'ed25519') return sign(null, bytes, privateKey);
  return sign(curve === 'secp384r1' ? 'sha384' : curve === 'secp521r1' ? 'sha512' : 'sha256', bytes, privateKey);
};

export const certificatePem = (certificate: Uint8Array): string => new X509Certificate(certificate).toString();

const material = ({ keys, certificate }: FakeSigner): string =>
  certificate === undefined ? keyPem(keys) : certificatePem(certificate);

const verifierOf = ({ keys, certificate }: FakeSigner): object =>
  certificate === undefined
    ? {
        publicKey: { rawBytes: base64(keys.publicKey.export({ type: 'spki', format: 'der' })) },
        keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      }
    : { x509Certificate: { rawBytes: base64(certificate) }, keyDetails: 'PKIX_ECDSA_P256_SHA_256' };

/** The body of a log entry over signed bytes; `payload`: of an envelope. */
export const logBody = (
  signer: FakeSigner,
  version: 1 | 2,
  signed: Uint8Array,
  signature: Uint8Array,
  payload?: Uint8Array,
): FakeBody => {
  if (version === 2)
    return {
      apiVersion: '0.0.2',
      kind: 'hashedrekord',
      spec: {
        hashedRekordV002: {
          data: { algorithm: 'SHA2_256', digest: base64(sha256(signed)) },
          signature: { content: base64(signature), verifier: verifierOf(signer) },
        },
      },
    };
  const publicKey = base64(Buffer.from(material(signer)));
  if (payload === undefined)
    return {
      apiVersion: '0.0.1',
      kind: 'hashedrekord',
      spec: {
        data: { hash: { algorithm: 'sha256', value: sha256(signed).toString('hex') } },
        signature: { content: base64(signature), publicKey: { content: publicKey } },
      },
    };
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
      signatures: [{ signature: base64(signature), verifier: publicKey }],
    },
  };
};

export const cosignPayload = (digest: string, reference = '', optional: object | null = null): Buffer =>
  Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': reference },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional,
    }),
  );

const classicLog = ({ logIndex, logId, integratedTime, inclusionPromise, canonicalizedBody }: FakeEntry): string =>
  JSON.stringify({
    SignedEntryTimestamp: inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: canonicalizedBody,
      integratedTime: Number(integratedTime),
      logIndex: Number(logIndex),
      logID: Buffer.from(logId.keyId, 'base64').toString('hex'),
    },
  });

/** Annotations of one classic signature over a payload. */
export const classicAnnotations = async (
  signer: FakeSigner,
  payload: Uint8Array,
  { sigstore, log, timestamp = false }: FakeProofs = {},
): Promise<Readonly<Record<string, string>>> => {
  const { privateKey } = signer.keys;
  // Classic cosign hashes with SHA-256, whatever the key.
  const signature = sign(privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256', payload, privateKey);
  const entry = log === undefined ? undefined : sigstore?.log(logBody(signer, 1, payload, signature), 1);
  const stamp = timestamp ? await sigstore?.timestamp(signature) : undefined;
  return {
    'dev.cosignproject.cosign/signature': base64(signature),
    ...(signer.certificate === undefined
      ? {}
      : { 'dev.sigstore.cosign/certificate': certificatePem(signer.certificate) }),
    ...(entry === undefined ? {} : { 'dev.sigstore.cosign/bundle': classicLog(entry) }),
    ...(stamp === undefined
      ? {}
      : { 'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: base64(stamp) }) }),
  };
};

/** Puts signatures under the signature tag of `digest`. */
export const putClassic = (
  repository: MemoryRepository,
  digest: string,
  signatures: readonly { readonly payload: Uint8Array; readonly annotations: Readonly<Record<string, string>> }[],
): Descriptor =>
  repository.putArtifact({
    configType: 'application/vnd.oci.image.config.v1+json',
    tag: `${digest.replace(':', '-')}.sig`,
    layers: signatures.map(({ payload, annotations }) => ({
      ...repository.putBlob(payload, 'application/vnd.dev.cosign.simplesigning.v1+json'),
      annotations,
    })),
  });

export interface FakeStatement {
  readonly digest: string;
  readonly name?: string;
  readonly predicateType?: string;
  readonly predicate?: object;
}

export const statementOf = ({ digest, name, predicateType = signPredicate, predicate = {} }: FakeStatement): Buffer =>
  Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ ...(name === undefined ? {} : { name }), digest: { sha256: digest.replace('sha256:', '') } }],
      predicateType,
      predicate,
    }),
  );

/** A bundle of version 0.3 as an object, to be altered and written. */
export const bundleOf = async (
  signer: FakeSigner,
  content: { readonly payload: Uint8Array } | { readonly message: Uint8Array },
  { sigstore, log, timestamp = false }: FakeProofs = {},
): Promise<Record<string, unknown>> => {
  const payload = 'payload' in content ? content.payload : undefined;
  const payloadType = 'application/vnd.in-toto+json';
  const signed = 'payload' in content ? dsseSignedBytes({ payloadType, payload: content.payload }) : content.message;
  const signature = signBytes(signer, signed);
  const entry = log === undefined ? undefined : sigstore?.log(logBody(signer, log, signed, signature, payload), log);
  const stamp = timestamp ? await sigstore?.timestamp(signature) : undefined;
  return {
    mediaType: bundleType,
    verificationMaterial: {
      ...(signer.certificate === undefined
        ? { publicKey: { hint: 'key' } }
        : { certificate: { rawBytes: base64(signer.certificate) } }),
      tlogEntries: entry === undefined ? [] : [entry],
      ...(stamp === undefined
        ? {}
        : { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: base64(stamp) }] } }),
    },
    ...(payload === undefined
      ? {
          messageSignature: {
            messageDigest: { algorithm: 'SHA2_256', digest: base64(sha256(signed)) },
            signature: base64(signature),
          },
        }
      : { dsseEnvelope: { payload: base64(payload), payloadType, signatures: [{ sig: base64(signature) }] } }),
  };
};

/** Puts a bundle as a referrer of `subject`. `listedAs`: what the list of referrers says that it is. */
export const putBundle = (
  repository: MemoryRepository,
  subject: Descriptor,
  bundle: object | string,
  listedAs?: string,
): Descriptor => {
  const text = typeof bundle === 'string' ? bundle : JSON.stringify(bundle);
  return repository.putArtifact({
    artifactType: bundleType,
    layers: [repository.putBlob(text, bundleType)],
    subject,
    ...(listedAs === undefined ? {} : { listedAs }),
  });
};
