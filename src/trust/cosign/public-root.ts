/**
 * The trusted root of the public sigstore instance, by The Update Framework: fetched through sigstore's own client, kept in the
 * trust memory with the metadata that protects it against rollback, and used from there without any network.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unavailable } from '../../core/fault.ts';
import type { TrustContext, TrustMemory } from '../../core/trust.ts';

export interface FoundRoot {
  /** JSON of the trusted root. */
  readonly text: string;
  readonly fetchedAt: Date;
}

/** Names and texts of the files that the client keeps in its folder. */
export type TufFiles = Readonly<Record<string, string>>;

/** Brings the files up to date and gives them with the trusted root among them. Rejects where that is not possible. */
export type FetchRoot = (files: TufFiles, folder: string, timeoutMs: number) => Promise<TufFiles>;

interface Kept {
  readonly fetchedAt: string;
  readonly files: TufFiles;
}

/** Whose root.json the client carries. */
export const publicMirror = 'https://tuf-repo-cdn.sigstore.dev';
const target = 'trusted_root.json';
const fileNames = ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json', target];
/** The metadata asks to be looked at again after a day or a few. */
const freshMs = 24 * 60 * 60 * 1000;

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
};

/** `mirror`, `rootPath`: another repository than the public one, and the root.json from which its trust begins. */
export const fetchByTuf =
  (mirror: string = publicMirror, rootPath?: string): FetchRoot =>
  async (files, folder, timeoutMs) => {
    // The client's name for the folder of a mirror, so that it finds what was kept.
    const { host, pathname } = new URL(mirror);
    const place = join(folder, encodeURIComponent(host + pathname.replace(/\/$/, '')));
    const pathOf = (name: string): string => (name === target ? join(place, 'targets', name) : join(place, name));
    await mkdir(join(place, 'targets'), { recursive: true });
    for (const name of fileNames) if (files[name] !== undefined) await writeFile(pathOf(name), files[name]);
    // Loaded only here: with a root that is kept there is no client for the network at all.
    const { initTUF } = await import('@sigstore/tuf');
    const client = await initTUF({
      cachePath: folder,
      mirrorURL: mirror,
      timeout: timeoutMs,
      retry: 1,
      ...(rootPath === undefined ? {} : { rootPath }),
    });
    const text = await client.getTarget(target);
    const read = await Promise.all(fileNames.map(async (name) => [name, await readIfThere(pathOf(name))] as const));
    const found = read.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
    return { ...Object.fromEntries(found), [target]: text };
  };

const parseKept = (text: string | undefined): Kept | undefined => {
  if (text === undefined) return undefined;
  try {
    const { fetchedAt, files } = JSON.parse(text) as Partial<Kept>;
    if (typeof fetchedAt !== 'string' || Number.isNaN(Date.parse(fetchedAt))) return undefined;
    return typeof files?.[target] === 'string' ? { fetchedAt, files } : undefined;
  } catch {
    // Written by another version of this program: as if nothing were kept, except that it is replaced, not overwritten unseen.
    return undefined;
  }
};

const toFound = (kept: Kept): FoundRoot => ({
  text: kept.files[target] ?? '',
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
    const files = await fetchRoot(kept?.files ?? {}, folder, context.network.timeoutMs);
    const fetched = { fetchedAt: now.toISOString(), files };
    keep(context.trustMemory, mirror, before, fetched);
    return toFound(fetched);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : 'unknown';
    context.log.debug('the trusted root was not fetched', { mirror, reason });
    if (kept !== undefined) return toFound(kept);
    throw unavailable('TRUSTED_ROOT_UNAVAILABLE', `the trusted root could not be fetched: ${reason}`, mirror, thrown);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
