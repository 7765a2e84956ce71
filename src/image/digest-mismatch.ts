/** Bytes and the digest they were named by → a tampering finding when the two differ. OCI image specification, descriptor.md, "Digests". */
import { createHash } from 'node:crypto';
import { digestAlgorithm, type Digest } from '../core/digest.ts';
import type { Finding } from '../core/finding.ts';

/** Digest of bytes that we hold, with the algorithm of `like`. */
export const digestOf = (bytes: Uint8Array, like: Digest = 'sha256:'): Digest => {
  const algorithm = digestAlgorithm(like);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
};

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
