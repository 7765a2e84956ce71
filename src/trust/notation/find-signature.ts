/** Everything that lies beside an image and may be a Notary signature of it → one answer: a signature counts, or what speaks most of why none does. */
import type { AttestationCode, TraceStep } from '../../core/attestation.ts';
import type { Digest } from '../../core/digest.ts';
import type { Descriptor, Repository } from '../../core/image.ts';
import type { NotationTrust, SignatureSubject, TrustContext } from '../../core/trust.ts';
import { parseManifest } from '../../formats/records/oci-manifest.ts';
import type { Certificate } from '../../formats/records/x509-certificate.ts';
import { openRevocationFetcher } from '../certificates/revocation-fetcher.ts';
import { fewAtOnce } from '../few-at-once.ts';
import { answerOf, type Answer } from './answer.ts';
import { refusal, toRefusal, type Refusal } from './refusal.ts';
import { mayBeSignature, readEnvelope } from './signature-manifest.ts';
import type { StoreType, TrustStatement } from './trust-policy.ts';
import { trustedCertificates } from './trust-store.ts';
import { validateSignature, type ValidSignature } from './validate.ts';

/** A manifest whose signatures count for the subject, and what else is listed beside it or in it. */
interface Target {
  readonly descriptor: Descriptor;
  readonly listed: readonly Digest[];
}

/** @throws {Refusal}; Fault */
const readTarget = async (digest: Digest, repository: Repository, context: TrustContext): Promise<Target> => {
  const stored = await repository.manifest(digest, context);
  if (stored === undefined) throw refusal('unreachable', `the manifest ${digest} is not there`);
  const document = parseManifest(stored.bytes, { mediaType: stored.descriptor.mediaType }, 'the manifest');
  const listed = document.kind === 'index' ? document.manifests.map((one) => one.digest) : [];
  return { descriptor: { mediaType: document.mediaType, digest, size: stored.bytes.length }, listed };
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

const rank = ({ outcome, code }: Answer): number =>
  (outcome === 'inconclusive' ? 0 : order.length) + order.indexOf(code);

/** One signature that might count leaves the question open, whatever is wrong with others. */
const worstOf = (answers: readonly Answer[]): Answer | undefined =>
  answers.toSorted((one, other) => rank(one) - rank(other))[0];

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

export interface Search {
  readonly subject: SignatureSubject;
  readonly repository: Repository;
  readonly statement: TrustStatement;
  readonly trust: NotationTrust;
  readonly trace: (step: TraceStep) => void;
  readonly context: TrustContext;
}

/** What a place does not tell, or too much of it: the signature that is looked for may be there. */
const answerOfPlace = (thrown: unknown, lookedFor: string, trace: Search['trace']): Answer => {
  const { code, outcome, message } = toRefusal(thrown);
  const open = outcome === 'inconclusive' || code === 'limit';
  trace({ lookedFor, result: open ? 'unreachable' : 'refused', detail: message });
  return answerOf(code, open ? 'inconclusive' : outcome, `${lookedFor}: ${message}`);
};

const answerOfRefusal = ({ code, outcome, message }: Refusal): Answer =>
  answerOf(
    code,
    outcome,
    `a Notary signature lies beside it and ${outcome === 'inconclusive' ? 'whether it counts is not known' : 'does not count'}: ${message}`,
  );

/** The stores of the statement, each type read once. */
const openStores = (statement: TrustStatement, { stores }: NotationTrust) => {
  // A trust that cannot work is told before anything is fetched.
  const read = new Map(
    (['ca', 'signingAuthority', 'tsa'] as const).map((type) => [type, trustedCertificates(statement, type, stores)]),
  );
  return (type: StoreType): readonly Certificate[] => read.get(type) ?? [];
};

/**
 * A signature that counts ends the search.
 * @throws {Fault} misuse: the trust stores cannot work
 */
export const findSignature = async ({
  subject,
  repository,
  statement,
  trust,
  trace,
  context,
}: Search): Promise<Answer> => {
  const { trustLimits } = context;
  const { digest, index } = subject;
  const trusted = openStores(statement, trust);
  await using fetcher = openRevocationFetcher(context);
  const failures: Answer[] = [];
  let left = trustLimits.signatures;

  const lookBeside = async ({ descriptor: target, listed: others }: Target, more: readonly Digest[]) => {
    const siblings = new Set([...others, ...more].filter((one) => one !== target.digest));
    const listed = await listSignatures(target.digest, repository, context);
    trace({
      lookedFor: `Notary signatures of ${target.digest} among the referrers in ${repository.name ?? 'the layout'}`,
      result: listed.length === 0 ? 'absent' : 'found',
      ...(listed.length === 0 ? {} : { detail: `${listed.length} listed` }),
    });
    const within = listed.slice(0, left);
    left -= within.length;
    const read = (one: Descriptor) => readEnvelope(one, target.digest, repository, trustLimits, context);
    for await (const { item, answer } of fewAtOnce(within, read)) {
      const lookedFor = `signature ${item.digest}`;
      try {
        const stored = answer();
        if (stored === undefined) continue;
        trace({ lookedFor, result: 'found', detail: stored.kind });
        return answerOfValid(
          await validateSignature({ stored, target, siblings, statement, trusted, fetcher, trace, context }),
        );
      } catch (thrown) {
        const found = toRefusal(thrown);
        trace({ lookedFor, result: found.code === 'unreachable' ? 'unreachable' : 'refused', detail: found.message });
        failures.push(answerOfRefusal(found));
      }
    }
    if (within.length < listed.length)
      throw refusal('limit', `more than ${trustLimits.signatures} signatures lie beside it`);
    return undefined;
  };

  // The index through which it was reached covers it, if it does list it.
  let above: Target | undefined;
  if (index !== undefined && index !== digest)
    try {
      above = await readTarget(index, repository, context);
    } catch (thrown) {
      failures.push(answerOfPlace(thrown, `the index ${index}`, trace));
    }
  const places = [digest, ...(above?.listed.includes(digest) === true ? [above] : [])];
  for (const place of places)
    try {
      const target = typeof place === 'string' ? await readTarget(place, repository, context) : place;
      const answer = await lookBeside(target, above?.listed ?? []);
      if (answer !== undefined) return answer;
    } catch (thrown) {
      const name = typeof place === 'string' ? place : place.descriptor.digest;
      failures.push(answerOfPlace(thrown, `Notary signatures of ${name}`, trace));
    }
  return worstOf(failures) ?? answerOf('absent', 'untrusted', 'no Notary signature lies beside it');
};
