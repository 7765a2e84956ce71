/** JSON bytes → what a classic cosign signature claims. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#simple-signing */
import { isDigest, type Digest } from '../../core/digest.ts';
import { parseStrictJson } from '../strict-json.ts';
import { jsonFields, readAnnotations, type Annotations } from './json-fields.ts';

export interface CosignPayload {
  readonly digest: Digest;
  /** `critical.identity.docker-reference`; absent where it is empty. */
  readonly reference?: string;
  /** `optional`: what the signer added with `-a`. */
  readonly annotations: Annotations;
}

export const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json';

const payloadType = 'cosign container image signature';

/** @throws {Fault} malformed `COSIGN_PAYLOAD_INVALID` or `COSIGN_PAYLOAD_AMBIGUOUS`, limit `COSIGN_PAYLOAD_TOO_LARGE` */
export const parseCosignPayload = (bytes: Uint8Array, maximumBytes: number, where: string): CosignPayload => {
  const document = { subject: 'COSIGN_PAYLOAD', where, maximumBytes };
  const fields = jsonFields(document);
  const body = fields.object(parseStrictJson(bytes, document), 'the payload');
  const critical = fields.object(fields.optional(body, 'critical'), 'critical');
  // A payload of another kind that happens to hold a digest (containers' own simple signing) says something else.
  if (fields.optional(critical, 'type') !== payloadType) throw fields.invalid(`critical.type is not "${payloadType}"`);
  const image = fields.object(fields.optional(critical, 'image'), 'critical.image');
  const digest = fields.optional(image, 'docker-manifest-digest');
  if (typeof digest !== 'string' || !isDigest(digest))
    throw fields.invalid('critical.image.docker-manifest-digest is no digest');
  const identity = fields.object(fields.optional(critical, 'identity') ?? {}, 'critical.identity');
  const reference = fields.optional(identity, 'docker-reference') ?? '';
  if (typeof reference !== 'string' || reference.length > 4096)
    throw fields.invalid('critical.identity.docker-reference is no reference');
  return {
    digest,
    ...(reference === '' ? {} : { reference }),
    annotations: readAnnotations(fields.optional(body, 'optional')),
  };
};
