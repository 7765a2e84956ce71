/** A manifest that is listed beside an image → the envelope that it holds (signature-specification, "OCI Signatures"). */
import type { Context } from '../../core/context.ts';
import type { Digest } from '../../core/digest.ts';
import type { Descriptor, Repository } from '../../core/image.ts';
import type { TrustLimits } from '../../core/trust.ts';
import { ociManifestType, parseManifest } from '../../formats/records/oci-manifest.ts';
import { refusal } from './refusal.ts';

export const signatureType = 'application/vnd.cncf.notary.signature';
const emptyType = 'application/vnd.oci.empty.v1+json';

export type EnvelopeKind = 'application/jose+json' | 'application/cose';

export interface StoredEnvelope {
  readonly kind: EnvelopeKind;
  readonly bytes: Uint8Array;
}

const isEnvelopeKind = (mediaType: string): mediaType is EnvelopeKind =>
  mediaType === 'application/jose+json' || mediaType === 'application/cose';

/** An envelope is some ten kilobytes; what is much larger is read for an attacker’s sake only. */
export const maximumEnvelopeBytes = 128 * 1024;

/** Lists made by hand or by old registries say no type: then the manifest itself is looked at. */
export const mayBeSignature = ({ artifactType }: Descriptor): boolean =>
  artifactType === undefined || artifactType === '' || artifactType === signatureType;

/**
 * undefined: the manifest is something else, which its list did not say.
 * @throws {Refusal}; Fault unavailable, malformed, limit
 */
export const readEnvelope = async (
  listed: Descriptor,
  subject: Digest,
  repository: Repository,
  limits: TrustLimits,
  context: Context,
): Promise<StoredEnvelope | undefined> => {
  if (listed.size > limits.manifestBytes) throw refusal('limit', 'its manifest is too large');
  const stored = await repository.manifest(listed.digest, context);
  if (stored === undefined) throw refusal('malformed', 'its manifest is listed and not there');
  if (stored.bytes.length > limits.manifestBytes) throw refusal('limit', 'its manifest is too large');
  const document = parseManifest(stored.bytes, { mediaType: listed.mediaType }, 'the signature’s manifest');
  const { artifactType } = document;
  const type = artifactType ?? (document.kind === 'image' ? document.config.mediaType : undefined);
  if (type !== signatureType) {
    if (listed.artifactType === signatureType) throw refusal('malformed', 'its manifest is not that of a signature');
    return undefined;
  }
  if (document.kind !== 'image' || document.mediaType !== ociManifestType)
    throw refusal('malformed', 'its manifest is no OCI image manifest');
  if (
    artifactType !== undefined &&
    document.config.mediaType !== emptyType &&
    document.config.mediaType !== signatureType
  )
    throw refusal('malformed', 'its manifest says two types');
  if (document.subject?.digest !== subject)
    throw refusal('malformed', 'its manifest names another subject than it is listed for');
  const [layer, ...others] = document.layers;
  if (layer === undefined || others.length > 0) throw refusal('malformed', 'its manifest does not hold one envelope');
  if (!isEnvelopeKind(layer.mediaType)) throw refusal('unsupported', 'its envelope is of a type that is not read');
  const maximum = Math.min(maximumEnvelopeBytes, limits.signatureBytes);
  if (layer.size > maximum) throw refusal('limit', `its envelope is larger than ${maximum} bytes`);
  return { kind: layer.mediaType, bytes: await repository.blob(layer, maximum, context) };
};
