/**
 * The trusted root of the public sigstore instance, by The Update Framework: fetched, kept in the trust memory with the metadata that
 * protects it against rollback, and used from there without any network.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unavailable } from '../../core/fault.ts';
import type { TrustContext, TrustMemory } from '../../core/trust.ts';
import { fetchByTuf, publicMirror, trustedRootName, type FetchRoot, type TufFiles } from './fetch-by-tuf.ts';

export interface FoundRoot {
  /** JSON of the trusted root. */
  readonly text: string;
  readonly fetchedAt: Date;
}

interface Kept {
  readonly fetchedAt: string;
  readonly files: TufFiles;
}

/** The metadata asks to be looked at again after a day or a few. */
const freshMs = 24 * 60 * 60 * 1000;

const parseKept = (text: string | undefined): Kept | undefined => {
  if (text === undefined) return undefined;
  try {
    const { fetchedAt, files } = JSON.parse(text) as Partial<Kept>;
    if (typeof fetchedAt !== 'string' || Number.isNaN(Date.parse(fetchedAt))) return undefined;
    return typeof files?.[trustedRootName] === 'string' ? { fetchedAt, files } : undefined;
  } catch {
    // Written by another version of this program: as if nothing were kept, except that it is replaced, not overwritten unseen.
    return undefined;
  }
};

const toFound = (kept: Kept): FoundRoot => ({
  text: kept.files[trustedRootName] ?? '',
  fetchedAt: new Date(kept.fetchedAt),
});

const keep = (memory: TrustMemory, mirror: string, before: string | undefined, after: Kept): void => {
  // Another process that was first has a root that is as good; the next fetch begins from it.
  memory.replace('trusted-root', mirror, before, JSON.stringify(after));
};

/**
 * What is kept, if it is of the last day or the network is not to be used; else fetched; else what is kept, however old.
 * @throws {Fault} unavailable `TRUSTED_ROOT_UNAVAILABLE`: nothing is kept, and it cannot be fetched; also what the memory throws
 */
export const findPublicRoot = async (
  context: TrustContext,
  fetchRoot: FetchRoot = fetchByTuf(),
  mirror: string = publicMirror,
): Promise<FoundRoot> => {
  const before = context.trustMemory.recall('trusted-root', mirror);
  const kept = parseKept(before);
  const now = context.now();
  const age = kept === undefined ? Infinity : now.getTime() - Date.parse(kept.fetchedAt);
  if (kept !== undefined && (context.network.offline || (age >= 0 && age < freshMs))) return toFound(kept);
  if (context.network.offline)
    throw unavailable(
      'TRUSTED_ROOT_UNAVAILABLE',
      'no trusted root of the public sigstore instance is kept here, and the network is not to be used',
      mirror,
    );
  const folder = await mkdtemp(join(await context.temporaryFolder(), 'trusted-root-'));
  try {
    const files = await fetchRoot(kept?.files ?? {}, folder, context);
    const fetched = { fetchedAt: now.toISOString(), files };
    keep(context.trustMemory, mirror, before, fetched);
    return toFound(fetched);
  } catch (thrown) {
    context.signal.throwIfAborted();
    const reason = thrown instanceof Error ? thrown.message : 'unknown';
    context.log.debug('the trusted root was not fetched', { mirror, reason });
    if (kept !== undefined) return toFound(kept);
    throw unavailable('TRUSTED_ROOT_UNAVAILABLE', `the trusted root could not be fetched: ${reason}`, mirror, thrown);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
