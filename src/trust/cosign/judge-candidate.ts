/** One blob that may hold a signature → what it says, and whether it is proven to be said about this image by somebody who is asked for. */
import type { AttestationFacts, AttestationKind } from '../../core/attestation.ts';
import type { Digest } from '../../core/digest.ts';
import type { Repository } from '../../core/image.ts';
import type { CosignTrust, SignatureSubject, TrustContext } from '../../core/trust.ts';
import { parseCosignAnnotations } from '../../formats/records/cosign-annotations.ts';
import { parseCosignPayload } from '../../formats/records/cosign-payload.ts';
import { inTotoPayloadType, parseDsse, type DsseEnvelope } from '../../formats/records/dsse.ts';
import { parseStatement, type InTotoStatement } from '../../formats/records/in-toto.ts';
import type { Annotations } from '../../formats/records/json-fields.ts';
import { parseSigstoreBundle, type SigstoreBundle } from '../../formats/records/sigstore-bundle.ts';
import { checkReference, coveringSubjects, type Claim, type Coverage } from './coverage.ts';
import { fromBundle, fromClassic, type Evidence } from './evidence.ts';
import type { Candidate } from './find-signatures.ts';
import { prove, type Proof, type Terms } from './prove.ts';
import { clip, Refusal, toRefusal } from './refusal.ts';
import { statementFacts } from './statement-facts.ts';

/** The statement by which cosign 3 signs an image; every other statement says something about it. */
export const signPredicate = 'https://sigstore.dev/cosign/sign/v1';

export interface Judged {
  readonly kind: AttestationKind;
  readonly candidate: Candidate;
  /** One of the two. */
  readonly proof?: Proof;
  readonly refusal?: Refusal;
}

export interface Question {
  readonly subject: SignatureSubject;
  readonly repository: Repository;
  readonly trust: CosignTrust;
  readonly coverage: Coverage;
  readonly terms: Terms;
  readonly context: TrustContext;
}

/** What the candidate turned out to be, before anything of it is believed. */
interface Read {
  readonly kind: AttestationKind;
  readonly evidence: Evidence;
  readonly claim: Claim;
  /** Told only once it is proven. */
  readonly facts: AttestationFacts;
}

const claimOf = ({ subjects }: InTotoStatement): Claim =>
  subjects.map(({ digests, name }) => ({ digests, ...(name === undefined ? {} : { reference: name }) }));

const readEnvelope = (envelope: DsseEnvelope, maximumBytes: number, place: string): InTotoStatement => {
  if (envelope.payloadType !== inTotoPayloadType)
    throw new Refusal('unsupported', `the envelope holds ${envelope.payloadType}, not an in-toto statement`);
  return parseStatement(envelope.payload, maximumBytes, place);
};

const annotationFacts = (annotations: Annotations): AttestationFacts =>
  Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [
      `annotation:${name.slice(0, 128)}`,
      typeof value === 'string' ? clip(value) : value,
    ]),
  );

const readClassic = (blob: Uint8Array, candidate: Candidate, context: TrustContext): Read => {
  const { signatureBytes, certificates } = context.trustLimits;
  const annotations = parseCosignAnnotations(candidate.blob.annotations ?? {}, candidate.place);
  if (candidate.form === 'classic-attestation') {
    const envelope = parseDsse(blob, signatureBytes, candidate.place);
    const statement = readEnvelope(envelope, signatureBytes, candidate.place);
    return {
      kind: 'statement',
      evidence: fromClassic(annotations, blob, envelope, certificates),
      claim: claimOf(statement),
      facts: statementFacts(statement),
    };
  }
  const payload = parseCosignPayload(blob, signatureBytes, candidate.place);
  return {
    kind: 'signature',
    evidence: fromClassic(annotations, blob, undefined, certificates),
    claim: [
      { digests: [payload.digest], ...(payload.reference === undefined ? {} : { reference: payload.reference }) },
    ],
    facts: { layout: 'classic', ...annotationFacts(payload.annotations) },
  };
};

/** The bytes of the manifest that a signature of a message must be over. */
const manifestBytes = async (digest: Digest, { repository, context }: Question): Promise<Uint8Array> => {
  const stored = await repository.manifest(digest, context);
  if (stored === undefined) throw new Refusal('unreachable', `the manifest ${digest} is not there to be checked`);
  return stored.bytes;
};

const readBundle = async (bundle: SigstoreBundle, place: string, question: Question): Promise<Read> => {
  const { content } = bundle;
  if (content.kind === 'envelope') {
    const statement = readEnvelope(content.envelope, question.context.trustLimits.signatureBytes, place);
    const isSignature = statement.predicateType === signPredicate;
    return {
      kind: isSignature ? 'signature' : 'statement',
      evidence: fromBundle(bundle, undefined),
      claim: claimOf(statement),
      facts: isSignature
        ? { layout: 'bundle', ...annotationFacts(statement.subjects[0]?.annotations ?? {}) }
        : statementFacts(statement),
    };
  }
  const { digest, index } = question.coverage;
  const stated: string = `sha256:${Buffer.from(content.digest).toString('hex')}`;
  const covered = [digest, ...(index === undefined ? [] : [index])].find((candidate) => candidate === stated);
  if (content.hash !== 'sha256' || covered === undefined)
    throw new Refusal('other-digest', `signed is ${content.hash}:${stated.slice('sha256:'.length)}, not this image`);
  return {
    kind: 'signature',
    evidence: fromBundle(bundle, await manifestBytes(covered, question)),
    claim: [{ digests: [covered] }],
    facts: { layout: 'bundle' },
  };
};

/** What it is by its place alone; a bundle may hold either. */
export const kindOf = ({ form }: Candidate): AttestationKind =>
  form === 'classic-attestation' ? 'statement' : 'signature';

/** Never throws for what the candidate holds. @throws {Fault} misuse */
export const judgeCandidate = async (candidate: Candidate, question: Question): Promise<Judged> => {
  const { subject, repository, trust, coverage, terms, context } = question;
  let kind = kindOf(candidate);
  try {
    const maximumBytes = context.trustLimits.signatureBytes;
    const blob = await repository.blob(candidate.blob, maximumBytes, context);
    const bundle = candidate.form === 'bundle' ? parseSigstoreBundle(blob, maximumBytes, candidate.place) : undefined;
    // Until it is read to be one: whatever else lies in an envelope is no signature of the image.
    if (bundle?.content.kind === 'envelope') kind = 'statement';
    const read =
      bundle === undefined
        ? readClassic(blob, candidate, context)
        : await readBundle(bundle, candidate.place, question);
    kind = read.kind;
    if (read.evidence.certificates.length > context.trustLimits.certificates)
      throw new Refusal('limit', `more than ${context.trustLimits.certificates} certificates`);
    const proof = prove(read.evidence, terms);
    const covering = coveringSubjects(read.claim, coverage);
    if (kind === 'signature') checkReference(covering, trust.claim, subject.reference);
    // What the certificate says of the build comes from its issuer; what a statement says, from its signer.
    return { kind, candidate, proof: { ...proof, facts: { ...read.facts, ...proof.facts } } };
  } catch (thrown) {
    return { kind, candidate, refusal: toRefusal(thrown) };
  }
};
