/**
 * Who signed an image in cosign's ways: the answer to one question.
 *
 *  1. The index through which the image was reached is read, and covers it only where it lists it.
 *  2. Tags and referrers of the image and of that index are looked at for signatures and statements (SIGNATURE_SPEC.md, storage).
 *  3. The trusted root is taken from the trust, or from what is kept of the public instance, if anything needs one.
 *  4. Each candidate is proven (prove.ts), and its claim compared with the digest and, where asked, the reference.
 *  5. One proven signature is enough. A statement never counts as one.
 */
import type { Attestation, AttestationCode, AttestationFacts, TraceStep } from '../../core/attestation.ts';
import type { Digest } from '../../core/digest.ts';
import { isFault, misuse } from '../../core/fault.ts';
import type { Repository } from '../../core/image.ts';
import type { CosignTrust, SignatureSubject, TrustContext, TrustLimits } from '../../core/trust.ts';
import { parseManifest } from '../../formats/records/oci-manifest.ts';
import { fewAtOnce } from '../few-at-once.ts';
import type { Coverage } from './coverage.ts';
import { findSignatures, type Candidate } from './find-signatures.ts';
import { toWantedIdentities } from './identity.ts';
import { judgeCandidate, kindOf, type Judged } from './judge-candidate.ts';
import type { Terms } from './prove.ts';
import { findPublicRoot } from './public-root.ts';
import { clip, outcomeOf, Refusal, toRefusal } from './refusal.ts';
import { parseSignatureKey } from './signature-key.ts';
import { parseTrustRoot, type TrustRoot } from './trust-root.ts';

const verifier = 'cosign';

/** From the refusal that tells most to the one that tells least. */
const nearness: readonly AttestationCode[] = [
  'limit',
  'unreachable',
  'other-reference',
  'expired',
  'not-yet-valid',
  'revoked',
  'unproven-time',
  'other-platform',
  'other-digest',
  'untrusted-root',
  'other-signer',
  'unsupported',
  'malformed',
];

const nearest = (refusals: readonly Refusal[]): Refusal | undefined =>
  refusals.toSorted((one, other) => nearness.indexOf(one.code) - nearness.indexOf(other.code))[0];

interface ReadIndex {
  readonly coverage: Coverage;
  readonly steps: readonly TraceStep[];
  readonly refusals: readonly Refusal[];
}

/** Step 1. An index that does not list the image says nothing about it, whoever signed it. */
const readIndex = async (
  { digest, index }: SignatureSubject,
  repository: Repository,
  context: TrustContext,
): Promise<ReadIndex> => {
  const alone: Coverage = { digest, siblings: new Set() };
  if (index === undefined || index === digest) return { coverage: alone, steps: [], refusals: [] };
  const lookedFor = `index ${index}`;
  try {
    const stored = await repository.manifest(index, context);
    if (stored === undefined) throw new Refusal('unreachable', 'it is not there');
    const manifest = parseManifest(stored.bytes, { mediaType: stored.descriptor.mediaType }, lookedFor);
    const listed = manifest.kind === 'index' ? manifest.manifests.map((entry) => entry.digest) : [];
    if (!listed.includes(digest)) {
      const step: TraceStep = { lookedFor, result: 'refused', detail: 'it does not list this image' };
      return { coverage: alone, steps: [step], refusals: [] };
    }
    const siblings = new Set(listed.filter((other) => other !== digest));
    return {
      coverage: { digest, index, siblings },
      steps: [{ lookedFor, result: 'verified', detail: 'it lists this image' }],
      refusals: [],
    };
  } catch (thrown) {
    const refusal = toRefusal(thrown);
    const result = refusal.code === 'unreachable' ? 'unreachable' : 'refused';
    return { coverage: alone, steps: [{ lookedFor, result, detail: refusal.message }], refusals: [refusal] };
  }
};

/** Of all signatures and statements together, as many times as of one. */
const manyTimes = 8;

/**
 * The candidates that are fetched, of the sizes that their manifests state, which blobs are held to. The smallest come first: what
 * somebody puts beside an image to use the budget up takes it from statements, not from signatures.
 */
const affordable = (candidates: readonly Candidate[], { signatureBytes }: TrustLimits): ReadonlySet<Candidate> => {
  let left = signatureBytes * manyTimes;
  const bySize = candidates.toSorted((one, other) => one.blob.size - other.blob.size);
  return new Set(bySize.filter(({ blob }) => (left -= blob.size) >= 0));
};

/** Step 3. What cannot be had is a Refusal for whatever needs it. @throws {Fault} misuse */
const findRoot = async (trust: CosignTrust, isNeeded: boolean, context: TrustContext): Promise<TrustRoot | Refusal> => {
  if (trust.trustedRoot !== undefined) return parseTrustRoot(trust.trustedRoot);
  if (!isNeeded) return new Refusal('unsupported', 'no trusted root is named');
  let text: string;
  try {
    ({ text } = await findPublicRoot(context));
  } catch (thrown) {
    return toRefusal(thrown);
  }
  try {
    return parseTrustRoot(text);
  } catch (thrown) {
    // Not the user's mistake: what was fetched or kept is not what it should be.
    if (!isFault(thrown)) throw thrown;
    return new Refusal('unreachable', thrown.message);
  }
};

