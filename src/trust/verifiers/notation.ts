/** Notary Project signatures (notation) of one manifest, judged by Notation's own trust policy and trust stores. */
import type { Attestation, AttestationCode, AttestationOutcome, TraceStep } from '../../core/attestation.ts';
import type { Digest } from '../../core/digest.ts';
import type { Descriptor, Repository } from '../../core/image.ts';
import type { NotationTrust, SignatureSubject, TrustContext, TrustVerifier } from '../../core/trust.ts';
import { parseManifest } from '../../formats/records/oci-manifest.ts';
import type { Certificate } from '../../formats/records/x509-certificate.ts';
import { openRevocationFetcher } from '../certificates/revocation-fetcher.ts';
import { refusal, type Refusal } from '../notation/refusal.ts';
import { mayBeSignature, readEnvelope } from '../notation/signature-manifest.ts';
import {
  applicableStatement,
  parseTrustPolicy,
  type StoreType,
  type TrustStatement,
} from '../notation/trust-policy.ts';
import { trustedCertificates } from '../notation/trust-store.ts';
import { toRefusal, validateSignature, type ValidSignature } from '../notation/validate.ts';

/** A manifest whose signatures count for the subject, and what else its index lists. */
interface Target {
  readonly descriptor: Descriptor;
  readonly siblings: ReadonlySet<Digest>;
}

/** @throws {Refusal}; Fault */
const readTarget = async (digest: Digest, repository: Repository, context: TrustContext) => {
  const stored = await repository.manifest(digest, context);
  if (stored === undefined) throw refusal('unreachable', `the manifest ${digest} is not there`);
  const document = parseManifest(stored.bytes, { mediaType: stored.descriptor.mediaType }, 'the manifest');
  const listed = document.kind === 'index' ? document.manifests.map((one) => one.digest) : [];
  return { descriptor: { mediaType: document.mediaType, digest, size: stored.bytes.length }, listed };
};

/** The manifest itself, and the index through which it was reached, if it does list it: a signature of the index covers it. */
const readTargets = async (
  { digest, index }: SignatureSubject,
  repository: Repository,
  context: TrustContext,
): Promise<readonly Target[]> => {
  const own = await readTarget(digest, repository, context);
  if (index === undefined || index === digest) return [{ descriptor: own.descriptor, siblings: new Set() }];
  const above = await readTarget(index, repository, context);
  const siblings = new Set(above.listed.filter((one) => one !== digest));
  const covers = above.listed.includes(digest);
  return [{ descriptor: own.descriptor, siblings }, ...(covers ? [{ descriptor: above.descriptor, siblings }] : [])];
};

/** How much a failure says: what nearly counted tells more than what is of something else. */
const order: readonly AttestationCode[] = [
  'unreachable',
  'unsupported',
  'limit',
  'revoked',
  'expired',
  'not-yet-valid',
  'unproven-time',
  'other-signer',
  'untrusted-root',
  'other-platform',
  'other-digest',
  'malformed',
];

const rank = ({ outcome, code }: Refusal): number =>
  (outcome === 'inconclusive' ? 0 : order.length) + order.indexOf(code);

/** One signature that might count leaves the question open, whatever is wrong with others. */
const worstOf = (refusals: readonly Refusal[]): Refusal | undefined =>
  refusals.toSorted((one, other) => rank(one) - rank(other))[0];

type Answer = Omit<Attestation, 'verifier' | 'kind' | 'digest' | 'trace'>;

const answerOf = (code: AttestationCode, outcome: AttestationOutcome, reason: string): Answer => ({
  outcome,
  code,
  reason: reason.slice(0, 512),
});

const answerOfValid = ({ logged, ...valid }: ValidSignature): Answer => ({
  ...answerOf(
    'trusted',
    'trusted',
    logged.length === 0
      ? `signed by ${valid.identity ?? 'nobody who is known'}, whom the trust policy trusts`
      : `the trust policy only logs what is wrong with the signature: ${logged.map(({ message }) => message).join('; ')}`,
  ),
  ...valid,
});

/** Each once, however often it is listed. */
const listSignatures = async (
  digest: Digest,
  repository: Repository,
  context: TrustContext,
): Promise<readonly Descriptor[]> => {
  const referrers = await repository.referrers(digest, context);
  return [...new Map(referrers.filter(mayBeSignature).map((one) => [one.digest, one])).values()];
};

