/** The payload of a true envelope → the descriptor that was signed, and whether it is the manifest that is asked about. */
import type { Digest } from '../../core/digest.ts';
import type { Descriptor } from '../../core/image.ts';
import { parseDescriptor } from '../../formats/records/oci-descriptor.ts';
import { isJsonObject, parseStrictJson } from '../../formats/strict-json.ts';
import { refusal } from './refusal.ts';

const maximumBytes = 64 * 1024;

/** @throws {Refusal}; Fault malformed, limit */
export const parsePayload = (bytes: Uint8Array): Descriptor => {
  const value = parseStrictJson(bytes, {
    where: 'the signed payload',
    subject: 'ENVELOPE',
    maximumBytes,
    maximumDepth: 8,
  });
  if (!isJsonObject(value)) throw refusal('malformed', 'its payload is no JSON object');
  return parseDescriptor(value['targetArtifact'], 'targetArtifact', 'the signed payload');
};

/**
 * Step 3, "Verify signature payload": digest, media type and size. `siblings`: what the same index lists besides.
 * @throws {Refusal} other-digest, other-platform, malformed
 */
export const matchPayload = (signed: Descriptor, target: Descriptor, siblings: ReadonlySet<Digest>): void => {
  if (signed.digest !== target.digest)
    throw siblings.has(signed.digest)
      ? refusal('other-platform', `it is of ${signed.digest}, another platform of the same image`)
      : refusal('other-digest', `it is of ${signed.digest}`);
  if (signed.size !== target.size || signed.mediaType !== target.mediaType)
    throw refusal('malformed', 'it names the digest with another size or media type than the manifest has');
};
