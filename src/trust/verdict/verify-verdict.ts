/**
 * An image's digest and the keys of those who scan → their signed verdicts on it.
 *
 * 1. Envelopes are looked for where in-toto attestations lie: referrers of the digest (sigstore bundles and plain DSSE), and the
 *    tag `sha256-….att`. Of the index nothing is looked for: a verdict is on one platform's image.
 * 2. Those whose payload is no in-toto statement of our predicate type are passed over.
 * 3. A signature of the envelope must be by one of the keys, over DSSE's pre-authentication encoding of the type and the payload.
 * 4. A subject of the statement must be the digest, and the predicate must have its form.
 * 5. Its newest rules must not be older than is believed, and it must not deny the image.
 * 6. Of all by one key that were ever seen here the newest speaks; older ones are replayed.
 */
import type { KeyObject } from 'node:crypto';
import type { Attestation, AttestationCode, TraceStep } from '../../core/attestation.ts';
import { isFault, misuse } from '../../core/fault.ts';
import type { Repository } from '../../core/image.ts';
import type { SignatureSubject, TrustContext, VerdictTrust } from '../../core/trust.ts';
import { dsseSignedBytes, inTotoPayloadType, parseDsse, type DsseEnvelope } from '../../formats/records/dsse.ts';
import { parseStatement, type InTotoStatement } from '../../formats/records/in-toto.ts';
import { parseSigstoreBundle } from '../../formats/records/sigstore-bundle.ts';
import {
  parseVerdictPredicate,
  verdictPredicateType,
  type VerdictPredicate,
} from '../../formats/records/verdict-predicate.ts';
import { findSignatures, type Candidate } from '../cosign/find-signatures.ts';
import { outcomeOf, toRefusal, type Refusal } from '../cosign/refusal.ts';
import { isSignedWith, keyFingerprint, parseSignatureKey } from '../cosign/signature-key.ts';
import { factsOfVerdict, judgeStatement } from './judge-statement.ts';
import { withNewestWord, type FoundVerdict } from './newest-word.ts';

/** A verdict has a few KiB. Larger envelopes, such as inventories, are not even fetched. */
const envelopeBytes = 1024 * 1024;

const parseKeys = (trust: VerdictTrust): readonly KeyObject[] => {
  if (trust.keys.length === 0)
    throw misuse('VERDICT_KEY_INVALID', 'signed verdicts are asked for, and no key says by whom');
  try {
    return trust.keys.map(parseSignatureKey);
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    throw misuse(
      'VERDICT_KEY_INVALID',
      'a key of signed verdicts cannot be used: write a public key in PEM (P-256, P-384, P-521, RSA or Ed25519)',
    );
  }
};

/** undefined: an attestation of another kind. */
const statementOf = ({ payloadType, payload }: DsseEnvelope, place: string): InTotoStatement | undefined => {
  if (payloadType !== inTotoPayloadType) return undefined;
  const statement = parseStatement(payload, envelopeBytes, place);
  return statement.predicateType === verdictPredicateType ? statement : undefined;
};

const readEnvelope = async (
  { form, blob, place }: Candidate,
  repository: Repository,
  context: TrustContext,
): Promise<DsseEnvelope | undefined> => {
  if (blob.size > envelopeBytes) return undefined;
  const bytes = await repository.blob(blob, envelopeBytes, context);
  if (form === 'classic-attestation') return parseDsse(bytes, envelopeBytes, place);
  const { content } = parseSigstoreBundle(bytes, envelopeBytes, place);
  return content.kind === 'envelope' ? content.envelope : undefined;
};

/** Words on this image that its key has really said, by now. */
const spoken: ReadonlySet<AttestationCode> = new Set(['trusted', 'denied', 'expired']);

