/** Signed bytes, an AlgorithmIdentifier and a public key → whether the signature is true. Node's cryptography. */
import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { isFault } from '../../core/fault.ts';
import { parseSignatureAlgorithm, type HashName } from '../../formats/records/signature-algorithm.ts';

/** Larger ones are made to keep verifiers busy. */
const maximumModulusBits = 8192;
const maximumExponent = 2n ** 33n;

/** undefined: no key that Node reads, or one that is costly on purpose. */
export const readPublicKey = (subjectPublicKeyInfo: Uint8Array): KeyObject | undefined => {
  try {
    const key = createPublicKey({ key: Buffer.from(subjectPublicKeyInfo), format: 'der', type: 'spki' });
    const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {};
    // A curve of the signer's own making is no curve (RFC 5480, 2.1.1).
    if (key.asymmetricKeyType === 'ec' && namedCurve === undefined) return undefined;
    return modulusLength > maximumModulusBits || publicExponent > maximumExponent ? undefined : key;
  } catch {
    // A key of an unknown kind, or bytes that are none: nothing can be verified with it.
    return undefined;
  }
};

export interface SignedBytes {
  readonly signed: Uint8Array;
  /** AlgorithmIdentifier. */
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
  /** What a CMS signer states beside a bare `rsaEncryption`. */
  readonly digest?: HashName;
}

/** False also for algorithms that are not believed (MD5, SHA-1), and for a key of another kind than the algorithm's. */
export const isSignedBy = (bytes: SignedBytes, subjectPublicKeyInfo: Uint8Array): boolean => {
  const key = readPublicKey(subjectPublicKeyInfo);
  if (key === undefined) return false;
  try {
    const algorithm = parseSignatureAlgorithm(bytes.signatureAlgorithm, '', bytes.digest);
    if (algorithm === undefined || key.asymmetricKeyType !== algorithm.key) return false;
    if (algorithm.key === 'ed25519') return verify(null, bytes.signed, key, bytes.signature);
    const padding =
      algorithm.key === 'rsa' && algorithm.saltLength !== undefined
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.saltLength }
        : {};
    return verify(algorithm.hash, bytes.signed, { key, ...padding }, bytes.signature);
  } catch (thrown) {
    // OpenSSL throws for a signature that has no meaning under the key; it is no true one. So is one whose algorithm cannot be read.
    if (isFault(thrown) || (thrown as { readonly code?: unknown }).code !== undefined) return false;
    throw thrown;
  }
};
