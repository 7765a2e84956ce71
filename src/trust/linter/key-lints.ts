/** Lints of keys and certificates: too weak, expired, or trusted at first use by a program that forgets. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { OpenPgpKey } from '../../formats/records/openpgp-keys.ts';
import type { DocumentPath } from '../../formats/written-document.ts';
import type { DraftKey, DraftKeyring } from '../trust-file/trust-draft.ts';
import type { LintHit, TrustLint } from './lint.ts';
import { signersOf } from './signers-of.ts';

const leastRsaBits = 2048;

const weaknessOf = ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string | undefined => {
  const bits = details?.modulusLength ?? 0;
  if (type === 'rsa' && bits < leastRsaBits) return `an RSA key of ${bits} bits can be broken`;
  return type === 'dsa' ? 'DSA is not used any more' : undefined;
};

/** Object identifiers of signatures over MD2, MD5 and SHA-1 (RFC 3279, 2.2). */
const brokenSignatures: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
};

/** A root is believed because it is named here: its own signature proves nothing, however made. */
const brokenHashOf = (certificate: X509Certificate): string | undefined =>
  certificate.issuer === certificate.subject ? undefined : brokenSignatures[certificate.signatureAlgorithmOid ?? ''];

/** Who a person takes it for: the last digits of its fingerprint. */
const shownKey = ({ fingerprint = '' }: OpenPgpKey): string => `the key ${fingerprint.slice(-16).toUpperCase()}`;

const isWeak = ({ algorithm, bits = 0 }: OpenPgpKey): boolean =>
  algorithm === 'dsa' || (algorithm === 'rsa' && bits < leastRsaBits);

const named = (file: string | undefined): string => (file === undefined ? '' : `${file}: `);

const hit = (path: DocumentPath, message: string): LintHit => ({ path, message });

const day = (date: Date): string => date.toISOString().slice(0, 10);

const weakKey = ({ path, file, key, certificate }: DraftKey): readonly LintHit[] => {
  const weakness = weaknessOf(key);
  if (weakness !== undefined)
    return [hit(path, `${named(file)}${weakness}: sign with P-256, Ed25519, or RSA of 3072 bits, and name that key`)];
  const broken = certificate === undefined ? undefined : brokenHashOf(certificate);
  if (broken === undefined) return [];
  const way = 'name its root, or one signed over SHA-256';
  return [hit(path, `${named(file)}the certificate is signed over ${broken}, which can be forged: ${way}`)];
};

const weakKeyring = ({ path, file, holds }: DraftKeyring): readonly LintHit[] =>
  holds
    .filter(isWeak)
    .slice(0, 1)
    .map((key) =>
      hit(
        path,
        `${named(file)}${shownKey(key)} can be broken (${key.algorithm.toUpperCase()}, ${key.bits ?? 0} bits): take it out of the keyring`,
      ),
    );

const expiredKey = ({ path, file, certificate }: DraftKey, now: Date): readonly LintHit[] => {
  if (certificate === undefined) return [];
  const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  if (to < now) return [hit(path, `${named(file)}the certificate expired on ${day(to)}: name the one that follows it`)];
  return from > now ? [hit(path, `${named(file)}the certificate is valid only from ${day(from)} on`)] : [];
};

/** Keyrings keep the keys of former years: it counts when no other is left. */
const expiredKeyring = ({ path, file, holds }: DraftKeyring, now: Date): readonly LintHit[] => {
  const latest = holds
    .map(({ expires }) => expires)
    .reduce(
      (one, other) => (one === undefined || other === undefined ? undefined : one > other ? one : other),
      new Date(0),
    );
  return holds.length > 0 && latest !== undefined && latest < now
    ? [
        hit(
          path,
          `${named(file)}${holds.length === 1 ? 'its key' : 'the last of its keys'} expired on ${day(latest)}: name the keyring that follows it`,
        ),
      ]
    : [];
};

export const keyLints: readonly TrustLint[] = [
  {
    code: 'TRUST_KEY_WEAK',
    severity: 'error',
    about: 'keys and certificates that others can forge',
    find: (draft) =>
      signersOf(draft).flatMap(({ keys, keyrings }) => [...keys.flatMap(weakKey), ...keyrings.flatMap(weakKeyring)]),
  },
  {
    code: 'TRUST_KEY_EXPIRED',
    severity: 'warning',
    about: 'certificates and keys that have expired, or are not valid yet',
    find: (draft, { now }) =>
      signersOf(draft).flatMap(({ keys, keyrings }) => [
        ...keys.flatMap((key) => expiredKey(key, now)),
        ...keyrings.flatMap((keyring) => expiredKeyring(keyring, now)),
      ]),
  },
  {
    code: 'TRUST_FIRST_USE_FORGOTTEN',
    severity: 'error',
    about: 'trust at first use where nothing is kept, so that every use is the first',
    find: (draft, surroundings) => {
      const atFirstUse = signersOf(draft).filter(
        ({ signer: { trust } }) => trust.verifier === 'docker-content-trust' && trust.roots === undefined,
      );
      return atFirstUse.length === 0 || surroundings.remembers
        ? []
        : atFirstUse.map(({ path }) =>
            hit(
              [...path, 'dockerContentTrust'],
              'the first key that is met is trusted, and nothing can be kept here (no state folder that may be written), so any key is: name the root keys with roots, or set XDG_STATE_HOME',
            ),
          );
    },
  },
];
