/**
 * A repository and a digest → everything there that may be a signature or a statement of cosign: its tags, and what names the digest
 * as its subject. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#storage and BUNDLE_SPEC.md
 */
import type { TraceStep } from '../../core/attestation.ts';
import type { Digest } from '../../core/digest.ts';
import type { Descriptor, Repository, StoredManifest } from '../../core/image.ts';
import type { TrustContext } from '../../core/trust.ts';
import { simpleSigningType } from '../../formats/records/cosign-payload.ts';
import { dsseEnvelopeType } from '../../formats/records/dsse.ts';
import { parseManifest } from '../../formats/records/oci-manifest.ts';
import { bundleTypes } from '../../formats/records/sigstore-bundle.ts';
import { fewAtOnce } from '../few-at-once.ts';
import { classicTag } from './coverage.ts';
import { Refusal, toRefusal } from './refusal.ts';

export type CandidateForm = 'classic-signature' | 'classic-attestation' | 'bundle';

/** A blob that may hold a signature. */
export interface Candidate {
  readonly form: CandidateForm;
  /** For people: `layer 1 of tag sha256-….sig`. */
  readonly place: string;
  readonly blob: Descriptor;
}

export interface Search {
  readonly candidates: readonly Candidate[];
  readonly steps: readonly TraceStep[];
  /** Why a place where signatures lie could not be looked into. That of attestations alone has none. */
  readonly refusals: readonly Refusal[];
}

/** Signatures of another world: not even fetched. */
const foreign = /^application\/vnd\.cncf\.notary\./;

const formOf = (mediaType: string): CandidateForm | undefined => {
  if (mediaType === simpleSigningType) return 'classic-signature';
  if (mediaType === dsseEnvelopeType) return 'classic-attestation';
  return bundleTypes.has(mediaType) ? 'bundle' : undefined;
};

interface Place {
  readonly lookedFor: string;
  /** Not only attestations: what cannot be looked into leaves open whether the image is signed. */
  readonly holdsSignatures: boolean;
  /** Asks the repository; what it gives takes the candidates out of the answer, and says how many. */
  readonly read: () => Promise<() => Promise<number>>;
}

/** Counts what is looked at over all places, and remembers what came of each. */
class Searcher {
  readonly candidates: Candidate[] = [];
  readonly steps: TraceStep[] = [];
  readonly refusals: Refusal[] = [];
  readonly #repository: Repository;
  readonly #context: TrustContext;
  /** Manifests that were read, with what was found in each: one may lie in several places. */
  readonly #seen = new Map<Digest, number>();
  /** Each signature has a manifest of its own in the new layout; some referrers are no signatures. */
  #referrersLeft: number;
  /** Of their manifests. A list of referrers may state any size: what came is counted. */
  #bytesLeft: number;

  constructor(repository: Repository, context: TrustContext) {
    this.#repository = repository;
    this.#context = context;
    this.#referrersLeft = context.trustLimits.signatures * 2;
    this.#bytesLeft = context.trustLimits.manifestBytes * 4;
  }

  /** The layers that may be signatures. What they are is told by their own types: the list of referrers may say anything. */
  #take(stored: StoredManifest, place: string): number {
    const { digest, mediaType } = stored.descriptor;
    const known = this.#seen.get(digest);
    if (known !== undefined) return known;
    this.#seen.set(digest, 0);
    const manifest = parseManifest(stored.bytes, { mediaType }, place);
    if (manifest.kind !== 'image') return 0;
    let found = 0;
    for (const [position, blob] of manifest.layers.entries()) {
      const form = formOf(blob.mediaType);
      if (form === undefined) continue;
      if (this.candidates.length >= this.#context.trustLimits.signatures)
        throw new Refusal('limit', `more than ${this.#context.trustLimits.signatures} signatures and statements`);
      this.candidates.push({ form, place: `layer ${position + 1} of ${place}`, blob });
      found += 1;
      this.#seen.set(digest, found);
    }
    return found;
  }

