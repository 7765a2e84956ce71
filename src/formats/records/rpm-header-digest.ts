/** A header blob → whether its immutable part is the one that the digest beside it was made of: the RPM V4 format, "Header regions" and RPMTAG_SHA256HEADER. */
import { createHash } from 'node:crypto';

import type { RpmHeader } from '../trees/rpm.layout.ts';
import { rpmTags as tags } from './rpm-tags.ts';

/** `absent`: the database holds no digest of the header, as with packages from before rpm 4.14 and with keys. */
export type HeaderDigest = 'matches' | 'differs' | 'absent';

const entrySize = 16;
const magic = Buffer.from('8eade80100000000', 'hex');

/**
 * The header as it was in the package: magic, counts, entries and data of the region whose mark is the first entry. What the installation
 * added (times, states, the digests themselves) lies outside. undefined when the region is not well formed.
 */
const immutablePart = (blob: Uint8Array): readonly Uint8Array[] | undefined => {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const entries = view.getUint32(0);
  const store = 8 + entries * entrySize;
  if (store + view.getUint32(4) > blob.length || entries === 0) return undefined;
  const trailer = store + view.getInt32(16);
  if (view.getUint32(8) !== tags.headerImmutable || view.getUint32(20) !== entrySize) return undefined;
  if (trailer < store || trailer + entrySize > blob.length) return undefined;
  // The trailer is an entry too; its offset is minus the size of the region's entries.
  const region = -view.getInt32(trailer + 8);
  if (view.getUint32(trailer) !== tags.headerImmutable || region <= 0 || region % entrySize !== 0) return undefined;
  if (region > entries * entrySize) return undefined;
  const counts = Buffer.alloc(8);
  counts.writeUInt32BE(region / entrySize, 0);
  counts.writeUInt32BE(trailer + entrySize - store, 4);
  return [magic, counts, blob.subarray(8, 8 + region), blob.subarray(store, trailer + entrySize)];
};

/** `blob` is what `header` was read from. */
export const checkHeaderDigest = (blob: Uint8Array, header: RpmHeader): HeaderDigest => {
  const sha256 = header.text(tags.sha256Header);
  const stated = sha256 ?? header.text(tags.sha1Header);
  if (stated === undefined || stated === '') return 'absent';
  const parts = immutablePart(blob);
  if (parts === undefined) return 'differs';
  const hash = createHash(sha256 === undefined ? 'sha1' : 'sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex') === stated.toLowerCase() ? 'matches' : 'differs';
};