/** Nothing of the predicate is believed before the signature is. */
const judgeEnvelope = (
  envelope: DsseEnvelope,
  statement: InTotoStatement,
  place: string,
  keys: readonly KeyObject[],
  trust: VerdictTrust,
  subject: SignatureSubject,
  now: Date,
): FoundVerdict => {
  const { digest } = subject;
  const base = { verifier: 'verdict', kind: 'statement', digest } as const;
  const covered = dsseSignedBytes(envelope);
  const key = keys.find((one) => envelope.signatures.some(({ signature }) => isSignedWith(one, covered, signature)));
  if (key === undefined)
    return {
      attestation: {
        ...base,
        outcome: 'untrusted',
        code: 'other-signer',
        reason: 'a verdict without a signature by any of the keys that are trusted here',
      },
    };
  const identity = keyFingerprint(key);
  let predicate: VerdictPredicate;
  try {
    predicate = parseVerdictPredicate(statement.predicate, place);
  } catch (thrown) {
    const { code, message } = toRefusal(thrown);
    return {
      attestation: { ...base, outcome: outcomeOf(code), code, identity, reason: `a signed verdict: ${message}` },
    };
  }
  const { code, reason, expires } = judgeStatement(statement, predicate, {
    digest,
    maximumRuleAgeDays: trust.maximumRuleAgeDays,
    now,
  });
  return {
    attestation: {
      ...base,
      outcome: outcomeOf(code),
      code,
      identity,
      ...(expires === undefined ? {} : { expires }),
      reason,
      facts: factsOfVerdict(predicate),
    },
    ...(spoken.has(code) ? { at: Date.parse(predicate.at) } : {}),
  };
};

interface Word {
  readonly code: AttestationCode;
  readonly reason: string;
}

/** Something was not looked at: there may be a verdict that counts. */
const openQuestion = (refusals: readonly Refusal[]): Word | undefined => {
  const open = refusals.find(({ code }) => outcomeOf(code) === 'inconclusive');
  return open && { code: open.code, reason: `not everything could be looked at: ${open.message}` };
};

/** One word for all that could not be read, and for nothing at all. */
const nothingFound = (refusals: readonly Refusal[]): Word => {
  const open = openQuestion(refusals);
  if (open !== undefined) return open;
  const [damaged] = refusals;
  if (damaged !== undefined)
    return { code: damaged.code, reason: `what lies there cannot be read: ${damaged.message}` };
  return { code: 'absent', reason: 'no signed verdict lies beside the image' };
};

export const verifyVerdict = async (
  subject: SignatureSubject,
  trust: VerdictTrust,
  context: TrustContext,
): Promise<readonly Attestation[]> => {
  const keys = parseKeys(trust);
  const { digest, repository } = subject;
  const single = (code: AttestationCode, reason: string, trace: readonly TraceStep[]): readonly Attestation[] => [
    { verifier: 'verdict', kind: 'statement', digest, outcome: outcomeOf(code), code, reason, trace },
  ];
  if (repository === undefined) {
    const lookedFor = 'signed verdicts beside the image';
    return single('unsupported', 'where this image comes from, nothing is kept beside it', [
      { lookedFor, result: 'absent' },
    ]);
  }
  const search = await findSignatures(repository, [digest], context, ['att']);
  const trace: TraceStep[] = [...search.steps];
  const refusals: Refusal[] = [...search.refusals];
  const answers: FoundVerdict[] = [];
  for (const candidate of search.candidates) {
    const { place } = candidate;
    if (candidate.form === 'classic-signature') continue;
    try {
      const envelope = await readEnvelope(candidate, repository, context);
      const statement = envelope && statementOf(envelope, place);
      if (envelope === undefined || statement === undefined) continue;
      const answer = judgeEnvelope(envelope, statement, place, keys, trust, subject, context.now());
      answers.push(answer);
      const { outcome, reason } = answer.attestation;
      trace.push({
        lookedFor: `verdict in ${place}`,
        result: outcome === 'trusted' ? 'verified' : 'refused',
        detail: reason,
      });
    } catch (thrown) {
      context.signal.throwIfAborted();
      const refusal = toRefusal(thrown);
      refusals.push(refusal);
      const result = refusal.code === 'unreachable' ? 'unreachable' : 'refused';
      trace.push({ lookedFor: place, result, detail: refusal.message });
    }
  }
  const found = withNewestWord(answers, digest, context.trustMemory).map((attestation): Attestation => ({
    ...attestation,
    trace,
  }));
  const isSettled = found.some(({ outcome }) => outcome === 'trusted');
  const word = found.length === 0 ? nothingFound(refusals) : isSettled ? undefined : openQuestion(refusals);
  return word === undefined ? found : [...found, ...single(word.code, word.reason, trace)];
};
