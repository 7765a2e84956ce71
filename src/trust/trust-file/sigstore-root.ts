/** Certificates of a Fulcio and keys of a Rekor, as containers-policy.json(5) names them one by one → the JSON of a sigstore trusted root. */
import { createHash, type KeyObject } from 'node:crypto';
import { HashAlgorithm, PublicKeyDetails } from '@sigstore/protobuf-specs';
import type { KeyMaterial } from './public-keys.ts';
import { TrustFileProblem } from './trust-files.ts';

const ofRsa: Readonly<Record<number, PublicKeyDetails>> = {
  2048: PublicKeyDetails.PKIX_RSA_PKCS1V15_2048_SHA256,
  3072: PublicKeyDetails.PKIX_RSA_PKCS1V15_3072_SHA256,
  4096: PublicKeyDetails.PKIX_RSA_PKCS1V15_4096_SHA256,
};
const ofCurves: Readonly<Record<string, PublicKeyDetails>> = {
  prime256v1: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
  secp384r1: PublicKeyDetails.PKIX_ECDSA_P384_SHA_384,
  secp521r1: PublicKeyDetails.PKIX_ECDSA_P521_SHA_512,
};

/** sigstore_common.proto, PublicKeyDetails. */
const keyDetails = ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) => {
  if (type === 'ed25519') return PublicKeyDetails.PKIX_ED25519;
  return type === 'rsa' ? ofRsa[details?.modulusLength ?? 0] : ofCurves[details?.namedCurve ?? ''];
};

/** The policy says nothing of times: what it names counts since ever. */
const always = { start: '1970-01-01T00:00:00Z' };

const toLog = ({ key, file = 'the key' }: KeyMaterial): object => {
  const details = keyDetails(key);
  if (details === undefined) throw new TrustFileProblem(`${file}: no key of a log that can be read here`);
  const spki = key.export({ type: 'spki', format: 'der' });
  return {
    baseUrl: '',
    hashAlgorithm: HashAlgorithm[HashAlgorithm.SHA2_256],
    publicKey: { rawBytes: spki.toString('base64'), keyDetails: PublicKeyDetails[details], validFor: always },
    // RFC 6962, 3.2: the hash of the key.
    logId: { keyId: createHash('sha256').update(spki).digest('base64') },
  };
};

const isRoot = ({ certificate }: KeyMaterial): boolean => certificate?.subject === certificate?.issuer;

const derOf = ({ certificate }: KeyMaterial): object => ({ rawBytes: certificate?.raw.toString('base64') ?? '' });

/**
 * Without a certificate log: the policy names none, and its other readers ask for none.
 * @throws {TrustFileProblem}
 */
export const toTrustedRoot = (authorities: readonly KeyMaterial[], logs: readonly KeyMaterial[]): string => {
  const bare = authorities.find(({ certificate }) => certificate === undefined);
  if (bare !== undefined)
    throw new TrustFileProblem(
      `${bare.file ?? 'the authority'}: it is a key, and the certificate of an authority is needed`,
    );
  const roots = authorities.filter(isRoot);
  if (authorities.length > 0 && roots.length === 0)
    throw new TrustFileProblem(
      `${authorities[0]?.file ?? 'the authority'}: no certificate in it signed itself: add the root to which it leads`,
    );
  const between = authorities.filter((authority) => !isRoot(authority)).map(derOf);
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: logs.map(toLog),
    certificateAuthorities: roots.map((authority) => ({
      subject: { organization: '', commonName: '' },
      uri: '',
      certChain: { certificates: [...between, derOf(authority)] },
      validFor: always,
    })),
    ctlogs: [],
    timestampAuthorities: [],
  });
};
