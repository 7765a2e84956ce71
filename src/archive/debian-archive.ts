/**
 * Debian's archive, asked by name and version: signature of the Release → digest of the index → digest of the package → digests of
 * its files. Each step is checked before the next one reads a byte of it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Budget } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import { collect } from '../core/collect.ts';
import type { Context } from '../core/context.ts';
import { isFault, unavailable, type Fault } from '../core/fault.ts';
import type { OnRemark } from '../formats/wrapper.ts';
import { gzip } from '../formats/wrappers/gzip.ts';
import { xz } from '../formats/wrappers/xz.ts';
import { openHttpClient, type HttpClient } from '../io/http-client.ts';
import { readDebianPackage } from './debian-package.ts';
import {
  keyOf,
  type ArchivedPackage,
  type ArchiveSource,
  type DeliveredPackage,
  type Distribution,
  type WantedPackage,
} from './distribution.ts';
import { readPackageIndex } from './package-index.ts';
import { checkRelease, parseRelease, type Release } from './release-file.ts';
import { readSignedText } from './signed-text.ts';
import { openVerifiedFiles, type VerifiedFiles } from './verified-files.ts';

/** Where one package lies, and in which source. */
export interface FoundPackage extends ArchivedPackage {
  readonly from: ArchiveSource;
  readonly source: string;
}

export interface ArchiveSearch {
  readonly found: ReadonlyMap<string, FoundPackage>;
  /** Sources that could not be used, and why. */
  readonly faults: readonly Fault[];
}

export interface DebianArchive extends AsyncDisposable {
  /** By `keyOf`. What no source has in this very version is absent. */
  search(
    sources: readonly ArchiveSource[],
    wanted: readonly WantedPackage[],
    architecture: string,
  ): Promise<ArchiveSearch>;
  /** @throws {Fault} unavailable, malformed or limit */
  read(found: FoundPackage): Promise<DeliveredPackage>;
  isKept(found: FoundPackage): Promise<boolean>;
}

const releaseBytes = 16 * 2 ** 20;
const keptBytes = 2 ** 30;
const ignoreRemarks: OnRemark = () => undefined;

const streamFile = async function* (path: string): ByteStream {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) yield chunk as Buffer;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).syscall === undefined) throw thrown;
    throw unavailable('ARCHIVE_STORE_UNUSABLE', `cannot read it: ${(thrown as Error).message}`, path, thrown);
  }
};

/** `folder`: of the user's own, for what is kept between runs. */
export const openDebianArchive = async (
  distribution: Distribution,
  context: Context,
  folder: string,
): Promise<DebianArchive> => {
  const files: VerifiedFiles = await openVerifiedFiles(folder, keptBytes);
  const clients = new Map<string, HttpClient>();
  const releases = new Map<ArchiveSource, Release>();
  const { signal } = context;

  const open = async (url: URL): Promise<ByteStream> => {
    const client = clients.get(url.origin) ?? openHttpClient(context);
    clients.set(url.origin, client);
    const response = await client.request({ url, signal });
    if (response.status === 200) return response.body;
    response.discard();
    throw unavailable('ARCHIVE_REFUSES', `the archive answers ${response.status}`, url.href);
  };

  const urlOf = (source: ArchiveSource, path: string): URL => new URL(`${source.url}/${encodeURI(path)}`);

  /** The date of the newest Release of this source that was ever accepted. */
  const seenFile = (source: ArchiveSource): string =>
    join(folder, `seen-${createHash('sha256').update(`${source.url} ${source.suite}`).digest('hex').slice(0, 32)}`);
  const readSeen = async (source: ArchiveSource): Promise<number> => {
    const text = await readFile(seenFile(source), 'utf8').catch(() => '');
    return Number(/^\d{1,15}$/.exec(text)?.[0] ?? 0);
  };

  const openRelease = async (source: ArchiveSource): Promise<Release> => {
    const url = urlOf(source, `dists/${source.suite}/InRelease`);
    const bytes = await collect(await open(url), releaseBytes, url.href);
    const text = await readSignedText(bytes, {
      keyrings: distribution.keyrings,
      folder: await context.temporaryFolder(),
      where: url.href,
      context,
    });
    const release = parseRelease(text, url.href);
    checkRelease(release, source, context.now(), await readSeen(source), url.href);
    if (!source.frozen) {
      // Two images may be compared at once.
      const making = `${seenFile(source)}.${randomBytes(6).toString('hex')}.new`;
      await writeFile(making, String(release.date), { mode: 0o600 });
      await rename(making, seenFile(source));
    }
    return release;
  };

  const readIndex = async (source: ArchiveSource, release: Release, part: string, names: ReadonlySet<string>) => {
    for (const [ending, wrapper] of [
      ['.xz', xz],
      ['.gz', gzip],
      ['', undefined],
    ] as const) {
      const path = `${part}/Packages${ending}`;
      const known = release.indexes.get(path);
      if (known === undefined) continue;
      const plain = urlOf(source, `dists/${source.suite}/${path}`);
      const byHash = urlOf(source, `dists/${source.suite}/${part}/by-hash/SHA256/${known.sha256}`);
      const kept = await files.have(known, plain.href, () =>
        // By hash, an index that changes meanwhile is still there; not every mirror has them.
        release.byHash ? open(byHash).catch(() => open(plain)) : open(plain),
      );
      const stream = streamFile(kept);
      const budget = new Budget(context.limits, plain.href);
      return readPackageIndex(
        wrapper === undefined ? stream : wrapper.unwrap(stream, budget, ignoreRemarks),
        names,
        plain.href,
      );
    }
    return new Map<string, ArchivedPackage>();
  };

  return {
    async search(sources, wanted, architecture) {
      const found = new Map<string, FoundPackage>();
      const faults: Fault[] = [];
      const missing = new Map(wanted.map((one) => [keyOf(one), one]));
      for (const component of distribution.components)
        for (const source of sources) {
          if (missing.size === 0) break;
          try {
            const release = releases.get(source) ?? (await openRelease(source));
            releases.set(source, release);
            const names = new Set([...missing.values()].map(({ name }) => name));
            const from = `${source.suite} of ${new Date(release.date).toISOString().slice(0, 10)}`;
            for (const [key, archived] of await readIndex(
              source,
              release,
              `${component}/binary-${architecture}`,
              names,
            ))
              if (missing.delete(key)) found.set(key, { ...archived, from: source, source: from });
          } catch (thrown) {
            signal.throwIfAborted();
            if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
            faults.push(thrown);
            sources = sources.filter((other) => other !== source);
          }
        }
      return { found, faults };
    },
    isKept: (found) => files.isKept(found),
    async read(found) {
      const url = urlOf(found.from, found.file);
      const path = await files.have(found, url.href, () => open(url));
      const delivered = await readDebianPackage(streamFile(path), new Budget(context.limits, url.href));
      const { name, version, architecture, source } = found;
      return { name, version, architecture, ...delivered, source };
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients.values()) await client[Symbol.asyncDispose]();
      await files.trim();
    },
  };
};