const search = async (
  subject: SignatureSubject,
  repository: Repository,
  statement: TrustStatement,
  trust: NotationTrust,
  trace: (step: TraceStep) => void,
  context: TrustContext,
): Promise<Answer> => {
  const { trustLimits } = context;
  const name = repository.name ?? 'the layout';
  const stores = new Map<StoreType, readonly Certificate[]>();
  const trusted = (type: StoreType): readonly Certificate[] => {
    const known = stores.get(type) ?? trustedCertificates(statement, type, trust.stores);
    stores.set(type, known);
    return known;
  };
  // A trust that cannot work is told before anything is fetched.
  for (const type of ['ca', 'signingAuthority', 'tsa'] as const) trusted(type);

  await using fetcher = openRevocationFetcher(context);
  const refusals: Refusal[] = [];
  let left = trustLimits.signatures;
  for (const { descriptor: target, siblings } of await readTargets(subject, repository, context)) {
    const listed = await listSignatures(target.digest, repository, context);
    trace({
      lookedFor: `Notary signatures of ${target.digest} among the referrers in ${name}`,
      result: listed.length === 0 ? 'absent' : 'found',
      ...(listed.length === 0 ? {} : { detail: `${listed.length} listed` }),
    });
    for (const one of listed) {
      if (left <= 0) {
        refusals.push(refusal('limit', `more than ${trustLimits.signatures} signatures lie beside it`, 'inconclusive'));
        break;
      }
      left -= 1;
      try {
        const stored = await readEnvelope(one, target.digest, repository, trustLimits, context);
        if (stored === undefined) continue;
        trace({ lookedFor: `signature ${one.digest}`, result: 'found', detail: stored.kind });
        return answerOfValid(
          await validateSignature({ stored, target, siblings, statement, trusted, fetcher, trace, context }),
        );
      } catch (thrown) {
        const found = toRefusal(thrown);
        const result = found.code === 'unreachable' ? 'unreachable' : 'refused';
        trace({ lookedFor: `signature ${one.digest}`, result, detail: found.message });
        refusals.push(found);
      }
    }
  }
  const worst = worstOf(refusals);
  if (worst !== undefined) {
    const verdict = worst.outcome === 'inconclusive' ? 'whether it counts is not known' : 'does not count';
    return answerOf(worst.code, worst.outcome, `a Notary signature lies beside it and ${verdict}: ${worst.message}`);
  }
  return answerOf('absent', 'untrusted', `no Notary signature lies beside it in ${name}`);
};

const verify = async (
  subject: SignatureSubject,
  trust: NotationTrust,
  context: TrustContext,
): Promise<readonly Attestation[]> => {
  const trace: TraceStep[] = [];
  const keep = (step: TraceStep): void => {
    if (trace.length < 512)
      trace.push({ ...step, ...(step.detail === undefined ? {} : { detail: step.detail.slice(0, 512) }) });
  };
  const answer = await (async (): Promise<Answer> => {
    // 1. Identify the applicable statement; none is a failure.
    const asked = subject.reference?.repository;
    const statement = applicableStatement(parseTrustPolicy(trust.policy), asked);
    const lookedFor = `statement of the trust policy for ${asked ?? 'an image without a repository'}`;
    keep({
      lookedFor,
      result: statement === undefined ? 'absent' : 'found',
      ...(statement && { detail: statement.name }),
    });
    if (statement === undefined)
      return answerOf('other-reference', 'untrusted', 'the trust policy has no statement for this repository');
    // 2. Proceed based on the level.
    if (statement.level === 'skip')
      return answerOf('skipped', 'inconclusive', `the trust policy statement "${statement.name}" says not to check`);
    if (subject.repository === undefined) {
      keep({ lookedFor: 'a place where signatures are kept beside the image', result: 'absent' });
      return answerOf('absent', 'inconclusive', 'nothing can lie beside an image from this source');
    }
    try {
      return await search(subject, subject.repository, statement, trust, keep, context);
    } catch (thrown) {
      const { code, message, outcome: own } = toRefusal(thrown);
      // A list that is too long to be read may hold the signature that was looked for.
      const outcome = code === 'limit' ? 'inconclusive' : own;
      keep({
        lookedFor: 'Notary signatures',
        result: outcome === 'inconclusive' ? 'unreachable' : 'refused',
        detail: message,
      });
      return answerOf(code, outcome, message);
    }
  })();
  return [{ verifier: 'notation', kind: 'signature', digest: subject.digest, ...answer, trace }];
};

export const notation: TrustVerifier<NotationTrust> = {
  id: 'notation',
  about: 'Notary Project signatures made by notation, by X.509 certificates and trust policies',
  verify,
};
