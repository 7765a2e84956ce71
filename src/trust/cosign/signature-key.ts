/** Public keys, and whether a signature is theirs: the algorithms that cosign and sigstore's algorithm registry know. */
import { constants, createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { misuse } from '../../core/fault.ts';

const leastRsaBits = 2048;

/** The hash that belongs to a curve, and SHA-256, which classic cosign uses with every key. */
const curves: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['sha256'],
  secp384r1: ['sha384', 'sha256'],
  secp521r1: ['sha512', 'sha256'],
};
const rsaHashes: readonly string[] = ['sha256', 'sha384', 'sha512'];

const isUsable = ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean => {
  if (type === 'ed25519') return true;
  if (type === 'ec') return Object.hasOwn(curves, details?.namedCurve ?? '');
  return (type === 'rsa' || type === 'rsa-pss') && (details?.modulusLength ?? 0) >= leastRsaBits;
};

/** @throws {Fault} misuse `COSIGN_KEY_INVALID` */
export const parseSignatureKey = (pem: string): KeyObject => {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw misuse('COSIGN_KEY_INVALID', 'a key of cosign cannot be read: write a public key in PEM');
  }
  if (isUsable(key)) return key;
  throw misuse(
    'COSIGN_KEY_INVALID',
    `a key of the type ${key.asymmetricKeyType ?? 'unknown'} ${key.asymmetricKeyDetails?.namedCurve ?? ''} checks no signature here: P-256, P-384, P-521, RSA of ${leastRsaBits} bits and more, and Ed25519 do`,
  );
};

export const keyDer = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/** `sha256:` of the SubjectPublicKeyInfo. */
export const keyFingerprint = (key: KeyObject): string =>
  `sha256:${createHash('sha256').update(keyDer(key)).digest('hex')}`;

const holds = (run: () => boolean): boolean => {
  try {
    return run();
  } catch {
    // Node throws for signatures of a length that cannot be, and for paddings that a key forbids.
    return false;
  }
};

/** Never throws: a signature that cannot be read is none of this key's. */
export const isSignedWith = (key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean => {
  if (!isUsable(key)) return false;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return holds(() => verify(null, data, key, signature));
  if (type === 'ec')
    return (curves[details?.namedCurve ?? ''] ?? []).some((hash) => holds(() => verify(hash, data, key, signature)));
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  return rsaHashes.some(
    (hash) =>
      (type === 'rsa' && holds(() => verify(hash, data, key, signature))) ||
      holds(() => verify(hash, data, pss, signature)),
  );
};
