/** Keys of Notary v1: their ids, and which of them signed. Theupdateframework/notary, `tuf/data/keys.go` and `tuf/signed/verifiers.go`. */
import { createHash, verify, type KeyObject, type X509Certificate } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import type { NotaryEnvelope, NotaryKey, NotaryRole } from '../../formats/records/notary-envelope.ts';
import { readPublicKey } from '../certificates/verify-signed.ts';
import { readCertificates } from './certificate.ts';

export interface OpenKey {
  /** As metadata name it; for a certificate it changes with every certificate. */
  readonly id: string;
  /** Of the public key itself, as `docker trust inspect` shows it. */
  readonly canonicalId: string;
  readonly key: KeyObject;
  readonly family: 'ecdsa' | 'rsa' | 'ed25519';
  /** The leaf first; empty for a bare key. */
  readonly certificates: readonly X509Certificate[];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The hash over the key's canonical JSON. */
export const notaryKeyId = (type: string, publicBytes: Uint8Array): string => {
  const text = Buffer.from(publicBytes).toString('base64');
  return sha256(canonicalize({ keytype: type, keyval: { private: null, public: text } }));
};

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

const families: Readonly<Record<string, OpenKey['family']>> = { ec: 'ecdsa', rsa: 'rsa', ed25519: 'ed25519' };
const curves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const leastRsaBits = 2048;

const isStrong = (key: KeyObject): boolean => {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') return curves.has(namedCurve);
  return key.asymmetricKeyType !== 'rsa' || modulusLength >= leastRsaBits;
};

/** RFC 8410 4: what stands before the 32 bytes of an Ed25519 key in SPKI. */
const ed25519Head = Buffer.from('302a300506032b6570032100', 'hex');

const readNotaryKey = ({ type, publicBytes }: NotaryKey, mostCertificates: number) => {
  if (type.endsWith('-x509')) {
    const certificates = readCertificates(Buffer.from(publicBytes).toString('latin1'), mostCertificates) ?? [];
    const [leaf] = certificates;
    return { key: leaf && readPublicKey(spki(leaf.publicKey)), certificates };
  }
  // OpenSSL takes more bytes than the key has.
  if (type === 'ed25519' && publicBytes.length !== 32) return { key: undefined, certificates: [] };
  const der = type === 'ed25519' ? Buffer.concat([ed25519Head, publicBytes]) : Buffer.from(publicBytes);
  return { key: readPublicKey(der), certificates: [] };
};

/** undefined: of a kind that Notary does not know, too weak, or unreadable. Such a key signs nothing. */
export const openNotaryKey = (notaryKey: NotaryKey, mostCertificates: number): OpenKey | undefined => {
  const { type, publicBytes } = notaryKey;
  const { key, certificates } = readNotaryKey(notaryKey, mostCertificates);
  const family = families[key?.asymmetricKeyType ?? ''];
  if (key === undefined || family === undefined || type.replace('-x509', '') !== family || !isStrong(key))
    return undefined;
  // From the key as OpenSSL writes it: one key that is written in two ways is one signer.
  const own = family === 'ed25519' ? spki(key).subarray(ed25519Head.length) : spki(key);
  return { id: notaryKeyId(type, publicBytes), canonicalId: notaryKeyId(family, own), key, family, certificates };
};

/** SHA-256 over the canonical form, for every method; ECDSA as r and s side by side. */
const isSignedBy = ({ key, family }: OpenKey, method: string, signature: Uint8Array, message: Uint8Array): boolean => {
  if (family === 'ecdsa' && method === 'ecdsa')
    return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  // RSA_PKCS1_PSS_PADDING and RSA_PKCS1_PADDING of OpenSSL; Notary's salt is as long as the digest.
  if (family === 'rsa' && method === 'rsapss')
    return verify('sha256', message, { key, padding: 6, saltLength: 32 }, signature);
  if (family === 'rsa' && method === 'rsapkcs1v15') return verify('sha256', message, { key, padding: 1 }, signature);
  return family === 'ed25519' && method === 'eddsa' && verify(null, message, key, signature);
};

/** What is signed. undefined: it holds a fraction, for which there is no canonical form. */
const canonicalBytes = (signed: NotaryEnvelope['signed']): Uint8Array | undefined => {
  try {
    return Buffer.from(canonicalize(signed), 'utf8');
  } catch (thrown) {
    if (thrown instanceof TypeError) return undefined;
    throw thrown;
  }
};

export interface SignatureCount {
  readonly isEnough: boolean;
  /** In the order of the signatures. */
  readonly signers: readonly OpenKey[];
}

/**
 * TUF 5.3.4 and its kin: a threshold of the role's keys. Keys are told apart by what they are, not by how they are called:
 * two certificates of one key are one signer.
 */
export const countSignatures = (
  { signed, signatures }: NotaryEnvelope,
  keys: readonly OpenKey[],
  threshold: number,
): SignatureCount => {
  const signers = new Map<string, OpenKey>();
  const named = signatures.filter(({ keyId }) => keys.some(({ id }) => id === keyId));
  const message = named.length === 0 ? undefined : canonicalBytes(signed);
  if (message === undefined) return { isEnough: false, signers: [] };
  for (const { keyId, method, signature } of named) {
    const key = keys.find(({ id }) => id === keyId);
    if (key === undefined || signers.has(key.canonicalId)) continue;
    if (isSignedBy(key, method, signature, message)) signers.set(key.canonicalId, key);
  }
  return { isEnough: signers.size >= threshold, signers: [...signers.values()] };
};

/** The role's keys whose id is really theirs: an id that was made up would let one key count under many names. */
export const openRoleKeys = (
  { keyIds }: NotaryRole,
  keys: ReadonlyMap<string, NotaryKey>,
  mostCertificates: number,
): readonly OpenKey[] =>
  [...new Set(keyIds)].flatMap((id) => {
    const written = keys.get(id);
    const open = written === undefined ? undefined : openNotaryKey(written, mostCertificates);
    return open?.id === id ? [open] : [];
  });
