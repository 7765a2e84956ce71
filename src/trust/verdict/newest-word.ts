/** Several verdicts of one key on one image, and what was seen of it before → the newest is its word, the older ones are replayed. */
import type { Attestation } from '../../core/attestation.ts';
import type { Digest } from '../../core/digest.ts';
import { unavailable } from '../../core/fault.ts';
import type { TrustMemory } from '../../core/trust.ts';

/** One verdict that was found, with what came of it. */
export interface FoundVerdict {
  readonly attestation: Omit<Attestation, 'trace'>;
  /** Milliseconds since 1970, by its signer's clock. Only of those that are proven, about this image, and not from days to come. */
  readonly at?: number;
}

/** Two processes at once, and others behind them. */
const attempts = 20;

const keyOf = (identity: string, digest: Digest): string => `${identity} ${digest}`;

/**
 * @returns the newest time of all that was ever seen here
 * @throws {Fault} unavailable: what was seen before cannot be read or kept, and nothing may be believed without it
 */
const remember = (memory: TrustMemory, key: string, newest: number): number => {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = memory.recall('verdict', key);
    const last = before === undefined ? NaN : Date.parse(before);
    if (last >= newest) return last;
    if (memory.replace('verdict', key, before, new Date(newest).toISOString())) return newest;
  }
  throw unavailable('STATE_UNUSABLE', 'other processes kept changing what is remembered of signed verdicts; ask again');
};

/**
 * Whoever may write to the registry can take a newer verdict away, and leave or put back an older one that let the image in: what was
 * seen once is not unseen.
 */
export const withNewestWord = (
  found: readonly FoundVerdict[],
  digest: Digest,
  memory: TrustMemory,
): readonly FoundVerdict['attestation'][] => {
  const newest = new Map<string, number>();
  for (const { attestation, at } of found) {
    const { identity } = attestation;
    if (at !== undefined && identity !== undefined) newest.set(identity, Math.max(at, newest.get(identity) ?? at));
  }
  const last = new Map(
    [...newest].map(([identity, at]) => [identity, remember(memory, keyOf(identity, digest), at)] as const),
  );
  return found.map(({ attestation, at }) => {
    const word = last.get(attestation.identity ?? '');
    if (at === undefined || word === undefined || at >= word) return attestation;
    return {
      ...attestation,
      outcome: 'untrusted',
      code: 'replayed',
      reason: `the same key has signed a newer verdict on this image, of ${new Date(word).toISOString()}`,
    };
  });
};
