/** An X.509 AlgorithmIdentifier → how a signature is checked. RFC 3279, 4055, 5758, 8410. Nothing with MD5 or SHA-1. */
import { contextTag, derCount, derOid, derTag, DerReader, openDer, type Der } from './der.ts';

export type HashName = 'sha256' | 'sha384' | 'sha512';

export type SignatureAlgorithm =
  | { readonly key: 'rsa'; readonly hash: HashName; readonly saltLength?: number }
  | { readonly key: 'ec'; readonly hash: HashName }
  | { readonly key: 'ed25519' };

const hashes: Readonly<Record<string, HashName>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const algorithms: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
  '1.3.101.112': { key: 'ed25519' },
};

const rsaEncryption = '1.2.840.113549.1.1.1';
const rsaPss = '1.2.840.113549.1.1.10';
const mgf1 = '1.2.840.113549.1.1.8';

/** undefined: a hash that is not believed, or not known. */
export const parseHashAlgorithm = ({ content }: Der, where: string): HashName | undefined =>
  hashes[derOid(new DerReader(content, where).next(derTag.oid), where)];

/** RFC 4055, 3.1. Whatever is left out means SHA-1. */
const parsePss = (parameters: DerReader, where: string): SignatureAlgorithm | undefined => {
  const hashField = parameters.optional(contextTag(0));
  const maskField = parameters.optional(contextTag(1));
  const saltField = parameters.optional(contextTag(2));
  if (hashField === undefined || maskField === undefined || saltField === undefined) return undefined;
  const hash = parseHashAlgorithm(new DerReader(hashField.content, where).next(derTag.sequence), where);
  const mask = new DerReader(maskField.content, where).enter();
  if (derOid(mask.next(derTag.oid), where) !== mgf1) return undefined;
  if (hash === undefined || parseHashAlgorithm(mask.next(derTag.sequence), where) !== hash) return undefined;
  const saltLength = derCount(new DerReader(saltField.content, where).next(derTag.integer), where);
  return saltLength <= 64 ? { key: 'rsa', hash, saltLength } : undefined;
};

/**
 * undefined: an algorithm that is not believed, or not known. `digest` is what a CMS signer states beside a bare `rsaEncryption`.
 * @throws {Fault} malformed `DER_INVALID`
 */
export const parseSignatureAlgorithm = (
  whole: Uint8Array,
  where: string,
  digest?: HashName,
): SignatureAlgorithm | undefined => {
  const reader = openDer(whole, where);
  const oid = derOid(reader.next(derTag.oid), where);
  if (oid === rsaPss) return reader.done ? undefined : parsePss(reader.enter(), where);
  if (oid === rsaEncryption) return digest === undefined ? undefined : { key: 'rsa', hash: digest };
  return Object.hasOwn(algorithms, oid) ? algorithms[oid] : undefined;
};
