/** Bytes and the digest they were named by → a tampering finding when the two differ. OCI image specification, descriptor.md, "Digests". */
import { createHash } from 'node:crypto';
import { digestAlgorithm, type Digest } from '../core/digest.ts';
import type { Finding } from '../core/finding.ts';

/** Digest of bytes that we hold, with the algorithm of `like`. */
export const digestOf = (bytes: Uint8Array, like: Digest = 'sha256:'): Digest => {
  const algorithm = digestAlgorithm(like);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
};

/** The reference with what it led to; one that names just that says it once. */
export const pinned = (label: string, digest: Digest): string =>
  label.endsWith(digest) ? label : `${label}@${digest}`;

/** What a digest that does not fit means: whoever delivered the bytes changed them, or changed the name. */
export const digestMismatch = (subject: 'config' | 'manifest' | 'index', claimed: Digest, actual: Digest): Finding => ({
  rule: `image/${subject}-digest-mismatch`,
  title: `The ${subject} is not the one that its digest names`,
  severity: 'critical',
  confidence: 'high',
  intent: 'tampering',
  techniques: ['T1525', 'T1195.002'],
  advice:
    'Do not run this image. Fetch it again from its origin; if the mismatch stays, the registry, the archive or the path between was tampered with.',
  evidence: [
    { kind: 'config', field: `${subject} digest, claimed`, value: claimed },
    { kind: 'config', field: `${subject} digest, of the bytes`, value: actual },
  ],
});

/** A manifest that states another size than the bytes of that digest have: readers that stop at the stated size see other bytes. */
export const sizeMismatch = (subject: 'config' | 'manifest', claimed: number, actual: number): Finding => ({
  rule: `image/${subject}-size-mismatch`,
  title: `The ${subject} has another size than stated`,
  severity: 'medium',
  confidence: 'high',
  intent: 'tampering',
  techniques: ['T1036'],
  advice: 'Rebuild or fetch the image again: engines refuse it or read it differently.',
  evidence: [
    { kind: 'config', field: `${subject} size, claimed`, value: String(claimed) },
    { kind: 'config', field: `${subject} size, of the bytes`, value: String(actual) },
  ],
});
