/** A sigstore bundle and an artifact, or its digest, → the proof that the artifact was signed: what the public conformance suite asks. */
import { createHash } from 'node:crypto';
import { inTotoPayloadType } from '../../formats/records/dsse.ts';
import { parseStatement } from '../../formats/records/in-toto.ts';
import { parseSigstoreBundle } from '../../formats/records/sigstore-bundle.ts';
import { isDigest, type Digest } from '../../core/digest.ts';
import { fromBundle } from './evidence.ts';
import { prove, type Proof, type Terms } from './prove.ts';
import { Refusal, toRefusal } from './refusal.ts';

export type Artifact = { readonly bytes: Uint8Array } | { readonly digest: Digest };

const digestOf = (artifact: Artifact): Digest => {
  if ('digest' in artifact) return artifact.digest;
  const digest = `sha256:${createHash('sha256').update(artifact.bytes).digest('hex')}`;
  if (isDigest(digest)) return digest;
  throw new Refusal('malformed', 'no digest');
};

/** The envelope must be in-toto's, and its statement about the artifact (client specification, 4.5). @throws {Refusal} */
const checkSubject = (payloadType: string, payload: Uint8Array, artifact: Artifact, maximumBytes: number): void => {
  if (payloadType !== inTotoPayloadType) throw new Refusal('unsupported', 'the envelope holds no in-toto statement');
  const { subjects } = parseStatement(payload, maximumBytes, 'statement');
  const digest = digestOf(artifact);
  if (!subjects.some(({ digests }) => digests.includes(digest)))
    throw new Refusal('other-digest', `the statement is not about ${digest}`);
};

/** @throws {Refusal}; {Fault} misuse */
export const proveArtifact = (
  bundleBytes: Uint8Array,
  artifact: Artifact,
  maximumBytes: number,
  terms: Terms,
): Proof => {
  try {
    const bundle = parseSigstoreBundle(bundleBytes, maximumBytes, 'bundle');
    const proof = prove(fromBundle(bundle, 'bytes' in artifact ? artifact.bytes : undefined), terms);
    if (bundle.content.kind === 'envelope') {
      const { payloadType, payload } = bundle.content.envelope;
      checkSubject(payloadType, payload, artifact, maximumBytes);
    }
    return proof;
  } catch (thrown) {
    throw toRefusal(thrown);
  }
};
