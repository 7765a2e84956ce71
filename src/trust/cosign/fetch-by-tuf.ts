/**
 * A mirror of The Update Framework → its trusted root, with the metadata that protects it against rollback. tuf-js takes the steps of
 * https://theupdateframework.github.io/specification/latest/#detailed-client-workflow; what it asks for goes over our own connections.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Fetcher } from 'tuf-js';
import type { Context } from '../../core/context.ts';
import { unavailable } from '../../core/fault.ts';
import { openHttpClient, type HttpClient } from '../../io/http-client.ts';
import { collectDocument } from '../../io/response-body.ts';

/** Names and texts of the files that the client keeps in its folder. */
export type TufFiles = Readonly<Record<string, string>>;

/** Brings the files up to date and gives them with the trusted root among them. Rejects where that is not possible. */
export type FetchRoot = (files: TufFiles, folder: string, context: Context) => Promise<TufFiles>;

export const publicMirror = 'https://tuf-repo-cdn.sigstore.dev';
export const trustedRootName = 'trusted_root.json';

const metadataNames = ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json'];
const maximumTargetBytes = 4 * 2 ** 20;
/** Each request has the time of any request; all of them together this many times as much. */
const patience = 4;
const retries = { attempts: 2, pauseMs: 250, longestPauseMs: 2000 };

interface Carried {
  readonly 'root.json': string;
  readonly targets: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);

/** What sigstore's client carries of the public instance: the package is the anchor of trust, and none of its code runs. */
const carried = (): Carried => {
  const seeds = require('@sigstore/tuf/seeds.json') as Readonly<Record<string, Carried>>;
  return seeds[publicMirror] ?? { 'root.json': '', targets: {} };
};

const decode = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('utf8');

/** The trusted root of the public instance as it was when sigstore's client was released. */
export const carriedRoot = (): string => decode(carried().targets[trustedRootName]);

type HttpError = new (message: string, status: number) => Error;

const openFetcher = (client: HttpClient, folder: string, context: Context, NotFetched: HttpError): Fetcher => {
  const { timeoutMs } = context.network;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs * patience)]);
  const downloadBytes = async (address: string, maximum: number): Promise<Buffer> => {
    const url = new URL(address);
    const response = await client.request({ url, signal });
    if (response.status !== 200) {
      response.discard();
      // Step 5.3.3: that there is no newer root is told by this error.
      throw new NotFetched(`${url.pathname}: status ${response.status}`, response.status);
    }
    const bounds = { maximum: Math.min(maximum, maximumTargetBytes), timeoutMs, where: url.host };
    return Buffer.from(await collectDocument(response.body, bounds));
  };
  return {
    downloadBytes,
    downloadFile: async (address, maximum, handle) => {
      const file = join(folder, 'download');
      await writeFile(file, await downloadBytes(address, maximum));
      return await handle(file);
    },
  };
};

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
};

/** `mirror`, `rootText`: another repository than the public one, and the root.json from which its trust begins. */
export const fetchByTuf =
  (mirror: string = publicMirror, rootText?: string): FetchRoot =>
  async (files, folder, context) => {
    const targets = join(folder, 'targets');
    const pathOf = (name: string): string => join(name === trustedRootName ? targets : folder, name);
    await mkdir(targets, { recursive: true });
    for (const [name, text] of Object.entries({ 'root.json': rootText ?? decode(carried()['root.json']), ...files }))
      if (name === trustedRootName || metadataNames.includes(name)) await writeFile(pathOf(name), text);
    // Loaded only here: with a root that is kept there is no client for the network at all.
    const [{ Updater }, { DownloadHTTPError }] = await Promise.all([import('tuf-js'), import('tuf-js/dist/error.js')]);
    await using client = openHttpClient(context, { retries });
    const updater = new Updater({
      metadataDir: folder,
      metadataBaseUrl: mirror,
      targetDir: targets,
      targetBaseUrl: `${mirror}/targets`,
      fetcher: openFetcher(client, folder, context, DownloadHTTPError),
      config: { maxRootRotations: 64, maxDelegations: 4 },
    });
    const target = await updater.getTargetInfo(trustedRootName);
    if (target === undefined) throw unavailable('TRUSTED_ROOT_UNAVAILABLE', `no ${trustedRootName} is listed`, mirror);
    const path = (await updater.findCachedTarget(target)) ?? (await updater.downloadTarget(target));
    const read = await Promise.all(metadataNames.map(async (name) => [name, await readIfThere(pathOf(name))] as const));
    const found = read.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
    return { ...Object.fromEntries(found), [trustedRootName]: await readFile(path, 'utf8') };
  };
