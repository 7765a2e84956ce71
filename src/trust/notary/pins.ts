/** `DockerContentTrust.roots` → which root keys are the right ones. As `trust_pinning` of the Notary client: keys and certificates, or authorities. */
import { createHash, createPublicKey, type X509Certificate } from 'node:crypto';
import { misuse, type Fault } from '../../core/fault.ts';
import { pemBlocks } from '../../formats/records/pem.ts';
import { leadsTo, readCertificates } from './certificate.ts';
import { notaryKeyId, openNotaryKey, type OpenKey } from './key.ts';

export interface Pins {
  /** Of keys, or of the certificates that carry them. */
  readonly ids: ReadonlySet<string>;
  readonly authorities: readonly X509Certificate[];
  /** Equal for equal pins: what was seen under other pins is another history. */
  readonly fingerprint: string;
}

const unusable = (position: number, why: string): Fault =>
  misuse('NOTARY_TRUST_INVALID', `root ${position + 1} of docker-content-trust ${why}`);

const mostRoots = 64;
const mostCertificates = 16;

interface Pin {
  readonly ids: readonly string[];
  readonly authorities: readonly X509Certificate[];
}

const idOfPublicKey = (pem: string, position: number): string => {
  try {
    const key = createPublicKey(pem);
    const publicBytes = key.export({ type: 'spki', format: 'der' });
    const family = key.asymmetricKeyType === 'ec' ? 'ecdsa' : (key.asymmetricKeyType ?? '');
    // An Ed25519 key goes by its bare 32 bytes; root keys are certificates, and theirs are never of that kind.
    if (openNotaryKey({ type: family, publicBytes }, mostCertificates) !== undefined)
      return notaryKeyId(family, publicBytes);
  } catch {
    // The message below says it.
  }
  throw unusable(position, 'is no public key of ECDSA, or of RSA with 2048 bits or more');
};

const parsePin = (root: string, position: number): Pin => {
  const text = root.trim();
  const id = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(text)?.[1];
  if (id !== undefined) return { ids: [id.toLowerCase()], authorities: [] };
  const blocks = pemBlocks(text);
  if (blocks.length > 0 && blocks.every(({ label }) => label === 'PUBLIC KEY'))
    return { ids: blocks.map(({ pem }) => idOfPublicKey(pem, position)), authorities: [] };
  const certificates = readCertificates(text, mostCertificates);
  if (certificates === undefined)
    throw unusable(position, 'is neither a key id (64 hex digits) nor PEM with certificates or public keys');
  const leaves = certificates.filter(({ ca }) => !ca);
  // A bundle of a certificate and those above it pins the certificate: else the authority's other customers would be trusted too.
  if (leaves.length === 0) return { ids: [], authorities: certificates };
  const keys = leaves.map(({ publicKey }) => String(publicKey.export({ type: 'spki', format: 'pem' })));
  return { ids: keys.map((pem) => idOfPublicKey(pem, position)), authorities: [] };
};

/** @throws {Fault} misuse `NOTARY_TRUST_INVALID`: a root that cannot be read, or a list of none */
export const parsePins = (roots: readonly string[]): Pins => {
  if (roots.length === 0)
    throw misuse(
      'NOTARY_TRUST_INVALID',
      'the list of roots of docker-content-trust is empty, so nobody could have signed; name one, or leave the list out to trust and pin on first use',
    );
  if (roots.length > mostRoots)
    throw misuse('NOTARY_TRUST_INVALID', `docker-content-trust has more than ${mostRoots} roots`);
  const pins = roots.map(parsePin);
  const ids = new Set(pins.flatMap((pin) => pin.ids));
  const authorities = pins.flatMap((pin) => pin.authorities);
  const all = [...ids, ...authorities.map(({ fingerprint256 }) => fingerprint256)].toSorted();
  return { ids, authorities, fingerprint: createHash('sha256').update(all.join(' ')).digest('hex') };
};

/** `key` is a root key whose certificate was looked at. */
export const isPinned = ({ ids, authorities }: Pins, key: OpenKey, now: Date): boolean => {
  if (ids.has(key.id) || ids.has(key.canonicalId)) return true;
  const [leaf, ...others] = key.certificates;
  const intermediates = others.filter(({ ca }) => ca);
  return leaf !== undefined && authorities.some((authority) => leadsTo(leaf, intermediates, authority, now));
};
