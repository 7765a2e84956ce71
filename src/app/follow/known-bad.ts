/** Feeds and lists of what is known to be bad → whether an image that an event names is. */
import type { RuleLocations } from '../../core/analyzer.ts';
import { digestHex, type Digest } from '../../core/digest.ts';
import { findHash } from '../../audit/known-hashes/hash-set.ts';
import { loadHashes } from '../../audit/known-hashes/load-hashes.ts';
import { comparedName } from '../../audit/known-packages/advisory.ts';
import { findAdvisories } from '../../audit/known-packages/advisory-lines.ts';
import { loadPackages } from '../../audit/known-packages/load-packages.ts';

export interface KnownBad {
  /** By its digests: those of manifests, indexes and configs. */
  hasDigest(digests: readonly Digest[]): boolean;
  /** By the name under which it was published, with its tag: `REGISTRY/REPOSITORY:TAG`. */
  hasName(reference: string): boolean;
  /** By its id (`ami-…`, `projects/P/global/images/I`), or because all images of its owner are. */
  hasMachineImage(image: { readonly id: string; readonly owner?: string }): boolean;
}

const splitTag = (reference: string): readonly [repository: string, tag: string] | undefined => {
  const [, repository, tag] = /^([^@]{1,400}):([\w][\w.-]{0,127})$/.exec(reference) ?? [];
  return repository === undefined || tag === undefined ? undefined : [repository, tag];
};

/** @throws {Fault} misuse `RULES_NOT_FOUND`, unavailable `RULES_UNREADABLE` */
export const loadKnownBad = async (locations: RuleLocations): Promise<KnownBad> => {
  const { sets } = loadHashes(locations).known;
  const { parts } = (await loadPackages(locations)).known;
  const isListed = (id: string): boolean => parts.some((lines) => findAdvisories(lines, 'ami', id).length > 0);
  return {
    hasDigest: (digests) =>
      digests.some((digest) =>
        sets.some((set) => digest.startsWith(`${set.algorithm}:`) && findHash(set, digestHex(digest)) >= 0),
      ),
    hasName: (reference) => {
      const [repository = '', tag = ''] = splitTag(reference) ?? [];
      return (
        repository !== '' &&
        parts.some((lines) =>
          findAdvisories(lines, 'image', comparedName('image', repository)).some(({ versions }) =>
            versions.includes(tag),
          ),
        )
      );
    },
    hasMachineImage: ({ id, owner }) => isListed(id) || (owner !== undefined && isListed(owner)),
  };
};

/** The same for whoever goes on while feeds change. */
export interface RenewedKnownBad extends KnownBad {
  /** Reads feeds and lists anew. @throws {Fault} as `loadKnownBad` */
  renew(): Promise<void>;
}

export const openKnownBad = async (locations: RuleLocations): Promise<RenewedKnownBad> => {
  let current = await loadKnownBad(locations);
  return {
    hasDigest: (digests) => current.hasDigest(digests),
    hasName: (reference) => current.hasName(reference),
    hasMachineImage: (image) => current.hasMachineImage(image),
    renew: async () => {
      current = await loadKnownBad(locations);
    },
  };
};
