/** Verdicts that were found a moment ago and are kept together with what follows from them, before those that are kept already. */
import type { Digest } from '../../core/digest.ts';
import type { KeptImage } from '../../core/follow-memory.ts';
import type { IncidentVerdict } from '../../core/incident.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';

const freshDigests = 10_000;

export class FreshVerdicts {
  readonly #fresh = new BoundedMap<IncidentVerdict>(freshDigests);
  readonly #kept: (digests: readonly Digest[]) => IncidentVerdict | undefined;

  constructor(kept: (digests: readonly Digest[]) => IncidentVerdict | undefined) {
    this.#kept = kept;
  }

  add({ digests, verdict, at }: KeptImage): void {
    for (const digest of digests) this.#fresh.set(digest, { ...verdict, at, digest });
  }

  /** The later one: another process may have judged the image since. */
  find(digests: readonly Digest[]): IncidentVerdict | undefined {
    const kept = this.#kept(digests);
    let latest = kept;
    for (const digest of digests) {
      const fresh = this.#fresh.get(digest);
      if (fresh !== undefined && (latest === undefined || Date.parse(fresh.at) > Date.parse(latest.at))) latest = fresh;
    }
    return latest;
  }
}
