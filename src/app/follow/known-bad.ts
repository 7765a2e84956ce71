/** Feeds and lists of what is known to be bad → whether an image that an event names is. */
import type { RuleLocations } from '../../core/analyzer.ts';
import { digestHex, type Digest } from '../../core/digest.ts';
import { findHash } from '../../audit/known-hashes/hash-set.ts';
import { loadHashes } from '../../audit/known-hashes/load-hashes.ts';
import { findAdvisories } from '../../audit/known-packages/advisory-lines.ts';
import { loadPackages } from '../../audit/known-packages/load-packages.ts';

export interface KnownBad {
  /** By its digests: those of manifests, indexes and configs. */
  hasDigest(digests: readonly Digest[]): boolean;
  /** `ami-…`. */
  hasMachineImage(id: string): boolean;
}

/** @throws {Fault} misuse `RULES_NOT_FOUND`, unavailable `RULES_UNREADABLE` */
export const loadKnownBad = async (locations: RuleLocations): Promise<KnownBad> => {
  const { sets } = loadHashes(locations).known;
  const { parts } = (await loadPackages(locations)).known;
  return {
    hasDigest: (digests) =>
      digests.some((digest) =>
        sets.some((set) => digest.startsWith(`${set.algorithm}:`) && findHash(set, digestHex(digest)) >= 0),
      ),
    hasMachineImage: (id) => parts.some((lines) => findAdvisories(lines, 'ami', id).length > 0),
  };
};
