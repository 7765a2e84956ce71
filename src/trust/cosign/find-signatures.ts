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

/** Counts what is looked at over all places, and remembers what came of each. */
class Searcher {
  readonly candidates: Candidate[] = [];
  readonly steps: TraceStep[] = [];
  readonly refusals: Refusal[] = [];
  readonly #repository: Repository;
  readonly #context: TrustContext;
  /** Manifests that were read, with what was found in each: one may lie in several places. */
  readonly #seen = new Map<Digest, number>();
  #manifests = 0;

  constructor(repository: Repository, context: TrustContext) {
    this.#repository = repository;
    this.#context = context;
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

  async #look(lookedFor: string, holdsSignatures: boolean, look: () => Promise<number>): Promise<void> {
    try {
      const found = await look();
      this.steps.push(
        found === 0 ? { lookedFor, result: 'absent' } : { lookedFor, result: 'found', detail: `${found} to check` },
      );
    } catch (thrown) {
      const refusal = toRefusal(thrown);
      if (holdsSignatures) this.refusals.push(refusal);
      const result = refusal.code === 'unreachable' ? 'unreachable' : 'refused';
      this.steps.push({ lookedFor, result, detail: refusal.message });
    }
  }

  async #manifest(tagOrDigest: string): Promise<StoredManifest | undefined> {
    this.#manifests += 1;
    // Each signature has a manifest of its own in the new layout; some referrers are no signatures.
    if (this.#manifests > this.#context.trustLimits.signatures * 2)
      throw new Refusal('limit', `more than ${this.#context.trustLimits.signatures * 2} manifests beside the image`);
    return this.#repository.manifest(tagOrDigest, this.#context);
  }

  async tag(digest: Digest, suffix: 'sig' | 'att'): Promise<void> {
    const tag = classicTag(digest, suffix);
    const what = suffix === 'sig' ? 'signature tag' : 'attestation tag';
    await this.#look(`${what} ${tag}`, suffix === 'sig', async () => {
      const stored = await this.#manifest(tag);
      return stored === undefined ? 0 : this.#take(stored, `tag ${tag}`);
    });
  }

  async referrers(digest: Digest): Promise<void> {
    await this.#look(`referrers of ${digest}`, true, async () => {
      let found = 0;
      for (const { digest: named, artifactType } of await this.#repository.referrers(digest, this.#context)) {
        if (foreign.test(artifactType ?? '')) continue;
        const stored = await this.#manifest(named);
        if (stored !== undefined) found += this.#referrer(stored);
      }
      return found;
    });
  }

  /** One unreadable referrer, which anybody who may push can add, does not hide the others. */
  #referrer(stored: StoredManifest): number {
    const place = `referrer ${stored.descriptor.digest}`;
    try {
      return this.#take(stored, place);
    } catch (thrown) {
      const refusal = toRefusal(thrown);
      if (refusal.code === 'limit') throw refusal;
      this.steps.push({ lookedFor: place, result: 'refused', detail: refusal.message });
      return 0;
    }
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
  for (const digest of digests) {
    if (suffixes.includes('sig')) await searcher.tag(digest, 'sig');
    await searcher.referrers(digest);
    if (suffixes.includes('att')) await searcher.tag(digest, 'att');
  }
  const { candidates, steps, refusals } = searcher;
  return { candidates, steps, refusals };
};
