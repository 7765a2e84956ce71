/** The linked names of one image: every tool names the same image differently, and every join stands on this. */
import type { Digest } from './digest.ts';

/** All digests are of bytes that we read ourselves, never of what somebody said. */
export interface Identity {
  /** Digest of the index (manifest list) through which a platform was chosen. */
  readonly index?: Digest;
  /** Digest of the platform's manifest. Docker with its classic store, and old archives, have none. */
  readonly manifest?: Digest;
  /** Digest of the config blob: the engine's image id. */
  readonly config?: Digest;
  /** Digests of the uncompressed layers, in order: the one name that survives recompression and format changes. */
  readonly diffIds: readonly Digest[];
  readonly ami?: string;
  readonly snapshot?: string;
}

/** True when two identities name the same content: the same config, or the same layers where a side has no config. */
export const isSameImage = (one: Identity, other: Identity): boolean => {
  if (one.config !== undefined && other.config !== undefined) return one.config === other.config;
  if (one.manifest !== undefined && one.manifest === other.manifest) return true;
  return (
    one.diffIds.length > 0 &&
    one.diffIds.length === other.diffIds.length &&
    one.diffIds.every((diffId, position) => diffId === other.diffIds[position])
  );
};
