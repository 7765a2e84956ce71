/** Bytes of `root.json` → a root that may be believed, by itself, by the one before, or by a pin. */
import { createHash } from 'node:crypto';
import { isFault } from '../../core/fault.ts';
import { parseNotaryEnvelope, type NotaryEnvelope } from '../../formats/records/notary-envelope.ts';
import { parseNotaryRoot, type NotaryRoot } from '../../formats/records/notary-root.ts';
import { commonName, isCurrent, isNamedFor, isSoundCertificate } from './certificate.ts';
import { countSignatures, openRoleKeys, type OpenKey } from './key.ts';
import { isPinned, type Pins } from './pins.ts';
import { isRefusal, refusalOf, refuse, shown, type Refusal } from './refusal.ts';

export interface RootLimits {
  readonly signatureBytes: number;
  readonly certificates: number;
}

export interface TrustedRoot {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly root: NotaryRoot;
  readonly envelope: NotaryEnvelope;
  /** Keys of the root role whose certificate is in order and named for the GUN. Its dates are another question. */
  readonly keys: readonly OpenKey[];
}

/** Exactly one certificate is no authority, and it comes first. */
const isLeafFirst = ({ certificates: [leaf, ...others] }: OpenKey): boolean =>
  leaf !== undefined && !leaf.ca && others.every(({ ca }) => ca);

/** Reads the root and finds its keys. Whether anybody trusts them is not asked yet. */
export const readRoot = (bytes: Uint8Array, gun: string, limits: RootLimits): TrustedRoot | Refusal => {
  const where = `root of ${gun}`;
  let envelope: NotaryEnvelope;
  let root: NotaryRoot;
  try {
    envelope = parseNotaryEnvelope(bytes, limits.signatureBytes, where);
    root = parseNotaryRoot(envelope, where);
  } catch (thrown) {
    if (isFault(thrown)) return refusalOf(thrown, 'bytes');
    throw thrown;
  }
  // Root keys come as certificates, and nothing else does as one.
  const leaves = openRoleKeys(root.roles.root, root.keys, limits.certificates).filter(isLeafFirst);
  const named = leaves.filter(({ certificates: [leaf] }) => leaf !== undefined && isNamedFor(leaf, gun));
  const keys = named.filter(({ certificates: [leaf] }) => leaf !== undefined && isSoundCertificate(leaf));
  if (keys.length > 0) return { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), root, envelope, keys };
  const [other] = leaves.flatMap(({ certificates: [leaf] }) => (leaf === undefined ? [] : [commonName(leaf)]));
  if (named.length > 0 || other === undefined)
    return refuse('untrusted-root', `the root of ${gun} has no usable certificate`);
  return refuse('other-reference', `the root is that of ${shown(other, 200)}, not of ${gun}`);
};

const currentKeys = ({ keys }: TrustedRoot, now: Date): readonly OpenKey[] =>
  keys.filter(({ certificates: [leaf] }) => leaf !== undefined && isCurrent(leaf, now));

/** TUF 5.3.4 (2): a threshold of its own keys; with pins only of those that are pinned. */
export const selfSigned = (one: TrustedRoot, keys: readonly OpenKey[]): Refusal | undefined =>
  countSignatures(one.envelope, keys, one.root.roles.root.threshold).isEnough
    ? undefined
    : refuse('untrusted-root', `version ${one.root.version} of the root is not signed by its own keys`);

/** TUF 5.3.4 (1): a threshold of the keys of the root before. Its certificates may be over: they were in order when it was trusted. */
const isSignedByRoot = (next: TrustedRoot, previous: TrustedRoot): boolean =>
  countSignatures(next.envelope, previous.keys, previous.root.roles.root.threshold).isEnough;

/** TUF 5.3.10, and the dates of the certificates, which the Notary client asks for too. */
export const expiredRoot = (one: TrustedRoot, now: Date): Refusal | undefined => {
  const { version, expires } = one.root;
  if (Date.parse(expires) <= now.getTime()) return refuse('expired', `version ${version} of the root ended ${expires}`);
  return currentKeys(one, now).length > 0
    ? undefined
    : refuse('expired', `the certificates in version ${version} of the root are over, or have not begun`);
};

/** The first root that is seen of a GUN: pinned by the user, or trusted because it is the first. */
export const anchoredRoot = (one: TrustedRoot, pins: Pins | undefined, now: Date): Refusal | undefined => {
  const keys = pins === undefined ? one.keys : one.keys.filter((key) => isPinned(pins, key, now));
  if (keys.length > 0) return selfSigned(one, keys);
  return refuse('untrusted-root', `no key in version ${one.root.version} of the root is one of those that are pinned`);
};

/** Read and judged as the successor of `previous`. */
export const succeed = (
  bytes: Uint8Array,
  previous: TrustedRoot,
  gun: string,
  limits: RootLimits,
): TrustedRoot | Refusal => {
  const next = readRoot(bytes, gun, limits);
  if (isRefusal(next)) return next;
  if (!isSignedByRoot(next, previous))
    return refuse(
      'untrusted-root',
      `version ${next.root.version} of the root is not signed by the keys of version ${previous.root.version}, which is trusted`,
    );
  return selfSigned(next, next.keys) ?? next;
};