/** @throws {Fault} misuse: the trust cannot work */
const toTerms = (trust: CosignTrust, root: TrustRoot | Refusal, now: Date): Terms => ({
  keys: (trust.keys ?? []).map(parseSignatureKey),
  identities: toWantedIdentities(trust.identities),
  isLogRequired: { key: trust.log === 'required', certificate: trust.log !== 'optional' },
  hasRoot: !(root instanceof Refusal),
  root: () => {
    if (root instanceof Refusal) throw root;
    return root;
  },
  now,
});

const checkTrust = ({ keys = [], identities = [] }: CosignTrust): void => {
  if (keys.length + identities.length === 0)
    throw misuse('COSIGN_TRUST_EMPTY', 'cosign signatures are asked for, but neither keys nor identities say whose');
};

const toStep = ({ kind, candidate, proof, refusal }: Judged): TraceStep => ({
  lookedFor: `${kind} in ${candidate.place}`,
  ...(proof === undefined
    ? { result: 'refused', detail: refusal?.message ?? 'not proven' }
    : { result: 'verified', detail: clip(`signed by ${proof.identity}`) }),
});

const toStatement = (digest: Digest, judged: Judged): Attestation => {
  const { proof, refusal } = judged;
  const shared = { verifier, kind: 'statement', digest, trace: [toStep(judged)] } as const;
  if (proof === undefined) {
    const code = refusal?.code ?? 'malformed';
    return { ...shared, outcome: outcomeOf(code), code, reason: refusal?.message ?? 'the statement is not proven' };
  }
  return { ...shared, ...proven(proof), reason: clip(`stated by ${proof.identity}`) };
};

const proven = ({ identity, signedAt, expires, facts }: NonNullable<Judged['proof']>) =>
  ({
    outcome: 'trusted',
    code: 'trusted',
    identity,
    ...(signedAt === undefined ? {} : { signedAt: signedAt.toISOString() }),
    ...(expires === undefined ? {} : { expires: expires.toISOString() }),
    facts,
  }) as const;

/** Step 5. The signature with the earliest proven time stands for the others. */
const toSignature = (
  digest: Digest,
  judged: readonly Judged[],
  searched: readonly Refusal[],
  trace: readonly TraceStep[],
): Attestation => {
  const shared = { verifier, kind: 'signature', digest, trace } as const;
  const proofs = judged.flatMap(({ proof }) => proof ?? []);
  const [best] = proofs.toSorted(
    (one, other) => (one.signedAt?.getTime() ?? Infinity) - (other.signedAt?.getTime() ?? Infinity) || 0,
  );
  if (best !== undefined) {
    const facts: AttestationFacts = { ...best.facts, signatures: proofs.length };
    const by = typeof facts['issuer'] === 'string' ? ` (${facts['issuer']})` : '';
    return { ...shared, ...proven({ ...best, facts }), reason: clip(`signed by ${best.identity}${by}`) };
  }
  const refusal = nearest([...searched, ...judged.flatMap((one) => one.refusal ?? [])]);
  if (refusal === undefined)
    return { ...shared, outcome: 'untrusted', code: 'absent', reason: 'no cosign signature was found for this image' };
  return { ...shared, outcome: outcomeOf(refusal.code), code: refusal.code, reason: refusal.message };
};

const withoutRepository = (digest: Digest): Attestation => ({
  verifier,
  kind: 'signature',
  digest,
  outcome: 'inconclusive',
  code: 'unsupported',
  reason: 'where the image comes from, nothing is kept beside it: there is no place for a signature',
  trace: [{ lookedFor: 'cosign signatures', result: 'absent', detail: 'nothing is kept beside the image' }],
});

/** @throws {Fault} misuse: the trust cannot work */
export const verifyImage = async (
  subject: SignatureSubject,
  trust: CosignTrust,
  context: TrustContext,
): Promise<readonly Attestation[]> => {
  checkTrust(trust);
  const { digest, repository } = subject;
  const noRoot = new Refusal('unsupported', 'no trusted root was looked for');
  // Said before anything is looked for: a trust that cannot work must not look like an image that nobody signed.
  toTerms(trust, trust.trustedRoot === undefined ? noRoot : parseTrustRoot(trust.trustedRoot), context.now());
  if (repository === undefined) return [withoutRepository(digest)];

  const read = await readIndex(subject, repository, context);
  const { coverage } = read;
  const targets = [digest, ...(coverage.index === undefined ? [] : [coverage.index])];
  const search = await findSignatures(repository, targets, context);
  const isNeeded = search.candidates.length > 0 && ((trust.identities ?? []).length > 0 || trust.log === 'required');
  const terms = toTerms(trust, await findRoot(trust, isNeeded, context), context.now());
  const judged: Judged[] = [];
  const question = { subject, repository, trust, coverage, terms, context };
  const fetched = affordable(search.candidates, context.trustLimits);
  const tooMuch = new Refusal('limit', 'the signatures and statements beside the image are too large together');
  const judge = async (candidate: Candidate): Promise<Judged> =>
    fetched.has(candidate)
      ? judgeCandidate(candidate, question)
      : { kind: kindOf(candidate), candidate, refusal: tooMuch };
  for await (const { answer } of fewAtOnce(search.candidates, judge)) judged.push(answer());

  const trace = [...read.steps, ...search.steps, ...judged.map(toStep)];
  const signatures = judged.filter(({ kind }) => kind === 'signature');
  const statements = judged.filter(({ kind }) => kind === 'statement');
  return [
    toSignature(digest, signatures, [...read.refusals, ...search.refusals], trace),
    ...statements.map((one) => toStatement(digest, one)),
  ];
};