  async #look({ lookedFor, holdsSignatures }: Place, take: () => Promise<number>): Promise<void> {
    try {
      const found = await take();
      this.steps.push(
        found === 0 ? { lookedFor, result: 'absent' } : { lookedFor, result: 'found', detail: `${found} to check` },
      );
    } catch (thrown) {
      this.#refuse(lookedFor, toRefusal(thrown), holdsSignatures);
    }
  }

  #refuse(lookedFor: string, refusal: Refusal, isOpen: boolean): void {
    if (isOpen) this.refusals.push(refusal);
    const result = refusal.code === 'unreachable' ? 'unreachable' : 'refused';
    this.steps.push({ lookedFor, result, detail: refusal.message });
  }

  tag(digest: Digest, suffix: 'sig' | 'att'): Place {
    const tag = classicTag(digest, suffix);
    const holdsSignatures = suffix === 'sig';
    return {
      lookedFor: `${holdsSignatures ? 'signature' : 'attestation'} tag ${tag}`,
      holdsSignatures,
      read: async () => {
        const stored = await this.#repository.manifest(tag, this.#context);
        return async () => (stored === undefined ? 0 : this.#take(stored, `tag ${tag}`));
      },
    };
  }

  referrers(digest: Digest): Place {
    return {
      lookedFor: `referrers of ${digest}`,
      holdsSignatures: true,
      read: async () => {
        const listed = await this.#repository.referrers(digest, this.#context);
        const named = listed.filter(({ artifactType = '' }) => !foreign.test(artifactType)).map((one) => one.digest);
        return () => this.#takeReferrers([...new Set(named)]);
      },
    };
  }

  async #takeReferrers(named: readonly Digest[]): Promise<number> {
    const read = named.slice(0, this.#referrersLeft);
    this.#referrersLeft -= read.length;
    let found = 0;
    for await (const { item, answer } of fewAtOnce(read, (digest) => this.#repository.manifest(digest, this.#context)))
      found += this.#takeReferrer(`referrer ${item}`, answer);
    if (read.length < named.length)
      throw new Refusal('limit', `more than ${this.#context.trustLimits.signatures * 2} manifests beside the image`);
    return found;
  }

  /** One referrer that cannot be had or read, which anybody who may push can add, does not hide the others. */
  #takeReferrer(place: string, answer: () => StoredManifest | undefined): number {
    let stored: StoredManifest | undefined;
    try {
      stored = answer();
    } catch (thrown) {
      this.#refuse(place, toRefusal(thrown), true);
      return 0;
    }
    if (stored === undefined) {
      this.steps.push({ lookedFor: place, result: 'absent', detail: 'it is listed, and not there' });
      return 0;
    }
    this.#bytesLeft -= stored.bytes.length;
    if (this.#bytesLeft < 0) throw new Refusal('limit', 'the manifests beside the image are too large together');
    try {
      return this.#take(stored, place);
    } catch (thrown) {
      const refusal = toRefusal(thrown);
      if (refusal.code === 'limit') throw refusal;
      this.#refuse(place, refusal, false);
      return 0;
    }
  }

  /** Read a few at once, and taken in their order: what is found does not depend on who answers first. */
  async look(places: readonly Place[]): Promise<void> {
    for await (const { item, answer } of fewAtOnce(places, (place) => place.read()))
      await this.#look(item, () => answer()());
  }
}

/**
 * `digests`: of the manifest, and of the index that lists it. `suffixes`: of the tags that are looked for. Never throws for what lies
 * in the repository.
 */
export const findSignatures = async (
  repository: Repository,
  digests: readonly Digest[],
  context: TrustContext,
  suffixes: readonly ('sig' | 'att')[] = ['sig', 'att'],
): Promise<Search> => {
  const searcher = new Searcher(repository, context);
  const tags = (digest: Digest, suffix: 'sig' | 'att') =>
    suffixes.includes(suffix) ? [searcher.tag(digest, suffix)] : [];
  await searcher.look(
    digests.flatMap((digest) => [...tags(digest, 'sig'), searcher.referrers(digest), ...tags(digest, 'att')]),
  );
  const { candidates, steps, refusals } = searcher;
  return { candidates, steps, refusals };
};
